//! Numbers as words (`TranslateNumber` in `numbers.c`).
//!
//! The list has the parts: `_7`, `_7X` (tens), `_7C` (hundreds), `_0M1` (thousand), with letters after for other forms: `o` an
//! ordinal, `a` before hundreds or thousands, `f` feminine, `e` before a suffix, `x` alone.

mod groups;
mod two_digits;

use super::{LONGEST_PHONEMES, Line, Session, Tr, Words, is_switch};
use crate::{
    chars,
    dictionary::{Flags, asked, first, word},
    language::{Options, numbers, numbers2},
    phonemes::code,
};

/// What the parts of a number know of each other.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The phonemes of the last one or two digits together with the words after, and how many digits that are.
    ending: Vec<u8>,
    ending_digits: u32,
    /// How many groups further down the name of this group is still due, because a name was missing.
    missing_name: i32,
    /// The form before a suffix is wanted.
    before_suffix: bool,
    /// The ordinal suffix that is written, and its form without higher digits.
    suffix: Vec<u8>,
    suffix_alone: Vec<u8>,
}

/// What is known of a number of three digits (`LookupNum3`) or two (`LookupNum2`).
#[derive(Debug, Clone, Copy, Default)]
struct Form {
    /// Higher digits come before.
    more_before: bool,
    /// It is an ordinal number.
    ordinal: bool,
    /// In the other form that Hungarian has.
    ordinal_variant: bool,
}

/// How a number is written.
struct Written {
    value: u32,
    digits: usize,
    form: Form,
    /// It is a group of a larger number, and how many groups follow.
    groups_after: usize,
    /// All digits of those are zero.
    exact: bool,
    /// Words after it that belong to it.
    skip_words: u32,
}

fn is_digit(line: &Line, at: usize) -> bool {
    line.at(at).is_ascii_digit()
}

fn is(byte: u8, separator: char) -> bool {
    u32::from(byte) == u32::from(separator)
}

