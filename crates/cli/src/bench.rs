//! `chanter bench`.

use std::fs;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use chanter_engine::{Input, OpTime, PhonemeIdEncoder, Settings, Voice, VoiceConfig, profiled};
use serde_json::json;

use crate::voice::VoiceArgs;
use crate::{Failure, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    voice: VoiceArgs,
    /// Phoneme ids of the sentence, or one less
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(10..=1024))]
    ids: u32,
    /// How often it is spoken; the best time counts
    #[arg(long, value_name = "R", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// Speeches at once, each beside the others
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    speeches: u32,
    /// Speak once more, and tell where the time goes, op by op
    #[arg(long)]
    profile: bool,
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
    let load = start.elapsed().as_secs_f64();
    let ids = ids(voice.config(), args.ids as usize)?;
    // What is left to do only once, such as preparing for a sentence longer than most, is in here.
    let cold = speak(&voice, &ids)?;
    let start = Instant::now();
    let speeches = || (0..args.runs).map(|_| speak(&voice, &ids)).collect::<Result<Vec<_>, _>>();
    let timings = thread::scope(|scope| {
        // This thread is one of them: a thread more would have a heap of its own.
        let others: Vec<_> = (1..args.speeches).map(|_| scope.spawn(speeches)).collect();
        let mut timings = speeches()?;
        for other in others {
            timings.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok::<_, Failure>(timings)
    })?;
    let all = start.elapsed().as_secs_f64();
    let best = |of: fn(&Timing) -> f64| timings.iter().map(of).fold(f64::INFINITY, f64::min);
    let seconds = cold.samples as f64 / f64::from(voice.sample_rate());
    let mut report = json!({
        "load_seconds": load,
        "cold_first_audio_seconds": cold.first,
        "cold_total_seconds": cold.whole,
        "first_audio_seconds": best(|t| t.first),
        "total_seconds": best(|t| t.whole),
        "audio_seconds": seconds,
        "samples": cold.samples,
        "real_time_factor": best(|t| t.whole) / seconds,
        "threads": args.voice.threads,
        "speeches": args.speeches,
        "audio_seconds_a_second": seconds * timings.len() as f64 / all,
        "peak_memory_bytes": peak_memory(),
        "ids": ids.len(),
    });
    let profile = if args.profile { profiled(|| speak(&voice, &ids)).1 } else { Vec::new() };
    if args.json {
        report["phoneme_ids"] = ids.into();
        if args.profile {
            report["profile"] = profile.iter().map(op_time).collect();
        }
        return say(report);
    }
    report.as_object().into_iter().flatten().try_for_each(|(name, value)| say(format_args!("{name}: {value}")))?;
    profile.iter().try_for_each(|OpTime { stage, op, calls, time }| {
        say(format_args!("{stage:8} {op:24} {:9.3} ms {calls:6} calls", time.as_secs_f64() * 1000.0))
    })
}

fn op_time(OpTime { stage, op, calls, time }: &OpTime) -> serde_json::Value {
    json!({ "stage": stage, "op": op, "calls": calls, "seconds": time.as_secs_f64() })
}

/// Speaks once, without noise and at the voice's natural pace, so that other runtimes can be given the same work.
#[inline(never)] // `cargo xtask instructions` counts from one call to the next.
fn speak(voice: &Voice, ids: &[i64]) -> Result<Timing, Failure> {
    let mut settings = Settings::default();
    settings.noise_scale = Some(0.0);
    settings.length_scale = Some(1.0);
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

/// Phonemes that most languages have, and letters.
const COMMON: &str = "aeiouəɛɪɔʊptkbdɡmnszfvlrjwhʃŋ";

/// A sentence of at most `count` ids that looks like speech: words of common phonemes in a fixed shuffle, and a full stop.
pub(crate) fn ids(config: &VoiceConfig, count: usize) -> Result<Vec<i64>, Failure> {
    let encoder = PhonemeIdEncoder::new(Arc::new(config.clone()));
    let cost = |phonemes: &[String]| encoder.encode(phonemes).ids.len();
    let frame = cost(&[]);
    let known = |letter: &dyn Fn(&str) -> bool| -> Vec<(String, usize)> {
        let names = config.phoneme_id_map.keys().filter(|name| letter(name)).cloned();
        names.map(|name| (name.clone(), cost(&[name]) - frame)).filter(|&(_, cost)| cost > 0).collect()
    };
    let mark = |mark: &'static str| known(&|name| name == mark).pop();
    let mut letters = known(&|name| name.chars().count() == 1 && COMMON.contains(name));
    if letters.len() < 5 {
        letters = known(&|name| !name.is_empty() && name.chars().all(char::is_alphabetic));
    }
    if letters.is_empty() {
        return Err(Failure::new("the voice has no letters among its phonemes, so there is nothing to measure with"));
    }
    let (space, stop) = (mark(" "), mark("."));
    let mut room = count.saturating_sub(frame + stop.as_ref().map_or(0, |(_, cost)| *cost));
    let mut phonemes = Vec::new();
    let mut at: usize = 7;
    loop {
        let letter = &letters[at % letters.len()];
        let (name, cost) = if phonemes.len() % 6 == 5 { space.as_ref().unwrap_or(letter) } else { letter };
        if *cost > room {
            break;
        }
        room -= cost;
        phonemes.push(name.clone());
        at = (at * 31 + 11) % 10_007;
    }
    phonemes.extend(stop.map(|(name, _)| name));
    Ok(encoder.encode(&phonemes).ids)
}

/// The most memory that was resident, where the system tells (Linux).
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(phonemes: &[(&str, &[i64])]) -> VoiceConfig {
        let map: serde_json::Map<_, _> = phonemes.iter().map(|(name, ids)| (name.to_string(), json!(ids))).collect();
        let json = json!({
            "audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "num_symbols": 256, "num_speakers": 1,
            "phoneme_id_map": map,
        });
        VoiceConfig::from_json(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_sentence_for_any_voice() {
        let built_in = VoiceConfig::built_in().unwrap();
        for count in [10, 11, 120, 300, 1024] {
            let ids = ids(&built_in, count).unwrap();
            assert_eq!(ids.len(), count - (count + 1) % 2);
            assert!(ids.starts_with(&[1, 0]) && ids.ends_with(&[10, 0, 2]), "{ids:?}");
            let letters: std::collections::BTreeSet<_> = ids.iter().skip(2).step_by(2).collect();
            assert!(letters.len() > 20 || count < 100);
        }
        let long = config(&[("^", &[1, 2]), ("$", &[3, 4]), ("_", &[0, 5]), ("か", &[6, 7, 8]), ("1", &[9])]);
        let ids = ids(&long, 20).unwrap();
        assert_eq!(ids, [1, 2, 0, 5, 6, 7, 8, 0, 5, 6, 7, 8, 0, 5, 3, 4]);
    }

    #[test]
    fn no_sentence_without_letters() {
        let Err(Failure::Message(message)) = ids(&config(&[("^", &[1]), ("$", &[2]), ("_", &[0]), ("", &[3])]), 100)
        else {
            panic!()
        };
        assert!(message.contains("no letters"));
    }
}
