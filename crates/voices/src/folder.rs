//! Voices in a folder.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chanter_engine::VoiceConfig;

use crate::{Error, ErrorKind, Result, is_name, speaks};

/// A folder of voices: `NAME.onnx`, with `NAME.onnx.json` beside it where the model does not hold its config itself.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// A voice in a folder.
#[derive(Debug, Clone)]
pub struct Found {
    /// `NAME` of `NAME.onnx`.
    pub name: String,
    /// `NAME.onnx`.
    pub model: PathBuf,
    /// `NAME.onnx.json`, if it is there.
    pub config_file: Option<PathBuf>,
    /// Of both files.
    pub bytes: u64,
    /// Changes when a file does.
    pub stamp: Stamp,
    /// What its config says; or, in one line, why it cannot be used. Its model is not looked at.
    pub config: Result<Arc<VoiceConfig>, String>,
}

/// What tells two states of a voice's files apart: lengths and times of the last change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    model: Option<(u64, SystemTime)>,
    config: Option<(u64, SystemTime)>,
}

impl Folder {
    /// A folder that is there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it is not, or is no folder.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        match fs::read_dir(&path) {
            Ok(_) => Ok(Self { path }),
            Err(e) => Err(Error::reading(&path, &e)),
        }
    }

    /// A folder that is made if it is not there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn create(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(|e| Error::writing(&path, &e))?;
        Self::open(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All its voices, by name. Files whose names are none (see [`is_name`]) are passed over.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the folder cannot be read. Voices that cannot are among those found.
    pub fn scan(&self) -> Result<Vec<Found>> {
        self.rescan(&[])
    }

    /// As [`scan`](Self::scan), but configs are read only of voices that are not as they were `before`; so this may be
    /// called every few seconds.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn rescan(&self, before: &[Found]) -> Result<Vec<Found>> {
        let before: HashMap<&str, &Found> = before.iter().map(|found| (found.name.as_str(), found)).collect();
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(|e| Error::reading(&self.path, &e))? {
            let file = entry.map_err(|e| Error::reading(&self.path, &e))?.file_name();
            if let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".onnx")).filter(|name| is_name(name)) {
                found.extend(self.look(name, before.get(name).copied()));
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// One voice.
    ///
    /// # Errors
    /// [`ErrorKind::Name`] or [`ErrorKind::NotFound`].
    pub fn find(&self, name: &str) -> Result<Found> {
        let model = self.model(name)?;
        let found = if model.symlink_metadata().is_ok() { self.look(name, None) } else { None };
        found.ok_or_else(|| self.missing(name))
    }

    /// Deletes a voice's model and config, and nothing else. What a symbolic link leads to stays.
    ///
    /// # Errors
    /// [`ErrorKind::Name`], [`ErrorKind::NotFound`] or [`ErrorKind::Io`].
    pub fn remove(&self, name: &str) -> Result<()> {
        let model = self.model(name)?;
        // The model first: a config alone is no voice, a model alone may be a broken one.
        match fs::remove_file(&model) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(self.missing(name)),
            removed => removed.map_err(|e| Error::writing(&model, &e))?,
        }
        let config = VoiceConfig::beside(&model);
        match fs::remove_file(&config) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|e| Error::writing(&config, &e)),
        }
    }

    /// Where the model of a voice is, or would be.
    ///
    /// # Errors
    /// [`ErrorKind::Name`].
    pub fn model(&self, name: &str) -> Result<PathBuf> {
        if !is_name(name) {
            let name: String = name.chars().take(80).collect();
            let message = format!("{name:?} is no name of a voice: it is NAME of NAME.onnx, without a path");
            return Err(Error::new(ErrorKind::Name, message));
        }
        Ok(self.path.join(format!("{name}.onnx")))
    }

    /// Brings renames and new files onto the disk, where the system can (Unix).
    pub(crate) fn sync(&self) {
        if let Ok(folder) = File::open(&self.path)
            && let Err(e) = folder.sync_all()
        {
            log::debug!("{}: {e}", self.path.display());
        }
    }

    fn missing(&self, name: &str) -> Error {
        Error::new(ErrorKind::NotFound, format!("there is no voice {name:?} in {}", self.path.display()))
    }

    /// A voice as it is; `None` if it is a folder, not a file.
    fn look(&self, name: &str, before: Option<&Found>) -> Option<Found> {
        Found::read(name, &self.path.join(format!("{name}.onnx")), None, before)
    }
}

