//! Runs the programs of a clause's phonemes and joins its words (`MakePhonemeList`).

use crate::language::{Options, stress_flags};

use super::{
    code,
    list::{CAPACITY, Listed},
    phoneme::{Kind, Phoneme},
    planned::{FINAL_PAUSES, level, synth},
    program::{Changing, Effects, MAX_STEPS, Program},
    spoken::Spoken,
    tables::{Id, InUse, PhonemeTables},
};

/// What a clause has room for besides its final pauses.
const MAX_SPOKEN: usize = CAPACITY - 3;

/// Broken data can insert phonemes before each other for ever.
const MAX_ROUNDS: usize = 4 * CAPACITY;

/// Bits of [`Options::vowel_pause`].
mod vowel_pause {
    /// Between two vowels of different words.
    pub(super) const BETWEEN_VOWELS: u32 = 0x03;
    /// Its value for a longer pause.
    pub(super) const BETWEEN_VOWELS_SHORT: u32 = 0x02;
    /// Before a word that starts with a vowel.
    pub(super) const BEFORE_VOWEL: u32 = 0x0c;
    /// Its value for a pause that breaks links.
    pub(super) const BEFORE_VOWEL_NO_LINK: u32 = 0x0c;
    pub(super) const BEFORE_STRESSED_VOWEL: u32 = 0x100;
    pub(super) const AFTER_CONSONANT: u32 = 0x200;
}

/// The pause between words by [`Options::word_gap`] (`pause_phonemes`).
const WORD_GAPS: [u8; 8] = [
    0,
    code::PAUSE_VSHORT,
    code::PAUSE_SHORT,
    code::PAUSE,
    code::PAUSE_LONG,
    code::GLOTTAL_STOP,
    code::PAUSE_LONG,
    code::PAUSE_LONG,
];

/// What a clause's phonemes become.
pub(super) struct Arranger<'a, 't> {
    tables: &'a PhonemeTables,
    options: &'a Options,
    in_use: &'a mut InUse<'t>,
    list: &'a mut [Listed],
    spoken: &'a mut Vec<Listed>,
    /// The phoneme that comes next, 0 if it is the next of the list.
    pending: u8,
    /// Where the last word started; there is room before it for phonemes that are inserted.
    word_start: usize,
    /// Unstressed syllables in a row.
    unstressed: usize,
    /// The stress of the clause's last word.
    last_stress: u8,
    /// The vowel before, in this word.
    vowel: Option<Listed>,
    /// How many instructions of programs may still run.
    steps: usize,
    /// No word has started yet.
    at_start: bool,
}

/// One phoneme of the list while its turn lasts.
#[derive(Clone, Copy)]
struct Turn {
    at: usize,
    /// What it is by now.
    id: Id,
    /// The phoneme after it.
    next: Id,
    inserted: bool,
    deleted: bool,
    effects: Effects,
}

impl<'a, 't> Arranger<'a, 't> {
    pub(super) fn new(
        spoken: &Spoken<'a>,
        in_use: &'a mut InUse<'t>,
        list: &'a mut [Listed],
        last_stress: u8,
        out: &'a mut Vec<Listed>,
    ) -> Self {
        out.clear();
        Arranger {
            tables: spoken.tables,
            options: spoken.options,
            in_use,
            list,
            spoken: out,
            pending: 0,
            word_start: 1,
            unstressed: 0,
            last_stress,
            vowel: None,
            steps: MAX_STEPS,
            at_start: true,
        }
    }

    pub(super) fn run(mut self) {
        let end = self.list.len().saturating_sub(FINAL_PAUSES);
        let end_source = self.list.last().map_or(0, |phoneme| phoneme.source);
        let mut at = 0;
        for _ in 0..MAX_ROUNDS {
            if self.pending == 0 && (at >= end || self.spoken.len() >= MAX_SPOKEN) {
                break;
            }
            at = self.turn(at) + 1;
        }
        for (code, source) in [(code::PAUSE, end_source), (code::PAUSE_SHORT, 0)] {
            let id = self.in_use.table().id(code);
            self.spoken.push(Listed { id, code: code::PAUSE, source, ..Listed::NOTHING });
        }
    }

