//! The Django example: its page in Chromium, its server, and ours.

use std::process::Command;

use crate::{Done, exec, root, set_up, target};

/// Runs its tests with the packages that it names.
pub(crate) fn test() -> Done {
    let folder = root().join("examples/django");
    set_up::node_modules(&root().join("www"))?;
    let requirements = folder.join("requirements.txt");
    let python = set_up::python(&["--requirement", &requirements.to_string_lossy()])?;
    exec(Command::new(&python).args(["manage.py", "check"]).env("DEBUG", "1").current_dir(&folder))?;
    exec(
        Command::new("node")
            .args(["--test", "test/page.test.js"])
            .current_dir(folder)
            .env("PYTHON", python)
            .env("TARGET", target())
            .env("CHROMIUM", set_up::chromium()?),
    )
}
