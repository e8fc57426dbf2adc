//! The voices that there are: the built-in one, the one that the operator named, and those of a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chanter_engine::VoiceConfig;
use chanter_http::BUILT_IN_VOICE;

use super::Options;

/// A voice that is there.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) place: Place,
    /// What its config says, or why the voice cannot be used.
    pub(crate) config: Result<Arc<VoiceConfig>, String>,
    /// Changes with its files.
    pub(crate) stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    BuiltIn,
    Files { model: PathBuf, config: Option<PathBuf> },
}

/// Length and time of a voice's files; nothing of one that has none.
pub(crate) type Stamp = [Option<(u64, SystemTime)>; 2];

/// The voices, by name.
pub(crate) type Inventory = BTreeMap<String, Arc<Listed>>;

/// Looks for voices. What has not changed since the last time is taken over.
pub(crate) fn take(options: &Options, last: &Inventory) -> Inventory {
    let mut all = Inventory::new();
    let mut add = |name: String, place: Place| {
        let stamp = place.stamp();
        let same = last.get(&name).filter(|listed| listed.stamp == stamp);
        let listed = same.cloned().unwrap_or_else(|| Arc::new(Listed::read(name.clone(), place, stamp)));
        all.insert(name, listed);
    };
    add(BUILT_IN_VOICE.to_owned(), Place::BuiltIn);
    for model in options.voices.iter().flat_map(|folder| models(folder)) {
        if let Some(name) = name_of(&model) {
            add(name, Place::Files { model, config: None });
        }
    }
    if let Some(model) = &options.model {
        let name = name_of(model).unwrap_or_else(|| "default".to_owned());
        add(name, Place::Files { model: model.clone(), config: options.config.clone() });
    }
    all
}

/// The name of the voice for requests that name none.
pub(crate) fn default_name(options: &Options) -> String {
    let named = options.default_voice.clone().or_else(|| options.model.as_deref().and_then(name_of));
    named.unwrap_or_else(|| BUILT_IN_VOICE.to_owned())
}

fn models(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|path| path.extension().is_some_and(|ending| ending == "onnx")).collect()
}

fn name_of(model: &Path) -> Option<String> {
    Some(model.file_stem()?.to_str()?.to_owned()).filter(|name| !name.starts_with('.'))
}

impl Listed {
    fn read(name: String, place: Place, stamp: Stamp) -> Self {
        let config = match &place {
            Place::BuiltIn => VoiceConfig::built_in(),
            Place::Files { model, config } => VoiceConfig::open(model, config.as_deref()),
        };
        Self { name, place, config: config.map(Arc::new).map_err(|e| format!("{e:#}")), stamp }
    }

    /// Bytes of the model.
    pub(crate) fn bytes(&self) -> u64 {
        self.stamp[0].map_or(0, |(bytes, _)| bytes)
    }
}

impl Place {
    fn stamp(&self) -> Stamp {
        let Self::Files { model, config } = self else { return [None; 2] };
        let config = config.clone().unwrap_or_else(|| VoiceConfig::beside(model));
        [model, &config].map(|path| {
            let facts = std::fs::metadata(path).ok()?;
            Some((facts.len(), facts.modified().ok()?))
        })
    }
}
