//! The programs of phonemes: lists of 16-bit instructions in `phonindex` (`synthesize.h`).
//!
//! Instructions about sound are stepped over.

use super::{
    list::{CAPACITY, Listed},
    phoneme::Kind,
    tables::{PhonemeTables, Table},
};

/// How many instructions the programs of one clause may run. Those of real data come nowhere near.
pub(super) const MAX_STEPS: usize = 200 * CAPACITY;

/// Calls within calls; deeper ones are not made.
const MAX_CALLS: usize = 10;

/// How much of an IPA name is read, in bytes.
const MAX_NAME: usize = 16;

/// Instructions as whole words.
mod instruction {
    pub(super) const RETURN: u16 = 0x0001;
    pub(super) const CONTINUE: u16 = 0x0002;
    /// After a condition: it is the other way round.
    pub(super) const NOT: u16 = 0x0003;
}

/// Instructions by their upper four bits.
mod group {
    pub(super) const ASSIGN: u16 = 0x0;
    pub(super) const CHANGE_IF: u16 = 0x1;
    pub(super) const CONDITION: u16 = 0x2;
    pub(super) const CONDITION_OR: u16 = 0x3;
    pub(super) const JUMP: u16 = 0x6;
    pub(super) const CALL: u16 = 0x9;
    pub(super) const VOWEL_TRANSITION: u16 = 0xa;
    pub(super) const FORMANTS: u16 = 0xb;
    pub(super) const WAVE: u16 = 0xc;
    pub(super) const ADD_WAVE: u16 = 0xf;
}

/// What instructions of [`group::ASSIGN`] set, in bits 8 to 11.
mod assign {
    pub(super) const PLAIN: u16 = 0x0;
    pub(super) const CHANGE: u16 = 0x1;
    pub(super) const REPLACE_NEXT: u16 = 0x2;
    pub(super) const INSERT: u16 = 0x3;
    pub(super) const APPEND: u16 = 0x4;
    pub(super) const APPEND_IF_NEXT_VOWEL: u16 = 0x5;
    pub(super) const IPA_NAME: u16 = 0xd;
}

/// What instructions of [`group::JUMP`] do, in bits 9 to 11.
mod jump {
    pub(super) const ALWAYS: u16 = 0;
    /// Starts of vowels by their type follow.
    pub(super) const NEXT_VOWEL: u16 = 5;
    pub(super) const PREVIOUS_VOWEL: u16 = 6;
}

/// The words of a table of vowels' starts or ends.
const VOWEL_TABLE: usize = 12;

/// What a program asks for: codes of phonemes, 0 for none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Effects {
    pub(super) change: u8,
    pub(super) replace_next: u8,
    pub(super) insert: u8,
    pub(super) append: u8,
    name: [u8; MAX_NAME],
}

impl Effects {
    /// The phoneme's name in IPA, up to the end mark.
    pub(super) fn name(&self) -> &[u8] {
        self.name.split(|&byte| byte == 0).next().unwrap_or_default()
    }
}

/// What only the first run of programs has, which changes phonemes.
#[derive(Debug)]
pub(super) struct Changing<'a> {
    /// `LOPT_REDUCE`
    pub(super) reduce: u32,
    /// The vowel before, in this word.
    pub(super) vowel: &'a mut Option<Listed>,
}

/// A phoneme whose program runs, and what is around it.
#[derive(Debug)]
pub(super) struct Program<'a> {
    pub(super) tables: &'a PhonemeTables,
    /// The table in use.
    pub(super) table: &'a Table,
    pub(super) list: &'a mut [Listed],
    /// Where the phoneme is in the list.
    pub(super) at: usize,
    /// The first phoneme of the list that may be looked at.
    pub(super) start: usize,
    /// How many instructions may still run.
    pub(super) steps: &'a mut usize,
    /// `None` when only the name is asked for.
    pub(super) changing: Option<Changing<'a>>,
}

/// Where a program is.
struct Cursor {
    /// The next instruction.
    at: usize,
    end: End,
    calls: [usize; MAX_CALLS],
    depth: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Now,
    /// The wave that comes next is still part of it.
    AfterAddedWave,
}

