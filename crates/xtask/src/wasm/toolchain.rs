//! `cargo xtask wasm`: the parts that run as WebAssembly, and a toolchain that builds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Done, cargo_path, exec, root, target};

const TARGET: &str = "wasm32-unknown-unknown";
/// What Debian has instead of a target of rustup's.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const DEBIAN_LINKER: &str = "wasm-ld-19";
/// Set to anything, this leaves rustup out.
const USE_DEBIAN: &str = "CHANTER_WASM_DEBIAN";

/// Builds the phonemizer's check and compares it with the native phonemizer in Node.
pub(crate) fn wasm() -> Done {
    let toolchain = Toolchain::find()?;
    let check = root().join("crates/phonemizer/wasm-check");
    let build = target().join("wasm");
    exec(
        toolchain
            .cargo()
            .args(["build", "--release", "--target", TARGET, "--manifest-path"])
            .arg(check.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", &build),
    )?;
    let module = build.join(TARGET).join("release/chanter_phonemizer_wasm_check.wasm");

    let packs = build.join("packs");
    let example = |name: &str| {
        let mut command = Command::new(cargo_path());
        command.args(["run", "--quiet", "--release", "--package", "chanter-phonemizer", "--example", name, "--"]);
        command.current_dir(root());
        command
    };
    exec(example("packs").arg(&packs))?;
    let clauses = build.join("clauses.jsonl");
    let file = fs::File::create(&clauses).map_err(|e| format!("{}: {e}", clauses.display()))?;
    exec(example("oracle").arg(root().join("crates/phonemizer/tests/tables")).arg("--clauses").stdout(file))?;

    let clauses = fs::File::open(&clauses).map_err(|e| format!("{}: {e}", clauses.display()))?;
    exec(Command::new(node()?).arg(check.join("run.mjs")).arg(module).arg(packs).stdin(clauses))
}

fn node() -> Result<&'static str, String> {
    if !runs("node", &["--version"]) && !apt_install(&["nodejs"]) {
        return Err("Node 20 or newer is needed; install it from https://nodejs.org or as the package nodejs".into());
    }
    Ok("node")
}

/// A cargo that can build for WebAssembly.
enum Toolchain {
    /// The one that runs this, with rustup's standard library.
    Own,
    /// Debian's, with a standard library that was built here, in this folder.
    Debian(PathBuf),
}

impl Toolchain {
    fn find() -> Result<Self, String> {
        let debian = std::env::var_os(USE_DEBIAN).is_some();
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
        Ok(Self::Debian(standard_library()?))
    }

    fn cargo(&self) -> Command {
        const SIMD: &str = "-Ctarget-feature=+simd128";
        match self {
            Self::Own => {
                let mut cargo = Command::new(cargo_path());
                cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SIMD).current_dir(root());
                cargo
            }
            Self::Debian(sysroot) => {
                let mut cargo = debian_cargo();
                let flags = format!("{SIMD}\u{1f}-Clinker={DEBIAN_LINKER}\u{1f}--sysroot={}", sysroot.display());
                cargo.env("CARGO_ENCODED_RUSTFLAGS", flags).current_dir(root());
                cargo
            }
        }
    }
}

fn debian_cargo() -> Command {
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.env("RUSTC", "/usr/bin/rustc").env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTFLAGS").env_remove("CARGO");
    cargo
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
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    fs::create_dir_all(folder.join("src")).map_err(failed)?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).map_err(failed)?;
    fs::write(folder.join("src/lib.rs"), "").map_err(failed)?;
    exec(
        debian_cargo()
            .args(["build", "--release", "-Zbuild-std=std,panic_abort,panic_unwind,proc_macro", "--target", TARGET])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .current_dir(&folder),
    )?;
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    if libraries.exists() {
        fs::remove_dir_all(&libraries).map_err(failed)?;
    }
    fs::create_dir_all(&libraries).map_err(failed)?;
    let built = folder.join("target").join(TARGET).join("release/deps");
    for file in fs::read_dir(&built).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, libraries.join(name)).map_err(failed)?;
        }
    }
    // What was built with another library would not fit.
    let old = target().join("wasm").join(TARGET);
    if old.exists() {
        fs::remove_dir_all(old).map_err(failed)?;
    }
    fs::write(stamp, version).map_err(failed)?;
    Ok(sysroot)
}

/// Installs Debian packages where that can be done without a question; says whether it could.
fn apt_install(packages: &[&str]) -> bool {
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
fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).current_dir(root());
    command.status().is_ok_and(|status| status.success())
}