/// A file system that keeps no times has lengths alone.
fn state(file: &Metadata) -> (u64, SystemTime) {
    (file.len(), file.modified().unwrap_or(SystemTime::UNIX_EPOCH))
}

impl Found {
    /// A voice anywhere; `config` is for one whose config is not beside it.
    pub fn at(model: &Path, config: Option<&Path>) -> Self {
        let name = model.file_stem().unwrap_or_default().to_string_lossy();
        Self::read(&name, model, config, None).unwrap_or_else(|| Self {
            name: name.into_owned(),
            model: model.to_owned(),
            config_file: None,
            bytes: 0,
            stamp: Stamp::default(),
            config: Err(format!("{}: it is a folder", model.display())),
        })
    }

    fn read(name: &str, model: &Path, config: Option<&Path>, before: Option<&Self>) -> Option<Self> {
        let config_file = config.map_or_else(|| VoiceConfig::beside(model), Path::to_owned);
        let there = match fs::metadata(model) {
            Ok(there) if there.is_file() => Ok(there),
            Ok(_) => return None,
            Err(e) => Err(Error::reading(model, &e).to_string()),
        };
        let config_there = fs::metadata(&config_file).ok();
        let files = [there.as_ref().ok(), config_there.as_ref()];
        // Taken before the config is read: what changes meanwhile has another stamp next time.
        let stamp = Stamp { model: files[0].map(state), config: files[1].map(state) };
        let config = match (&there, before) {
            (Err(why), _) => Err(why.clone()),
            (Ok(_), Some(before)) if before.stamp == stamp => before.config.clone(),
            (Ok(_), _) => VoiceConfig::open(model, config).map(Arc::new).map_err(|e| format!("{e:#}")),
        };
        let bytes = files.into_iter().flatten().map(Metadata::len).sum();
        let config_file = config_there.map(|_| config_file);
        Some(Self { name: name.to_owned(), model: model.to_owned(), config_file, bytes, stamp, config })
    }

    /// The code of its language, `de_DE`, or else what espeak-ng calls it, `de`.
    pub fn language(&self) -> Option<&str> {
        let config = self.config.as_ref().ok()?;
        config.language.code.as_deref().or(config.espeak_voice.as_deref())
    }

    /// Whether it is one for this language, see [`speaks`].
    pub fn speaks(&self, language: &str) -> bool {
        self.language().is_some_and(|code| speaks(code, language))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::FileTimes;
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    const TINY: &[u8] = include_bytes!("../../../models/test/tiny.onnx");
    const CONFIG: &[u8] = include_bytes!("../../../models/test/tiny.onnx.json");

    fn folder(files: &[(&str, &[u8])]) -> (TempDir, Folder) {
        let place = TempDir::new().unwrap();
        for (name, bytes) in files {
            fs::write(place.path().join(name), bytes).unwrap();
        }
        let folder = Folder::open(place.path()).unwrap();
        (place, folder)
    }

    fn names(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.name.as_str()).collect()
    }

    #[test]
    fn what_is_there() {
        let (place, folder) = folder(&[
            ("tugão.onnx", TINY),
            ("tugão.onnx.json", CONFIG),
            ("broken.onnx", TINY),
            ("broken.onnx.json", b"{\"audio\": 1"),
            ("alone.onnx", TINY),
            (".hidden.onnx", TINY),
            (".x.onnx.part", TINY),
            ("notes.txt", b""),
            (".onnx", TINY),
        ]);
        fs::create_dir(place.path().join("folder.onnx")).unwrap();
        let found = folder.scan().unwrap();
        assert_eq!(names(&found), ["alone", "broken", "tugão"]);
        assert!(found[0].config.as_ref().unwrap_err().contains("alone.onnx.json: cannot be read"));
        assert!(found[1].config.as_ref().unwrap_err().contains("broken.onnx.json"), "{:?}", found[1].config);
        let tiny = &found[2];
        assert_eq!(tiny.config.as_ref().unwrap().sample_rate, 16_000);
        assert_eq!(tiny.bytes, (TINY.len() + CONFIG.len()) as u64);
        assert!(tiny.language() == Some("en_US") && tiny.speaks("en") && !tiny.speaks("de"));
        assert_eq!((&tiny.model, tiny.config_file.is_some()), (&place.path().join("tugão.onnx"), true));
        assert_eq!(folder.find("tugão").unwrap().stamp, tiny.stamp);
    }

