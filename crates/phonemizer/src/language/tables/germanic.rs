//! Germanic languages.

use super::*;

pub(super) fn afrikaans() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        vowel_pause: 0x30,
        diereses: true,
        prefixes: true,
        numbers: num::SWAP_TENS | num::HUNDRED_AND | num::SINGLE_AND | num::ROMAN | num::YEARS_1900,
        accents: accents::BEFORE_LETTER,
        ..Options::default()
    }
}

pub(super) fn danish() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        prefixes: true,
        numbers: scandinavian_numbers(),
        ..Options::default()
    }
}

pub(super) fn faroese() -> Options {
    Options { numbers: scandinavian_numbers(), ..Options::default() }
}

pub(super) fn scandinavian_numbers() -> u32 {
    num::DECIMAL_COMMA
        | num::SWAP_TENS
        | num::HUNDRED_AND
        | num::OMIT_1_HUNDRED
        | num::ORDINAL_DOT
        | num::YEARS_1900
        | num::ROMAN
        | num::ROMAN_CAPITALS
        | num::ROMAN_ORDINAL
}

pub(super) fn german() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        word_gap: gap::NO_LINKING,
        vowel_pause: 0x30,
        prefixes: true,
        regressive_voicing: voicing::DEVOICES_FINAL,
        unpronouncable: unpronouncable::BY_RULES,
        numbers: num::DECIMAL_COMMA | num::SWAP_TENS | num::ALLOW_SPACE | num::ORDINAL_DOT | num::ROMAN,
        ..Options::default()
    }
}

pub(super) fn english() -> Options {
    Options {
        letters: Letters::latin().with(Group::Y, "aeiouy"),
        stress_rule: StressRule::First,
        stress_flags: stress::UNSTRESSED_DIM,
        unpronouncable: unpronouncable::BY_RULES,
        // "mc" and the word after it.
        combine_words: 2,
        suffix_add_e: 'e',
        numbers: num::HUNDRED_AND | num::ROMAN | num::YEARS_1900,
        max_digits: 33,
        ..Options::default()
    }
}

pub(super) fn icelandic() -> Options {
    let letters = Letters::latin().without(Group::H).without(Group::F);
    Options {
        letters: letters
            .with(Group::F, "kpst")
            .with(Group::H, "jvr")
            .listed(Group::B, &['c', 'f', 'h', 'k', 'p', 't', 'x', 'þ'])
            .with_vowels("y"),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_NO_2,
        lengthen: lengthen::NOT_UNSTRESSED | lengthen::ONLY_MOST_STRESSED,
        reduce: reduce::NOT_STRONGEST,
        numbers: num::DECIMAL_COMMA | num::SINGLE_AND | num::HUNDRED_AND | num::AND_UNITS | num::YEARS_1900,
        numbers2: num2::THOUSANDPLEX_VAR_THOUSANDS,
        ..Options::default()
    }
}

pub(super) fn norwegian() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        numbers: num::DECIMAL_COMMA | num::HUNDRED_AND | num::ALLOW_SPACE | num::YEARS_1900 | num::ORDINAL_DOT,
        ..Options::default()
    }
}

pub(super) fn dutch() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        stress_flags: stress::FIRST_PRIMARY,
        vowel_pause: 0x30,
        diereses: true,
        prefixes: true,
        regressive_voicing: voicing::DEVOICES_FINAL,
        numbers: num::DECIMAL_COMMA
            | num::SWAP_TENS
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::ALLOW_SPACE
            | num::YEARS_1900
            | num::ORDINAL_DOT,
        ordinal_indicator: Some("e"),
        ..Options::default()
    }
}

pub(super) fn swedish() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        numbers: num::SINGLE_STRESS | num::DECIMAL_COMMA | num::ALLOW_SPACE | num::YEARS_1900,
        accents: accents::BEFORE_LETTER,
        ..Options::default()
    }
}
