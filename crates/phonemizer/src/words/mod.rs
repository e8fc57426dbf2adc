//! What is decided for each word: its phonemes and its stress, from the list, the rules, its letters or as a number.

mod alternatives;
mod endings;
mod letter_names;
mod list;
mod numbers;
mod roman;
mod spelled;
mod spelling;
mod stress;
mod translate;

use std::sync::Arc;

use crate::{
    dictionary::{Dictionary, Effort, Flags},
    language::Language,
    phonemes::{Kind, Phoneme, PhonemeTables, Table, code},
};

/// The longest word in phonemes, and in bytes (`N_WORD_PHONEMES`, `N_WORD_BYTES`).
pub(crate) const LONGEST_PHONEMES: usize = 200;
pub(crate) const LONGEST_BYTES: usize = 160;

/// The language of names that a language lacks.
const ENGLISH: &str = "en";

/// How deep an entry of the list may lead to another; more is an error in the data.
const DEEPEST: u32 = 12;

/// A language with its data: what a word is translated by.
#[derive(Debug)]
pub(crate) struct Translator {
    pub(crate) language: Language,
    pub(crate) dictionary: Dictionary,
    /// The number of its phoneme table.
    pub(crate) table: u8,
}

/// Gives the translators of other languages that a text may need; none if their data is not at hand.
pub(crate) trait Library {
    fn translator(&self, language: &str) -> Option<Arc<Translator>>;
}

/// A translator, and which of the text's it is.
#[derive(Debug, Clone)]
pub(crate) struct Tr {
    pub(crate) translator: Arc<Translator>,
    pub(crate) role: Role,
}

/// The text's own language, that of a foreign word, that of a letter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Main,
    Second,
    Third,
}

impl std::ops::Deref for Tr {
    type Target = Translator;

    fn deref(&self) -> &Translator {
        &self.translator
    }
}

impl Tr {
    fn is(&self, language: &str) -> bool {
        self.language.code == language
    }
}

/// A line of words, with a space after each. Before the first stand a zero and spaces.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    /// Where the last word of the clause ends, if this is the clause.
    pub(crate) clause_end: Option<usize>,
}

impl Line {
    /// Text that is no clause, and where it begins in the line.
    pub(crate) fn of(text: &[u8]) -> (Self, usize) {
        const START: &[u8] = b"\0  ";
        let mut bytes = Vec::with_capacity(START.len() + text.len());
        bytes.extend_from_slice(START);
        bytes.extend_from_slice(text);
        (Self { bytes, clause_end: None }, START.len())
    }

    pub(crate) fn at(&self, at: usize) -> u8 {
        crate::chars::byte(&self.bytes, at)
    }

    pub(crate) fn char(&self, at: usize) -> (u32, usize) {
        crate::chars::read(&self.bytes, at)
    }

    pub(crate) fn set(&mut self, at: usize, byte: u8) {
        if let Some(place) = self.bytes.get_mut(at) {
            *place = byte;
        }
    }

    /// Writes bytes over those at `at`.
    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        for (index, byte) in bytes.iter().enumerate() {
            self.set(at + index, *byte);
        }
    }

    fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.bytes.get(from..to.min(self.bytes.len())).unwrap_or_default()
    }

    fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Where the next space is, or the end of the line.
    pub(crate) fn word_end_by_space(&self, at: usize) -> usize {
        let rest = self.from(at);
        at + rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len())
    }

    /// Where the word at `at` ends: at a space or a zero.
    pub(crate) fn word_end(&self, at: usize) -> usize {
        let rest = self.from(at);
        at + rest.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(rest.len())
    }
}

/// A word of a clause (`WORD_TAB`).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WordEntry {
    /// Flags of [`crate::dictionary::word`].
    pub(crate) flags: u32,
    /// Where it begins in the line.
    pub(crate) start: usize,
    pub(crate) pre_pause: u32,
    /// What says which word it is to its phonemes; 0 for none of its own.
    pub(crate) source: u16,
}

/// The words of a clause, seen from one of them. There may be none: text that is no part of it.
#[derive(Debug)]
pub(crate) struct Words<'w> {
    pub(crate) all: &'w mut [WordEntry],
    pub(crate) at: usize,
}

