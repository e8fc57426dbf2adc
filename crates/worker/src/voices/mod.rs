//! The voices that the Worker can speak with: the built-in one, those among its static assets, those in its bucket.
//!
//! A voice is [found](find) first, which costs little and says whether it has changed, and [loaded](load) when it has to
//! speak.

mod assets;
mod bucket;
mod built_in;
mod pieces;
mod shelf;

use std::collections::BTreeMap;
use std::rc::Rc;

use chanter_engine::{Kernels, Packs, Voice, VoiceConfig, phonemizer_with};
use chanter_http::{BUILT_IN_VOICE, Failure, choose_language, choose_voice};
use worker::Env;

use crate::journal::{self, in_full};
use crate::site::Site;

pub(crate) use shelf::Held;

/// What a pack of a language's data, or an index, may have.
const MAX_BYTES: usize = 16 << 20;

/// A voice that is there.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) name: String,
    /// Changes with the voice's content.
    pub(crate) id: String,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    BuiltIn,
    Assets(assets::Listed),
    /// An object of so many bytes.
    Bucket(usize),
}

/// Why a voice cannot be loaded; the log has it too.
type Result<T, E = String> = std::result::Result<T, E>;

/// The voice of this name, or the default one, which stands for OpenAI's too.
///
/// # Errors
/// 400 for a name that no voice has; 503 where that is the default one's, or where voices cannot be read.
pub(crate) async fn find(site: &Site, name: Option<&str>) -> Result<Found, Failure> {
    let default = site.options.default_voice.as_deref().unwrap_or(BUILT_IN_VOICE);
    if let Some(name) = name
        && let Some(found) = seek(&site.env, name).await.map_err(unreadable)?
    {
        return Ok(found);
    }
    let listed = assets::index(&site.env).await.map_err(unreadable)?;
    let listed = listed.iter().flat_map(|index| index.voices.keys().map(String::as_str));
    choose_voice(name, listed.chain([BUILT_IN_VOICE]), default)?;
    let found = seek(&site.env, default).await.map_err(unreadable)?;
    found.ok_or_else(|| {
        Failure::not_ready(format!("the default voice {default:?} is neither among the assets nor in the bucket"))
    })
}

fn unreadable(why: String) -> Failure {
    journal::error("voices cannot be read", why);
    Failure::not_ready("voices cannot be read at the moment")
}

async fn seek(env: &Env, name: &str) -> Result<Option<Found>> {
    if name == BUILT_IN_VOICE {
        return Ok(Some(built_in::found()));
    }
    if !is_name(name) {
        return Ok(None);
    }
    if let Some(listed) = assets::index(env).await?.and_then(|index| index.voices.get(name).cloned()) {
        return Ok(Some(Found { name: name.to_owned(), id: listed.id.clone(), place: Place::Assets(listed) }));
    }
    bucket::head(env, name)
        .await
        .map(|head| head.map(|head| Found { name: name.to_owned(), id: head.id, place: Place::Bucket(head.bytes) }))
}

/// Whether this can be the name of a file.
fn is_name(name: &str) -> bool {
    (1..=200).contains(&name.len()) && !name.starts_with('.') && !name.contains(['/', '\\', '?', '#', '%'])
}

/// The voice for a language, where the request names none.
///
/// # Errors
/// 400 for a language that no voice speaks; 503 where voices cannot be read.
pub(crate) async fn find_for(site: &Site, language: &str) -> Result<Found, Failure> {
    let configs = configs(site).await?;
    let voices =
        configs.iter().map(|(name, config)| (name.as_str(), config.language.code.as_deref().unwrap_or_default()));
    let default = site.options.default_voice.as_deref().unwrap_or(BUILT_IN_VOICE);
    let name = choose_language(language, voices, default)?.to_owned();
    find(site, Some(&name)).await
}

/// The voice, loaded now if it is not in memory. Requests that want it at the same time share the load.
///
/// # Errors
/// 503; the log says why.
pub(crate) async fn load(site: &Rc<Site>, found: &Found) -> Result<Held, Failure> {
    shelf::voice(site, found).await
}

/// The configs of all voices, by name; of the bucket's at most a hundred.
///
/// # Errors
/// 503 where voices cannot be read.
pub(crate) async fn configs(site: &Site) -> Result<BTreeMap<String, VoiceConfig>, Failure> {
    let read = async {
        let mut configs = bucket::configs(&site.env).await?;
        configs.extend(assets::configs(&site.env).await?);
        let (name, config) = built_in::config()?;
        configs.insert(name, config);
        Ok(configs)
    };
    read.await.map_err(unreadable)
}

/// Reads and prepares a voice; says that it is still at it, each time that a piece has come.
async fn read(env: &Env, found: &Found, alive: impl Fn()) -> Result<Voice> {
    let (config, model) = match &found.place {
        Place::BuiltIn => return Voice::built_in().map_err(in_full),
        Place::Assets(listed) => assets::read(env, listed, &alive).await?,
        Place::Bucket(bytes) => bucket::read(env, &found.name, *bytes, &alive).await?,
    };
    let parsed = VoiceConfig::from_json(&config).map_err(in_full)?;
    let phonemizer = phonemizer_with(&parsed, &packs(env, &parsed).await?);
    alive();
    let voice = Voice::from_model_bytes_with(model, &config, Kernels::Compact).map_err(in_full)?;
    Ok(match phonemizer {
        Ok(phonemizer) => voice.with_phonemizer(phonemizer),
        // It can still speak phonemes, and says so to who gives it text.
        Err(_) => voice,
    })
}

/// Phoneme data with those of the voice's language, if there are any.
async fn packs(env: &Env, config: &VoiceConfig) -> Result<Packs> {
    let packs = Packs::built_in().map_err(|e| e.to_string())?;
    if let Some(name) = config.pack().filter(|name| !packs.names().contains(name) && is_name(name)) {
        let pack = match assets::pack(env, &name).await? {
            Some(pack) => Some(pack),
            None => bucket::pack(env, &name).await?,
        };
        if let Some(pack) = pack {
            packs.add(pack).map_err(|e| format!("packs/{name}.pack: {e}"))?;
        }
    }
    Ok(packs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_files() {
        assert!(is_name("en_US-lessac-medium") && is_name("pt_PT-tugão-medium"));
        assert!(["", "..", "a/b", "a?b", "%2e", &"a".repeat(201)].iter().all(|name| !is_name(name)));
    }
}
