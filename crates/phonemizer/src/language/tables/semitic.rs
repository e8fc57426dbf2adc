//! Semitic languages, and Persian, which is written like one.

use super::*;

pub(super) fn amharic() -> Options {
    Options {
        letters: Letters::latin_at(alphabets::ETHIOPIC),
        stress_rule: StressRule::First,
        stress_flags: stress::NO_AUTO_2 | stress::FINAL_DIM,
        unpronouncable: unpronouncable::NO_CHECK,
        numbers: num::OMIT_1_HUNDRED,
        ..Options::default()
    }
}

pub(super) fn arabic() -> Options {
    const SHADDA: &str = "\u{651}";
    Options {
        letters: Letters::latin_at(alphabets::ARABIC)
            .with_range(Group::A, '\u{64e}'..='\u{650}')
            .with(Group::B, "اوي")
            .with(Group::C, "بپتةثجحخدذرزسشصضطظعغفقكلمنئؤءأآإه")
            .with(Group::F, "صضطظ")
            .with(Group::G, SHADDA)
            .with(Group::H, SHADDA)
            .with(Group::Y, SHADDA),
        transposition: transposition::ARABIC,
        unpronouncable: unpronouncable::NO_CHECK,
        numbers: num::SWAP_TENS
            | num::AND_UNITS
            | num::HUNDRED_AND
            | num::OMIT_1_HUNDRED
            | num::AND_HUNDRED
            | num::THOUSAND_AND
            | num::OMIT_1_THOUSAND,
        ..Options::default()
    }
}

pub(super) fn maltese() -> Options {
    Options { stress_rule: StressRule::Penultimate, regressive_voicing: voicing::DEVOICES_FINAL, ..Options::default() }
}

pub(super) fn persian() -> Options {
    Options {
        letters: Letters::latin_at(alphabets::ARABIC),
        transposition: transposition::PERSIAN,
        joiner_is_hyphen: true,
        unpronouncable: unpronouncable::NO_CHECK,
        numbers: num::AND_UNITS | num::HUNDRED_AND,
        ..Options::default()
    }
}

pub(super) fn hebrew() -> Options {
    Options {
        apostrophe: 2,
        stress_flags: stress::NO_AUTO_2,
        numbers: num::DFRACTION_2 | num::AND_UNITS | num::HUNDRED_AND | num::SINGLE_AND,
        ..Options::default()
    }
}
