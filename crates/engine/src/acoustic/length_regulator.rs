//! Durations to frames: which phoneme id sounds in each latent frame.

use std::ops::Range;

/// The alignment of a sentence. In VITS it is a matrix of zeros and ones that is multiplied with the encoder's output;
/// here it is the index of each frame's id (FastSpeech's "length regulator").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alignment {
    id_of_frame: Vec<u32>,
}

impl Alignment {
    /// Each id `i` takes `durations[i]` frames. VITS gives a sentence one frame at least, which belongs to no id and
    /// is spread as zeros.
    pub(crate) fn new(durations: &[usize]) -> Self {
        let id_of_frame: Vec<u32> =
            durations.iter().enumerate().flat_map(|(id, &d)| std::iter::repeat_n(id as u32, d)).collect();
        Self { id_of_frame }
    }

    /// Frames of the sentence.
    pub(crate) fn frames(&self) -> usize {
        self.id_of_frame.len().max(1)
    }

    /// The rows of `rows` (one for each id, `channels` long) spread over the frames of `span`.
    pub(crate) fn spread(&self, rows: &[f32], channels: usize, span: Range<usize>) -> Vec<f32> {
        let mut spread = Vec::with_capacity(span.len() * channels);
        for frame in span {
            match self.id_of_frame.get(frame) {
                Some(&id) => spread.extend_from_slice(&rows[id as usize * channels..][..channels]),
                None => spread.resize(spread.len() + channels, 0.0),
            }
        }
        spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_rows_by_duration() {
        let alignment = Alignment::new(&[2, 0, 1]);
        assert_eq!(alignment.frames(), 3);
        let rows = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!(alignment.spread(&rows, 2, 0..3), [1.0, 10.0, 1.0, 10.0, 3.0, 30.0]);
        assert_eq!(alignment.spread(&rows, 2, 1..2), [1.0, 10.0]);
    }

    #[test]
    fn one_frame_at_least() {
        let alignment = Alignment::new(&[0, 0]);
        assert_eq!(alignment.frames(), 1);
        assert_eq!(alignment.spread(&[5.0, 6.0], 1, 0..1), [0.0]);
    }
}
