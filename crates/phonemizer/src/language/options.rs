//! What differs between languages besides their data: espeak-ng's `LANGUAGE_OPTIONS` and the parts of its `Translator`
//! that text to phonemes needs (`translate.h`, `tr_languages.c` of 1.52).

/// Flags of [`Options::stress_flags`] (`S_…` in `translate.h`).
pub(crate) mod stress_flags {
    /// No diminished stress.
    pub(crate) const NO_DIM: u32 = 0x02;
    pub(crate) const FINAL_DIM: u32 = 0x04;
    pub(crate) const FINAL_DIM_ONLY: u32 = 0x06;
    /// Of unstressed words in a row, vowels are diminished.
    pub(crate) const UNSTRESSED_DIM: u32 = 0x08;
    pub(crate) const FINAL_NO_2: u32 = 0x10;
    pub(crate) const NO_AUTO_2: u32 = 0x20;
    pub(crate) const TO_HEAVY_2: u32 = 0x40;
    pub(crate) const FIRST_PRIMARY: u32 = 0x80;
    pub(crate) const FINAL_VOWEL_UNSTRESSED: u32 = 0x100;
    pub(crate) const FINAL_SPANISH: u32 = 0x200;
    pub(crate) const TWO_SYLLABLES_2: u32 = 0x1000;
    pub(crate) const INITIAL_2: u32 = 0x2000;
    /// Stress to the first unstressed syllable.
    pub(crate) const FIRST_UNSTRESSED: u32 = 0x8000;
    pub(crate) const MID_DIM: u32 = 0x1_0000;
    pub(crate) const PRIORITY_STRESS: u32 = 0x2_0000;
    pub(crate) const FINAL_LONG: u32 = 0x8_0000;
    pub(crate) const HYPHEN_UNSTRESS: u32 = 0x10_0000;
}

/// Flags of [`Options::numbers`] (`NUM_…`).
pub(crate) mod numbers {
    pub(crate) const DEFAULT: u32 = 0x1;
    pub(crate) const THOUS_SPACE: u32 = 0x4;
    pub(crate) const DECIMAL_COMMA: u32 = 0x8;
    pub(crate) const SWAP_TENS: u32 = 0x10;
    pub(crate) const AND_UNITS: u32 = 0x20;
    pub(crate) const HUNDRED_AND: u32 = 0x40;
    pub(crate) const SINGLE_AND: u32 = 0x80;
    pub(crate) const SINGLE_STRESS: u32 = 0x100;
    pub(crate) const SINGLE_VOWEL: u32 = 0x200;
    pub(crate) const OMIT_1_HUNDRED: u32 = 0x400;
    pub(crate) const YEARS_1900: u32 = 0x800;
    pub(crate) const ALLOW_SPACE: u32 = 0x1000;
    pub(crate) const DFRACTION_BITS: u32 = 0xe000;
    pub(crate) const DFRACTION_1: u32 = 0x2000;
    pub(crate) const DFRACTION_2: u32 = 0x4000;
    pub(crate) const DFRACTION_3: u32 = 0x6000;
    pub(crate) const DFRACTION_4: u32 = 0x8000;
    pub(crate) const DFRACTION_5: u32 = 0xa000;
    pub(crate) const DFRACTION_6: u32 = 0xc000;
    pub(crate) const DFRACTION_7: u32 = 0xe000;
    pub(crate) const ORDINAL_DOT: u32 = 0x1_0000;
    pub(crate) const NOPAUSE: u32 = 0x2_0000;
    pub(crate) const AND_HUNDRED: u32 = 0x4_0000;
    pub(crate) const THOUSAND_AND: u32 = 0x8_0000;
    pub(crate) const VIGESIMAL: u32 = 0x10_0000;
    pub(crate) const OMIT_1_THOUSAND: u32 = 0x20_0000;
    pub(crate) const ZERO_HUNDRED: u32 = 0x40_0000;
    pub(crate) const HUNDRED_AND_DIGIT: u32 = 0x80_0000;
    pub(crate) const ROMAN: u32 = 0x100_0000;
    pub(crate) const ROMAN_CAPITALS: u32 = 0x200_0000;
    pub(crate) const ROMAN_AFTER: u32 = 0x400_0000;
    pub(crate) const ROMAN_ORDINAL: u32 = 0x800_0000;
    pub(crate) const SINGLE_STRESS_L: u32 = 0x1000_0000;
}

