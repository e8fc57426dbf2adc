//! What a word makes the next ones expect, and vowels that depend on an attribute of the word.

use super::{Memory, Session};
use crate::{
    dictionary::{Flags, first, second},
    language::Options,
    phonemes::code,
};

impl Memory {
    /// Which forms the words after one with these flags are likely to have; it is a word if `word` says so.
    pub(super) fn expect_after(&mut self, flags: &Flags, verb_suffix: bool, word: bool) {
        if verb_suffix {
            self.expect_verb = 2;
            self.expect_verb_s = 2;
        }
        let has = |flag: u32| flags[1] & flag != 0;
        if has(second::PASTF) {
            self.expect_past = 3;
            self.expect_verb = 0;
            self.expect_noun = 0;
        } else if has(second::VERBF) {
            self.expect_verb = 2;
            self.expect_verb_s = 0;
            self.expect_noun = 0;
        } else if has(second::VERBSF) {
            self.expect_verb = 0;
            self.expect_verb_s = 2;
            self.expect_past = 0;
            self.expect_noun = 0;
        } else if has(second::NOUNF) {
            self.expect_noun = 2;
            self.expect_verb = 0;
            self.expect_verb_s = 0;
            self.expect_past = 0;
        }
        if word && !has(second::VERB_EXT) {
            let all = [&mut self.expect_verb, &mut self.expect_verb_s, &mut self.expect_noun, &mut self.expect_past];
            for count in all {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// At the start of a clause nothing is expected.
    pub(crate) fn begin_clause(&mut self) {
        *self = Self { repeated: std::mem::take(&mut self.repeated), ..Self::default() };
    }
}

impl Session<'_> {
    /// `$alt` opens a stressed e or o, `$alt2` closes it (`ApplySpecialAttribute2`).
    pub(super) fn open_or_close_vowel(&mut self, options: &Options, flags: &Flags) {
        if options.alt & 2 == 0 || flags[0] & (first::ALT | first::ALT2) == 0 {
            return;
        }
        let table = self.table();
        let swaps = [(b'e', b'E'), (b'o', b'O')].map(|(closed, open)| {
            let codes = [closed, open].map(|letter| table.code_of(letter.into()));
            if flags[0] & first::ALT2 != 0 { (codes[1], codes[0]) } else { (codes[0], codes[1]) }
        });
        let Some(mark) = self.phonemes.iter().position(|phoneme| *phoneme == code::STRESS_P) else { return };
        for (from, to) in swaps {
            if let Some(vowel) = self.phonemes.get_mut(mark + 1).filter(|vowel| **vowel == from) {
                *vowel = to;
            }
        }
    }
}
