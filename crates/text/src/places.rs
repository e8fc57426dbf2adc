//! Where what is read stands in what was written.

use std::{collections::VecDeque, ops::Range};

/// A stretch of what is read, and what it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes of all that is read.
    pub read: Range<usize>,
    /// Bytes of all that was given.
    pub source: Range<usize>,
    /// It was read as it stands, so that its bytes correspond one by one; else it stands for the source as a whole.
    pub as_it_stands: bool,
}

/// Places of what was read, in order.
#[derive(Debug, Clone, Default)]
pub struct Places(VecDeque<Place>);

impl Places {
    /// Adds a place after the others.
    pub fn push(&mut self, place: Place) {
        match self.0.back_mut() {
            Some(last) if last.goes_on_with(&place) => {
                last.read.end = place.read.end;
                last.source.end = place.source.end;
            }
            _ => self.0.push_back(place),
        }
    }

    /// Forgets what ends at or before a byte of what is read.
    pub fn forget(&mut self, before: usize) {
        while self.0.front().is_some_and(|place| place.read.end <= before) {
            self.0.pop_front();
        }
    }

    /// The bytes of what was given that these bytes of what is read come from; markup between them included.
    pub fn source_of(&self, read: &Range<usize>) -> Range<usize> {
        let index = self.0.partition_point(|place| place.read.end <= read.start);
        let Some(first) = self.0.get(index) else { return 0..0 };
        let start = first.source_at(read.start).unwrap_or(first.source.start);
        let index = self.0.partition_point(|place| place.read.end < read.end);
        let last = self.0.get(index).unwrap_or(first);
        start..last.source_at(read.end).unwrap_or(last.source.end).max(start)
    }
}

impl Place {
    pub(crate) fn goes_on_with(&self, next: &Self) -> bool {
        self.as_it_stands
            && next.as_it_stands
            && self.read.end == next.read.start
            && self.source.end == next.source.start
    }

    fn source_at(&self, read: usize) -> Option<usize> {
        self.as_it_stands.then(|| self.source.start + read.saturating_sub(self.read.start).min(self.read.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_across_markup() {
        let place = |read, source, as_it_stands| Place { read, source, as_it_stands };
        // "a **b**c &amp; d" is read "a bc & d".
        let mut places = Places::default();
        for (read, source, as_it_stands) in
            [(0..2, 0..2, true), (2..3, 4..5, true), (3..5, 7..9, true), (5..6, 9..14, false), (6..8, 14..16, true)]
        {
            places.push(place(read, source, as_it_stands));
        }
        for (read, source) in [(0..1, 0..1), (2..4, 4..8), (5..6, 9..14), (7..8, 15..16), (3..6, 7..14)] {
            assert_eq!(places.source_of(&read), source, "{read:?}");
        }
        places.forget(5);
        assert_eq!(places.source_of(&(7..8)), 15..16);
        assert_eq!(places.0.len(), 2);
    }
}
