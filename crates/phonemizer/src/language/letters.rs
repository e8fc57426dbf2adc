//! Which letters are vowels, soft, voiced, …, as the rules of a language ask.

use std::ops::RangeInclusive;

use super::options::Letters;

/// The kinds of letters, by their bit in [`Letters::bits`] and their place in [`Letters::groups`] (`LETTERGP_…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Mostly vowels.
    A,
    /// Mostly hard consonants.
    B,
    /// Mostly all consonants.
    C,
    /// Mostly soft consonants.
    H,
    /// Mostly voiceless consonants.
    F,
    /// Mostly voiced consonants.
    G,
    /// Mostly front vowels.
    Y,
    /// Vowels where it matters whether a word can be pronounced.
    Vowels,
}

impl Group {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Letters {
    /// No letter is of any kind yet; they will be counted from `offset`.
    pub(super) fn from(offset: u32) -> Self {
        Self { bits: [0; 256], offset, groups: [None; 8] }
    }

    /// What most languages in Latin letters begin with.
    pub(super) fn latin() -> Self {
        Self::from(0)
            .with(Group::A, "aeiou")
            .with(Group::B, "bcdfgjklmnpqstvxz")
            .with(Group::C, "bcdfghjklmnpqrstvwxz")
            .with(Group::H, "hlmnr")
            .with(Group::F, "cfhkpqstx")
            .with(Group::G, "bdgjlmnrvwyz")
            .with(Group::Y, "eiy")
            .with(Group::Vowels, "aeiouy")
    }

    /// The bits of the Latin letters, but counted from elsewhere: what espeak-ng is left with in languages of another
    /// script that say nothing of their letters.
    pub(super) fn latin_at(offset: u32) -> Self {
        Self { offset, ..Self::latin() }
    }

    /// Letters join a group.
    pub(super) fn with(self, group: Group, letters: &str) -> Self {
        letters.chars().fold(self, |all, letter| all.with_range(group, letter..=letter))
    }

    /// Letters join a group, all from the first to the last.
    pub(super) fn with_range(mut self, group: Group, letters: RangeInclusive<char>) -> Self {
        for letter in letters {
            if let Some(bits) = self.bits_of(letter) {
                *bits |= group.bit();
            }
        }
        self
    }

    /// No letter is in this group any more.
    pub(super) fn without(mut self, group: Group) -> Self {
        for bits in &mut self.bits {
            *bits &= !group.bit();
        }
        self
    }

    /// Letters become vowels and nothing else; those in group Y stay there.
    pub(super) fn with_vowels(mut self, letters: &str) -> Self {
        for letter in letters.chars() {
            if let Some(bits) = self.bits_of(letter) {
                *bits = *bits & Group::Y.bit() | Group::A.bit() | Group::Vowels.bit();
            }
        }
        self
    }

    /// Lists the letters of a group one by one.
    pub(super) fn listed(mut self, group: Group, letters: &'static [char]) -> Self {
        self.groups[group as usize] = Some(letters);
        self
    }

    fn bits_of(&mut self, letter: char) -> Option<&mut u8> {
        let index = u32::from(letter).checked_sub(self.offset)?;
        self.bits.get_mut(index as usize)
    }
}
