//! The Speech Synthesis Markup Language 1.1 (<https://www.w3.org/TR/speech-synthesis11/>).

mod elements;
mod say_as;
mod tokens;
mod values;

use std::collections::BTreeSet;

use crate::script::Script;
use crate::{Cue, Part, Prosody};
use say_as::SayAs;
use tokens::{Start, Token, Tokens, short};

pub use tokens::SsmlError;

/// Elements within each other.
pub const MAX_DEPTH: usize = 64;
/// Seconds of the longest break.
pub const MAX_BREAK: f32 = 60.0;
/// So many warnings are given, and no more.
const MAX_WARNINGS: usize = 32;
/// Bytes of what is read that are made ready at once.
const READY: usize = 1 << 10;

/// Reads a document.
#[derive(Debug)]
pub(crate) struct Ssml {
    tokens: Tokens,
    script: Script,
    /// The language of the voice.
    own_language: String,
    open: Vec<Element>,
    context: Context,
    /// Which of the open elements is read in another way than by its text, and what was gathered of that.
    other: Option<Other>,
    /// Text that was read last ended with a space.
    spaced: bool,
    begun: bool,
    error: Option<SsmlError>,
    ended: bool,
    warnings: Vec<String>,
    warned: BTreeSet<String>,
}

/// How the text is read.
#[derive(Debug, Clone, Default, PartialEq)]
struct Context {
    prosody: Prosody,
    language: Option<String>,
    voice: Option<String>,
}

#[derive(Debug)]
struct Element {
    name: String,
    /// What holds again after it.
    outer: Context,
}

/// An element that is not read by its text.
#[derive(Debug)]
struct Other {
    /// How many elements are open around it.
    depth: usize,
    way: Way,
    /// Where its tag begins, and its content.
    tag: usize,
    start: usize,
    text: String,
}

#[derive(Debug)]
enum Way {
    SayAs(SayAs),
    Alias(String),
    Phonemes(String),
    Unread,
}

impl Ssml {
    pub(crate) fn new(language: &str) -> Self {
        Self {
            tokens: Tokens::default(),
            script: Script::default(),
            own_language: language.to_owned(),
            open: Vec::new(),
            context: Context::default(),
            other: None,
            spaced: true,
            begun: false,
            error: None,
            ended: false,
            warnings: Vec::new(),
            warned: BTreeSet::new(),
        }
    }

    pub(crate) fn push(&mut self, piece: &str) {
        self.tokens.push(piece);
    }

    pub(crate) fn finish(&mut self) {
        self.tokens.finish();
    }

