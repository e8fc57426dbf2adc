//! The voice that a command uses.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chanter_engine::{Voice, VoiceConfig};

use crate::Failure;
use crate::voices::fetched;

/// Which voice.
#[derive(clap::Args)]
pub(crate) struct VoiceArgs {
    /// The voice, NAME.onnx, or NAME of one that `chanter voices get` fetched; the built-in en_US-slt-tiny if none is given
    #[arg(short, long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Its config; MODEL.json if none is given
    #[arg(short, long, value_name = "FILE", requires = "model")]
    pub(crate) config: Option<PathBuf>,
}

impl VoiceArgs {
    /// Loads it.
    pub(crate) fn open(&self) -> Result<Voice, Failure> {
        Ok(match self.model() {
            Some(model) => Voice::open(is_file(&model)?, self.config.as_deref())?,
            None => Voice::built_in()?,
        })
    }

    /// Its config alone.
    pub(crate) fn config(&self) -> Result<VoiceConfig, Failure> {
        Ok(match self.model() {
            Some(model) => VoiceConfig::open(&model, self.config.as_deref())?,
            None => VoiceConfig::built_in()?,
        })
    }

    /// A file of this name comes before a voice that was fetched.
    fn model(&self) -> Option<PathBuf> {
        let model = self.model.clone()?;
        if model.exists() { Some(model) } else { model.to_str().and_then(fetched).or(Some(model)) }
    }
}

/// The voices that documents of SSML name: those that were fetched, each loaded when it is first named.
#[derive(Clone, Default)]
pub(crate) struct Fetched(Arc<Mutex<BTreeMap<String, Option<Voice>>>>);

impl Fetched {
    pub(crate) fn named(&self, name: &str) -> Option<Voice> {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = loaded.get(name) {
            return voice.clone();
        }
        let opened = fetched(name).map(|model| Voice::open(&model, None));
        let voice = opened.and_then(|voice| voice.inspect_err(|e| log::warn!("the voice {name}: {e:#}")).ok());
        loaded.insert(name.to_owned(), voice.clone());
        voice
    }
}

/// Whoever mistypes a voice's name is told of that name, not of the config that would be beside it.
fn is_file(model: &Path) -> Result<&Path, Failure> {
    match fs::metadata(model) {
        Err(e) => Err(Failure::reading(model, e)),
        Ok(found) if found.is_dir() => Err(Failure::new("it is a folder, not a voice").at(model.display())),
        Ok(_) => Ok(model),
    }
}
