//! Hundreds, and the names of thousands and what is above (`LookupNum3`, `LookupThousands`).

use super::{Form, two_digits::Place};
use crate::{
    language::{numbers, numbers2},
    phonemes::code,
    words::{Session, Tr},
};

impl Session<'_> {
    /// The name of `value` thousands, or millions and so on by the number of groups after it. Whether that is all of it:
    /// there is a word for just so many.
    pub(super) fn thousands(
        &mut self,
        tr: &Tr,
        value: u32,
        groups: usize,
        exact: bool,
        ordinal: bool,
        phonemes: &mut Vec<u8>,
    ) -> bool {
        let mut name = Vec::new();
        let mut of = Vec::new();
        let mut whole =
            value > 0 && self.thousands_form(tr, &value.to_string(), groups, exact, ordinal, true, &mut name);
        if !whole {
            if value % 100 >= 20 {
                self.look_up_symbol(tr, b"_0of", &mut of);
            }
            // Without the number of them: M, or MA and MB after some numbers.
            let variant = self.thousands_variant(value);
            if !self.thousands_form(tr, variant, groups, exact, ordinal, false, &mut name) {
                whole = self.missing_name(tr, value, groups, &mut name);
            }
        }
        phonemes.clear();
        phonemes.extend_from_slice(&of);
        phonemes.extend_from_slice(&name);
        whole || (value == 1 && groups == 1 && tr.language.options.numbers & numbers::OMIT_1_THOUSAND != 0)
    }

    /// Looks for the ordinal form, that before a suffix, that without lower digits, and the plain one.
    #[allow(clippy::too_many_arguments)]
    fn thousands_form(
        &mut self,
        tr: &Tr,
        count: &str,
        groups: usize,
        exact: bool,
        ordinal: bool,
        number: bool,
        name: &mut Vec<u8>,
    ) -> bool {
        let mark = if number { "M" } else { "" };
        let mut find = |form: &str, name: &mut Vec<u8>| {
            self.look_up_symbol(tr, format!("_{count}{mark}{groups}{form}").as_bytes(), name) != 0
        };
        if exact {
            if ordinal && find("o", name) {
                return true;
            }
            let before_suffix = self.numbers.before_suffix;
            let mut find = |form: &str, name: &mut Vec<u8>| {
                self.look_up_symbol(tr, format!("_{count}{mark}{groups}{form}").as_bytes(), name) != 0
            };
            if (before_suffix && find("e", name)) || find("x", name) {
                return true;
            }
        }
        self.look_up_symbol(tr, format!("_{count}{mark}{groups}").as_bytes(), name) != 0
    }

    /// A group that the language has no name for is said with that of the next lower one.
    fn missing_name(&mut self, tr: &Tr, value: u32, groups: usize, name: &mut Vec<u8>) -> bool {
        if groups > 3 {
            let lower = format!("_0M{}", groups - 1);
            if self.look_up_symbol(tr, lower.as_bytes(), &mut Vec::new()) == 0 {
                self.look_up_symbol(tr, b"_0M2", name);
                self.numbers.missing_name = 3;
            }
        }
        let mut whole = false;
        if name.is_empty() {
            whole = self.look_up_symbol(tr, format!("_{value}M1").as_bytes(), name) != 0;
            if !whole {
                self.look_up_symbol(tr, b"_0M1", name);
            }
            self.numbers.missing_name = 2;
        }
        whole
    }

    /// The form of "thousand" after a number (`M_Variant`).
    fn thousands_variant(&self, value: u32) -> &'static str {
        let teens = matches!(value % 100, 11..=19);
        let last = value % 10;
        match self.main.language.options.numbers2 & numbers2::THOUSANDS_VAR_BITS {
            numbers2::THOUSANDS_VAR1 if !teens && last == 1 => "1MA",
            numbers2::THOUSANDS_VAR1 | numbers2::THOUSANDS_VAR3 if !teens && matches!(last, 2..=4) => "0MA",
            numbers2::THOUSANDS_VAR2 if matches!(value, 2..=4) => "0MA",
            numbers2::THOUSANDS_VAR4 if teens || last == 0 => "0MB",
            numbers2::THOUSANDS_VAR4 if last == 1 => "0MA",
            numbers2::THOUSANDS_VAR5 if !teens && last == 1 => "1M",
            numbers2::THOUSANDS_VAR5 if !teens && matches!(last, 2..=4) => "0MA",
            _ => "0M",
        }
    }

    /// A number of up to three digits, or of more if the language does not break it up, `groups` groups before the last. A zero is
    /// not said if it is `silent`.
    pub(super) fn three_digits(
        &mut self,
        tr: &Tr,
        value: u32,
        mut silent: bool,
        groups: usize,
        mut form: Form,
    ) -> Vec<u8> {
        let options = &tr.language.options;
        let has = |flag: u32| options.numbers & flag != 0;
        let has2 = |flag: u32| options.numbers2 & flag != 0;
        let ordinal = form.ordinal;
        let mut hundreds = value / 100;
        let rest = value % 100;
        let mut all = Vec::new();
        let [mut thousands, mut hundred, mut digits, mut and] = [const { Vec::new() }; 4];
        let zero_hundred = has(numbers::ZERO_HUNDRED) && (form.more_before || hundreds >= 10);

        if hundreds > 0 || zero_hundred {
            let find = [ordinal && rest == 0, rest == 0, true];
            let names: [&[u8]; 3] = [b"_0Co", b"_0C0", b"_0C"];
            for name in find.iter().zip(names).filter(|(wanted, _)| **wanted).map(|(_, name)| name) {
                if self.look_up_symbol(tr, name, &mut hundred) != 0 {
                    break;
                }
            }
            if hundreds >= 10 && !(has(numbers::YEARS_1900) && hundreds == 19) {
                thousands = self.upper_digits(tr, value, groups, ordinal);
                hundreds %= 10;
                if hundreds == 0 && !zero_hundred {
                    hundred.clear();
                }
                silent = true;
                form.more_before = true;
            }
            if hundreds > 0 || zero_hundred {
                if has(numbers::AND_HUNDRED) && (form.more_before || !thousands.is_empty()) {
                    self.look_up_symbol(tr, b"_0and", &mut and);
                }
                silent = true;
                self.hundreds(tr, (hundreds, rest), groups, form, (&mut digits, &mut hundred), zero_hundred);
            }
            for part in [&thousands, &and, &digits, &hundred] {
                all.extend_from_slice(part);
            }
        }

        and.clear();
        if rest > 0 && !(form.ordinal && has2(numbers2::MULTIPLE_ORDINAL)) {
            let after_hundred = value > 100 || (form.more_before && groups == 0);
            if after_hundred && (has(numbers::HUNDRED_AND) || (has(numbers::HUNDRED_AND_DIGIT) && rest < 10)) {
                self.look_up_symbol(tr, b"_0and", &mut and);
            }
            if has(numbers::THOUSAND_AND) && hundreds == 0 && (form.more_before || !thousands.is_empty()) {
                self.look_up_symbol(tr, b"_0and", &mut and);
            }
        }
        let mut last = Vec::new();
        if rest != 0 || !silent {
            let place = Place {
                last: groups == 0,
                ordinal: groups == 0 && ordinal,
                ordinal_variant: groups == 0 && form.ordinal_variant,
                alone: groups == 0 && value < 100 && !form.more_before,
                feminine: (groups > 0 && feminine_before(options.numbers2, groups)) || (tr.is("ml") && groups == 1),
                feminine_tens: tr.is("ml") && groups == 1,
                zero_tens: has2(numbers2::ZERO_TENS) && (form.more_before || hundreds > 0),
            };
            let used_and;
            (last, used_and) = self.two_digits(tr, rest, groups, place);
            if used_and && has(numbers::SINGLE_AND) {
                and.clear();
            }
        } else if !self.numbers.suffix.is_empty() {
            if all.last() == Some(&code::PAUSE_SHORT) {
                all.pop();
            }
            last.clone_from(&self.numbers.suffix);
        }
        all.extend_from_slice(&and);
        all.push(code::END_WORD);
        all.extend_from_slice(&last);
        all
    }

    /// The digits above the hundreds, where the language keeps them in one word with those.
    fn upper_digits(&mut self, tr: &Tr, value: u32, groups: usize, ordinal: bool) -> Vec<u8> {
        let options = &tr.language.options;
        let upper = value / 1000;
        let level = if options.numbers2 & numbers2::MYRIADS != 0 { 0 } else { groups + 1 };
        let (mut name, mut digits) = (Vec::new(), Vec::new());
        if !self.thousands(tr, upper, level, value.is_multiple_of(1000), ordinal, &mut name) {
            let place = Place {
                feminine: feminine_before(options.numbers2, level) || tr.is("ml"),
                feminine_tens: tr.is("ml"),
                ..Place::default()
            };
            digits = self.two_digits(tr, upper, groups, place).0;
        }
        let parts = if options.numbers2 & numbers2::SWAP_THOUSANDS != 0 { [name, digits] } else { [digits, name] };
        let mut all = Vec::new();
        for part in parts {
            all.extend_from_slice(&part);
            all.push(code::END_WORD);
        }
        all
    }

    /// How many hundreds, and whether "hundred" is still to be said.
    fn hundreds(
        &mut self,
        tr: &Tr,
        (hundreds, rest): (u32, u32),
        groups: usize,
        form: Form,
        (digits, hundred): (&mut Vec<u8>, &mut Vec<u8>),
        zero_hundred: bool,
    ) {
        let options = &tr.language.options;
        let multiple = options.numbers2 & numbers2::MULTIPLE_ORDINAL != 0;
        let mut found = false;
        if form.ordinal && (rest == 0 || multiple) {
            found = self.look_up_symbol(tr, format!("_{hundreds}Co").as_bytes(), digits) != 0;
            if multiple && rest > 0 {
                digits.extend_from_slice(&self.numbers.suffix);
            }
        }
        if hundreds == 0 && zero_hundred {
            self.look_up_symbol(tr, b"_0", digits);
            return;
        }
        let only_if_more = options.numbers2 & numbers2::OMIT_1_HUNDRED_ONLY != 0;
        if !(hundreds == 1 && only_if_more && !form.more_before) {
            if !found && rest == 0 {
                found = self.look_up_symbol(tr, format!("_{hundreds}C0").as_bytes(), digits) != 0;
            }
            if !found {
                found = self.look_up_symbol(tr, format!("_{hundreds}C").as_bytes(), digits) != 0;
            }
        }
        if found {
            hundred.clear();
        } else if hundreds != 1 || options.numbers & numbers::OMIT_1_HUNDRED == 0 {
            *digits = self.two_digits(tr, hundreds, groups, Place::default()).0;
        }
    }
}

/// Whether a number before thousands, or what is above, is feminine (`NUM2_THOUSANDPLEX_VAR…`).
fn feminine_before(numbers2: u32, groups: usize) -> bool {
    groups <= 3 && numbers2 >> groups & 1 != 0
}
