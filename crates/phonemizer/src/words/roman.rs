//! Roman numbers (`TranslateRoman`).

use super::{LONGEST_PHONEMES, Line, Session, Tr, Words, numbers::hungarian_before_suffix};
use crate::{dictionary::word, language::numbers};

/// The value of a Roman number in small letters, and how many letters it has. No letter is subtracted from one that is
/// more than ten times as much, and none stands more than three times in a row.
fn value(letters: &[u8]) -> Option<u32> {
    let (mut sum, mut previous, mut limit, mut repeats) = (0, 0, 0x7fff, 0);
    for letter in letters {
        let mut value = match letter {
            b'i' => 1,
            b'v' => 5,
            b'x' => 10,
            b'l' => 50,
            b'c' => 100,
            b'd' => 500,
            b'm' => 1000,
            _ => return None,
        };
        repeats = if value == previous { repeats + 1 } else { 0 };
        let half = previous > 1 && previous != 10 && previous != 100;
        if repeats >= 3 || (half && value >= previous) {
            return None;
        }
        if previous != 0 && previous < value {
            if sum % 10 != 0 || previous * 10 < value {
                return None;
            }
            limit = previous;
            value -= limit;
        } else if value >= limit {
            return None;
        } else {
            sum += previous;
        }
        previous = value;
    }
    Some(sum + previous)
}

impl Session<'_> {
    /// The phonemes of the word at `at` if it is a Roman number.
    pub(super) fn roman_number(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        at: usize,
        phonemes: &mut Vec<u8>,
        words: &mut Words,
    ) -> bool {
        let options = &tr.language.options;
        let has = |flags: u32| options.numbers & flags != 0;
        phonemes.clear();
        let capitals = words.flags(0) & word::ALL_UPPER != 0;
        if (has(numbers::ROMAN_CAPITALS) && !capitals) || line.at(at.wrapping_sub(2)).is_ascii_digit() {
            return false;
        }
        let may_be_one_letter = has(numbers::ROMAN_CAPITALS | numbers::ROMAN_ORDINAL | numbers::ORDINAL_DOT)
            && words.flags(0) & word::HAS_DOT != 0;
        if line.at(at + 1) == b' ' && !may_be_one_letter {
            return false;
        }
        let end = line.word_end(at);
        let Some(value) = value(line.slice(at, end)) else { return false };
        // Behind the space.
        let after = end + 1;
        let range = options.min_roman..=options.max_roman;
        if line.at(after).is_ascii_digit() || !range.contains(&value) {
            return false;
        }
        let mut roman = Vec::new();
        self.look_up_symbol(tr, b"_roman", &mut roman);
        if !has(numbers::ROMAN_AFTER) {
            // Also said where the word turns out to be none.
            phonemes.clone_from(&roman);
        }
        if line.at(after) == b'.' {
            return false;
        }
        if self.dot_ordinal_of_roman(tr, line, at, after, words) {
            words.add_flags(word::ORDINAL);
        }
        let mut before_suffix = false;
        if has(numbers::ROMAN_ORDINAL) {
            if !tr.is("hu") {
                words.add_flags(word::ORDINAL);
            } else if words.flags(0) & word::ORDINAL == 0 {
                let suffix = words.flags(0) & word::HYPHEN_AFTER != 0;
                if !suffix || !hungarian_before_suffix(line, after, 0, value) {
                    return false;
                }
                before_suffix = true;
            }
        }
        self.memory(tr).previous = [0; 2];
        let (mut number, start) = Line::of(format!("{value} {}    ", options.roman_suffix).as_bytes());
        let mut spoken = Vec::new();
        self.number(tr, &mut number, start, &mut spoken, &mut [0; 2], &mut words.reborrow(), before_suffix);
        let parts = if has(numbers::ROMAN_AFTER) { [spoken, roman] } else { [roman, spoken] };
        *phonemes = parts.concat();
        phonemes.truncate(LONGEST_PHONEMES - 1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn roman_numbers_have_values() {
        for (text, expected) in
            [("iv", Some(4)), ("xlix", Some(49)), ("mcmxcix", Some(1999)), ("iiii", None), ("ic", None), ("vx", None)]
        {
            assert_eq!(value(text.as_bytes()), expected, "{text}");
        }
    }
}
