//! Where a word is stressed (`GetVowelStress`, `SetWordStress`, `ChangeWordStress`).

use super::{LONGEST_PHONEMES, Session, Tr};
use crate::{
    dictionary::Flags,
    language::{Options, StressRule, stress_flags},
    phonemes::{Kind, code, flag},
};

/// Levels of stress (`STRESS_IS_…` in `synthesize.h`); a vowel that none has been given has −1.
pub(crate) const DIMINISHED: i8 = 0;
pub(crate) const UNSTRESSED: i8 = 1;
pub(crate) const NOT_STRESSED: i8 = 2;
pub(crate) const SECONDARY: i8 = 3;
pub(crate) const PRIMARY: i8 = 4;
const PRIORITY: i8 = 5;
const NONE: i8 = -1;

/// The phoneme that marks each level (`stress_phonemes`).
const MARKS: [u8; 7] = [
    code::STRESS_D,
    code::STRESS_U,
    code::STRESS_2,
    code::STRESS_3,
    code::STRESS_P,
    code::STRESS_P2,
    code::STRESS_TONIC,
];

/// What [`Session::set_word_stress`] is to do besides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Control {
    /// The main stress becomes this one.
    pub(super) tonic: Option<i8>,
    /// These are phonemes of a symbol's name, not the first of a word.
    pub(super) symbol: bool,
    /// A suffix will be added.
    pub(super) suffix_follows: bool,
}

/// A word's phonemes without stress marks, and the stress of each vowel, counted from 1. On both sides is one more.
struct Vowels {
    phonemes: Vec<u8>,
    stress: Vec<i8>,
    /// How many vowels there are, and one.
    count: usize,
    /// The highest level, −1 if none is marked.
    highest: i8,
    stressed: usize,
}

impl Vowels {
    fn stress(&self, vowel: usize) -> i8 {
        self.stress.get(vowel).copied().unwrap_or(UNSTRESSED)
    }

    fn set(&mut self, vowel: usize, stress: i8) {
        if let Some(place) = self.stress.get_mut(vowel) {
            *place = stress;
        }
    }

    fn stress_primarily(&mut self, vowel: usize) {
        self.stressed = vowel;
        self.set(vowel, PRIMARY);
        self.highest = PRIMARY;
    }
}

/// How heavy the syllables are, and how long their vowels, counted from 1.
struct Weights {
    weight: Vec<u8>,
    length: Vec<u8>,
}

impl Weights {
    fn weight(&self, vowel: usize) -> u8 {
        self.weight.get(vowel).copied().unwrap_or(0)
    }

    fn length(&self, vowel: usize) -> u8 {
        self.length.get(vowel).copied().unwrap_or(0)
    }
}

