//! Programs and packages that a fresh machine lacks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{exec, files, root};

pub(crate) fn node() -> Result<&'static str, String> {
    if !runs("node", &["--version"]) && !apt_install(&["nodejs", "npm"]) {
        return Err("Node 20 or newer is needed; install it from https://nodejs.org or as the package nodejs".into());
    }
    Ok("node")
}

/// Installs the npm packages that a folder's lock file names; gives the folder that they are in.
pub(crate) fn node_modules(of: &Path) -> Result<PathBuf, String> {
    node()?;
    let lock = files::sha256(&files::read(&of.join("package-lock.json"))?);
    let modules = of.join("node_modules");
    let stamp = modules.join(".lock.sha256");
    if files::read(&stamp).ok().as_deref() != Some(lock.as_bytes()) {
        exec(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(of))?;
        files::write(&stamp, lock.as_bytes())?;
    }
    Ok(modules)
}

/// The Python of an environment of the project's own, with these packages from PyPI.
pub(crate) fn python(packages: &[&str]) -> Result<PathBuf, String> {
    let environment = root().join(".venv");
    let python = environment.join("bin/python");
    if !python.exists() {
        exec(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    exec(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
    Ok(python)
}

/// Installs Debian packages where that can be done without a question; says whether it could.
pub(crate) fn apt_install(packages: &[&str]) -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    root && runs("apt-get", &["--version"])
        && exec(Command::new("apt-get").args(["update", "--quiet"])).is_ok()
        && exec(
            Command::new("apt-get")
                .args(["install", "--quiet", "--yes", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
        .is_ok()
}

/// Whether a program is there and succeeds.
pub(crate) fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).current_dir(root());
    command.status().is_ok_and(|status| status.success())
}

/// The Chromium that the page is tried in; `CHROMIUM` names another than the one that is installed.
pub(crate) fn chromium() -> Result<PathBuf, String> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = || {
        let programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let folders = std::env::split_paths(&std::env::var_os("PATH")?).collect::<Vec<_>>();
        programs.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.exists())
    };
    let found = named.or_else(usual).or_else(|| apt_install(&["chromium"]).then(usual).flatten());
    found.ok_or_else(|| "Chromium is needed; install it, or name it with the environment variable CHROMIUM".into())
}
