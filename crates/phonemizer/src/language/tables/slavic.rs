//! Slavic languages in Latin letters.

use super::*;

pub(super) fn serbo_croatian() -> Options {
    Options {
        letters: Letters::latin().with_vowels("yr"),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_NO_2,
        regressive_voicing: voicing::REGRESSIVE | voicing::STOPS_AT_V,
        max_initial_consonants: 5,
        spelling_stress: true,
        accents: accents::BEFORE_LETTER,
        numbers: num::SINGLE_STRESS
            | num::HUNDRED_AND
            | num::OMIT_1_HUNDRED
            | num::DECIMAL_COMMA
            | num::THOUS_SPACE
            | num::DFRACTION_2
            | num::ROMAN_CAPITALS,
        numbers2: num2::THOUSANDPLEX_VAR_THOUSANDS | num2::THOUSANDPLEX_VAR_MILLIARDS | num2::THOUSANDS_VAR5,
        our_alphabet: alphabets::CYRILLIC,
        ..Options::default()
    }
}

pub(super) fn slovak() -> Options {
    Options {
        letters: Letters::latin().with_vowels("yr").without(Group::G).with(Group::G, "bdgjlmnrvwzaeiouy"),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        regressive_voicing: voicing::REGRESSIVE | voicing::STOPS_AT_V,
        max_initial_consonants: 5,
        spelling_stress: true,
        // Prepositions and the word after them.
        combine_words: 4,
        numbers: num::OMIT_1_HUNDRED | num::DFRACTION_2 | num::ROMAN,
        numbers2: num2::THOUSANDS_VAR2,
        thousands_sep: '\0',
        decimal_sep: ',',
        ..Options::default()
    }
}

pub(super) fn czech() -> Options {
    Options { numbers2: num2::THOUSANDPLEX_VAR_MILLIARDS | num2::THOUSANDS_VAR2, ..slovak() }
}

pub(super) fn slovenian() -> Options {
    Options {
        letters: Letters::latin().with(Group::Vowels, "r"),
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::NO_AUTO_2,
        regressive_voicing: voicing::REGRESSIVE | voicing::STOPS_AT_V | voicing::DEVOICES_FINAL,
        unpronouncable: 'v' as u32,
        alt: ALT_STRESSED_VOWEL,
        lengthen: lengthen::NOT_UNSTRESSED,
        numbers: num::DECIMAL_COMMA
            | num::ALLOW_SPACE
            | num::SWAP_TENS
            | num::OMIT_1_HUNDRED
            | num::DFRACTION_2
            | num::ORDINAL_DOT
            | num::ROMAN,
        numbers2: num2::THOUSANDS_VAR4,
        ..Options::default()
    }
}

pub(super) fn polish() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY,
        regressive_voicing: voicing::REGRESSIVE | voicing::THROUGH_SONORANTS,
        max_initial_consonants: 7,
        numbers: num::DECIMAL_COMMA | num::ALLOW_SPACE | num::DFRACTION_2,
        numbers2: num2::THOUSANDS_VAR3,
        // "nie" and some short words.
        combine_words: 4 | combine::ALT2_WITH_ALT,
        ..Options::default()
    }
}
