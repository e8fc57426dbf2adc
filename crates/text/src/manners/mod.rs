//! Text as it is written for the eye, read as a person reads it to somebody: Markdown, HTML, addresses and pictures.
//!
//! Everything is decided by what stands before and a bounded look ahead, so that text that is still being written is read
//! on at once; a mark that opens something need not be closed by another to be left out.

mod addresses;
mod block;
mod emoji;
mod entities;
mod inline;
mod letters;
mod lines;
mod linked;
mod links;
mod markup;
mod tags;

use crate::Part;
use crate::cursor::{Look, Miss};
use crate::script::Script;

pub(crate) use entities::numbered_char;

/// Of the text, so many bytes that were read are kept before they are thrown away.
const KEPT: usize = 1 << 12;
/// Bytes of what is read that are made ready at once.
const READY: usize = 1 << 10;
/// Spaces before the beginning of a line. After more it is no list, heading or the like.
const MAX_INDENT: usize = 64;
/// Elements within each other that name a language.
const MAX_LANGUAGES: usize = 64;
/// A longer row of the same mark is no emphasis.
const LONGEST_RUN: usize = 3;

/// Reads a text.
#[derive(Debug)]
pub(crate) struct Manners {
    /// What is there and was not thrown away, where it is read on, and the bytes that were before it.
    text: String,
    at: usize,
    dropped: usize,
    whole: bool,
    script: Script,
    /// The character before the next one.
    before: char,
    begins_line: bool,
    mode: Mode,
    block: Block,
    /// The number of the last line that began with one.
    number: Option<u32>,
    /// Marks `*`, `_` and `~` that have opened something.
    open: [usize; 3],
    /// Where a link's text ends, and where the link does; those inside others come last.
    links: Vec<(usize, usize)>,
    /// The row of an HTML table has a cell.
    cells: bool,
    languages: Vec<Spoken>,
}

/// What the text is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    Text,
    /// Between so many backticks.
    Code(usize),
    /// Between `[[` and `]]`.
    Raw,
    Fence {
        mark: char,
        count: usize,
        read: bool,
    },
    Comment,
    /// An element that is not read.
    Unread(String),
}

/// What the line is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Plain,
    Heading,
    Item,
    Quote,
    Row,
}

/// An element in a language of its own.
#[derive(Debug)]
struct Spoken {
    element: String,
    /// Elements of the same name in it that are open.
    inner: usize,
    language: String,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            text: String::new(),
            at: 0,
            dropped: 0,
            whole: false,
            script: Script::default(),
            before: '\n',
            begins_line: true,
            mode: Mode::Text,
            block: Block::Plain,
            number: None,
            open: [0; 3],
            links: Vec::new(),
            cells: false,
            languages: Vec::new(),
        }
    }
}

impl Manners {
    pub(crate) fn push(&mut self, piece: &str) {
        if self.at > KEPT {
            self.text.drain(..self.at);
            self.dropped += self.at;
            self.at = 0;
        }
        self.text.push_str(piece);
    }

    pub(crate) fn finish(&mut self) {
        self.whole = true;
    }

    pub(crate) fn next(&mut self) -> Option<Part> {
        while self.script.has_less_than(READY) && self.step().is_ok() {}
        self.script.next()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The byte of all that was given where it is read on.
    fn place(&self) -> usize {
        self.dropped + self.at
    }

    /// Moves on, and gives what was passed.
    fn pass(&mut self, len: usize) -> &str {
        let passed = self.text.get(self.at..self.at + len).unwrap_or_default();
        self.at += passed.len();
        if let Some(last) = passed.chars().next_back() {
            self.before = last;
        }
        passed
    }

    /// Reads so many bytes as they stand.
    fn keep(&mut self, len: usize) {
        let place = self.place();
        self.script.keep(place, self.text.get(self.at..self.at + len).unwrap_or_default());
        self.pass(len);
    }

    /// Reads something else in place of so many bytes.
    fn say(&mut self, len: usize, read: &str) {
        let place = self.place();
        self.script.say(place..place + len, read);
        self.pass(len);
    }

    fn end_sentence(&mut self) {
        self.script.end_sentence(self.place());
    }

    /// Begins something that has nothing to do with the text before it.
    fn begin_block(&mut self, block: Block) {
        self.end_sentence();
        self.block = block;
        self.open = [0; 3];
    }

    /// Reads a little; a miss if more of the text must be there first.
    fn step(&mut self) -> Look<()> {
        if self.rest().is_empty() {
            return Err(Miss::More);
        }
        match &self.mode {
            Mode::Text if self.begins_line => self.line(),
            Mode::Text => self.inline(),
            Mode::Code(count) => self.code(*count),
            Mode::Raw => self.raw(),
            &Mode::Fence { mark, count, read } => self.fenced(mark, count, read),
            Mode::Comment => self.comment(),
            Mode::Unread(name) => {
                let name = name.clone();
                self.unread(&name)
            }
        }
    }
}
