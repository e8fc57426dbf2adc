//! The server with the clients that people have, unmodified.

use std::process::Command;

use crate::{Done, build, exec, root, set_up, target};

/// Runs `crates/server/tests/clients` with the packages that it names.
pub(crate) fn test() -> Done {
    build()?;
    let folder = root().join("crates/server/tests/clients");
    if !["ffmpeg", "flac", "opusdec"].iter().all(|program| set_up::runs("which", &[program]))
        && !set_up::apt_install(&["ffmpeg", "flac", "opus-tools"])
    {
        return Err("ffmpeg, flac and opus-tools are needed; install the packages of these names".into());
    }
    set_up::node_modules(&folder)?;
    let requirements = folder.join("requirements.txt");
    let python = set_up::python(&["--requirement", &requirements.to_string_lossy()])?;
    exec(Command::new(python).args(["-B", "-m", "unittest", "discover"]).current_dir(folder).env("TARGET", target()))
}
