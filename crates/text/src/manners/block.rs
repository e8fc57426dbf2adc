//! Lines and what they are part of.

use super::lines::{Begin, begin, closing_fence, is_blank};
use super::{Block, MAX_INDENT, Manners, Mode};
use crate::cursor::{Cursor, Look, Miss};

impl Manners {
    /// Reads what a line begins with. There may be several such things, as in `> - quoted item`.
    pub(super) fn line(&mut self) -> Look<()> {
        let rest = self.rest();
        let line = rest.trim_start_matches([' ', '\t']);
        let indent = rest.len() - line.len();
        if indent > MAX_INDENT {
            self.begins_line = false;
            return Ok(());
        }
        if line.is_empty() && !self.whole {
            return Err(Miss::More);
        }
        // What was a mark on this line already is before this.
        let quoted = self.before != '\n';
        if is_blank(line, self.whole)? {
            if matches!(self.block, Block::Item | Block::Quote) {
                self.end_sentence();
            }
            self.block = Block::Plain;
            self.open = [0; 3];
            self.begins_line = false;
            return Ok(());
        }
        let begin = begin(line, self.whole)?;
        self.begins_line = matches!(begin, Begin::Item(_) | Begin::Quote(_) | Begin::Fence { .. });
        match begin {
            Begin::Plain => self.plain_line(quoted),
            Begin::Number(number) => {
                self.plain_line(quoted);
                // The first of a list might be anything, such as a date; the next is known by its number.
                if self.number.is_some_and(|last| number == last + 1) {
                    self.begin_block(Block::Item);
                }
                self.number = Some(number);
            }
            Begin::Heading(len) => {
                self.begin_block(Block::Heading);
                self.pass(indent + len);
            }
            Begin::Item(len) | Begin::Footnote(len) => {
                self.begin_block(Block::Item);
                self.pass(indent + len);
            }
            Begin::Quote(len) => {
                if self.block != Block::Quote {
                    self.begin_block(Block::Quote);
                }
                self.pass(indent + len);
            }
            Begin::Row => {
                self.begin_block(Block::Row);
                // With the space after the bar.
                self.pass(indent + 2);
            }
            Begin::Drawn(len) => {
                self.begin_block(Block::Plain);
                self.pass(indent + len);
            }
            Begin::Definition(len) => {
                self.pass(indent + len);
            }
            Begin::Fence { len, mark, count, read } => {
                self.begin_block(Block::Plain);
                self.pass(indent + len);
                self.mode = Mode::Fence { mark, count, read };
            }
        }
        Ok(())
    }

    /// A line without marks goes on with what is before it, but not with a quotation.
    fn plain_line(&mut self, quoted: bool) {
        if self.block == Block::Quote && !quoted {
            self.begin_block(Block::Plain);
        }
    }

    pub(super) fn end_line(&mut self) {
        self.keep(1);
        self.begins_line = true;
        if matches!(self.block, Block::Heading | Block::Row) {
            self.begin_block(Block::Plain);
        }
    }

    /// Between two cells there is a pause.
    pub(super) fn cell(&mut self) -> Look<()> {
        let mut cursor = Cursor::new(self.rest(), self.whole, MAX_INDENT);
        cursor.next()?;
        let last = match cursor.take_while(|c| c != '\n' && c.is_whitespace()) {
            Err(Miss::More) => return Err(Miss::More),
            Err(Miss::Not) => false,
            Ok(_) => cursor.peek()?.is_none_or(|c| c == '\n'),
        };
        if last {
            self.pass(1);
        } else {
            self.say(1, ",");
        }
        Ok(())
    }

    /// A heading may end with as many marks as it likes.
    pub(super) fn hashes(&mut self) -> Look<()> {
        let mut cursor = Cursor::new(self.rest(), self.whole, MAX_INDENT);
        let ends = cursor.take_while(|c| c == '#').and_then(|_| {
            cursor.take_while(|c| c != '\n' && c.is_whitespace())?;
            Ok(cursor.peek()?.is_none_or(|c| c == '\n'))
        });
        match ends {
            Err(Miss::More) => return Err(Miss::More),
            Ok(true) if self.before.is_whitespace() => {
                let len = cursor.at();
                self.pass(len);
            }
            _ => self.keep(1),
        }
        Ok(())
    }

    pub(super) fn fenced(&mut self, mark: char, count: usize, read: bool) -> Look<()> {
        let rest = self.rest();
        if self.begins_line {
            let line = rest.trim_start_matches(' ');
            let indent = rest.len() - line.len();
            let closes =
                if indent > MAX_INDENT { Err(Miss::Not) } else { closing_fence(line, self.whole, mark, count) };
            match closes {
                Err(Miss::More) => return Err(Miss::More),
                Ok(len) => {
                    self.pass(indent + len);
                    self.mode = Mode::Text;
                    self.begins_line = false;
                    return Ok(());
                }
                Err(Miss::Not) => self.begins_line = false,
            }
            return Ok(());
        }
        let line = rest.find('\n').map(|end| end + 1);
        let len = line.unwrap_or(rest.len());
        if read {
            self.keep(len);
            if line.is_some() {
                self.end_sentence();
            }
        } else {
            self.pass(len);
        }
        self.begins_line = line.is_some();
        Ok(())
    }
}
