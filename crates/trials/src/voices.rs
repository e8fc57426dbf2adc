//! Voices to try.

use std::path::{Path, PathBuf};

use crate::Done;

/// The voice's name where none is given.
const BUILT_IN: &str = "en_US-slt-tiny";

/// A voice, built in or a file.
#[derive(Debug, Clone)]
pub(crate) struct VoiceFile {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The server has it without being told.
    pub(crate) built_in: bool,
}

impl VoiceFile {
    fn open(path: PathBuf) -> Done<Self> {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        match name {
            Some(name) if path.is_file() => Ok(Self { name, path, built_in: false }),
            _ => Err(format!("{}: no such voice", path.display())),
        }
    }

    pub(crate) fn built_in() -> Done<Self> {
        let file = Self::open(root().join("models").join(BUILT_IN).with_extension("onnx"))?;
        Ok(Self { built_in: true, ..file })
    }

    /// Small enough that loading it takes no time.
    pub(crate) fn tiny() -> Done<Self> {
        Self::open(root().join("models/test/tiny.onnx"))
    }

    /// Like [`VoiceFile::tiny`], at another sample rate.
    pub(crate) fn tiny_multi() -> Done<Self> {
        Self::open(root().join("models/test/tiny-multi.onnx"))
    }

    pub(crate) fn is_medium(&self) -> bool {
        self.name.contains("medium")
    }

    /// Puts it under another name into a folder: in one step, as whoever replaces a voice should.
    pub(crate) fn put(&self, folder: &Path, name: &str) -> Done {
        let config = |path: &Path| PathBuf::from(format!("{}.json", path.display()));
        let to = folder.join(format!("{name}.onnx"));
        for (from, to) in [(config(&self.path), config(&to)), (self.path.clone(), to)] {
            let part = PathBuf::from(format!("{}.new", to.display()));
            std::fs::copy(&from, &part)
                .and_then(|_| std::fs::rename(&part, &to))
                .map_err(|e| format!("{}: cannot be copied to {}: {e}", from.display(), to.display()))?;
        }
        Ok(())
    }
}

/// The built-in voice, then those named, or those that lie beside the repository.
pub(crate) fn found(named: &[PathBuf], short: bool) -> Done<Vec<VoiceFile>> {
    if short {
        return Ok(vec![VoiceFile::tiny()?]);
    }
    let mut voices = vec![VoiceFile::built_in()?];
    if named.is_empty() {
        let beside = root().join("../shared/voices");
        for name in ["synthetic-x_low", "synthetic-medium"] {
            voices.extend(VoiceFile::open(beside.join(name).with_extension("onnx")));
        }
    }
    for path in named {
        voices.push(VoiceFile::open(path.clone())?);
    }
    Ok(voices)
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