impl Session<'_> {
    /// The phonemes of the number at `at`; false if it is to be said digit by digit.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn number(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        at: usize,
        phonemes: &mut Vec<u8>,
        flags: &mut Flags,
        words: &mut Words,
        before_suffix: bool,
    ) -> bool {
        let options = &tr.language.options;
        if words.flags(0) & word::INDIVIDUAL_DIGITS != 0 || options.numbers == 0 {
            return false;
        }
        flags[0] = 0;
        self.numbers.ending.clear();
        self.numbers.ending_digits = 0;
        self.numbers.before_suffix = before_suffix;

        let digits = line.from(at).iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = std::str::from_utf8(line.slice(at, at + digits)).unwrap_or_default();
        let Some(value) = text.parse::<u32>().ok().filter(|value| *value <= i32::MAX as u32) else { return false };
        let mut written = Written {
            value,
            digits,
            form: Form { more_before: is_group(options, line, at, digits, words), ..Form::default() },
            groups_after: 0,
            exact: true,
            skip_words: 0,
        };
        if !written.form.more_before {
            self.numbers.missing_name = 0;
        }
        self.numbers.suffix.clear();
        self.read_ordinal(tr, line, at, &mut written, flags, words);

        let mut zeros = Vec::new();
        if !self.leading_zeros(tr, line, at, &written, &mut zeros) {
            flags[0] &= !first::SKIPWORDS;
            return false;
        }
        self.say_number(tr, line, at, &mut written, zeros, phonemes, flags, words)
    }

    #[allow(clippy::too_many_arguments)]
    fn say_number(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        at: usize,
        written: &mut Written,
        zeros: Vec<u8>,
        phonemes: &mut Vec<u8>,
        flags: &mut Flags,
        words: &Words,
    ) -> bool {
        let options = &tr.language.options;
        let end = at + written.digits;
        let suffix_at = self.count_groups(options, line, at, written, words);
        let mut silent = written.value == 0 && written.form.more_before;
        if tr.is("hu")
            && words.flags(written.groups_after) & word::HYPHEN_AFTER != 0
            && written.exact
            && hungarian_before_suffix(line, suffix_at, written.groups_after, written.value)
        {
            self.numbers.before_suffix = true;
        }
        let decimal = is(line.at(end), options.decimal_sep) && is_digit(line, end + 1);
        let mut name = Vec::new();
        if decimal {
            self.look_up_symbol(tr, b"_dpt", &mut name);
        } else if !silent {
            if written.groups_after > 0 {
                let ordinal = false;
                let whole = self.thousands(tr, written.value, written.groups_after, written.exact, ordinal, &mut name);
                if whole {
                    written.value = 0;
                    silent = true;
                }
            }
        } else if self.numbers.missing_name == 1 {
            let mut next = Vec::new();
            if self.look_up_symbol(tr, format!("_0M{}", written.groups_after + 1).as_bytes(), &mut next) == 0 {
                self.look_up_symbol(tr, format!("_0M{}", written.groups_after).as_bytes(), &mut name);
            }
        }
        if name.is_empty() && line.at(end) == b'.' && written.groups_after == 0 {
            self.look_up_symbol(tr, b"_.", &mut name);
        }
        phonemes.clear();
        if written.groups_after == 0 {
            self.look_up_last_digits(tr, line, at, flags, words);
            if !written.form.more_before {
                let alone = !decimal && !written.form.ordinal;
                let isolated = format!("_{}n", written.value);
                if alone && self.look_up_symbol(tr, isolated.as_bytes(), phonemes) != 0 {
                    return true;
                }
                phonemes.clear();
                let percent = line.word_end(at) + 1;
                if options.numbers2 & numbers2::PERCENT_BEFORE != 0 && line.at(percent) == b'%' {
                    self.look_up_symbol(tr, b"%", phonemes);
                    line.set(percent, b' ');
                }
            }
        }
        let number = self.three_digits(tr, written.value, silent, written.groups_after, written.form);
        phonemes.extend_from_slice(&zeros);
        if written.groups_after > 0 && options.numbers2 & numbers2::SWAP_THOUSANDS != 0 {
            phonemes.extend_from_slice(&name);
            phonemes.push(code::END_WORD);
            phonemes.extend_from_slice(&number);
        } else {
            phonemes.extend_from_slice(&number);
            phonemes.push(code::END_WORD);
            phonemes.extend_from_slice(&name);
        }
        phonemes.truncate(LONGEST_PHONEMES - 1);
        let mut read = end;
        if decimal {
            self.decimals(tr, line, &mut read, phonemes);
        }
        if !phonemes.is_empty() && !is_switch(phonemes) && !written.exact {
            let (mut next, length) = line.char(read + 1);
            if options.numbers & numbers::NOPAUSE != 0 && next == 0x20 {
                next = line.char(read + 1 + length).0;
            }
            if !chars::is_alphabetic(next) {
                phonemes.truncate(LONGEST_PHONEMES - 2);
                phonemes.push(code::PAUSE_NOLINK);
            }
        }
        flags[0] |= first::FOUND;
        self.numbers.missing_name -= 1;
        if written.skip_words > 0 {
            self.skip_words = written.skip_words;
        }
        true
    }

    /// Whether the number is an ordinal: a dot or a suffix after it says so.
    fn read_ordinal(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        at: usize,
        written: &mut Written,
        flags: &mut Flags,
        words: &mut Words,
    ) {
        let options = &tr.language.options;
        let end = at + written.digits;
        if written.form.more_before || line.at(at) != b'0' {
            written.form =
                Form { more_before: written.form.more_before, ..self.dot_ordinal(tr, line, at, end, words, false) };
        }
        let spaced = words.flags(1) & word::NOSPACE == 0;
        if line.at(end) == b'.' && !is_digit(line, end + 1) && !is_digit(line, end + 2) && spaced {
            line.set(end, 0);
        }
        if !written.form.ordinal || tr.is("hu") {
            let hyphen = words.flags(0) & word::HYPHEN_AFTER != 0;
            let from = end + 1 + usize::from(hyphen);
            let mut suffix = if hyphen { b"-".to_vec() } else { Vec::new() };
            let end = line.word_end(from).min((at + 29).max(from));
            suffix.extend_from_slice(line.slice(from, end));
            if !suffix.is_empty() {
                if options.ordinal_indicator.is_some_and(|indicator| indicator.as_bytes() == suffix) {
                    written.form.ordinal = true;
                } else if !suffix.first().is_some_and(u8::is_ascii_digit) {
                    let mut phonemes = Vec::new();
                    if self.look_up_symbol(tr, &[b"_#", &suffix[..]].concat(), &mut phonemes) != 0 {
                        written.form.ordinal = true;
                        flags[0] |= first::SKIPWORDS;
                        written.skip_words = 1;
                        let mut alone = Vec::new();
                        self.look_up_symbol(tr, &[b"_x#", &suffix[..]].concat(), &mut alone);
                        self.numbers.suffix_alone = alone;
                    }
                    self.numbers.suffix = phonemes;
                }
            }
        }
        written.form.ordinal |= words.flags(0) & word::ORDINAL != 0;
    }

    /// A dot that makes a number an ordinal (`CheckDotOrdinal`).
    pub(super) fn dot_ordinal_of_roman(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        at: usize,
        end: usize,
        words: &Words,
    ) -> bool {
        self.dot_ordinal(tr, line, at, end, words, true).ordinal
    }

    fn dot_ordinal(&mut self, tr: &Tr, line: &mut Line, at: usize, end: usize, words: &Words, roman: bool) -> Form {
        let dot = line.at(end) == b'.';
        let marked = dot || words.flags(0) & word::HAS_DOT != 0;
        let candidate = tr.language.options.numbers & numbers::ORDINAL_DOT != 0
            && marked
            && words.flags(1) & word::NOSPACE == 0
            && (roman || words.flags(1) & word::FIRST_UPPER == 0);
        if !candidate {
            return Form::default();
        }
        let (next, _) = line.char(if dot { end + 2 } else { end });
        let inside = line.at(end) != 0 && line.at(end + 1) != 0;
        if !inside || !(next == 0 || chars::is_letter(next)) {
            return Form::default();
        }
        if dot {
            line.set(end, b' ');
        }
        let ordinal = Form { ordinal: true, ..Form::default() };
        if roman || !tr.is("hu") {
            return ordinal;
        }
        // Before the name of a month ($alt) a dot makes no ordinal, unless that has a suffix.
        let mut flags = 0;
        if chars::is_letter(next) {
            flags = self.translate_word(tr, line, end + 2, &mut Words::none(), None);
        }
        let previous = self.memory(tr).previous[0];
        let date = previous & first::ALT != 0 && (next == 0 || chars::is_ascii_digit(next));
        if flags & first::ALT3 != 0 && previous & (first::ALT | first::ALT3) != 0 {
            return Form { ordinal_variant: true, ..ordinal };
        }
        let range = flags & first::ALT3 != 0 && line.at(at.wrapping_sub(2)) == b'-';
        if date || flags & first::ALT != 0 || range { Form::default() } else { ordinal }
    }

    /// The zeros that a number begins with; false if it is so long that it is said digit by digit.
    fn leading_zeros(&mut self, tr: &Tr, line: &Line, at: usize, written: &Written, zeros: &mut Vec<u8>) -> bool {
        let next = line.at(at + 1);
        if line.at(at) != b'0' || written.form.more_before || next == b' ' || is(next, tr.language.options.decimal_sep)
        {
            return true;
        }
        let is_time = written.digits == 2
            && line.at(at + 3) == b':'
            && is_digit(line, at + 5)
            && line.at(at + 7).is_ascii_whitespace();
        if is_time {
            return true;
        }
        if written.digits > 3 {
            return false;
        }
        let count = line.slice(at, at + written.digits - 1).iter().take_while(|byte| **byte == b'0').count();
        let mut zero = Vec::new();
        self.look_up_symbol(tr, b"_0", &mut zero);
        for _ in 0..count {
            zeros.extend_from_slice(&zero);
        }
        true
    }

    /// Counts the groups of digits after this one. Gives where a suffix of the whole number would be.
    fn count_groups(&self, options: &Options, line: &Line, at: usize, written: &mut Written, words: &Words) -> usize {
        let end = at + written.digits;
        let spaces = options.numbers & numbers::ALLOW_SPACE != 0;
        let step = if spaces && line.at(end) == b' ' {
            1
        } else if is(line.at(end), options.thousands_sep) {
            2
        } else {
            return end + 2;
        };
        let length = group_length(options);
        let mut suffix = end + 2;
        let mut group = end + step;
        while words.flags(written.groups_after + 1) & word::MULTIPLE_SPACES == 0 && is_whole_group(line, group, length)
        {
            written.exact &= line.slice(group, group + length).iter().all(|digit| *digit == b'0');
            written.groups_after += 1;
            group += length;
            let goes_on = is(line.at(group), options.thousands_sep) || (spaces && line.at(group) == b' ');
            if !goes_on {
                break;
            }
            suffix = group + 2;
            group += step;
        }
        suffix
    }

    /// Entries of the last one or two digits, maybe with the words after them.
    fn look_up_last_digits(&mut self, tr: &Tr, line: &Line, at: usize, flags: &mut Flags, words: &Words) {
        let mut last = at;
        while is_digit(line, last + 1) {
            last += 1;
        }
        let mut phonemes = Vec::new();
        if is_digit(line, last.wrapping_sub(1))
            && self.look_up(tr, line, last - 1, &mut phonemes, flags, asked::SUFFIX, words).found()
        {
            self.numbers.ending_digits = 2;
        }
        if phonemes.is_empty()
            && line.at(last) != b'0'
            && self.look_up(tr, line, last, &mut phonemes, flags, asked::SUFFIX, words).found()
        {
            self.numbers.ending_digits = 1;
        }
        self.numbers.ending = phonemes;
    }

    /// What comes after the decimal point; `at` is where that stands, and then where the number ends.
    fn decimals(&mut self, tr: &Tr, line: &Line, at: &mut usize, phonemes: &mut Vec<u8>) {
        let options = &tr.language.options;
        loop {
            *at += 1;
            if !self.fraction(tr, line, at, phonemes) {
                return;
            }
            while is_digit(line, *at) && phonemes.len() < LONGEST_PHONEMES - 10 {
                let digit = u32::from(line.at(*at) - b'0');
                *at += 1;
                let mut name = vec![code::END_WORD];
                name.extend(self.two_digits(tr, digit, 0, two_digits::Place { last: true, ..Default::default() }).0);
                if !fits(phonemes, &name) {
                    return;
                }
            }
            let mut after = Vec::new();
            if self.look_up_symbol(tr, b"_dpt2", &mut after) != 0 && !fits(phonemes, &after) {
                return;
            }
            if !is(line.at(*at), options.decimal_sep) || !is_digit(line, *at + 1) {
                return;
            }
            self.look_up_symbol(tr, b"_dpt", &mut after);
            if !fits(phonemes, &after) {
                return;
            }
        }
    }

    /// Languages that say a fraction as a number. False if there is no room for it.
    fn fraction(&mut self, tr: &Tr, line: &Line, at: &mut usize, phonemes: &mut Vec<u8>) -> bool {
        let mode = tr.language.options.numbers & numbers::DFRACTION_BITS;
        let mut count = line.from(*at).iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = |at: usize, count: usize| {
            let digits = line.slice(at, at + count).iter().take(9);
            digits.fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
        };
        match mode {
            numbers::DFRACTION_2 | numbers::DFRACTION_4 => {
                let mut zero = Vec::new();
                self.look_up_symbol(tr, b"_0", &mut zero);
                while line.at(*at) == b'0' {
                    if !fits(phonemes, &zero) {
                        return false;
                    }
                    count -= 1;
                    *at += 1;
                }
                let most = if mode == numbers::DFRACTION_4 { 5 } else { 2 };
                if count <= most && is_digit(line, *at) {
                    let name = self.three_digits(tr, value(*at, count), false, 0, Form::default());
                    *at += count;
                    return fits(phonemes, &name);
                }
            }
            numbers::DFRACTION_1 | numbers::DFRACTION_5 | numbers::DFRACTION_6 => {
                let mut name = self.three_digits(tr, value(*at, count), false, 0, Form::default());
                if line.at(*at) == b'0' || mode != numbers::DFRACTION_1 {
                    let mut part = Vec::new();
                    if self.look_up_symbol(tr, format!("_0Z{count}").as_bytes(), &mut part) == 0 {
                        return true;
                    }
                    if mode == numbers::DFRACTION_6 {
                        if !fits(phonemes, &part) {
                            return false;
                        }
                    } else {
                        name.extend_from_slice(&part);
                    }
                }
                *at += count;
                return fits(phonemes, &name);
            }
            numbers::DFRACTION_3 if count <= 4 && line.at(*at) != b'0' => {
                let name = self.three_digits(tr, value(*at, count), false, 0, Form::default());
                *at += count;
                return fits(phonemes, &name);
            }
            numbers::DFRACTION_7 => {
                for _ in 1..count {
                    let mut name = Vec::new();
                    if self.look_up_symbol(tr, &[b'_', line.at(*at), b'd'], &mut name) == 0 {
                        break;
                    }
                    *at += 1;
                    if !fits(phonemes, &name) {
                        return false;
                    }
                }
            }
            _ => {}
        }
        true
    }
}

