//! A piece of a speech.

use std::ops::Range;

/// A phoneme and where it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedPhoneme {
    /// The phoneme as the voice's config writes it.
    pub phoneme: String,
    /// Its samples, counted from the start of the speech.
    pub samples: Range<u64>,
}

/// A word of the text and where it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedWord {
    /// Its bytes in the whole text.
    pub text: Range<usize>,
    /// Its samples, counted from the start of the speech.
    pub samples: Range<u64>,
}

/// A mark that a document of SSML sets, and when it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedMark {
    /// Its name.
    pub name: String,
    /// The sample before which it stands, counted from the start of the speech.
    pub sample: u64,
}

/// A piece of a speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Mono samples; full scale is 1.0.
    pub samples: Vec<f32>,
    /// Where the first of them stands in the speech.
    pub offset: u64,
    /// Which sentence of the speech this is, from 0; of silence, which one it follows.
    pub sentence: usize,
    /// The phonemes that sound in this chunk, with their whole ranges (one at a border is in both chunks), and those of
    /// no length that stand in it (each is in one chunk).
    pub phonemes: Vec<TimedPhoneme>,
    /// The words that sound in this chunk, by the same rule. None of a speech of phonemes or ids, nor where a phonemizer
    /// does not know them; a word of a sentence that was split inside it is there for each part.
    pub words: Vec<TimedWord>,
    /// The marks that are reached in this chunk: each is in one. One at the very end may come in a chunk without samples.
    pub marks: Vec<TimedMark>,
}
