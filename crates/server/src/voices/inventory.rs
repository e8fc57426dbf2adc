//! The voices that there are: the built-in one, the one that the operator named, and those of a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chanter_engine::VoiceConfig;
use chanter_http::BUILT_IN_VOICE;
use chanter_voices::{Folder, Found, Stamp};

use super::Options;

/// A voice that is there.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// What its config says, or why the voice cannot be used.
    pub(crate) config: Result<Arc<VoiceConfig>, String>,
    /// Of its files.
    pub(crate) bytes: u64,
    /// Changes with its files.
    pub(crate) stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    BuiltIn,
    Files { model: PathBuf, config: Option<PathBuf> },
}

/// The voices.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inventory {
    pub(crate) voices: BTreeMap<String, Arc<Listed>>,
    folder: Vec<Found>,
}

impl Inventory {
    /// Looks for voices. What has not changed since the last time is not read again.
    pub(crate) fn take(options: &Options, last: &Self) -> Self {
        let mut all = Self::default();
        let built_in = VoiceConfig::built_in().map(Arc::new).map_err(|e| format!("{e:#}"));
        all.add(BUILT_IN_VOICE, Place::BuiltIn, built_in, 0, Stamp::default());
        if let Some(path) = &options.voices {
            match Folder::open(path).and_then(|folder| folder.rescan(&last.folder)) {
                Ok(found) => all.folder = found,
                // Once, not every few seconds.
                Err(e) if !last.folder.is_empty() || last.voices.is_empty() => {
                    tracing::error!("the folder of voices: {e}")
                }
                Err(_) => {}
            }
        }
        for found in all.folder.clone() {
            all.add_files(found, None);
        }
        if let Some(model) = &options.model {
            all.add_files(Found::at(model, options.config.as_deref()), options.config.clone());
        }
        all
    }

    fn add_files(&mut self, found: Found, config: Option<PathBuf>) {
        let Found { name, model, config: parsed, bytes, stamp, .. } = found;
        self.add(&name, Place::Files { model, config }, parsed, bytes, stamp);
    }

    fn add(&mut self, name: &str, place: Place, config: Result<Arc<VoiceConfig>, String>, bytes: u64, stamp: Stamp) {
        let listed = Listed { name: name.to_owned(), place, config, bytes, stamp };
        self.voices.insert(name.to_owned(), Arc::new(listed));
    }
}

/// The name of the voice for requests that name none.
pub(crate) fn default_name(options: &Options) -> String {
    let of_file = |path: &Path| Some(path.file_stem()?.to_string_lossy().into_owned());
    let named = options.default_voice.clone().or_else(|| options.model.as_deref().and_then(of_file));
    named.unwrap_or_else(|| BUILT_IN_VOICE.to_owned())
}
