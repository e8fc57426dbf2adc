//! The inner loops: a tile of output channels and columns, held in registers.

use crate::vector::Vector;

/// The size of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// Output channels.
    pub(crate) channels: usize,
    /// Columns (samples of a row).
    pub(crate) columns: usize,
}

/// One convolution, as the tiles see it.
pub(crate) struct Rows<'a> {
    /// Input rows, padded: tap `k` of column `t` of channel `c` is at `c * stride + t + k * dilation`.
    pub(crate) input: &'a [f32],
    /// Floats from one input row to the next.
    pub(crate) stride: usize,
    /// Input channels.
    pub(crate) channels: usize,
    /// Taps.
    pub(crate) taps: usize,
    /// Columns from one tap to the next.
    pub(crate) dilation: usize,
    /// For each tile of output channels: its biases, then for each input channel and tap its weights.
    pub(crate) weights: &'a [f32],
    /// What is added to the output, each of the same shape.
    pub(crate) residuals: &'a [&'a [f32]],
    /// Output rows, one after another.
    pub(crate) output: *mut f32,
    /// Output channels.
    pub(crate) output_channels: usize,
    /// Columns of an output row.
    pub(crate) columns: usize,
}

/// Columns that are worked on before the next tile of channels takes its turn: so many that a tile's weights are
/// read often enough to stay near, so few that the input rows do too. By measurement on the medium decoder.
const BLOCK_COLUMNS: usize = 384;

/// The most residuals of one convolution.
pub(crate) const MAX_RESIDUALS: usize = 2;

/// Runs all tiles of `OC` output channels by `N` registers.
///
/// # Safety
/// * `input` must hold, for each channel, `columns` rounded up to the tile plus `(taps - 1) * dilation` floats;
/// * `weights` must be packed for tiles of `OC` channels;
/// * `output` must be valid for writes of `output_channels * columns` floats, each of at most [`MAX_RESIDUALS`]
///   `residuals` as long;
/// * `V`'s instruction set must be available.
#[inline(always)]
pub(crate) unsafe fn run_tiles<V: Vector, const OC: usize, const N: usize>(rows: &Rows<'_>) {
    // The number of residuals is known in the inner loop, or else the sums would leave their registers.
    // SAFETY: passed on.
    unsafe {
        match *rows.residuals {
            [] => run_blocks::<V, OC, N, 0>(rows, []),
            [r] => run_blocks::<V, OC, N, 1>(rows, [r.as_ptr()]),
            [r, s, ..] => run_blocks::<V, OC, N, 2>(rows, [r.as_ptr(), s.as_ptr()]),
        }
    }
}

/// # Safety
/// As for [`run_tiles`].
#[inline(always)]
unsafe fn run_blocks<V: Vector, const OC: usize, const N: usize, const R: usize>(
    rows: &Rows<'_>,
    residuals: [*const f32; R],
) {
    let width = N * V::LANES;
    let tile_weights = OC * (1 + rows.channels * rows.taps);
    let block = BLOCK_COLUMNS / width * width;
    let mut start = 0;
    while start < rows.columns {
        let end = (start + block).min(rows.columns);
        for first in (0..rows.output_channels).step_by(OC) {
            let weights = &rows.weights[first / OC * tile_weights..][..tile_weights];
            let channels = OC.min(rows.output_channels - first);
            let mut column = start;
            while column < end {
                // SAFETY: `first < output_channels` and `column < columns`, so the tile starts inside the output,
                // and the caller vouches that a whole tile's input can be read at any such column.
                unsafe { tile::<V, OC, N, R>(rows, residuals, weights.as_ptr(), first, channels, column) };
                column += width;
            }
        }
        start = end;
    }
}

/// One tile, at output channel `first` and column `column`.
///
/// # Safety
/// As for [`run_tiles`], with the tile's start inside the output.
#[inline(always)]
unsafe fn tile<V: Vector, const OC: usize, const N: usize, const R: usize>(
    rows: &Rows<'_>,
    residuals: [*const f32; R],
    weights: *const f32,
    first: usize,
    channels: usize,
    column: usize,
) {
    // SAFETY: all reads of `weights` are of the OC * (1 + channels * taps) floats of the tile; all reads of the input
    // are at column + (taps - 1) * dilation + width at most, which the caller vouches for.
    unsafe {
        let mut sums: [[V; N]; OC] = std::array::from_fn(|c| [V::splat(*weights.add(c)); N]);
        let mut w = weights.add(OC);
        let mut row = rows.input.as_ptr().add(column);
        for _ in 0..rows.channels {
            let mut x = row;
            for _ in 0..rows.taps {
                let input: [V; N] = std::array::from_fn(|n| V::load(x.add(n * V::LANES)));
                for (c, sums) in sums.iter_mut().enumerate() {
                    let weight = V::splat(*w.add(c));
                    for n in 0..N {
                        sums[n] = sums[n].add_product(weight, input[n]);
                    }
                }
                w = w.add(OC);
                x = x.add(rows.dilation);
            }
            row = row.add(rows.stride);
        }
        let width = N * V::LANES;
        let count = width.min(rows.columns - column);
        for (c, sums) in sums.iter().enumerate().take(channels) {
            let at = (first + c) * rows.columns + column;
            let output = rows.output.add(at);
            if count == width {
                for (n, &sum) in sums.iter().enumerate() {
                    let mut sum = sum;
                    for residual in residuals {
                        sum = sum.add_product(V::splat(1.0), V::load(residual.add(at + n * V::LANES)));
                    }
                    sum.store(output.add(n * V::LANES));
                }
            } else {
                let mut edge = [[0.0f32; 16]; N];
                let edge = edge.as_mut_ptr().cast::<f32>();
                for (n, sum) in sums.iter().enumerate() {
                    sum.store(edge.add(n * V::LANES));
                }
                for i in 0..count {
                    let mut sum = *edge.add(i);
                    for residual in residuals {
                        sum += *residual.add(at + i);
                    }
                    *output.add(i) = sum;
                }
            }
        }
    }
}
