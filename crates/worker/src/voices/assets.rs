//! Voices among the static assets, in parts, for an asset has at most 25 MiB; `cargo xtask worker --voice` puts them there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chanter_engine::{MAX_CONFIG_BYTES, ModelBytes, VoiceConfig};
use serde::Deserialize;
use worker::{Env, Response};

use super::{MAX_BYTES, Result, pieces};
use crate::journal::in_full;

const BINDING: &str = "ASSETS";
/// Where the assets say what there is.
const INDEX: &str = "edge/index.json";
/// What `edge/index.json` says; paths are relative to the assets' root.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    /// The folder of the languages' packs, with a slash at its end.
    packs: String,
    pub(super) voices: BTreeMap<String, Listed>,
}

/// A voice.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listed {
    /// The digest of the model and its config.
    pub(super) id: String,
    config: String,
    /// The model's, in order.
    parts: Vec<String>,
    bytes: usize,
}

thread_local! {
    /// Assets change only together with the Worker.
    static KNOWN: RefCell<Option<Option<Rc<Index>>>> = const { RefCell::new(None) };
}

/// What there is; none without assets, or if there are no voices among them.
pub(super) async fn index(env: &Env) -> Result<Option<Rc<Index>>> {
    if let Some(known) = KNOWN.with_borrow(Clone::clone) {
        return Ok(known);
    }
    let index = match file(env, INDEX).await? {
        None => None,
        Some(json) => Some(Rc::new(serde_json::from_slice(&json).map_err(|e| format!("{INDEX}: {e}"))?)),
    };
    KNOWN.set(Some(index.clone()));
    Ok(index)
}

pub(super) async fn configs(env: &Env) -> Result<BTreeMap<String, VoiceConfig>> {
    let mut configs = BTreeMap::new();
    if let Some(index) = index(env).await? {
        for (name, listed) in &index.voices {
            let config = VoiceConfig::from_json(&config(env, listed).await?).map_err(in_full)?;
            configs.insert(name.clone(), config);
        }
    }
    Ok(configs)
}

/// The config and the model.
pub(super) async fn read(env: &Env, listed: &Listed, alive: impl Fn()) -> Result<(Vec<u8>, ModelBytes)> {
    let config = config(env, listed).await?;
    let mut model = ModelBytes::default();
    for part in &listed.parts {
        let mut response = get(env, part).await?.ok_or_else(|| missing(part))?;
        let stream = response.stream().map_err(|e| format!("{part}: {e}"))?;
        pieces::add(&mut model, stream, listed.bytes, &alive).await.map_err(|e| format!("{part}: {e}"))?;
    }
    Ok((config, pieces::complete(model, listed.bytes)?))
}

/// A language's data, if they are there.
pub(super) async fn pack(env: &Env, name: &str) -> Result<Option<Vec<u8>>> {
    match index(env).await? {
        Some(index) => file(env, &format!("{}{name}.pack", index.packs)).await,
        None => Ok(None),
    }
}

async fn config(env: &Env, listed: &Listed) -> Result<Vec<u8>> {
    let config = file(env, &listed.config).await?.ok_or_else(|| missing(&listed.config))?;
    if config.len() > MAX_CONFIG_BYTES {
        return Err(format!("{} has more than {MAX_CONFIG_BYTES} bytes", listed.config));
    }
    Ok(config)
}

async fn file(env: &Env, path: &str) -> Result<Option<Vec<u8>>> {
    let Some(mut response) = get(env, path).await? else { return Ok(None) };
    let bytes = response.bytes().await.map_err(|e| format!("{path}: {e}"))?;
    if bytes.len() > MAX_BYTES {
        return Err(format!("{path} has more than {MAX_BYTES} bytes"));
    }
    Ok(Some(bytes))
}

/// An asset; none if there is none, or no assets at all.
async fn get(env: &Env, path: &str) -> Result<Option<Response>> {
    let Ok(assets) = env.assets(BINDING) else { return Ok(None) };
    // The host means nothing to them.
    let response = assets.fetch(format!("https://assets.invalid/{path}"), None).await;
    let response = response.map_err(|e| format!("{path}: {e}"))?;
    match response.status_code() {
        200 => Ok(Some(response)),
        404 => Ok(None),
        status => Err(format!("{path}: the assets answered {status}")),
    }
}

fn missing(path: &str) -> String {
    format!("{path} is not among the assets")
}
