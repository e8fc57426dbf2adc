//! `cargo xtask`: every step that a fresh machine needs, from set-up to checks.

mod oracle;
mod wasm;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask COMMAND

  run [FLAGS]    build the server and start it with the default voice and the page
                 (FLAGS are chanter-server's: --port, --model, ...; see `cargo xtask run --help`)
  test           everything that .ci/run checks
  bench [FLAGS]  compare with onnxruntime in one run (FLAGS are bench/onnxruntime.py's)
  oracle [FLAGS] compare phonemes with piper-tts (`cargo xtask oracle --help` lists FLAGS)
  wasm           build what runs as WebAssembly, and compare it with what runs here
";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let command = arguments.next();
    let rest: Vec<_> = arguments.collect();
    let done = match command.as_deref().and_then(OsStr::to_str) {
        Some("run") => run(&rest),
        Some("test") => test(),
        Some("bench") => bench(&rest),
        Some("oracle") if rest.iter().any(|flag| flag == "--help") => {
            print!("{}", oracle::HELP);
            return ExitCode::SUCCESS;
        }
        Some("oracle") => oracle::oracle(&rest),
        Some("wasm") => wasm::wasm(),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("which command?\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), String>;

fn run(flags: &[impl AsRef<OsStr>]) -> Done {
    build()?;
    exec(Command::new(binary("chanter-server")).args(flags))
}

/// All programs at once: built one by one, they would each want the runtime with features of its own.
fn build() -> Done {
    cargo(&["build", "--release", "--workspace", "--bins"])
}

/// In the order of what fails soonest.
fn test() -> Done {
    step("formatting", || cargo(&["fmt", "--all", "--check"]))?;
    step("lints", || cargo(&["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    step("the text and audio halves without tract", || {
        cargo(&["test", "--release", "--package", "chanter-engine", "--no-default-features"])
    })?;
    step("all tests", || cargo(&["test", "--release", "--workspace"]))?;
    step("WebAssembly", wasm::wasm)?;
    step("documentation", || {
        exec(
            Command::new(cargo_path())
                .args(["doc", "--release", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "--deny warnings")
                .current_dir(root()),
        )
    })?;
    step("fuzz targets", || {
        exec(
            Command::new(cargo_path())
                .args(["check", "--release", "--manifest-path", "fuzz/Cargo.toml"])
                .env("CARGO_TARGET_DIR", target())
                .current_dir(root()),
        )
    })
}

fn bench(flags: &[impl AsRef<OsStr>]) -> Done {
    build()?;
    let python = python(&["onnxruntime", "numpy"])?;
    exec(Command::new(python).arg("bench/onnxruntime.py").args(flags).current_dir(root()))
}

/// The Python of an environment of the project's own, with these packages from PyPI.
fn python(packages: &[&str]) -> Result<PathBuf, String> {
    let environment = root().join(".venv");
    let python = environment.join("bin/python");
    if !python.exists() {
        exec(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    exec(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
    Ok(python)
}

fn step(name: &str, f: impl FnOnce() -> Done) -> Done {
    println!("\n== {name}");
    f().map_err(|e| format!("{name}: {e}"))
}

fn cargo(arguments: &[&str]) -> Done {
    exec(Command::new(cargo_path()).args(arguments).current_dir(root()))
}

fn exec(command: &mut Command) -> Done {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|e| format!("{name} cannot be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name}: {status}")) }
}

fn cargo_path() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn binary(name: &str) -> PathBuf {
    target().join("release").join(name).with_extension(env::consts::EXE_EXTENSION)
}
