//! `chanter voices`.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::PathBuf;

use chanter_engine::Voice;
use chanter_voices::{Accept, Catalogue, Client, ErrorKind, Folder, Found, Listed};
use etcetera::BaseStrategy;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{Failure, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Voices of the catalogue, or of the folder
    List(List),
    /// Fetch voices into the folder; what was broken off goes on
    Get(Get),
    /// Delete voices from the folder
    Remove(Remove),
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// Only those that are in the folder; the catalogue is not asked
    #[arg(long, conflicts_with = "catalogue")]
    installed: bool,
    /// Only those of a language, such as de or pt_BR
    #[arg(short, long, value_name = "CODE")]
    language: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Get {
    /// Voices, as `chanter voices list` calls them
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// Fetch them even if they are there already
    #[arg(long)]
    force: bool,
    /// Take files whose length or digest is not the one that the catalogue lists
    #[arg(long)]
    unchecked: bool,
}

#[derive(clap::Args)]
struct Remove {
    /// Voices, as `chanter voices list --installed` calls them
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(clap::Args)]
struct FolderArgs {
    /// Where voices are; `chanter/voices` in the user's data folder if none is given
    #[arg(long, value_name = "DIR", env = "VOICES")]
    folder: Option<PathBuf>,
}

#[derive(clap::Args)]
struct CatalogueArgs {
    /// Where they are listed: the address of a file like Piper's voices.json, with the voices beside it
    #[arg(long, value_name = "URL", env = "CATALOGUE", default_value = Catalogue::PIPER)]
    catalogue: String,
}

impl From<chanter_voices::Error> for Failure {
    fn from(error: chanter_voices::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl FolderArgs {
    fn path(&self) -> Result<PathBuf, Failure> {
        match &self.folder {
            Some(path) => Ok(path.clone()),
            None => user_folder(),
        }
    }

    /// What is in it; nothing if it is not there yet.
    fn scan(&self) -> Result<Vec<Found>, Failure> {
        let path = self.path()?;
        if path.symlink_metadata().is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            return Ok(Vec::new());
        }
        Ok(Folder::open(path)?.scan()?)
    }
}

/// Where voices are if nobody says otherwise.
fn user_folder() -> Result<PathBuf, Failure> {
    let user =
        etcetera::choose_base_strategy().map_err(|_| Failure::new("there is no home folder; name a --folder"))?;
    Ok(user.data_dir().join("chanter").join("voices"))
}

/// The model of a voice that was fetched, if there is one of this name.
pub(crate) fn fetched(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("VOICES").map_or_else(user_folder, |path| Ok(path.into())).ok()?;
    Some(Folder::open(folder).ok()?.find(name).ok()?.model)
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::List(args) => list(args),
        Command::Get(args) => get(args),
        Command::Remove(args) => remove(args),
    }
}

fn list(args: &List) -> Result<(), Failure> {
    let installed = args.folder.scan()?;
    let asked = |speaks: &dyn Fn(&str) -> bool| args.language.as_deref().is_none_or(speaks);
    let rows: Vec<Value> = if args.installed {
        installed.iter().filter(|found| asked(&|code| found.speaks(code))).map(of_folder).collect()
    } else {
        let catalogue = Client::default().catalogue(&args.catalogue.catalogue)?;
        let voices = catalogue.voices().iter().filter(|voice| asked(&|code| voice.speaks(code)));
        voices.map(|voice| of_catalogue(voice, installed.iter().any(|found| found.name == voice.key))).collect()
    };
    if args.json {
        return say(Value::from(rows));
    }
    rows.iter().try_for_each(|row| say(line(row)))
}

fn of_catalogue(voice: &Listed, installed: bool) -> Value {
    json!({
        "name": voice.key,
        "language": voice.language_code(),
        "language_name": in_words(voice.language.name_english.as_deref(), voice.language.country_english.as_deref()),
        "quality": voice.quality,
        "speakers": voice.num_speakers,
        "bytes": voice.bytes(),
        "installed": installed,
    })
}

fn of_folder(found: &Found) -> Value {
    let mut row = json!({"name": found.name, "bytes": found.bytes, "installed": true, "model": found.model});
    match &found.config {
        Ok(config) => {
            let language = &config.language;
            row["language"] = found.language().into();
            row["language_name"] =
                in_words(language.name_english.as_deref(), language.country_english.as_deref()).into();
            row["quality"] = config.quality.clone().into();
            row["speakers"] = config.num_speakers.into();
        }
        Err(why) => row["error"] = why.clone().into(),
    }
    row
}

fn in_words(language: Option<&str>, country: Option<&str>) -> Option<String> {
    Some(match country {
        Some(country) => format!("{} ({country})", language?),
        None => language?.to_owned(),
    })
}

/// A row for people.
fn line(row: &Value) -> String {
    let text = |field: &str| row[field].as_str().unwrap_or_default();
    let name = text("name");
    if let Some(why) = row["error"].as_str() {
        return format!("{name:<36}  cannot be used: {why}");
    }
    let speakers = match row["speakers"].as_u64() {
        Some(1) | None => String::new(),
        Some(count) => format!("{count} speakers"),
    };
    let size = size(row["bytes"].as_u64().unwrap_or_default());
    let here = if row["installed"] == true { "here" } else { "" };
    let language = row["language_name"].as_str().unwrap_or(text("language"));
    let quality = text("quality");
    format!("{name:<36}  {language:<32}  {quality:<6}  {size:>8}  {here:<4}  {speakers}").trim_end().to_owned()
}

fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn get(args: &Get) -> Result<(), Failure> {
    let folder = Folder::create(args.folder.path()?)?;
    let client = Client::default();
    let catalogue = client.catalogue(&args.catalogue.catalogue)?;
    let voices = args.names.iter().map(|name| catalogue.find(name)).collect::<Result<Vec<_>, _>>();
    // A name that is not there is told before anything is fetched.
    for voice in voices.map_err(|e| with_hint(e, "`chanter voices list` tells which there are"))? {
        let model = match folder.find(&voice.key) {
            Ok(found) if !args.force => found.model,
            _ => fetch(&client, voice, &folder, args.unchecked)?,
        };
        say(model.display())?;
    }
    Ok(())
}

fn fetch(client: &Client, voice: &Listed, folder: &Folder, unchecked: bool) -> Result<PathBuf, Failure> {
    let accept = if unchecked { Accept::AsServed } else { Accept::AsListed };
    let bar = ProgressBar::new(voice.bytes());
    if io::stderr().is_terminal() {
        let style = "{msg} {bar:30} {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(voice.key.clone());
    } else {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        eprintln!("{}: {} from {}", voice.key, size(voice.bytes()), voice.model.url());
    }
    let told = |here, of| {
        bar.set_length(of);
        bar.set_position(here);
        ControlFlow::Continue(())
    };
    let speaks = |model: &_, config: &_| Voice::open(model, Some(config)).map(drop);
    let fetched = client.download(voice, folder, accept, told, speaks);
    bar.finish_and_clear();
    Ok(fetched.map_err(|e| with_hint(e, "(--unchecked)"))?.model)
}

fn remove(args: &Remove) -> Result<(), Failure> {
    let folder = Folder::open(args.folder.path()?)?;
    args.names.iter().try_for_each(|name| Ok(folder.remove(name)?))
}

/// Adds which flag or command helps.
fn with_hint(error: chanter_voices::Error, hint: &str) -> Failure {
    match error.kind() {
        ErrorKind::Mismatch => Failure::new(format!("{error} {hint}")),
        ErrorKind::NotFound => Failure::new(format!("{error}; {hint}")),
        _ => error.into(),
    }
}
