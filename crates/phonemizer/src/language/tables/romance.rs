//! Romance languages, Latin, and what is made of them.

use super::*;

/// What the languages like Spanish share.
fn iberian() -> Options {
    Options {
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_SPANISH | stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        unstressed_wd1: 0,
        unstressed_wd2: 2,
        numbers: num::SINGLE_STRESS
            | num::DECIMAL_COMMA
            | num::AND_UNITS
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::ROMAN
            | num::ROMAN_AFTER
            | num::DFRACTION_4,
        numbers2: num2::MULTIPLE_ORDINAL | num2::ORDINAL_NO_AND,
        ..Options::default()
    }
}

pub(super) fn spanish() -> Options {
    Options { unpronouncable: unpronouncable::BY_RULES, ..iberian() }
}

pub(super) fn catalan() -> Options {
    Options {
        punct_within_word: &['\'', '·'],
        stress_flags: stress::FINAL_SPANISH
            | stress::FINAL_DIM_ONLY
            | stress::FINAL_NO_2
            | stress::NO_AUTO_2
            | stress::FIRST_PRIMARY,
        ..iberian()
    }
}

pub(super) fn aragonese() -> Options {
    Options {
        numbers: num::SINGLE_STRESS
            | num::DECIMAL_COMMA
            | num::AND_UNITS
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::ROMAN
            | num::ROMAN_ORDINAL,
        numbers2: num2::ORDINAL_NO_AND,
        roman_suffix: "º",
        ..iberian()
    }
}

pub(super) fn interlingua() -> Options {
    Options {
        numbers: num::DECIMAL_COMMA | num::OMIT_1_HUNDRED | num::OMIT_1_THOUSAND | num::ROMAN | num::ROMAN_AFTER,
        ..iberian()
    }
}

pub(super) fn papiamento() -> Options {
    Options {
        stress_rule: StressRule::Final,
        stress_flags: stress::FINAL_VOWEL_UNSTRESSED | stress::FINAL_DIM_ONLY | stress::FINAL_NO_2 | stress::NO_AUTO_2,
        ..iberian()
    }
}

pub(super) fn french() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::Final,
        stress_flags: stress::NO_AUTO_2 | stress::FINAL_DIM,
        lengthen: lengthen::NOT_UNSTRESSED,
        accents: accents::CAPITAL_AFTER,
        numbers: num::SINGLE_STRESS
            | num::DECIMAL_COMMA
            | num::ALLOW_SPACE
            | num::OMIT_1_HUNDRED
            | num::NOPAUSE
            | num::ROMAN
            | num::ROMAN_CAPITALS
            | num::ROMAN_AFTER
            | num::VIGESIMAL
            | num::DFRACTION_4,
        ..Options::default()
    }
}

pub(super) fn haitian() -> Options {
    Options {
        stress_rule: StressRule::Final,
        stress_flags: stress::NO_AUTO_2 | stress::FINAL_DIM,
        numbers: num::SINGLE_STRESS
            | num::OMIT_1_HUNDRED
            | num::NOPAUSE
            | num::ROMAN
            | num::VIGESIMAL
            | num::DFRACTION_4,
        ..Options::default()
    }
}

pub(super) fn italian() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::NO_AUTO_2 | stress::FINAL_DIM_ONLY | stress::PRIORITY_STRESS,
        vowel_pause: 1,
        unstressed_wd1: 0,
        unstressed_wd2: 2,
        lengthen: lengthen::ONLY_PENULTIMATE,
        reduce: reduce::LISTED,
        alt: ALT_STRESSED_VOWEL,
        accents: accents::CAPITAL_AFTER,
        numbers: num::SINGLE_VOWEL
            | num::OMIT_1_HUNDRED
            | num::DECIMAL_COMMA
            | num::DFRACTION_1
            | num::ROMAN
            | num::ROMAN_CAPITALS
            | num::ROMAN_ORDINAL,
        numbers2: num2::NO_TEEN_ORDINALS,
        roman_suffix: "º",
        ..Options::default()
    }
}

pub(super) fn latin() -> Options {
    Options {
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::NO_AUTO_2,
        unstressed_wd1: 0,
        unstressed_wd2: 2,
        diereses: true,
        numbers: num::ROMAN,
        max_roman: 5000,
        ..Options::default()
    }
}

pub(super) fn portuguese() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y").without(Group::B).with(Group::B, "bcdfgjkmnpqstvxz"),
        stress_rule: StressRule::Final,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2 | stress::INITIAL_2 | stress::PRIORITY_STRESS,
        alt: ALT_STRESSED_VOWEL,
        accents: accents::CAPITAL_AFTER,
        numbers: num::DECIMAL_COMMA | num::DFRACTION_2 | num::HUNDRED_AND | num::AND_UNITS | num::ROMAN_CAPITALS,
        numbers2: num2::MULTIPLE_ORDINAL | num2::NO_TEEN_ORDINALS | num2::ORDINAL_NO_AND,
        max_roman: 5000,
        ..Options::default()
    }
}

pub(super) fn romanian() -> Options {
    Options {
        stress_rule: StressRule::Final,
        stress_flags: stress::FINAL_VOWEL_UNSTRESSED | stress::FINAL_DIM_ONLY,
        numbers: num::DECIMAL_COMMA | num::ALLOW_SPACE | num::DFRACTION_3 | num::AND_UNITS | num::ROMAN,
        numbers2: num2::THOUSANDPLEX_VAR_ALL,
        ..Options::default()
    }
}
