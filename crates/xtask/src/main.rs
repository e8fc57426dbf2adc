//! `cargo xtask`: every step that a fresh machine needs, from set-up to checks.

mod clients;
mod deploy;
mod django;
mod edge;
mod files;
mod image;
mod instructions;
mod oracle;
mod page;
mod phonemizer;
mod release;
mod set_up;
mod soundness;
mod supply;
mod tools;
mod trial;
mod wasm;
mod www;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
cargo xtask COMMAND

  run [FLAGS]    build the server and the page, and start them with the default voice
                 (FLAGS are chanter-server's: --port, --model, ...; see `cargo xtask run --help`)
  www            build the page with the engine for browsers: target/www, for any host of files
  worker [--voice NAME.onnx]...
                 build the Worker for Cloudflare and its assets, with these voices among them: worker.toml says more
  release [--programs]
                 build the programs as they are shipped: target/release-files
  image [FLAGS]  build the container image (FLAGS are those of `docker build`)
  test           everything that .ci/run checks
  audit          ask over the network what is known to be wrong with what the project uses
  bench [FLAGS]  compare with onnxruntime in one run (FLAGS are bench/onnxruntime.py's)
  bench browser [FLAGS]
                 compare with onnxruntime-web in one Chromium ([--rounds N] [NAME.onnx ...])
  bench edge [FLAGS]
                 compare the Worker with the native server ([--rounds N] [NAME.onnx ...])
  bench report [--rounds N] [--native] [NAME.onnx ...]
                 natively and in Chromium, how far from the machine's limit, and where the time goes, written into docs/BENCHMARKS.md;
                 --native leaves out the browser
  instructions [--write]
                 count the instructions of a speech (valgrind) beside bench/instructions.json, or write them there
  soundness      test the kernels, where the unsafe code is: with AddressSanitizer, for NEON on an emulated Arm, and with Miri
                 where that is installed
  trial NAME [FLAGS]
                 try the server the way production does: streams, overload, soak, faults, attack, drain, start, all
                 (`cargo xtask trial --help` lists FLAGS; docs/BENCHMARKS.md says more)
  oracle [FLAGS] compare phonemes with piper-tts (`cargo xtask oracle --help` lists FLAGS)
  wasm           build what runs as WebAssembly, and compare the phonemizer with the native one
";

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let command = arguments.next();
    let rest: Vec<_> = arguments.collect();
    let done = match command.as_deref().and_then(OsStr::to_str) {
        Some("run") => run(&rest),
        Some("release") => release::release(&rest),
        Some("image") => image::image(&rest),
        Some("test") => test(),
        Some("audit") => supply::audit(),
        Some("bench") => bench(&rest),
        Some("instructions") => instructions::instructions(&rest),
        Some("soundness") => soundness::soundness(),
        Some("trial") => trial::trial(&rest),
        Some("oracle") if rest.iter().any(|flag| flag == "--help") => {
            print!("{}", oracle::HELP);
            return ExitCode::SUCCESS;
        }
        Some("oracle") => oracle::oracle(&rest),
        Some("wasm") => wasm::phonemizer().and_then(|()| wasm::browser().map(|_| ())),
        Some("www") => www::www().map(|_| ()),
        Some("worker") => wasm::worker(&rest),
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
    let mut server = Command::new(binary("chanter-server"));
    // Who only asks for its flags need not wait for the page.
    if !flags.iter().any(|flag| flag.as_ref() == "--help") {
        server.env("CHANTER_WWW", www::www()?);
    }
    exec(server.args(flags))
}

/// All programs at once: built one by one, they would each want the runtime with features of its own.
fn build() -> Done {
    cargo(&["build", "--release", "--workspace", "--bins"])
}

/// In the order of what fails soonest.
fn test() -> Done {
    step("formatting", || cargo(&["fmt", "--all", "--check"]))?;
    step("lints", || cargo(&["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    step("licences and sources", supply::test)?;
    step("the text and audio halves without tract", || {
        cargo(&["test", "--release", "--package", "chanter-engine", "--no-default-features"])
    })?;
    step("all tests", || cargo(&["test", "--release", "--workspace"]))?;
    step("soundness of the kernels", soundness::soundness)?;
    step("instructions of a speech", || instructions::instructions(&[]))?;
    step("trials, short", trial::check)?;
    step("the phonemizer as WebAssembly", wasm::phonemizer)?;
    step("real clients", clients::test)?;
    step("the page in Chromium", page::test)?;
    step("the Worker in workerd", edge::test)?;
    step("the Django example", django::test)?;
    step("files for deployment", deploy::test)?;
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

fn bench(flags: &[OsString]) -> Done {
    build()?;
    match flags.split_first() {
        Some((what, rest)) if what == "browser" => return page::bench(rest),
        Some((what, rest)) if what == "edge" => return edge::bench(rest),
        Some((what, rest)) if what == "report" => return page::report(rest),
        _ => {}
    }
    let python = set_up::python(&["onnxruntime", "numpy"])?;
    exec(Command::new(python).arg("bench/onnxruntime.py").args(flags).current_dir(root()))
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
