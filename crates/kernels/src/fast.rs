//! Convolution with fewer products: rows become values at points, which are multiplied and summed over channels, and
//! become rows again.
//!
//! Within a block, time goes down and channels go across, so that lanes are channels: a tap, an output or a point is
//! then a row of its own, whatever the dilation, and a block of few columns fills registers as well as a wide one.

use crate::steps::{Evaluation, Interpolation, Product, SUMMED, Steps};
use crate::tile::Rows;
use crate::toom::{MAX_POINTS, OUTPUTS, Points};
use std::cell::RefCell;

thread_local! {
    /// Rows and values of a block; kept, so that a stream of calls allocates once.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Rows of values, one for each [`OUTPUTS`] columns, that are worked on at once. By measurement: from 36 to 144 there is
/// little between them, with fewer a wide dilation evaluates too much twice, with more the sums leave the nearest cache.
pub(crate) const BLOCK_ROWS: usize = 48;

/// A convolution's weights, evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fast {
    points: Points,
    lanes: usize,
    channels: usize,
    output_channels: usize,
    dilation: usize,
    /// Groups of taps, and those of them that reach the point at infinity: it knows a group's last tap alone.
    groups: usize,
    groups_at_infinity: usize,
    /// For each tile of output channels: its biases, then for each point, each [`SUMMED`] channels, each group and each
    /// of these channels its weights.
    weights: Vec<f32>,
}

impl Fast {
    /// `weights` are `[output_channels, channels, taps]`, with two taps at least.
    pub(crate) fn new(
        steps: &Steps,
        weights: &[f32],
        bias: &[f32],
        channels: usize,
        taps: usize,
        dilation: usize,
    ) -> Self {
        let points = Points::new(taps);
        let output_channels = weights.len() / (channels * taps);
        let groups = taps.div_ceil(points.taps);
        let mut this = Self {
            lanes: steps.lanes,
            channels,
            output_channels,
            dilation,
            groups,
            groups_at_infinity: taps / points.taps,
            points,
            weights: Vec::new(),
        };
        this.weights = this.evaluate(weights, bias, taps, steps.tile());
        this
    }

    /// The weights of all tiles: each tap is read once, and counts at all points.
    fn evaluate(&self, weights: &[f32], bias: &[f32], taps: usize, tile: usize) -> Vec<f32> {
        let each = self.tile_weights(tile);
        let mut packed = vec![0.0; self.output_channels.div_ceil(tile) * each];
        for (first, packed) in (0..self.output_channels).step_by(tile).zip(packed.chunks_exact_mut(each)) {
            let outputs = first..(first + tile).min(self.output_channels);
            if !bias.is_empty() {
                packed[..outputs.len()].copy_from_slice(&bias[outputs.clone()]);
            }
            for c in 0..self.channels {
                for group in 0..self.groups {
                    // A group that is not full does not reach the last point.
                    let reached = self.points.count() - usize::from(group >= self.groups_at_infinity);
                    let places: [usize; MAX_POINTS] = std::array::from_fn(|point| self.place(point, group, c) * tile);
                    for (i, o) in outputs.clone().enumerate() {
                        let of_channels = &weights[(o * self.channels + c) * taps..][..taps];
                        let from = group * self.points.taps;
                        let values = self.points.evaluate(&of_channels[from..(from + self.points.taps).min(taps)]);
                        for (place, value) in places[..reached].iter().zip(values) {
                            packed[place + i] = value;
                        }
                    }
                }
            }
        }
        packed
    }

    /// Where in a tile a point's weights of a channel are, in rows of the tile: behind its biases.
    fn place(&self, point: usize, group: usize, channel: usize) -> usize {
        let from = channel / SUMMED * SUMMED;
        let together = SUMMED.min(self.channels - from);
        1 + point * self.groups * self.channels + from * self.groups_of(point) + group * together + channel - from
    }

    /// Floats held for weights.
    pub(crate) fn weight_floats(&self) -> usize {
        self.weights.len()
    }

    /// Columns that are worked on at once: whole tiles of outputs.
    pub(crate) fn block_columns(&self) -> usize {
        (BLOCK_ROWS / self.dilation).max(1) * self.tile_columns()
    }

    /// Columns of the smallest stretch of whole tiles.
    pub(crate) fn tile_columns(&self) -> usize {
        self.dilation * OUTPUTS
    }

