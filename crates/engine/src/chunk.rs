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

/// A piece of a speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Mono samples; full scale is 1.0.
    pub samples: Vec<f32>,
    /// Where the first of them stands in the speech.
    pub offset: u64,
    /// Which sentence of the speech this is, from 0.
    pub sentence: usize,
    /// The phonemes that sound in this chunk, with their whole ranges (one at a border is in both chunks), and those of
    /// no length that stand in it (each is in one chunk).
    pub phonemes: Vec<TimedPhoneme>,
}
