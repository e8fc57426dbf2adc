//! Constructed languages, and those of Africa, the Americas and the Pacific.

use super::*;

/// Languages whose dictionaries have no numbers.
pub(super) fn without_numbers() -> Options {
    Options { numbers: 0, ..Options::default() }
}

pub(super) fn esperanto() -> Options {
    Options {
        char_plus_apostrophe: &['l'],
        vowel_pause: 2,
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        unstressed_wd2: 2,
        numbers: num::DECIMAL_COMMA | num::OMIT_1_HUNDRED | num::ALLOW_SPACE | num::ROMAN,
        ..Options::default()
    }
}

pub(super) fn ido() -> Options {
    let esperanto = esperanto();
    Options { numbers: esperanto.numbers | num::AND_UNITS | num::HUNDRED_AND, ..esperanto }
}

pub(super) fn lojban() -> Options {
    Options {
        letters: Letters::latin().with_vowels("y"),
        // The last is the mark of stress that capitals turn into.
        punct_within_word: &['.', ',', '\'', 'ˈ'],
        stress_rule: StressRule::Penultimate,
        // Before words that begin with a vowel, and after those that end with a consonant.
        vowel_pause: 0x20c,
        caps_in_word: true,
        numbers: 0,
        ..Options::default()
    }
}

pub(super) fn xextan() -> Options {
    Options { numbers: 0, lowercase_sentence: true, ..Options::default() }
}

pub(super) fn cherokee() -> Options {
    Options {
        stress_flags: stress::NO_AUTO_2 | stress::FINAL_DIM_ONLY,
        unpronouncable: unpronouncable::NO_CHECK,
        ..Options::default()
    }
}

pub(super) fn greenlandic() -> Options {
    Options {
        stress_rule: StressRule::Greenlandic,
        stress_flags: stress::NO_AUTO_2,
        numbers: germanic::scandinavian_numbers(),
        ..Options::default()
    }
}

pub(super) fn guarani() -> Options {
    Options { stress_rule: StressRule::Final, ..Options::default() }
}

pub(super) fn oromo() -> Options {
    Options {
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2 | stress::FINAL_LONG,
        numbers: num::OMIT_1_HUNDRED | num::HUNDRED_AND,
        numbers2: num2::SWAP_THOUSANDS,
        ..Options::default()
    }
}

/// Also Setswana.
pub(super) fn swahili() -> Options {
    Options {
        vowel_pause: 1,
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        // As in "mwngi".
        max_initial_consonants: 4,
        numbers: num::AND_UNITS | num::HUNDRED_AND | num::SINGLE_AND | num::OMIT_1_HUNDRED,
        ..Options::default()
    }
}
