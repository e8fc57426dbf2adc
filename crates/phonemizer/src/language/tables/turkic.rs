//! Turkic languages and their neighbour Kurdish.

use super::*;

pub(super) fn turkish() -> Options {
    Options {
        stress_rule: StressRule::FinalBeforeUnstressed,
        stress_flags: stress::NO_AUTO_2,
        dotless_i: true,
        suffix: SUFFIX_AFTER_SYLLABLE,
        numbers: num::SINGLE_STRESS
            | num::DECIMAL_COMMA
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::DFRACTION_2,
        max_initial_consonants: 2,
        ..Options::default()
    }
}

pub(super) fn azerbaijani() -> Options {
    let turkish = turkish();
    Options { numbers: turkish.numbers | num::ALLOW_SPACE, ..turkish }
}

pub(super) fn kazakh() -> Options {
    Options {
        letters: Letters::from(alphabets::CYRILLIC)
            .with(Group::A, cyrillic::VOWELS)
            .with(Group::C, cyrillic::CONSONANTS)
            .with(Group::Vowels, cyrillic::VOWELS),
        stress_rule: StressRule::FinalBeforeUnstressed,
        stress_flags: stress::NO_AUTO_2,
        suffix: SUFFIX_AFTER_SYLLABLE,
        numbers: num::OMIT_1_HUNDRED | num::DFRACTION_6,
        max_initial_consonants: 2,
        ..Options::default()
    }
}

pub(super) fn kurdish() -> Options {
    Options {
        stress_rule: StressRule::FinalBeforeUnstressed,
        numbers: num::HUNDRED_AND | num::AND_UNITS | num::OMIT_1_HUNDRED | num::AND_HUNDRED,
        max_initial_consonants: 2,
        ..Options::default()
    }
}

pub(super) fn tatar() -> Options {
    Options {
        letters: cyrillic::letters(),
        transposition: transposition::CYRILLIC,
        stress_rule: StressRule::Final,
        stress_flags: stress::NO_AUTO_2,
        numbers: num::SINGLE_STRESS
            | num::DECIMAL_COMMA
            | num::OMIT_1_HUNDRED
            | num::OMIT_1_THOUSAND
            | num::DFRACTION_4,
        ..Options::default()
    }
}
