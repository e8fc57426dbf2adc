//! A sentence as its phonemes, and the words that they came from.

use std::ops::Range;

/// A word: where it stands in the text, and its phonemes.
///
/// What `phonemes` counts is said where the word stands: bytes in a [`Clause`](crate::Clause), phonemes in a
/// [`Sentence`], spans in [`PhonemeIds`](crate::PhonemeIds).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its phonemes.
    pub phonemes: Range<usize>,
    /// Its bytes in the text.
    pub text: Range<usize>,
}

/// The phonemes of a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentence {
    /// The phonemes, one string each.
    pub phonemes: Vec<String>,
    /// The words that they came from, as far as that is known, in order: ranges of `phonemes`, none of them empty, and
    /// bytes of the whole text.
    pub words: Vec<Word>,
}

impl From<Vec<String>> for Sentence {
    /// A sentence of which the words are not known.
    fn from(phonemes: Vec<String>) -> Self {
        Self { phonemes, words: Vec::new() }
    }
}

impl Sentence {
    /// Adds a word, unless it has no phonemes.
    pub(crate) fn add_word(&mut self, phonemes: Range<usize>, text: Range<usize>) {
        if !phonemes.is_empty() {
            self.words.push(Word { phonemes, text });
        }
    }

    /// Goes on with another sentence.
    pub(crate) fn append(&mut self, mut other: Self) {
        let before = self.phonemes.len();
        self.phonemes.append(&mut other.phonemes);
        for Word { phonemes, text } in other.words {
            self.words.push(Word { phonemes: before + phonemes.start..before + phonemes.end, text });
        }
    }

    /// Parts of so many phonemes each, which are all of them. A word that is cut is in each part that has some of it.
    pub(crate) fn cut(self, lengths: &[usize]) -> Vec<Self> {
        let mut phonemes = self.phonemes.into_iter();
        let mut start = 0;
        let part = |&length: &usize| {
            let (from, to) = (start, start + length);
            start = to;
            let mut part = Self::from(phonemes.by_ref().take(length).collect::<Vec<_>>());
            for Word { phonemes, text } in &self.words {
                let inside = phonemes.start.clamp(from, to) - from..phonemes.end.clamp(from, to) - from;
                part.add_word(inside, text.clone());
            }
            part
        };
        lengths.iter().map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(phonemes: &str, words: &[(Range<usize>, Range<usize>)]) -> Sentence {
        let words = words.iter().map(|(phonemes, text)| Word { phonemes: phonemes.clone(), text: text.clone() });
        Sentence { phonemes: phonemes.chars().map(String::from).collect(), words: words.collect() }
    }

    #[test]
    fn appended_words_move() {
        let mut one = sentence("ab c", &[(0..2, 0..5), (3..4, 6..7)]);
        one.append(sentence(" d", &[(1..2, 9..12)]));
        assert_eq!(one, sentence("ab c d", &[(0..2, 0..5), (3..4, 6..7), (5..6, 9..12)]));
    }

    #[test]
    fn a_word_that_is_cut_is_in_both_parts() {
        let whole = sentence("abc de", &[(0..3, 0..3), (4..6, 4..6)]);
        let parts = whole.cut(&[2, 2, 2]);
        assert_eq!(
            parts,
            [sentence("ab", &[(0..2, 0..3)]), sentence("c ", &[(0..1, 0..3)]), sentence("de", &[(0..2, 4..6)])]
        );
    }
}
