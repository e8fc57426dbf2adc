//! `cargo xtask release`: the programs as they are shipped. Each is one static file, which is the same wherever it is built
//! from the same sources by the same Rust and C compilers.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::{Done, cargo_path, exec, files, root, set_up, target, tools};

const PROGRAMS: [&str; 2] = ["chanter-server", "chanter"];
const LICENCES: [(&str, &str); 4] = [
    ("APACHE-2.0.txt", "LICENSE-APACHE"),
    ("GPL-3.0.txt", "crates/phonemizer/LICENSE"),
    ("MIT.txt", "LICENSE-MIT"),
    ("en_US-slt-tiny.txt", "models/en_US-slt-tiny.LICENSE.txt"),
];
const CARGO_CYCLONEDX: &str = "0.5.9";

/// Fills `target/release-files`: with `--programs` only those, otherwise also what they are made of (CycloneDX), licences,
/// and checksums.
pub(crate) fn release(flags: &[OsString]) -> Done {
    let all = match flags {
        [] => true,
        [flag] if flag == "--programs" => false,
        _ => return Err("the one flag of release is --programs".into()),
    };
    let folder = target().join("release-files");
    files::fresh_folder(&folder)?;
    let built = programs()?;
    for name in PROGRAMS {
        fs::copy(built.join(name), folder.join(name)).map_err(files::in_file(&built.join(name)))?;
    }
    if all {
        for (name, file) in LICENCES {
            files::write(&folder.join("licences").join(name), &files::read(&root().join(file))?)?;
        }
        components(&folder)?;
        checksums(&folder)?;
    }
    println!("{}", folder.display());
    for entry in fs::read_dir(&folder).map_err(files::in_file(&folder))?.flatten() {
        let bytes = entry.metadata().map_or(0, |file| file.len());
        println!("{bytes:>12}  {}", entry.file_name().display());
    }
    Ok(())
}

/// Builds them; says in which folder they are.
fn programs() -> Result<PathBuf, String> {
    let triple = triple()?;
    let mut command = Command::new(cargo_path());
    // The target is named even where it is the machine's own: flags then are for the programs, not for what builds them.
    command.args(["build", "--locked", "--profile", "dist", "--target", &triple]);
    command.args(["--package", "chanter-server", "--package", "chanter-cli", "--bins"]);
    command.env("CARGO_ENCODED_RUSTFLAGS", rust_flags());
    command.env("CFLAGS", remapped("-ffile-prefix-map=").join(OsStr::new(" "))).current_dir(root());
    exec(command.env("SOURCE_DATE_EPOCH", date()))?;
    Ok(target().join(triple).join("dist"))
}

/// glibc, for it is there wherever cargo is, and what makes static glibc slow, its allocator, is not used.
fn triple() -> Result<String, String> {
    match env::consts::OS {
        "linux" => Ok(format!("{}-unknown-linux-gnu", env::consts::ARCH)),
        other => Err(format!("static programs are made on Linux, not on {other}; the Dockerfile does it there")),
    }
}

fn rust_flags() -> OsString {
    let mut flags = vec![OsString::from("-Ctarget-feature=+crt-static")];
    flags.extend(remapped("--remap-path-prefix="));
    flags.join(OsStr::new("\u{1f}"))
}

/// A compiler's flags that have names stand for this machine's folders.
fn remapped(flag: &str) -> [OsString; 3] {
    [(root(), "/chanter"), (target(), "/target"), (cargo_home(), "/cargo")].map(|(folder, name)| {
        let mut flag = OsString::from(flag);
        flag.push(folder);
        flag.push("=");
        flag.push(name);
        flag
    })
}

fn cargo_home() -> PathBuf {
    let usual = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(usual, PathBuf::from)
}

/// Seconds since 1970 that stand for the time of the build: `SOURCE_DATE_EPOCH`, or else the last commit's.
fn date() -> String {
    let git = || {
        let output = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root()).output().ok()?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    let given = env::var("SOURCE_DATE_EPOCH").ok().filter(|date| !date.is_empty());
    given.or_else(|| git().filter(|date| !date.is_empty())).unwrap_or_else(|| "0".to_owned())
}

/// CycloneDX lists: of the programs and the page's engine by cargo-cyclonedx, of the page's packages by npm.
fn components(folder: &Path) -> Done {
    let program = tools::program("cargo-cyclonedx", "cargo-cyclonedx", CARGO_CYCLONEDX)?;
    for (package, triple) in [("server", triple()?), ("cli", triple()?), ("browser", "wasm32-unknown-unknown".into())] {
        let mut command = Command::new(&program);
        command.args(["cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5", "--target", &triple]);
        // The program puts a list beside each manifest of the workspace, by this name.
        command.args(["--no-build-deps", "--override-filename", "components"]);
        exec(command.env("SOURCE_DATE_EPOCH", date()).current_dir(root()))?;
        let list = root().join("crates").join(package).join("components.json");
        let text = String::from_utf8_lossy(&files::read(&list)?).replace(&*root().to_string_lossy(), "/chanter");
        files::write(&folder.join(format!("chanter-{package}.cdx.json")), text.as_bytes())?;
        for member in fs::read_dir(root().join("crates")).map_err(files::in_file(&list))?.flatten() {
            // Not every member of the workspace has one.
            let _ = fs::remove_file(member.path().join("components.json"));
        }
    }
    set_up::node()?;
    let mut npm = Command::new("npm");
    npm.args(["sbom", "--package-lock-only", "--omit", "dev", "--sbom-format", "cyclonedx"]);
    let output = npm.current_dir(root().join("www")).output().map_err(|e| format!("npm: {e}"))?;
    let mut list: Value = serde_json::from_slice(&output.stdout).map_err(|e| format!("npm sbom: {e}"))?;
    // Both differ each time.
    if let Some(list) = list.as_object_mut() {
        list.remove("serialNumber");
    }
    if let Some(metadata) = list.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("timestamp");
        metadata.insert("properties".into(), json!([{"name": "SOURCE_DATE_EPOCH", "value": date()}]));
    }
    files::write(&folder.join("chanter-page.cdx.json"), format!("{list:#}\n").as_bytes())
}

/// `SHA256SUMS`, for `sha256sum --check`.
fn checksums(folder: &Path) -> Done {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).map_err(files::in_file(folder))?.flatten() {
        if entry.path().is_file() {
            let sum = files::sha256(&files::read(&entry.path())?);
            lines.push((entry.file_name(), format!("{sum}  {}\n", entry.file_name().display())));
        }
    }
    lines.sort();
    let text: String = lines.into_iter().map(|(_, line)| line).collect();
    files::write(&folder.join("SHA256SUMS"), text.as_bytes())
}
