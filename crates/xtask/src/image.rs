//! `cargo xtask image`: the server as a container image, by whichever program for that is there.

use std::ffi::OsString;
use std::process::Command;

use crate::{Done, exec, root, set_up::runs};

const NAME: &str = concat!("chanter-server:", env!("CARGO_PKG_VERSION"));
/// Podman's own format has no HEALTHCHECK.
const BUILDERS: [(&str, &[&str]); 3] = [
    ("docker", &["build"]),
    ("podman", &["build", "--format", "docker"]),
    ("buildah", &["build", "--format", "docker"]),
];

/// Builds the Dockerfile (flags are the builder's) and says how large the image is.
pub(crate) fn image(flags: &[OsString]) -> Done {
    let (program, build) = BUILDERS
        .into_iter()
        .find(|(program, _)| runs(program, &["info"]))
        .ok_or("docker, podman or buildah is needed, and docker's daemon has to run")?;
    exec(Command::new(program).args(build).args(["--tag", NAME]).args(flags).arg(".").current_dir(root()))?;
    exec(Command::new(program).args(["images", "chanter-server"]))
}
