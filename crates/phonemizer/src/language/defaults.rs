//! What most languages have in common.

use super::{
    options::{Letters, Options, StressRule, breaks, numbers},
    transposition,
};

impl Default for Options {
    /// What every language begins with.
    fn default() -> Self {
        Self {
            letters: Letters::latin(),
            transposition: transposition::LATIN,
            conditions: 0,
            char_plus_apostrophe: &[],
            punct_within_word: &['\''],
            joiner_is_hyphen: false,

            word_gap: 0,
            vowel_pause: 0,
            stress_rule: StressRule::Penultimate,
            stress_flags: 0,
            unstressed_wd1: 1,
            unstressed_wd2: 3,

            diereses: false,
            lengthen: 0,
            prefixes: false,
            regressive_voicing: 0,
            unpronouncable: 's' as u32,
            reduce: 0,
            combine_words: 0,
            caps_in_word: false,
            alt: 0,
            bracket_pause: 4,
            suffix: 0,
            apostrophe: 0,

            numbers: numbers::DEFAULT,
            numbers2: 0,
            break_numbers: breaks::THOUSANDS,
            max_roman: 49,
            min_roman: 2,
            thousands_sep: ',',
            decimal_sep: '.',
            max_digits: 14,
            ordinal_indicator: None,
            roman_suffix: "",

            accents: 0,
            max_initial_consonants: 3,
            spelling_stress: false,
            tone_numbers: false,
            ideographs: false,
            textmode: false,
            dotless_i: false,
            our_alphabet: 0,
            alt_alphabet: 0,
            alt_alphabet_lang: "en",
            suffix_add_e: '\0',
            lowercase_sentence: false,
        }
    }
}

impl Options {
    /// Sets the separators of numbers by the flags.
    pub(super) fn set_separators(&mut self) {
        if self.numbers & numbers::DECIMAL_COMMA != 0 {
            self.thousands_sep = '.';
            self.decimal_sep = ',';
        }
        if self.numbers & numbers::THOUS_SPACE != 0 {
            self.thousands_sep = '\0';
        }
    }
}

impl From<i32> for StressRule {
    fn from(number: i32) -> Self {
        match number {
            0 => Self::First,
            1 => Self::Second,
            2 => Self::Penultimate,
            3 => Self::Final,
            4 => Self::Antepenultimate,
            5 => Self::SyllableCount,
            6 => Self::LastHeaviest,
            7 => Self::FinalBeforeUnstressed,
            8 => Self::FirstUnlessLight,
            9 => Self::All,
            12 => Self::Greenlandic,
            13 => Self::FirstUnlessShort,
            15 => Self::Basque,
            _ => Self::None,
        }
    }
}
