//! Convolution.

use crate::isa::Isa;
use crate::tile::{MAX_RESIDUALS, Rows, run_tiles};
use std::cell::RefCell;
use std::ops::Range;

thread_local! {
    /// Padded input rows of a block; kept, so that a stream of calls allocates once.
    static PADDED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Columns that are worked on at once: so many that a tile's weights are read often enough to stay near, so few that
/// the input rows do too. By measurement on the medium decoder.
const BLOCK_COLUMNS: usize = 384;

/// What is computed in the same pass as a convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fused<'a> {
    /// LeakyRelu of the input, with this slope below zero (0 is Relu).
    pub leaky: Option<f32>,
    /// What is added to the output, two at most; each of its shape. `None` is what the output holds before.
    pub residuals: &'a [Option<&'a [f32]>],
}

/// A 1-D convolution with its weights: stride 1, one group, any taps and dilation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv1d {
    isa: Isa,
    channels: usize,
    output_channels: usize,
    taps: usize,
    dilation: usize,
    weights: Vec<f32>,
}

impl Conv1d {
    /// A convolution for the best instruction set of this machine.
    ///
    /// `weights` are `[output_channels, channels, taps]`, as ONNX has them; `bias` has one float for each output
    /// channel, or none at all.
    ///
    /// # Panics
    /// When lengths disagree, or anything but the bias is empty.
    pub fn new(weights: &[f32], bias: &[f32], channels: usize, taps: usize, dilation: usize) -> Self {
        Self::with_isa(Isa::best(), weights, bias, channels, taps, dilation)
    }

    /// The same for an instruction set of choice, which must be one of [`Isa::available`].
    pub fn with_isa(isa: Isa, weights: &[f32], bias: &[f32], channels: usize, taps: usize, dilation: usize) -> Self {
        assert!(Isa::available().contains(&isa), "{isa:?} is not available");
        assert!(channels > 0 && taps > 0 && dilation > 0 && !weights.is_empty());
        assert_eq!(weights.len() % (channels * taps), 0);
        let output_channels = weights.len() / (channels * taps);
        assert!(bias.is_empty() || bias.len() == output_channels);
        let tile = isa.tiles().channels;
        let mut packed = Vec::with_capacity(output_channels.next_multiple_of(tile) * (1 + channels * taps));
        for first in (0..output_channels).step_by(tile) {
            packed.extend((first..first + tile).map(|c| bias.get(c).copied().unwrap_or(0.0)));
            for at in 0..channels * taps {
                let weight = |c: usize| weights.get(c * channels * taps + at).copied().unwrap_or(0.0);
                packed.extend((first..first + tile).map(weight));
            }
        }
        Self { isa, channels, output_channels, taps, dilation, weights: packed }
    }

    /// Input channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Output channels.
    pub fn output_channels(&self) -> usize {
        self.output_channels
    }

    /// Floats held for weights.
    pub fn weight_floats(&self) -> usize {
        self.weights.len()
    }

    /// Columns of the output for an input of `columns`, zero-padded by `before` and `after`.
    pub fn output_columns(&self, columns: usize, before: usize, after: usize) -> usize {
        (columns + before + after).saturating_sub((self.taps - 1) * self.dilation)
    }

    /// Convolves `input`, `[channels, columns]`, zero-padded by `before` and `after` columns, into `output`.
    ///
    /// # Panics
    /// When a slice's length does not fit.
    pub fn run(&self, input: &[f32], before: usize, after: usize, fused: Fused<'_>, output: &mut [f32]) {
        assert_eq!(input.len() % self.channels, 0);
        let columns = input.len() / self.channels;
        let output_columns = self.output_columns(columns, before, after);
        assert_eq!(output.len(), self.output_channels * output_columns);
        assert!(fused.residuals.len() <= MAX_RESIDUALS);
        assert!(fused.residuals.iter().flatten().all(|r| r.len() == output.len()));
        if output.is_empty() {
            return;
        }
        let output = output.as_mut_ptr();
        for columns in self.blocks(output_columns) {
            // SAFETY: a block is within the output's columns, and so within those of the residuals, which are as long.
            let (output, residuals): (_, [*const f32; MAX_RESIDUALS]) = unsafe {
                let residual = |r: usize| match fused.residuals.get(r) {
                    Some(Some(residual)) => residual.as_ptr().add(columns.start),
                    Some(None) => output.cast_const().add(columns.start),
                    None => std::ptr::null(),
                };
                (output.add(columns.start), std::array::from_fn(residual))
            };
            let residuals = &residuals[..fused.residuals.len()];
            // SAFETY: output and residuals have the asserted length: `output_columns` in each row.
            unsafe { self.run_block(input, before, columns, fused.leaky, residuals, output, output_columns) };
        }
    }

    /// The output's columns, in parts that are worked on one after another.
    pub(crate) fn blocks(&self, columns: usize) -> impl Iterator<Item = Range<usize>> {
        let width = self.isa.tiles().columns();
        let block = (BLOCK_COLUMNS / width * width).max(width);
        (0..columns).step_by(block).map(move |start| start..(start + block).min(columns))
    }

