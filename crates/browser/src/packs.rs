//! Phoneme data of other languages than English.

use std::sync::OnceLock;

use chanter_engine::{Error, ErrorKind, Packs, Result, VoiceConfig};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::thrown;

/// Those of this module: English, and what was added.
pub(crate) fn packs() -> Result<&'static Packs> {
    static PACKS: OnceLock<Packs> = OnceLock::new();
    if let Some(packs) = PACKS.get() {
        return Ok(packs);
    }
    let packs = Packs::built_in().map_err(failed)?;
    Ok(PACKS.get_or_init(|| packs))
}

fn failed(error: chanter_engine::PackError) -> Error {
    Error::new(ErrorKind::Phonemizer, error.to_string())
}

/// The name of the pack that a voice with this config needs and that was not added yet; none for one that needs no more.
///
/// # Errors
/// `config` if this is no Piper voice's config.
#[wasm_bindgen(js_name = packFor)]
pub fn pack_for(config: &[u8]) -> Result<Option<String>, JsValue> {
    let config = VoiceConfig::from_json(config).map_err(thrown)?;
    let packs = packs().map_err(thrown)?;
    Ok(config.pack().filter(|name| !packs.names().contains(name)))
}

/// Makes a language available, and says the name of its pack.
///
/// # Errors
/// `phonemizer` if this is no pack, or a broken one.
#[wasm_bindgen(js_name = addPack)]
pub fn add_pack(pack: Vec<u8>) -> Result<String, JsValue> {
    packs().and_then(|packs| packs.add(pack).map_err(failed)).map_err(thrown)
}
