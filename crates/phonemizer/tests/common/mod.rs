//! Tables of what piper-tts says, and Piper's rules on top of the clauses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use chanter_phonemizer::{Clause, Espeak};
use unicode_normalization::UnicodeNormalization;

/// A line of text and the phonemes of each of its sentences.
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) phonemes: Vec<Vec<String>>,
}

/// The tables in a folder, with the languages that they are named after.
pub(crate) fn tables(folder: &Path) -> Vec<(String, PathBuf)> {
    let files = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut tables: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    tables.sort();
    tables
}

pub(crate) fn rows(table: &Path) -> Vec<Row> {
    let text = fs::read_to_string(table).unwrap_or_else(|e| panic!("{}: {e}", table.display()));
    text.lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let mut phonemes: Vec<Vec<String>> = serde_json::from_value(row["phonemes"].clone()).unwrap();
            // What is not heard is left out.
            phonemes.retain(|sentence| !sentence.is_empty());
            Row { text: row["text"].as_str().unwrap().to_owned(), phonemes }
        })
        .collect()
}

/// The phonemes of each sentence, by Piper's rules.
pub(crate) fn sentences(espeak: &Espeak, text: &str) -> Vec<Vec<String>> {
    let mut sentences = Vec::new();
    let mut sentence = Vec::new();
    for clause in espeak.clauses(text) {
        sentence.extend(with_mark(&clause).nfd().map(String::from));
        if clause.ends_sentence {
            sentences.push(std::mem::take(&mut sentence));
        }
    }
    if !sentence.is_empty() {
        sentences.push(sentence);
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

fn with_mark(clause: &Clause) -> String {
    let mut phonemes = without_flags(&clause.phonemes);
    if let Some(mark) = clause.terminator {
        phonemes.push(mark);
        if matches!(mark, ',' | ':' | ';') {
            phonemes.push(' ');
        }
    }
    phonemes
}

/// Without `(en)` and its like.
fn without_flags(phonemes: &str) -> String {
    let mut plain = String::new();
    let mut rest = phonemes;
    while let Some((before, flag)) = rest.split_once('(') {
        plain += before;
        match flag.split_once(')') {
            Some((name, after)) if !name.is_empty() => rest = after,
            _ => {
                plain.push('(');
                rest = flag;
            }
        }
    }
    plain + rest
}
