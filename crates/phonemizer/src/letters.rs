//! Kinds of letters: the groups that spelling rules ask for, and letters without their accents.

use crate::{
    chars::{self, CodePoint},
    language::{Letters, Options},
};

/// The groups `A B C H F G Y` of spelling rules, and vowels (`LETTERGP_…` in `translate.h`).
pub(crate) mod group {
    pub(crate) const A: u8 = 0;
    pub(crate) const B: u8 = 1;
    pub(crate) const C: u8 = 2;
    pub(crate) const VOWEL: u8 = 7;
}

/// The first letter in [`WITHOUT_ACCENT`].
const FIRST_ACCENTED: CodePoint = 0xc0;
/// The letter nearest to each from U+00C0 on, `.` for none (`remove_accent` in `dictionary.c`).
const WITHOUT_ACCENT: &[u8] = b"\
    aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty\
    aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll\
    lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs\
    bbbb..occdddddeeeffgghiikkllmnnoooooppy..ssttttuuuvyyzzzzzzz...w\
    tttkdddlllnnnaaiioouuuuuuuuuueaaaaaaggggkkoooozzjdddggwwnnaaaaoo\
    aaaaeeeeiiiioooorrrruuuussttyyhhndoozzaaeeooooooooyylntjdqacclts\
    z..buveejjqqrryyaaabocddeeeeee\
";

/// The plain letter of an accented one.
pub(crate) fn without_accent(c: CodePoint) -> Option<u8> {
    let index = c.checked_sub(FIRST_ACCENTED)?;
    WITHOUT_ACCENT.get(index as usize).copied().filter(|letter| *letter != b'.')
}

impl Letters {
    /// Whether a letter is of a group (`IsLetter`).
    pub(crate) fn is_in(&self, c: CodePoint, group: u8) -> bool {
        let Some(listed) = self.groups.get(usize::from(group)) else { return false };
        if let Some(letters) = listed {
            // The end of the text is in every list, as C's `wcschr` finds it.
            return c == 0 || char::from_u32(c).is_some_and(|c| letters.contains(&c));
        }
        let index = if self.offset > 0 {
            match c.checked_sub(self.offset) {
                Some(index @ 1..=0xff) => index,
                _ => return false,
            }
        } else if (FIRST_ACCENTED..FIRST_ACCENTED + WITHOUT_ACCENT.len() as u32).contains(&c) {
            without_accent(c).unwrap_or(0).into()
        } else {
            c
        };
        self.bits.get(index as usize).is_some_and(|bits| bits >> group & 1 != 0)
    }

    /// Whether a letter is a vowel (`IsVowel`).
    pub(crate) fn is_vowel(&self, c: CodePoint) -> bool {
        self.is_in(c, group::VOWEL)
    }
}

impl Options {
    /// The small letter of a capital one; the Turkish I has its own.
    pub(crate) fn lower(&self, c: CodePoint) -> CodePoint {
        if c == CodePoint::from('I') && self.dotless_i { 'ı'.into() } else { chars::lower(c) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_taken_off() {
        assert_eq!(WITHOUT_ACCENT.len(), 0x25e - 0xc0);
        assert_eq!(without_accent('é'.into()), Some(b'e'));
        assert_eq!(without_accent('ž'.into()), Some(b'z'));
        assert_eq!(without_accent('×'.into()), None);
        assert_eq!(without_accent('a'.into()), None);
    }
}
