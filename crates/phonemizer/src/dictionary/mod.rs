//! A language's compiled dictionary (`<lang>_dict`): the list of words and the spelling rules.
//!
//! Layout (espeak-ng 1.52, `compiledict.c`): the number of hash chains (1024) and the offset of the rules, 32 bits each,
//! little endian; the chains, each a row of entries that ends in a zero; the groups of rules.

mod effort;
mod entries;
mod flags;
mod letter_groups;
mod rules;
mod transpose;

use std::{borrow::Cow, fmt};

use crate::chars::byte;

pub(crate) use effort::Effort;
pub(crate) use entries::Asked;
pub(crate) use flags::*;
pub(crate) use rules::{Match, Matching, Word};

/// `N_HASH_DICT`
const CHAINS: usize = 1024;
/// `N_LETTER_GROUPS`
const LETTER_GROUPS: usize = 95;

/// Marks among the rules (`RULE_…` in `translate.h`).
mod mark {
    pub(super) const PRE: u8 = 1;
    pub(super) const POST: u8 = 2;
    pub(super) const PHONEMES: u8 = 3;
    pub(super) const PH_COMMON: u8 = 4;
    pub(super) const CONDITION: u8 = 5;
    pub(super) const GROUP_START: u8 = 6;
    pub(super) const GROUP_END: u8 = 7;
    pub(super) const PRE_ATSTART: u8 = 8;
    pub(super) const LINENUM: u8 = 9;
    pub(super) const STRESSED: u8 = 10;
    pub(super) const DOUBLE: u8 = 11;
    pub(super) const INC_SCORE: u8 = 12;
    pub(super) const DEL_FWD: u8 = 13;
    pub(super) const ENDING: u8 = 14;
    pub(super) const DIGIT: u8 = 15;
    pub(super) const NONALPHA: u8 = 16;
    pub(super) const LETTERGP: u8 = 17;
    pub(super) const LETTERGP2: u8 = 18;
    pub(super) const CAPITAL: u8 = 19;
    pub(super) const REPLACEMENTS: u8 = 20;
    pub(super) const SYLLABLE: u8 = 21;
    pub(super) const SKIPCHARS: u8 = 23;
    pub(super) const NO_SUFFIX: u8 = 24;
    pub(super) const NOTVOWEL: u8 = 25;
    pub(super) const IFVERB: u8 = 26;
    pub(super) const DOLLAR: u8 = 28;
    pub(super) const NOVOWELS: u8 = 29;
    pub(super) const SPACE: u8 = b' ';
    pub(super) const DEC_SCORE: u8 = b'<';
}

/// Why bytes are no dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidDictionary(pub(crate) &'static str);

/// A compiled dictionary, read where it lies.
pub(crate) struct Dictionary {
    data: Cow<'static, [u8]>,
    /// Where each hash chain begins.
    chains: Box<[u32]>,
    groups: Groups,
    letter_groups: [Option<u32>; LETTER_GROUPS],
    /// Pairs of strings: what is replaced in the text, and by what.
    replacements: Option<u32>,
}

/// Where the rules for a letter begin.
struct Groups {
    /// By first byte; 0 is the group for all others.
    single: Box<[Option<u32>; 256]>,
    /// By letter, counted from the first of the language's alphabet.
    by_offset: Box<[Option<u32>; 128]>,
    /// For two bytes, in the order of the data.
    double: Vec<([u8; 2], u32)>,
    /// The first of `double` for a byte, and how many there are.
    double_range: Box<[(u16, u16); 256]>,
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").field("bytes", &self.data.len()).finish_non_exhaustive()
    }
}

impl Dictionary {
    /// Finds the chains and groups, and checks that they lie within the data.
    pub(crate) fn parse(data: Cow<'static, [u8]>) -> Result<Self, InvalidDictionary> {
        let number = |at: usize| {
            let bytes = data.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
            bytes.map(u32::from_le_bytes).ok_or(InvalidDictionary("it is cut short"))
        };
        if number(0)? as usize != CHAINS {
            return Err(InvalidDictionary("its number of hash chains is not 1024"));
        }
        let rules = number(4)? as usize;
        if rules < 8 || rules > data.len() || data.len() > i32::MAX as usize {
            return Err(InvalidDictionary("its rules do not lie within it"));
        }
        let chains = chains(&data)?;
        let mut dictionary = Self {
            chains,
            groups: Groups {
                single: Box::new([None; 256]),
                by_offset: Box::new([None; 128]),
                double: Vec::new(),
                double_range: Box::new([(0, 0); 256]),
            },
            letter_groups: [None; LETTER_GROUPS],
            replacements: None,
            data,
        };
        dictionary.find_groups(rules)?;
        Ok(dictionary)
    }

