//! HTML inside a text.

use super::addresses::address;
use super::tags::{Kind, Tag, tag};
use super::{Block, MAX_LANGUAGES, Manners, Mode, Spoken};
use crate::Cue;
use crate::cursor::{Cursor, Look, Miss, begins};

impl Manners {
    pub(super) fn angle(&mut self) -> Look<()> {
        let rest = self.rest();
        let mut waits = false;
        for (start, mode) in [("<!--", Some(Mode::Comment)), ("<!doctype", None)] {
            match begins(rest, start, self.whole) {
                Ok(()) => {
                    self.pass(start.len());
                    self.mode = mode.unwrap_or_else(|| Mode::Unread(String::new()));
                    return Ok(());
                }
                Err(miss) => waits |= miss == Miss::More,
            }
        }
        match self.address_in_angles() {
            Ok((start, end, len)) => {
                self.read_part(start, end, len);
                return Ok(());
            }
            Err(miss) => waits |= miss == Miss::More,
        }
        match tag(rest, self.whole) {
            Ok(tag) => {
                self.tag(tag);
                return Ok(());
            }
            Err(miss) => waits |= miss == Miss::More,
        }
        if waits {
            return Err(Miss::More);
        }
        self.keep(1);
        Ok(())
    }

    /// `<https://example.com>`, `<joe@example.com>`
    fn address_in_angles(&self) -> Look<(usize, usize, usize)> {
        let inner = self.rest().get(1..).unwrap_or_default();
        let (start, end, len) = match address(inner, self.whole) {
            Ok(address) => (1 + address.read.start, 1 + address.read.end, 1 + address.len),
            Err(Miss::More) => return Err(Miss::More),
            Err(Miss::Not) => {
                let mut cursor = Cursor::new(inner, self.whole, 256);
                let name = cursor.take_while(|c| c.is_alphanumeric() || "._+-@".contains(c))?;
                let at = name.find('@').unwrap_or_default();
                if at == 0 || at + 1 == name.len() {
                    return Err(Miss::Not);
                }
                (1, 1 + name.len(), 1 + name.len())
            }
        };
        let mut cursor = Cursor::new(self.rest().get(len..).unwrap_or_default(), self.whole, 8);
        cursor.expect('>')?;
        Ok((start, end, len + 1))
    }

    fn tag(&mut self, tag: Tag) {
        match tag.kind {
            Kind::Block if tag.name == "br" => {
                self.say(tag.len, "\n");
                return;
            }
            Kind::Block => {
                self.begin_block(Block::Plain);
                self.cells &= tag.name != "tr";
            }
            Kind::Cell if !tag.closes && std::mem::replace(&mut self.cells, true) => {
                self.say(tag.len, ", ");
                self.language(&tag);
                return;
            }
            Kind::Image => {
                if let Some(alt) = tag.alt {
                    self.read_part(alt.start, alt.end, tag.len);
                    return;
                }
            }
            Kind::Unread if !tag.closes && !tag.empty => self.mode = Mode::Unread(tag.name.clone()),
            _ => {}
        }
        let before = self.before;
        self.pass(tag.len);
        self.before = before;
        self.language(&tag);
    }

    /// Elements may be in a language of their own.
    fn language(&mut self, tag: &Tag) {
        if tag.empty || matches!(tag.kind, Kind::Unread) {
            return;
        }
        if tag.closes {
            let Some(last) = self.languages.last_mut().filter(|last| last.element == tag.name) else { return };
            if last.inner > 0 {
                last.inner -= 1;
                return;
            }
            self.languages.pop();
            let outer = self.languages.last().map(|outer| outer.language.clone());
            self.script.cue(Cue::Language(outer), self.place());
            return;
        }
        match tag.language.as_deref().map(str::trim).filter(|language| !language.is_empty()) {
            Some(language) if self.languages.len() < MAX_LANGUAGES => {
                let language = language.to_owned();
                self.script.cue(Cue::Language(Some(language.clone())), self.place());
                self.languages.push(Spoken { element: tag.name.clone(), inner: 0, language });
            }
            _ => {
                if let Some(last) = self.languages.last_mut().filter(|last| last.element == tag.name) {
                    last.inner += 1;
                }
            }
        }
    }

    pub(super) fn comment(&mut self) -> Look<()> {
        let rest = self.rest();
        let len = rest.find('-').unwrap_or(rest.len());
        if len > 0 {
            self.pass(len);
            return Ok(());
        }
        match begins(rest, "-->", self.whole) {
            Ok(()) => {
                self.pass(3);
                self.mode = Mode::Text;
            }
            Err(Miss::Not) => {
                self.pass(1);
            }
            Err(Miss::More) => return Err(Miss::More),
        }
        Ok(())
    }

    /// Leaves out an element's contents; a declaration ends with its first `>`.
    pub(super) fn unread(&mut self, name: &str) -> Look<()> {
        let rest = self.rest();
        let end = if name.is_empty() { '>' } else { '<' };
        let len = rest.find(end).unwrap_or(rest.len());
        if len > 0 {
            self.pass(len);
            return Ok(());
        }
        let closing = if name.is_empty() { Ok(1) } else { closing_tag(rest, self.whole, name) };
        match closing {
            Ok(len) => {
                self.pass(len);
                self.mode = Mode::Text;
            }
            Err(Miss::More) => return Err(Miss::More),
            Err(Miss::Not) => {
                self.pass(1);
            }
        }
        Ok(())
    }
}

fn closing_tag(text: &str, whole: bool, name: &str) -> Look<usize> {
    begins(text, "</", whole)?;
    let tag = tag(text, whole)?;
    if tag.name == name { Ok(tag.len) } else { Err(Miss::Not) }
}
