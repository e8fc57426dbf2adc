//! How many instructions a speech takes: a count that no other work of the machine changes, against what is written down.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use crate::{Done, binary, build, exec, files, root, set_up, target};

const WRITTEN: &str = "bench/instructions.json";

/// Names, voices, and lengths of sentence: short for the larger one, as valgrind takes long for multiply-adds.
const VOICES: [(&str, &str, &str); 2] =
    [("built-in", "models/en_US-slt-tiny.onnx", "20"), ("tiny VITS", "models/test/tiny.onnx", "120")];

/// Counts, and fails where more instructions are taken than what is written down and its margin; `--write` writes them down.
pub(crate) fn instructions(flags: &[OsString]) -> Done {
    let write = flags.iter().any(|flag| flag == "--write");
    if flags.len() > usize::from(write) {
        return Err("instructions takes --write and nothing else".into());
    }
    build()?;
    if !countable() {
        println!("left out: it takes valgrind on Linux, and a processor with AVX2");
        return Ok(());
    }
    let path = root().join(WRITTEN);
    let mut written: Value = serde_json::from_slice(&files::read(&path)?).map_err(|e| format!("{WRITTEN}: {e}"))?;
    let rustc =
        Command::new("rustc").arg("--version").current_dir(root()).output().map_err(|e| format!("rustc: {e}"))?;
    let rustc = String::from_utf8_lossy(&rustc.stdout).trim().to_owned();
    let counts = VOICES.iter().map(|voice| count(voice).map(|counts| (voice.0.to_owned(), counts)));
    let counts = counts.collect::<Result<Map<_, _>, String>>()?;
    let more = compare(&written, &counts);
    if write {
        written["rustc"] = rustc.into();
        written["counts"] = counts.into();
        return files::write(&path, format!("{written:#}\n").as_bytes());
    }
    if written["rustc"] != rustc.as_str() {
        println!("written down by {}, this is {rustc}: a difference fails nothing", written["rustc"]);
        return Ok(());
    }
    if more { Err(format!("more instructions than {WRITTEN} allows")) } else { Ok(()) }
}

/// Prints each count beside what is written down; says whether one is above its margin.
fn compare(written: &Value, counts: &Map<String, Value>) -> bool {
    let margin = written["margin"].as_f64().unwrap_or_default();
    let mut more = false;
    for (voice, of) in counts {
        for (what, count) in of.as_object().into_iter().flatten() {
            let change =
                written["counts"][voice][what].as_f64().map(|old| count.as_f64().unwrap_or_default() / old - 1.0);
            let told = match change {
                None => "not written down yet".into(),
                Some(change) => format!("{:+.1} %", 100.0 * change),
            };
            let hint = match change {
                Some(change) if change > margin => "  too many",
                Some(change) if change < -margin => "  fewer: write it down with --write",
                _ => "",
            };
            more |= change.is_some_and(|change| change > margin);
            println!("{voice:10} {what:8} {:>14}  {told}{hint}", count.to_string());
        }
    }
    more
}

/// Of loading, and of a speech after the first.
fn count(&(name, voice, ids): &(&str, &str, &str)) -> Result<Value, String> {
    let folder = target().join("instructions");
    files::fresh_folder(&folder)?;
    // It knows no AVX-512, so that every machine with AVX2 runs the same kernels. Each part ends where a speech begins.
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", "--dump-before=*bench*speak*"]);
    valgrind.arg(format!("--callgrind-out-file={}", folder.join("part").display()));
    valgrind.arg(binary("chanter")).args(["bench", "--runs", "2", "--ids", ids, "-m"]).arg(root().join(voice));
    // Errors that are looked into on the way would be traced, where that is wished for.
    exec(valgrind.env("RUST_BACKTRACE", "0").stdout(Stdio::null()))?;
    let part = |number| {
        let told = files::read(&folder.join(format!("part.{number}")))?;
        let told = String::from_utf8_lossy(&told);
        let total = told.lines().find_map(|line| line.strip_prefix("totals: ")?.parse::<u64>().ok());
        total.ok_or_else(|| format!("{name}: valgrind tells no total"))
    };
    // The second is the first speech.
    Ok(json!({"loading": part(1)?, "speech": part(3)?}))
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn countable() -> bool {
    let there = || set_up::runs("valgrind", &["--version"]);
    is_x86_feature_detected!("avx2") && (there() || (set_up::apt_install(&["valgrind"]) && there()))
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn countable() -> bool {
    false
}
