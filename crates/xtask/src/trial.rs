//! The programs that try the server the way production does: `crates/trials`.

use std::ffi::OsString;
use std::process::Command;

use crate::{Done, binary, build, exec, set_up};

/// One trial, with what it needs besides the server.
pub(crate) fn trial(flags: &[OsString]) -> Done {
    build()?;
    let mut trials = Command::new(binary("chanter-trials"));
    trials.args(flags);
    let is = |names: &[&str]| flags.first().is_some_and(|flag| names.iter().any(|name| flag == *name));
    if is(&["streams", "all"]) {
        trials.arg("--piper").arg(set_up::python(&["piper-tts[http]"])?);
    }
    if is(&["faults", "all"]) && !set_up::runs("faketime", &["--version"]) {
        // Without it the trial says what it leaves out.
        set_up::apt_install(&["faketime"]);
    }
    exec(&mut trials)
}

/// What every test run tries.
pub(crate) fn check() -> Done {
    build()?;
    exec(Command::new(binary("chanter-trials")).arg("check"))
}
