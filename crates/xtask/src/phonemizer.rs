//! What the examples of the phonemizer's crate do.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::{cargo_path, exec, files, root, target};

/// One of the examples, to be given its arguments.
pub(crate) fn example(name: &str) -> Command {
    let mut command = Command::new(cargo_path());
    command.args(["run", "--quiet", "--release", "--package", "chanter-phonemizer", "--example", name, "--"]);
    command.current_dir(root());
    command
}

/// The packs of all languages, made once; says in which folder.
pub(crate) fn packs() -> Result<PathBuf, String> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let make = || {
        let folder = target().join("packs");
        files::fresh_folder(&folder)?;
        exec(example("packs").arg(&folder))?;
        Ok(folder)
    };
    MADE.get_or_init(make).clone()
}