    #[test]
    fn an_older_config_has_only_espeaks_language() {
        let mut config: serde_json::Value = serde_json::from_slice(CONFIG).unwrap();
        config["language"] = serde_json::Value::Null;
        let (_place, folder) = folder(&[("old.onnx", TINY), ("old.onnx.json", config.to_string().as_bytes())]);
        assert_eq!(folder.find("old").unwrap().language(), Some("en-us"));
    }

    #[test]
    fn a_config_inside_the_model() {
        let packed = chanter_engine::pack(TINY, CONFIG, chanter_engine::Weights::F16).unwrap().model;
        let (_place, folder) = folder(&[("packed.onnx", &packed)]);
        let found = folder.find("packed").unwrap();
        assert_eq!((found.config.unwrap().sample_rate, found.config_file), (16_000, None));
    }

    #[test]
    fn only_what_changed_is_read_again() {
        let (place, folder) = folder(&[("a.onnx", TINY), ("a.onnx.json", CONFIG), ("b.onnx", TINY)]);
        let first = folder.scan().unwrap();
        let same = folder.rescan(&first).unwrap();
        assert!(Arc::ptr_eq(same[0].config.as_ref().unwrap(), first[0].config.as_ref().unwrap()));
        assert_eq!([same[0].stamp, same[1].stamp], [first[0].stamp, first[1].stamp]);
        // Another config for one, a first one for the other.
        let changed = place.path().join("a.onnx.json");
        fs::write(&changed, String::from_utf8_lossy(CONFIG).replace("16000", "22050")).unwrap();
        fs::write(place.path().join("b.onnx.json"), CONFIG).unwrap();
        let next = folder.rescan(&same).unwrap();
        assert_eq!(next[0].config.as_ref().unwrap().sample_rate, 22_050);
        assert!(next[0].stamp != same[0].stamp && next[1].config.is_ok());
        // Of the same length, but at another time.
        let later = SystemTime::now() + Duration::from_secs(7);
        let file = File::options().write(true).open(&changed).unwrap();
        file.set_times(FileTimes::new().set_modified(later)).unwrap();
        assert!(folder.rescan(&next).unwrap()[0].stamp != next[0].stamp);
        fs::remove_file(place.path().join("a.onnx")).unwrap();
        assert_eq!(names(&folder.rescan(&next).unwrap()), ["b"]);
    }

    #[cfg(unix)]
    #[test]
    fn links() {
        let (place, folder) = folder(&[("real", TINY)]);
        std::os::unix::fs::symlink(place.path().join("real"), place.path().join("a.onnx")).unwrap();
        std::os::unix::fs::symlink("nowhere", place.path().join("b.onnx")).unwrap();
        fs::write(place.path().join("a.onnx.json"), CONFIG).unwrap();
        let found = folder.scan().unwrap();
        assert_eq!(names(&found), ["a", "b"]);
        assert!(found[0].config.is_ok() && found[1].config.as_ref().unwrap_err().contains("b.onnx: cannot be read"));
        folder.remove("a").unwrap();
        assert!(place.path().join("real").exists());
    }

    #[test]
    fn removing() {
        let (place, folder) = folder(&[
            ("a.onnx", TINY),
            ("a.onnx.json", CONFIG),
            ("a.onnx.json.bak", b""),
            (".a.onnx.part", b""),
            ("b.onnx", TINY),
        ]);
        folder.remove("a").unwrap();
        folder.remove("b").unwrap();
        let mut left: Vec<_> = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".a.onnx.part", "a.onnx.json.bak"]);
        for (name, kind) in [("a", ErrorKind::NotFound), ("../a", ErrorKind::Name), ("", ErrorKind::Name)] {
            assert_eq!(folder.remove(name).unwrap_err().kind(), kind, "{name}");
            assert_eq!(folder.find(name).unwrap_err().kind(), kind, "{name}");
        }
    }

    #[test]
    fn no_folder() {
        let (place, folder) = folder(&[("file", b"")]);
        for name in ["file", "none"] {
            let error = Folder::open(place.path().join(name)).unwrap_err();
            assert!(error.kind() == ErrorKind::Io && error.to_string().contains(name), "{error}");
        }
        assert!(Folder::create(place.path().join("file")).is_err());
        assert!(Folder::create(place.path().join("new/one")).unwrap().scan().unwrap().is_empty());
        drop(place);
        assert_eq!(folder.scan().unwrap_err().kind(), ErrorKind::Io);
    }
}
