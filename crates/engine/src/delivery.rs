//! How a sentence is spoken, word by word: faster, louder, with marks in it.

use std::ops::Range;

use crate::PhonemeSpan;

/// What is asked for besides the settings of the speech. By default that is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Delivery {
    /// The length of each span, as a multiple; none where all are as they are.
    pub(crate) lengths: Vec<f32>,
    /// Samples of each span are multiplied by it; none where all are as they are.
    pub(crate) gains: Vec<f32>,
    /// Marks, and the spans that they stand before.
    pub(crate) marks: Vec<(usize, String)>,
}

/// Makes the durations of ids longer or shorter, in frames. What is lost by rounding goes to the next, so that a word is as
/// long as it should be although each phoneme may be a frame off.
pub(crate) fn stretch(durations: &mut [usize], spans: &[PhonemeSpan], lengths: &[f32]) {
    let mut owed = 0.0;
    for (span, &length) in spans.iter().zip(lengths) {
        for duration in durations.get_mut(span.ids.clone()).unwrap_or_default() {
            let wanted = *duration as f64 * f64::from(length) + owed;
            *duration = wanted.round().max(0.0) as usize;
            owed = wanted - *duration as f64;
        }
    }
    // A sentence has a frame at least, as VITS gives it.
    if let [first, rest @ ..] = durations
        && rest.iter().all(|&duration| duration == 0)
    {
        *first = (*first).max(1);
    }
}

/// The gain of each frame.
pub(crate) fn of_frames(durations: &[usize], spans: &[PhonemeSpan], gains: &[f32]) -> Vec<f32> {
    let frames = |ids: Range<usize>| durations.get(ids).unwrap_or_default().iter().sum();
    spans.iter().zip(gains).flat_map(|(span, &gain)| std::iter::repeat_n(gain, frames(span.ids.clone()))).collect()
}

/// Multiplies samples, `hop` a frame from the frame `first` on. From one gain to another it goes in the course of a frame,
/// for a step would be heard as a click.
pub(crate) fn amplify(samples: &mut [f32], hop: usize, first: usize, gains: &[f32]) {
    for (frame, samples) in (first..).zip(samples.chunks_mut(hop)) {
        let Some(&gain) = gains.get(frame) else { return };
        let before = frame.checked_sub(1).and_then(|before| gains.get(before)).copied().unwrap_or(gain);
        for (at, sample) in samples.iter_mut().enumerate() {
            *sample *= before + (gain - before) * ((at + 1) as f32 / hop as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(ids: &[Range<usize>]) -> Vec<PhonemeSpan> {
        ids.iter().map(|ids| PhonemeSpan { phoneme: String::new(), ids: ids.clone() }).collect()
    }

    #[test]
    fn words_are_as_long_as_they_should_be() {
        let spans = spans(&[0..1, 1..4, 4..6]);
        for (lengths, expected) in [
            ([1.0, 1.0, 1.0], [3, 1, 2, 1, 5, 5]),
            ([2.0, 0.5, 1.0], [6, 1, 1, 0, 5, 5]),
            ([1.0, 1.5, 0.1], [3, 2, 3, 1, 1, 0]),
        ] {
            let mut durations = [3, 1, 2, 1, 5, 5];
            stretch(&mut durations, &spans, &lengths);
            assert_eq!(durations, expected, "{lengths:?}");
        }
    }

    #[test]
    fn gains_go_from_one_to_another_in_a_frame() {
        let gains = of_frames(&[1, 1, 0, 2], &spans(&[0..2, 2..4]), &[1.0, 3.0]);
        assert_eq!(gains, [1.0, 1.0, 3.0, 3.0]);
        let mut samples = [1.0; 8];
        amplify(&mut samples, 2, 0, &gains);
        assert_eq!(samples, [1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0]);
        let mut part = [1.0; 4];
        amplify(&mut part, 2, 2, &gains);
        assert_eq!(part, samples[4..]);
    }
}
