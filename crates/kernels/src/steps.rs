//! The steps of a fast convolution: rows to values at points, their products, and back to rows.
//!
//! Each is always inlined, into a function that is compiled for its instruction set.

use crate::tile::Rows;
use crate::toom::{MAX_POINTS, OUTPUTS, Points};
use crate::vector::Vector;

/// Channels that are summed before they are added to the rest: the error of a sum grows with its length.
pub(crate) const SUMMED: usize = 32;

/// The steps of an instruction set.
pub(crate) struct Steps {
    /// Lanes of a register.
    pub(crate) lanes: usize,
    /// Registers of output channels in a tile.
    pub(crate) registers: usize,
    /// Products of one tile, by rows, less one.
    pub(crate) products: &'static [unsafe fn(&Product)],
    /// Rows to values, by [`Points::taps`], from two on.
    pub(crate) evaluate: [unsafe fn(&Evaluation<'_>); 4],
    /// Values to rows, by the same.
    pub(crate) interpolate: [unsafe fn(&Interpolation<'_>); 4],
}

impl Steps {
    /// Output channels of a tile.
    pub(crate) const fn tile(&self) -> usize {
        self.registers * self.lanes
    }
}

/// Input rows of a block to values at points.
pub(crate) struct Evaluation<'a> {
    pub(crate) points: &'a Points,
    /// Input rows, padded, of `width` channels, `stride` floats apart.
    pub(crate) rows: *const f32,
    pub(crate) stride: usize,
    /// Columns of them, a multiple of the lanes.
    pub(crate) columns: usize,
    pub(crate) dilation: usize,
    /// Room for as many rows of a register each.
    pub(crate) turned: *mut f32,
    /// Room for `count` rows of `width` floats for each point.
    pub(crate) values: *mut f32,
    pub(crate) count: usize,
    pub(crate) width: usize,
}

/// # Safety
/// As the fields say; `P` pairs, and `Z` for zero, must be what the points are.
#[inline(always)]
pub(crate) unsafe fn evaluate<V: Vector, const P: usize, const Z: usize>(e: &Evaluation<'_>) {
    // SAFETY: `columns` and `width` are multiples of the lanes; the last row's last input,
    // (count - 1) / d * 4 d + (count - 1) % d + (points - 1) d, is below `columns`, by how these were computed.
    unsafe {
        let nothing = V::splat(0.0);
        let (mut pairs, mut others, mut all) = ([[nothing; 2]; P], [[nothing; P]; P], [nothing; P]);
        for i in 0..P {
            pairs[i] = [V::splat(e.points.pairs[i]), V::splat(-e.points.pairs[i])];
            for (to, &x) in others[i].iter_mut().zip(&e.points.others[i]) {
                *to = V::splat(x);
            }
            all[i] = V::splat(e.points.all[i]);
        }
        for channel in (0..e.width).step_by(V::LANES) {
            for t in (0..e.columns).step_by(V::LANES) {
                V::turn(e.rows.add(channel * e.stride + t), e.stride, e.turned.add(t * V::LANES), V::LANES);
            }
            let mut at = e.turned.cast_const();
            let mut phase = 0;
            for row in 0..e.count {
                let mut x = [nothing; MAX_POINTS];
                for (l, x) in x.iter_mut().enumerate().take(2 * P + Z + 1) {
                    *x = V::load(at.add(l * e.dilation * V::LANES));
                }
                let to = e.values.add(row * e.width + channel);
                let step = e.count * e.width;
                for i in 0..P {
                    let (mut low, mut high) = (x[2 * P - 2 + Z], x[2 * P - 1 + Z]);
                    for k in 0..P - 1 {
                        low = low.add_product(others[i][k], x[2 * k + Z]);
                        high = high.add_product(others[i][k], x[2 * k + 1 + Z]);
                    }
                    high.add_product(pairs[i][0], low).store(to.add(2 * i * step));
                    high.add_product(pairs[i][1], low).store(to.add((2 * i + 1) * step));
                }
                let (mut zero, mut infinity) = (x[2 * P], x[2 * P + Z]);
                for k in 0..P {
                    zero = zero.add_product(all[k], x[2 * k]);
                    infinity = infinity.add_product(all[k], x[2 * k + Z]);
                }
                if Z == 1 {
                    zero.store(to.add(2 * P * step));
                }
                infinity.store(to.add((2 * P + Z) * step));
                phase += 1;
                at = at.wrapping_add(V::LANES);
                if phase == e.dilation {
                    phase = 0;
                    // After the last one it may be beyond the rows.
                    at = at.wrapping_add((OUTPUTS - 1) * e.dilation * V::LANES);
                }
            }
        }
    }
}

/// Values of inputs times those of weights, at one point.
pub(crate) struct Product {
    /// For each [`SUMMED`] channels, each group and each of these channels a tile of weights.
    pub(crate) weights: *const f32,
    /// Rows of `width` floats, of which `channels` count.
    pub(crate) values: *const f32,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    pub(crate) groups: usize,
    /// Floats from what a group is multiplied with to what the next one is.
    pub(crate) shift: usize,
    /// Room for as many rows of a tile each.
    pub(crate) sums: *mut f32,
    /// How often as many rows follow.
    pub(crate) parts: usize,
}

/// `N` rows of `R` registers.
///
/// # Safety
/// As the fields say.
#[inline(always)]
pub(crate) unsafe fn product<V: Vector, const R: usize, const N: usize>(p: &Product) {
    // SAFETY: reads and writes are of what the fields name.
    unsafe {
        for part in 0..p.parts {
            let values = p.values.add(part * N * p.width);
            let to = p.sums.add(part * N * R * V::LANES);
            let mut weights = p.weights;
            for from in (0..p.channels).step_by(SUMMED) {
                let summed = SUMMED.min(p.channels - from);
                let mut sums = [[V::splat(0.0); R]; N];
                for group in 0..p.groups {
                    let mut x = values.add(group * p.shift + from);
                    for _ in 0..summed {
                        let w: [V; R] = std::array::from_fn(|r| V::load(weights.add(r * V::LANES)));
                        for (n, sums) in sums.iter_mut().enumerate() {
                            let x = V::splat(*x.add(n * p.width));
                            for r in 0..R {
                                sums[r] = sums[r].add_product(x, w[r]);
                            }
                        }
                        weights = weights.add(R * V::LANES);
                        x = x.add(1);
                    }
                }
                for (n, sums) in sums.iter().enumerate() {
                    for (r, &sum) in sums.iter().enumerate() {
                        let to = to.add((n * R + r) * V::LANES);
                        let sum = if from == 0 { sum } else { sum.add(V::load(to)) };
                        sum.store(to);
                    }
                }
            }
        }
    }
}

/// Sums at points to output rows.
pub(crate) struct Interpolation<'a> {
    pub(crate) points: &'a Points,
    /// One float for each output channel of the tile.
    pub(crate) bias: *const f32,
    /// For each point `count` rows of a tile.
    pub(crate) values: *const f32,
    pub(crate) count: usize,
    /// Registers of a tile.
    pub(crate) registers: usize,
    pub(crate) dilation: usize,
    /// Room for a row of a tile for each column, and for more up to whole spans and lanes.
    pub(crate) turned: *mut f32,
    /// Room for a row of columns for each channel of a tile, `stride` floats apart: the output's own may lie so that they
    /// fall on each other's cache sets.
    pub(crate) outputs: *mut f32,
    pub(crate) stride: usize,
    pub(crate) rows: &'a Rows<'a>,
    /// First output channel of the tile.
    pub(crate) first: usize,
}

/// # Safety
/// As the fields say, and [`Fast::run`](crate::fast::Fast::run) of `rows`; `P` pairs, and `Z` for zero, must be what the points are.
#[inline(always)]
pub(crate) unsafe fn interpolate<V: Vector, const P: usize, const Z: usize>(i: &Interpolation<'_>) {
    // SAFETY: the first loop reads `count` rows for each point and writes whole spans of columns; the second reads and
    // writes whole lanes of them, the third what the output has.
    unsafe {
        let tile = i.registers * V::LANES;
        let step = i.count * tile;
        let mut powers = [[V::splat(0.0); 3]; P];
        for (powers, &a) in powers.iter_mut().zip(&i.points.pairs) {
            *powers = [V::splat(a), V::splat(a * a), V::splat(a * a * a)];
        }
        for register in (0..tile).step_by(V::LANES) {
            let bias = V::load(i.bias.add(register));
            let mut to = i.turned.add(register);
            let mut phase = 0;
            for row in 0..i.count {
                let at = i.values.add(row * tile + register);
                let mut outputs = [bias; OUTPUTS];
                for (k, powers) in powers.iter().enumerate() {
                    let (plus, less) = (V::load(at.add(2 * k * step)), V::load(at.add((2 * k + 1) * step)));
                    let (sum, difference) = (plus.add(less), plus.sub(less));
                    outputs[0] = outputs[0].add(sum);
                    outputs[1] = outputs[1].add_product(powers[0], difference);
                    outputs[2] = outputs[2].add_product(powers[1], sum);
                    outputs[3] = outputs[3].add_product(powers[2], difference);
                }
                if Z == 1 {
                    outputs[0] = outputs[0].add(V::load(at.add(2 * P * step)));
                }
                outputs[3] = outputs[3].add(V::load(at.add((2 * P + Z) * step)));
                for (k, output) in outputs.into_iter().enumerate() {
                    output.store(to.add(k * i.dilation * tile));
                }
                phase += 1;
                to = to.wrapping_add(tile);
                if phase == i.dilation {
                    phase = 0;
                    to = to.wrapping_add((OUTPUTS - 1) * i.dilation * tile);
                }
            }
            for t in (0..i.rows.columns).step_by(V::LANES) {
                V::turn(i.turned.add(t * tile + register), tile, i.outputs.add(register * i.stride + t), i.stride);
            }
        }
        let columns = i.rows.columns;
        let whole = columns / V::LANES * V::LANES;
        for o in 0..tile.min(i.rows.output_channels - i.first) {
            let row = i.outputs.add(o * i.stride);
            let at = (i.first + o) * i.rows.output_stride;
            for t in (0..whole).step_by(V::LANES) {
                let mut sum = V::load(row.add(t));
                for residual in i.rows.residuals {
                    sum = sum.add(V::load(residual.add(at + t)));
                }
                sum.store(i.rows.output.add(at + t));
            }
            for t in whole..columns {
                let mut sum = *row.add(t);
                for residual in i.rows.residuals {
                    sum += *residual.add(at + t);
                }
                *i.rows.output.add(at + t) = sum;
            }
        }
    }
}

/// The [`Steps`] of a vector type: registers of a tile, and each number of rows from one on; with the features that the
/// functions are compiled for.
macro_rules! steps {
    ($vector:ty, $registers:literal, [$($rows:literal)*] $(, $feature:literal)?) => {{
        macro_rules! one {
            ($step:ident, $argument:ty, $n1:literal, $n2:literal) => {{
                /// # Safety
                /// As for the step.
                $(#[target_feature(enable = $feature)])?
                unsafe fn run(argument: &$argument) {
                    // SAFETY: passed on.
                    unsafe { $step::<$vector, $n1, $n2>(argument) }
                }
                run
            }};
        }
        use crate::steps::{Evaluation, Interpolation, Product, Steps, evaluate, interpolate, product};
        Steps {
            lanes: <$vector as crate::vector::Vector>::LANES,
            registers: $registers,
            products: &[$(one!(product, Product, $registers, $rows)),*],
            evaluate: [
                one!(evaluate, Evaluation<'_>, 2, 0),
                one!(evaluate, Evaluation<'_>, 2, 1),
                one!(evaluate, Evaluation<'_>, 3, 0),
                one!(evaluate, Evaluation<'_>, 3, 1),
            ],
            interpolate: [
                one!(interpolate, Interpolation<'_>, 2, 0),
                one!(interpolate, Interpolation<'_>, 2, 1),
                one!(interpolate, Interpolation<'_>, 3, 0),
                one!(interpolate, Interpolation<'_>, 3, 1),
            ],
        }
    }};
}
pub(crate) use steps;