impl Session<'_> {
    fn is_vowel(&self, phoneme: u8) -> bool {
        self.phoneme(phoneme).is_some_and(|phoneme| phoneme.kind == Kind::Vowel)
    }

    fn has_flag(&self, phoneme: u8, flag: u32) -> bool {
        self.phoneme(phoneme).is_some_and(|phoneme| phoneme.flags & flag != 0)
    }

    fn is_syllable(&self, phoneme: u8) -> bool {
        self.is_vowel(phoneme) && !self.has_flag(phoneme, flag::NONSYLLABIC)
    }

    /// Reads the stress marks of a word. `stressed` is the number of the stressed syllable if the list gives it, else 0;
    /// `weak` vowels, which are never stressed, are marked unless told otherwise.
    fn vowel_stress(&self, phonemes: &[u8], stressed: usize, weak: bool) -> Vowels {
        let mut vowels = Vowels {
            phonemes: Vec::with_capacity(phonemes.len()),
            stress: vec![UNSTRESSED],
            count: 1,
            highest: NONE,
            stressed: 0,
        };
        let mut next = NONE;
        for &phoneme in phonemes {
            if vowels.count >= LONGEST_PHONEMES / 2 - 1 {
                break;
            }
            let Some(facts) = self.phoneme(phoneme) else { continue };
            if facts.kind == Kind::Stress && facts.program == 0 {
                let level = facts.std_length.min(127) as i8;
                if phoneme == code::STRESS_PREV {
                    stress_previous(&mut vowels, stressed);
                } else if level < PRIMARY || stressed == 0 {
                    next = level;
                    vowels.highest = vowels.highest.max(level);
                }
                continue;
            }
            let syllable = facts.kind == Kind::Vowel && facts.flags & flag::NONSYLLABIC == 0;
            if syllable {
                if next >= PRIMARY && next >= vowels.highest {
                    vowels.stressed = vowels.count;
                    vowels.highest = next;
                }
                let is_weak = weak && next < 0 && facts.flags & flag::UNSTRESSED != 0;
                vowels.stress.push(if is_weak { UNSTRESSED } else { next });
                next = NONE;
                vowels.count += 1;
            } else if phoneme == code::SYLLABIC {
                vowels.stress.push(if weak && next < 0 { UNSTRESSED } else { next });
                vowels.count += 1;
            }
            vowels.phonemes.push(phoneme);
        }
        vowels.stress.push(UNSTRESSED);
        if stressed > 0 {
            let stressed = stressed.min(vowels.count - 1);
            vowels.stress_primarily(stressed);
        }
        vowels
    }

    fn weights(&self, phonemes: &[u8]) -> Weights {
        let mut weights = Weights { weight: vec![0], length: vec![0] };
        let at = |index: usize| phonemes.get(index).copied().unwrap_or(0);
        let mut index = 0;
        while index < phonemes.len() {
            let vowel = at(index);
            if self.is_syllable(vowel) {
                let lengthened = at(index + 1) == code::LENGTHEN;
                let length = u8::from(lengthened || self.has_flag(vowel, flag::LONG));
                index += usize::from(lengthened);
                let next = at(index + 1);
                let is_consonant = !matches!(
                    self.kind(next),
                    Kind::Pause | Kind::Stress | Kind::Vowel | Kind::Deleted | Kind::Invalid
                );
                // Two consonants, a long one, or one at the end of the word.
                let closed = is_consonant && (!self.is_vowel(at(index + 2)) || self.has_flag(next, flag::LONG));
                weights.length.push(length);
                weights.weight.push(length + u8::from(closed));
            }
            index += 1;
        }
        weights
    }

    /// Stresses a word as its language does where its marks, the list or the rules have not said how. The stressed syllable
    /// is in the low bits of the list's `flags`: 1 to 7, and bit 3 if the word has no main stress.
    pub(super) fn set_word_stress(&mut self, tr: &Tr, phonemes: &mut Vec<u8>, flags: Option<&Flags>, control: Control) {
        let options = &tr.language.options;
        phonemes.truncate(LONGEST_PHONEMES);
        if phonemes.is_empty() {
            return;
        }
        let known = self.table().len();
        let input: Vec<u8> =
            phonemes.iter().map(|code| if usize::from(*code) >= known { code::SCHWA } else { *code }).collect();
        let bits = flags.map_or(0, |flags| flags[0]);
        let unstressed_word = bits & 8 != 0;
        let given = if unstressed_word { bits & 3 } else { bits & 7 } as usize;

        let mut vowels = self.vowel_stress(&input, given, true);
        prefer_priority(&mut vowels, options);
        let marked = vowels.highest;
        if vowels.highest < 0 && flags.is_some() {
            vowels.highest = DIMINISHED;
        }
        let ends = [input.len() - 1, input.len().saturating_sub(2)].map(|at| input.get(at).copied().unwrap_or(0));
        let weights = self.weights(&vowels.phonemes);
        self.apply_rule(tr, &mut vowels, &weights, ends);

        let last = vowels.count - 1;
        if options.stress_flags & stress_flags::FINAL_VOWEL_UNSTRESSED != 0
            && !control.suffix_follows
            && vowels.count > 2
            && marked < SECONDARY
            && vowels.stress(last) == PRIMARY
            && self.is_vowel(ends[0])
        {
            vowels.set(last, UNSTRESSED);
            vowels.set(last - 1, PRIMARY);
        }
        complete_pattern(&mut vowels, &weights, options, unstressed_word);

        let mut tonic = control.tonic;
        if unstressed_word && tonic.is_none() {
            let level = if vowels.count <= 2 { options.unstressed_wd1 } else { options.unstressed_wd2 };
            tonic = Some(level as i8);
        }
        let mut highest = DIMINISHED;
        let mut highest_at = 0;
        for vowel in 1..vowels.count {
            if vowels.stress(vowel) >= highest {
                highest = vowels.stress(vowel);
                highest_at = vowel;
            }
        }
        if let Some(tonic) = tonic {
            // Not where unstressing would disturb a stress that is given.
            if tonic > highest || highest <= PRIMARY {
                vowels.set(highest_at, tonic);
            }
            highest = tonic;
        }
        self.write_stressed(tr, &mut vowels, (highest, highest_at), control.symbol, phonemes);
    }

    /// Stresses the syllable that the language's rule says, unless one is.
    fn apply_rule(&self, tr: &Tr, vowels: &mut Vowels, weights: &Weights, ends: [u8; 2]) {
        let count = vowels.count;
        let free = vowels.stressed == 0;
        let stress_if_nothing_marked = |vowels: &mut Vowels, vowel: usize| {
            vowels.stressed = vowel;
            if vowels.highest == DIMINISHED {
                vowels.set(vowel, PRIMARY);
            }
            vowels.highest = PRIMARY;
        };
        match tr.language.options.stress_rule {
            StressRule::FirstUnlessLight if weights.weight(1) > 0 || weights.weight(2) == 0 => {}
            StressRule::FirstUnlessLight | StressRule::Second if free && count > 2 => {
                stress_if_nothing_marked(vowels, 2);
            }
            StressRule::Penultimate if free => self.stress_penultimate(tr, vowels, weights, ends),
            StressRule::Final if free => {
                vowels.stressed = count - 1;
                while vowels.stressed > 0 {
                    if vowels.stress(vowels.stressed) < DIMINISHED {
                        vowels.set(vowels.stressed, PRIMARY);
                        break;
                    }
                    vowels.stressed -= 1;
                }
                vowels.highest = PRIMARY;
            }
            StressRule::Antepenultimate if free => {
                stress_if_nothing_marked(vowels, count.saturating_sub(3).max(1));
            }
            StressRule::SyllableCount if free => {
                vowels.stress_primarily(guess_by_count(count, self.kind(ends[0])));
            }
            StressRule::LastHeaviest if free => {
                let mut heaviest = None;
                let mut stressed = 0;
                for vowel in 1..count.saturating_sub(1) {
                    if vowels.stress(vowel) < DIMINISHED && Some(weights.weight(vowel)) >= heaviest {
                        heaviest = Some(weights.weight(vowel));
                        stressed = vowel;
                    }
                }
                if weights.weight(count - 1) == 2 && heaviest < Some(2) {
                    stressed = count - 1;
                } else if heaviest.unwrap_or(0) == 0 {
                    stressed = 1;
                }
                vowels.stress_primarily(stressed);
            }
            StressRule::FinalBeforeUnstressed if free => {
                let unstressed = (1..count).find(|vowel| vowels.stress(*vowel) == UNSTRESSED);
                vowels.stress_primarily(unstressed.unwrap_or(count) - 1);
            }
            StressRule::All => {
                for vowel in 1..count {
                    if vowels.stress(vowel) < DIMINISHED {
                        vowels.set(vowel, PRIMARY);
                    }
                }
            }
            StressRule::Greenlandic => {
                let mut last_long = 0;
                for vowel in 1..count {
                    if vowels.stress(vowel) == PRIMARY {
                        vowels.set(vowel, SECONDARY);
                    }
                    if weights.length(vowel) > 0 {
                        last_long = vowel;
                        vowels.set(vowel, SECONDARY);
                    }
                }
                let stressed = match (vowels.stressed, last_long) {
                    (0, 0) if count > 5 => count - 3,
                    (0, 0) => count - 1,
                    (0, long) => long,
                    (given, _) => given,
                };
                vowels.stress_primarily(stressed);
            }
            StressRule::FirstUnlessShort if free => {
                let second = weights.length(1) == 0 && count > 2 && weights.length(2) > 0;
                vowels.stress_primarily(if second { 2 } else { 1 });
            }
            StressRule::Basque if free && count > 2 => {
                for vowel in 1..count {
                    vowels.set(vowel, DIMINISHED);
                }
                stress_if_nothing_marked(vowels, 2);
                if count > 3 {
                    vowels.set(count - 1, SECONDARY);
                }
            }
            _ => {}
        }
    }

    fn stress_penultimate(&self, tr: &Tr, vowels: &mut Vowels, weights: &Weights, ends: [u8; 2]) {
        let flags = tr.language.options.stress_flags;
        let count = vowels.count;
        vowels.highest = PRIMARY;
        let mut stressed = 1;
        if count > 2 {
            stressed = count - 2;
            if flags & stress_flags::FINAL_SPANISH != 0 && self.is_stressed_on_last(tr, ends) {
                stressed = count - 1;
            }
            if flags & stress_flags::FINAL_LONG != 0 && weights.length(count - 1) > weights.length(count - 2) {
                stressed = count - 1;
            }
            if matches!(vowels.stress(stressed), DIMINISHED | UNSTRESSED) {
                if stressed > 1 {
                    stressed -= 1;
                } else {
                    stressed += 1;
                }
            }
        }
        vowels.stressed = stressed;
        if vowels.stress(stressed) < 0
            && (vowels.stress(stressed - 1) < PRIMARY || vowels.stress(stressed + 1) < PRIMARY)
        {
            vowels.set(stressed, PRIMARY);
        }
    }

    /// Whether a word of a language like Spanish has its stress on the last syllable for what it ends in.
    fn is_stressed_on_last(&self, tr: &Tr, [last, before]: [u8; 2]) -> bool {
        let Some(last) = self.phoneme(last).filter(|last| last.kind != Kind::Vowel) else { return false };
        let is = |letter: u8| last.mnemonic == u32::from(letter);
        let after_vowel = self.is_vowel(before);
        match tr.language.code.as_str() {
            "an" | "ca" => !(is(b's') || is(b'n')) || !after_vowel,
            "ia" => !is(b's') || !after_vowel,
            _ if is(b's') && self.kind(before) == Kind::Nasal => false,
            _ => (last.kind != Kind::Nasal && !is(b's')) || !after_vowel,
        }
    }

    /// The phonemes with marks before the vowels.
    fn write_stressed(
        &mut self,
        tr: &Tr,
        vowels: &mut Vowels,
        (mut highest, highest_at): (i8, usize),
        symbol: bool,
        output: &mut Vec<u8>,
    ) {
        let options = &tr.language.options;
        let flags = options.stress_flags;
        let phonemes = std::mem::take(&mut vowels.phonemes);
        let at = |index: usize| phonemes.get(index).copied().unwrap_or(0);
        output.clear();
        if !symbol {
            let first = phonemes.iter().find(|c| self.kind(**c) != Kind::Stress && **c != code::END_WORD);
            if options.vowel_pause & 0x30 != 0 && first.is_some_and(|first| self.is_vowel(*first)) {
                let strong = options.vowel_pause & 0x20 != 0 && vowels.stress(1) >= PRIMARY;
                output.push(if strong { code::PAUSE_NOLINK } else { code::PAUSE_VSHORT });
            }
        }
        let mut vowel = 1;
        let mut index = 0;
        while index < phonemes.len() && output.len() < LONGEST_PHONEMES - 3 {
            let phoneme = at(index);
            index += 1;
            if self.phoneme(phoneme).is_none() {
                continue;
            }
            if self.kind(phoneme) != Kind::Pause && (self.is_syllable(phoneme) || at(index) == code::SYLLABIC) {
                let level = unstressed_level(vowels, vowel, highest, flags);
                if level == DIMINISHED || level > UNSTRESSED {
                    output.extend(MARKS.get(level as usize));
                }
                highest = highest.max(vowels.stress(vowel));
                if at(index) == code::LENGTHEN && options.lengthen & 1 != 0 {
                    let only_highest = options.lengthen & 0x10 != 0;
                    if if only_highest { vowel != highest_at } else { level < PRIMARY } {
                        index += 1;
                    }
                }
                vowel += 1;
            }
            if phoneme != code::CONTROL {
                output.push(phoneme);
            }
        }
    }

    /// Raises the main stress of a word, or lowers all that is above.
    pub(super) fn change_word_stress(&self, phonemes: &mut Vec<u8>, level: i8, options: &Options) {
        let mut vowels = self.vowel_stress(phonemes, 0, false);
        prefer_priority(&mut vowels, options);
        if level >= PRIMARY {
            let highest = vowels.highest;
            if let Some(vowel) = (1..vowels.count).find(|vowel| vowels.stress(*vowel) >= highest) {
                vowels.set(vowel, level);
            }
        } else {
            for vowel in 1..vowels.count {
                let stress = vowels.stress(vowel).min(level);
                vowels.set(vowel, stress);
            }
        }
        phonemes.clear();
        let mut vowel = 1;
        for &phoneme in &vowels.phonemes {
            if self.is_syllable(phoneme) {
                let level = vowels.stress(vowel);
                if level == DIMINISHED || level > UNSTRESSED {
                    phonemes.extend(MARKS.get(level as usize));
                }
                vowel += 1;
            }
            phonemes.push(phoneme);
        }
    }
}

