//! Files, with errors that name them.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::Done;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(in_file(path))
}

/// Writes a file, in a folder that need not be there yet.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Done {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(in_file(folder))?;
    }
    fs::write(path, bytes).map_err(in_file(path))
}

/// An empty folder at this place.
pub(crate) fn fresh_folder(path: &Path) -> Done {
    remove_folder(path)?;
    fs::create_dir_all(path).map_err(in_file(path))
}

/// No folder at this place.
pub(crate) fn remove_folder(path: &Path) -> Done {
    if path.exists() { fs::remove_dir_all(path).map_err(in_file(path)) } else { Ok(()) }
}

/// SHA-256, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An error that names the file.
pub(crate) fn in_file(path: &Path) -> impl FnOnce(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
