//! The settings file: a table of keys and values, which become the defaults of the flags of these names.

use std::fmt::Display;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Arg, Command};
use toml::{Table, Value};

use super::flag;

/// Settings that a file cannot have: they say which file, or what to do.
const FLAGS_ONLY: [&str; 5] = ["settings", "check", "probe", "help", "version"];

/// The command with a file's values for defaults.
pub(super) fn defaults(mut command: Command, path: &Path) -> Result<Command, clap::Error> {
    let wrong = |command: &mut Command, what: &dyn Display| {
        command.error(ErrorKind::ValueValidation, format!("{}: {what}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&mut command, &e))?;
    let table: Table = toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        wrong(&mut command, &format!("line {line}: {}", e.message()))
    })?;
    for (key, value) in table {
        let Some(id) = id_of(&command, &key) else {
            return Err(wrong(&mut command, &format!("{key} is no setting; --help lists them, here with _ for -")));
        };
        let Some(value) = plain(&value) else {
            return Err(wrong(
                &mut command,
                &format!("{key} must be a string, a number, true or false, or a list of these"),
            ));
        };
        command = command.mut_arg(id, |arg| arg.default_value(value));
    }
    Ok(command)
}

fn id_of(command: &Command, key: &str) -> Option<String> {
    let name = key.replace('_', "-");
    let named = |arg: &&Arg| flag(arg) == name && !FLAGS_ONLY.contains(&name.as_str());
    command.get_arguments().find(named).map(|arg| arg.get_id().to_string())
}

/// A value as a flag has it; the members of a list with commas between them.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Array(list) => list.iter().map(plain).collect::<Option<Vec<_>>>().map(|list| list.join(",")),
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::settings::Settings;

    fn read(toml: &str, arguments: &[&str]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chanter.toml");
        std::fs::write(&path, toml).unwrap();
        let all = ["chanter-server", "--settings", path.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
        Settings::read(all).map_err(|e| e.to_string())
    }

    #[test]
    fn a_flag_beats_the_file() {
        let file = "port = 9\nqueue_timeout = 0.5\nhost = '0.0.0.0'\nvoice_downloads = true\ncors_origins = ['https://a.org', 'https://b.org']";
        let settings = read(file, &["--port", "10"]).unwrap();
        assert_eq!((settings.port, settings.host.as_str()), (10, "0.0.0.0"));
        assert_eq!(settings.options.admission.queue_timeout, Duration::from_millis(500));
        assert!(settings.options.voices.voice_downloads);
        assert_eq!(settings.options.access.cors_origins, "https://a.org,https://b.org".parse().unwrap());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (file, message) in [
            ("prot = 1", "prot is no setting"),
            ("check = true", "check is no setting"),
            ("port = 'many'", "many"),
            ("port = 1\nhost = ", "line 2"),
            ("host = { a = 1 }", "host must be"),
        ] {
            let error = read(file, &[]).unwrap_err();
            assert!(error.contains(message), "{file}: {error}");
        }
        let error = Settings::read(["x", "--settings", "no/such.toml"]).unwrap_err().to_string();
        assert!(error.contains("no/such.toml"), "{error}");
    }
}
