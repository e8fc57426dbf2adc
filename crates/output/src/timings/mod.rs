//! When words and phonemes sound.

mod subtitles;

use chanter_engine::Chunk;
use serde::Serialize;

pub use subtitles::{SubtitleFormat, Subtitles};

/// A word or a phoneme, and when it sounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timed {
    /// The word as it stands in the text; the phoneme as the voice's config writes it.
    pub text: String,
    /// Of a word, its bytes in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<[usize; 2]>,
    /// Its first sample, and the one after its last, counted from the start of the speech.
    pub samples: [u64; 2],
    /// The same in seconds.
    pub start: f64,
    /// The same in seconds.
    pub end: f64,
}

/// What begins in a chunk: each word and phoneme of a speech is in one of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Timings {
    /// The words that begin in it.
    pub words: Vec<Timed>,
    /// The phonemes that begin in it, those of no length too.
    pub phonemes: Vec<Timed>,
    /// The marks of a document that it reaches, by their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Timed>,
}

impl Timings {
    /// Adds those of what follows.
    pub fn extend(&mut self, next: Self) {
        self.words.extend(next.words);
        self.phonemes.extend(next.phonemes);
        self.marks.extend(next.marks);
    }
}

/// Those of a whole speech.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WholeTimings {
    /// Samples a second.
    pub sample_rate: u32,
    /// Of all the speech.
    pub samples: u64,
    /// All of it.
    #[serde(flatten)]
    pub timings: Timings,
}

/// Reads timings from a speech's chunks.
#[derive(Debug, Clone)]
pub struct Clock {
    text: String,
    /// Samples a second of the voice, and of what is heard.
    rates: (u32, u32),
}

impl Clock {
    /// For a speech of this text by a voice of one rate, which is sent at another, in Hz.
    pub fn new(text: impl Into<String>, voice_rate: u32, rate: u32) -> Self {
        Self { text: text.into(), rates: (voice_rate.max(1), rate.max(1)) }
    }

    /// What begins in a chunk.
    pub fn timings(&self, chunk: &Chunk) -> Timings {
        // Of those at a border, which are in both chunks, each begins in one. What has no length is in one chunk anyway.
        let begins = |samples: &std::ops::Range<u64>| samples.is_empty() || samples.start >= chunk.offset;
        let words = chunk.words.iter().filter(|word| begins(&word.samples)).map(|word| {
            let text = self.text.get(word.text.clone()).unwrap_or_default();
            self.timed(text, Some([word.text.start, word.text.end]), [word.samples.start, word.samples.end])
        });
        let phonemes = chunk.phonemes.iter().filter(|phoneme| begins(&phoneme.samples));
        let phonemes = phonemes.map(|p| self.timed(&p.phoneme, None, [p.samples.start, p.samples.end]));
        let marks = chunk.marks.iter().map(|mark| self.timed(&mark.name, None, [mark.sample; 2]));
        Timings { words: words.collect(), phonemes: phonemes.collect(), marks: marks.collect() }
    }

    /// A number of the voice's samples, in samples of what is heard.
    pub fn samples(&self, samples: u64) -> u64 {
        let (from, to) = self.rates;
        (samples * u64::from(to) + u64::from(from) / 2) / u64::from(from)
    }

    /// The text that is spoken.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn timed(&self, text: &str, bytes: Option<[usize; 2]>, samples: [u64; 2]) -> Timed {
        let [start, end] = samples.map(|at| at as f64 / f64::from(self.rates.0)).map(milliseconds);
        Timed { text: text.to_owned(), bytes, samples: samples.map(|at| self.samples(at)), start, end }
    }
}

/// Rounded, so that no digits are written that say nothing: 0.1 ms.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use chanter_engine::{TimedPhoneme, TimedWord};

    use super::*;

    fn chunk(offset: u64, samples: usize) -> Chunk {
        let phoneme = |phoneme: &str, samples| TimedPhoneme { phoneme: phoneme.into(), samples };
        let word = |text, samples| TimedWord { text, samples };
        let all = [phoneme("a", 0..100), phoneme("_", 100..100), phoneme("b", 100..300)];
        let end = offset + samples as u64;
        let sounds = |s: &std::ops::Range<u64>| {
            if s.is_empty() { (offset..end).contains(&s.start) } else { s.start < end && s.end > offset }
        };
        let words = [word(0..2, 0..100), word(3..6, 100..300)];
        Chunk {
            samples: vec![0.0; samples],
            offset,
            sentence: 0,
            phonemes: all.into_iter().filter(|p| sounds(&p.samples)).collect(),
            words: words.into_iter().filter(|w| sounds(&w.samples)).collect(),
            marks: Vec::new(),
        }
    }

    #[test]
    fn each_is_told_once_and_where_it_sounds() {
        let clock = Clock::new("An ant.", 1000, 2000);
        let mut all = Timings::default();
        for chunk in [chunk(0, 150), chunk(150, 100), chunk(250, 50)] {
            let timings = clock.timings(&chunk);
            all.words.extend(timings.words);
            all.phonemes.extend(timings.phonemes);
        }
        let words: Vec<_> = all.words.iter().map(|w| (w.text.as_str(), w.bytes.unwrap(), w.samples, w.start)).collect();
        assert_eq!(words, [("An", [0, 2], [0, 200], 0.0), ("ant", [3, 6], [200, 600], 0.1)]);
        let phonemes: Vec<_> = all.phonemes.iter().map(|p| (p.text.as_str(), p.samples)).collect();
        assert_eq!(phonemes, [("a", [0, 200]), ("_", [200, 200]), ("b", [200, 600])]);
    }
}