    fn byte(&self, at: usize) -> u8 {
        byte(&self.data, at)
    }

    /// The bytes from `at` up to the next zero.
    fn string(&self, at: usize) -> &[u8] {
        let rest = self.data.get(at..).unwrap_or_default();
        rest.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// `InitGroups`
    fn find_groups(&mut self, rules: usize) -> Result<(), InvalidDictionary> {
        const OPEN: InvalidDictionary = InvalidDictionary("a group of rules has no end");
        let mut at = rules;
        if self.byte(at) == mark::GROUP_END {
            return Ok(());
        }
        while self.byte(at) != 0 {
            if self.byte(at) != mark::GROUP_START {
                return Err(InvalidDictionary("its rules are no groups"));
            }
            at += 1;
            if self.byte(at) == mark::REPLACEMENTS {
                at = (at + 4) & !3;
                self.replacements = Some(at as u32);
                at = self.find(at, |four| four == [0; 4]).ok_or(OPEN)?;
                at = self.find(at, |four| four.first() == Some(&mark::GROUP_END)).ok_or(OPEN)? + 1;
                continue;
            }
            if self.byte(at) == mark::LETTERGP2 {
                let group = usize::from(self.byte(at + 1).wrapping_sub(b'A'));
                at += 2;
                if let Some(place) = self.letter_groups.get_mut(group) {
                    *place = Some(at as u32);
                }
            } else {
                at = self.add_group(at);
            }
            while self.byte(at) != mark::GROUP_END {
                at += self.string(at).len() + 1;
                if at >= self.data.len() {
                    return Err(OPEN);
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// The first place from `at` on whose four bytes (fewer at the end) are as asked for.
    fn find(&self, at: usize, found: impl Fn(&[u8]) -> bool) -> Option<usize> {
        (at..self.data.len()).find(|&at| found(self.data.get(at..(at + 4).min(self.data.len())).unwrap_or_default()))
    }

    /// Notes a group by its name, and gives where its rules begin.
    fn add_group(&mut self, at: usize) -> usize {
        let name = self.string(at);
        let (len, first, second) = (name.len(), byte(name, 0), byte(name, 1));
        let rules = at + len + 1;
        let place = Some(rules as u32);
        match len {
            0 | 1 => self.groups.single[usize::from(first)] = place,
            _ if first == 1 => {
                if let Some(group) = self.groups.by_offset.get_mut(usize::from(second.wrapping_sub(1))) {
                    *group = place;
                }
            }
            _ => {
                let range = &mut self.groups.double_range[usize::from(first)];
                if range.1 == 0 {
                    range.0 = self.groups.double.len().min(u16::MAX.into()) as u16;
                }
                range.1 = range.1.saturating_add(1);
                self.groups.double.push(([first, second], rules as u32));
            }
        }
        rules
    }

    /// The rules for a first byte, and those that hold for any.
    pub(crate) fn rules_for(&self, first: u8) -> Option<u32> {
        self.groups.single[usize::from(first)]
    }

    /// The rules for a letter, counted from the first of the language's alphabet.
    pub(crate) fn rules_by_offset(&self, offset: u32) -> Option<u32> {
        self.groups.by_offset.get(offset as usize).copied().flatten()
    }

    /// Whether there are rules for two bytes that begin with this one; if so, those for these two.
    pub(crate) fn rules_for_two(&self, two: [u8; 2]) -> impl Iterator<Item = u32> + '_ {
        let (first, count) = self.groups.double_range[usize::from(two[0])];
        let groups = self.groups.double.iter().skip(first.into()).take(count.into());
        groups.filter(move |group| group.0 == two).map(|group| group.1)
    }

    /// The pairs of strings of `.replace`, from `at` on (0 for the first): what is replaced, by what, and where the next pair is.
    pub(crate) fn replacement(&self, at: usize) -> Option<(&[u8], &[u8], usize)> {
        let start = self.replacements? as usize + at;
        if self.data.get(start..start + 4).is_none_or(|four| four == [0; 4]) {
            return None;
        }
        let from = self.string(start);
        let to = self.string(start + from.len() + 1);
        Some((from, to, at + from.len() + to.len() + 2))
    }
}

fn chains(data: &[u8]) -> Result<Box<[u32]>, InvalidDictionary> {
    let mut chains = Vec::with_capacity(CHAINS);
    let mut at = 8;
    for _ in 0..CHAINS {
        chains.push(at as u32);
        loop {
            match data.get(at) {
                None => return Err(InvalidDictionary("a hash chain has no end")),
                Some(0) => break,
                Some(&len) => at += usize::from(len),
            }
        }
        at += 1;
    }
    Ok(chains.into())
}
