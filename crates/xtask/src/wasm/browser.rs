//! The engine for browsers: `crates/browser` by wasm-pack.
//!
//! wasm-opt is left out: it takes minutes, and what it makes is smaller only until it is compressed (2.93 MB to 2.70).

use std::path::PathBuf;
use std::process::Command;

use super::toolchain::Toolchain;
use crate::{cargo_path, exec, files, root, target};

/// A build of the engine.
pub(super) struct Build {
    pub(super) name: &'static str,
    features: &'static str,
}

/// Every browser of today runs the first; those that validate relaxed SIMD, a fused multiply-add among it, get the second.
pub(super) const BUILDS: [Build; 2] =
    [Build { name: "simd", features: "+simd128" }, Build { name: "relaxed", features: "+simd128,+relaxed-simd" }];

const WASM_PACK: &str = "0.15.1";

/// Builds the engine for browsers; the folder has `simd` and `relaxed`, each with a module and its JavaScript.
pub(crate) fn browser() -> Result<PathBuf, String> {
    let toolchain = Toolchain::find()?;
    let tools = tools()?;
    let folder = target().join("wasm/browser");
    for build in &BUILDS {
        println!("building the engine for browsers: {}", build.name);
        exec(
            toolchain
                .program(&tools.join("wasm-pack"), build.features, std::slice::from_ref(&tools))
                // The checks that are left out are done above, and know of Debian's toolchain.
                .args([
                    "build",
                    "--target",
                    "web",
                    "--profile",
                    "wasm",
                    "--mode",
                    "force",
                    "--no-opt",
                    "--no-pack",
                    "--out-dir",
                ])
                .arg(folder.join(build.name))
                .arg(root().join("crates/browser"))
                .env("CARGO_TARGET_DIR", target().join("wasm").join(build.name)),
        )?;
    }
    Ok(folder)
}

/// A folder with wasm-pack and the wasm-bindgen of Cargo.lock; whichever is not there is installed, which takes minutes.
fn tools() -> Result<PathBuf, String> {
    let folder = target().join("tools");
    for (package, program, version) in [
        ("wasm-pack", "wasm-pack", WASM_PACK.to_owned()),
        ("wasm-bindgen-cli", "wasm-bindgen", locked("wasm-bindgen")?),
    ] {
        let path = folder.join("bin").join(program);
        let there = Command::new(&path).arg("--version").output().ok();
        if there.is_some_and(|output| String::from_utf8_lossy(&output.stdout).trim().ends_with(&format!(" {version}")))
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
