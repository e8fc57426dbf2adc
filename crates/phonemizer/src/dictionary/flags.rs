//! What a dictionary says of a word besides its phonemes, and what is passed to a look-up (`FLAG_…`, `SUFX_…` in `translate.h`).

/// The two words of flags that a look-up gives.
pub(crate) type Flags = [u32; 2];

/// Flags of the first word. Bits 0 to 3 are the number of the stressed syllable.
pub(crate) mod first {
    pub(crate) const SKIPWORDS: u32 = 0x80;
    pub(crate) const PREPAUSE: u32 = 0x100;
    pub(crate) const STRESS_END: u32 = 0x200;
    pub(crate) const STRESS_END2: u32 = 0x400;
    pub(crate) const UNSTRESS_END: u32 = 0x800;
    pub(crate) const ACCENT_BEFORE: u32 = 0x1000;
    /// Made while a word is translated: say it letter by letter.
    pub(crate) const SPELLWORD: u32 = 0x1000;
    pub(crate) const ABBREV: u32 = 0x2000;
    pub(crate) const DOUBLING: u32 = 0x4000;
    pub(crate) const ALT: u32 = 0x8000;
    pub(crate) const ALT2: u32 = 0x1_0000;
    pub(crate) const ALT3: u32 = 0x2_0000;
    pub(crate) const ALT7: u32 = 0x20_0000;
    pub(crate) const COMBINE: u32 = 0x80_0000;
    pub(crate) const ALLOW_DOT: u32 = 0x100_0000;
    pub(crate) const NEEDS_DOT: u32 = 0x200_0000;
    pub(crate) const WAS_UNPRONOUNCABLE: u32 = 0x400_0000;
    pub(crate) const MAX3: u32 = 0x800_0000;
    pub(crate) const PAUSE1: u32 = 0x1000_0000;
    pub(crate) const TEXTMODE: u32 = 0x2000_0000;
    pub(crate) const FOUND_ATTRIBUTES: u32 = 0x4000_0000;
    pub(crate) const FOUND: u32 = 0x8000_0000;
    /// The bit of `$alt` less one.
    pub(crate) const ALT_BIT: u32 = 14;
}

/// Flags of the second word.
pub(crate) mod second {
    pub(crate) const VERBF: u32 = 0x1;
    pub(crate) const VERBSF: u32 = 0x2;
    pub(crate) const NOUNF: u32 = 0x4;
    pub(crate) const PASTF: u32 = 0x8;
    pub(crate) const VERB: u32 = 0x10;
    pub(crate) const NOUN: u32 = 0x20;
    pub(crate) const PAST: u32 = 0x40;
    pub(crate) const VERB_EXT: u32 = 0x100;
    pub(crate) const CAPITAL: u32 = 0x200;
    pub(crate) const ALLCAPS: u32 = 0x400;
    pub(crate) const ACCENT: u32 = 0x800;
    pub(crate) const SENTENCE: u32 = 0x2000;
    pub(crate) const ONLY: u32 = 0x4000;
    pub(crate) const ONLY_S: u32 = 0x8000;
    pub(crate) const STEM: u32 = 0x1_0000;
    pub(crate) const ATEND: u32 = 0x2_0000;
    pub(crate) const ATSTART: u32 = 0x4_0000;
    pub(crate) const NATIVE: u32 = 0x8_0000;
    /// Set by the caller: a symbol or a part of a number is looked up.
    pub(crate) const LOOKUP_SYMBOL: u32 = 0x4000_0000;
}

/// What has been taken off a word, and how (`SUFX_…`); the low bits are the length.
pub(crate) mod ending {
    pub(crate) const ADDED_E: u32 = 0x100;
    pub(crate) const Y_TO_I: u32 = 0x200;
    pub(crate) const PREFIX: u32 = 0x400;
    pub(crate) const VERB: u32 = 0x800;
    pub(crate) const DOUBLED: u32 = 0x1000;
    pub(crate) const VERB_FOLLOWS: u32 = 0x2000;
    pub(crate) const NOT_AGAIN: u32 = 0x4000;
    pub(crate) const UNPRONOUNCABLE: u32 = 0x8000;
    pub(crate) const KEEP_STRESS: u32 = 0x1_0000;
    pub(crate) const BREAK: u32 = 0x2_0000;
    pub(crate) const VOWEL: u32 = 0x4_0000;
    pub(crate) const MORE: u32 = 0x8_0000;
}

/// What the caller of a look-up allows or has done (`FLAG_SUFX…`); in the low bits beside [`ending`].
pub(crate) mod asked {
    pub(crate) const ALLOW_TEXTMODE: u32 = 0x2;
    pub(crate) const SUFFIX: u32 = 0x4;
    pub(crate) const SUFFIX_S: u32 = 0x8;
    pub(crate) const SUFFIX_E_ADDED: u32 = 0x10;
}

/// Flags of a word in the text (`wordflags`).
pub(crate) mod word {
    pub(crate) const ALL_UPPER: u32 = 0x1;
    pub(crate) const FIRST_UPPER: u32 = 0x2;
    pub(crate) const UPPERS: u32 = 0x3;
    pub(crate) const HAS_PLURAL: u32 = 0x4;
    pub(crate) const LAST_WORD: u32 = 0x10;
    pub(crate) const HYPHEN: u32 = 0x80;
    pub(crate) const NOSPACE: u32 = 0x100;
    pub(crate) const FIRST_WORD: u32 = 0x200;
    pub(crate) const DONT_SWITCH: u32 = 0x1000;
    pub(crate) const SUFFIX_REMOVED: u32 = 0x2000;
    pub(crate) const HYPHEN_AFTER: u32 = 0x4000;
    pub(crate) const ORDINAL: u32 = 0x8000;
    pub(crate) const HAS_DOT: u32 = 0x1_0000;
    pub(crate) const MULTIPLE_SPACES: u32 = 0x4_0000;
    pub(crate) const INDIVIDUAL_DIGITS: u32 = 0x8_0000;
    pub(crate) const DELETE_WORD: u32 = 0x10_0000;
    pub(crate) const CHAR_REPLACED: u32 = 0x20_0000;
    pub(crate) const TRANSLATOR2: u32 = 0x40_0000;
    pub(crate) const PREFIX_REMOVED: u32 = 0x80_0000;
    pub(crate) const SUFFIX_VOWEL: u32 = 0x800_0000;
    pub(crate) const NO_PREFIX: u32 = 0x2000_0000;
    pub(crate) const UNPRON_TEST: u32 = 0x8000_0000;
}
