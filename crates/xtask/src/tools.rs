//! Programs of Rust's registry, installed into the project.

use std::path::PathBuf;
use std::process::Command;

use crate::{cargo_path, exec, files, target};

/// Where the program of a package is; if it is not there in this version it is installed, which takes minutes.
pub(crate) fn program(package: &str, program: &str, version: &str) -> Result<PathBuf, String> {
    let folder = target().join("tools");
    let path = folder.join("bin").join(program);
    let installed = files::read(&folder.join(".crates.toml")).unwrap_or_default();
    let entry = format!("\"{package} {version} (");
    if !path.exists() || !String::from_utf8_lossy(&installed).contains(&entry) {
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
    Ok(path)
}
