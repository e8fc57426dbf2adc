//! The phonemizer in Node against the native one.

use std::fs;
use std::process::Command;

use super::toolchain::{TARGET, Toolchain};
use crate::phonemizer::{example, packs};
use crate::{Done, exec, root, set_up::node, target};

/// Builds the phonemizer's check and compares it with the native phonemizer in Node.
pub(crate) fn phonemizer() -> Done {
    let toolchain = Toolchain::find()?;
    let check = root().join("crates/phonemizer/wasm-check");
    let build = target().join("wasm/phonemizer");
    exec(
        toolchain
            .cargo("+simd128")
            .args(["build", "--release", "--target", TARGET, "--manifest-path"])
            .arg(check.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", &build),
    )?;
    let module = build.join(TARGET).join("release/chanter_phonemizer_wasm_check.wasm");

    let packs = packs()?;
    let clauses = build.join("clauses.jsonl");
    let file = fs::File::create(&clauses).map_err(|e| format!("{}: {e}", clauses.display()))?;
    exec(example("oracle").arg(root().join("crates/phonemizer/tests/tables")).arg("--clauses").stdout(file))?;

    let clauses = fs::File::open(&clauses).map_err(|e| format!("{}: {e}", clauses.display()))?;
    exec(Command::new(node()?).arg(check.join("run.mjs")).arg(module).arg(packs).stdin(clauses))
}
