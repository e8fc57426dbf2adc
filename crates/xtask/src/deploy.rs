//! The files of deploy/: whether they are sound, and name what the server has.

use std::process::Command;

use crate::{Done, binary, exec, root, set_up};

/// Parses them, and looks up their metrics and variables; promtool, where it is installed, tries the alerts.
pub(crate) fn test() -> Done {
    let python = set_up::python(&["PyYAML==6.0.3"])?;
    exec(Command::new(python).args(["deploy/check.py", "--server"]).arg(binary("chanter-server")).current_dir(root()))
}