impl Program<'_> {
    pub(super) fn run(mut self) -> Effects {
        let mut effects = Effects::default();
        let Some(&phoneme) = self.list.get(self.at) else { return effects };
        if let Some(changing) = &mut self.changing
            && phoneme.source != 0
        {
            *changing.vowel = None;
        }
        let start = phoneme.phoneme(self.tables).program;
        if start == 0 {
            return effects;
        }
        let mut cursor = Cursor { at: usize::from(start), end: End::NotYet, calls: [0; MAX_CALLS], depth: 0 };
        while self.may_step()
            && let Some(word) = self.tables.word(cursor.at)
        {
            self.step(word, &mut cursor, &mut effects);
            if cursor.has_ended() {
                break;
            }
        }
        if let Some(changing) = &mut self.changing
            && phoneme.kind == Kind::Vowel
        {
            *changing.vowel = self.list.get(self.at).copied();
        }
        effects
    }

    fn may_step(&mut self) -> bool {
        let steps = self.steps.checked_sub(1);
        *self.steps = steps.unwrap_or(0);
        steps.is_some()
    }

    fn step(&mut self, word: u16, cursor: &mut Cursor, effects: &mut Effects) {
        let low = usize::from(word & 0xff);
        match word >> 12 {
            group::ASSIGN => self.assign(word, cursor, effects),
            group::CHANGE_IF => {
                let condition = word >> 8 & 0xf;
                if condition < 8 && self.changing.is_some() && self.changes_if(condition) {
                    effects.change = low as u8;
                    cursor.end = End::Now;
                }
                cursor.at += 1;
            }
            group::CONDITION | group::CONDITION_OR => cursor.at = self.branch(cursor.at),
            group::JUMP => match word >> 9 & 7 {
                jump::ALWAYS => cursor.at += low,
                jump::NEXT_VOWEL | jump::PREVIOUS_VOWEL => cursor.at += 1 + VOWEL_TABLE,
                _ => cursor.at += 1,
            },
            group::CALL => {
                let target = usize::from(word & 0xf) << 16 | usize::from(self.tables.word(cursor.at + 1).unwrap_or(0));
                cursor.at += 2;
                if word >> 8 & 0xf == 1 {
                    cursor.call(target);
                }
            }
            group::VOWEL_TRANSITION => cursor.at += 4,
            sound @ group::FORMANTS..=group::ADD_WAVE => self.sound(sound, cursor),
            _ => cursor.at += 1,
        }
    }

    fn assign(&mut self, word: u16, cursor: &mut Cursor, effects: &mut Effects) {
        let [value, _] = word.to_le_bytes();
        cursor.at += 1;
        match word >> 8 {
            assign::PLAIN if word == instruction::RETURN => cursor.end = End::Now,
            assign::CHANGE => {
                effects.change = value;
                if self.changing.is_some() {
                    cursor.end = End::Now;
                }
            }
            assign::REPLACE_NEXT => effects.replace_next = value,
            assign::INSERT => effects.insert = value,
            assign::APPEND => effects.append = value,
            assign::APPEND_IF_NEXT_VOWEL => {
                let next = self.list.get(self.at + 1).unwrap_or(&Listed::NOTHING);
                if self.table.phoneme(next.code).is_vowel() {
                    effects.append = value;
                }
            }
            assign::IPA_NAME => self.read_name(usize::from(value), cursor, effects),
            _ => {}
        }
    }

    /// Two bytes a word, the first in the upper half.
    fn read_name(&self, length: usize, cursor: &mut Cursor, effects: &mut Effects) {
        let words = length.min(MAX_NAME).div_ceil(2);
        let (pairs, _) = effects.name.as_chunks_mut::<2>();
        for pair in &mut pairs[..words] {
            *pair = self.tables.word(cursor.at).unwrap_or(0).to_be_bytes();
            cursor.at += 1;
        }
        // What an earlier name leaves is not part of this one.
        if let Some(pair) = pairs.get_mut(words) {
            *pair = [0; 2];
        }
    }

    /// Tries conditions one after the other; returns where the program goes on.
    fn branch(&mut self, mut at: usize) -> usize {
        let mut truth = true;
        let mut or = false;
        let mut word = self.tables.word(at).unwrap_or(0);
        while matches!(word >> 12, group::CONDITION | group::CONDITION_OR) && self.may_step() {
            let mut holds = self.holds(word, self.tables.word(at + 1).unwrap_or(0));
            at += self.length(at);
            if self.tables.word(at) == Some(instruction::NOT) {
                holds = !holds;
                at += 1;
            }
            truth = if or { truth || holds } else { truth && holds };
            or = word >> 12 == group::CONDITION_OR;
            word = self.tables.word(at).unwrap_or(0);
        }
        if truth { at } else { self.otherwise(at) }
    }

    /// Where the program goes on after conditions that do not hold.
    fn otherwise(&self, at: usize) -> usize {
        let word = self.tables.word(at).unwrap_or(0);
        if word & 0xf800 == 0x6800 {
            // A jump if false.
            return at + usize::from(word & 0xff);
        }
        let after = at + self.length(at);
        // The jump over what else would be done.
        let jumps = self.tables.word(after).is_some_and(|word| word & 0xfe00 == 0x6000);
        if jumps { after + 1 } else { after }
    }

    /// The length of an instruction, in words.
    fn length(&self, at: usize) -> usize {
        let word = self.tables.word(at).unwrap_or(0);
        match word >> 12 {
            group::ASSIGN if word >> 8 == assign::IPA_NAME => 1 + usize::from(word & 0xff).div_ceil(2),
            group::CONDITION | group::CONDITION_OR if matches!(word & 0xf00, 0x600 | 0xd00) => 2,
            group::JUMP if matches!(word >> 9 & 7, jump::NEXT_VOWEL | jump::PREVIOUS_VOWEL) => VOWEL_TABLE,
            group::CALL => 2,
            group::VOWEL_TRANSITION => 4,
            group::FORMANTS..=group::ADD_WAVE => match self.tables.word(at + 2) {
                Some(next) if next >> 12 == group::ADD_WAVE => 4,
                Some(instruction::CONTINUE) => 3,
                _ => 2,
            },
            _ => 1,
        }
    }

    /// Formants and waves end a program, unless it is told to continue or a wave is added.
    fn sound(&self, sound: u16, cursor: &mut Cursor) {
        let next = self.tables.word(cursor.at + 2).unwrap_or(0);
        cursor.at += 2;
        if next == instruction::CONTINUE {
            return;
        }
        if matches!(sound, group::FORMANTS | group::WAVE) {
            cursor.end = if next >> 12 == group::ADD_WAVE { End::AfterAddedWave } else { End::Now };
        } else if sound == group::ADD_WAVE && cursor.end == End::AfterAddedWave {
            cursor.end = End::Now;
        }
    }
}

impl Cursor {
    fn call(&mut self, target: usize) {
        if let Some(place) = self.calls.get_mut(self.depth) {
            *place = self.at;
            self.depth += 1;
            self.at = target;
        }
    }

    /// Goes back from a call that has ended; says whether the program itself has.
    fn has_ended(&mut self) -> bool {
        if self.end != End::Now {
            return false;
        }
        let Some(depth) = self.depth.checked_sub(1) else { return true };
        self.depth = depth;
        self.at = self.calls[depth];
        self.end = End::NotYet;
        false
    }
}
