//! Convolution.

use crate::fast::Fast;
use crate::form::Form;
use crate::isa::Isa;
use crate::threads::{Place, share, sharing};
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

/// Beyond this dilation the fast form keeps the direct one's weights too: with fewer columns than two for each place
/// between taps it makes outputs that nobody wants (by measurement at 12, where 16 columns took half again as long).
const WIDE_DILATION: usize = 8;

/// What is computed in the same pass as a convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fused<'a> {
    /// LeakyRelu of the input, with this slope below zero (0 is Relu).
    pub leaky: Option<f32>,
    /// What is added to the output, two at most.
    pub residuals: &'a [Residual<'a>],
}

/// What a convolution reads: columns that came before and columns that are new, between zeros.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Columns<'a> {
    /// Columns of zeros before all others.
    pub before: usize,
    /// `[channels, columns]` that came before; may be empty.
    pub past: &'a [f32],
    /// `[channels, columns]` that follow.
    pub new: &'a [f32],
    /// Columns of zeros after all others.
    pub after: usize,
}

impl Columns<'_> {
    /// How many there are, zeros included.
    ///
    /// # Panics
    /// When they are not of so many channels.
    pub(crate) fn count(&self, channels: usize) -> usize {
        assert!(self.past.len().is_multiple_of(channels) && self.new.len().is_multiple_of(channels));
        self.before + self.past.len() / channels + self.new.len() / channels + self.after
    }

    /// What there is of one channel's row in `length` columns from `start` on: where it begins among these, and the numbers.
    fn parts(&self, channel: usize, channels: usize, start: usize, length: usize) -> [(usize, &[f32]); 2] {
        let mut at = self.before as isize - start as isize;
        [self.past, self.new].map(|part| {
            let columns = part.len() / channels;
            let row = &part[channel * columns..][..columns];
            // Before the first column, or after the last, none is seen.
            let from = columns.min(at.min(0).unsigned_abs());
            let first = length.min(at.max(0) as usize);
            at += columns as isize;
            (first, &row[from..(from + length - first).min(columns)])
        })
    }

    /// Fills `to` with the row of one channel from column `start` on, activated; zeros where there is nothing.
    fn copy_row(&self, channel: usize, channels: usize, start: usize, leaky: Option<f32>, to: &mut [f32]) {
        let mut filled = 0;
        for (first, part) in self.parts(channel, channels, start, to.len()) {
            if part.is_empty() {
                continue;
            }
            to[filled..first].fill(0.0);
            filled = first + part.len();
            let to = &mut to[first..filled];
            match leaky {
                None => to.copy_from_slice(part),
                // Then it is the greater of both, for which processors have an instruction.
                Some(slope) if (0.0..=1.0).contains(&slope) => {
                    for (to, &x) in to.iter_mut().zip(part) {
                        let less = x * slope;
                        *to = if less > x { less } else { x };
                    }
                }
                Some(slope) => {
                    for (to, &x) in to.iter_mut().zip(part) {
                        *to = if x < 0.0 { x * slope } else { x };
                    }
                }
            }
        }
        to[filled..].fill(0.0);
    }

    /// Adds the row of one channel from column `start` on.
    fn add_row(&self, channel: usize, channels: usize, start: usize, to: &mut [f32]) {
        for (first, part) in self.parts(channel, channels, start, to.len()) {
            to[first..].iter_mut().zip(part).for_each(|(to, x)| *to += x);
        }
    }
}

