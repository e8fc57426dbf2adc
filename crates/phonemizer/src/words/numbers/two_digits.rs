//! Tens and units (`LookupNum2`).

use crate::{
    language::{numbers, numbers2},
    phonemes::{Kind, code},
    words::{Session, Tr},
};

/// Where in a number two digits stand, and in which form.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// They are the last of the number, not of its thousands or hundreds.
    pub(super) last: bool,
    pub(super) ordinal: bool,
    pub(super) ordinal_variant: bool,
    /// There are no higher digits.
    pub(super) alone: bool,
    /// In the feminine form, if there is one, and the tens too.
    pub(super) feminine: bool,
    pub(super) feminine_tens: bool,
    /// A zero for the tens is said.
    pub(super) zero_tens: bool,
}

/// Two digits being put together.
#[derive(Default)]
struct Parts {
    tens: Vec<u8>,
    units: Vec<u8>,
    /// The ending of an ordinal.
    ordinal: Vec<u8>,
    found: bool,
    found_ordinal: bool,
}

impl Session<'_> {
    /// The phonemes of a number below 100, and whether they have an "and".
    pub(super) fn two_digits(&mut self, tr: &Tr, value: u32, groups: usize, place: Place) -> (Vec<u8>, bool) {
        let options = &tr.language.options;
        let mut used_and = false;
        let mut all = Vec::new();
        if place.last && self.numbers.ending_digits == 2 {
            all.clone_from(&self.numbers.ending);
        } else {
            let mut parts = Parts::default();
            if self.numbers.ending.is_empty() {
                self.whole(tr, value, groups, place, &mut parts);
            }
            if value < 10 && place.zero_tens {
                self.look_up_symbol(tr, b"_0", &mut parts.tens);
            } else if !parts.found {
                self.tens_and_units(tr, value, groups, place, &mut parts);
            }
            if place.ordinal && !parts.found_ordinal && parts.ordinal.is_empty() {
                if value >= 20 && (value.is_multiple_of(10) || options.numbers & numbers::SWAP_TENS != 0) {
                    self.look_up_symbol(tr, b"_ord20", &mut parts.ordinal);
                }
                if parts.ordinal.is_empty() {
                    self.look_up_symbol(tr, b"_ord", &mut parts.ordinal);
                }
            }
            used_and = options.numbers & (numbers::SWAP_TENS | numbers::AND_UNITS) != 0
                && !parts.tens.is_empty()
                && !parts.units.is_empty();
            all = if used_and { self.with_and(tr, place, parts) } else { self.without_and(tr, parts) };
        }
        single_stress(&mut all, options.numbers);
        (all, used_and)
    }

    fn ordinal_mark(place: Place) -> char {
        if place.ordinal_variant { 'q' } else { 'o' }
    }

    fn find(&mut self, tr: &Tr, name: &str, phonemes: &mut Vec<u8>) -> bool {
        self.look_up_symbol(tr, name.as_bytes(), phonemes) != 0
    }

    /// Looks for a word for all of it.
    fn whole(&mut self, tr: &Tr, value: u32, groups: usize, place: Place, parts: &mut Parts) {
        let options = &tr.language.options;
        let mark = Self::ordinal_mark(place);
        let mut found = false;
        if place.feminine {
            found = self.find(tr, &format!("_{value}fx"), &mut parts.units)
                || self.find(tr, &format!("_{value}f"), &mut parts.units);
        } else if place.ordinal {
            parts.ordinal.clone_from(&self.numbers.suffix);
            if place.alone {
                found = self.find(tr, &format!("_{value}{mark}x"), &mut parts.units);
                if found && !self.numbers.suffix_alone.is_empty() {
                    parts.ordinal.clone_from(&self.numbers.suffix_alone);
                }
            }
            found = found || self.find(tr, &format!("_{value}{mark}"), &mut parts.units);
            parts.found_ordinal = found;
        }
        if !found {
            if !place.last {
                let like_ordinal = options.numbers2 & numbers2::ORDINAL_AND_THOUSANDS != 0 && groups <= 1;
                let form = if like_ordinal { 'o' } else { 'a' };
                found = self.find(tr, &format!("_{value}{form}"), &mut parts.units);
            } else if self.numbers.before_suffix {
                found = self.find(tr, &format!("_{value}e"), &mut parts.units);
            }
        }
        let only_units = place.ordinal && options.numbers2 & numbers2::NO_TEEN_ORDINALS != 0;
        if !found && !only_units {
            found = self.find(tr, &format!("_{value}"), &mut parts.units);
        }
        parts.found = found;
    }

    fn tens_and_units(&mut self, tr: &Tr, value: u32, groups: usize, place: Place, parts: &mut Parts) {
        let options = &tr.language.options;
        let mark = Self::ordinal_mark(place);
        let (tens, mut units) = (value / 10, value % 10);
        if place.ordinal && self.find(tr, &format!("_{tens}X{mark}"), &mut parts.tens) {
            parts.found_ordinal = true;
            if units != 0 && options.numbers2 & numbers2::MULTIPLE_ORDINAL != 0 {
                parts.tens.extend_from_slice(&self.numbers.suffix);
            }
        }
        if !parts.found_ordinal {
            let form = if place.feminine_tens { "f" } else { "" };
            self.find(tr, &format!("_{tens}X{form}"), &mut parts.tens);
        }
        if parts.tens.is_empty() && options.numbers & numbers::VIGESIMAL != 0 {
            units = value % 20;
            self.find(tr, &format!("_{}X", tens & !1), &mut parts.tens);
        }
        parts.units.clear();
        if units == 0 {
            return;
        }
        if place.last && !self.numbers.ending.is_empty() {
            parts.units.clone_from(&self.numbers.ending);
            parts.found_ordinal = true;
            parts.ordinal.clear();
            return;
        }
        let swap = options.numbers & numbers::SWAP_TENS != 0;
        let mut found = place.feminine && self.find(tr, &format!("_{units}f"), &mut parts.units);
        if place.ordinal && !swap {
            found = self.find(tr, &format!("_{units}{mark}"), &mut parts.units);
            parts.found_ordinal |= found;
        }
        if found {
            return;
        }
        if self.numbers.before_suffix && place.last {
            found = self.find(tr, &format!("_{units}e"), &mut parts.units);
        } else if !place.last || swap {
            let like_ordinal = options.numbers2 & numbers2::ORDINAL_AND_THOUSANDS != 0 && groups <= 1;
            let form = if like_ordinal { 'o' } else { 'a' };
            found = self.find(tr, &format!("_{units}{form}"), &mut parts.units);
        }
        if !found {
            self.find(tr, &format!("_{units}"), &mut parts.units);
        }
    }

    fn with_and(&mut self, tr: &Tr, place: Place, parts: Parts) -> Vec<u8> {
        let options = &tr.language.options;
        let mut and = Vec::new();
        self.look_up_symbol(tr, b"_0and", &mut and);
        if place.ordinal && options.numbers2 & numbers2::ORDINAL_NO_AND != 0 {
            and.clear();
        }
        if options.numbers & numbers::SWAP_TENS != 0 {
            [parts.units, and, parts.tens, parts.ordinal].concat()
        } else {
            [parts.tens, and, parts.units, parts.ordinal].concat()
        }
    }

    fn without_and(&mut self, tr: &Tr, mut parts: Parts) -> Vec<u8> {
        let options = &tr.language.options;
        let is_vowel = |code: Option<&u8>| code.is_some_and(|code| self.kind(*code) == Kind::Vowel);
        if options.numbers & numbers::SINGLE_VOWEL != 0 && !parts.units.is_empty() {
            let after_stress = parts.units.first().is_some_and(|code| self.kind(*code) == Kind::Stress);
            if is_vowel(parts.tens.last()) && is_vowel(parts.units.get(usize::from(after_stress))) {
                parts.tens.pop();
            }
        }
        let mut all = [parts.tens, parts.units].concat();
        if options.numbers2 & numbers2::ORDINAL_DROP_VOWEL != 0 && !parts.ordinal.is_empty() && is_vowel(all.last()) {
            all.pop();
        }
        all.extend_from_slice(&parts.ordinal);
        all
    }
}

/// Some languages stress only the first, or only the last, part of a number.
fn single_stress(phonemes: &mut [u8], flags: u32) {
    let mut seen = false;
    let mut reduce = |phoneme: &mut u8| {
        if *phoneme == code::STRESS_P && std::mem::replace(&mut seen, true) {
            *phoneme = code::STRESS_3;
        }
    };
    if flags & numbers::SINGLE_STRESS_L != 0 {
        phonemes.iter_mut().for_each(&mut reduce);
    } else if flags & numbers::SINGLE_STRESS != 0 {
        phonemes.iter_mut().rev().for_each(&mut reduce);
    }
}
