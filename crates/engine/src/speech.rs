//! A speech: chunks of samples, made when they are asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::acoustic::windows::Chunking;
use crate::phoneme_ids::split_ids;
use crate::utterance::{Utterance, Voicing};
use crate::voice::Shared;
use crate::{Chunk, Error, ErrorKind, Limits, PhonemeIds, Phonemizer, Result, Sentences, split_long};

/// What to speak.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Text; `[[ ... ]]` holds raw phonemes.
    Text(String),
    /// Phonemes of each sentence.
    Phonemes(Vec<Vec<String>>),
    /// Phoneme ids of each sentence, with those of begin, end and pad.
    PhonemeIds(Vec<Vec<i64>>),
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// An iterator of chunks. Each is computed when it is asked for; dropping the iterator ends the speech.
///
/// After an error it yields nothing more.
pub struct Speech {
    voice: Arc<Shared>,
    voicing: Voicing,
    chunking: Chunking,
    max_ids: usize,
    max_samples: u64,
    script: Script,
    /// Sentences that are too long at once, in parts.
    parts: VecDeque<PhonemeIds>,
    sentence: Option<Utterance>,
    sentences: usize,
    offset: u64,
    ended: bool,
}

/// Where the sentences come from.
enum Script {
    Text(Box<Sentences>),
    Phonemes(std::vec::IntoIter<Vec<String>>),
    Ids(std::vec::IntoIter<PhonemeIds>),
}

impl Speech {
    pub(crate) fn new(
        voice: Arc<Shared>,
        limits: &Limits,
        input: crate::Input,
        phonemizer: Option<Arc<dyn Phonemizer>>,
        voicing: Voicing,
    ) -> Result<Self> {
        let config = &voice.config;
        let script = match (input, phonemizer) {
            (Input::Text(text), Some(phonemizer)) => {
                // Bytes are counted first: they bound the characters, and need no reading.
                if text.len() > limits.text_chars && text.chars().count() > limits.text_chars {
                    let message = format!("the text has more than {} characters", limits.text_chars);
                    return Err(Error::new(ErrorKind::Limit, message));
                }
                Script::Text(Box::new(Sentences::new(text, phonemizer, config.clone())))
            }
            (Input::Text(_), None) => return Err(Error::new(ErrorKind::Phonemizer, "there is no phonemizer for text")),
            (Input::Phonemes(sentences), _) => Script::Phonemes(sentences.into_iter()),
            (Input::PhonemeIds(sentences), _) => {
                let checked: Result<Vec<_>> =
                    sentences.into_iter().map(|ids| PhonemeIds::from_ids(ids, config)).collect();
                Script::Ids(checked?.into_iter())
            }
        };
        Ok(Self {
            max_ids: limits.sentence_ids,
            max_samples: (f64::from(limits.audio_seconds) * f64::from(config.sample_rate)) as u64,
            voice,
            voicing,
            chunking: Chunking::default(),
            script,
            parts: VecDeque::new(),
            sentence: None,
            sentences: 0,
            offset: 0,
            ended: false,
        })
    }

    /// The same speech in chunks of other sizes; the samples are the same.
    pub fn with_chunking(mut self, chunking: Chunking) -> Self {
        self.chunking = chunking;
        self
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        self.voice.config.sample_rate
    }

    /// The ids of the next sentence, or of the next part of one that is too long.
    fn next_ids(&mut self) -> Result<Option<PhonemeIds>> {
        while self.parts.is_empty() {
            let phonemes = match &mut self.script {
                Script::Text(sentences) => sentences.next().transpose()?,
                Script::Phonemes(sentences) => sentences.next(),
                Script::Ids(sentences) => {
                    let Some(ids) = sentences.next() else { return Ok(None) };
                    self.parts = split_ids(ids, self.max_ids).into();
                    continue;
                }
            };
            let Some(phonemes) = phonemes else { return Ok(None) };
            let encoder = &self.voice.ids;
            let whole = encoder.encode(&phonemes);
            self.parts = if whole.ids.len() <= self.max_ids || phonemes.is_empty() {
                [whole].into()
            } else {
                let parts = split_long(phonemes, self.max_ids, &self.voice.config);
                parts.iter().map(|phonemes| encoder.encode(phonemes)).collect()
            };
        }
        Ok(self.parts.pop_front())
    }

    fn step(&mut self) -> Result<Option<Chunk>> {
        loop {
            if let Some(sentence) = &mut self.sentence {
                if let Some(mut chunk) = sentence.chunk(&self.voice.networks, self.chunking)? {
                    for sample in &mut chunk.samples {
                        *sample *= self.voicing.volume;
                    }
                    self.offset += chunk.samples.len() as u64;
                    return Ok(Some(chunk));
                }
                self.sentence = None;
                self.sentences += 1;
                if self.voicing.silence > 0 {
                    return self.silence().map(Some);
                }
            }
            let Some(ids) = self.next_ids()? else { return Ok(None) };
            let sentence = Utterance::new(&self.voice.networks, ids, self.voicing, self.sentences, self.offset)?;
            self.check_length(sentence.samples())?;
            self.sentence = Some(sentence);
        }
    }

    fn silence(&mut self) -> Result<Chunk> {
        self.check_length(self.voicing.silence as u64)?;
        let samples = vec![0.0; self.voicing.silence];
        let offset = self.offset;
        self.offset += samples.len() as u64;
        Ok(Chunk { samples, offset, sentence: self.sentences - 1, phonemes: Vec::new() })
    }

    /// Whether so many more samples are within the limit.
    fn check_length(&self, more: u64) -> Result<()> {
        if self.offset.saturating_add(more) <= self.max_samples {
            return Ok(());
        }
        let seconds = self.max_samples as f64 / f64::from(self.sample_rate());
        Err(Error::new(ErrorKind::Limit, format!("the audio is longer than {seconds} seconds")))
    }
}

impl Iterator for Speech {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}