/// The mark that stresses the vowel before it: the nearest that is not explicitly unstressed.
fn stress_previous(vowels: &mut Vowels, given: usize) {
    let mut vowel = vowels.count - 1;
    while vowel > 0 && given == 0 && vowels.stress(vowel) < PRIMARY {
        if !matches!(vowels.stress(vowel), DIMINISHED | UNSTRESSED) {
            vowels.set(vowel, PRIMARY);
            if vowels.highest < PRIMARY {
                vowels.highest = PRIMARY;
                vowels.stressed = vowel;
            }
            for earlier in 1..vowel {
                if vowels.stress(earlier) == PRIMARY {
                    vowels.set(earlier, SECONDARY);
                }
            }
            break;
        }
        vowel -= 1;
    }
}

/// A priority stress takes the place of all other main stresses.
fn prefer_priority(vowels: &mut Vowels, options: &Options) {
    if vowels.highest != PRIORITY {
        return;
    }
    let lowered = if options.stress_flags & stress_flags::PRIORITY_STRESS != 0 { UNSTRESSED } else { SECONDARY };
    for vowel in 1..vowels.count {
        match vowels.stress(vowel) {
            PRIMARY => vowels.set(vowel, lowered),
            PRIORITY => {
                vowels.set(vowel, PRIMARY);
                vowels.stressed = vowel;
            }
            _ => {}
        }
    }
    vowels.highest = PRIMARY;
}

