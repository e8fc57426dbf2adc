//! What a reader gives.

use std::{collections::VecDeque, ops::Range};

use crate::Place;

/// A part of what is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text to be read.
    Text(Text),
    /// Phonemes to be read, in the International Phonetic Alphabet.
    Phonemes(Text),
    /// Something else than text, and the byte of what was given where it stands.
    Cue(Cue, usize),
}

/// Text to be read, and where it stands in what was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub read: String,
    /// Its places, which cover it without gaps. Bytes are counted from the beginning of all that is read.
    pub places: Vec<Place>,
}

/// What stands between what is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Cue {
    /// A sentence ends here, whatever its marks.
    Sentence,
    /// Seconds of silence; a sentence ends here.
    Break(f32),
    /// These voices go on, the first that there is; a sentence ends here. None is the voice of the speech.
    Voice(Option<String>),
    /// The text goes on in this language, a BCP 47 tag; none is the voice's own.
    Language(Option<String>),
    /// The text goes on so.
    Prosody(Prosody),
    /// Somebody wants to know when this is reached.
    Mark(String),
}

/// How text is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prosody {
    /// Speed, as a multiple of the voice's.
    pub rate: f32,
    /// Samples are multiplied by it.
    pub volume: f32,
}

impl Default for Prosody {
    fn default() -> Self {
        Self { rate: 1.0, volume: 1.0 }
    }
}

/// Parts in the making.
#[derive(Debug, Default)]
pub(crate) struct Script {
    parts: VecDeque<Part>,
    /// Bytes of all text so far.
    length: usize,
    /// No text came since a sentence was ended here.
    fresh: bool,
    /// Some text came.
    begun: bool,
}

impl Script {
    pub(crate) fn next(&mut self) -> Option<Part> {
        self.parts.pop_front()
    }

    /// Whether there is nothing that could be given but less text than this.
    pub(crate) fn has_less_than(&self, bytes: usize) -> bool {
        match self.parts.front() {
            None => true,
            Some(Part::Text(text)) => self.parts.len() == 1 && text.read.len() < bytes,
            Some(_) => false,
        }
    }

    /// Reads text as it stands, from a byte of the source on; not the white space after a cue that ended a sentence.
    pub(crate) fn keep(&mut self, source: usize, text: &str) {
        let kept = if self.fresh { text.trim_start() } else { text };
        let start = source + text.len() - kept.len();
        self.add(kept, start..start + kept.len(), true);
    }

    /// Reads phonemes in place of a piece of the source.
    pub(crate) fn phonemes(&mut self, source: Range<usize>, phonemes: &str) {
        self.fresh = false;
        self.begun = true;
        let read = self.length..self.length + phonemes.len();
        self.length = read.end;
        let places = vec![Place { read, source, as_it_stands: false }];
        self.parts.push_back(Part::Phonemes(Text { read: phonemes.to_owned(), places }));
    }

    /// Reads text in place of a piece of the source.
    pub(crate) fn say(&mut self, source: Range<usize>, text: &str) {
        self.add(text, source, false);
    }

    fn add(&mut self, text: &str, source: Range<usize>, as_it_stands: bool) {
        if text.is_empty() {
            return;
        }
        self.fresh = false;
        self.begun = true;
        let place = Place { read: self.length..self.length + text.len(), source, as_it_stands };
        self.length += text.len();
        if !matches!(self.parts.back(), Some(Part::Text(_))) {
            self.parts.push_back(Part::Text(Text::default()));
        }
        let Some(Part::Text(last)) = self.parts.back_mut() else { return };
        last.read.push_str(text);
        match last.places.last_mut() {
            Some(before) if before.goes_on_with(&place) => {
                before.read.end = place.read.end;
                before.source.end = place.source.end;
            }
            _ => last.places.push(place),
        }
    }

    /// Whether nothing was read since a sentence ended.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh || !self.begun
    }

    pub(crate) fn cue(&mut self, cue: Cue, source: usize) {
        if matches!(cue, Cue::Break(_) | Cue::Voice(_)) {
            self.fresh = true;
        }
        self.parts.push_back(Part::Cue(cue, source));
    }

    /// Ends a sentence, unless one ends here or none has begun.
    pub(crate) fn end_sentence(&mut self, source: usize) {
        if self.begun && !self.fresh {
            self.fresh = true;
            self.parts.push_back(Part::Cue(Cue::Sentence, source));
        }
    }
}
