//! `chanter phonemize`.

use std::io::{self, BufRead};
use std::sync::Arc;

use chanter_engine::{PhonemeIdEncoder, PhonemeType, Sentence, Sentences, phonemizer_for};
use serde::Serialize;

use crate::lexicon::LexiconArgs;
use crate::voice::VoiceArgs;
use crate::{Failure, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Language as espeak-ng names it, such as en-us; the voice's own if none is given
    #[arg(short, long, value_name = "LANG")]
    language: Option<String>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    lexicon: LexiconArgs,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    phonemes: Vec<Vec<String>>,
    phoneme_ids: Vec<Vec<i64>>,
    words: Vec<Vec<Word<'a>>>,
}

/// A word of a sentence. Ranges have a start and an end, counted from 0.
#[derive(Serialize)]
struct Word<'a> {
    word: &'a str,
    /// Its characters in the text of the line.
    text: [usize; 2],
    /// Its phonemes in those of the sentence.
    phonemes: [usize; 2],
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
    let lexicon = args.lexicon.open()?;
    let lexicon = lexicon.map(|lexicon| lexicon.for_language(config.espeak_voice.as_deref().unwrap_or_default()));
    let line = |bytes: Vec<u8>| -> Result<String, Failure> {
        let line = std::str::from_utf8(&bytes).map_err(|_| Failure::new("it is not UTF-8"))?;
        let text = line.strip_suffix('\r').unwrap_or(line);
        let mut sentences = Sentences::new(text.to_owned(), phonemizer.clone(), config.clone());
        if let Some(lexicon) = &lexicon {
            sentences = sentences.with_lexicon(lexicon.clone());
        }
        let sentences = sentences.collect::<Result<Vec<_>, _>>()?;
        let phoneme_ids = sentences.iter().map(|sentence| encoder.encode_sentence(sentence).ids).collect();
        let words = words(text, &sentences);
        let phonemes = sentences.into_iter().map(|sentence| sentence.phonemes).collect();
        let json = serde_json::to_string(&Line { text, phonemes, phoneme_ids, words });
        json.map_err(|e| Failure::new(e.to_string()))
    };
    for (i, bytes) in io::stdin().lock().split(b'\n').enumerate() {
        let bytes = bytes.map_err(|e| Failure::from(e).at("standard input"))?;
        say(line(bytes).map_err(|e| e.at(format_args!("line {}", i + 1)))?)?;
    }
    Ok(())
}

/// The words of each sentence, with their places in characters instead of bytes.
fn words<'a>(text: &'a str, sentences: &[Sentence]) -> Vec<Vec<Word<'a>>> {
    let (mut bytes, mut characters) = (0, 0);
    // Words are in order, so the text is counted once.
    let mut count = |to: usize| {
        characters += text.get(bytes..to).map_or(0, |more| more.chars().count());
        bytes = bytes.max(to);
        characters
    };
    let mut of_word = |word: &chanter_engine::Word| Word {
        word: text.get(word.text.clone()).unwrap_or_default(),
        text: [count(word.text.start), count(word.text.end)],
        phonemes: [word.phonemes.start, word.phonemes.end],
    };
    sentences.iter().map(|sentence| sentence.words.iter().map(&mut of_word).collect()).collect()
}
