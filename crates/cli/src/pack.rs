//! `chanter pack`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use chanter_engine::VoiceConfig;
use serde_json::json;

use crate::comparison::compare;
use crate::inspect::print;
use crate::output::is_regular;
use crate::{Failure, say};

#[derive(clap::Args)]
#[command(after_help = "\
The packed voice is an ONNX file with the same inputs and output, for Piper and any ONNX runtime. Its config is in it,
and in a file beside it too. The report compares the two voices over some sentences without noise: how many phoneme ids
keep their duration, and, with the original's durations in both, the error relative to the signal in dB, by frequencies,
and the distance of the logarithmic spectra.")]
pub(crate) struct Args {
    /// The voice, NAME.onnx
    model: PathBuf,
    /// The file to write; its config is written to FILE.json
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// What the weights are stored as: a half, or about a quarter of the size
    #[arg(short, long, value_name = "TYPE", default_value = "int8")]
    weights: Weights,
    /// The voice's config; NAME.onnx.json if none is given
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Weights {
    F16,
    Int8,
}

impl From<Weights> for chanter_engine::Weights {
    fn from(weights: Weights) -> Self {
        match weights {
            Weights::F16 => Self::F16,
            Weights::Int8 => Self::Int8,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let config_path = args.config.clone().unwrap_or_else(|| VoiceConfig::beside(&args.model));
    let outputs = [VoiceConfig::beside(&args.output), args.output.clone()];
    for output in &outputs {
        check_output(output, &[&args.model, &config_path])?;
    }
    let read = |path: &Path| fs::read(path).map_err(|e| Failure::reading(path, e));
    let (model, config) = (read(&args.model)?, read(&config_path)?);
    let packed = chanter_engine::pack(&model, &config, args.weights.into())
        .map_err(|e| Failure::from(e).at(args.model.display()))?;
    let bytes = [model.len(), packed.model.len()];
    let mut report = json!({
        "bytes": {"original": bytes[0], "packed": bytes[1], "percent": percent(bytes[1], bytes[0])},
        "numbers": {"int8": packed.int8, "f16": packed.f16},
    });
    // What cannot be loaded and spoken is not written either.
    let differences = compare(model, packed.model.clone(), &config)?;
    // Whoever finds the voice finds its config too.
    write_whole(&outputs[0], &config)?;
    write_whole(&outputs[1], &packed.model)?;
    if let (Some(report), Some(differences)) = (report.as_object_mut(), differences.as_object()) {
        report.extend(differences.clone());
    }
    if args.json { say(report) } else { print("", &report) }
}

/// So many of so many, in percent with two digits after the point.
pub(crate) fn percent(part: usize, whole: usize) -> f64 {
    (part as f64 / whole.max(1) as f64 * 1e4).round() / 100.0
}

/// Whether a file may be written: it is none of those that are read, and no device or folder.
fn check_output(output: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    let Ok(there) = fs::canonicalize(output) else { return Ok(()) };
    if inputs.iter().any(|input| fs::canonicalize(input).is_ok_and(|input| input == there)) {
        return Err(Failure::new("it is read, so it cannot be written; name another --output").at(output.display()));
    }
    if is_regular(&there) {
        return Ok(());
    }
    Err(Failure::new("it is no file, so it cannot be replaced; name another --output").at(output.display()))
}

/// Writes a file that is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or(OsStr::new("packed")).to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    });
    written.map_err(|e| {
        // It may not even be there.
        let _ = fs::remove_file(&part);
        Failure::writing(path, e)
    })
}
