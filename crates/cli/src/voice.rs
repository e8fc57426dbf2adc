//! The voice that a command uses.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chanter_engine::{Kernels, Threads, Voice, VoiceConfig};

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
    /// Whose code computes: our own; compact, with less memory; direct, without its shorter sums; or, to compare with, off:
    /// tract's alone on the unmodified graph, slow
    #[arg(long, value_name = "own|compact|direct|off", default_value = "own", value_parser = parse_kernels)]
    kernels: Kernels,
    /// Threads that share the work of a speech, so that it begins sooner
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: u16,
}

fn parse_kernels(text: &str) -> Result<Kernels, String> {
    match text {
        "own" => Ok(Kernels::Own),
        "compact" => Ok(Kernels::Compact),
        "direct" => Ok(Kernels::Direct),
        "off" => Ok(Kernels::Off),
        _ => Err("it is `own`, `compact`, `direct` or `off`".into()),
    }
}

impl VoiceArgs {
    /// Loads it.
    pub(crate) fn open(&self) -> Result<Voice, Failure> {
        let voice = match self.model() {
            Some(model) => Voice::open_with(is_file(&model)?, self.config.as_deref(), self.kernels)?,
            None => Voice::built_in_with(self.kernels)?,
        };
        if self.threads == 1 {
            return Ok(voice);
        }
        let threads = Threads::new(self.threads.into()).map_err(|e| Failure::from(e).at("--threads"))?;
        Ok(voice.with_threads(Arc::new(threads)))
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
