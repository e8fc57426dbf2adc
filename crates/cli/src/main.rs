//! `chanter`: speaks, phonemizes, inspects, packs, measures and fetches voices from the command line.

mod bench;
mod comparison;
mod encoded;
mod inspect;
mod lexicon;
mod lines;
mod output;
mod pack;
mod phonemize;
mod request;
mod speak;
mod spectrum;
mod timings;
mod voice;
mod voices;

use std::any::Any;
use std::fmt::Display;
use std::io::{self, Write};
use std::panic::{catch_unwind, set_hook};
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

/// Speech from Piper voices, streamed within the sentence.
#[derive(Parser)]
#[command(name = "chanter", version, about)]
#[command(after_help = "CHANTER_LOG=debug in the environment shows more of what happens.")]
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
    /// Store a voice's weights in a half or a quarter of the size
    Pack(pack::Args),
    /// Measure loading, time to first audio and real-time factor
    Bench(bench::Args),
    /// List, fetch and delete voices
    Voices(voices::Args),
}

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::new().filter_or("CHANTER_LOG", "warn"))
        .format_timestamp(None)
        .init();
    // The engine makes errors of what the runtime panics at, so a panic by itself is nothing to shout about.
    set_hook(Box::new(|panic| log::debug!("{panic}")));
    catch_unwind(run).unwrap_or_else(|panic| {
        complain(&internal(&*panic));
        ExitCode::from(101)
    })
}

fn run() -> ExitCode {
    let result = match Cli::try_parse() {
        Ok(cli) => match cli.command {
            Command::Speak(args) => speak::run(args),
            Command::Phonemize(args) => phonemize::run(&args),
            Command::Inspect(args) => inspect::run(&args),
            Command::Pack(args) => pack::run(&args),
            Command::Bench(args) => bench::run(&args),
            Command::Voices(args) => voices::run(&args),
        },
        Err(usage) => match usage.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => usage.print().map_err(Failure::from),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                // Whoever gives no command asks which there are.
                let _ = usage.print();
                return ExitCode::FAILURE;
            }
            _ => Err(Failure::Message(in_one_line(&usage.to_string()))),
        },
    };
    match result {
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

/// Writes a line on standard output.
fn say(line: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}").map_err(|e| Failure::from(e).at("standard output"))
}

/// Writes what went wrong on standard error, in one line.
fn complain(message: &str) {
    let line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // There is nobody left to tell if this fails.
    let _ = writeln!(io::stderr(), "chanter: {line}");
}

/// The message of a panic that nothing below has caught.
fn internal(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    format!("internal error: {} (CHANTER_LOG=debug shows where)", text.unwrap_or("no reason given"))
}

/// What clap says of a wrong command line, without the usage that follows.
fn in_one_line(usage: &str) -> String {
    let words = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let paragraphs = usage.split("\n\n").map(words).filter(|p| !p.is_empty());
    let told: Vec<_> = paragraphs.take_while(|p| !p.starts_with("Usage:") && !p.starts_with("For more")).collect();
    let told = told.join("; ");
    told.strip_prefix("error: ").map(str::to_owned).unwrap_or(told)
}

/// Why a command ended early.
#[derive(Debug)]
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

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::Message(error.to_string()) }
    }
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// Of a file that cannot be read.
    fn reading(path: &Path, error: io::Error) -> Self {
        Self::from(error).at("cannot be read").at(path.display())
    }

    /// Of a file that cannot be written.
    fn writing(path: &Path, error: io::Error) -> Self {
        Self::from(error).at("cannot be written").at(path.display())
    }

    /// Puts what was being done before the message.
    fn at(self, place: impl Display) -> Self {
        match self {
            Self::BrokenPipe => self,
            Self::Message(message) => Self::Message(format!("{place}: {message}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn usage_in_one_line() {
        for (arguments, line) in [
            (
                vec!["chanter", "speak", "--loud"],
                "unexpected argument '--loud' found; tip: to pass '--loud' as a value, use '-- --loud'",
            ),
            (
                vec!["chanter", "speak", "--sample-format", "mp3"],
                "invalid value 'mp3' for '--sample-format <SAMPLE_FORMAT>' [possible values: s16, f32]",
            ),
            (vec!["chanter", "sing"], "unrecognized subcommand 'sing'"),
        ] {
            let Err(usage) = Cli::try_parse_from(arguments) else { panic!("{line}") };
            assert_eq!(in_one_line(&usage.to_string()), line);
        }
    }

    #[test]
    fn panics_have_a_message() {
        for (panic, message) in [
            (catch_unwind(|| panic!("no {}", "luck")), "no luck"),
            (catch_unwind(|| panic!("plain")), "plain"),
            (catch_unwind(|| std::panic::panic_any(1)), "no reason"),
        ] {
            let panic: Box<dyn Any + Send> = panic.unwrap_err();
            assert!(internal(&*panic).starts_with(&format!("internal error: {message}")));
        }
    }
}
