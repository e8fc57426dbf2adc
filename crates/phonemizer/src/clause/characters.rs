//! Characters that a language reads as others: its `.replace` rules, Hangul syllables, Dutch contractions
//! (`TranslateChar`, `SubstituteChar`).

use crate::{
    chars::{self, CodePoint, is_alphabetic, is_space, is_upper, upper},
    words::Translator,
};

/// To espeak-ng it means a character that is to be ignored.
const BACKSPACE: u32 = 8;

const HANGUL: std::ops::RangeInclusive<u32> = 0xac00..=0xd7af;
/// The number of the silent initial letter of a Hangul syllable.
const SILENT: u32 = 11;
/// First code point of the compatibility letters, and the letter that each is, from U+1100 on.
const COMPATIBILITY: u32 = 0x3130;
const LETTERS: [u8; 0x34] = [
    0, 0x00, 0x01, 0xaa, 0x02, 0xac, 0xad, 0x03, 0x04, 0x05, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb4, 0xb6, 0x06, 0x07,
    0x08, 0xb9, 0x09, 0x0a, 0xbc, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67,
    0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75,
];

/// Replaces the characters of a clause.
pub(super) struct Characters<'t> {
    translator: &'t Translator,
    /// How many characters belong to the one before.
    ignored: usize,
    replaced: bool,
}

impl<'t> Characters<'t> {
    pub(super) fn new(translator: &'t Translator) -> Self {
        Self { translator, ignored: 0, replaced: false }
    }

    /// Whether a rule has changed the last character.
    pub(super) fn replaced(&self) -> bool {
        self.replaced
    }

    /// What a character is read as, and a character that comes after it; none if it is left out. `rest` is the text after it.
    pub(super) fn replace(&mut self, c: u32, previous: u32, next: u32, rest: &[u8]) -> Option<(u32, Option<u32>)> {
        self.replaced = false;
        if c == BACKSPACE {
            return None;
        }
        if HANGUL.contains(&c) {
            return Some(first_of_hangul(c));
        }
        if let Some(letter) = c.checked_sub(COMPATIBILITY).and_then(|index| LETTERS.get(index as usize)) {
            return Some((u32::from(*letter) + 0x1100, None));
        }
        if self.translator.language.code == "nl" && c == CodePoint::from('\'') && !is_alphabetic(previous) {
            // 'n and 't
            let (after, _) = chars::read(rest, 1);
            if is_space(after) && matches!(char::from_u32(next), Some('n' | 't')) {
                return Some(('ə'.into(), None));
            }
        }
        self.by_rule(c, next, rest)
    }

    fn by_rule(&mut self, c: u32, next: u32, rest: &[u8]) -> Option<(u32, Option<u32>)> {
        if self.ignored > 0 {
            self.ignored -= 1;
            return None;
        }
        let capital = is_upper(c);
        let options = &self.translator.language.options;
        let sought = if capital { options.lower(c) } else { c };
        let mut at = 0;
        while let Some((from, to, next_rule)) = self.translator.dictionary.replacement(at) {
            at = next_rule;
            let (first, length) = chars::read(from, 0);
            if c == 0 || first != sought {
                continue;
            }
            let more = from.get(length..).unwrap_or_default();
            let Some(count) = matching(more, rest, |c| options.lower(c)) else { continue };
            self.ignored = count;
            self.replaced = true;
            let (new, length) = chars::read(to, 0);
            let second = to.get(length..).filter(|second| !second.is_empty()).map(|second| {
                let second = chars::read(second, 0).0;
                if capital && is_upper(next) { upper(second) } else { second }
            });
            return Some((if capital { upper(new) } else { new }, second));
        }
        Some((c, None))
    }
}

/// How many characters of the text are those that a rule goes on with.
fn matching(wanted: &[u8], text: &[u8], lower: impl Fn(u32) -> u32) -> Option<usize> {
    let (mut wanted_at, mut text_at, mut count) = (0, 0, 0);
    while wanted_at < wanted.len() {
        let (expected, length) = chars::read(wanted, wanted_at);
        let (c, text_length) = chars::read(text, text_at);
        if lower(c) != expected {
            return None;
        }
        wanted_at += length;
        text_at += text_length;
        count += 1;
    }
    Some(count)
}

/// The first letter of a Hangul syllable, and what is left of it.
fn first_of_hangul(syllable: u32) -> (u32, Option<u32>) {
    let index = syllable - HANGUL.start();
    let (initial, medial, last) = (index / 28 / 21, index / 28 % 21, index % 28);
    if initial == SILENT {
        return (medial + 0x1161, (last > 0).then_some(last + 0x11a7));
    }
    (initial + 0x1100, Some((SILENT * 21 + medial) * 28 + last + HANGUL.start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hangul_syllable_is_its_letters() {
        // 한: ㅎ, ㅏ, ㄴ
        let (first, rest) = first_of_hangul('한'.into());
        assert_eq!(first, 0x1112);
        assert_eq!(first_of_hangul(rest.unwrap()), (0x1161, Some(0x11ab)));
    }
}
