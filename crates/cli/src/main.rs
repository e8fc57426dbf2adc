//! `chanter`: speaks, phonemizes, inspects and measures from the command line.

mod bench;
mod inspect;
mod output;
mod phonemize;
mod request;
mod speak;
mod voice;

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Speech from Piper voices, streamed within the sentence.
#[derive(Parser)]
#[command(name = "chanter", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Speak a text, or each line of a file or of standard input
    Speak(speak::Args),
    /// Phonemes and phoneme ids of each line of standard input, as JSON lines
    Phonemize(phonemize::Args),
    /// What a voice is, and how it was cut into stages
    Inspect(inspect::Args),
    /// Measure loading, time to first audio and real-time factor
    Bench(bench::Args),
}

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::new().filter_or("CHANTER_LOG", "warn"))
        .format_timestamp(None)
        .init();
    let result = match Cli::parse().command {
        Command::Speak(args) => speak::run(args),
        Command::Phonemize(args) => phonemize::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            eprintln!("chanter: {}", message.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

/// Why a command ended early.
enum Failure {
    /// Whoever read our output wants no more.
    BrokenPipe,
    /// One line for the user.
    Message(String),
}

impl From<chanter_engine::Error> for Failure {
    fn from(error: chanter_engine::Error) -> Self {
        Self::Message(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::Message(error.to_string()) }
    }
}

impl Failure {
    /// Puts what was being done before the message.
    fn at(self, place: impl Display) -> Self {
        match self {
            Self::BrokenPipe => self,
            Self::Message(message) => Self::Message(format!("{place}: {message}")),
        }
    }
}