/// Russian: the stressed syllable by the number of syllables (and one) and the last phoneme.
fn guess_by_count(count: usize, last: Kind) -> usize {
    const PLAIN: [u8; 16] = [0, 0, 1, 1, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11];
    const VOWEL: [u8; 16] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9, 10];
    const STOP: [u8; 16] = [0, 0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 7, 7, 8, 9, 10];
    let guesses = match last {
        Kind::Vowel => VOWEL,
        Kind::Stop => STOP,
        _ => PLAIN,
    };
    guesses.get(count).map_or(count.saturating_sub(3), |guess| usize::from(*guess))
}

/// Gives the other syllables their stress: every second one a secondary stress, if the language has that.
fn complete_pattern(vowels: &mut Vowels, weights: &Weights, options: &Options, unstressed_word: bool) {
    let flags = options.stress_flags;
    let has = |flag: u32| flags & flag != 0;
    let count = vowels.count;
    let mut stress = if vowels.highest < PRIMARY { PRIMARY } else { SECONDARY };
    if !unstressed_word {
        if has(stress_flags::TWO_SYLLABLES_2) && count == 3 {
            if vowels.stress(1) == PRIMARY {
                vowels.set(2, SECONDARY);
            }
            if vowels.stress(2) == PRIMARY {
                vowels.set(1, SECONDARY);
            }
        }
        if has(stress_flags::INITIAL_2) && vowels.stress(1) < DIMINISHED && count > 3 && vowels.stress(2) >= PRIMARY {
            vowels.set(1, SECONDARY);
        }
    }
    let mut done = false;
    let mut first_primary = None;
    for vowel in 1..count {
        if vowels.stress(vowel) < DIMINISHED {
            if has(stress_flags::FINAL_NO_2) && stress < PRIMARY && vowel == count - 1 {
                // No secondary stress at the end.
            } else if has(stress_flags::FIRST_UNSTRESSED) && !done {
                vowels.set(vowel, stress);
                done = true;
                stress = SECONDARY;
            } else if between_unstressed(vowels, vowel, stress) {
                if (stress == SECONDARY && has(stress_flags::NO_AUTO_2))
                    || yields_to_heavy(weights, vowel, count, flags)
                {
                    continue;
                }
                vowels.set(vowel, stress);
                done = true;
                stress = SECONDARY;
            }
        }
        if vowels.stress(vowel) >= PRIMARY {
            if first_primary.is_none() {
                first_primary = Some(vowel);
            } else if has(stress_flags::FIRST_PRIMARY) {
                vowels.set(vowel, SECONDARY);
            }
        }
    }
}

