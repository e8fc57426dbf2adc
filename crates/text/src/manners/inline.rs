//! Marks inside a line.

use super::addresses::address;
use super::emoji::{is_look, is_picture};
use super::letters::{begins_word, is_word};
use super::{Block, LONGEST_RUN, Manners, Mode, entities};
use crate::cursor::{Cursor, Look, Miss, begins};

/// Bytes of pictures that are looked at at once.
const LONGEST_ROW: usize = 64;

impl Manners {
    /// Reads on inside a line.
    pub(super) fn inline(&mut self) -> Look<()> {
        if self.ends_link() {
            return Ok(());
        }
        let plain = self.plain();
        if plain > 0 {
            self.keep(plain);
            return Ok(());
        }
        let rest = self.rest();
        let c = rest.chars().next().ok_or(Miss::More)?;
        match c {
            '\n' => self.end_line(),
            '\\' => self.escape()?,
            '*' => self.emphasis('*', 0)?,
            '_' => self.emphasis('_', 1)?,
            '~' => self.emphasis('~', 2)?,
            '`' => self.backticks()?,
            '[' => self.bracket()?,
            '!' => self.image()?,
            '<' => self.angle()?,
            '&' => self.entity()?,
            '|' if self.block == Block::Row => self.cell()?,
            '#' if self.block == Block::Heading => self.hashes()?,
            'h' | 'H' | 'f' | 'F' | 'm' | 'M' | 'w' | 'W' => self.address()?,
            c if is_picture(c) || is_look(c) => self.picture()?,
            c => self.keep(c.len_utf8()),
        }
        Ok(())
    }

    /// How many bytes are text that nothing can be meant by.
    fn plain(&self) -> usize {
        let rest = self.rest();
        // A link's text ends inside of what is there.
        let link = self.links.last().map_or(usize::MAX, |(end, _)| end.saturating_sub(self.place()));
        let mut before = self.before;
        for (at, c) in rest.char_indices() {
            let stops = match c {
                '\n' | '\\' | '*' | '_' | '~' | '`' | '[' | '!' | '<' | '&' | '|' | '#' => true,
                'h' | 'H' | 'f' | 'F' | 'm' | 'M' | 'w' | 'W' => !is_word(before),
                c => !c.is_ascii() && (is_picture(c) || is_look(c)),
            };
            if stops || at >= link {
                return at;
            }
            before = c;
        }
        rest.len()
    }

    /// A mark after a backslash is meant as it stands.
    fn escape(&mut self) -> Look<()> {
        let mut cursor = Cursor::new(self.rest(), self.whole, 8);
        cursor.next()?;
        let next = cursor.peek()?;
        if next.is_some_and(|c| "*_`~#[]|<>".contains(c)) {
            self.pass(1);
        }
        self.keep(1);
        Ok(())
    }

    /// A row of one mark: left out where it opens or closes emphasis.
    fn emphasis(&mut self, mark: char, kind: usize) -> Look<()> {
        let mut cursor = Cursor::new(self.rest(), self.whole, 16);
        let mut count = 0;
        while count <= LONGEST_RUN && cursor.eat(|c| c == mark)? {
            count += 1;
        }
        let after = cursor.peek()?.unwrap_or(' ');
        let before = self.before;
        if count > LONGEST_RUN || before == mark || mark == '~' && count != 2 {
            self.keep(1);
            return Ok(());
        }
        let Some(open) = self.open.get_mut(kind) else { return Err(Miss::Not) };
        let inside = is_word(before) && is_word(after);
        let closes = *open > 0
            && !before.is_whitespace()
            && !"([{".contains(before)
            && (!inside || mark != '_' && *open == count);
        let opens = !is_word(before) && begins_word(after);
        if closes {
            *open = open.saturating_sub(count);
            self.pass(count);
        } else if opens {
            *open = open.saturating_add(count);
            self.pass(count);
        } else {
            self.keep(count);
        }
        Ok(())
    }

    fn backticks(&mut self) -> Look<()> {
        let count = self.run_of_backticks()?;
        if count > LONGEST_RUN || is_word(self.before) || self.before == '`' {
            self.keep(1);
        } else {
            self.pass(count);
            self.mode = Mode::Code(count);
        }
        Ok(())
    }

    /// How many stand here, as far as it matters.
    fn run_of_backticks(&self) -> Look<usize> {
        let mut cursor = Cursor::new(self.rest(), self.whole, 16);
        let mut count = 0;
        while count <= LONGEST_RUN && cursor.eat(|c| c == '`')? {
            count += 1;
        }
        Ok(count)
    }

    /// Code among words is read as it stands.
    pub(super) fn code(&mut self, count: usize) -> Look<()> {
        if self.ends_link() {
            return Ok(());
        }
        let link = self.links.last().map_or(usize::MAX, |(end, _)| end.saturating_sub(self.place()));
        let rest = self.rest();
        let len = rest.find(['`', '\n']).unwrap_or(rest.len()).min(link);
        if len > 0 {
            self.keep(len);
        } else if rest.starts_with('\n') {
            self.mode = Mode::Text;
        } else {
            let found = self.run_of_backticks()?;
            if found == count {
                self.pass(count);
                self.mode = Mode::Text;
            } else {
                self.keep(found);
            }
        }
        Ok(())
    }

    /// Phonemes are read as they stand, and so is what only begins like them.
    pub(super) fn raw(&mut self) -> Look<()> {
        let rest = self.rest();
        let len = rest.find([']', '\n']).unwrap_or(rest.len());
        if len > 0 {
            self.keep(len);
            return Ok(());
        }
        if rest.starts_with('\n') {
            self.mode = Mode::Text;
            return Ok(());
        }
        match begins(rest, "]]", self.whole) {
            Ok(()) => {
                self.keep(2);
                self.mode = Mode::Text;
            }
            Err(Miss::Not) => self.keep(1),
            Err(Miss::More) => return Err(Miss::More),
        }
        Ok(())
    }

    fn entity(&mut self) -> Look<()> {
        match entities::entity(self.rest(), self.whole) {
            Ok((c, len)) => self.say(len, c.encode_utf8(&mut [0; 4])),
            Err(Miss::Not) => self.keep(1),
            Err(Miss::More) => return Err(Miss::More),
        }
        Ok(())
    }

    fn address(&mut self) -> Look<()> {
        match address(self.rest(), self.whole) {
            Ok(address) => self.read_part(address.read.start, address.read.end, address.len),
            Err(Miss::Not) => self.keep(1),
            Err(Miss::More) => return Err(Miss::More),
        }
        Ok(())
    }

    /// Of `len` bytes, reads those from `start` to `end` as they stand.
    pub(super) fn read_part(&mut self, start: usize, end: usize, len: usize) {
        self.pass(start);
        self.keep(end - start);
        self.pass(len - end);
    }

    /// Pictures in a row: between two words they are a space.
    fn picture(&mut self) -> Look<()> {
        let mut cursor = Cursor::new(self.rest(), self.whole, LONGEST_ROW);
        let row = cursor.take_while(|c| is_picture(c) || is_look(c) || c == '\u{200d}');
        let next = match row.and_then(|_| cursor.peek()) {
            Err(Miss::More) => return Err(Miss::More),
            Err(Miss::Not) => None,
            Ok(next) => next,
        };
        let (len, before) = (cursor.at(), self.before);
        if next.is_some_and(char::is_alphanumeric) && !before.is_whitespace() {
            self.say(len, " ");
        } else {
            self.pass(len);
            self.before = before;
        }
        Ok(())
    }
}
