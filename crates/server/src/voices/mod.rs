//! Voices: which there are ([`Inventory`]), and which are in memory ([`Shelf`]).

pub(crate) mod downloads;
mod inventory;
mod loaded;
pub(crate) mod routes;
mod shelf;

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

pub(crate) use downloads::Downloads;
use inventory::Inventory;
pub(crate) use loaded::Loaded;
pub use shelf::Opener;
pub(crate) use shelf::Shelf;

use chanter_voices::Catalogue;

use crate::settings::defaults;

/// Which voices there are.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// The default voice's NAME.onnx [default: the built-in voice]. PIPER_MODEL_PATH is read too
    #[arg(long, env = "CHANTER_MODEL", value_name = "FILE")]
    pub model: Option<PathBuf>,

    #[arg(long, env = "PIPER_MODEL_PATH", hide = true)]
    piper_model_path: Option<PathBuf>,

    /// That voice's config, if it is not NAME.onnx.json
    #[arg(long, env = "CHANTER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// A folder of more voices, each NAME.onnx with NAME.onnx.json; loaded when they are asked for
    #[arg(long, env = "VOICES", value_name = "FOLDER")]
    pub voices: Option<PathBuf>,

    /// The voice for requests that name none [default: that of --model, else the built-in one]
    #[arg(long, env = "DEFAULT_VOICE", value_name = "NAME")]
    pub default_voice: Option<String>,

    /// Other names for voices, such as those of OpenAI's that clients ask for: NAME=VOICE, separated by commas
    #[arg(long, env = "VOICE_ALIASES", value_name = "NAME=VOICE", value_delimiter = ',', value_parser = alias)]
    pub voice_aliases: Vec<(String, String)>,

    /// Megabytes (MiB) of memory for voices; the one that was not used for longest makes room, never one that speaks
    #[arg(long, env = "VOICE_MEMORY", default_value_t = 1024, value_name = "MIB")]
    pub voice_memory: u64,

    /// Threads that share the work of each speech, so that it begins sooner; more than one costs speeches at once
    #[arg(long, env = "THREADS", default_value_t = 1, value_name = "N")]
    pub threads: usize,

    /// Let clients that may call fetch voices from the catalogue, and remove them
    #[arg(long, env = "VOICE_DOWNLOADS", default_value = "false", num_args = 0..=1, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), action = ArgAction::Set)]
    pub voice_downloads: bool,

    /// The catalogue of voices: the address of a voices.json, with the voices' files beside it
    #[arg(
        long,
        env = "CATALOGUE",
        default_value = Catalogue::PIPER,
        value_name = "URL"
    )]
    pub catalogue: String,

    /// Words to read differently in every request: a file of lines of a word, a tab, and /phonemes/ or a respelling
    #[arg(long, env = "LEXICON", value_name = "FILE")]
    pub lexicon: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        defaults()
    }
}

fn alias(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(name, voice)| (name.trim(), voice.trim())) {
        Some((name, voice)) if !name.is_empty() && !voice.is_empty() => Ok((name.to_owned(), voice.to_owned())),
        _ => Err("it must be NAME=VOICE, such as alloy=en_US-slt-tiny".to_owned()),
    }
}

impl Options {
    /// Settles which names stand for the same.
    pub(crate) fn settle(&mut self) {
        let piper = self.piper_model_path.take();
        self.model = self.model.take().or(piper);
    }
}
