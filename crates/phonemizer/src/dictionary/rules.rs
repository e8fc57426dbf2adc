//! The spelling rules: which rule of a group fits best where the word is being read (`MatchRule`).
//!
//! A rule is a row of marks and letters that ends in a zero. Letters before any mark are consumed; after `PRE` they stand before,
//! last one first, after `POST` behind; after `PHONEMES` come the phonemes. What fits near counts for more than what fits far away.

use super::{Dictionary, Effort, Flags, ending, first, mark, second, word};
use crate::{
    chars::{self, CodePoint, byte},
    language::Options,
    letters::group,
};

/// The longest word that `$list` looks up (`N_WORD_BYTES`).
const LONGEST: usize = 160;

/// The word that rules are matched against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'t> {
    /// The line that it stands in; before it is a space or, where the text begins, a zero.
    pub(crate) line: &'t [u8],
    pub(crate) start: usize,
    /// Where it is being read.
    pub(crate) at: usize,
}

/// What rules may depend on besides letters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matching<'o> {
    pub(crate) effort: &'o Effort,
    pub(crate) options: &'o Options,
    /// Flags of [`word`].
    pub(crate) word_flags: u32,
    /// First flags that the list gave for the word.
    pub(crate) flags: u32,
    /// Vowels before, and those that may be stressed.
    pub(crate) vowels: usize,
    pub(crate) stressed: usize,
    /// A verb is expected.
    pub(crate) verb: bool,
}

/// The rule that fits best.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Match<'d> {
    /// 0 if none fits.
    pub(crate) points: i32,
    pub(crate) phonemes: &'d [u8],
    /// Flags of [`ending`] with the length of an ending or prefix; 0 for none.
    pub(crate) end_type: u32,
    /// Where an `e` is from now on silent.
    pub(crate) silent_e: Option<usize>,
    /// How many bytes the rule reads.
    pub(crate) consumed: usize,
}

/// Which side of the group a part of the rule looks at.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Consumed,
    Before,
    Behind,
}

/// A rule being tried.
struct Trial<'d, 't, 'm> {
    dictionary: &'d Dictionary,
    word: Word<'t>,
    group_length: usize,
    matching: &'m Matching<'m>,
    /// The next byte of the rule.
    rule: usize,
    side: Side,
    /// The byte before what has been matched backwards, and behind what has been matched forwards.
    before: usize,
    behind: usize,
    /// How much less a letter counts for being far away.
    far_before: i32,
    far_behind: i32,
    letter: CodePoint,
    points: i32,
    consumed: usize,
    end_type: u32,
    silent_e: Option<usize>,
}

/// What a byte of a rule says.
enum Step {
    /// It fits, for so many points.
    Fits(i32),
    Fails,
}

use Step::{Fails, Fits};

fn fits_if(fits: bool, points: i32) -> Step {
    if fits { Fits(points) } else { Fails }
}

impl Dictionary {
    /// The best of the rules at `rules`, for a group of `group_length` bytes at the word's place.
    ///
    /// `look_up` gives the flags of the list for a word.
    pub(crate) fn best_rule(
        &self,
        rules: Option<u32>,
        word: Word,
        group_length: usize,
        matching: &Matching,
        look_up: &mut dyn FnMut(&[u8]) -> Flags,
    ) -> Match<'_> {
        let Some(rules) = rules else { return Match { consumed: 1, ..Match::default() } };
        let mut best = Match::default();
        let mut common = None;
        let mut rule = rules as usize;
        while rule < self.data.len() && self.byte(rule) != mark::GROUP_END && matching.effort.step() {
            let mut trial = Trial::new(self, word, group_length, matching, rule);
            if let Some(phonemes) = trial.run(&mut common, look_up)
                && trial.points >= best.points
            {
                best = Match {
                    points: trial.points,
                    phonemes,
                    end_type: trial.end_type,
                    silent_e: trial.silent_e,
                    consumed: trial.consumed,
                };
            }
            rule = trial.rule;
            rule += self.string(rule).len() + 1;
        }
        best.consumed = (best.consumed + group_length).max(1);
        if best.points == 0 {
            best.phonemes = &[];
        }
        best
    }

    /// The phonemes that a rule has in common with those after it.
    fn common_phonemes(&self, mut at: usize) -> &[u8] {
        loop {
            let byte = self.byte(at);
            at += 1;
            match byte {
                0 => return &[],
                mark::PHONEMES => return self.string(at),
                mark::CONDITION => at += 1,
                mark::LINENUM => at += 2,
                _ => {}
            }
        }
    }
}

