//! The phonemes of a clause before their programs have run, and what is settled first: which of them are stressed, and
//! where tables switch.

use super::code;

/// Flags of [`Planned::flags`] (`SFLAG_…` in `synthesize.h`).
pub(crate) mod synth {
    pub(crate) const EMBEDDED: u16 = 0x02;
    /// A vowel, or a consonant that is a syllable.
    pub(crate) const SYLLABLE: u16 = 0x04;
    /// A length mark follows.
    pub(crate) const LENGTHEN: u16 = 0x08;
    /// The word's phonemes are from the dictionary's list.
    pub(crate) const DICTIONARY: u16 = 0x10;
    /// Belongs to another language than the text's.
    pub(crate) const SWITCHED_LANG: u16 = 0x20;
    /// The word has no stress but may get it.
    pub(crate) const PROMOTE_STRESS: u16 = 0x40;
}

/// Levels of stress (`STRESS_IS_…` in `synthesize.h`).
pub(super) mod level {
    pub(in crate::phonemes) const UNSTRESSED: u8 = 1;
    pub(in crate::phonemes) const SECONDARY: u8 = 3;
    pub(in crate::phonemes) const PRIMARY: u8 = 4;
}

/// One phoneme of a clause before the phoneme programs have run (`PHONEME_LIST2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Planned {
    pub(crate) code: u8,
    /// The level of stress.
    pub(crate) stress: u8,
    /// The code of a tone; at [`code::SWITCH`] the number of a table.
    pub(crate) tone: u8,
    /// See [`synth`].
    pub(crate) flags: u16,
    /// The highest level of stress in the word.
    pub(crate) word_stress: u8,
    /// Where the word stands in the text; 0 if this is not the start of a word.
    pub(crate) source: u16,
}

/// A phoneme that the voice says in place of another (`replace_phonemes` in `voices.c`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replacement {
    pub(crate) old: u8,
    /// 0 leaves the old one out.
    pub(crate) new: u8,
    /// Bits: 1 at the end of words, 2 in syllables without main stress, 4 at the start of words.
    pub(crate) when: u8,
}

impl Replacement {
    pub(super) const WORD_END: u8 = 1;
    pub(super) const NOT_STRESSED: u8 = 2;
    pub(super) const WORD_START: u8 = 4;
}

/// The number of pauses that end a clause.
pub(super) const FINAL_PAUSES: usize = 2;

/// If the last word has no main stress, the last that may get one before any other does.
pub(super) fn promote_stress(planned: &mut [Planned]) {
    /// Of a level of stress; the rest is a flag.
    const LEVEL: u8 = 0x7f;

    let end = planned.len().saturating_sub(FINAL_PAUSES);
    let last_word = planned[..end].iter().rposition(|phoneme| phoneme.source != 0).unwrap_or(0);
    if planned[last_word..end].iter().any(|phoneme| phoneme.stress & LEVEL >= level::PRIMARY) {
        return;
    }
    for phoneme in planned[..last_word].iter_mut().rev() {
        if phoneme.flags & synth::PROMOTE_STRESS != 0 {
            phoneme.stress = level::PRIMARY;
            return;
        }
        if phoneme.stress >= level::PRIMARY {
            return;
        }
    }
}

/// Marks what belongs to other languages than the clause's and drops switches to a table that is in use or is left at
/// once. Returns the table in use at the end.
pub(super) fn drop_switches(planned: &mut Vec<Planned>, table: u8) -> u8 {
    let mut current = table;
    let mut kept = 0;
    let mut dropped_source = 0;
    for at in 0..planned.len() {
        if current != table {
            planned[at].flags |= synth::SWITCHED_LANG;
        }
        let phoneme = planned[at];
        if kept < at {
            planned[kept] = phoneme;
            if dropped_source != 0 {
                planned[kept].source = dropped_source;
                // Not handed on once more if this one is dropped as well.
                dropped_source = 0;
            }
        }
        if phoneme.code == code::SWITCH && is_needless(&planned[at..], current) {
            dropped_source = phoneme.source;
        } else {
            kept += 1;
            if phoneme.code == code::SWITCH {
                current = phoneme.tone;
            }
        }
    }
    planned.truncate(kept);
    current
}

fn is_needless(from: &[Planned], current: u8) -> bool {
    let code = |ahead: usize| from.get(ahead).map(|phoneme| phoneme.code);
    let Some(switch) = from.first() else { return false };
    switch.flags & synth::EMBEDDED == 0
        && (switch.tone == current
            || code(1) == Some(code::SWITCH)
            || code(1) == Some(code::PAUSE) && code(2) == Some(code::SWITCH))
}
