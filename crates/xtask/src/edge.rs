//! The Worker in workerd, the runtime of Cloudflare Workers.

use std::ffi::OsString;
use std::process::Command;

use crate::{Done, exec, root, set_up, target, wasm};

/// Builds it with routes for tests, and runs `crates/worker/test`.
pub(crate) fn test() -> Done {
    // The page's tests have what starts Chromium.
    set_up::node_modules(&root().join("www"))?;
    exec(command("npm")?.args(["test", "--silent"]).env("CHROMIUM", set_up::chromium()?))
}

/// The Worker beside the native server.
pub(crate) fn bench(flags: &[OsString]) -> Done {
    exec(command("node")?.arg("../bench/first-sound.js").args(flags))
}

/// A program beside the tests, with the Worker built for it.
fn command(program: &str) -> Result<Command, String> {
    let worker = wasm::worker_for_tests()?;
    let folder = wasm::worker_packages();
    set_up::node_modules(&folder)?;
    let mut command = Command::new(program);
    command.current_dir(folder).env("TARGET", target()).env("WORKER", worker);
    Ok(command)
}
