//! Where `[[ raw phonemes ]]` stand in a text that may still grow.

use std::ops::Range;

/// Looks for the next `[[…]]` that has no line end inside, Piper's `\[\[.*?\]\]`, and reads nothing twice.
#[derive(Debug, Default)]
pub(crate) struct BlockSearch {
    /// Up to where the text has been read.
    at: usize,
    /// The `[[` that was read and not closed yet.
    open: Option<usize>,
    found: Option<Range<usize>>,
}

impl BlockSearch {
    /// A search that begins at `at`.
    pub(crate) fn from(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// The block, once it has been read to its end.
    pub(crate) fn found(&self) -> Option<&Range<usize>> {
        self.found.as_ref()
    }

    /// Up to here there is no block, whatever follows.
    pub(crate) fn none_before(&self) -> usize {
        self.found.as_ref().map(|block| block.start).or(self.open).unwrap_or(self.at)
    }

    /// Reads on to the next block or to the end of what is there.
    pub(crate) fn read(&mut self, text: &str) {
        while self.found.is_none() {
            let Some(rest) = text.get(self.at..) else { return };
            let moved = match self.open {
                None => self.look_for_open(rest),
                Some(open) => self.look_for_close(open, rest),
            };
            if !moved {
                return;
            }
        }
    }

    fn look_for_open(&mut self, rest: &str) -> bool {
        let Some(start) = rest.find("[[") else {
            // The second bracket may be still to come.
            self.at += rest.len() - usize::from(rest.ends_with('['));
            return false;
        };
        self.open = Some(self.at + start);
        self.at += start + 2;
        true
    }

    fn look_for_close(&mut self, open: usize, rest: &str) -> bool {
        let bytes = rest.as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            match (byte, bytes.get(index + 1)) {
                (b'\n', _) => {
                    // What begins before this line end cannot end after it either.
                    self.open = None;
                    self.at += index;
                    return true;
                }
                (b']', Some(b']')) => {
                    self.at += index + 2;
                    self.found = Some(open..self.at);
                    return true;
                }
                (b']', None) => {
                    self.at += index;
                    return false;
                }
                _ => {}
            }
        }
        self.at += bytes.len();
        false
    }

    /// So many bytes were taken from the front of the text.
    pub(crate) fn moved(&mut self, bytes: usize) {
        self.at = self.at.saturating_sub(bytes);
        self.open = self.open.map(|open| open.saturating_sub(bytes));
        self.found = self.found.take().map(|block| block.start.saturating_sub(bytes)..block.end.saturating_sub(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn search(text: &str) -> BlockSearch {
        let mut search = BlockSearch::default();
        search.read(text);
        search
    }

    #[test]
    fn blocks_are_pipers() {
        for (text, block, none_before) in [
            ("", None, 0),
            ("ab", None, 2),
            ("ab[", None, 2),
            ("ab[[", None, 2),
            ("a [[b]] c", Some(2..7), 2),
            ("a [[b]", None, 2),
            ("a [[b\n]] [[c]]", Some(9..14), 9),
            ("a [[b\n]] é", None, 11),
            ("[[[a]]]", Some(0..6), 0),
            ("[[]]", Some(0..4), 0),
            ("[[]", None, 0),
            ("[a] ]] [", None, 7),
        ] {
            let search = search(text);
            assert_eq!((search.found().cloned(), search.none_before()), (block, none_before), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_growing_text_has_the_same_block(pieces in prop::collection::vec(r"[\[\]a\né]{0,4}", 0..12)) {
            let mut text = String::new();
            let mut growing = BlockSearch::default();
            for piece in &pieces {
                text.push_str(piece);
                growing.read(&text);
                prop_assert!(growing.none_before() <= search(&pieces.concat()).none_before());
            }
            let whole = search(&text);
            prop_assert_eq!((growing.found(), growing.none_before()), (whole.found(), whole.none_before()));
        }
    }
}
