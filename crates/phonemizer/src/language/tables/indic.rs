//! Languages of India and its neighbours.

use super::*;

/// What those in scripts like Devanagari share: they have their letters in the same order.
fn brahmic(offset: u32) -> Options {
    // Places in the script.
    const VOWELS: &[(u32, u32)] = &[(0x04, 0x14)];
    const VOWEL_SIGNS: &[(u32, u32)] = &[(0x3e, 0x4c)];
    const VIRAMA: u32 = 0x4d;
    const MORE_VOWELS: &[(u32, u32)] = &[(0x55, 0x57), (0x60, 0x63)];
    const CONSONANTS: &[(u32, u32)] = &[(0x02, 0x03), (0x15, 0x39), (0x58, 0x5f), (0x7b, 0x7c), (0x7e, 0x7f)];

    let virama = char::from_u32(offset + VIRAMA).unwrap_or_default();
    let mut letters = Letters::from(offset);
    for (group, ranges) in [
        (Group::A, [VOWELS, VOWEL_SIGNS, MORE_VOWELS].as_slice()),
        (Group::B, &[VOWEL_SIGNS, MORE_VOWELS]),
        (Group::C, &[CONSONANTS]),
        (Group::Y, &[VOWELS, VOWEL_SIGNS, MORE_VOWELS]),
    ] {
        for &(first, last) in ranges.iter().copied().flatten() {
            letters = with_places(letters, group, first, last);
        }
    }
    letters = with_places(letters, Group::A, VIRAMA, VIRAMA);
    letters = with_places(letters, Group::B, VIRAMA, VIRAMA);
    Options { letters, unpronouncable: unpronouncable::NO_CHECK, suffix_add_e: virama, ..Options::default() }
}

fn with_places(letters: Letters, group: Group, first: u32, last: u32) -> Letters {
    let letter = |place: u32| char::from_u32(letters.offset + place).unwrap_or_default();
    let range = letter(first)..=letter(last);
    letters.with_range(group, range)
}

/// Also Assamese.
pub(super) fn bengali() -> Options {
    let brahmic = brahmic(alphabets::BENGALI);
    Options {
        letters: brahmic
            .letters
            .clone()
            // The candrabindu, the vowel signs, and two letters of Assamese.
            .with(Group::B, "\u{981}")
            .with_range(Group::F, '\u{9be}'..='\u{9cc}')
            .with(Group::C, "ৰৱ"),
        stress_rule: StressRule::First,
        stress_flags: stress::MID_DIM | stress::FINAL_DIM,
        numbers: num::SWAP_TENS,
        break_numbers: breaks::LAKH_BN,
        ..brahmic
    }
}

pub(super) fn bishnupriya() -> Options {
    Options { numbers: num::DEFAULT, numbers2: num2::SWAP_THOUSANDS, ..bengali() }
}

fn northern(offset: u32) -> Options {
    Options {
        stress_rule: StressRule::LastHeaviest,
        stress_flags: stress::MID_DIM | stress::FINAL_DIM,
        numbers: num::SWAP_TENS,
        break_numbers: breaks::LAKH_HI,
        ..brahmic(offset)
    }
}

/// Also Marathi.
pub(super) fn hindi() -> Options {
    northern(alphabets::DEVANAGARI)
}

pub(super) fn nepali() -> Options {
    Options { break_numbers: breaks::LAKH, max_digits: 22, numbers2: num2::ENGLISH_NUMERALS, ..hindi() }
}

pub(super) fn punjabi() -> Options {
    northern(alphabets::GURMUKHI)
}

pub(super) fn gujarati() -> Options {
    Options { stress_rule: StressRule::Penultimate, ..northern(alphabets::GUJARATI) }
}

pub(super) fn oriya() -> Options {
    northern(alphabets::ORIYA)
}

pub(super) fn sinhala() -> Options {
    Options {
        letters: Letters::from(alphabets::SINHALA)
            .with_range(Group::A, '\u{d85}'..='\u{d96}')
            .with_range(Group::A, '\u{dca}'..='\u{df3}')
            .with_range(Group::B, '\u{dca}'..='\u{df3}')
            .with_range(Group::C, '\u{d9a}'..='\u{dc6}'),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        spelling_stress: true,
        unpronouncable: unpronouncable::NO_CHECK,
        // The virama.
        suffix_add_e: '\u{dca}',
        numbers: num::OMIT_1_THOUSAND | num::SINGLE_STRESS_L | num::DFRACTION_7,
        numbers2: num2::PERCENT_BEFORE,
        break_numbers: breaks::LAKH_HI,
        ..Options::default()
    }
}

fn dravidian(offset: u32) -> Options {
    // An unofficial virama.
    const CHILLU_VIRAMA: u32 = 0x4e;
    let brahmic = brahmic(offset);
    Options {
        letters: with_places(brahmic.letters.clone(), Group::B, CHILLU_VIRAMA, CHILLU_VIRAMA),
        stress_rule: StressRule::First,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        spelling_stress: true,
        break_numbers: breaks::LAKH_DV,
        ..brahmic
    }
}

pub(super) fn tamil() -> Options {
    Options { numbers: num::OMIT_1_THOUSAND, numbers2: num2::ORDINAL_AND_THOUSANDS, ..dravidian(alphabets::TAMIL) }
}

pub(super) fn malayalam() -> Options {
    Options {
        stress_rule: StressRule::FirstUnlessShort,
        numbers: num::OMIT_1_THOUSAND | num::OMIT_1_HUNDRED,
        numbers2: num2::OMIT_1_HUNDRED_ONLY,
        ..dravidian(alphabets::MALAYALAM)
    }
}

pub(super) fn kannada() -> Options {
    dravidian(alphabets::KANNADA)
}

pub(super) fn telugu() -> Options {
    Options { numbers2: num2::ORDINAL_DROP_VOWEL, ..dravidian(alphabets::TELUGU) }
}

/// Also Sindhi.
pub(super) fn urdu() -> Options {
    Options {
        letters: Letters::latin_at(alphabets::ARABIC),
        unpronouncable: unpronouncable::NO_CHECK,
        numbers: num::SWAP_TENS,
        break_numbers: breaks::LAKH_UR,
        ..Options::default()
    }
}
