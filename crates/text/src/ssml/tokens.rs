//! The tokens of XML that is still being written.
//!
//! Well-kept parsers read from a source that they wait for, and take its end for the document's; none of those that are
//! small goes on where it stopped when more has come. Documents of speech need little of XML: no declarations, no entities
//! but the five, no namespaces that change anything.

use std::ops::Range;

use crate::cursor::{Miss, begins};
use crate::manners::numbered_char;

/// Bytes of a tag.
const MAX_TAG: usize = 8192;
/// Bytes of a character written by name or number.
const MAX_REFERENCE: usize = 12;
/// Of the text, so many bytes that were read are kept before they are thrown away.
const KEPT: usize = 1 << 12;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsmlError {
    /// What is wrong.
    pub message: String,
    /// The byte of the document.
    pub byte: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its character in the line, from 1.
    pub column: usize,
}

impl std::fmt::Display for SsmlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SSML, line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for SsmlError {}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Text as it stands.
    Text(String),
    /// A character that is written by name or number.
    Character(char),
    Start(Start),
    End(String),
}

/// A tag that begins an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// It ends the element, too.
    pub(crate) empty: bool,
}

impl Start {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    text: String,
    at: usize,
    dropped: usize,
    whole: bool,
    line: usize,
    column: usize,
    /// Byte, line and column where the last token begins.
    began: (usize, usize, usize),
    inside: Inside,
    /// How far the tag that begins here was read, and the quote that was open there.
    tag: (usize, Option<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Content,
    Comment,
    Instruction,
    Characters,
}

impl Inside {
    /// What it ends with.
    fn end(self) -> &'static str {
        match self {
            Self::Content => "",
            Self::Comment => "-->",
            Self::Instruction => "?>",
            Self::Characters => "]]>",
        }
    }
}

type Result<T> = std::result::Result<T, SsmlError>;

impl Default for Tokens {
    fn default() -> Self {
        Self {
            text: String::new(),
            at: 0,
            dropped: 0,
            whole: false,
            line: 1,
            column: 1,
            began: (0, 1, 1),
            inside: Inside::Content,
            tag: (0, None),
        }
    }
}

impl Tokens {
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

    /// Whether everything has been read.
    pub(crate) fn ended(&self) -> bool {
        self.whole && self.rest().is_empty()
    }

    /// The byte of the document where it is read on.
    pub(crate) fn place(&self) -> usize {
        self.dropped + self.at
    }