impl Words<'_> {
    fn none() -> Words<'static> {
        Words { all: &mut [], at: 0 }
    }

    /// The flags of this word or one after it.
    fn flags(&self, after: usize) -> u32 {
        self.all.get(self.at + after).map_or(0, |word| word.flags)
    }

    fn add_flags(&mut self, flags: u32) {
        if let Some(word) = self.all.get_mut(self.at) {
            word.flags |= flags;
        }
    }

    fn remove_flags(&mut self, flags: u32) {
        if let Some(word) = self.all.get_mut(self.at) {
            word.flags &= !flags;
        }
    }

    fn reborrow(&mut self) -> Words<'_> {
        Words { all: self.all, at: self.at }
    }
}

/// What a translator remembers from word to word of a clause.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// For how many words on a verb, a verb with -s, a past form or a noun is expected.
    expect_verb: u32,
    expect_verb_s: u32,
    expect_past: u32,
    expect_noun: u32,
    /// Vowels of the word so far, and those that may be stressed.
    vowels: usize,
    stressed: usize,
    /// Flags of the word before.
    pub(crate) previous: Flags,
    /// A symbol that may be repeated, and how often it has been.
    repeated: Vec<u8>,
    repeats: u32,
    pub(crate) prepause_timeout: u32,
    /// Capital and small letters of the clause.
    pub(crate) capitals: usize,
    pub(crate) smalls: usize,
}

/// The translation of a clause: which languages are at work, and what they remember.
pub(crate) struct Session<'a> {
    pub(crate) tables: &'a PhonemeTables,
    library: &'a dyn Library,
    pub(crate) main: Tr,
    second: Option<Tr>,
    third: Option<Tr>,
    memories: [Memory; 3],
    /// The number of the phoneme table in use.
    pub(crate) table: u8,
    /// The phonemes of the word that was translated last.
    pub(crate) phonemes: Vec<u8>,
    /// How many words after this one it includes.
    pub(crate) skip_words: u32,
    /// A pause that a bracket asks for.
    pub(crate) pre_pause: u32,
    /// The clause ends a sentence.
    pub(crate) sentence: bool,
    numbers: numbers::Numbers,
    depth: u32,
    pub(crate) effort: Effort,
}

impl<'a> Session<'a> {
    pub(crate) fn new(tables: &'a PhonemeTables, library: &'a dyn Library, translator: Arc<Translator>) -> Self {
        let table = translator.table;
        Self {
            tables,
            library,
            main: Tr { translator, role: Role::Main },
            second: None,
            third: None,
            memories: Default::default(),
            table,
            phonemes: Vec::new(),
            skip_words: 0,
            pre_pause: 0,
            sentence: false,
            numbers: numbers::Numbers::default(),
            depth: 0,
            effort: Effort::new(),
        }
    }

    /// A new clause begins, with so many capital and small letters; whether it ends a sentence.
    pub(crate) fn begin_clause(&mut self, capitals: usize, smalls: usize, sentence: bool) {
        self.back_to_main();
        self.effort.begin();
        self.sentence = sentence;
        self.pre_pause = 0;
        self.skip_words = 0;
        let memory = &mut self.memories[Role::Main as usize];
        memory.begin_clause();
        memory.capitals = capitals;
        memory.smalls = smalls;
    }

    pub(crate) fn memory(&mut self, tr: &Tr) -> &mut Memory {
        &mut self.memories[tr.role as usize]
    }

    fn table(&self) -> &'a Table {
        self.tables.table(self.table)
    }

    fn phoneme(&self, code: u8) -> Option<&'a Phoneme> {
        self.table().get(code)
    }

    /// The kind of a phoneme; what is none counts as a pause.
    pub(crate) fn kind(&self, code: u8) -> Kind {
        self.phoneme(code).map_or(Kind::Pause, |phoneme| phoneme.kind)
    }

    /// The phoneme table of the text's own language is in use again.
    pub(crate) fn back_to_main(&mut self) {
        self.table = self.main.table;
    }

    /// Calls a translator of another language to a role, and its phoneme table into use (`SetAlternateTranslator`).
    pub(crate) fn call(&mut self, role: Role, language: &str) -> Option<Tr> {
        let table = self.tables.table_named(language)?;
        self.table = table;
        let place = if role == Role::Second { &mut self.second } else { &mut self.third };
        if place.as_ref().is_none_or(|tr| tr.language.name != language) {
            *place = self.library.translator(language).map(|translator| Tr { translator, role });
        }
        let called = place.clone();
        match &called {
            None => self.back_to_main(),
            Some(tr) => self.memory(tr).repeated.clear(),
        }
        called
    }
}

/// Whether phonemes are a switch to the language that they name.
fn is_switch(phonemes: &[u8]) -> bool {
    phonemes.first() == Some(&code::SWITCH)
}
