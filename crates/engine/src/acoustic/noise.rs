//! Seeded noise, the same on every target.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// Which noise of a sentence is drawn; each has a stream of its own, so that neither moves the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseOf {
    /// The duration predictor's.
    Durations,
    /// The frames'.
    Frames,
}

/// An endless row of independent standard normal numbers (ChaCha8, then a ziggurat).
pub struct NormalStream(ChaCha8Rng);

impl NormalStream {
    /// The stream of one noise of one sentence of a speech.
    pub fn new(seed: u64, sentence: usize, of: NoiseOf) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(2 * sentence as u64 + u64::from(of == NoiseOf::Frames));
        Self(generator)
    }

    /// Appends `count` numbers.
    pub fn fill(&mut self, to: &mut Vec<f32>, count: usize) {
        to.extend((0..count).map(|_| -> f32 { StandardNormal.sample(&mut self.0) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64, sentence: usize, of: NoiseOf, counts: &[usize]) -> Vec<f32> {
        let mut stream = NormalStream::new(seed, sentence, of);
        let mut numbers = Vec::new();
        for &count in counts {
            stream.fill(&mut numbers, count);
        }
        numbers
    }

    #[test]
    fn does_not_depend_on_the_portions() {
        let whole = draw(7, 3, NoiseOf::Frames, &[100]);
        assert_eq!(whole, draw(7, 3, NoiseOf::Frames, &[1, 9, 0, 90]));
    }

    #[test]
    fn streams_differ() {
        let one = draw(7, 0, NoiseOf::Frames, &[10]);
        for other in [(8, 0, NoiseOf::Frames), (7, 1, NoiseOf::Frames), (7, 0, NoiseOf::Durations)] {
            assert_ne!(one, draw(other.0, other.1, other.2, &[10]));
        }
    }

    #[test]
    fn is_standard_normal() {
        let numbers = draw(1, 0, NoiseOf::Frames, &[100_000]);
        let n = numbers.len() as f64;
        let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let variance = numbers.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "mean {mean}, variance {variance}");
    }

    /// The first numbers, written down: a change of generator would change all speech.
    #[test]
    fn stays_what_it_was() {
        let numbers = draw(0, 0, NoiseOf::Durations, &[3]);
        let expected = [0.69996077, -0.14406164, 0.30288628];
        assert_eq!(numbers, expected);
    }
}