/// Flags of [`Options::numbers2`] (`NUM2_…`).
pub(crate) mod numbers2 {
    pub(crate) const THOUSANDPLEX_VAR_THOUSANDS: u32 = 0x2;
    pub(crate) const THOUSANDPLEX_VAR_MILLIARDS: u32 = 0x8;
    pub(crate) const THOUSANDPLEX_VAR_ALL: u32 = 0x1e;
    pub(crate) const THOUSANDS_VAR_BITS: u32 = 0x1c0;
    pub(crate) const THOUSANDS_VAR1: u32 = 0x40;
    pub(crate) const THOUSANDS_VAR2: u32 = 0x80;
    pub(crate) const THOUSANDS_VAR3: u32 = 0xc0;
    pub(crate) const THOUSANDS_VAR4: u32 = 0x100;
    pub(crate) const THOUSANDS_VAR5: u32 = 0x140;
    pub(crate) const SWAP_THOUSANDS: u32 = 0x200;
    pub(crate) const ORDINAL_NO_AND: u32 = 0x800;
    pub(crate) const MULTIPLE_ORDINAL: u32 = 0x1000;
    pub(crate) const NO_TEEN_ORDINALS: u32 = 0x2000;
    pub(crate) const MYRIADS: u32 = 0x4000;
    pub(crate) const ENGLISH_NUMERALS: u32 = 0x8000;
    pub(crate) const PERCENT_BEFORE: u32 = 0x1_0000;
    pub(crate) const OMIT_1_HUNDRED_ONLY: u32 = 0x2_0000;
    pub(crate) const ORDINAL_AND_THOUSANDS: u32 = 0x4_0000;
    pub(crate) const ORDINAL_DROP_VOWEL: u32 = 0x8_0000;
    pub(crate) const ZERO_TENS: u32 = 0x10_0000;
}

/// Values of [`Options::break_numbers`]: bit n is set where 10^n begins a group (`BREAK_…`).
pub(crate) mod breaks {
    pub(crate) const THOUSANDS: u32 = 0x4924_9248;
    pub(crate) const MYRIADS: u32 = 0x1111_1110;
    pub(crate) const LAKH: u32 = 0xaaaa_aaa8;
    pub(crate) const LAKH_BN: u32 = 0x2492_4aa8;
    pub(crate) const LAKH_DV: u32 = 0x14a8;
    pub(crate) const LAKH_HI: u32 = 0x1_4aa8;
    pub(crate) const LAKH_UR: u32 = 0x52a8;
    pub(crate) const INDIVIDUAL: u32 = 0x18;
}

/// Where the main stress of a word falls (`STRESSPOSN_…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StressRule {
    /// The first syllable (0).
    First,
    /// The second (1).
    Second,
    /// The last but one (2).
    Penultimate,
    /// The last (3).
    Final,
    /// The third from the end (4).
    Antepenultimate,
    /// By the number of syllables (5).
    SyllableCount,
    /// The last of the heaviest, the final one left out (6).
    LastHeaviest,
    /// The last before those that are explicitly unstressed (7).
    FinalBeforeUnstressed,
    /// The first, unless it is light and the second heavy (8).
    FirstUnlessLight,
    /// All (9).
    All,
    /// (12)
    Greenlandic,
    /// The first, unless its vowel is short and the second's long (13).
    FirstUnlessShort,
    /// Basque (15): of more than two syllables the second has the main stress, the last a secondary one.
    Basque,
    /// No rule of its own (any other number).
    None,
}

/// How letters are numbered in the compiled dictionary: espeak-ng's `transpose_…` and `frequent_pairs`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transposition {
    /// The first and the last code point that are numbered; `min` 0 if none are.
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// The number of each, 0 for none; without a map the numbers count from 1.
    pub(crate) map: Option<&'static [u8]>,
    /// Pairs of numbers that are one byte, in order, without the end mark.
    pub(crate) pairs: &'static [u16],
}