    /// Columns of a padded input row that are read for so many of output.
    pub(crate) fn padded_columns(&self, columns: usize) -> usize {
        let padded =
            columns.next_multiple_of(OUTPUTS * self.dilation) + (self.groups * self.points.taps - 1) * self.dilation;
        padded.next_multiple_of(self.lanes)
    }

    /// Rows that are read, the rest of them only in name.
    pub(crate) fn padded_channels(&self) -> usize {
        self.channels.next_multiple_of(self.lanes)
    }

    fn groups_of(&self, point: usize) -> usize {
        if point + 1 == self.points.count() { self.groups_at_infinity } else { self.groups }
    }

    fn tile_weights(&self, tile: usize) -> usize {
        let products: usize = (0..self.points.count()).map(|point| self.groups_of(point)).sum();
        tile * (1 + products * self.channels)
    }

    /// Computes a block.
    ///
    /// # Safety
    /// * `input` must hold [`Fast::padded_channels`] rows, each of [`Fast::padded_columns`] floats at least;
    /// * `output` must be valid for writes of `columns` floats in each of `output_channels` rows, each of at most
    ///   `residuals` for reads of the same;
    /// * `steps` must be those that the weights were made for, and their instruction set available.
    pub(crate) unsafe fn run(&self, steps: &Steps, rows: &Rows<'_>) {
        let count = self.points.count();
        let tile = steps.tile();
        let span = OUTPUTS * self.dilation;
        // Of the last span, no more rows than it has columns.
        let values = rows.columns / span * self.dilation + (rows.columns % span).min(self.dilation);
        let evaluated = values + (self.groups - 1) * self.dilation;
        let width = self.padded_channels();
        let turned = self.padded_columns(rows.columns);
        // An odd number of cache lines, as for the input.
        let stride = rows.columns.next_multiple_of(16) | 16;
        let outputs = rows.columns.next_multiple_of(span).next_multiple_of(steps.lanes);
        let sizes = [
            (turned * steps.lanes).max(outputs * tile),
            count * evaluated * width,
            count * values * tile,
            stride * tile,
        ];
        SCRATCH.with_borrow_mut(|scratch| {
            let size = sizes.iter().sum();
            if scratch.len() < size {
                scratch.resize(size, 0.0);
            }
            let (turned_rows, rest) = scratch.split_at_mut(sizes[0]);
            let (inputs, rest) = rest.split_at_mut(sizes[1]);
            let (sums, rest) = rest.split_at_mut(sizes[2]);
            let output_rows = &mut rest[..sizes[3]];
            // SAFETY: the slices have the sizes that each step names; the caller vouches for rows, output and set.
            unsafe {
                (steps.evaluate[self.points.taps - 2])(&Evaluation {
                    points: &self.points,
                    rows: rows.input.as_ptr(),
                    stride: rows.stride,
                    columns: turned,
                    dilation: self.dilation,
                    turned: turned_rows.as_mut_ptr(),
                    values: inputs.as_mut_ptr(),
                    count: evaluated,
                    width,
                });
                for first in (0..self.output_channels).step_by(tile) {
                    let tile_weights = self.tile_weights(tile);
                    let tile_weights = &self.weights[first / tile * tile_weights..][..tile_weights];
                    let mut weights = tile_weights.as_ptr().add(tile);
                    for point in 0..count {
                        let groups = self.groups_of(point);
                        // As few parts as can be, of as many rows or one more.
                        let parts = values.div_ceil(steps.products.len());
                        let (rows, more) = (values / parts, values % parts);
                        let mut from = 0;
                        for (rows, parts) in [(rows + 1, more), (rows, parts - more)] {
                            if parts == 0 {
                                continue;
                            }
                            steps.products[rows - 1](&Product {
                                weights,
                                values: inputs.as_ptr().add((point * evaluated + from) * width),
                                width,
                                channels: self.channels,
                                groups,
                                shift: self.dilation * width,
                                sums: sums.as_mut_ptr().add((point * values + from) * tile),
                                parts,
                            });
                            from += rows * parts;
                        }
                        weights = weights.add(groups * self.channels * tile);
                    }
                    (steps.interpolate[self.points.taps - 2])(&Interpolation {
                        points: &self.points,
                        bias: tile_weights.as_ptr(),
                        values: sums.as_ptr(),
                        count: values,
                        registers: steps.registers,
                        dilation: self.dilation,
                        turned: turned_rows.as_mut_ptr(),
                        outputs: output_rows.as_mut_ptr(),
                        stride,
                        rows,
                        first,
                    });
                }
            }
        });
    }
}
