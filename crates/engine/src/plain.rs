//! A clause's phonemes as a voice takes them: without flags, decomposed, with the mark at its end.

use std::{iter::Peekable, ops::Range};

use unicode_normalization::{UnicodeNormalization, char::decompose_canonical};

use crate::{Clause, Sentence};

/// Adds a clause to its sentence. `text` is what the phonemizer was given, and `before` how many bytes of the whole text
/// stand before it.
pub(crate) fn add_clause(sentence: &mut Sentence, clause: &Clause, text: &str, before: usize) {
    let kept = outside_flags(&clause.phonemes);
    let slices = kept.iter().filter_map(|range| clause.phonemes.get(range.clone()));
    let first = sentence.phonemes.len();
    let mark = clause.terminator;
    let space = mark.filter(|mark| matches!(mark, ',' | ':' | ';')).map(|_| ' ');
    sentence.phonemes.extend(slices.flat_map(str::chars).chain(mark).chain(space).nfd().map(String::from));

    let kept_chars = kept.iter().filter_map(|range| Some((range.start, clause.phonemes.get(range.clone())?)));
    let positions = kept_chars.flat_map(|(start, slice)| slice.char_indices().map(move |(at, c)| (start + at, c)));
    let mut counter = Counter::new(positions, first);
    for word in &clause.words {
        let phonemes = counter.at(word.phonemes.start)..counter.at(word.phonemes.end);
        // Whatever a phonemizer says, it is a piece of the text.
        if text.get(word.text.clone()).is_some() {
            sentence.add_word(phonemes, before + word.text.start..before + word.text.end);
        }
    }
}

/// What stands outside the flags of other languages, such as `(en)`: Piper's `\([^)]+\)`.
fn outside_flags(phonemes: &str) -> Vec<Range<usize>> {
    let find = |from: usize, what: char| Some(from + phonemes.get(from..)?.find(what)?);
    let mut kept = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(open) = find(at, '(')
        && let Some(close) = find(open, ')')
    {
        // "()" is no flag.
        at = open + 1;
        if close > at {
            kept.push(start..open);
            start = close + 1;
            at = start;
        }
    }
    kept.push(start..phonemes.len());
    kept
}

/// Counts the code points of decomposed characters up to places in them, one place after the other.
pub(crate) struct Counter<I: Iterator<Item = (usize, char)>> {
    characters: Peekable<I>,
    count: usize,
}

impl<I: Iterator<Item = (usize, char)>> Counter<I> {
    /// Counts from `first` on.
    pub(crate) fn new(characters: I, first: usize) -> Self {
        Self { characters: characters.peekable(), count: first }
    }

    /// How many stand before the byte `place`, or before the place asked for last if that is further.
    pub(crate) fn at(&mut self, place: usize) -> usize {
        while let Some((_, c)) = self.characters.next_if(|(at, _)| *at < place) {
            if c.is_ascii() {
                self.count += 1;
            } else {
                decompose_canonical(c, |_| self.count += 1);
            }
        }
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Word;
    use proptest::prelude::*;

    fn clause(phonemes: &str, words: &[(Range<usize>, Range<usize>)]) -> Clause {
        let words = words.iter().map(|(phonemes, text)| Word { phonemes: phonemes.clone(), text: text.clone() });
        Clause {
            phonemes: phonemes.into(),
            terminator: Some(','),
            ends_sentence: false,
            end: 0,
            words: words.collect(),
        }
    }

    #[test]
    fn words_keep_their_phonemes() {
        let phonemes = "(en)ç(fr) ab(de)c ";
        let clause = clause(phonemes, &[(0..10, 0..2), (11..18, 3..5), (18..19, 5..6), (19..40, 2..3), (0..3, 90..99)]);
        let mut sentence = Sentence::from(vec!["x".into()]);
        add_clause(&mut sentence, &clause, "ä bcdef", 100);
        assert_eq!(sentence.phonemes.concat(), "xc\u{327} abc , ");
        let words: Vec<_> = sentence.words.iter().map(|w| (w.phonemes.clone(), w.text.clone())).collect();
        // What has no phonemes, and what is no piece of the text, is left out.
        assert_eq!(words, [(1..3, 100..102), (4..7, 103..105), (7..8, 105..106)]);
    }

    proptest! {
        #[test]
        fn any_clause(phonemes in r"([()aé\u{301}]|\PC){0,20}", words in prop::collection::vec((0..30usize, 0..30usize, 0..20usize, 0..20usize), 0..6)) {
            let words: Vec<_> = words.into_iter().map(|(a, b, c, d)| (a..b, c..d)).collect();
            let text = "some é text";
            let mut sentence = Sentence::default();
            add_clause(&mut sentence, &clause(&phonemes, &words), text, 0);
            let mut at = 0;
            for word in &sentence.words {
                prop_assert!(word.phonemes.start >= at && !word.phonemes.is_empty() && text.get(word.text.clone()).is_some());
                at = word.phonemes.end;
            }
            prop_assert!(at <= sentence.phonemes.len());
        }
    }
}
