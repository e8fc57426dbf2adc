//! `chanter bench`.

use std::fs;
use std::thread;
use std::time::Instant;

use chanter_engine::{BOS, EOS, Input, PAD, Settings, Voice, VoiceConfig};
use serde_json::json;

use crate::Failure;
use crate::voice::VoiceArgs;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    voice: VoiceArgs,
    /// Phoneme ids of the sentence
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(5..=100_000))]
    ids: u32,
    /// How often it is spoken; the best time counts
    #[arg(long, value_name = "R", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// Speeches at once, each on a thread of its own
    #[arg(long, value_name = "T", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
    /// Print JSON, the phoneme ids included
    #[arg(long)]
    json: bool,
}

/// Seconds of one speech.
#[derive(Clone, Copy)]
struct Timing {
    first: f64,
    whole: f64,
    samples: usize,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let start = Instant::now();
    let voice = args.voice.open()?;
    let ids = ids(voice.config(), args.ids as usize);
    let load = start.elapsed().as_secs_f64();
    let cold = speak(&voice, &ids)?;
    let start = Instant::now();
    let speeches = || (0..args.runs).map(|_| speak(&voice, &ids)).collect::<Result<Vec<_>, _>>();
    let timings = thread::scope(|scope| {
        // This thread is one of them: a thread more would have a heap of its own.
        let others: Vec<_> = (1..args.threads).map(|_| scope.spawn(speeches)).collect();
        let mut timings = speeches()?;
        for other in others {
            timings.extend(other.join().unwrap_or_else(|_| Err(Failure::Message("a speech panicked".into())))?);
        }
        Ok::<_, Failure>(timings)
    })?;
    let all = start.elapsed().as_secs_f64();
    let best = |of: fn(&Timing) -> f64| timings.iter().map(of).fold(f64::INFINITY, f64::min);
    let seconds = cold.samples as f64 / f64::from(voice.sample_rate());
    let report = json!({
        "load_seconds": load,
        "cold_first_audio_seconds": cold.first,
        "first_audio_seconds": best(|t| t.first),
        "total_seconds": best(|t| t.whole),
        "audio_seconds": seconds,
        "real_time_factor": best(|t| t.whole) / seconds,
        "threads": args.threads,
        "audio_seconds_a_second": seconds * timings.len() as f64 / all,
        "peak_memory_bytes": peak_memory(),
        "ids": ids.len(),
    });
    if args.json {
        let mut report = report;
        report["phoneme_ids"] = ids.into();
        println!("{report}");
    } else {
        for (name, value) in report.as_object().into_iter().flatten() {
            println!("{name}: {value}");
        }
    }
    Ok(())
}

/// Speaks once, without noise, so that other runtimes can be given the same work.
fn speak(voice: &Voice, ids: &[i64]) -> Result<Timing, Failure> {
    let mut settings = Settings::default();
    settings.noise_scale = Some(0.0);
    settings.noise_w_scale = Some(0.0);
    let start = Instant::now();
    let mut timing = Timing { first: 0.0, whole: 0.0, samples: 0 };
    for chunk in voice.speak(Input::PhonemeIds(vec![ids.to_vec()]), &settings)? {
        let chunk = chunk?;
        if timing.samples == 0 {
            timing.first = start.elapsed().as_secs_f64();
        }
        timing.samples += chunk.samples.len();
    }
    timing.whole = start.elapsed().as_secs_f64();
    Ok(timing)
}

/// A sentence of `count` ids: the voice's phonemes in a fixed shuffle, with begin, pads and end.
fn ids(config: &VoiceConfig, count: usize) -> Vec<i64> {
    let of = |phoneme: &str| config.phoneme_id_map.get(phoneme).cloned().unwrap_or_default();
    let letters: Vec<i64> = config
        .phoneme_id_map
        .iter()
        .filter(|(phoneme, ids)| ids.len() == 1 && phoneme.chars().all(char::is_alphabetic))
        .flat_map(|(_, ids)| ids.clone())
        .collect();
    let mut ids = of(BOS);
    let mut at: usize = 7;
    while ids.len() + 1 < count {
        ids.extend(if ids.len() % 2 == 0 {
            letters.get(at % letters.len().max(1)).map_or_else(Vec::new, |&id| vec![id])
        } else {
            of(PAD)
        });
        at = at.wrapping_mul(31).wrapping_add(11) % 10_007;
        if ids.len() < 2 {
            break;
        }
    }
    ids.extend(of(EOS));
    ids
}

/// The most memory that was resident, where the system tells (Linux).
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
