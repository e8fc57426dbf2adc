//! Languages of East and Southeast Asia.

use super::*;

pub(super) fn chinese() -> Options {
    Options {
        stress_rule: StressRule::Final,
        stress_flags: stress::NO_DIM,
        tone_numbers: true,
        ideographs: true,
        our_alphabet: alphabets::CHINESE,
        word_gap: gap::VERY_SHORT | gap::FINAL_VOWEL_ALONE,
        textmode: true,
        ..Options::default()
    }
}

pub(super) fn cantonese() -> Options {
    Options { numbers2: num2::ZERO_TENS, break_numbers: breaks::INDIVIDUAL, ..chinese() }
}

pub(super) fn hakka() -> Options {
    Options { stress_flags: stress::NO_DIM, tone_numbers: true, ideographs: true, ..Options::default() }
}

/// Also Malay.
pub(super) fn indonesian() -> Options {
    Options {
        stress_rule: StressRule::Penultimate,
        stress_flags: stress::FINAL_DIM_ONLY | stress::FINAL_NO_2,
        numbers: num::DECIMAL_COMMA | num::ALLOW_SPACE | num::ROMAN,
        accents: accents::CAPITAL_AFTER,
        ..Options::default()
    }
}

pub(super) fn korean() -> Options {
    Options {
        letters: Letters::from(alphabets::KOREAN)
            .with_range(Group::A, '\u{1161}'..='\u{1175}')
            // Those with a [j] or [i].
            .with(Group::Y, "\u{1163}\u{1164}\u{1167}\u{1168}\u{116d}\u{1172}\u{1174}\u{1175}")
            // [n l m] at the start of a syllable, [n l m ŋ] at its end.
            .with(Group::G, "\u{1102}\u{1105}\u{1106}\u{11ab}\u{11af}\u{11b7}\u{11bc}"),
        our_alphabet: alphabets::HANGUL,
        stress_rule: StressRule::FirstUnlessLight,
        unpronouncable: unpronouncable::NO_CHECK,
        numbers: num::OMIT_1_HUNDRED,
        numbers2: num2::MYRIADS,
        break_numbers: breaks::MYRIADS,
        max_digits: 20,
        ..Options::default()
    }
}

pub(super) fn shan() -> Options {
    Options { break_numbers: breaks::INDIVIDUAL, ..Options::default() }
}

pub(super) fn vietnamese() -> Options {
    #[rustfmt::skip]
    const VOWELS: &[char] = &[
        'a', 'à', 'á', 'ả', 'ã', 'ạ',
        'ă', 'ằ', 'ắ', 'ẳ', 'ẵ', 'ặ',
        'â', 'ầ', 'ấ', 'ẩ', 'ẫ', 'ậ',
        'e', 'è', 'é', 'ẻ', 'ẽ', 'ẹ',
        'ê', 'ề', 'ế', 'ể', 'ễ', 'ệ',
        'i', 'ì', 'í', 'ỉ', 'ĩ', 'ị',
        'o', 'ò', 'ó', 'ỏ', 'õ', 'ọ',
        'ô', 'ồ', 'ố', 'ổ', 'ỗ', 'ộ',
        'ơ', 'ờ', 'ớ', 'ở', 'ỡ', 'ợ',
        'u', 'ù', 'ú', 'ủ', 'ũ', 'ụ',
        'ư', 'ừ', 'ứ', 'ử', 'ữ', 'ự',
        'y', 'ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ',
    ];
    Options {
        letters: Letters::latin().listed(Group::A, VOWELS).listed(Group::Vowels, VOWELS),
        stress_rule: StressRule::First,
        word_gap: gap::VERY_SHORT | gap::FINAL_VOWEL_ALONE,
        unstressed_wd1: 2,
        numbers: num::DECIMAL_COMMA | num::HUNDRED_AND_DIGIT | num::DFRACTION_4 | num::ZERO_HUNDRED,
        ..Options::default()
    }
}
