//! `chanter phonemize`.

use std::io::{self, BufRead};
use std::sync::Arc;

use chanter_engine::{PhonemeIdEncoder, PhonemeType, Sentences, phonemizer_for};
use serde::Serialize;

use crate::voice::VoiceArgs;
use crate::{Failure, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Language as espeak-ng names it, such as en-us; the voice's own if none is given
    #[arg(short, long, value_name = "LANG")]
    language: Option<String>,
    #[command(flatten)]
    voice: VoiceArgs,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    phonemes: Vec<Vec<String>>,
    phoneme_ids: Vec<Vec<i64>>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut config = args.voice.config()?;
    if let Some(language) = &args.language {
        config.espeak_voice = Some(language.clone());
        config.phoneme_type = PhonemeType::Espeak;
    }
    let config = Arc::new(config);
    let phonemizer = phonemizer_for(&config)?;
    let encoder = PhonemeIdEncoder::new(config.clone());
    let line = |bytes: Vec<u8>| -> Result<String, Failure> {
        let line = std::str::from_utf8(&bytes).map_err(|_| Failure::new("it is not UTF-8"))?;
        let text = line.strip_suffix('\r').unwrap_or(line);
        let sentences = Sentences::new(text.to_owned(), phonemizer.clone(), config.clone());
        let phonemes = sentences.collect::<Result<Vec<_>, _>>()?;
        let phoneme_ids = phonemes.iter().map(|sentence| encoder.encode(sentence).ids).collect();
        let json = serde_json::to_string(&Line { text, phonemes, phoneme_ids });
        json.map_err(|e| Failure::new(e.to_string()))
    };
    for (i, bytes) in io::stdin().lock().split(b'\n').enumerate() {
        let bytes = bytes.map_err(|e| Failure::from(e).at("standard input"))?;
        say(line(bytes).map_err(|e| e.at(format_args!("line {}", i + 1)))?)?;
    }
    Ok(())
}
