//! Which frames are computed together: a pure planner.

use std::ops::Range;

use super::stages::Reach;

/// A stretch of frames that is computed, and the part of it that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// What is computed; inside the sentence, never padded.
    pub(crate) span: Range<usize>,
    /// What is kept: as far from any border of `span` as the stage looks, unless that border is the sentence's own.
    pub(crate) keep: Range<usize>,
}

impl Window {
    /// The window that keeps the frames `keep` of a sentence of `total`.
    pub(crate) fn around(keep: Range<usize>, reach: Reach, total: usize) -> Self {
        let span = keep.start.saturating_sub(reach.left)..(keep.end + reach.right).min(total);
        Self { span, keep }
    }

    /// The kept frames, counted from the start of the span.
    pub(crate) fn kept(&self) -> Range<usize> {
        self.keep.start - self.span.start..self.keep.end - self.span.start
    }
}

/// How many frames the chunks of a speech have: a small first one, so that sound starts at once, then ever larger
/// ones, which cost less for each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunking {
    /// Frames of the first chunk of a sentence, 1 at least.
    pub first: usize,
    /// Frames of the largest; each is twice the one before until then.
    pub largest: usize,
}

impl Chunking {
    /// One chunk for each sentence.
    pub const WHOLE: Self = Self { first: usize::MAX, largest: usize::MAX };

    /// The frames of the chunk that begins at `start`, after one of `previous` frames.
    pub(crate) fn next(self, start: usize, previous: Option<usize>, total: usize) -> Range<usize> {
        let size = previous.map_or(self.first, |p| p.saturating_mul(2).min(self.largest)).max(1);
        let end = start.saturating_add(size).min(total);
        // A remainder too small to be worth a window of its own goes with this one.
        if total - end <= size / 4 { start..total } else { start..end }
    }
}

impl Default for Chunking {
    /// A quarter of a second first, then up to a second and a half, in voices of 86 frames a second.
    fn default() -> Self {
        Self { first: 24, largest: 128 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_frame_once_and_far_from_false_borders(
            total in 1usize..2000, first in 1usize..300, largest in 1usize..300, left in 0usize..50, right in 0usize..50,
        ) {
            let chunking = Chunking { first, largest };
            let reach = Reach { left, right };
            let mut at = 0;
            let mut previous = None;
            while at < total {
                let keep = chunking.next(at, previous, total);
                prop_assert_eq!(keep.start, at);
                prop_assert!(keep.end > at && keep.end <= total);
                previous = Some(keep.len());
                at = keep.end;
                let window = Window::around(keep, reach, total);
                prop_assert!(window.span.end <= total);
                prop_assert!(window.span.start == 0 || window.keep.start - window.span.start >= left);
                prop_assert!(window.span.end == total || window.span.end - window.keep.end >= right);
                prop_assert_eq!(window.kept().len(), window.keep.len());
            }
            prop_assert_eq!(at, total);
        }
    }

    #[test]
    fn whole_is_one_chunk() {
        assert_eq!(Chunking::WHOLE.next(0, None, 12345), 0..12345);
    }
}