/// Adds phonemes if there is room for them.
fn fits(phonemes: &mut Vec<u8>, more: &[u8]) -> bool {
    let fits = phonemes.len() + more.len() < LONGEST_PHONEMES;
    if fits {
        phonemes.extend_from_slice(more);
    }
    fits
}

fn group_length(options: &Options) -> usize {
    if options.numbers2 & numbers2::MYRIADS != 0 { 4 } else { 3 }
}

/// Whether the digits are a later group of a larger number.
fn is_group(options: &Options, line: &Line, at: usize, digits: usize, words: &Words) -> bool {
    let back = |count: usize| line.at(at.wrapping_sub(count));
    if digits == group_length(options) && is(back(2), options.thousands_sep) && back(3).is_ascii_digit() {
        return true;
    }
    (options.thousands_sep == ' ' || options.numbers & numbers::ALLOW_SPACE != 0)
        && digits == 3
        && words.flags(0) & word::MULTIPLE_SPACES == 0
        && back(2).is_ascii_digit()
}

/// Whether a group of digits stands at `at`, and no digit beside it (`CheckThousandsGroup`).
fn is_whole_group(line: &Line, at: usize, length: usize) -> bool {
    (at..at + length).all(|at| is_digit(line, at))
        && !is_digit(line, at + length)
        && !is_digit(line, at.wrapping_sub(1))
}

/// Hungarian numbers have another form before a suffix that begins with a or e (`hu_number_e`).
pub(super) fn hungarian_before_suffix(line: &Line, at: usize, groups_after: usize, value: u32) -> bool {
    let [first, second, third] = [0, 1, 2].map(|index| line.at(at + index));
    let article = second == b' ' || second == b'z' || (second == b't' && third == b't');
    let round = groups_after == 1 || value.is_multiple_of(1000);
    matches!(first, b'a' | b'e') && !article && !(round && second == b'l')
}
