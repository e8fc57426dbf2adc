//! Differences of sounds, by frequency.

use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use serde_json::{Value, json};

/// Samples of a frame: 46 ms at 22,050 Hz. Frames overlap by half.
const FRAME: usize = 1024;

/// Where bands end, in Hz; the last ends at half the sample rate.
const EDGES: [(f64, &str); 5] = [
    (500.0, "0000_0500_hz"),
    (1000.0, "0500_1000_hz"),
    (2000.0, "1000_2000_hz"),
    (4000.0, "2000_4000_hz"),
    (f64::INFINITY, "4000_hz_up"),
];

/// What is so far below the loudest of a sound counts as silence when spectra are compared: 60 dB, in amplitude.
const SILENCE: f64 = 1e-3;

/// How sounds differ from others, over any number of pairs.
pub(crate) struct Difference {
    fft: Arc<dyn Fft<f64>>,
    window: Vec<f64>,
    hz: f64,
    /// Energies of sounds and of differences: of all, and by band.
    all: [f64; 2],
    by_band: [[f64; 2]; EDGES.len()],
    distance: f64,
    frames: usize,
}

impl Difference {
    pub(crate) fn new(sample_rate: u32) -> Self {
        let turn = std::f64::consts::TAU / FRAME as f64;
        Self {
            fft: FftPlanner::new().plan_fft_forward(FRAME),
            // Hann's.
            window: (0..FRAME).map(|i| 0.5 - 0.5 * (turn * i as f64).cos()).collect(),
            hz: f64::from(sample_rate) / FRAME as f64,
            all: [0.0; 2],
            by_band: [[0.0; 2]; EDGES.len()],
            distance: 0.0,
            frames: 0,
        }
    }

    /// Takes a pair of sounds in. Where one is longer, the rest of it is not compared.
    pub(crate) fn add(&mut self, sound: &[f32], other: &[f32]) {
        for (&x, &y) in sound.iter().zip(other) {
            let (x, y) = (f64::from(x), f64::from(y));
            self.all[0] += x * x;
            self.all[1] += (x - y) * (x - y);
        }
        let (sound, other) = (self.spectra(sound), self.spectra(other));
        let floor = sound.iter().flatten().map(|bin| bin.norm()).fold(0.0, f64::max) * SILENCE;
        for (one, other) in sound.iter().zip(&other) {
            let mut squares = 0.0;
            for (i, (x, y)) in one.iter().zip(other).enumerate() {
                let hz = i as f64 * self.hz;
                let band = EDGES.iter().position(|&(end, _)| hz < end).unwrap_or_default();
                self.by_band[band][0] += x.norm_sqr();
                self.by_band[band][1] += (x - y).norm_sqr();
                let ratio = x.norm().max(floor) / y.norm().max(floor);
                squares += if floor > 0.0 { (20.0 * ratio.log10()).powi(2) } else { 0.0 };
            }
            self.distance += (squares / one.len() as f64).sqrt();
            self.frames += 1;
        }
    }

    /// The error to the sound in dB, of all and by band; null for silence.
    pub(crate) fn bands(&self) -> Value {
        let mut bands = json!({"all": decibels(self.all)});
        for ((_, name), energies) in EDGES.iter().zip(self.by_band) {
            bands[name] = decibels(energies);
        }
        bands
    }

    /// The root of the mean square difference of a frame's logarithmic spectra in dB, as a mean over all frames.
    pub(crate) fn log_spectral_distance(&self) -> Value {
        rounded(self.distance / self.frames.max(1) as f64)
    }

    /// Spectra of a sound's frames, from 0 Hz up to half the sample rate.
    fn spectra(&self, sound: &[f32]) -> Vec<Vec<Complex<f64>>> {
        let frame = |start: usize| {
            let samples = sound[start..].iter().copied().chain(std::iter::repeat(0.0));
            let windowed = samples.zip(&self.window).map(|(x, w)| Complex::from(f64::from(x) * w));
            let mut bins: Vec<_> = windowed.collect();
            self.fft.process(&mut bins);
            bins.truncate(FRAME / 2 + 1);
            bins
        };
        (0..sound.len()).step_by(FRAME / 2).map(frame).collect()
    }
}

/// Error to signal; no error at all is -200 dB.
fn decibels([signal, error]: [f64; 2]) -> Value {
    if signal > 0.0 { rounded((10.0 * (error / signal).log10()).max(-200.0)) } else { Value::Null }
}

fn rounded(value: f64) -> Value {
    ((value * 100.0).round() / 100.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, loud: f64) -> impl Iterator<Item = f32> {
        (0..22_050).map(move |i| (loud * (std::f64::consts::TAU * hz * f64::from(i) / 22_050.0).sin()) as f32)
    }

    fn sum(one: impl Iterator<Item = f32>, other: impl Iterator<Item = f32>) -> Vec<f32> {
        one.zip(other).map(|(x, y)| x + y).collect()
    }

    #[test]
    fn an_error_is_in_its_band() {
        let sound = sum(tone(700.0, 0.5), tone(3000.0, 0.05));
        let other = sum(sound.iter().copied(), tone(2500.0, 0.005));
        let mut difference = Difference::new(22_050);
        difference.add(&sound, &other);
        let bands = difference.bands();
        let near = |name: &str, db: f64| (bands[name].as_f64().unwrap() - db).abs() < 0.2;
        assert!(near("all", -40.04) && near("2000_4000_hz", -20.0), "{bands}");
        // Almost nothing: the sound ends at once, which is heard in all bands.
        assert!(bands["0500_1000_hz"].as_f64().unwrap() < -70.0, "{bands}");
        assert!(difference.log_spectral_distance().as_f64().unwrap() > 0.0);
    }

    #[test]
    fn a_factor_is_the_same_in_all_spectra() {
        let sound: Vec<f32> = tone(100.0, 0.5).collect();
        let mut noise = 1u32;
        let sound: Vec<f32> = sound
            .iter()
            .map(|x| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                x + noise as f32 / u32::MAX as f32
            })
            .collect();
        let louder: Vec<f32> = sound.iter().map(|x| 2.0 * x).collect();
        let mut difference = Difference::new(22_050);
        difference.add(&sound, &louder);
        assert_eq!(difference.bands()["all"], 0.0);
        let distance = difference.log_spectral_distance().as_f64().unwrap();
        assert!((distance - 6.02).abs() < 0.3, "{distance}");
    }

    #[test]
    fn nothing_to_tell() {
        let mut difference = Difference::new(16_000);
        difference.add(&[], &[]);
        difference.add(&[0.0; 3000], &[0.0; 3000]);
        assert_eq!((&difference.bands()["all"], difference.log_spectral_distance()), (&Value::Null, json!(0.0)));
        let sound: Vec<f32> = tone(700.0, 0.5).collect();
        difference.add(&sound, &sound);
        assert_eq!((&difference.bands()["all"], difference.log_spectral_distance()), (&json!(-200.0), json!(0.0)));
    }
}
