//! Every setting: a flag, an environment variable, and a key of one TOML file. A flag beats the environment, which beats
//! the file.

mod file;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::app::Options;
use crate::wyoming;

/// What an operator decides.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "chanter-server",
    version,
    about = "Speaks over HTTP with Piper voices, streaming while it synthesises"
)]
#[non_exhaustive]
pub struct Settings {
    /// A TOML file of settings: each key is a flag's name with _ for -
    #[arg(long = "settings", env = "CHANTER_SETTINGS", value_name = "FILE", id = "settings")]
    pub file: Option<PathBuf>,

    /// Check the settings, the files that they name and the default voice; say in a line what is wrong, and end
    #[arg(long)]
    pub check: bool,

    /// Ask the server that runs with these settings whether it is ready, and end: 0 if it is. For health checks
    #[arg(long)]
    pub probe: bool,

    /// Address or name to listen at; 0.0.0.0 for every network
    #[arg(long, env = "HOST", default_value = "127.0.0.1")]
    pub host: String,

    /// Port to listen at; 0 for any free one
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,

    #[allow(missing_docs)]
    #[command(flatten)]
    pub wyoming: wyoming::Options,

    #[command(flatten)]
    pub(crate) options: Options,

    /// Seconds that speeches may take to end once the server is told to stop
    #[arg(long, env = "GRACE", default_value = "30", value_parser = seconds, value_name = "SECONDS")]
    pub grace: Duration,

    /// What to log: error, warn, info, debug or trace; also by module, such as info,chanter_server=debug
    #[arg(long, env = "LOG_LEVEL", default_value = "info", value_parser = level)]
    pub log_level: Targets,

    /// How to log: lines for people, or JSON
    #[arg(long, env = "LOG_FORMAT", default_value = "human")]
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum LogFormat {
    /// For people.
    Human,
    /// A JSON object a line.
    Json,
}

impl Settings {
    /// Reads the settings from a program's arguments (its name first), its environment and the settings file.
    ///
    /// # Errors
    /// What clap has to say, help and version included; for the file, what is wrong with it.
    pub fn read(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let mut command = without_empty_variables(Self::command());
        let first = command.clone().ignore_errors(true).try_get_matches_from(&arguments)?;
        if let Some(path) = first.get_one::<PathBuf>("settings") {
            command = file::defaults(command, path)?;
        }
        Self::from_matches(&command.clone().try_get_matches_from(arguments)?).map_err(|e| e.format(&mut command))
    }

    fn from_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Self::from_arg_matches(matches)?;
        settings.options.settle()?;
        let keys = !settings.options.access.api_keys.is_empty();
        settings.wyoming.check(keys).map_err(|e| clap::Error::raw(ErrorKind::ValueValidation, e))?;
        Ok(settings)
    }

    /// What requests have in common.
    pub fn options(&self) -> &Options {
        &self.options
    }
}

/// An empty variable is as good as none: `docker compose` and its like pass on what nobody has set.
fn without_empty_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if empty { arg.env(None::<&str>) } else { arg }
    })
}

/// A group of settings as it is when nobody sets anything.
pub(crate) fn defaults<T: Args>() -> T {
    let command = T::augment_args(Command::new("defaults")).mut_args(|arg| arg.env(None::<&str>));
    let matches = command.get_matches_from(["defaults"]);
    T::from_arg_matches(&matches).unwrap_or_else(|e| e.exit())
}

/// A number of seconds, also in parts.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.trim().parse().map_err(|_| format!("{text:?} is no number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("{text} seconds are out of range"))
}

/// A level in whatever case: Python writes INFO and WARNING.
fn level(text: &str) -> Result<Targets, String> {
    let lower = text.trim().to_ascii_lowercase();
    let known = match lower.as_str() {
        "warning" => "warn",
        "critical" | "fatal" => "error",
        other => other,
    };
    // A word alone would be taken for a module.
    let levels = known.contains(['=', ',']) || known.parse::<LevelFilter>().is_ok();
    known.parse().ok().filter(|_| levels).ok_or_else(|| {
        format!("{text:?} is none of error, warn, info, debug and trace, nor a list of modules with one each")
    })
}

/// The settings as a table in Markdown, for the docs.
#[cfg(test)]
fn table() -> String {
    let mut table = String::from("| flag | environment | default | what it is |\n|---|---|---|---|\n");
    let command = without_empty_variables(Settings::command());
    for arg in command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str()))
    {
        let env = arg.get_env().map_or(String::new(), |name| format!("`{}`", name.to_string_lossy()));
        let default: Vec<_> = match arg.is_hide_default_value_set() {
            true => Vec::new(),
            false => arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect(),
        };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        table.push_str(&format!("| `--{}` | {env} | {} | {help} |\n", flag(arg), default.join(",")));
    }
    table
}

fn flag(arg: &Arg) -> String {
    arg.get_long().unwrap_or_else(|| arg.get_id().as_str()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Settings, String> {
        let all = ["chanter-server"].into_iter().chain(arguments.iter().copied());
        Settings::read(all).map_err(|e| e.to_string())
    }

    #[test]
    fn the_command_is_sound() {
        Settings::command().debug_assert();
        assert_eq!(read(&[]).unwrap().port, 8080);
    }

    #[test]
    fn wyoming_is_not_opened_beside_keys_unless_told() {
        let flags = ["--wyoming-port", "10200", "--api-keys", "a"];
        assert!(read(&flags).unwrap_err().contains("--wyoming-without-keys"));
        assert!(read(&flags[..2]).is_ok());
        let told: Vec<_> = flags.into_iter().chain(["--wyoming-without-keys"]).collect();
        assert_eq!(read(&told).unwrap().wyoming.port, 10200);
    }

    #[test]
    fn levels_as_python_writes_them() {
        for (text, level) in
            [("INFO", "info"), ("WARNING", "warn"), ("info,chanter_server=debug", "info,chanter_server=debug")]
        {
            assert_eq!(self::level(text).unwrap().to_string(), level.parse::<Targets>().unwrap().to_string());
        }
        assert!(level("loud").unwrap_err().contains("loud"));
    }

    #[test]
    fn seconds_have_parts() {
        assert_eq!(seconds("0.075"), Ok(Duration::from_millis(75)));
        for wrong in ["-1", "NaN", "1e300", "x", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    /// `docs/SETTINGS.md` is made of this table; `CHANTER_WRITE_DOCS=1` writes it.
    #[test]
    fn the_docs_have_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/SETTINGS.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (before, rest) = text.split_once("| flag |").unwrap();
        let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
        let whole = format!("{before}{}\n{after}", table());
        if std::env::var_os("CHANTER_WRITE_DOCS").is_some() {
            std::fs::write(path, &whole).unwrap();
        }
        assert!(text == whole || std::env::var_os("CHANTER_WRITE_DOCS").is_some(), "docs/SETTINGS.md is not current");
    }
}