    /// One phoneme, the list's or one that is inserted before it; returns where it is.
    fn turn(&mut self, at: usize) -> usize {
        let mut turn = if self.pending != 0 { self.insert(at) } else { self.take(at) };
        if turn.id == Id::NONE {
            return turn.at;
        }
        self.apply_program(&mut turn);
        let phoneme = self.tables.phoneme(turn.id);
        if phoneme.is_vowel() && !turn.deleted {
            self.diminish(turn.at);
        }
        self.double(&turn);
        if self.entry(turn.at + 1).source != 0 {
            self.join_words(&turn, phoneme);
        }
        if let Some(entry) = self.list.get_mut(turn.at + 2) {
            entry.id = self.in_use.table().id(entry.code);
        }
        if self.pending == 0 {
            self.pending = turn.effects.append;
        }
        if !turn.deleted {
            self.speak(turn.at, turn.id, phoneme);
        }
        turn.at
    }

    fn entry(&self, at: usize) -> &Listed {
        self.list.get(at).unwrap_or(&Listed::NOTHING)
    }

    /// The next phoneme of the list.
    fn take(&mut self, at: usize) -> Turn {
        let Listed { code, source, tone, .. } = *self.entry(at);
        if source != 0 {
            self.word_start = at;
        }
        let id = self.in_use.table().id(code);
        self.set_id(at, id);
        if code == code::SWITCH {
            self.in_use.select(tone);
        }
        let next = self.in_use.table().id(self.entry(at + 1).code);
        self.set_id(at + 1, next);
        Turn { at, id, next, inserted: false, deleted: false, effects: Effects::default() }
    }

    /// The pending phoneme takes the place of the one before, whose turn is over; the word moves back to make room.
    fn insert(&mut self, before: usize) -> Turn {
        let next = self.in_use.table().id(self.entry(before).code);
        let at = before.saturating_sub(1);
        if at > 0 {
            let from = if self.word_start > 0 {
                self.word_start -= 1;
                self.word_start + 1
            } else {
                // No room left: the start of the word stays.
                2
            };
            if from <= at && at < self.list.len() {
                self.list.copy_within(from..=at, from - 1);
            }
        }
        let code = std::mem::take(&mut self.pending);
        let id = self.in_use.table().id(code);
        if let Some(entry) = self.list.get_mut(at) {
            *entry = Listed { id, code, ..Listed::NOTHING };
        }
        Turn { at, id, next, inserted: true, deleted: false, effects: Effects::default() }
    }

    fn set_id(&mut self, at: usize, id: Id) {
        if let Some(entry) = self.list.get_mut(at) {
            entry.id = id;
        }
    }

    fn interpret(&mut self, at: usize) -> Effects {
        let changing = Some(Changing { reduce: self.options.reduce, vowel: &mut self.vowel });
        Program {
            tables: self.tables,
            table: self.in_use.table(),
            list: self.list,
            at,
            start: 0,
            steps: &mut self.steps,
            changing,
        }
        .run()
    }

    fn apply_program(&mut self, turn: &mut Turn) {
        turn.effects = self.interpret(turn.at);
        if turn.effects.replace_next != 0 {
            self.replace_next(turn);
        }
        if turn.effects.insert != 0 && !turn.inserted {
            self.pending = self.entry(turn.at).code;
            self.change(turn, turn.effects.insert);
        }
        match turn.effects.change {
            0 => {}
            code::CONTROL => {
                turn.id = self.in_use.table().id(code::CONTROL);
                turn.deleted = true;
                if let Some(entry) = self.list.get_mut(turn.at) {
                    (entry.id, entry.code) = (turn.id, code::CONTROL);
                }
            }
            code => self.change(turn, code),
        }
    }

    fn replace_next(&mut self, turn: &mut Turn) {
        let code = turn.effects.replace_next;
        turn.next = self.in_use.table().id(code);
        let kind = self.in_use.table().phoneme(code).kind;
        if let Some(entry) = self.list.get_mut(turn.at + 1) {
            (entry.id, entry.code, entry.kind) = (turn.next, code, kind);
        }
    }

    /// Puts another phoneme in its place and runs that one's program.
    fn change(&mut self, turn: &mut Turn, code: u8) {
        let was_vowel = self.tables.phoneme(turn.id).is_vowel();
        let becomes_vowel = self.in_use.table().phoneme(code).is_vowel();
        turn.id = self.in_use.table().id(code);
        if let Some(entry) = self.list.get_mut(turn.at) {
            (entry.id, entry.code) = (turn.id, code);
            if becomes_vowel {
                entry.flags |= synth::SYLLABLE;
                if !was_vowel {
                    entry.stress = 0;
                }
            } else {
                entry.flags &= !synth::SYLLABLE;
            }
        }
        turn.effects = self.interpret(turn.at);
    }