/// The kinds of letters that the rules ask for (`letter_bits`, `letter_groups`).
#[derive(Debug, Clone)]
pub(crate) struct Letters {
    /// For each letter, counted from `offset`, a bit for each of the groups A B C H F G Y and vowels.
    pub(crate) bits: [u8; 256],
    /// The code point of the first letter in `bits`.
    pub(crate) offset: u32,
    /// Letters of a group that are listed one by one; such a list replaces the group's bits.
    pub(crate) groups: [Option<&'static [char]>; 8],
}

/// What differs between languages besides their data.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) letters: Letters,
    pub(crate) transposition: Transposition,
    /// Which numbered conditions of rules and entries hold (`dictrules` of the voice), bit n for condition n.
    pub(crate) conditions: u32,
    /// Letters that make a word with an apostrophe after them.
    pub(crate) char_plus_apostrophe: &'static [char],
    /// Marks that may stand inside a word.
    pub(crate) punct_within_word: &'static [char],
    /// The zero width non-joiner is read as a hyphen and the tatweel left out (Persian).
    pub(crate) joiner_is_hyphen: bool,

    pub(crate) word_gap: u32,
    pub(crate) vowel_pause: u32,
    pub(crate) stress_rule: StressRule,
    pub(crate) stress_flags: u32,
    /// Stress of an unstressed (`$u`) word of one syllable, and of more.
    pub(crate) unstressed_wd1: u8,
    pub(crate) unstressed_wd2: u8,

    // `param[LOPT_…]`
    /// `LOPT_DIERESES`
    pub(crate) diereses: bool,
    /// `LOPT_IT_LENGTHEN`: bit 0 no length marks in unstressed syllables; bit 4: in all but the most stressed.
    pub(crate) lengthen: u32,
    /// `LOPT_PREFIXES`
    pub(crate) prefixes: bool,
    /// `LOPT_REGRESSIVE_VOICING`, its bits.
    pub(crate) regressive_voicing: u32,
    /// `LOPT_UNPRONOUNCABLE`: 1 no check, 2 by rules, 3 apostrophes do not count, else a letter that may precede any.
    pub(crate) unpronouncable: u32,
    /// `LOPT_REDUCE`, its bits.
    pub(crate) reduce: u32,
    /// `LOPT_COMBINE_WORDS`, its bits.
    pub(crate) combine_words: u32,
    /// `LOPT_CAPS_IN_WORD`
    pub(crate) caps_in_word: bool,
    /// `LOPT_ALT`, its bits.
    pub(crate) alt: u32,
    /// `LOPT_BRACKET_PAUSE`
    pub(crate) bracket_pause: u32,
    /// `LOPT_SUFFIX`, its bits.
    pub(crate) suffix: u32,
    /// `LOPT_APOSTROPHE`: bit 0 at the start of a word it is part of it, bit 1 at the end.
    pub(crate) apostrophe: u32,

    pub(crate) numbers: u32,
    pub(crate) numbers2: u32,
    pub(crate) break_numbers: u32,
    pub(crate) max_roman: u32,
    pub(crate) min_roman: u32,
    pub(crate) thousands_sep: char,
    pub(crate) decimal_sep: char,
    /// The longest number that is not said digit by digit.
    pub(crate) max_digits: u32,
    pub(crate) ordinal_indicator: Option<&'static str>,
    pub(crate) roman_suffix: &'static str,

    /// Bit 0 accent names come before the letter, bit 1 "capital" comes after it.
    pub(crate) accents: u32,
    pub(crate) max_initial_consonants: u32,
    pub(crate) spelling_stress: bool,
    /// A digit after letters is a tone (pinyin).
    pub(crate) tone_numbers: bool,
    pub(crate) ideographs: bool,
    /// Entries are text unless flagged (`textmode`).
    pub(crate) textmode: bool,
    pub(crate) dotless_i: bool,
    /// The first code points of this language's own alphabet, of a second one that it reads, and that one's language.
    pub(crate) our_alphabet: u32,
    pub(crate) alt_alphabet: u32,
    pub(crate) alt_alphabet_lang: &'static str,
    /// The letter that a removed suffix may have taken from the stem; `\0` for none.
    pub(crate) suffix_add_e: char,
    /// A full stop before a small letter ends a sentence.
    pub(crate) lowercase_sentence: bool,
}
