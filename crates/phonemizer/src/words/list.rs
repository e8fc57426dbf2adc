//! Words in the language's list (`LookupDictList`, `Lookup`).

use super::{LONGEST_BYTES, Line, Session, Tr, Words};
use crate::{
    chars,
    dictionary::{Asked, Flags, asked, ending, first, second},
};

/// What the list has for a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// No phonemes; there may be flags.
    No,
    /// Phonemes.
    Phonemes,
    /// Other text to be said in its place.
    Text(Vec<u8>),
}

impl Listed {
    pub(super) fn found(&self) -> bool {
        *self == Listed::Phonemes
    }
}

/// The longest symbol whose repetitions are counted (`phonemes_repeat`).
const REPEATED: usize = 19;
/// So often a symbol is said in a row.
const MAX_REPEATS: u32 = 3;

impl Session<'_> {
    /// Looks up the word at `at`, maybe together with words after it. `flags` are those of the entry, or stay as they are.
    ///
    /// `taken` says what has been taken off the word ([`asked`], [`ending`]).
    pub(super) fn look_up(
        &mut self,
        tr: &Tr,
        line: &Line,
        at: usize,
        phonemes: &mut Vec<u8>,
        flags: &mut Flags,
        taken: u32,
        words: &Words,
    ) -> Listed {
        if let Some(length) = self.look_up_dotted(tr, line, at, phonemes, flags, taken, words) {
            flags[0] |= first::SKIPWORDS;
            self.skip_words = length as u32;
            return Listed::Phonemes;
        }

        let (mut word, after) = word_at(line, at);
        let mut found = self.entry(tr, &word, line, after, phonemes, flags, taken, words);
        self.limit_repeats(tr, phonemes, flags[0]);

        if !found && flags[1] & second::ACCENT != 0 {
            let name = word.strip_prefix(b"_").unwrap_or(&word);
            let (letter, _) = chars::read(name, 0);
            self.accented_letter(tr, letter, phonemes);
            found = true;
        }
        if !found && word.len() >= 2 {
            phonemes.clear();
            let last_two = word.last_chunk::<2>().copied().unwrap_or_default();
            let added_e = taken & asked::SUFFIX_E_ADDED != 0 && last_two[1] == b'e';
            if added_e || (taken & ending::DOUBLED != 0 && last_two[0] == last_two[1]) {
                word.pop();
                found = self.entry(tr, &word, line, after, phonemes, flags, taken, words);
            }
        }
        if !found {
            phonemes.clear();
            return Listed::No;
        }
        if tr.language.options.textmode {
            flags[0] ^= first::TEXTMODE;
        }
        if flags[0] & first::TEXTMODE == 0 {
            return Listed::Phonemes;
        }
        let mut text = std::mem::take(phonemes);
        if taken & asked::ALLOW_TEXTMODE == 0 {
            return Listed::No;
        }
        text.push(b' ');
        Listed::Text(text)
    }

    /// An abbreviation of the form `a . b . c`: looked up as `a.b.c`; gives the length of what has dots.
    fn look_up_dotted(
        &mut self,
        tr: &Tr,
        line: &Line,
        at: usize,
        phonemes: &mut Vec<u8>,
        flags: &mut Flags,
        taken: u32,
        words: &Words,
    ) -> Option<usize> {
        let mut word = Vec::new();
        let mut from = at;
        loop {
            let length = first_length(line.at(from));
            if line.at(from + length) != b' ' || line.at(from + length + 1) != b'.' {
                break;
            }
            if word.len() + 1 > LONGEST_BYTES {
                return None;
            }
            word.extend_from_slice(line.slice(from, from + length));
            word.push(b'.');
            from += length + 3;
        }
        let dotted = word.len();
        let rest = line.slice(from, line.word_end(from));
        if dotted == 0 || dotted + rest.len() + 1 > LONGEST_BYTES {
            return None;
        }
        word.extend_from_slice(rest);
        self.entry(tr, &word, line, from, phonemes, flags, taken, words).then_some(dotted)
    }

    /// The entry for a word: whether it has phonemes, or text.
    fn entry(
        &mut self,
        tr: &Tr,
        word: &[u8],
        line: &Line,
        after: usize,
        phonemes: &mut Vec<u8>,
        flags: &mut Flags,
        taken: u32,
        words: &Words,
    ) -> bool {
        let memory = &self.memories[tr.role as usize];
        let asked = Asked {
            effort: &self.effort,
            after: line.from(after),
            clause_left: line.clause_end.map(|end| end.saturating_sub(after)),
            taken,
            word_flags: words.flags(0),
            symbol: flags[1] & second::LOOKUP_SYMBOL != 0,
            sentence: self.sentence,
            verb: memory.expect_verb > 0,
            verb_s: memory.expect_verb_s > 0,
            past: memory.expect_past > 0,
            noun: memory.expect_noun > 0,
            foreign: tr.role != super::Role::Main,
            previous: memory.previous[0],
        };
        phonemes.clear();
        let Some(entry) = tr.dictionary.entry(word, &tr.language.options, &tr.language.code, &asked) else {
            return false;
        };
        if entry.skip_words > 0 {
            self.skip_words = entry.skip_words;
        }
        *flags = entry.flags;
        phonemes.extend_from_slice(entry.phonemes);
        !entry.phonemes.is_empty()
    }

    /// A symbol that stands many times in a row is said three times.
    fn limit_repeats(&mut self, tr: &Tr, phonemes: &mut Vec<u8>, flags: u32) {
        let memory = self.memory(tr);
        if flags & first::MAX3 == 0 {
            memory.repeats = 0;
        } else if memory.repeated == *phonemes {
            memory.repeats += 1;
            if memory.repeats > MAX_REPEATS {
                phonemes.clear();
            }
        } else {
            memory.repeated = phonemes.get(..REPEATED).unwrap_or(phonemes).to_vec();
            memory.repeats = 1;
        }
    }

    /// The phonemes of a symbol or a part of a number, such as `_0C`. Gives the entry's flags, 0 if there is none.
    pub(super) fn look_up_symbol(&mut self, tr: &Tr, symbol: &[u8], phonemes: &mut Vec<u8>) -> u32 {
        let (line, at) = Line::of(symbol);
        self.look_up_symbol_in(tr, &line, at, phonemes)
    }

    /// The same for a symbol that stands in a line.
    pub(super) fn look_up_symbol_in(&mut self, tr: &Tr, line: &Line, at: usize, phonemes: &mut Vec<u8>) -> u32 {
        let mut flags = [0, second::LOOKUP_SYMBOL];
        let listed = self.look_up(tr, line, at, phonemes, &mut flags, asked::ALLOW_TEXTMODE, &Words::none());
        match listed {
            Listed::Phonemes => flags[0],
            Listed::No => 0,
            Listed::Text(text) => {
                let (mut line, at) = Line::of(&text);
                let flags = self.translate_word(tr, &mut line, at, &mut Words::none(), None);
                phonemes.clone_from(&self.phonemes);
                flags
            }
        }
    }

    /// The flags that the list has for a word (`LookupFlags`).
    pub(super) fn look_up_flags(&mut self, tr: &Tr, word: &[u8]) -> Flags {
        let (mut line, at) = Line::of(word);
        line.bytes.push(b' ');
        let mut flags = [0, 0];
        self.look_up(tr, &line, at, &mut Vec::new(), &mut flags, 0, &Words::none());
        flags
    }
}

/// A word as it is looked up, and where the text goes on after it. A number does not take its dot with it.
fn word_at(line: &Line, at: usize) -> (Vec<u8>, usize) {
    let mut word = Vec::with_capacity(16);
    let mut next = at;
    while word.len() < LONGEST_BYTES - 1 {
        let c = line.at(next);
        next += 1;
        let after_digit = word.last().is_some_and(u8::is_ascii_digit);
        if c == 0 || c == b' ' || (c == b'.' && after_digit) {
            break;
        }
        word.push(c);
    }
    (word, next)
}

/// The length of a character by its first byte (`utf8_nbytes`).
fn first_length(byte: u8) -> usize {
    match byte {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}
