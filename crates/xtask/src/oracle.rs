//! `cargo xtask oracle`: how far our phonemes equal those of piper-tts.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::phonemizer::example;
use crate::{Done, exec, files, root, set_up::python, target};

const PIPER: &str = "piper-tts==1.8.0";

pub(crate) const HELP: &str = "\
cargo xtask oracle [FLAGS]: phonemizes lines with piper-tts and with this project, and prints how many are equal

  --language L     only this language
  --lines FILE     lines of this file (with --language), not the project's own
  --tables DIR     tables that piper-tts has made before (LANGUAGE.jsonl with text and phonemes)
  --show N         how many differences of each language to print (3)
  --write          makes the tables of crates/phonemizer/tests anew
";

/// What is asked for.
#[derive(Default)]
struct Options {
    language: Option<String>,
    lines: Option<PathBuf>,
    tables: Option<PathBuf>,
    show: Option<String>,
    write: bool,
}

pub(crate) fn oracle(flags: &[impl AsRef<OsStr>]) -> Done {
    let options = options(flags)?;
    let tables = match &options.tables {
        Some(tables) => tables.clone(),
        None => made_tables(&options)?,
    };
    let mut command = example("oracle");
    command.arg(tables);
    for (flag, value) in [("--language", &options.language), ("--show", &options.show)] {
        command.args(value.iter().flat_map(|value| [flag, value]));
    }
    exec(&mut command).map_err(|_| "some lines differ".to_owned())
}

fn options(flags: &[impl AsRef<OsStr>]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut flags = flags.iter().map(|flag| flag.as_ref().to_string_lossy().into_owned());
    while let Some(flag) = flags.next() {
        let mut value = || flags.next().ok_or(format!("{flag} needs a value\n\n{HELP}"));
        match flag.as_str() {
            "--language" => options.language = Some(value()?),
            "--lines" => options.lines = Some(absolute(&value()?)?),
            "--tables" => options.tables = Some(absolute(&value()?)?),
            "--show" => options.show = Some(value()?),
            "--write" => options.write = true,
            _ => return Err(format!("{flag} is not known\n\n{HELP}")),
        }
    }
    if options.lines.is_some() && options.language.is_none() {
        return Err("--lines needs --language".into());
    }
    if options.write && (options.lines.is_some() || options.tables.is_some()) {
        return Err("--write takes the project's own lines".into());
    }
    Ok(options)
}

fn absolute(path: &str) -> Result<PathBuf, String> {
    fs::canonicalize(path).map_err(|e| format!("{path}: {e}"))
}

/// Has piper-tts make the tables, and says in which folder.
fn made_tables(options: &Options) -> Result<PathBuf, String> {
    let phonemizer = root().join("crates/phonemizer");
    let lines = match (&options.lines, &options.language) {
        (Some(file), Some(language)) => vec![(language.clone(), file.clone())],
        (_, only) => own_lines(&phonemizer.join("oracle"), only.as_deref())?,
    };
    if lines.is_empty() {
        return Err("there are no lines of this language; give some with --lines".into());
    }
    let tables = if options.write { phonemizer.join("tests/tables") } else { target().join("oracle") };
    if !options.write {
        files::remove_folder(&tables)?;
    }
    let mut command = Command::new(python(&[PIPER])?);
    command.arg(phonemizer.join("oracle/piper_tables.py")).arg(&tables);
    for (language, file) in &lines {
        command.arg(format!("{language}={}", file.display()));
    }
    exec(&mut command)?;
    Ok(tables)
}

/// The project's own lines: `oracle/every.txt` for every language, and a file for each, `oracle/<language>.txt`.
fn own_lines(folder: &Path, only: Option<&str>) -> Result<Vec<(String, PathBuf)>, String> {
    const EVERY: &str = "every";
    let mut lines = Vec::new();
    for file in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
        let path = file.map_err(|e| e.to_string())?.path();
        let Some(language) = path.file_stem().and_then(OsStr::to_str) else { continue };
        if path.extension() == Some(OsStr::new("txt")) && language != EVERY && only.is_none_or(|only| only == language)
        {
            lines.push((language.to_owned(), folder.join(EVERY).with_extension("txt")));
            lines.push((language.to_owned(), path));
        }
    }
    lines.sort();
    Ok(lines)
}
