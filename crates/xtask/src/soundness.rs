//! The crate with unsafe code, under what sees a pointer go astray, and on the instruction set that this machine lacks.

use std::env::consts::{ARCH, OS};
use std::path::Path;
use std::process::Command;

use crate::set_up::{apt_install, runs};
use crate::{Done, cargo_path, exec, root, target};

/// Tests of the kernels in a folder of their own: their flags would have everything else built again.
const TESTS: [&str; 5] = ["test", "--release", "--package", "chanter-kernels", "--lib"];

/// What an Arm processor's tests are built with, and run in.
const ARM: &str = "aarch64-unknown-linux-gnu";
const ARM_PACKAGES: [&str; 3] = ["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user"];
const ARM_LINKER: &str = "aarch64-linux-gnu-gcc";
const ARM_RUNNER: &str = "qemu-aarch64 -L /usr/aarch64-linux-gnu";
/// Debian's compiler brings the source of the standard library, of which one for Arm is built.
const SOURCE_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std";

/// AddressSanitizer on this processor's instruction sets, Miri on the portable code, NEON on an emulated Arm; says what
/// it leaves out.
pub(crate) fn soundness() -> Done {
    if OS != "linux" || !["x86_64", "aarch64"].contains(&ARCH) {
        println!("left out: it takes Linux on x86_64 or aarch64");
        return Ok(());
    }
    println!("AddressSanitizer");
    // The host's programs are built without it, as a target is named.
    let host = format!("{ARCH}-unknown-linux-gnu");
    exec(tests(Command::new(cargo_path())).args(["--target", &host]).env("RUSTFLAGS", "-Zsanitizer=address"))?;
    println!("Miri");
    // Where it is missing, cargo says so at length.
    if Command::new("cargo").args(["miri", "--version"]).output().is_ok_and(|told| told.status.success()) {
        exec(Command::new("cargo").arg("miri").args(TESTS).env("CARGO_TARGET_DIR", folder()).current_dir(root()))?;
    } else {
        println!("left out: it is not installed (`rustup component add miri` of a nightly toolchain)");
    }
    println!("NEON");
    match ARCH {
        "aarch64" => println!("AddressSanitizer's tests were its"),
        _ if !arm() => {
            println!("left out: it takes Debian's {}, {}", ARM_PACKAGES.join(", "), SOURCE_PACKAGES.join(", "))
        }
        _ => {
            let mut cargo = tests(Command::new("/usr/bin/cargo"));
            cargo.args(["--target", ARM, "-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test"]);
            cargo.env("RUSTC", "/usr/bin/rustc").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
            cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", ARM_LINKER);
            exec(cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", ARM_RUNNER))?;
        }
    }
    Ok(())
}

fn folder() -> std::path::PathBuf {
    target().join("soundness")
}

/// The kernels' tests by a cargo that may use what is unstable.
fn tests(mut cargo: Command) -> Command {
    cargo.args(TESTS).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", folder()).current_dir(root());
    cargo
}

/// Whether tests can be built for Arm, and run.
fn arm() -> bool {
    let ready = || {
        Path::new(SOURCE).exists()
            && Path::new("/usr/bin/cargo").exists()
            && runs(ARM_LINKER, &["--version"])
            && runs("qemu-aarch64", &["--version"])
    };
    ready() || (apt_install(&[&ARM_PACKAGES[..], &SOURCE_PACKAGES].concat()) && ready())
}
