//! The page and its library, tried in Chromium.

use std::process::Command;

use crate::{Done, exec, root, set_up, target, www};

/// Builds the site, checks the types of its modules, and runs the tests of `www/test`.
pub(crate) fn test() -> Done {
    www::www()?;
    exec(in_www("npx")?.args(["--no-install", "tsc", "--project", "."]))?;
    exec(in_www("npm")?.args(["test", "--silent"]))
}

/// Chanter beside onnxruntime-web.
pub(crate) fn bench(flags: &[impl AsRef<std::ffi::OsStr>]) -> Done {
    www::www()?;
    set_up::node_modules(&root().join("www/bench"))?;
    exec(in_www("node")?.arg("bench/run.js").args(flags))
}

/// A program with the page's packages, for the build and the Chromium that are there.
fn in_www(program: &str) -> Result<Command, String> {
    let www = root().join("www");
    set_up::node_modules(&www)?;
    let mut command = Command::new(program);
    command.current_dir(www).env("CHROMIUM", set_up::chromium()?).env("TARGET", target());
    Ok(command)
}
