//! The voices in memory: loaded when they are asked for, one at a time, and kept as long as there is room.

use std::collections::{BTreeSet, HashMap};
use std::path::MAIN_SEPARATOR;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chanter_engine::{Error, ErrorKind, Lexicon, Limits, Threads, Voice};
use chanter_http::{Failure, Request, choose_language, choose_voice, is_openai_voice};
use chanter_voices::Stamp;
use tokio::task::spawn_blocking;

use super::inventory::{Listed, Place, default_name};
use super::loaded::Crowding;
use super::{Inventory, Loaded, Options};

/// Opens the voice of a name; for tests, and for programs that bring voices of their own.
pub type Opener = Arc<dyn Fn(&str) -> chanter_engine::Result<Voice> + Send + Sync>;

/// The voices. Cloning is cheap; clones are the same shelf.
#[derive(Clone)]
pub(crate) struct Shelf(Arc<Shared>);

struct Shared {
    options: Options,
    limits: Limits,
    lexicon: Option<Lexicon>,
    default: String,
    opener: Option<Opener>,
    crowding: Crowding,
    /// That share the work of a speech, if there are more than one.
    threads: Option<Arc<Threads>>,
    state: Mutex<State>,
    /// One voice is loaded at a time: it takes memory that is soon given back.
    loading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    inventory: Inventory,
    held: HashMap<String, Held>,
    /// What could not be loaded, and why; until its files change.
    broken: HashMap<String, (Stamp, String)>,
    uses: u64,
}

struct Held {
    voice: Arc<Loaded>,
    stamp: Stamp,
    /// Counts up; the least was not used for longest.
    used: u64,
}

/// Where a voice is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Loaded,
    OnDisk,
}

impl Shelf {
    /// Voices for so many workers.
    pub(crate) fn new(
        options: &Options,
        limits: Limits,
        lexicon: Option<Lexicon>,
        opener: Option<Opener>,
        workers: usize,
    ) -> Self {
        let state = State { inventory: Inventory::take(options, &Inventory::default()), ..State::default() };
        let threads = (options.threads > 1).then(|| Threads::new(options.threads));
        let threads =
            threads.and_then(|made| made.inspect_err(|e| tracing::warn!("--threads: {e}")).ok()).map(Arc::new);
        Self(Arc::new(Shared {
            options: options.clone(),
            limits,
            lexicon,
            default: default_name(options),
            opener,
            crowding: Crowding::new(workers),
            threads,
            state: state.into(),
            loading: tokio::sync::Mutex::default(),
        }))
    }

    /// The name of the voice for requests that name none.
    pub(crate) fn default_name(&self) -> &str {
        &self.0.default
    }

