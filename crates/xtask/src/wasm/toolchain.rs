//! A toolchain that builds for WebAssembly.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::{Done, cargo_path, exec, files, root, set_up::apt_install, set_up::runs, target};

pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// What Debian has instead of a target of rustup's.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const DEBIAN_LINKER: &str = "wasm-ld-19";
/// Set to anything, this leaves rustup out.
const USE_DEBIAN: &str = "CHANTER_WASM_DEBIAN";

/// A cargo that can build for WebAssembly.
pub(super) enum Toolchain {
    /// The one that runs this, with rustup's standard library.
    Own,
    /// Debian's, with a standard library that was built here, in this folder.
    Debian(PathBuf),
}

impl Toolchain {
    pub(super) fn find() -> Result<Self, String> {
        let debian = env::var_os(USE_DEBIAN).is_some();
        if !debian && (has_target() || (runs("rustup", &["target", "add", TARGET]) && has_target())) {
            return Ok(Self::Own);
        }
        let programs = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/lib/rustlib/src/rust/library/std"];
        let installed = || programs.iter().all(|path| Path::new(path).exists()) && runs(DEBIAN_LINKER, &["--version"]);
        let ready = installed() || (apt_install(&DEBIAN_PACKAGES) && installed());
        if !ready {
            return Err(format!(
                "Rust's target {TARGET} is missing. Run `rustup target add {TARGET}` where rustup reaches the network, \
                 or on Debian `apt-get install {}` as root",
                DEBIAN_PACKAGES.join(" ")
            ));
        }
        let sysroot = standard_library()?;
        write_rustc(&sysroot)?;
        Ok(Self::Debian(sysroot))
    }

    /// Its cargo, for a crate that uses these features of the target.
    pub(super) fn cargo(&self, features: &str) -> Command {
        match self {
            Self::Own => self.build(Command::new(cargo_path()), features),
            Self::Debian(_) => self.build(Command::new("/usr/bin/cargo"), features),
        }
    }

    /// A program that calls `cargo`, with this toolchain's, and with programs of these folders.
    pub(super) fn program(&self, program: &Path, features: &str, folders: &[PathBuf]) -> Command {
        let mut path = folders.to_vec();
        match self {
            Self::Own => {}
            Self::Debian(sysroot) => {
                path.push(sysroot.join("bin"));
                path.push("/usr/bin".into());
            }
        }
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let mut command = self.build(Command::new(program), features);
        command.env("PATH", env::join_paths(path).unwrap_or_else(|_| OsString::from("/usr/bin")));
        command
    }

    fn build(&self, mut command: Command, features: &str) -> Command {
        let mut flags = format!("-Ctarget-feature={features}");
        if let Self::Debian(sysroot) = self {
            flags += &format!("\u{1f}-Clinker={DEBIAN_LINKER}\u{1f}--sysroot={}", sysroot.display());
            use_debian(&mut command);
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", flags).current_dir(root());
        command
    }
}

/// A rustc for programs that ask it where the target is, as worker-build does.
fn write_rustc(sysroot: &Path) -> Done {
    let path = sysroot.join("bin/rustc");
    let script = format!("#!/bin/sh\nexec /usr/bin/rustc --sysroot '{}' \"$@\"\n", sysroot.display());
    files::write(&path, script.as_bytes())?;
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).map_err(files::in_file(&path))?;
    Ok(())
}

fn use_debian(command: &mut Command) {
    command.env("RUSTC", "/usr/bin/rustc").env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTFLAGS").env_remove("CARGO");
}

/// Whether the compiler that cargo would use has the target's standard library.
fn has_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(root()).stderr(Stdio::null());
    let folder = rustc.output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let files = folder.and_then(|folder| fs::read_dir(folder.trim()).ok());
    files.into_iter().flatten().flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Builds the target's standard library once for each version of Debian's compiler; says in which sysroot it lies.
fn standard_library() -> Result<PathBuf, String> {
    let version = Command::new("/usr/bin/rustc").arg("-vV").output().map_err(|e| format!("/usr/bin/rustc: {e}"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let folder = target().join("wasm-std");
    let sysroot = folder.join("sysroot");
    let stamp = sysroot.join("version");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == version) {
        return Ok(sysroot);
    }
    println!("building the standard library for {TARGET}");
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    files::write(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    files::write(&folder.join("src/lib.rs"), b"")?;
    let mut cargo = Command::new("/usr/bin/cargo");
    use_debian(&mut cargo);
    exec(
        cargo
            .args(["build", "--release", "-Zbuild-std=std,panic_abort,panic_unwind,proc_macro", "--target", TARGET])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .current_dir(&folder),
    )?;
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    files::fresh_folder(&libraries)?;
    let built = folder.join("target").join(TARGET).join("release/deps");
    let failed = |e: std::io::Error| format!("{}: {e}", built.display());
    for file in fs::read_dir(&built).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, libraries.join(name)).map_err(failed)?;
        }
    }
    // What was built with another library would not fit.
    for old in super::build_folders() {
        files::remove_folder(&old)?;
    }
    files::write(&stamp, version.as_bytes())?;
    Ok(sysroot)
}
