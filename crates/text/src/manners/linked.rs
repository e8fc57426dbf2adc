//! Links and images inside a line.

use super::links::link;
use super::{Manners, Mode};
use crate::cursor::{Look, Miss, begins};

impl Manners {
    pub(super) fn bracket(&mut self) -> Look<()> {
        match begins(self.rest(), "[[", self.whole) {
            Ok(()) => {
                self.keep(2);
                self.mode = Mode::Raw;
                return Ok(());
            }
            Err(Miss::More) => return Err(Miss::More),
            Err(Miss::Not) => {}
        }
        // "array[i](x)"
        if self.before.is_ascii_alphanumeric() && self.rest().as_bytes().get(1).is_some_and(|c| *c != b'^') {
            self.keep(1);
            return Ok(());
        }
        if !self.link(0)? {
            self.keep(1);
        }
        Ok(())
    }

    pub(super) fn image(&mut self) -> Look<()> {
        let begins = begins(self.rest(), "![", self.whole);
        if begins == Err(Miss::More) {
            return Err(Miss::More);
        }
        if begins.is_err() || !self.link(1)? {
            self.keep(1);
        }
        Ok(())
    }

    /// Reads on in the text of a link that begins so many bytes from here, if there is one.
    fn link(&mut self, before: usize) -> Look<bool> {
        let link = match link(self.rest().get(before..).unwrap_or_default(), self.whole) {
            Ok(link) => link,
            Err(Miss::Not) => return Ok(false),
            Err(Miss::More) => return Err(Miss::More),
        };
        let place = self.place() + before;
        self.links.push((place + link.read.end, place + link.len));
        self.pass(before + link.read.start);
        // The link is a word's beginning.
        self.before = ' ';
        Ok(true)
    }

    /// Leaves out where a link leads, if its text ends here.
    pub(super) fn ends_link(&mut self) -> bool {
        let Some(&(text, end)) = self.links.last() else { return false };
        let place = self.place();
        if text > place {
            return false;
        }
        self.links.pop();
        if end > place {
            let before = self.before;
            self.pass(end - place);
            self.before = before;
        }
        true
    }
}
