//! Transposed convolution, by phases.

use crate::conv::{Columns, Conv1d, output_channels};
use crate::form::Form;
use crate::isa::Isa;
use crate::threads::Place;
use std::cell::RefCell;

thread_local! {
    static PHASES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A 1-D transposed convolution with its weights: one group, dilation 1, any taps and stride.
///
/// Output column `t * stride + r` reads only the taps `r, r + stride, ...`: so each of the `stride` phases is a plain
/// convolution of its own with `ceil(taps / stride)` taps, and no sum is scattered.
#[derive(Debug, Clone, PartialEq)]
pub struct Deconv1d {
    phases: Conv1d,
    stride: usize,
    taps: usize,
}

impl Deconv1d {
    /// `weights` are `[channels, output_channels, taps]`, as ONNX has them; `bias` has one float for each output
    /// channel, or none at all.
    ///
    /// # Panics
    /// When lengths disagree, or anything but the bias is empty.
    pub fn new(weights: &[f32], bias: &[f32], channels: usize, taps: usize, stride: usize) -> Self {
        Self::with_form(Isa::best(), None, weights, bias, channels, taps, stride)
    }

    /// The same for an instruction set of choice, which must be one of [`Isa::available`], and in a form of choice, or else
    /// in the one that pays.
    pub fn with_form(
        isa: Isa,
        form: Option<Form>,
        weights: &[f32],
        bias: &[f32],
        channels: usize,
        taps: usize,
        stride: usize,
    ) -> Self {
        assert!(stride > 0);
        let outputs = output_channels(weights, bias, channels, taps);
        assert!(bias.is_empty() || bias.len() == outputs);
        let phase_taps = taps.div_ceil(stride);
        let mut by_phase = vec![0.0; outputs * stride * channels * phase_taps];
        for o in 0..outputs {
            for r in 0..stride {
                for c in 0..channels {
                    for j in 0..phase_taps {
                        let tap = r + j * stride;
                        if tap < taps {
                            // Tap j reaches j columns back, so taps run backwards.
                            let at = ((o * stride + r) * channels + c) * phase_taps + phase_taps - 1 - j;
                            by_phase[at] = weights[(c * outputs + o) * taps + tap];
                        }
                    }
                }
            }
        }
        let bias: Vec<f32> = bias.iter().flat_map(|&b| std::iter::repeat_n(b, stride)).collect();
        let phases = Conv1d::with_form(isa, form, &by_phase, &bias, channels, phase_taps, 1);
        Self { phases, stride, taps }
    }

    /// Input channels.
    pub fn channels(&self) -> usize {
        self.phases.channels()
    }

    /// Output channels.
    pub fn output_channels(&self) -> usize {
        self.phases.output_channels() / self.stride
    }

    /// Columns before an input's first that an output may look back at.
    pub fn reach(&self) -> usize {
        self.taps.div_ceil(self.stride) - 1
    }

    /// Convolves `input` into `output`, rows of any length, whose first column is the one numbered `first`.
    ///
    /// Column 0 is the first that reads the input's column [`reach`](Self::reach): an input that begins with so many zeros
    /// gives all that there are, of which ONNX's `pads` leave out the first.
    ///
    /// # Panics
    /// When a slice's length does not fit.
    pub fn run(&self, input: Columns<'_>, leaky: Option<f32>, first: usize, output: &mut [f32]) {
        assert_eq!(output.len() % self.output_channels(), 0);
        let output_columns = output.len() / self.output_channels();
        let columns = self.phases.output_columns(input.count(self.channels()));
        if output.is_empty() {
            return;
        }
        assert!(first + output_columns <= columns * self.stride);
        let output = Place::of(output);
        self.phases.each_block(columns, |block| {
            let width = block.len();
            // The columns of all its phases, as far as they are wanted.
            let place = |t: usize| (t * self.stride).clamp(first, first + output_columns) - first;
            let places = place(block.start)..place(block.end);
            if places.is_empty() {
                return;
            }
            let needed = self.phases.output_channels() * width;
            PHASES.with_borrow_mut(|phases| {
                if phases.len() < needed {
                    phases.resize(needed, 0.0);
                }
                let phases = &mut phases[..needed];
                // SAFETY: `phases` has room for as many rows of the block's width as there are output channels.
                unsafe { self.phases.run_block(input, block.clone(), leaky, &[], phases.as_mut_ptr(), width) };
                for (o, phases) in phases.chunks_exact(self.stride * width).enumerate() {
                    // SAFETY: the columns are within the output's row, and no other block has any of them.
                    let row = unsafe {
                        let start = output.start().add(o * output_columns + places.start);
                        std::slice::from_raw_parts_mut(start, places.len())
                    };
                    for (r, phase) in phases.chunks_exact(width).enumerate() {
                        // Column t of phase r is column t * stride + r.
                        let t = (first + places.start).saturating_sub(r).div_ceil(self.stride);
                        let skipped = t * self.stride + r - first - places.start;
                        let to = row.iter_mut().skip(skipped).step_by(self.stride);
                        to.zip(&phase[t - block.start..]).for_each(|(to, &x)| *to = x);
                    }
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::cases(256))]
        #[test]
        fn equals_the_definition(
            channels in 1..crate::size(24), outputs in 1usize..6, taps in 1usize..17, stride in 1usize..9,
            columns in 0..crate::size(500), before in 0usize..6, after in 0usize..6, leaky in proptest::option::of(0.0f32..1.0),
        ) {
            // Nothing is known of columns that no tap reaches.
            prop_assume!(taps >= stride);
            let value = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
            let input: Vec<f32> = (0..channels * columns).map(value).collect();
            let weights: Vec<f32> = (0..channels * outputs * taps).map(|i| value(i * 3)).collect();
            let bias: Vec<f32> = (0..outputs).map(|i| value(i * 5)).collect();
            let whole = if columns == 0 { 0 } else { (columns - 1) * stride + taps };
            let mut expected = vec![0.0f64; outputs * whole];
            // The most that a sum can be, which errors are measured by.
            let size = 1.0 + (channels * taps.div_ceil(stride)) as f64;
            for o in 0..outputs {
                for t in 0..whole {
                    expected[o * whole + t] = f64::from(bias[o]);
                }
                for c in 0..channels {
                    for t in 0..columns {
                        let x = input[c * columns + t];
                        let x = leaky.map_or(x, |slope| if x < 0.0 { x * slope } else { x });
                        for k in 0..taps {
                            expected[o * whole + t * stride + k] +=
                                f64::from(x) * f64::from(weights[(c * outputs + o) * taps + k]);
                        }
                    }
                }
            }
            for (isa, form) in Isa::available().into_iter().flat_map(|isa| [(isa, Form::Direct), (isa, Form::Fast)]) {
                let deconv = Deconv1d::with_form(isa, Some(form), &weights, &bias, channels, taps, stride);
                let width = whole.saturating_sub(before + after);
                let zeros = deconv.reach();
                let input = Columns { before: zeros, past: &[], new: &input, after: zeros };
                let mut output = vec![f32::NAN; outputs * width];
                deconv.run(input, leaky, before, &mut output);
                for o in 0..outputs {
                    for t in 0..width {
                        let (a, b) = (f64::from(output[o * width + t]), expected[o * whole + before + t]);
                        prop_assert!((a - b).abs() <= 2e-6 * size, "{:?} at {}, {}: {} is not {}", isa, o, t, a, b);
                    }
                }
            }
        }
    }
}
