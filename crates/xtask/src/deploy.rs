//! The files of deploy/: whether they are sound.

use std::process::Command;

use crate::{Done, exec, root, set_up};

/// Parses them; promtool, where it is installed, tries the alerts.
pub(crate) fn test() -> Done {
    let python = set_up::python(&["PyYAML==6.0.3"])?;
    exec(Command::new(python).arg("deploy/check.py").current_dir(root()))
}