impl<'d, 't, 'm> Trial<'d, 't, 'm> {
    fn new(
        dictionary: &'d Dictionary,
        word: Word<'t>,
        group_length: usize,
        matching: &'m Matching,
        rule: usize,
    ) -> Self {
        Self {
            dictionary,
            word,
            group_length,
            matching,
            rule,
            side: Side::Consumed,
            before: word.at,
            behind: word.at + group_length,
            far_before: -2,
            far_behind: -6,
            letter: 0,
            points: 1,
            consumed: 0,
            end_type: 0,
            silent_e: None,
        }
    }

    fn next(&mut self) -> u8 {
        let byte = self.dictionary.byte(self.rule);
        self.rule += 1;
        byte
    }

    /// The phonemes of the rule if it fits; leaves `rule` inside it, or at the zero that ends it.
    fn run(&mut self, common: &mut Option<usize>, look_up: &mut dyn FnMut(&[u8]) -> Flags) -> Option<&'d [u8]> {
        let unpronouncable_test = self.matching.word_flags & word::UNPRON_TEST != 0;
        let mut at_start = false;
        let phonemes = loop {
            let step = match self.next() {
                0 => {
                    self.rule -= 1;
                    break common.map_or(&[][..], |at| self.dictionary.common_phonemes(at));
                }
                mark::PHONEMES => break self.dictionary.string(self.rule),
                mark::PRE_ATSTART => {
                    at_start = true;
                    self.side = Side::Before;
                    Fits(0)
                }
                mark::PRE => {
                    self.side = Side::Before;
                    // Only rules for the start of a word say whether it can be pronounced.
                    fits_if(!unpronouncable_test, 0)
                }
                mark::POST => {
                    self.side = Side::Behind;
                    Fits(0)
                }
                mark::PH_COMMON => {
                    *common = Some(self.rule);
                    Fits(0)
                }
                mark::CONDITION => self.condition(),
                mark::LINENUM => {
                    self.rule += 2;
                    Fits(0)
                }
                mark::GROUP_START | mark::GROUP_END => Fits(0),
                code => match self.side {
                    Side::Consumed => self.consume(code),
                    Side::Behind => self.behind(code, look_up),
                    Side::Before => self.before(code, look_up),
                },
            };
            match step {
                Fits(points) => self.points += points,
                Fails => return None,
            }
        };
        if unpronouncable_test && !at_start {
            return None;
        }
        if at_start {
            if byte(self.word.line, self.before.wrapping_sub(1)) != b' ' {
                return None;
            }
            self.points += 4;
        }
        Some(phonemes)
    }

    /// A number below 32 must be among the language's conditions, one from 32 on must not.
    fn condition(&mut self) -> Step {
        let number = u32::from(self.next());
        let holds = self.matching.options.conditions.checked_shr(number & 31).unwrap_or(0) & 1 != 0;
        fits_if(holds == (number < 32), 1)
    }

    fn consume(&mut self, code: u8) -> Step {
        let letter = byte(self.word.line, self.behind);
        self.behind += 1;
        if letter != code && !(letter == b'E' && code == b'e') {
            return Fails;
        }
        self.consumed += 1;
        Fits(if is_later_byte(letter) { 0 } else { 21 })
    }

    fn is_in(&self, c: CodePoint, group: u8) -> bool {
        self.matching.options.letters.is_in(c, group)
    }

    /// The number of a letter group, the rule's next byte.
    fn group(&mut self) -> u8 {
        self.next().wrapping_sub(b'A')
    }

    fn letter_group(&self, at: usize, group: u8, ends_there: bool) -> Option<usize> {
        self.dictionary.letter_group(self.word.line, at, group, ends_there)
    }

    /// Goes on forwards.
    fn behind(&mut self, code: u8, look_up: &mut dyn FnMut(&[u8]) -> Flags) -> Step {
        let line = self.word.line;
        self.far_behind = nearer(self.far_behind + 6);
        let far = self.far_behind;
        let previous = self.letter;
        if byte(line, self.behind.wrapping_sub(1)) == 0 {
            return Fails;
        }
        let (letter, length) = chars::read(line, self.behind);
        self.letter = letter;
        let more = length - 1;
        let here = byte(line, self.behind);
        self.behind += 1;
        let whole = |trial: &mut Self, fits: bool, points: i32| {
            trial.behind += if fits { more } else { 0 };
            fits_if(fits, points - far)
        };
        match code {
            mark::LETTERGP => {
                let group = self.group();
                let fits = self.is_in(letter, group);
                whole(self, fits, if group == group::C { 19 } else { 20 })
            }
            mark::LETTERGP2 => {
                let group = self.group();
                let Some(length) = self.letter_group(self.behind - 1, group, false) else { return Fails };
                self.behind = (self.behind + length).wrapping_sub(1);
                Fits(20 - far)
            }
            mark::NOTVOWEL => {
                let suffix_vowel = letter == 0x20 && self.matching.word_flags & word::SUFFIX_VOWEL != 0;
                let fits = !self.is_in(letter, group::A) && !suffix_vowel;
                whole(self, fits, 20)
            }
            mark::DIGIT if !chars::is_digit(letter) => {
                self.behind -= 1;
                fits_if(self.matching.options.tone_numbers, 20 - far)
            }
            mark::DIGIT => whole(self, true, 20),
            mark::NONALPHA => whole(self, !chars::is_alphabetic(letter), 21),
            mark::DOUBLE => whole(self, letter == previous, 21),
            mark::DOLLAR => {
                self.behind -= 1;
                self.command_behind(look_up)
            }
            b'-' => {
                let hyphen = here == b' ' && self.matching.word_flags & word::HYPHEN_AFTER != 0;
                fits_if(here == b'-' || hyphen, 22 - far)
            }
            mark::SYLLABLE => {
                let wanted = self.repeated(mark::SYLLABLE);
                let vowels = self.vowel_groups(self.behind + more);
                fits_if(wanted <= vowels, 18 + wanted as i32 - far)
            }
            mark::NOVOWELS => {
                let mut at = self.behind + more;
                while !matches!(self.letter, 0 | 0x20) {
                    if self.is_in(self.letter, group::VOWEL) {
                        return Fails;
                    }
                    at += self.read(at);
                }
                Fits(19 - far)
            }
            mark::SKIPCHARS => {
                self.skip_forwards();
                Fits(0)
            }
            mark::INC_SCORE => {
                self.behind -= 1;
                Fits(20)
            }
            mark::DEC_SCORE => {
                self.behind -= 1;
                Fits(-20)
            }
            mark::DEL_FWD => {
                let mut ahead = self.word.at + self.group_length..self.behind;
                if let Some(e) = ahead.find(|at| byte(line, *at) == b'e') {
                    self.silent_e = Some(e);
                }
                Fits(0)
            }
            mark::ENDING => self.ending(),
            mark::NO_SUFFIX => {
                self.behind -= 1;
                fits_if(self.matching.word_flags & word::SUFFIX_REMOVED == 0, 1)
            }
            _ => fits_if(here == code, if is_later_byte(here) { 0 } else { 21 - far }),
        }
    }

    /// Reads the letter at `at`, and gives its length.
    fn read(&mut self, at: usize) -> usize {
        let (letter, length) = chars::read(self.word.line, at);
        self.letter = letter;
        length
    }

    /// How often a mark stands here in a row, the one that has been read included.
    fn repeated(&mut self, mark: u8) -> usize {
        let mut count = 1;
        while self.dictionary.byte(self.rule) == mark {
            self.rule += 1;
            count += 1;
        }
        count
    }

    /// Vowels with other letters between them, from the letter that has been read on.
    fn vowel_groups(&mut self, mut at: usize) -> usize {
        let (mut count, mut in_vowel) = (0, false);
        while !matches!(self.letter, 0 | 0x20) {
            let vowel = self.is_in(self.letter, group::VOWEL);
            count += usize::from(vowel && !in_vowel);
            in_vowel = vowel;
            at += self.read(at);
        }
        count
    }

    /// `(Jxy`: goes on to where `xy` begins.
    fn skip_forwards(&mut self) {
        let (sought, _) = chars::read(&self.dictionary.data, self.rule);
        let mut at = self.behind - 1;
        let mut last = at;
        let mut found = false;
        while self.letter != sought && !matches!(self.letter, 0 | 0x20) && !found {
            if sought == CodePoint::from(mark::LETTERGP2) {
                let group = self.dictionary.byte(self.rule + 1).wrapping_sub(b'A');
                found = self.letter_group(at, group, false).is_some();
            }
            last = at;
            at += self.read(at);
        }
        if self.letter == sought || found {
            self.behind = last;
        }
    }

    fn command_behind(&mut self, look_up: &mut dyn FnMut(&[u8]) -> Flags) -> Step {
        match self.next() {
            dollar::UNPRONOUNCABLE => {
                self.end_type = ending::UNPRONOUNCABLE;
                Fits(0)
            }
            dollar::NO_PREFIX => fits_if(self.matching.word_flags & word::PREFIX_REMOVED == 0, 1),
            command @ 0x10..=0x1f => {
                fits_if(self.matching.flags >> (first::ALT_BIT + u32::from(command & 0xf)) & 1 != 0, 23)
            }
            command @ (dollar::LIST | 0x20..=0x2f) => self.listed(command, look_up),
            _ => Fits(0),
        }
    }

    /// `$list` and `$p_alt`: whether the list has the word up to here (`DollarRule`).
    fn listed(&mut self, command: u8, look_up: &mut dyn FnMut(&[u8]) -> Flags) -> Step {
        let end = self.word.at + self.consumed + self.group_length;
        let Some(word) = self.word.line.get(self.word.start..end).filter(|word| word.len() + 3 <= LONGEST) else {
            return Fails;
        };
        let [flags, more] = look_up(word);
        let listed = command == dollar::LIST && flags & first::FOUND != 0 && more & second::ONLY == 0;
        fits_if(listed || flags >> (first::ALT_BIT + u32::from(command & 0xf)) & 1 != 0, 23)
    }

    /// The next three bytes are the type of an ending.
    fn ending(&mut self) -> Step {
        let at = |index| u32::from(self.dictionary.byte(self.rule + index));
        let end_type = (at(0) << 16) + ((at(1) & 0x7f) << 8) + (at(2) & 0x7f);
        if self.matching.vowels == 0 && end_type & ending::PREFIX == 0 && self.matching.options.suffix & 1 != 0 {
            return Fails;
        }
        self.end_type = end_type;
        self.rule += 3;
        Fits(0)
    }

    /// Goes on backwards.
    fn before(&mut self, code: u8, look_up: &mut dyn FnMut(&[u8]) -> Flags) -> Step {
        let line = self.word.line;
        self.far_before = nearer(self.far_before + 2);
        let far = self.far_before;
        if byte(line, self.before) == 0 {
            return Fails;
        }
        let (next, _) = chars::read(line, self.before);
        self.before = self.before.wrapping_sub(1);
        let (letter, length) = chars::read_back(line, self.before);
        self.letter = letter;
        let more = length - 1;
        let here = byte(line, self.before);
        let whole = |trial: &mut Self, fits: bool, points: i32| {
            trial.before = trial.before.wrapping_sub(if fits { more } else { 0 });
            fits_if(fits, points)
        };
        match code {
            mark::LETTERGP => {
                let group = self.group();
                let fits = self.is_in(letter, group);
                whole(self, fits, if group == group::C { 19 } else { 20 } - far)
            }
            mark::LETTERGP2 => {
                let group = self.group();
                let Some(length) = self.letter_group(self.before, group, true) else { return Fails };
                self.before = self.before.wrapping_add(1).wrapping_sub(length);
                // Here and below the C code counts the distance on the other side.
                Fits(20 - self.far_behind)
            }
            mark::NOTVOWEL => {
                let fits = !self.is_in(letter, group::A);
                whole(self, fits, 20 - far)
            }
            mark::DOUBLE => whole(self, letter == next, 21 - far),
            mark::DIGIT => whole(self, chars::is_digit(letter), 21 - far),
            mark::NONALPHA => {
                let points = 21 - self.far_behind;
                whole(self, !chars::is_alphabetic(letter), points)
            }
            mark::DOLLAR => {
                self.before = self.before.wrapping_add(1);
                match self.next() {
                    command @ (dollar::LIST | 0x20..=0x2f) => self.listed(command, look_up),
                    _ => Fits(0),
                }
            }
            mark::SYLLABLE => {
                let wanted = self.repeated(mark::SYLLABLE);
                fits_if(wanted <= self.matching.vowels, 18 + wanted as i32 - far)
            }
            mark::STRESSED => self.not_a_letter(self.matching.stressed > 0, 19),
            mark::IFVERB => self.not_a_letter(self.matching.verb, 1),
            mark::CAPITAL => self.not_a_letter(self.matching.word_flags & word::FIRST_UPPER != 0, 1),
            mark::NOVOWELS => self.no_vowels_before(more),
            b'.' => fits_if(self.dot_before(), 50),
            b'-' => {
                let hyphen = here == b' ' && self.matching.word_flags & word::HYPHEN != 0;
                fits_if(here == b'-' || hyphen, 22 - self.far_behind)
            }
            mark::SKIPCHARS => {
                self.skip_backwards();
                Fits(0)
            }
            _ if here != code => Fails,
            mark::SPACE => Fits(4),
            _ => Fits(if is_later_byte(here) { 0 } else { 21 - far }),
        }
    }

    /// A condition that reads no letter.
    fn not_a_letter(&mut self, fits: bool, points: i32) -> Step {
        self.before = self.before.wrapping_add(1);
        fits_if(fits, points)
    }

    fn no_vowels_before(&mut self, more: usize) -> Step {
        let mut at = self.before.wrapping_sub(more);
        while !matches!(self.letter, 0 | 0x20) {
            if self.is_in(self.letter, group::VOWEL) {
                return Fails;
            }
            let (letter, length) = chars::read_back(self.word.line, at.wrapping_sub(1));
            self.letter = letter;
            at = at.wrapping_sub(length);
        }
        Fits(3)
    }

    fn dot_before(&self) -> bool {
        let before = self.word.line.get(..=self.before).unwrap_or_default();
        before.iter().rev().take_while(|byte| !matches!(**byte, 0 | b' ')).any(|byte| *byte == b'.')
    }

    /// `xyJ)`: goes back to where `xy` ends.
    fn skip_backwards(&mut self) {
        let sought = self.dictionary.byte(self.rule);
        let mut at = self.before.wrapping_add(1);
        let mut last = at;
        let mut found = false;
        loop {
            let here = byte(self.word.line, at);
            if here == sought {
                self.before = last;
                break;
            }
            if matches!(here, 0 | b' ') || found {
                break;
            }
            last = at;
            at = at.wrapping_sub(1);
            if sought == mark::LETTERGP2 {
                let group = self.dictionary.byte(self.rule + 1).wrapping_sub(b'A');
                found = self.letter_group(last, group, true).is_some();
            }
        }
        if found {
            self.before = last.wrapping_add(1);
        }
    }
}

/// Commands of rules (`DOLLAR_…`).
mod dollar {
    pub(super) const UNPRONOUNCABLE: u8 = 1;
    pub(super) const NO_PREFIX: u8 = 2;
    pub(super) const LIST: u8 = 3;
}

/// All that is further than 18 is as far as 19.
fn nearer(distance: i32) -> i32 {
    if distance > 18 { 19 } else { distance }
}

fn is_later_byte(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
