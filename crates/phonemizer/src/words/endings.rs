//! Takes an ending off a word, and undoes what its spelling took from the stem (`RemoveEnding`).

use super::{LONGEST_BYTES, Line, Session, Tr};
use crate::{
    chars,
    dictionary::{asked, ending},
    letters::group,
};

/// English: endings of stems that have no `e` of their own, and of some that have one.
const WITHOUT_E: [&[u8]; 1] = [b"ion"];
const WITH_E: [&[u8]; 10] = [b"c", b"rs", b"ir", b"ur", b"ath", b"ns", b"u", b"spong", b"rang", b"larg"];

impl Session<'_> {
    /// Takes the ending of `end_type` off the word at `start`, which spaces replace. Gives the word as it was and what a look-up
    /// of the stem has to know.
    pub(super) fn remove_ending(&mut self, tr: &Tr, line: &mut Line, start: usize, end_type: u32) -> (Vec<u8>, u32) {
        let end = start + line.from(start).iter().position(|byte| *byte == b' ').unwrap_or(line.from(start).len());
        for at in start..end {
            if line.at(at) == b'E' {
                line.set(at, b'e');
            }
        }
        let word: Vec<u8> = line.slice(start, end.min(start + LONGEST_BYTES - 1)).to_vec();

        let mut stem_end = end;
        for _ in 0..end_type & 0x3f {
            stem_end = stem_end.saturating_sub(1);
            while stem_end >= start && line.at(stem_end) & 0xc0 == 0x80 {
                stem_end = stem_end.saturating_sub(1);
            }
        }
        let stem_end = stem_end.max(start);
        let removed = line.slice(stem_end, end).to_vec();
        for at in stem_end..end {
            line.set(at, b' ');
        }

        let mut taken = (end_type & 0xfff0) | asked::SUFFIX;
        let last = stem_end.wrapping_sub(1);
        if end_type & ending::Y_TO_I != 0 && line.at(last) == b'i' {
            line.set(last, b'y');
        }
        if end_type & ending::ADDED_E != 0 && self.lost_e(tr, line, start, last) {
            taken |= asked::SUFFIX_E_ADDED;
        }
        if taken & asked::SUFFIX_E_ADDED != 0 {
            let mut letter = Vec::new();
            chars::write(tr.language.options.suffix_add_e.into(), &mut letter);
            line.put(last.wrapping_add(1), &letter);
        }
        let memory = self.memory(tr);
        if end_type & ending::VERB != 0 && memory.expect_verb == 0 {
            memory.expect_verb = 1;
        }
        if removed == b"s" || removed == b"es" {
            taken |= asked::SUFFIX_S;
        }
        if removed.first() == Some(&b'\'') {
            taken &= !asked::SUFFIX;
        }
        (word, taken)
    }

    /// Whether the stem that ends at `last` lost a letter to the ending. A Dutch stem gets its second vowel back at once.
    fn lost_e(&self, tr: &Tr, line: &mut Line, start: usize, last: usize) -> bool {
        let letters = &tr.language.options.letters;
        // Only ASCII letters are looked at here.
        let at = |line: &Line, back: usize| match line.at(last.wrapping_sub(back)) {
            byte @ 1..0x80 => u32::from(byte),
            _ => u32::MAX,
        };
        let is = |c: u32, group: u8| c != u32::MAX && letters.is_in(c, group);
        let ends_in = |line: &Line, ending: &[u8]| line.slice(start, last.wrapping_add(1)).ends_with(ending);
        match tr.language.code.as_str() {
            "nl" => {
                let (c, before) = (at(line, 0), at(line, 1));
                if is(before, group::VOWEL) && is(c, group::C) && !is(at(line, 2), group::VOWEL) {
                    let (c, before) = (line.at(last), line.at(last.wrapping_sub(1)));
                    line.put(last, &[before, c, b' ']);
                }
                false
            }
            "en" if is(at(line, 1), group::VOWEL) && is(at(line, 0), group::B) => {
                !WITHOUT_E.iter().any(|ending| ends_in(line, ending))
            }
            "en" => WITH_E.iter().any(|ending| ends_in(line, ending)),
            _ => tr.language.options.suffix_add_e != '\0',
        }
    }
}
