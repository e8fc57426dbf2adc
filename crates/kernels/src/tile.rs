//! The inner loops: a tile of output channels and columns, held in registers.

use crate::vector::Vector;

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
    pub(crate) residuals: &'a [*const f32],
    /// Output rows.
    pub(crate) output: *mut f32,
    /// Floats from one output row to the next.
    pub(crate) output_stride: usize,
    /// Output channels.
    pub(crate) output_channels: usize,
    /// Columns of an output row that are computed.
    pub(crate) columns: usize,
}

/// Where a tile is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Its biases and weights.
    weights: *const f32,
    /// Its first output channel, and how many it has.
    first: usize,
    channels: usize,
    /// Its first column.
    column: usize,
}

/// The most residuals of one convolution.
pub(crate) const MAX_RESIDUALS: usize = 2;
/// The most registers that a tile is wide.
pub(crate) const MAX_REGISTERS: usize = 3;

/// Computes one tile.
pub(crate) type Tile = unsafe fn(&Rows<'_>, Place);

/// The tiles of an instruction set.
pub(crate) struct Tiles {
    /// Output channels of a tile.
    pub(crate) channels: usize,
    /// Lanes of a register.
    pub(crate) lanes: usize,
    /// By registers (one to [`MAX_REGISTERS`]; a set with few registers repeats its widest) and by residuals.
    pub(crate) tiles: [[Tile; MAX_RESIDUALS + 1]; MAX_REGISTERS],
    /// Registers of the widest.
    pub(crate) registers: usize,
}

impl Tiles {
    /// Columns of the widest tile.
    pub(crate) const fn columns(&self) -> usize {
        self.registers * self.lanes
    }
}

/// Runs all tiles.
///
/// # Safety
/// * `input` must hold, for each channel, `columns` rounded up to the widest tile plus `(taps - 1) * dilation` floats;
/// * `weights` must be packed for tiles of `tiles.channels` channels;
/// * `output` must be valid for writes of `columns` floats in each of `output_channels` rows, each of at most
///   [`MAX_RESIDUALS`] `residuals` for reads of the same;
/// * the instruction set of `tiles` must be available.
pub(crate) unsafe fn run_tiles(tiles: &Tiles, rows: &Rows<'_>) {
    let width = tiles.columns();
    let tile_weights = tiles.channels * (1 + rows.channels * rows.taps);
    for first in (0..rows.output_channels).step_by(tiles.channels) {
        let weights = rows.weights[first / tiles.channels * tile_weights..][..tile_weights].as_ptr();
        let channels = tiles.channels.min(rows.output_channels - first);
        for column in (0..rows.columns).step_by(width) {
            // A narrow rest is not worth a wide tile.
            let registers = (rows.columns - column).div_ceil(tiles.lanes).min(tiles.registers);
            let tile = tiles.tiles[registers - 1][rows.residuals.len()];
            // SAFETY: `first < output_channels` and `column < columns`, so the tile starts inside the output,
            // and the caller vouches that a whole tile's input can be read at any such column.
            unsafe { tile(rows, Place { weights, first, channels, column }) };
        }
    }
}

/// One tile of `OC` output channels by `N` registers, with `R` residuals.
///
/// It is always inlined, into a function that is compiled for its instruction set.
///
/// # Safety
/// As for [`run_tiles`], with the tile's start inside the output.
#[inline(always)]
pub(crate) unsafe fn tile<V: Vector, const OC: usize, const N: usize, const R: usize>(
    rows: &Rows<'_>,
    Place { weights, first, channels, column }: Place,
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
                // After the last one it may be beyond the rows.
                x = x.wrapping_add(rows.dilation);
            }
            row = row.wrapping_add(rows.stride);
        }
        let residuals: [*const f32; R] = std::array::from_fn(|r| rows.residuals[r]);
        let width = N * V::LANES;
        let count = width.min(rows.columns - column);
        for (c, sums) in sums.iter().enumerate().take(channels) {
            let at = (first + c) * rows.output_stride + column;
            let output = rows.output.add(at);
            if count == width {
                for (n, &sum) in sums.iter().enumerate() {
                    let mut sum = sum;
                    for residual in residuals {
                        sum = sum.add(V::load(residual.add(at + n * V::LANES)));
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

/// The [`Tiles`] of a vector type: channels, and registers 1 to 3 (the widest may repeat); with the features that the
/// functions are compiled for.
macro_rules! tiles {
    ($vector:ty, $channels:literal, [$n1:literal, $n2:literal, $n3:literal] $(, $feature:literal)?) => {{
        macro_rules! one {
            ($n:literal, $r:literal) => {{
                /// # Safety
                /// As for [`run_tiles`](crate::tile::run_tiles).
                $(#[target_feature(enable = $feature)])?
                unsafe fn run(rows: &crate::tile::Rows<'_>, place: crate::tile::Place) {
                    // SAFETY: passed on.
                    unsafe { crate::tile::tile::<$vector, $channels, $n, $r>(rows, place) }
                }
                run as crate::tile::Tile
            }};
        }
        crate::tile::Tiles {
            channels: $channels,
            lanes: <$vector as crate::vector::Vector>::LANES,
            tiles: [
                [one!($n1, 0), one!($n1, 1), one!($n1, 2)],
                [one!($n2, 0), one!($n2, 1), one!($n2, 2)],
                [one!($n3, 0), one!($n3, 1), one!($n3, 2)],
            ],
            registers: $n3,
        }
    }};
}
pub(crate) use tiles;
