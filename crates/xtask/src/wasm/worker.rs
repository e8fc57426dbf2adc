//! The Worker of `crates/worker`, by worker-build, with what its assets need to have besides the page.

mod assets;
mod sizes;

use std::path::{Path, PathBuf};

use super::browser::SIMD;
use super::toolchain::Toolchain;
use super::tools;
use crate::{Done, exec, files, root, set_up, target, www};

/// `cargo xtask worker [--voice NAME.onnx]...`: the Worker in `target/worker`, its assets in `target/www`.
pub(crate) fn worker(flags: &[std::ffi::OsString]) -> Done {
    let mut models = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match (flag.to_str(), flags.next()) {
            (Some("--voice"), Some(model)) => models.push(PathBuf::from(model)),
            _ => return Err(format!("{}: the flag is --voice NAME.onnx", flag.display())),
        }
    }
    assets::add(&www::www()?, &models)?;
    let folder = build("worker", &[])?;
    println!("the Worker is in {}; `npx wrangler deploy -c worker.toml` sends it", folder.display());
    Ok(())
}

/// The Worker with the routes that its tests use, and its assets.
pub(crate) fn worker_for_tests() -> Result<PathBuf, String> {
    assets::add(&www::www()?, &[])?;
    build("worker-test", &["--features", "probe"])
}

/// Where its npm packages are declared.
pub(crate) fn worker_packages() -> PathBuf {
    root().join("crates/worker/test")
}

fn build(name: &str, flags: &[&str]) -> Result<PathBuf, String> {
    let toolchain = Toolchain::find()?;
    let programs = tools::for_the_worker()?;
    let modules = set_up::node_modules(&worker_packages())?;
    let folder = target().join(name);
    let map = target().join("wasm").join(name).with_extension("map");
    println!("building the Worker: {name}");
    exec(
        toolchain
            .program(&programs.join("worker-build"), SIMD.features, std::slice::from_ref(&programs))
            .arg(root().join("crates/worker"))
            // As for browsers, in the same folder: most of it is the same.
            .args(["--profile", "wasm", "--no-opt", "--out-dir"])
            .arg(&folder)
            .args(flags)
            .env("CARGO_TARGET_DIR", target().join("wasm").join(SIMD.name))
            .env("CHANTER_LINK_MAP", &map)
            // It would fetch them otherwise.
            .env("WASM_BINDGEN_BIN", programs.join("wasm-bindgen"))
            .env("ESBUILD_BIN", esbuild(&modules)?),
    )?;
    files::write(&folder.join("entry.js"), &files::read(&root().join("crates/worker/entry.js"))?)?;
    sizes::report(&folder, &map)?;
    Ok(folder)
}

/// The program itself, which lies in a package of the platform's.
fn esbuild(modules: &Path) -> Result<PathBuf, String> {
    let folder = modules.join("@esbuild");
    let platforms = std::fs::read_dir(&folder).map_err(files::in_file(&folder))?;
    platforms
        .flatten()
        .flat_map(|platform| ["bin/esbuild", "esbuild.exe"].map(|program| platform.path().join(program)))
        .find(|program| program.exists())
        .ok_or_else(|| format!("{}: esbuild is missing", folder.display()))
}
