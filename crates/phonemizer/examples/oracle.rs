//! Compares with tables made by piper-tts: `oracle FOLDER [--show N] [--language L]` prints the share of equal lines for each language.
//! `oracle FOLDER --clauses` prints, for each line of the tables, the clauses as JSON instead.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use chanter_phonemizer::Espeak;
use serde_json::json;

fn main() -> ExitCode {
    let mut folder = None;
    let (mut show, mut only, mut clauses) = (3, None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--show" => show = arguments.next().and_then(|n| n.parse().ok()).expect("--show takes a number"),
            "--language" => only = Some(arguments.next().expect("--language takes a language")),
            "--clauses" => clauses = true,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.expect("which folder of tables?");
    let mut total = Score::default();
    for (language, table) in common::tables(&folder) {
        if only.as_ref().is_some_and(|only| *only != language) {
            continue;
        }
        let begun = Instant::now();
        let espeak = Espeak::new(&language);
        let ready = begun.elapsed();
        match espeak {
            Ok(espeak) if clauses => print_clauses(&language, &espeak, &table),
            Ok(espeak) => total.add(&compare(&language, &espeak, ready, &table, show)),
            Err(error) => {
                println!("{language}: {error}");
                total.lines += common::rows(&table).len();
            }
        }
    }
    if !clauses {
        let rate = total.words as f64 / total.time.as_secs_f64().max(1e-9);
        println!(
            "all: {} of {} lines; {rate:.0} words a second on one thread, a language ready in at most {:.2} ms",
            total.equal,
            total.lines,
            total.slowest.as_secs_f64() * 1e3
        );
    }
    if total.equal == total.lines { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Default)]
struct Score {
    lines: usize,
    equal: usize,
    words: usize,
    time: Duration,
    /// How long the language took to be ready.
    slowest: Duration,
}

impl Score {
    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.equal += other.equal;
        self.words += other.words;
        self.time += other.time;
        self.slowest = self.slowest.max(other.slowest);
    }
}

fn compare(language: &str, espeak: &Espeak, ready: Duration, table: &Path, show: usize) -> Score {
    let mut score = Score { slowest: ready, ..Score::default() };
    let mut differences = Vec::new();
    for row in common::rows(table) {
        let begun = Instant::now();
        espeak.clauses(&row.text).for_each(drop);
        score.time += begun.elapsed();
        score.lines += 1;
        score.words += row.text.split_whitespace().count();
        let got = common::sentences(espeak, &row.text);
        if got == row.phonemes {
            score.equal += 1;
        } else {
            differences.push((row, got));
        }
    }
    let share = 100.0 * score.equal as f64 / score.lines.max(1) as f64;
    println!("{language}: {share:.2} % ({} of {})", score.equal, score.lines);
    for (row, got) in differences.iter().take(show) {
        println!("  text  {}", row.text);
        println!("  piper {}", joined(&row.phonemes));
        println!("  ours  {}", joined(got));
    }
    score
}

fn joined(sentences: &[Vec<String>]) -> String {
    sentences.iter().map(|sentence| sentence.concat()).collect::<Vec<_>>().join(" | ")
}

fn print_clauses(language: &str, espeak: &Espeak, table: &Path) {
    for row in common::rows(table) {
        let clauses: Vec<_> = espeak
            .clauses(&row.text)
            .map(|clause| {
                let mark = clause.terminator.map(String::from).unwrap_or_default();
                json!([clause.phonemes, mark, clause.ends_sentence])
            })
            .collect();
        println!("{}", json!({"language": language, "text": row.text, "clauses": clauses}));
    }
}