    /// Names that stand for a voice's.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = &str> {
        self.0.options.voice_aliases.iter().map(|(name, _)| name.as_str())
    }

    /// All voices, with what is wrong with those that cannot be used, and where they are.
    pub(crate) fn all(&self) -> Vec<(Arc<Listed>, Result<Standing, String>)> {
        let state = self.state();
        let with_standing = |listed: &Arc<Listed>| {
            let standing = match (&listed.config, state.broken.get(&listed.name)) {
                (Err(why), _) => Err(why.clone()),
                (_, Some((stamp, why))) if *stamp == listed.stamp => Err(why.clone()),
                _ if state.held.contains_key(&listed.name) => Ok(Standing::Loaded),
                _ => Ok(Standing::OnDisk),
            };
            (listed.clone(), standing)
        };
        state.inventory.voices.values().map(with_standing).collect()
    }

    /// The number of voices in memory, and the bytes that they take.
    pub(crate) fn held(&self) -> (usize, u64) {
        let state = self.state();
        (state.held.len(), state.memory())
    }

    /// The voice of a name, if it is in memory.
    pub(crate) fn in_memory(&self, name: &str) -> Option<Arc<Loaded>> {
        self.state().held.get(name).map(|held| held.voice.clone())
    }

    /// Finds what a document may name: voices that are in memory, also by another name.
    pub(crate) fn others(&self) -> impl Fn(&str) -> Option<Voice> + Send + Sync + use<> {
        let shelf = self.clone();
        move |name| {
            let alias = || {
                let (_, voice) = shelf.0.options.voice_aliases.iter().find(|(alias, _)| alias == name)?;
                shelf.in_memory(voice)
            };
            shelf.in_memory(name).or_else(alias).map(|loaded| loaded.voice().clone())
        }
    }

    /// The name of the voice that a request gets: of the voice that it asks for, be it by another name; where that is one of
    /// OpenAI's that stands for none here, or none, of its model, if that names a voice; else one of its language.
    ///
    /// # Errors
    /// 400 where there is none such.
    pub(crate) fn choose(&self, request: &Request) -> Result<String, Failure> {
        let state = self.state();
        let voices = &state.inventory.voices;
        let default = self.default_name();
        let aliases = &self.0.options.voice_aliases;
        // A voice comes before another name that is spelt the same.
        let named = |name: &str| {
            let alias = || aliases.iter().find(|(alias, _)| alias == name).map(|(_, voice)| voice.clone());
            voices.contains_key(name).then(|| name.to_owned()).or_else(alias)
        };
        let voice = request.voice.as_deref();
        let any = voice.is_none_or(|voice| is_openai_voice(voice) && named(voice).is_none());
        if any && let Some(voice) = request.model.as_deref().and_then(named) {
            return Ok(voice);
        }
        if let (None, Some(language)) = (voice, request.language.as_deref()) {
            let usable = voices.values().filter_map(|listed| {
                Some((listed.name.as_str(), listed.config.as_ref().ok()?.language.code.as_deref().unwrap_or_default()))
            });
            return choose_language(language, usable, default).map(str::to_owned);
        }
        let known = voice.and_then(named);
        choose_voice(known.as_deref().or(voice), voices.keys().map(String::as_str), default).map(str::to_owned)
    }

    /// The voice of a name, loaded if need be. When its files change, the new ones are taken; if they are no voice, the old
    /// one goes on as long as it is in memory.
    ///
    /// # Errors
    /// 400 where there is none; 503 where it cannot be used, or there is no room.
    pub(crate) async fn get(&self, name: &str) -> Result<Arc<Loaded>, Failure> {
        if let Some(answer) = self.find(name) {
            return answer;
        }
        // Loading goes on when the client leaves: others wait for it.
        let (shelf, name) = (self.clone(), name.to_owned());
        tokio::spawn(async move { shelf.load(&name).await }).await.unwrap_or_else(|e| {
            tracing::error!("loading a voice broke down: {e}");
            Err(Failure::internal())
        })
    }

    /// What needs no loading; nothing for a voice that has to be loaded.
    fn find(&self, name: &str) -> Option<Result<Arc<Loaded>, Failure>> {
        let mut state = self.state();
        state.uses += 1;
        let uses = state.uses;
        let State { inventory, held, broken, .. } = &mut *state;
        let held = held.get_mut(name);
        let Some(listed) = inventory.voices.get(name) else {
            // Its file is gone; it may have been the default.
            return Some(held.map(|held| held.voice.clone()).ok_or_else(|| unknown(name)));
        };
        let why = match &listed.config {
            Err(why) => Some(why),
            Ok(_) => broken.get(name).filter(|(stamp, _)| *stamp == listed.stamp).map(|(_, why)| why),
        };
        match (held, why) {
            (Some(held), why) if why.is_some() || held.stamp == listed.stamp => {
                held.used = uses;
                Some(Ok(held.voice.clone()))
            }
            (None, Some(why)) => Some(Err(self.unusable(name, why))),
            _ => None,
        }
    }

    async fn load(&self, name: &str) -> Result<Arc<Loaded>, Failure> {
        let one = self.0.loading.lock().await;
        // Another may have loaded it meanwhile.
        if let Some(answer) = self.find(name) {
            return answer;
        }
        let Some(listed) = self.state().inventory.voices.get(name).cloned() else { return Err(unknown(name)) };
        self.make_room(name, listed.bytes)?;
        let began = Instant::now();
        let shared = self.0.clone();
        let opened = {
            let listed = listed.clone();
            spawn_blocking(move || Loaded::new(&listed.name, shared.open(&listed)?))
                .await
                .unwrap_or_else(|e| Err(Error::new(ErrorKind::Voice, "loading the voice broke down").with_source(e)))
        };
        let loaded = match opened {
            Ok(loaded) => Arc::new(loaded),
            Err(e) => {
                let why = format!("{e:#}");
                tracing::error!("the voice {name} cannot be used: {why}");
                self.state().broken.insert(name.to_owned(), (listed.stamp, why.clone()));
                // The old one, if it is still there.
                return self.find(name).unwrap_or_else(|| Err(self.unusable(name, &why)));
            }
        };
        self.make_room(name, loaded.memory())?;
        {
            let mut state = self.state();
            state.uses += 1;
            let held = Held { voice: loaded.clone(), stamp: listed.stamp, used: state.uses };
            state.held.insert(name.to_owned(), held);
            state.broken.remove(name);
        }
        drop(one);
        tracing::info!("the voice {name} is ready after {} ms", began.elapsed().as_millis());
        let (prepared, shared) = (loaded.clone(), self.0.clone());
        spawn_blocking(move || prepared.prepare(&listed.place, &shared.crowding));
        Ok(loaded)
    }

    /// Lets go of voices until there is room for one of so many bytes: first what was not used for longest.
    fn make_room(&self, name: &str, bytes: u64) -> Result<(), Failure> {
        let budget = self.0.options.voice_memory.saturating_mul(1 << 20);
        let mut state = self.state();
        loop {
            // The new one takes the place of its own old one.
            let own = state.held.get(name).map_or(0, |held| held.voice.memory());
            if state.memory().saturating_sub(own).saturating_add(bytes) <= budget {
                return Ok(());
            }
            // What others hold speaks, or is about to.
            let idle = state.held.iter().filter(|(other, held)| {
                **other != *name && **other != self.0.default && Arc::strong_count(&held.voice) == 1
            });
            let Some(oldest) = idle.min_by_key(|(_, held)| held.used).map(|(name, _)| name.clone()) else {
                // The default voice is there in any case.
                if name == self.0.default {
                    return Ok(());
                }
                let [need, budget] = [bytes, budget].map(|bytes| bytes.div_ceil(1 << 20));
                tracing::warn!("there is no room for the voice {name}: {need} MiB of {budget} (--voice-memory)");
                return Err(Failure::busy(format!("there is no room in memory for the voice {name}")));
            };
            tracing::info!("the voice {oldest} makes room");
            state.held.remove(&oldest);
        }
    }

    /// Looks for voices anew, and takes the default one anew if it has changed.
    pub(crate) async fn look(&self) {
        let (shared, last) = (self.0.clone(), self.state().inventory.clone());
        let taken = {
            let last = last.clone();
            spawn_blocking(move || Inventory::take(&shared.options, &last)).await
        };
        let Ok(found) = taken else { return };
        let (before, now) = (&last.voices, &found.voices);
        for name in before.keys().chain(now.keys()).collect::<BTreeSet<_>>() {
            match (before.get(name), now.get(name)) {
                (Some(_), None) => tracing::info!("the voice {name} is gone"),
                (before, Some(now)) if before.is_none_or(|before| before.stamp != now.stamp) => match &now.config {
                    Ok(_) => tracing::info!("the voice {name} is there"),
                    Err(why) => tracing::warn!("the voice {name} cannot be used: {why}"),
                },
                _ => {}
            }
        }
        {
            let mut state = self.state();
            state.broken.retain(|name, (stamp, _)| now.get(name).is_some_and(|listed| listed.stamp == *stamp));
            // What is gone from disk goes from memory when it has spoken.
            state.held.retain(|name, _| now.contains_key(name) || *name == self.0.default);
            state.inventory = found;
        }
        if self.in_memory(&self.0.default).is_some() && self.find(&self.0.default).is_none() {
            // Its failure is logged, and the old one goes on.
            let _ = self.get(&self.0.default).await;
        }
    }

    /// Where the folder lies is nobody's business.
    fn unusable(&self, name: &str, why: &str) -> Failure {
        let why = match &self.0.options.voices {
            Some(folder) => why.replace(&format!("{}{MAIN_SEPARATOR}", folder.display()), ""),
            None => why.to_owned(),
        };
        Failure::not_ready(format!("the voice {name} cannot be used: {why}")).about("voice")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn open(&self, listed: &Listed) -> chanter_engine::Result<Voice> {
        let voice = match (&self.opener, &listed.place) {
            (Some(opener), _) => opener(&listed.name),
            (None, Place::BuiltIn) => Voice::built_in(),
            (None, Place::Files { model, config }) => Voice::open(model, config.as_deref()),
        };
        let voice = voice?.with_limits(self.limits.clone());
        let voice = match self.threads.clone() {
            Some(threads) => voice.with_threads(threads),
            None => voice,
        };
        Ok(match self.lexicon.clone() {
            Some(lexicon) => voice.with_lexicon(lexicon),
            None => voice,
        })
    }
}

impl State {
    fn memory(&self) -> u64 {
        self.held.values().map(|held| held.voice.memory()).sum()
    }
}

fn unknown(name: &str) -> Failure {
    Failure::invalid(format!("there is no voice {name:?} any more")).about("voice")
}
