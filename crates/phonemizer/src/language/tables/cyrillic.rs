//! Slavic languages in Cyrillic letters.

use super::*;

/// Also those of Kazakh.
pub(super) const VOWELS: &str = "аеёиоуыэюяәөұүі";
pub(super) const CONSONANTS: &str = "бвгджзйклмнпрстфхцчшщъьғқңһ";

pub(super) fn letters() -> Letters {
    Letters::from(alphabets::CYRILLIC)
        .with(Group::A, VOWELS)
        .with(Group::B, "ьйчщ")
        .with(Group::C, CONSONANTS)
        .with(Group::H, "ъжцш")
        .with(Group::F, "бвгдзйклмнпрстфхчщь")
        .with(Group::G, "бвгджз")
        .with(Group::Y, "ьюяё")
        .with(Group::Vowels, VOWELS)
}

pub(super) fn belarusian() -> Options {
    // Of its vowels espeak-ng takes in only the first.
    const VOWEL: &str = "а";
    Options {
        letters: Letters::from(alphabets::CYRILLIC)
            .with(Group::A, VOWEL)
            .with(Group::C, "бвгджзйклмнпрстфхцчшў")
            .with(Group::Vowels, VOWEL),
        transposition: transposition::BELARUSIAN,
        stress_rule: StressRule::First,
        stress_flags: stress::NO_AUTO_2 | stress::NO_DIM,
        unpronouncable: unpronouncable::NO_CHECK,
        numbers: num::DECIMAL_COMMA | num::OMIT_1_HUNDRED,
        numbers2: num2::THOUSANDPLEX_VAR_THOUSANDS | num2::THOUSANDS_VAR1,
        ..Options::default()
    }
}

pub(super) fn bulgarian() -> Options {
    Options {
        letters: letters().with_vowels("ъ"),
        transposition: transposition::CYRILLIC,
        stress_rule: StressRule::Penultimate,
        unpronouncable: 'в' as u32,
        regressive_voicing: voicing::REGRESSIVE | voicing::STOPS_AT_V | voicing::WITHIN_WORD | voicing::DEVOICES_FINAL,
        reduce: reduce::NOT_STRONGEST,
        numbers: num::DECIMAL_COMMA
            | num::ALLOW_SPACE
            | num::OMIT_1_HUNDRED
            | num::HUNDRED_AND
            | num::AND_UNITS
            | num::SINGLE_AND
            | num::ROMAN
            | num::ROMAN_ORDINAL
            | num::ROMAN_CAPITALS,
        ..Options::default()
    }
}

pub(super) fn macedonian() -> Options {
    const VOWELS: &[char] = &['р', 'а', 'е', 'и', 'й', 'о', 'у', 'ы', 'э', 'ю', 'я', 'ѐ', 'ё', 'і', 'ї', 'ѝ', 'ў'];
    Options {
        letters: Letters::latin_at(alphabets::CYRILLIC).listed(Group::A, VOWELS).listed(Group::Vowels, VOWELS),
        stress_rule: StressRule::Antepenultimate,
        numbers: num::DECIMAL_COMMA | num::AND_UNITS | num::OMIT_1_HUNDRED | num::OMIT_1_THOUSAND | num::DFRACTION_2,
        numbers2: num2::THOUSANDPLEX_VAR_THOUSANDS | num2::THOUSANDPLEX_VAR_MILLIARDS | num2::THOUSANDS_VAR2,
        ..Options::default()
    }
}

/// Also Ukrainian.
pub(super) fn russian() -> Options {
    Options {
        letters: letters().with(Group::Y, "еиєї"),
        transposition: transposition::CYRILLIC,
        stress_rule: StressRule::SyllableCount,
        stress_flags: stress::NO_AUTO_2,
        unpronouncable: 'в' as u32,
        regressive_voicing: voicing::REGRESSIVE | voicing::STOPS_AT_V,
        reduce: reduce::NOT_STRONGEST,
        numbers: num::DECIMAL_COMMA | num::OMIT_1_HUNDRED,
        numbers2: num2::THOUSANDPLEX_VAR_THOUSANDS | num2::THOUSANDS_VAR1,
        max_digits: 32,
        max_initial_consonants: 5,
        ..Options::default()
    }
}
