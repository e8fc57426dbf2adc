//! Other languages of Europe and the Caucasus.

use super::*;

pub(super) fn albanian() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::Final,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2 | stress::FINAL_VOWEL_UNSTRESSED,
        numbers: num::DECIMAL_COMMA | num::HUNDRED_AND | num::AND_UNITS | num::DFRACTION_4,
        accents: accents::CAPITAL_AFTER,
        ..Options::default()
    }
}

pub(super) fn armenian() -> Options {
    const CONSONANTS: &str = "բգդզթժլխծկհձղճմնշչպջռսվտրցւփքֆ";
    Options {
        letters: Letters::from(alphabets::ARMENIAN)
            .with(Group::A, "աեէըիոօ")
            .with(Group::Vowels, "աեէըիոօ")
            .with(Group::B, CONSONANTS)
            .with(Group::C, CONSONANTS)
            .with(Group::C, "յ"),
        stress_rule: StressRule::Final,
        max_initial_consonants: 6,
        numbers: num::DECIMAL_COMMA | num::ALLOW_SPACE | num::OMIT_1_HUNDRED,
        ..Options::default()
    }
}

pub(super) fn basque() -> Options {
    Options {
        stress_flags: stress::FINAL_VOWEL_UNSTRESSED | stress::MID_DIM,
        suffix: SUFFIX_AFTER_SYLLABLE,
        numbers: num::SINGLE_STRESS
            | num::DECIMAL_COMMA
            | num::HUNDRED_AND
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::VIGESIMAL,
        ..Options::default()
    }
}

/// Also Estonian.
pub(super) fn finnish() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        numbers: num::DECIMAL_COMMA | num::ALLOW_SPACE | num::DFRACTION_2 | num::ORDINAL_DOT,
        ..Options::default()
    }
}

pub(super) fn lule_saami() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2 | stress::TO_HEAVY_2,
        spelling_stress: true,
        numbers: num::DECIMAL_COMMA
            | num::ALLOW_SPACE
            | num::SWAP_TENS
            | num::OMIT_1_HUNDRED
            | num::DFRACTION_2
            | num::ORDINAL_DOT,
        ..Options::default()
    }
}

pub(super) fn hungarian() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        vowel_pause: 0x20,
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_DIM_ONLY
            | stress::FINAL_NO_2
            | stress::NO_AUTO_2
            | stress::FIRST_UNSTRESSED
            | stress::HYPHEN_UNSTRESS,
        unstressed_wd1: 2,
        spelling_stress: true,
        numbers: num::DFRACTION_5
            | num::ALLOW_SPACE
            | num::ROMAN
            | num::ROMAN_ORDINAL
            | num::ROMAN_CAPITALS
            | num::ORDINAL_DOT
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND,
        // A full stop between digits is no separator.
        thousands_sep: ' ',
        decimal_sep: ',',
        max_roman: 899,
        min_roman: 1,
        ..Options::default()
    }
}

/// Irish and Scottish.
pub(super) fn gaelic() -> Options {
    Options {
        stress_rule: StressRule::First,
        stress_flags: stress::NO_AUTO_2,
        lengthen: lengthen::NOT_UNSTRESSED,
        unpronouncable: unpronouncable::NO_APOSTROPHE,
        numbers: num::OMIT_1_HUNDRED | num::OMIT_1_THOUSAND,
        accents: accents::CAPITAL_AFTER,
        ..Options::default()
    }
}

pub(super) fn welsh() -> Options {
    Options {
        letters: Letters::latin().with_vowels("wy"),
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        unstressed_wd1: 0,
        unstressed_wd2: 2,
        numbers: num::OMIT_1_HUNDRED,
        ..Options::default()
    }
}

pub(super) fn georgian() -> Options {
    Options {
        letters: Letters::from(alphabets::GEORGIAN)
            .with(Group::A, "აეიოუჵჷ")
            .with(Group::C, "ბგდვზთკლმნპჟრსტფქღყშჩცძწჭხჯჰჱჲჳჴჶ")
            .with(Group::Vowels, "აეიოუჵჷ"),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_NO_2,
        max_initial_consonants: 7,
        max_digits: 32,
        numbers: num::VIGESIMAL
            | num::AND_UNITS
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::DFRACTION_5
            | num::ROMAN,
        alt_alphabet: alphabets::CYRILLIC,
        alt_alphabet_lang: "ru",
        ..Options::default()
    }
}

pub(super) fn greek() -> Options {
    const VOWELS: &str = "ΐάέήίΰαεηιουωϊϋόύώϏ";
    Options {
        letters: Letters::from(alphabets::GREEK)
            .with(Group::A, VOWELS)
            .with(Group::Vowels, VOWELS)
            .with(Group::B, "θκξπςστφχ")
            .with(Group::C, "βγδζθκλμνξπρςστφχψ")
            .with(Group::Y, "έήίεηιυύ"),
        char_plus_apostrophe: &['σ'],
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY,
        unstressed_wd1: 0,
        unstressed_wd2: 2,
        numbers: num::SINGLE_STRESS | num::DECIMAL_COMMA,
        numbers2: num2::THOUSANDPLEX_VAR_THOUSANDS | num2::MULTIPLE_ORDINAL | num2::ORDINAL_NO_AND,
        ..Options::default()
    }
}

pub(super) fn ancient_greek() -> Options {
    Options { unpronouncable: unpronouncable::NO_CHECK, ..greek() }
}

pub(super) fn lithuanian() -> Options {
    Options {
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::NO_AUTO_2,
        unstressed_wd1: 0,
        unstressed_wd2: 2,
        diereses: true,
        numbers: num::DECIMAL_COMMA | num::OMIT_1_HUNDRED | num::DFRACTION_4 | num::ORDINAL_DOT,
        numbers2: num2::THOUSANDS_VAR4,
        max_roman: 5000,
        ..Options::default()
    }
}

/// Also Latgalian.
pub(super) fn latvian() -> Options {
    Options {
        stress_rule: StressRule::First,
        stress_flags: stress::NO_AUTO_2 | stress::FINAL_DIM_ONLY,
        spelling_stress: true,
        max_digits: 33,
        numbers: num::DECIMAL_COMMA | num::OMIT_1_HUNDRED | num::DFRACTION_4 | num::ORDINAL_DOT,
        ..Options::default()
    }
}
