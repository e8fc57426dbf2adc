//! The page and its library, tried in Chromium.

use std::ffi::{OsStr, OsString};
use std::process::Command;

use crate::{Done, exec, root, set_up, target, www};

/// Builds the site, checks the types of its modules, and runs the tests of `www/test`.
pub(crate) fn test() -> Done {
    www::www()?;
    exec(in_www("npx")?.args(["--no-install", "tsc", "--project", "."]))?;
    exec(in_www("npm")?.args(["test", "--silent"]))
}

/// Chanter beside onnxruntime-web.
pub(crate) fn bench(flags: &[impl AsRef<OsStr>]) -> Done {
    exec(with_site("node")?.arg("bench/run.js").args(flags))
}

/// All that is compared, the browser among it unless `--native` says otherwise, and written down.
pub(crate) fn report(flags: &[OsString]) -> Done {
    let python = set_up::python(&["onnxruntime", "numpy", "onnx"])?;
    let native = flags.iter().any(|flag| flag == "--native" || flag == "--draw");
    let mut report = if native { Command::new(python) } else { with_site(python)? };
    // Voices are named as seen from where it is called.
    report.env("CARGO_TARGET_DIR", target()).current_dir(".");
    exec(report.arg(root().join("bench/report.py")).args(flags))
}

/// A program with the site, what it is compared with, and Chromium.
fn with_site(program: impl AsRef<OsStr>) -> Result<Command, String> {
    www::www()?;
    set_up::node_modules(&root().join("www/bench"))?;
    in_www(program)
}

/// A program with the page's packages, for the build and the Chromium that are there.
fn in_www(program: impl AsRef<OsStr>) -> Result<Command, String> {
    let www = root().join("www");
    set_up::node_modules(&www)?;
    let mut command = Command::new(program);
    command.current_dir(www).env("CHROMIUM", set_up::chromium()?).env("TARGET", target());
    Ok(command)
}