    /// Whether a tag or the like stands here.
    pub(crate) fn is_markup(&self) -> bool {
        self.inside != Inside::Content || self.rest().starts_with('<')
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> SsmlError {
        SsmlError { message: message.into(), byte: self.place(), line: self.line, column: self.column }
    }

    /// An error where the last token begins, or behind so much of it.
    pub(crate) fn error_in_token(&self, message: impl Into<String>, behind: &str) -> SsmlError {
        let (byte, mut line, mut column) = self.began;
        count(behind, &mut line, &mut column);
        SsmlError { message: message.into(), byte: byte + behind.len(), line, column }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn pass(&mut self, len: usize) -> Range<usize> {
        let start = self.place();
        count(self.text.get(self.at..self.at + len).unwrap_or_default(), &mut self.line, &mut self.column);
        self.at += len;
        start..start + len
    }

    /// The next token and its bytes; none before more of the document is there.
    pub(crate) fn next(&mut self) -> Result<Option<(Token, Range<usize>)>> {
        loop {
            self.began = (self.place(), self.line, self.column);
            let rest = self.rest();
            if rest.is_empty() {
                return match self.inside {
                    Inside::Content => Ok(None),
                    _ if !self.whole => Ok(None),
                    inside => Err(self.error(format!("{} is missing", inside.end()))),
                };
            }
            if self.inside != Inside::Content {
                match self.inner()? {
                    Step::Gives(token) => return Ok(Some(token)),
                    Step::Read => continue,
                    Step::Waits => return Ok(None),
                }
            }
            return match rest.as_bytes().first() {
                Some(b'<') => match self.markup()? {
                    Step::Gives(token) => Ok(Some(token)),
                    Step::Read => continue,
                    Step::Waits => Ok(None),
                },
                Some(b'&') => self.reference(),
                _ => {
                    let len = rest.find(['<', '&']).unwrap_or(rest.len());
                    Ok(Some(self.text_of(len)))
                }
            };
        }
    }

    fn text_of(&mut self, len: usize) -> (Token, Range<usize>) {
        let text = self.rest().get(..len).unwrap_or_default().to_owned();
        (Token::Text(text), self.pass(len))
    }

    /// Reads on in a comment or the like.
    fn inner(&mut self) -> Result<Step> {
        let end = self.inside.end();
        let rest = self.rest();
        let first = end.chars().next().unwrap_or_default();
        let len = rest.find(first).unwrap_or(rest.len());
        let text = if len > 0 {
            len
        } else {
            match begins(rest, end, self.whole) {
                Ok(()) => {
                    self.pass(end.len());
                    self.inside = Inside::Content;
                    return Ok(Step::Read);
                }
                Err(Miss::More) => return Ok(Step::Waits),
                Err(Miss::Not) => first.len_utf8(),
            }
        };
        if self.inside == Inside::Characters {
            return Ok(Step::Gives(self.text_of(text)));
        }
        self.pass(text);
        Ok(Step::Read)
    }

    fn markup(&mut self) -> Result<Step> {
        let rest = self.rest();
        for (start, inside) in
            [("<!--", Inside::Comment), ("<?", Inside::Instruction), ("<![CDATA[", Inside::Characters)]
        {
            match begins(rest, start, self.whole) {
                Ok(()) => {
                    self.pass(start.len());
                    self.inside = inside;
                    return Ok(Step::Read);
                }
                Err(Miss::More) => return Ok(Step::Waits),
                Err(Miss::Not) => {}
            }
        }
        if rest.starts_with("<!") {
            return Err(self.error("declarations such as DOCTYPE and ENTITY are not allowed"));
        }
        let Some(len) = self.tag_len()? else { return Ok(Step::Waits) };
        let inner = self.rest().get(1..len - 1).unwrap_or_default().to_owned();
        let token = self.parse_tag(&inner)?;
        self.tag = (0, None);
        Ok(Step::Gives((token, self.pass(len))))
    }

    /// The length of the tag that begins here, once it is there.
    fn tag_len(&mut self) -> Result<Option<usize>> {
        let (mut at, mut quote) = self.tag;
        for &byte in self.rest().as_bytes().get(at..).unwrap_or_default() {
            at += 1;
            match (byte, quote) {
                (b'<', _) if at > 1 => return Err(self.error("this tag has a < inside; as text it is written &lt;")),
                (b'>', None) => return Ok(Some(at)),
                (b'"' | b'\'', None) => quote = Some(byte),
                (_, Some(open)) if open == byte => quote = None,
                _ => {}
            }
            if at > MAX_TAG {
                return Err(self.error(format!("a tag is longer than {MAX_TAG} bytes")));
            }
        }
        self.tag = (at, quote);
        if self.whole { Err(self.error("this tag has no end; as text, < is written &lt;")) } else { Ok(None) }
    }

    /// What stands between `<` and `>`.
    fn parse_tag(&self, inner: &str) -> Result<Token> {
        if let Some(name) = inner.strip_prefix('/') {
            let name = name.trim_end();
            return if is_name(name) { Ok(Token::End(name.to_owned())) } else { Err(self.no_name()) };
        }
        let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
        let end = inner.find(char::is_whitespace).unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(end);
        if !is_name(name) {
            return Err(self.no_name());
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            let spaced = rest.trim_start();
            if spaced.is_empty() {
                break;
            }
            let wrong = || self.error(format!("the attributes of <{}> must be name=\"value\"", short(name)));
            if spaced.len() == rest.len() {
                return Err(wrong());
            }
            let (key, after) = spaced.split_once('=').ok_or_else(wrong)?;
            let (key, after) = (key.trim_end(), after.trim_start());
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(wrong)?;
            let (value, after) = after.get(1..).and_then(|after| after.split_once(quote)).ok_or_else(wrong)?;
            if !is_name(key) {
                return Err(wrong());
            }
            if attributes.iter().any(|(known, _)| known == key) {
                return Err(self.error(format!("<{}> has the attribute {} twice", short(name), short(key))));
            }
            attributes.push((key.to_owned(), self.value(value)?));
            rest = after;
        }
        Ok(Token::Start(Start { name: name.to_owned(), attributes, empty }))
    }

    fn no_name(&self) -> SsmlError {
        self.error("this is no tag; as text, < is written &lt;")
    }

    /// An attribute's value.
    fn value(&self, mut written: &str) -> Result<String> {
        let mut value = String::new();
        while let Some((before, after)) = written.split_once('&') {
            value.push_str(before);
            let (name, after) = after.split_once(';').ok_or_else(|| self.no_reference())?;
            value.push(character(name).ok_or_else(|| self.no_reference())?);
            written = after;
        }
        value.push_str(written);
        Ok(value)
    }

    fn no_reference(&self) -> SsmlError {
        self.error("an & must be written &amp;, and of names there are only amp, lt, gt, quot and apos")
    }

    /// A character written by name or number.
    fn reference(&mut self) -> Result<Option<(Token, Range<usize>)>> {
        let rest = self.rest();
        let name =
            rest.bytes().skip(1).take(MAX_REFERENCE).take_while(|c| c.is_ascii_alphanumeric() || *c == b'#').count();
        match rest.as_bytes().get(1 + name) {
            Some(b';') => {
                let found = rest.get(1..1 + name).and_then(character).ok_or_else(|| self.no_reference())?;
                Ok(Some((Token::Character(found), self.pass(name + 2))))
            }
            None if !self.whole && name < MAX_REFERENCE => Ok(None),
            _ => Err(self.no_reference()),
        }
    }
}

/// Counts lines and the characters in the last.
fn count(passed: &str, line: &mut usize, column: &mut usize) {
    for c in passed.chars() {
        if c == '\n' {
            *line += 1;
            *column = 1;
        } else {
            *column += 1;
        }
    }
}

enum Step {
    Gives((Token, Range<usize>)),
    Read,
    Waits,
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || "_:-.".contains(c))
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => numbered_char(name.strip_prefix('#')?),
    }
}

/// The beginning of a name that may be long.
pub(crate) fn short(name: &str) -> String {
    const LONGEST: usize = 40;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}