    /// Of unstressed vowels in a row, some are diminished.
    fn diminish(&mut self, at: usize) {
        if self.entry(at).stress > level::UNSTRESSED {
            self.unstressed = 0;
            return;
        }
        self.unstressed += 1;
        if self.options.stress_flags & stress_flags::UNSTRESSED_DIM != 0 {
            self.diminish_pair(at);
            return;
        }
        if self.unstressed.is_multiple_of(2) {
            let ends_stressed_word = self.last_stress >= level::PRIMARY && self.entry(at + 1).source != 0;
            if self.options.stress_flags & stress_flags::NO_DIM != 0 || ends_stressed_word {
                self.unstressed = 1;
            } else if let Some(entry) = self.list.get_mut(at) {
                entry.stress = 0;
            }
        }
    }

    /// A vowel and the next one before a pause, if both are unstressed, in words without main stress.
    fn diminish_pair(&mut self, at: usize) {
        let ahead = self.list.iter().skip(at + 1).take_while(|entry| entry.kind != Kind::Pause);
        let Some(next) = ahead.clone().position(|entry| entry.kind == Kind::Vowel).map(|ahead| at + 1 + ahead) else {
            return;
        };
        if self.entry(next).stress > level::UNSTRESSED {
            return;
        }
        for at in [at, next] {
            if let Some(entry) = self.list.get_mut(at).filter(|entry| entry.word_stress < level::PRIMARY) {
                entry.stress = 0;
            }
        }
    }

    /// A consonant that is to be lengthened is doubled.
    fn double(&mut self, turn: &Turn) {
        let next = self.tables.phoneme(turn.next);
        let doubles =
            matches!(next.kind, Kind::Fricative | Kind::VoicedFricative | Kind::Nasal | Kind::Liquid | Kind::Pause);
        if turn.at > 0
            && doubles
            && let Some(entry) = self.list.get_mut(turn.at + 1)
            && entry.flags & synth::LENGTHEN != 0
        {
            self.pending = next.code;
            entry.flags ^= synth::LENGTHEN;
        }
    }

    /// Pauses between a word that ends here and the next one.
    fn join_words(&mut self, turn: &Turn, phoneme: &Phoneme) {
        if self.options.vowel_pause != 0 && phoneme.kind != Kind::Pause {
            self.pause_at_vowels(turn, phoneme);
        }
        let gap = self.options.word_gap as usize & 7;
        if !turn.inserted && !self.spoken.is_empty() && gap != 0 {
            let has_pause = matches!(self.pending, code::PAUSE_SHORT | code::PAUSE_NOLINK);
            if gap > 1 || !has_pause {
                self.pending = WORD_GAPS[gap];
            }
        }
    }

    fn pause_at_vowels(&mut self, turn: &Turn, phoneme: &Phoneme) {
        let pauses = self.options.vowel_pause;
        if !phoneme.is_vowel() && pauses & vowel_pause::AFTER_CONSONANT != 0 {
            self.pending = code::PAUSE_NOLINK;
        }
        if !self.tables.phoneme(turn.next).is_vowel() {
            return;
        }
        match pauses & vowel_pause::BEFORE_VOWEL {
            0 => {}
            vowel_pause::BEFORE_VOWEL_NO_LINK => self.pending = code::PAUSE_NOLINK,
            _ => self.pending = code::PAUSE_VSHORT,
        }
        if phoneme.is_vowel() {
            match pauses & vowel_pause::BETWEEN_VOWELS {
                0 => {}
                vowel_pause::BETWEEN_VOWELS_SHORT => self.pending = code::PAUSE_SHORT,
                _ => self.pending = code::PAUSE_VSHORT,
            }
        }
        let next_is_stressed = self.entry(turn.at + 1).stress >= level::PRIMARY;
        if next_is_stressed && pauses & vowel_pause::BEFORE_STRESSED_VOWEL != 0 {
            self.pending = code::PAUSE_SHORT;
        }
    }

    fn speak(&mut self, at: usize, id: Id, phoneme: &Phoneme) {
        let entry = *self.entry(at);
        let starts_word = entry.source != 0;
        let spaced = starts_word && !self.at_start;
        self.at_start &= !starts_word;
        let (code, kind) = (phoneme.code, phoneme.kind);
        self.spoken.push(Listed { id, code, kind, stress: entry.stress & 0xf, spaced, ..entry });
    }
}