    pub(crate) fn next(&mut self) -> Option<Result<Part, SsmlError>> {
        while !self.ended && self.script.has_less_than(READY) {
            match self.step() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.error = Some(error);
                    self.ended = true;
                }
            }
        }
        self.script.next().map(Ok).or_else(|| self.error.take().map(Err))
    }

    pub(crate) fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn warn(&mut self, warning: String) {
        if self.warned.len() < MAX_WARNINGS && self.warned.insert(warning.clone()) {
            self.warnings.push(warning);
        }
    }

    /// Reads a token; none if more of the document must be there first.
    fn step(&mut self) -> Result<bool, SsmlError> {
        let Some((token, bytes)) = self.tokens.next().map_err(|error| self.outside().unwrap_or(error))? else {
            if !self.tokens.ended() {
                return Ok(false);
            }
            self.ended = true;
            return match self.open.last() {
                Some(element) => Err(self.tokens.error(format!("</{}> is missing", short(&element.name)))),
                None if !self.begun => Err(self.tokens.error("the document must begin with <speak>")),
                None => Ok(false),
            };
        };
        match token {
            Token::Text(text) => {
                let blank = text.find(|c: char| !c.is_whitespace() && c != '\u{feff}');
                if let Some(behind) = blank.filter(|_| self.open.is_empty()) {
                    let behind = text.get(..behind).unwrap_or_default();
                    return Err(self.tokens.error_in_token(self.misplaced(), behind));
                }
                self.text(bytes.start, &text);
            }
            Token::Character(c) => {
                if self.open.is_empty() {
                    return Err(self.here(self.misplaced()));
                }
                self.character(c, bytes);
            }
            Token::Start(start) => {
                if self.open.is_empty() && (self.begun || start.name != "speak") {
                    return Err(self.here(self.misplaced()));
                }
                if self.open.len() >= MAX_DEPTH {
                    return Err(self.here(format!("elements are more than {MAX_DEPTH} deep")));
                }
                self.begun = true;
                let empty = start.empty.then(|| start.name.clone());
                self.start(start, bytes.clone());
                if let Some(name) = empty {
                    self.end(&name, bytes.end, bytes.end);
                }
            }
            Token::End(name) => match self.open.last() {
                Some(element) if element.name == name => self.end(&name, bytes.start, bytes.end),
                Some(element) => {
                    return Err(self.here(format!(
                        "</{}> stands where </{}> must",
                        short(&name),
                        short(&element.name)
                    )));
                }
                None => return Err(self.here(format!("</{}> ends nothing", short(&name)))),
            },
        }
        Ok(true)
    }

    /// What does not begin like a document is told so, rather than that some mark in it is wrong.
    fn outside(&self) -> Option<SsmlError> {
        (!self.begun && !self.tokens.is_markup()).then(|| self.here(self.misplaced()))
    }

    /// An error where the last token begins.
    fn here(&self, message: String) -> SsmlError {
        self.tokens.error_in_token(message, "")
    }

    fn misplaced(&self) -> String {
        if self.begun { "nothing may follow </speak>" } else { "the document must begin with <speak>" }.to_owned()
    }

    /// Reads text; white space is a space, however much there is.
    fn text(&mut self, start: usize, text: &str) {
        if let Some(other) = &mut self.other {
            if let Way::SayAs(_) = other.way {
                other.text.push_str(text);
            }
            return;
        }
        let mut kept = 0;
        for (at, c) in text.char_indices() {
            let spaced = std::mem::replace(&mut self.spaced, c.is_whitespace());
            if !c.is_whitespace() || c == ' ' && !spaced {
                continue;
            }
            self.script.keep(start + kept, text.get(kept..at).unwrap_or_default());
            kept = at + c.len_utf8();
            if !spaced && !self.script.is_fresh() {
                self.script.say(start + at..start + kept, " ");
            }
        }
        self.script.keep(start + kept, text.get(kept..).unwrap_or_default());
    }

    fn character(&mut self, c: char, bytes: std::ops::Range<usize>) {
        match &mut self.other {
            Some(other) => {
                if let Way::SayAs(_) = other.way {
                    other.text.push(c);
                }
            }
            None => {
                self.spaced = c.is_whitespace();
                self.script.say(bytes, c.encode_utf8(&mut [0; 4]));
            }
        }
    }

    fn start(&mut self, start: Start, bytes: std::ops::Range<usize>) {
        let depth = self.open.len();
        self.open.push(Element { name: start.name.clone(), outer: self.context.clone() });
        if self.other.is_some() {
            return;
        }
        let mut other = None;
        if let Some(language) = start.attribute("xml:lang") {
            let language = language.trim();
            self.context.language = (!language.is_empty()).then(|| language.to_owned());
        }
        match start.name.as_str() {
            "speak" | "lang" | "w" | "token" => {}
            "p" | "s" => self.script.end_sentence(bytes.start),
            "break" => self.pause(&start, bytes.start),
            "prosody" => self.prosody(&start),
            "phoneme" => other = self.phoneme(&start),
            "sub" => match start.attribute("alias") {
                Some(alias) => other = Some(Way::Alias(alias.to_owned())),
                None => self.warn("<sub> has no alias; its text is read".to_owned()),
            },
            "say-as" => other = self.say_as(&start),
            "voice" => self.voice(&start),
            "mark" => match start.attribute("name") {
                Some(name) => self.script.cue(Cue::Mark(name.to_owned()), bytes.start),
                None => self.warn("<mark> has no name; it is left out".to_owned()),
            },
            "desc" | "metadata" => other = Some(Way::Unread),
            "meta" | "lexicon" => self.warn(format!("<{}> is not heeded", start.name)),
            "audio" => self.warn("<audio> is not played; its text is read".to_owned()),
            name => self.warn(format!("<{}> is not heeded; its text is read", short(name))),
        }
        self.other = other.map(|way| Other { depth, way, tag: bytes.start, start: bytes.end, text: String::new() });
        let outer = self.open.last().map(|element| element.outer.clone()).unwrap_or_default();
        self.go_over(&outer, bytes.start);
    }

    /// Says what has changed since this was how the text was read.
    fn go_over(&mut self, before: &Context, place: usize) {
        let Context { prosody, language, voice } = self.context.clone();
        if voice != before.voice {
            self.script.cue(Cue::Voice(voice), place);
        }
        if language != before.language {
            self.script.cue(Cue::Language(language), place);
        }
        if prosody != before.prosody {
            self.script.cue(Cue::Prosody(prosody), place);
        }
    }

    /// Ends an element whose content ends at `content`, and its tag at `end`.
    fn end(&mut self, name: &str, content: usize, end: usize) {
        let Some(element) = self.open.pop() else { return };
        if let Some(other) = self.other.take_if(|other| other.depth == self.open.len()) {
            self.read_other(other, content, end);
        }
        if self.other.is_some() {
            return;
        }
        if matches!(name, "p" | "s" | "speak") {
            self.script.end_sentence(end);
        }
        let inner = std::mem::replace(&mut self.context, element.outer);
        self.go_over(&inner, end);
    }

    /// Reads an element whose content ends at `content`; of one without content, the tags are what is read.
    fn read_other(&mut self, other: Other, content: usize, end: usize) {
        let source = if content > other.start { other.start..content } else { other.tag..end };
        match other.way {
            Way::Unread => return,
            Way::SayAs(way) => {
                let language = self.context.language.as_deref().unwrap_or(&self.own_language);
                let read = way.read(&other.text, language);
                self.script.say(source, read.as_deref().unwrap_or(&other.text));
            }
            Way::Alias(alias) => self.script.say(source, &alias),
            Way::Phonemes(phonemes) => self.script.phonemes(source, &phonemes),
        }
        self.spaced = false;
    }
}

/// Reads a whole document for its warnings alone.
///
/// # Errors
/// What is wrong with it first.
pub fn check(document: &str) -> Result<Vec<String>, SsmlError> {
    let mut ssml = Ssml::new("");
    ssml.push(document);
    ssml.finish();
    while let Some(part) = ssml.next() {
        part?;
    }
    Ok(ssml.warnings())
}
