//! Requests to speak: what they ask for, what is there already, and the speech as it is made.

pub(crate) mod answer;
mod kept;
mod lasts;
pub(crate) mod live;
pub(crate) mod openai;
pub(crate) mod piper;
mod request;
mod sound;

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

pub(crate) use kept::Kept;
pub(crate) use lasts::Lasts;

use crate::settings::{defaults, seconds};

/// How much one request may ask for.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// Most characters of one request's text; also phonemes, and half the number of phoneme ids
    #[arg(long, env = "MAX_TEXT_LENGTH", default_value_t = 5000, value_name = "CHARACTERS")]
    pub max_text_length: usize,

    /// Most seconds of audio of one request
    #[arg(long, env = "MAX_AUDIO", default_value = "1800", value_parser = seconds, value_name = "SECONDS")]
    pub max_audio: Duration,

    /// Most bytes of a request's body [default: what a text of that length can take]
    #[arg(long, env = "MAX_BODY", value_name = "BYTES")]
    pub max_body: Option<usize>,

    /// Most seconds from a request to the end of its speech, its reader's pauses included
    #[arg(long, env = "TIMEOUT", default_value = "600", value_parser = seconds, value_name = "SECONDS")]
    pub timeout: Duration,

    /// Log what is spoken
    #[arg(long, env = "LOG_TEXTS", default_value = "false", num_args = 0..=1, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), action = ArgAction::Set)]
    pub log_texts: bool,

    /// Megabytes (MiB) of speeches to keep, of requests that name their seed; 0 for none
    #[arg(long, env = "CACHE", default_value_t = 0, value_name = "MIB")]
    pub cache: u64,
}

impl Default for Options {
    fn default() -> Self {
        defaults()
    }
}
