//! The engine for browsers: `crates/browser` by wasm-pack.
//!
//! wasm-opt is left out: it takes minutes, and what it makes is smaller only until it is compressed (2.93 MB to 2.70).

use std::path::PathBuf;

use super::toolchain::Toolchain;
use super::tools;
use crate::{exec, root, target};

/// A build of the engine.
pub(super) struct Build {
    pub(super) name: &'static str,
    pub(super) features: &'static str,
}

/// What every browser of today runs, and the edge.
pub(super) const SIMD: Build = Build { name: "simd", features: "+simd128" };
/// Browsers that validate relaxed SIMD, a fused multiply-add among it, get the second.
pub(super) const BUILDS: [Build; 2] = [SIMD, Build { name: "relaxed", features: "+simd128,+relaxed-simd" }];

/// Builds the engine for browsers; the folder has `simd` and `relaxed`, each with a module and its JavaScript.
pub(crate) fn browser() -> Result<PathBuf, String> {
    let toolchain = Toolchain::find()?;
    let tools = tools::for_browsers()?;
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
