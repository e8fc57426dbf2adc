//! Programs of Rust's registry that make WebAssembly.

use std::path::PathBuf;
use std::process::Command;

use crate::{cargo_path, exec, files, root, target};

const WASM_PACK: &str = "0.15.1";
const WORKER_BUILD: &str = "0.8.7";

/// A folder with the programs, the wasm-bindgen of Cargo.lock among them; whichever is not there is installed, which takes
/// minutes.
pub(super) fn programs() -> Result<PathBuf, String> {
    let folder = target().join("tools");
    for (package, program, version) in [
        ("wasm-pack", "wasm-pack", WASM_PACK.to_owned()),
        ("worker-build", "worker-build", WORKER_BUILD.to_owned()),
        ("wasm-bindgen-cli", "wasm-bindgen", locked("wasm-bindgen")?),
    ] {
        let path = folder.join("bin").join(program);
        let there = Command::new(&path).arg("--version").output().ok();
        if there
            .is_some_and(|output| String::from_utf8_lossy(&output.stdout).trim().rsplit(' ').next() == Some(&version))
        {
            continue;
        }
        println!("installing {package} {version}");
        exec(
            Command::new(cargo_path())
                .args(["install", "--force", "--root"])
                .arg(&folder)
                .arg(format!("{package}@{version}"))
                .env("CARGO_TARGET_DIR", folder.join("build"))
                // They run for seconds: they need not be fast.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
        )?;
    }
    Ok(folder.join("bin"))
}

/// The version of a package in Cargo.lock.
fn locked(package: &str) -> Result<String, String> {
    let path = root().join("Cargo.lock");
    let lock = String::from_utf8(files::read(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
    version.map(|(version, _)| version.to_owned()).ok_or_else(|| format!("{}: {package} is missing", path.display()))
}
