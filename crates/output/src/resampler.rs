//! Another sample rate, in pieces of any length: put together they are what the whole would have become.

use chanter_engine::{Error, ErrorKind, Result};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Samples that are transformed together, at least: up to so many wait for the next piece. The filter's edge then lies at
/// 0.98 of the lower rate's Nyquist frequency.
const BLOCK: usize = 512;

/// Changes the rate of samples.
pub struct Resampler {
    fft: Fft<f32>,
    rates: (u32, u32),
    /// Too few for a block.
    waiting: Vec<f32>,
    /// Samples that the filter is late, and which are still to be left out.
    late: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From one rate to another, in Hz.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] for rates that the library does not take.
    pub fn new(from: u32, to: u32) -> Result<Self> {
        let window = WindowFunction::BlackmanHarris2;
        let fft = Fft::new_custom(from as usize, to as usize, BLOCK, 1, 1, window, FixedSync::Both).map_err(failed)?;
        let late = fft.output_delay();
        Ok(Self { fft, rates: (from, to), waiting: Vec::new(), late, taken: 0, given: 0 })
    }

    /// What is known of the result after these samples.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`].
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        self.taken += samples.len() as u64;
        self.process(samples)
    }

    /// The rest, once there are no more samples; nothing when it is asked for again.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`].
    pub fn finish(&mut self) -> Result<Vec<f32>> {
        let (from, to) = self.rates;
        let total = (self.taken * u64::from(to)).div_ceil(u64::from(from));
        let missing = usize::try_from(total.saturating_sub(self.given)).unwrap_or(usize::MAX);
        let mut rest = Vec::new();
        while rest.len() < missing {
            rest.extend(self.process(&[0.0; BLOCK])?);
        }
        rest.truncate(missing);
        self.given = total;
        Ok(rest)
    }

    fn process(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        self.waiting.extend_from_slice(samples);
        let block = self.fft.input_frames_next();
        let whole = self.waiting.len() / block * block;
        let mut made = Vec::new();
        for block in self.waiting[..whole].chunks(block) {
            let input = InterleavedSlice::new(block, 1, block.len()).map_err(failed)?;
            made.extend(self.fft.process(&input, None).map_err(failed)?.take_data());
        }
        self.waiting.drain(..whole);
        let late = self.late.min(made.len());
        self.late -= late;
        made.drain(..late);
        self.given += made.len() as u64;
        Ok(made)
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Inference, "the sample rate cannot be changed").with_source(error)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn tone(rate: u32, hz: f64, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (0.5 * (TAU * hz * n as f64 / f64::from(rate)).sin()) as f32).collect()
    }

    fn whole(from: u32, to: u32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to).unwrap();
        let mut all = resampler.push(samples).unwrap();
        all.extend(resampler.finish().unwrap());
        assert!(resampler.finish().unwrap().is_empty());
        all
    }

    /// What differs, relative to what is expected, in decibels; edges left aside.
    fn error(got: &[f32], expected: &[f32]) -> f64 {
        let inner = 2000..expected.len() - 2000;
        let power = |samples: &mut dyn Iterator<Item = f64>| samples.map(|s| s * s).sum::<f64>();
        let signal = power(&mut expected[inner.clone()].iter().map(|&s| f64::from(s)));
        let noise = power(&mut inner.map(|n| f64::from(got[n]) - f64::from(expected[n])));
        10.0 * (noise / signal).log10()
    }

    #[test]
    fn a_tone_stays_the_same_tone_at_the_same_time() {
        for from in [16_000, 22_050, 44_100, 48_000] {
            for hz in [100.0, 1000.0, 7000.0] {
                let got = whole(from, 24_000, &tone(from, hz, from as usize));
                assert_eq!(got.len(), 24_000);
                let error = error(&got, &tone(24_000, hz, 24_000));
                assert!(error < -100.0, "{hz} Hz of {from}: {error} dB");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_left_out() {
        let got = whole(44_100, 24_000, &tone(44_100, 13_000.0, 44_100));
        let loudest = got[2000..22_000].iter().fold(0.0f32, |most, s| most.max(s.abs()));
        assert!(loudest < 1e-5, "{loudest}");
    }

    #[test]
    fn pieces_are_the_whole() {
        let samples = tone(22_050, 440.0, 9_999);
        let expected = whole(22_050, 24_000, &samples);
        for length in [1, 7, 588, 4096] {
            let mut resampler = Resampler::new(22_050, 24_000).unwrap();
            let mut got = Vec::new();
            for piece in samples.chunks(length) {
                got.extend(resampler.push(piece).unwrap());
            }
            // All but what lies in one block and half a filter is there by now.
            assert!(got.len() as f64 > (9_999.0 - 1.5 * 588.0) * 24_000.0 / 22_050.0 - 1.0, "{}", got.len());
            got.extend(resampler.finish().unwrap());
            assert!(got == expected, "pieces of {length}");
        }
    }

    #[test]
    fn every_length_and_rate_ends() {
        for length in [0, 1, 2, 587, 588, 589] {
            let samples = vec![0.1; length];
            assert_eq!(whole(22_050, 24_000, &samples).len(), (length * 160).div_ceil(147));
        }
        for rate in [1, 3, 8_000, 22_051, 192_000] {
            assert_eq!(whole(rate, 24_000, &[0.5; 50]).len(), (50 * 24_000u64).div_ceil(rate.into()) as usize);
        }
    }
}
