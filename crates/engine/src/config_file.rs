//! Where a voice's config is: beside the voice, or built in.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::in_file;
use crate::{MAX_CONFIG_BYTES, Result, VoiceConfig};

impl VoiceConfig {
    /// Reads the config of the voice `model`: `config`, or else `NAME.onnx.json` beside `NAME.onnx`, or else the one in
    /// the model itself, where a [packed](crate::pack()) voice has it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), or as [`from_json`](Self::from_json), with the file's name.
    pub fn open(model: &Path, config: Option<&Path>) -> Result<Self> {
        let path = config.map_or_else(|| Self::beside(model), Path::to_owned);
        #[cfg(feature = "tract")]
        if config.is_none()
            && !path.exists()
            && let Some(json) = embedded(model)?
        {
            return Self::from_json(json.as_bytes()).map_err(|e| e.at(model));
        }
        let mut json = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(MAX_CONFIG_BYTES as u64 + 1).read_to_end(&mut json))
            .map_err(|e| in_file(&path, e))?;
        Self::from_json(&json).map_err(|e| e.at(&path))
    }

    /// Where Piper keeps the config of a voice: `NAME.onnx.json` beside `NAME.onnx`.
    pub fn beside(model: &Path) -> PathBuf {
        let mut name = model.as_os_str().to_owned();
        name.push(".json");
        name.into()
    }

    /// The config of the voice that is built in.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    #[cfg(feature = "default-voice")]
    pub fn built_in() -> Result<Self> {
        Self::from_json(include_bytes!("../../../models/en_US-slt-tiny.onnx.json"))
    }
}

/// The config in the model itself.
#[cfg(feature = "tract")]
fn embedded(model: &Path) -> Result<Option<String>> {
    let file = File::open(model).map_err(|e| in_file(model, e))?;
    crate::acoustic::load::metadata(Box::new(file), crate::pack::CONFIG_KEY).map_err(|e| e.at(model))
}
