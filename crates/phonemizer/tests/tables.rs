//! The tables that `cargo xtask oracle --write` made with piper-tts: our phonemes equal them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use chanter_phonemizer::Espeak;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tables")
}

/// Lines that are known to differ, as `language`, tab, text, tab, reason.
fn known_differences() -> BTreeMap<(String, String), String> {
    let file = fs::read_to_string(folder().join("known_differences.txt")).unwrap();
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines
        .map(|line| {
            let [language, text, reason] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            ((language.to_owned(), text.to_owned()), reason.to_owned())
        })
        .collect()
}

#[test]
fn phonemes_are_pipers() {
    let mut known = known_differences();
    let mut failures = Vec::new();
    for (language, table) in common::tables(&folder()) {
        if cfg!(not(feature = "all-languages")) && !language.starts_with("en") {
            known.retain(|(other, _), _| *other != language);
            continue;
        }
        let espeak = Espeak::new(&language).unwrap_or_else(|e| panic!("{language}: {e}"));
        for row in common::rows(&table) {
            let got = common::sentences(&espeak, &row.text);
            let reason = known.remove(&(language.clone(), row.text.clone()));
            match (got == row.phonemes, reason) {
                (true, None) | (false, Some(_)) => {}
                (true, Some(_)) => {
                    failures.push(format!("{language}: {}\n  equals now; it is no known difference", row.text))
                }
                (false, None) => failures.push(format!(
                    "{language}: {}\n  piper {}\n  ours  {}",
                    row.text,
                    joined(&row.phonemes),
                    joined(&got)
                )),
            }
        }
    }
    failures.extend(known.keys().map(|(language, text)| format!("{language}: {text}\n  is in no table")));
    assert!(failures.is_empty(), "{} lines:\n{}", failures.len(), failures.join("\n"));
}

fn joined(sentences: &[Vec<String>]) -> String {
    sentences.iter().map(|sentence| sentence.concat()).collect::<Vec<_>>().join(" | ")
}
