//! Numbers as int8 with a scale for each channel.

/// Scales that are tried for a channel, from that of its largest number down to half of it: the largest numbers may be
/// cut where that makes the others more exact.
const TRIED: usize = 26;

/// The largest int8 that is used. -128 is not, so that no number becomes larger than it was.
const MOST: f32 = 127.0;

/// Quantised numbers.
pub(super) struct Int8 {
    pub(super) values: Vec<i8>,
    /// One for each channel: a number is its int8 times this.
    pub(super) scales: Vec<f32>,
    /// Energy of the error, to that of the numbers.
    pub(super) error: f64,
}

/// Quantises numbers of the shape `dims`, with scales along `axis` that make the squared error least.
pub(super) fn quantise(numbers: &[f32], dims: &[usize], axis: usize) -> Int8 {
    let (channels, inner) = (dims[axis], dims[axis + 1..].iter().product::<usize>());
    let mut quantised = Int8 { values: vec![0; numbers.len()], scales: Vec::with_capacity(channels), error: 0.0 };
    let mut channel = Vec::new();
    for c in 0..channels {
        let runs = || (c * inner..numbers.len()).step_by(channels * inner);
        channel.clear();
        channel.extend(runs().flat_map(|start| &numbers[start..start + inner]));
        let (scale, error) = best_scale(&channel);
        for start in runs() {
            for (to, &x) in quantised.values[start..start + inner].iter_mut().zip(&numbers[start..start + inner]) {
                *to = level(x, scale) as i8;
            }
        }
        quantised.scales.push(scale);
        quantised.error += error;
    }
    let energy = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
    quantised.error /= energy.max(f64::MIN_POSITIVE);
    quantised
}

/// The scale of least squared error, and that error.
fn best_scale(numbers: &[f32]) -> (f32, f64) {
    let largest = numbers.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let tried = (0..TRIED).map(|i| largest / MOST * (1.0 - 0.5 * i as f32 / (TRIED - 1) as f32));
    let error = |scale: f32| {
        let of = |&x: &f32| f64::from(x - level(x, scale) * scale);
        numbers.iter().map(of).map(|e| e * e).sum::<f64>()
    };
    // Nothing but zeros, or next to it, has no scale of its own.
    let usable = tried.filter(|scale| scale.is_normal()).map(|scale| (scale, error(scale)));
    usable.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_else(|| (1.0, error(1.0)))
}

/// 1.5 * 2^23: at this size f32 are whole numbers, so adding it rounds, ties to even, in one instruction everywhere.
const WHOLE: f32 = 12_582_912.0;

fn level(x: f32, scale: f32) -> f32 {
    ((x / scale).clamp(-MOST, MOST) + WHOLE) - WHOLE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the int8 stand for.
    fn restored(of: &Int8, dims: &[usize], axis: usize) -> Vec<f32> {
        let inner: usize = dims[axis + 1..].iter().product();
        let scale = |i: usize| of.scales[i / inner % dims[axis]];
        of.values.iter().enumerate().map(|(i, &q)| f32::from(q) * scale(i)).collect()
    }

    #[test]
    fn each_channel_has_its_scale() {
        let dims = [2, 3, 4];
        for (axis, channels) in [(0, 2), (1, 3), (2, 4)] {
            // Channels of very different sizes: one scale for all would lose the small ones.
            let inner: usize = dims[axis + 1..].iter().product();
            let size = |i: usize| 10f32.powi(-3 * (i / inner % channels) as i32);
            let numbers: Vec<f32> = (0..24).map(|i| size(i) * ((i * 7 % 24) as f32 - 11.3)).collect();
            let quantised = quantise(&numbers, &dims, axis);
            assert_eq!(quantised.scales.len(), channels);
            for (i, (x, y)) in numbers.iter().zip(restored(&quantised, &dims, axis)).enumerate() {
                assert!((x - y).abs() <= 12.7 / 127.0 * size(i), "axis {axis}, {i}: {x} {y}");
            }
        }
    }

    #[test]
    fn the_error_is_least_and_is_told() {
        // One outlier among many small numbers.
        let mut numbers: Vec<f32> = (0..4096).map(|i| (i as f32 * 0.7).sin()).collect();
        numbers[77] = 1.4;
        let quantised = quantise(&numbers, &[1, 4096], 0);
        let energy = |of: &mut dyn Iterator<Item = f32>| of.map(|x| f64::from(x).powi(2)).sum::<f64>();
        let signal = energy(&mut numbers.iter().copied());
        let told = |scale: f32| {
            energy(&mut numbers.iter().map(|x| x - (x / scale).round_ties_even().clamp(-127.0, 127.0) * scale)) / signal
        };
        let of = |of: &Int8| energy(&mut numbers.iter().zip(restored(of, &[1, 4096], 0)).map(|(x, y)| x - y)) / signal;
        assert!((of(&quantised) / quantised.error - 1.0).abs() < 1e-3);
        let (plain, half) = (told(1.4 / 127.0), told(0.7 / 127.0));
        assert!(quantised.error < plain && quantised.error < half, "{} {plain} {half}", quantised.error);
    }

    #[test]
    fn extremes() {
        for (numbers, error) in [(vec![0.0; 6], 0.0), (vec![1e-44, -1e-44, 0.0, 0.0, 0.0, 0.0], 1.0)] {
            let quantised = quantise(&numbers, &[2, 3], 0);
            assert_eq!((quantised.values, quantised.scales), (vec![0; 6], vec![1.0; 2]));
            assert!((quantised.error - error).abs() < 1e-6, "{}", quantised.error);
        }
        let quantised = quantise(&[f32::MAX, f32::MIN, 1.0, 2.0], &[1, 4], 0);
        assert!(restored(&quantised, &[1, 4], 0).iter().all(|x| x.is_finite()) && quantised.error < 1e-3);
    }
}
