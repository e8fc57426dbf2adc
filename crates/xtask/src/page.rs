//! The page and its library, tried in Chromium.

use std::path::Path;
use std::process::Command;

use crate::{Done, exec, root, set_up, target, www};

/// Builds the site, checks the types of its modules, and runs the tests of `www/test`.
pub(crate) fn test() -> Done {
    www::www()?;
    in_www("tsc", &["--project", "."])?;
    exec(
        Command::new("npm")
            .args(["test", "--silent"])
            .current_dir(root().join("www"))
            .env("CHROMIUM", set_up::chromium()?)
            .env("TARGET", target()),
    )
}

/// Chanter beside onnxruntime-web.
pub(crate) fn bench(flags: &[impl AsRef<std::ffi::OsStr>]) -> Done {
    www::www()?;
    set_up::node_modules(&root().join("www"))?;
    set_up::node_modules(&root().join("www/bench"))?;
    exec(
        Command::new("node")
            .arg("bench/run.js")
            .args(flags)
            .current_dir(root().join("www"))
            .env("CHROMIUM", set_up::chromium()?)
            .env("TARGET", target()),
    )
}

/// Runs a program of an npm package.
fn in_www(program: &str, arguments: &[&str]) -> Done {
    let www = root().join("www");
    let modules = set_up::node_modules(&www)?;
    let program = Path::new(".bin").join(program);
    exec(Command::new(modules.join(program)).args(arguments).current_dir(www))
}