/// What is added to an output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Residual<'a> {
    /// What it holds before.
    Output,
    /// Numbers of its shape.
    Whole(&'a [f32]),
    /// The first of these columns, as many as it has.
    First(Columns<'a>),
}

/// Output channels of weights and of a bias, which may be left out.
///
/// # Panics
/// When lengths disagree, or anything but the bias is empty.
pub(crate) fn output_channels(weights: &[f32], bias: &[f32], channels: usize, taps: usize) -> usize {
    assert!(channels > 0 && taps > 0 && !weights.is_empty());
    assert_eq!(weights.len() % (channels * taps), 0);
    let output_channels = weights.len() / (channels * taps);
    assert!(bias.is_empty() || bias.len() == output_channels);
    output_channels
}

/// A 1-D convolution with its weights: stride 1, one group, any taps and dilation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv1d {
    isa: Isa,
    channels: usize,
    output_channels: usize,
    taps: usize,
    dilation: usize,
    /// As [`Rows::weights`]; none where the fast form does everything.
    direct: Vec<f32>,
    fast: Option<Fast>,
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
        Self::with_form(Isa::best(), None, weights, bias, channels, taps, dilation)
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
        dilation: usize,
    ) -> Self {
        assert!(Isa::available().contains(&isa), "{isa:?} is not available");
        assert!(dilation > 0);
        let output_channels = output_channels(weights, bias, channels, taps);
        let form = form.unwrap_or_else(|| Form::of(isa.steps(), channels, output_channels, taps, dilation));
        let fast =
            (form == Form::Fast && taps > 1).then(|| Fast::new(isa.steps(), weights, bias, channels, taps, dilation));
        if fast.is_some() && dilation <= WIDE_DILATION {
            return Self { isa, channels, output_channels, taps, dilation, direct: Vec::new(), fast };
        }
        let tile = isa.tiles().channels;
        let mut packed = Vec::with_capacity(output_channels.next_multiple_of(tile) * (1 + channels * taps));
        for first in (0..output_channels).step_by(tile) {
            packed.extend((first..first + tile).map(|c| bias.get(c).copied().unwrap_or(0.0)));
            for at in 0..channels * taps {
                let weight = |c: usize| weights.get(c * channels * taps + at).copied().unwrap_or(0.0);
                packed.extend((first..first + tile).map(weight));
            }
        }
        Self { isa, channels, output_channels, taps, dilation, direct: packed, fast }
    }

    /// Input channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Output channels.
    pub fn output_channels(&self) -> usize {
        self.output_channels
    }

    /// A convolution that gives some of the output channels alone; `None` in the fast form, and where they share a tile
    /// with others.
    pub fn part(&self, outputs: Range<usize>) -> Option<Self> {
        let tile = self.isa.tiles().channels;
        let whole = |at: usize| at.is_multiple_of(tile) || at == self.output_channels;
        if self.fast.is_some() || !whole(outputs.start) || !whole(outputs.end) || outputs.end > self.output_channels {
            return None;
        }
        let each = tile * (1 + self.channels * self.taps);
        let weights = self.direct.get(outputs.start / tile * each..outputs.end.div_ceil(tile) * each)?;
        Some(Self { output_channels: outputs.len(), direct: weights.to_vec(), ..self.clone() })
    }

    /// Floats held for weights.
    pub fn weight_floats(&self) -> usize {
        self.direct.len() + self.fast.as_ref().map_or(0, Fast::weight_floats)
    }

    /// The fast form, where it is there and pays for so many columns.
    fn fast(&self, columns: usize) -> Option<&Fast> {
        self.fast.as_ref().filter(|_| self.direct.is_empty() || columns >= 2 * self.dilation)
    }

    /// Columns of an output that is made of so many `columns`, zeros included.
    pub fn output_columns(&self, columns: usize) -> usize {
        columns.saturating_sub((self.taps - 1) * self.dilation)
    }

    /// Convolves `input` into `output`, `[output_channels, output_columns]`.
    ///
    /// # Panics
    /// When a slice's length does not fit.
    pub fn run(&self, input: Columns<'_>, fused: Fused<'_>, output: &mut [f32]) {
        let output_columns = self.output_columns(input.count(self.channels));
        assert_eq!(output.len(), self.output_channels * output_columns);
        assert!(fused.residuals.len() <= MAX_RESIDUALS);
        for residual in fused.residuals {
            assert!(match residual {
                Residual::Output => true,
                Residual::Whole(numbers) => numbers.len() == output.len(),
                Residual::First(columns) => columns.count(self.output_channels) >= output_columns,
            });
        }
        if output.is_empty() {
            return;
        }
        let output = Place::of(output);
        let run = |columns: Range<usize>| {
            let output = output.start();
            // SAFETY: a block is within the output's columns, and so within those of the residuals, which are as long; of
            // the output a thread reads and writes the columns of its block alone.
            let (output, residuals) = unsafe {
                self.gather(fused.residuals, columns.clone(), output, output_columns);
                let mut whole = fused.residuals.iter().filter_map(|residual| match residual {
                    Residual::Whole(numbers) => Some(numbers.as_ptr().add(columns.start)),
                    _ => None,
                });
                // What the output holds, gathered or not, comes where the first such residual stands.
                let held = fused.residuals.iter().position(|residual| !matches!(residual, Residual::Whole(_)));
                let output = output.add(columns.start);
                let pointers: [*const f32; MAX_RESIDUALS] = std::array::from_fn(|i| {
                    if held == Some(i) { output.cast_const() } else { whole.next().unwrap_or(std::ptr::null()) }
                });
                (output, pointers)
            };
            let count = residuals.iter().filter(|residual| !residual.is_null()).count();
            let residuals = &residuals[..count];
            // SAFETY: output and residuals have the asserted length: `output_columns` in each row.
            unsafe { self.run_block(input, columns, fused.leaky, residuals, output, output_columns) };
        };
        self.each_block(output_columns, run);
    }

    /// Does `run` for the output's columns, block by block, on as many threads as that is worth.
    pub(crate) fn each_block(&self, columns: usize, run: impl Fn(Range<usize>) + Sync) {
        match sharing(self.channels * self.output_channels * self.taps * columns) {
            1 => self.blocks(columns, 1).for_each(run),
            threads => share(self.blocks(columns, threads), run),
        }
    }

    /// Puts the sum of all that comes as columns into some of the output's, onto what it holds if that is to be added.
    ///
    /// # Safety
    /// `output` must be valid for reads and writes of `stride` floats for each output channel, of which no other thread
    /// uses `columns`.
    unsafe fn gather(&self, residuals: &[Residual<'_>], columns: Range<usize>, output: *mut f32, stride: usize) {
        let mut onto = residuals.contains(&Residual::Output);
        for residual in residuals {
            let Residual::First(added) = residual else { continue };
            for channel in 0..self.output_channels {
                // SAFETY: the columns are within the row, and this thread's alone.
                let row = unsafe {
                    std::slice::from_raw_parts_mut(output.add(channel * stride + columns.start), columns.len())
                };
                if onto {
                    added.add_row(channel, self.output_channels, columns.start, row);
                } else {
                    added.copy_row(channel, self.output_channels, columns.start, None, row);
                }
            }
            onto = true;
        }
    }

    /// The output's columns, in parts that are worked on one after another, or by so many threads at once.
    fn blocks(&self, columns: usize, threads: usize) -> impl Iterator<Item = Range<usize>> {
        let width = self.isa.tiles().columns();
        let (block, unit) = match &self.fast {
            Some(fast) => (fast.block_columns(), fast.tile_columns()),
            None => ((BLOCK_COLUMNS / width * width).max(width), width),
        };
        let block = block.min(columns.div_ceil(threads).next_multiple_of(unit));
        (0..columns).step_by(block.max(1)).map(move |start| start..(start + block).min(columns))
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
        input: Columns<'_>,
        columns: Range<usize>,
        leaky: Option<f32>,
        residuals: &[*const f32],
        output: *mut f32,
        output_stride: usize,
    ) {
        let fast = self.fast(columns.len());
        let (padded_columns, padded_channels) = match fast {
            Some(fast) => (fast.padded_columns(columns.len()), fast.padded_channels()),
            None => {
                let whole = columns.len().next_multiple_of(self.isa.tiles().columns());
                (whole + (self.taps - 1) * self.dilation, self.channels)
            }
        };
        // An odd number of cache lines, so that rows do not fall on each other's cache sets.
        let stride = padded_columns.next_multiple_of(16) | 16;
        PADDED.with_borrow_mut(|padded| {
            if padded.len() < stride * padded_channels {
                padded.resize(stride * padded_channels, 0.0);
            }
            for (c, padded) in padded.chunks_exact_mut(stride).take(self.channels).enumerate() {
                input.copy_row(c, self.channels, columns.start, leaky, padded);
            }
            let rows = Rows {
                input: &padded[..stride * padded_channels],
                stride,
                channels: self.channels,
                taps: self.taps,
                dilation: self.dilation,
                weights: &self.direct,
                residuals,
                output,
                output_stride,
                output_channels: self.output_channels,
                columns: columns.len(),
            };
            // SAFETY: each row of `input` holds `stride` floats, which is what the form reads of the block's columns and
            // the taps' reach; weights were packed in `with_form` for this instruction set, which was asserted to be
            // available; the caller vouches for output and residuals.
            unsafe {
                match fast {
                    Some(fast) => fast.run(self.isa.steps(), &rows),
                    None => run_tiles(self.isa.tiles(), &rows),
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, in f64, and the largest sum of the sizes of what an output is the sum of: what errors are measured
    /// by, as outputs that are made together share them.
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
    ) -> (Vec<f64>, f64) {
        let columns = input.len() / channels;
        let outputs = weights.len() / channels / taps;
        let output_columns = (columns + before + after).saturating_sub((taps - 1) * dilation);
        let (mut output, mut largest) = (Vec::new(), 0.0f64);
        for o in 0..outputs {
            for t in 0..output_columns {
                let mut sum = f64::from(bias.get(o).copied().unwrap_or(0.0));
                let mut size = sum.abs();
                let mut add = |x: f64| {
                    sum += x;
                    size += x.abs();
                };
                for c in 0..channels {
                    for k in 0..taps {
                        let at = (t + k * dilation).checked_sub(before).filter(|&at| at < columns);
                        let x = at.map_or(0.0, |at| input[c * columns + at]);
                        let x = fused.leaky.map_or(x, |slope| if x < 0.0 { x * slope } else { x });
                        add(f64::from(x) * f64::from(weights[(o * channels + c) * taps + k]));
                    }
                }
                for residual in fused.residuals {
                    let Residual::Whole(residual) = residual else { panic!("not whole") };
                    add(f64::from(residual[o * output_columns + t]));
                }
                output.push(sum);
                largest = largest.max(size);
            }
        }
        (output, largest)
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

    /// The error that a form may have, over what [`reference`] measures it by.
    fn tolerance(form: Form) -> f64 {
        match form {
            Form::Direct => 5e-7,
            Form::Fast => 2e-6,
        }
    }

    /// Zeros on both sides.
    fn padded(input: &[f32], zeros: usize) -> Columns<'_> {
        Columns { before: zeros, past: &[], new: input, after: zeros }
    }

    /// All instruction sets in both forms.
    fn ways() -> impl Iterator<Item = (Isa, Form)> {
        Isa::available().into_iter().flat_map(|isa| [(isa, Form::Direct), (isa, Form::Fast)])
    }

    proptest! {
        #![proptest_config(crate::cases(256))]
        #[test]
        fn equals_the_definition_on_every_instruction_set(
            seed in any::<u32>(), channels in 1..crate::size(36), outputs in 1..crate::size(36), taps in 1usize..13,
            dilation in 1usize..15, columns in 0..crate::size(500), past in 0..crate::size(600), before in 0usize..40,
            after in 0usize..40,
            leaky in proptest::option::of(0.0f32..1.0), with_bias: bool, residuals in 0usize..3,
        ) {
            let input = noise(seed, channels * columns);
            let weights = noise(seed ^ 1, outputs * channels * taps);
            let bias = if with_bias { noise(seed ^ 2, outputs) } else { Vec::new() };
            let width = (columns + before + after).saturating_sub((taps - 1) * dilation);
            let residuals: Vec<Vec<f32>> = (0..residuals).map(|i| noise(seed ^ (3 + i as u32), outputs * width)).collect();
            let numbers = residuals;
            let residuals: Vec<Residual<'_>> = numbers.iter().map(|r| Residual::Whole(r)).collect();
            let fused = Fused { leaky, residuals: &residuals };
            let (expected, size) = reference(&input, &weights, &bias, channels, taps, dilation, (before, after), fused);
            // Columns that came before are part of the input.
            let past = past.min(columns);
            let part = |of: std::ops::Range<usize>| -> Vec<f32> {
                input.chunks(columns.max(1)).flat_map(|row| &row[of.clone()]).copied().collect()
            };
            let input = Columns { before, past: &part(0..past), new: &part(past..columns), after };
            for (isa, form) in ways() {
                let conv = Conv1d::with_form(isa, Some(form), &weights, &bias, channels, taps, dilation);
                let mut output = vec![f32::NAN; outputs * conv.output_columns(before + columns + after)];
                conv.run(input, fused, &mut output);
                prop_assert_eq!(output.len(), expected.len());
                for (i, (a, b)) in output.iter().zip(&expected).enumerate() {
                    let error = (f64::from(*a) - b).abs();
                    prop_assert!(error <= tolerance(form) * size, "{:?} {:?} at {}: {} is not {}", isa, form, i, a, b);
                }
                // Some of the outputs alone, to the bit.
                let tile = isa.tiles().channels;
                if let Some(part) = conv.part(tile.min(outputs)..outputs)
                    && tile < outputs
                {
                    let columns = output.len() / outputs;
                    let rest: Vec<Residual<'_>> = numbers.iter().map(|r| Residual::Whole(&r[tile * columns..])).collect();
                    let mut of_part = vec![f32::NAN; (outputs - tile) * columns];
                    part.run(input, Fused { leaky, residuals: &rest }, &mut of_part);
                    prop_assert_eq!(&of_part, &output[tile * columns..]);
                }
                // Onto what is added, to the bit; and from columns that came, and more than are needed.
                for (r, residual) in numbers.iter().enumerate() {
                    let mut onto = residual.clone();
                    let mut residuals = residuals.clone();
                    residuals[r] = Residual::Output;
                    conv.run(input, Fused { leaky, residuals: &residuals }, &mut onto);
                    prop_assert_eq!(&onto, &output);
                    let part = |of: std::ops::Range<usize>| -> Vec<f32> {
                        residual.chunks(width.max(1)).flat_map(|row| &row[of.clone()]).copied().collect()
                    };
                    let parts = [part(0..past.min(width)), part(past.min(width)..width)];
                    let came = Columns { before: 0, past: &parts[0], new: &parts[1], after: 7 };
                    residuals[r] = Residual::First(came);
                    onto.fill(f32::NAN);
                    conv.run(input, Fused { leaky, residuals: &residuals }, &mut onto);
                    prop_assert_eq!(&onto, &output);
                }
                if numbers.len() == 2 {
                    let came = |i: usize| Residual::First(Columns { before: 0, past: &[], new: &numbers[i], after: 0 });
                    let mut both = vec![f32::NAN; output.len()];
                    conv.run(input, Fused { leaky, residuals: &[came(0), came(1)] }, &mut both);
                    prop_assert!(both.iter().zip(&output).all(|(a, b)| f64::from(a - b).abs() <= tolerance(form) * size));
                }
            }
        }

        #[test]
        fn what_is_not_finite_does_not_vanish(
            taps in 2usize..13, dilation in 1..crate::size(15), columns in 1..crate::size(200), at in any::<prop::sample::Index>(),
            value in prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
        ) {
            let (channels, outputs, reach) = (3, 5, (taps - 1) * dilation);
            let mut input = noise(1, channels * columns);
            input[at.index(channels * columns)] = value;
            for (isa, form) in ways() {
                let conv = Conv1d::with_form(isa, Some(form), &noise(2, outputs * channels * taps), &[], channels, taps, dilation);
                let mut output = vec![0.0; outputs * conv.output_columns(columns + 2 * reach)];
                conv.run(padded(&input, reach), Fused::default(), &mut output);
                prop_assert!(output.iter().any(|x| !x.is_finite()), "{:?} {:?}", isa, form);
                // And is not kept for what comes after.
                let finite = noise(1, channels * columns);
                conv.run(padded(&finite, reach), Fused::default(), &mut output);
                prop_assert!(output.iter().all(|x| x.is_finite()), "{:?} {:?}", isa, form);
            }
        }
    }

    #[test]
    fn a_dilation_beyond_the_row_reads_zeros() {
        let (input, weights) = (noise(1, 2 * 5), noise(2, 3 * 2 * 3));
        let (expected, size) = reference(&input, &weights, &[], 2, 3, 1000, (1000, 1000), Fused::default());
        for (isa, form) in ways() {
            let mut output = vec![f32::NAN; expected.len()];
            let conv = Conv1d::with_form(isa, Some(form), &weights, &[], 2, 3, 1000);
            conv.run(padded(&input, 1000), Fused::default(), &mut output);
            assert!(
                output.iter().zip(&expected).all(|(&a, b)| (f64::from(a) - b).abs() <= tolerance(form) * size),
                "{isa:?} {form:?}"
            );
        }
    }
}