fn between_unstressed(vowels: &Vowels, vowel: usize, stress: i8) -> bool {
    let next = vowels.stress(vowel + 1);
    vowels.stress(vowel - 1) <= UNSTRESSED && (next <= UNSTRESSED || (stress == PRIMARY && next <= NOT_STRESSED))
}

/// A light syllable leaves its stress to a heavy one after it (Finnish).
fn yields_to_heavy(weights: &Weights, vowel: usize, count: usize, flags: u32) -> bool {
    flags & stress_flags::TO_HEAVY_2 != 0
        && vowel > 1
        && weights.weight(vowel) == 0
        && ((vowel..count - 1).any(|later| weights.weight(later) > 0) || weights.weight(vowel + 1) > 0)
}

/// The level that a vowel is written with: unstressed ones inside a word are diminished.
fn unstressed_level(vowels: &mut Vowels, vowel: usize, highest: i8, flags: u32) -> i8 {
    let level = vowels.stress(vowel);
    if level > UNSTRESSED {
        return level;
    }
    let last = vowels.count - 1;
    if vowel > 1 && highest >= NOT_STRESSED && flags & stress_flags::FINAL_DIM != 0 && vowel == last {
        DIMINISHED
    } else if flags & stress_flags::NO_DIM != 0
        || vowel == 1
        || vowel == last
        || (vowel + 1 == last && vowels.stress(last) <= UNSTRESSED)
    {
        UNSTRESSED
    } else {
        if vowels.stress(vowel - 1) < DIMINISHED || flags & stress_flags::MID_DIM == 0 {
            vowels.set(vowel, DIMINISHED);
            return DIMINISHED;
        }
        level
    }
}
