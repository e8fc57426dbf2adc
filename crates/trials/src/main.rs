//! `chanter-trials`: tries a real server the way production does, and fails where a bar is missed.
//! docs/BENCHMARKS.md says what each trial does and how to read it.

mod attack;
mod capacity;
mod client;
mod crowd;
mod drain;
mod faults;
mod listener;
mod overload;
mod piper;
mod player;
mod report;
mod server;
mod soak;
mod start;
mod streams;
mod texts;
mod voices;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use crate::report::Report;
use crate::voices::VoiceFile;

/// What went wrong, in one line.
type Done<T = ()> = Result<T, String>;

/// Tries a real server the way production does.
#[derive(Debug, Parser)]
#[command(name = "chanter-trials", version)]
struct Flags {
    trial: Name,

    /// A few seconds with a tiny voice, where only order, answers and exit codes count
    #[arg(long)]
    short: bool,

    /// The server's program [default: chanter-server beside this one]
    #[arg(long)]
    server: Option<PathBuf>,

    /// NAME.onnx to be tried besides the built-in voice [default: those of ../shared/voices beside the repository]
    #[arg(long)]
    voice: Vec<PathBuf>,

    /// streams: the Python that has piper-tts with its extra http, whose server is put beside ours
    #[arg(long)]
    piper: Option<PathBuf>,

    /// streams: how long each step of the search lasts at most
    #[arg(long, default_value_t = 30)]
    step_seconds: u64,

    /// overload: how long ten times capacity arrives
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// soak: how long it lasts
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,

    /// Of the texts and arrivals
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// How many listeners hear speech in real time, beside piper.http_server
    Streams,
    /// Ten times capacity arrives
    Overload,
    /// Mixed voices, leavers and slow readers for long: nothing grows
    Soak,
    /// What breaks outside: kills, voice files, disk, clock, descriptors
    Faults,
    /// Hostile clients, and what others notice of them
    Attack,
    /// SIGTERM during speeches
    Drain,
    /// From the start of the process to ready
    Start,
    /// All of them, shorter
    All,
    /// What every test run tries: drain, faults, attack and overload with a tiny voice
    Check,
}

/// What every trial knows.
struct Trial {
    flags: Flags,
    /// The voices to try, the built-in one first.
    voices: Vec<VoiceFile>,
}

fn main() -> ExitCode {
    let mut flags = Flags::parse();
    flags.short |= flags.trial == Name::Check;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(|e| format!("cannot start: {e}")).and_then(|runtime| {
        let voices = voices::found(&flags.voice, flags.short)?;
        let mut report = Report::new(!flags.short);
        runtime.block_on(run(&Trial { flags, voices }, &mut report))?;
        report.verdict()
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("chanter-trials: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(trial: &Trial, report: &mut Report) -> Done {
    let names: &[Name] = match trial.flags.trial {
        Name::All => &[Name::Start, Name::Drain, Name::Attack, Name::Faults, Name::Overload, Name::Soak, Name::Streams],
        Name::Check => &[Name::Drain, Name::Faults, Name::Attack, Name::Overload],
        ref one => std::slice::from_ref(one),
    };
    for name in names {
        println!("\n## {}", format!("{name:?}").to_lowercase());
        match name {
            Name::Streams => streams::streams(trial, report).await?,
            Name::Overload => overload::overload(trial, report).await?,
            Name::Soak => soak::soak(trial, report).await?,
            Name::Faults => faults::faults(trial, report).await?,
            Name::Attack => attack::attack(trial, report).await?,
            Name::Drain => drain::drain(trial, report).await?,
            Name::Start => start::start(trial, report).await?,
            Name::All | Name::Check => {}
        }
    }
    Ok(())
}

impl Trial {
    /// Seconds that one part of a trial lasts: as asked for, less in a short form.
    fn seconds(&self, asked: u64) -> u64 {
        match (self.flags.short, self.flags.trial) {
            (true, _) => asked.min(3),
            (_, Name::All) => asked.min(15),
            _ => asked,
        }
    }
}
