//! What runs as WebAssembly: the phonemizer's check, the engine for browsers, and the Worker.

mod browser;
mod phonemizer;
mod toolchain;
mod tools;
mod worker;

use std::path::PathBuf;

pub(crate) use browser::browser;
pub(crate) use phonemizer::phonemizer;
pub(crate) use worker::{worker, worker_for_tests, worker_packages};

use crate::target;

/// Where cargo builds: flags of their own would have it build anew in a folder that is shared.
fn build_folders() -> impl Iterator<Item = PathBuf> {
    browser::BUILDS.iter().map(|build| build.name).chain(["phonemizer"]).map(|name| target().join("wasm").join(name))
}
