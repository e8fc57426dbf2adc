//! What is to be spoken: a text, a line of text, or a line of JSON as Piper takes it.

use std::path::PathBuf;

use chanter_engine::{Input, Settings, Speaker};
use serde::Deserialize;

use crate::Failure;

/// One thing to speak.
pub(crate) struct Request {
    pub(crate) input: Input,
    pub(crate) speaker: Option<Speaker>,
    pub(crate) output_file: Option<PathBuf>,
}

impl Request {
    pub(crate) fn text(text: String) -> Self {
        Self { input: Input::Text(text), speaker: None, output_file: None }
    }

    /// From a line of JSON: `text`, `phonemes` or `phoneme_ids`, with `speaker`, `speaker_id` and `output_file`.
    pub(crate) fn json(line: &str) -> Result<Self, Failure> {
        let line: Line = serde_json::from_str(line).map_err(|e| Failure::Message(format!("JSON input: {e}")))?;
        let input = match (line.text, line.phonemes, line.phoneme_ids) {
            (Some(text), None, None) => Input::Text(text),
            (None, Some(phonemes), None) => Input::Phonemes(phonemes.sentences()),
            (None, None, Some(ids)) => Input::PhonemeIds(ids.sentences()),
            _ => return Err(Failure::Message("JSON input: one of text, phonemes and phoneme_ids is needed".into())),
        };
        let speaker = match (line.speaker_id, line.speaker) {
            (Some(id), _) => Some(Speaker::Id(id)),
            (None, speaker) => speaker.map(|s| match s {
                Name::Id(id) => Speaker::Id(id),
                Name::Name(name) => speaker_of(name),
            }),
        };
        Ok(Self { input, speaker, output_file: line.output_file })
    }

    /// The settings of the command line, with this request's speaker if it has one.
    pub(crate) fn settings(&self, general: &Settings) -> Settings {
        let mut settings = general.clone();
        if self.speaker.is_some() {
            settings.speaker = self.speaker.clone();
        }
        settings
    }
}

/// A speaker by number, if it is one, else by name.
pub(crate) fn speaker_of(text: String) -> Speaker {
    text.parse().map_or(Speaker::Name(text), Speaker::Id)
}

#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    phonemes: Option<Nested<String>>,
    phoneme_ids: Option<Nested<i64>>,
    speaker: Option<Name>,
    speaker_id: Option<i64>,
    output_file: Option<PathBuf>,
}

/// One sentence, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Nested<T> {
    Sentence(Vec<T>),
    Sentences(Vec<Vec<T>>),
}

impl<T> Nested<T> {
    fn sentences(self) -> Vec<Vec<T>> {
        match self {
            Self::Sentence(sentence) => vec![sentence],
            Self::Sentences(sentences) => sentences,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Id(i64),
    Name(String),
}
