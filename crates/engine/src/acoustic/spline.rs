//! Rational-quadratic splines, inverted: the heart of VITS's duration predictor.
//!
//! Durkan, Bekasov, Murray, Papamakarios, "Neural Spline Flows" (2019), equations 4 to 8, with linear tails; in the
//! order of operations of VITS's `transforms.py`, so that rounding is alike.

/// The least width and height of a bin, and the least derivative, in VITS.
pub(super) const LEAST: f32 = 1e-3;

/// What the splines of one flow have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spline {
    /// Outside of `[-tail, tail]` the spline is the identity.
    pub(super) tail: f32,
    /// Widths and heights are divided by it before their softmax.
    pub(super) divisor: f32,
}

impl Spline {
    /// The `x` whose image is `y`, by the spline of `K` bins with these `3 K - 1` parameters: widths, heights and
    /// inner derivatives, none of them normalised. What is not a number, or has another count of parameters, stays.
    pub(super) fn invert(self, parameters: &[f32], y: f32) -> f32 {
        let bins = parameters.len().div_ceil(3);
        if parameters.len() % 3 != 2 || !(-self.tail..=self.tail).contains(&y) {
            return y;
        }
        let (widths, rest) = parameters.split_at(bins);
        let (heights, slopes) = rest.split_at(bins);
        let xs = self.knots(widths);
        let ys = self.knots(heights);
        let bin = ys[1..bins].iter().take_while(|&&knot| y >= knot).count();
        // The tails have slope 1, and so do the outer knots.
        let slope = |knot: usize| if knot == 0 || knot == bins { 1.0 } else { LEAST + softplus(slopes[knot - 1]) };
        let (left, right) = (slope(bin), slope(bin + 1));
        let (width, height) = (xs[bin + 1] - xs[bin], ys[bin + 1] - ys[bin]);
        let delta = height / width;
        let rise = y - ys[bin];
        let bend = rise * (left + right - 2.0 * delta);
        let a = bend + height * (delta - left);
        let b = height * left - bend;
        let c = -delta * rise;
        let root = (2.0 * c) / (-b - (b * b - 4.0 * a * c).max(0.0).sqrt());
        root * width + xs[bin]
    }

    /// The borders of the bins, from `-tail` to `tail`.
    fn knots(self, sizes: &[f32]) -> Vec<f32> {
        let bins = sizes.len();
        let largest = sizes.iter().fold(f32::NEG_INFINITY, |m, &s| m.max(s / self.divisor));
        let exps: Vec<f32> = sizes.iter().map(|&s| (s / self.divisor - largest).exp()).collect();
        let sum: f32 = exps.iter().sum();
        let mut knots = Vec::with_capacity(bins + 1);
        knots.push(-self.tail);
        let mut at = 0.0;
        for exp in &exps {
            at += LEAST + (1.0 - LEAST * bins as f32) * (exp / sum);
            knots.push(2.0 * self.tail * at - self.tail);
        }
        knots[bins] = self.tail;
        knots
    }
}

fn softplus(x: f32) -> f32 {
    if x > 20.0 { x } else { x.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPLINE: Spline = Spline { tail: 5.0, divisor: 13.856_406 };

    /// Equation 4, in f64.
    fn forward(parameters: &[f32], x: f64) -> f64 {
        let bins = parameters.len().div_ceil(3);
        let knots = |sizes: &[f32]| -> Vec<f64> { SPLINE.knots(sizes).into_iter().map(f64::from).collect() };
        let (xs, ys) = (knots(&parameters[..bins]), knots(&parameters[bins..2 * bins]));
        let bin = (xs[1..bins].iter().take_while(|&&knot| x >= knot).count()).min(bins - 1);
        let slope = |k: usize| {
            if k == 0 || k == bins {
                1.0
            } else {
                f64::from(LEAST) + f64::from(parameters[2 * bins + k - 1]).exp().ln_1p()
            }
        };
        let delta = (ys[bin + 1] - ys[bin]) / (xs[bin + 1] - xs[bin]);
        let t = (x - xs[bin]) / (xs[bin + 1] - xs[bin]);
        let (left, right) = (slope(bin), slope(bin + 1));
        ys[bin]
            + (ys[bin + 1] - ys[bin]) * (delta * t * t + left * t * (1.0 - t))
                / (delta + (left + right - 2.0 * delta) * t * (1.0 - t))
    }

    proptest! {
        #[test]
        fn inverts_the_spline(parameters in proptest::collection::vec(-8.0f32..8.0, 29), x in -5.0f32..5.0) {
            let y = forward(&parameters, f64::from(x)) as f32;
            let found = SPLINE.invert(&parameters, y);
            // Where the spline is flat, many x have nearly the same y.
            let again = forward(&parameters, f64::from(found)) as f32;
            prop_assert!((found - x).abs() < 1e-3 || (again - y).abs() < 1e-4, "{} for {}, {} for {}", found, x, again, y);
        }

        #[test]
        fn is_the_identity_outside(parameters in proptest::collection::vec(-8.0f32..8.0, 29), x in 5.01f32..100.0) {
            prop_assert_eq!(SPLINE.invert(&parameters, x), x);
            prop_assert_eq!(SPLINE.invert(&parameters, -x), -x);
        }

        #[test]
        fn survives_anything(parameters in proptest::collection::vec(any::<f32>(), 0..40), y in any::<f32>()) {
            SPLINE.invert(&parameters, y);
        }
    }
}
