//! What the project is made of: licences and sources by cargo-deny (deny.toml), what is known to be broken by it and npm.

use std::path::PathBuf;
use std::process::Command;

use crate::{Done, cargo, exec, root, set_up, tools};

const CARGO_DENY: &str = "0.20.2";
/// Folders with an npm lock file.
const NPM: [&str; 3] = ["www", "www/bench", "crates/worker/test"];

/// Licences, sources and duplicates, without a network once all is fetched.
pub(crate) fn test() -> Done {
    // For all platforms, of which a build fetches its own alone.
    cargo(&["fetch", "--quiet", "--locked"])?;
    exec(deny()?.args(["--offline", "--workspace", "check", "--hide-inclusion-graph", "licenses", "sources", "bans"]))
}

/// Advisories, which are asked for over the network: all are asked, whatever the first ones say.
pub(crate) fn audit() -> Done {
    test()?;
    set_up::node()?;
    let mut failed = Vec::new();
    let mut note = |what: &str, command: &mut Command| {
        println!("\n== advisories: {what}");
        if exec(command).is_err() {
            failed.push(what.to_owned());
        }
    };
    note("crates", deny()?.args(["--workspace", "check", "advisories"]));
    for folder in NPM {
        note(folder, Command::new("npm").args(["audit", "--package-lock-only"]).current_dir(root().join(folder)));
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("{}: something is known of them, or the network did not say; see above", failed.join(", ")))
}

fn deny() -> Result<Command, String> {
    let program: PathBuf = tools::program("cargo-deny", "cargo-deny", CARGO_DENY)?;
    let mut command = Command::new(program);
    command.current_dir(root());
    Ok(command)
}
