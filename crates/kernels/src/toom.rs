//! Which points a fast convolution is evaluated at, and the numbers that follow from them.
//!
//! `r` taps and [`OUTPUTS`] outputs take `r + 3` products instead of `4 r` where input and taps are first evaluated as
//! polynomials at that many points, one of them infinity: Toom and Cook's product of polynomials, transposed, as by
//! Winograd, Arithmetic Complexity of Computations (1980), and Lavin and Gray, Fast Algorithms for Convolutional Neural
//! Networks (2016).
//!
//! The finite points are pairs `a, -a`, and zero where their number is odd: a pair shares most of its work.

/// Outputs that are made together.
pub(crate) const OUTPUTS: usize = 4;
/// The most taps that are evaluated together, and the most points.
pub(crate) const MAX_TAPS: usize = 5;
pub(crate) const MAX_POINTS: usize = MAX_TAPS + OUTPUTS - 1;
/// The most pairs.
pub(crate) const MAX_PAIRS: usize = 3;

/// The numbers of an evaluation of inputs and of the interpolation of outputs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Points {
    /// Taps that are evaluated together.
    pub(crate) taps: usize,
    /// The positive one of each pair, and zeros.
    pub(crate) pairs: [f32; MAX_PAIRS],
    /// For each pair the product of `x * x - b * b` over all others, by powers of `x * x`; its last factor, 1, is left
    /// out.
    pub(crate) others: [[f32; MAX_PAIRS]; MAX_PAIRS],
    /// The same product over all pairs.
    pub(crate) all: [f32; MAX_PAIRS],
    /// For each tap what it counts at each point.
    counts: [[f64; MAX_POINTS]; MAX_TAPS],
}

impl Points {
    /// For as many taps as `taps`, or for groups of them.
    ///
    /// Pairs by a search for the least error of random sums in f32; sixteenths, so that all that is made of them for
    /// inputs and outputs is exact. More than five taps at once, or more outputs, would multiply less, but the error
    /// would grow from twice that of a plain sum to four times and more.
    pub(crate) fn new(taps: usize) -> Self {
        let (taps, pairs): (usize, &[f64]) = match taps {
            2 => (2, &[0.4375, 1.4375]),
            3 => (3, &[0.5625, 1.6875]),
            5 => (5, &[0.5625, 1.0625, 2.375]),
            _ => (4, &[0.3125, 0.8125, 1.6875]),
        };
        let product = |without: Option<usize>| {
            let mut powers = [0.0; MAX_PAIRS + 1];
            powers[0] = 1.0;
            for (_, pair) in pairs.iter().enumerate().filter(|&(i, _)| Some(i) != without) {
                for i in (0..=MAX_PAIRS).rev() {
                    powers[i] = if i > 0 { powers[i - 1] } else { 0.0 } - pair * pair * powers[i];
                }
            }
            std::array::from_fn(|i| powers[i] as f32)
        };
        // At a finite point its powers, over the product of its distances from all others; at infinity the last tap alone.
        let last = taps + OUTPUTS - 2;
        let finite = |i: usize| pairs.get(i / 2).map_or(0.0, |&pair| if i.is_multiple_of(2) { pair } else { -pair });
        let mut counts = [[0.0; MAX_POINTS]; MAX_TAPS];
        for point in 0..last {
            let x = finite(point);
            let distances: f64 = (0..last).filter(|&i| i != point).map(|i| x - finite(i)).product();
            for (tap, counts) in counts.iter_mut().enumerate() {
                counts[point] = x.powi(tap as i32) / distances;
            }
        }
        counts[taps - 1][last] = 1.0;
        Self {
            taps,
            counts,
            pairs: std::array::from_fn(|i| pairs.get(i).map_or(0.0, |&a| a as f32)),
            others: std::array::from_fn(|i| product(Some(i))),
            all: product(None),
        }
    }

    /// Points: pairs, zero, infinity.
    pub(crate) fn count(&self) -> usize {
        self.taps + OUTPUTS - 1
    }

    /// What some taps, no more than are evaluated together, are at each point.
    pub(crate) fn evaluate(&self, taps: &[f32]) -> [f32; MAX_POINTS] {
        let mut values = [0.0; MAX_POINTS];
        for (counts, &tap) in self.counts.iter().zip(taps) {
            for (value, count) in values.iter_mut().zip(counts) {
                *value += count * f64::from(tap);
            }
        }
        values.map(|value| value as f32)
    }
}
