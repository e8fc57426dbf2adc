//! Programs that make WebAssembly.

use std::path::PathBuf;

use crate::{files, root, target, tools};

const WASM_PACK: &str = "0.15.1";
const WORKER_BUILD: &str = "0.8.7";

/// A folder with the programs for browsers, the wasm-bindgen of Cargo.lock among them.
pub(super) fn for_browsers() -> Result<PathBuf, String> {
    tools::program("wasm-pack", "wasm-pack", WASM_PACK)?;
    tools::program("wasm-bindgen-cli", "wasm-bindgen", &locked("wasm-bindgen")?)?;
    Ok(target().join("tools/bin"))
}

/// A folder with those for the Worker.
pub(super) fn for_the_worker() -> Result<PathBuf, String> {
    tools::program("worker-build", "worker-build", WORKER_BUILD)?;
    for_browsers()
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> Result<String, String> {
    let path = root().join("Cargo.lock");
    let lock = String::from_utf8(files::read(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
    version.map(|(version, _)| version.to_owned()).ok_or_else(|| format!("{}: {package} is missing", path.display()))
}