    /// Computes some of the output's columns; `output` is the place of the first of them.
    ///
    /// # Safety
    /// `output` must be valid for writes of as many floats as there are `columns` in each of the output's rows, which
    /// are `output_stride` floats apart; `residuals`, [`MAX_RESIDUALS`] at most, for reads of the same, and no other
    /// part of the output than its own place may be reached through them.
    #[allow(clippy::too_many_arguments)] // where from, what, and where to
    pub(crate) unsafe fn run_block(
        &self,
        input: &[f32],
        before: usize,
        columns: Range<usize>,
        leaky: Option<f32>,
        residuals: &[*const f32],
        output: *mut f32,
        output_stride: usize,
    ) {
        let reach = (self.taps - 1) * self.dilation;
        // An odd number of cache lines, so that rows do not fall on each other's cache sets.
        let stride = (columns.len().next_multiple_of(self.isa.tiles().columns()) + reach).next_multiple_of(16) | 16;
        PADDED.with_borrow_mut(|padded| {
            if padded.len() < stride * self.channels {
                padded.resize(stride * self.channels, 0.0);
            }
            let input_columns = input.len() / self.channels;
            for (c, padded) in padded.chunks_exact_mut(stride).take(self.channels).enumerate() {
                let row = &input[c * input_columns..][..input_columns];
                // The part of the row that lies under the block, and zeros where the block reaches beyond it.
                let head = before.saturating_sub(columns.start).min(stride);
                let from = columns.start.saturating_sub(before).min(row.len());
                let row = &row[from..(from + stride - head).min(row.len())];
                let (head, rest) = padded.split_at_mut(head);
                let (body, tail) = rest.split_at_mut(row.len());
                head.fill(0.0);
                tail.fill(0.0);
                match leaky {
                    None => body.copy_from_slice(row),
                    Some(slope) => {
                        for (to, &x) in body.iter_mut().zip(row) {
                            *to = if x < 0.0 { x * slope } else { x };
                        }
                    }
                }
            }
            let rows = Rows {
                input: &padded[..stride * self.channels],
                stride,
                channels: self.channels,
                taps: self.taps,
                dilation: self.dilation,
                weights: &self.weights,
                residuals,
                output,
                output_stride,
                output_channels: self.output_channels,
                columns: columns.len(),
            };
            // SAFETY: each row of `input` holds `stride` floats, which is the block's columns rounded up to the tile
            // plus the taps' reach; weights were packed in `with_isa` for this instruction set, which was asserted to
            // be available; the caller vouches for output and residuals.
            unsafe { run_tiles(self.isa.tiles(), &rows) }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, in f64.
    #[allow(clippy::too_many_arguments)]
    fn reference(
        input: &[f32],
        weights: &[f32],
        bias: &[f32],
        channels: usize,
        taps: usize,
        dilation: usize,
        (before, after): (usize, usize),
        fused: Fused<'_>,
    ) -> Vec<f32> {
        let columns = input.len() / channels;
        let outputs = weights.len() / channels / taps;
        let output_columns = (columns + before + after).saturating_sub((taps - 1) * dilation);
        let mut output = Vec::new();
        for o in 0..outputs {
            for t in 0..output_columns {
                let mut sum = f64::from(bias.get(o).copied().unwrap_or(0.0));
                for c in 0..channels {
                    for k in 0..taps {
                        let at = (t + k * dilation).checked_sub(before).filter(|&at| at < columns);
                        let x = at.map_or(0.0, |at| input[c * columns + at]);
                        let x = fused.leaky.map_or(x, |slope| if x < 0.0 { x * slope } else { x });
                        sum += f64::from(x) * f64::from(weights[(o * channels + c) * taps + k]);
                    }
                }
                let residual: f32 = fused.residuals.iter().flatten().map(|r| r[o * output_columns + t]).sum();
                output.push(sum as f32 + residual);
            }
        }
        output
    }

    fn noise(seed: u32, count: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        (0..count)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state as f32 / u32::MAX as f32 * 2.0 - 1.0
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn equals_the_definition_on_every_instruction_set(
            seed in any::<u32>(), channels in 1usize..10, outputs in 1usize..20, taps in 1usize..8,
            dilation in 1usize..6, columns in 0usize..900, before in 0usize..20, after in 0usize..20,
            leaky in proptest::option::of(0.0f32..1.0), with_bias: bool, residuals in 0usize..3,
        ) {
            let input = noise(seed, channels * columns);
            let weights = noise(seed ^ 1, outputs * channels * taps);
            let bias = if with_bias { noise(seed ^ 2, outputs) } else { Vec::new() };
            let width = (columns + before + after).saturating_sub((taps - 1) * dilation);
            let residuals: Vec<Vec<f32>> = (0..residuals).map(|i| noise(seed ^ (3 + i as u32), outputs * width)).collect();
            let residuals: Vec<Option<&[f32]>> = residuals.iter().map(|r| Some(r.as_slice())).collect();
            let fused = Fused { leaky, residuals: &residuals };
            let expected = reference(&input, &weights, &bias, channels, taps, dilation, (before, after), fused);
            for isa in Isa::available() {
                let conv = Conv1d::with_isa(isa, &weights, &bias, channels, taps, dilation);
                let mut output = vec![f32::NAN; outputs * conv.output_columns(columns, before, after)];
                conv.run(&input, before, after, fused, &mut output);
                prop_assert_eq!(output.len(), expected.len());
                for (i, (a, b)) in output.iter().zip(&expected).enumerate() {
                    prop_assert!((a - b).abs() < 1e-4, "{:?} at {}: {} is not {}", isa, i, a, b);
                }
                // Onto what is added, to the bit.
                for (r, residual) in residuals.iter().enumerate() {
                    let mut onto = residual.unwrap().to_vec();
                    let mut residuals = residuals.clone();
                    residuals[r] = None;
                    conv.run(&input, before, after, Fused { leaky, residuals: &residuals }, &mut onto);
                    prop_assert_eq!(&onto, &output);
                }
            }
        }
    }
}
