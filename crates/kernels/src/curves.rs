//! Curves of single numbers, each lane by itself: what becomes of a number does not hang on where it stands.

use crate::gate::tanh_of;
use crate::isa::Isa;
use crate::vector::Vector;

/// Further from zero a sine is left to the standard library: the period has more bits than two floats tell.
const FARTHEST: f32 = 8192.0;

/// Values that are looked through at once.
const BLOCK: usize = 1024;

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// The hyperbolic tangent.
    Tanh,
    /// The sine of radians.
    Sin,
    /// The cosine of radians.
    Cos,
    /// The next integer below, exactly.
    Floor,
}

impl Curve {
    /// Puts in the place of each value what it becomes: no further than 3e-7 from the truth; what is not a number remains.
    ///
    /// # Panics
    /// When `isa` is not one of [`Isa::available`].
    pub fn apply(self, isa: Isa, values: &mut [f32]) {
        assert!(Isa::available().contains(&isa), "{isa:?} is not available");
        let curves = isa.curves();
        match self {
            Self::Tanh => run(curves.tanh, values),
            Self::Floor => run(curves.floor, values),
            Self::Sin => near_or(curves.sin, f32::sin, values),
            Self::Cos => near_or(curves.cos, f32::cos, values),
        }
    }
}

/// A curve of `count` floats in place, compiled for an instruction set.
pub(crate) type InPlace = unsafe fn(values: *mut f32, count: usize);

fn run(curve: InPlace, values: &mut [f32]) {
    // SAFETY: the pointer is valid for as many floats; `apply`, which alone gets here, has found the set available.
    unsafe { curve(values.as_mut_ptr(), values.len()) }
}

/// A curve of what is near enough to zero, and `far` of the rest.
fn near_or(near: InPlace, far: fn(f32) -> f32, values: &mut [f32]) {
    let is_far = |x: f32| x.abs() > FARTHEST;
    for block in values.chunks_mut(BLOCK) {
        if !block.iter().fold(false, |any, &x| any | is_far(x)) {
            run(near, block);
            continue;
        }
        for x in block {
            if is_far(*x) { *x = far(*x) } else { run(near, std::slice::from_mut(x)) }
        }
    }
}

/// The curves of an instruction set.
pub(crate) struct Curves {
    /// `tanh(a) * sigmoid(b)` of `count` floats at each pointer.
    pub(crate) gate: unsafe fn(a: *const f32, b: *const f32, to: *mut f32, count: usize),
    pub(crate) tanh: InPlace,
    pub(crate) sin: InPlace,
    pub(crate) cos: InPlace,
    pub(crate) floor: InPlace,
}

/// A curve of a register.
pub(crate) trait OfRegister {
    /// # Safety
    /// The instruction set must be available.
    unsafe fn of<V: Vector>(x: V) -> V;
}

pub(crate) struct Tanh;
pub(crate) struct Sin;
pub(crate) struct Cos;

impl OfRegister for Tanh {
    #[inline(always)]
    unsafe fn of<V: Vector>(x: V) -> V {
        // SAFETY: passed on.
        unsafe { tanh_of(x) }
    }
}

impl OfRegister for Sin {
    #[inline(always)]
    unsafe fn of<V: Vector>(x: V) -> V {
        // SAFETY: passed on.
        unsafe { wave(x, 0.0) }
    }
}

impl OfRegister for Cos {
    #[inline(always)]
    unsafe fn of<V: Vector>(x: V) -> V {
        // SAFETY: passed on.
        unsafe { wave(x, 0.5) }
    }
}

/// `sin(x + shift * pi)`, up to [`FARTHEST`]: by the rest of a division by pi, whose quotient tells the sign.
///
/// # Safety
/// The instruction set must be available.
#[inline(always)]
unsafe fn wave<V: Vector>(x: V, shift: f32) -> V {
    use std::f32::consts::FRAC_1_PI;
    // Pi in three parts, as by Cody and Waite; the first two have so few bits that their products are exact.
    const HIGH: f32 = 201.0 / 64.0;
    const MIDDLE: f32 = 2029.0 / 2_097_152.0;
    const LOW: f32 = (std::f64::consts::PI - HIGH as f64 - MIDDLE as f64) as f32;
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        // So large that no bit is left for a fraction.
        let magic = V::splat(1.5 * (1 << 23) as f32);
        let nothing = V::splat(0.0);
        let quotient = magic.add(V::splat(shift).add_product(x, V::splat(FRAC_1_PI))).sub(magic);
        let half = magic.add(nothing.add_product(quotient, V::splat(0.5))).sub(magic);
        let odd = quotient.add_product(half, V::splat(-2.0));
        let sign = V::splat(1.0).add_product(nothing.add_product(odd, odd), V::splat(-2.0));
        let mut rest = x;
        for part in [HIGH, MIDDLE, LOW] {
            rest = rest.add_product(quotient.sub(V::splat(shift)), V::splat(-part));
        }
        // The polynomial with the least error up to a quarter of a period, 2e-8, by Remez' method.
        let square = nothing.add_product(rest, rest);
        let mut sum = V::splat(2.599_903_2e-6);
        for coefficient in [-1.980_654_8e-4, 8.333_016e-3, -1.666_665_7e-1] {
            sum = V::splat(coefficient).add_product(sum, square);
        }
        let sine = rest.add_product(nothing.add_product(square, rest), sum);
        nothing.add_product(sine, sign)
    }
}

/// # Safety
/// `count` floats must be readable and writable at `values`; the instruction set must be available.
#[inline(always)]
pub(crate) unsafe fn in_place<V: Vector, C: OfRegister>(values: *mut f32, count: usize) {
    // SAFETY: whole registers are within `count`; the rest goes through memory of its own.
    unsafe {
        let whole = count / V::LANES * V::LANES;
        for at in (0..whole).step_by(V::LANES) {
            C::of(V::load(values.add(at))).store(values.add(at));
        }
        let mut edge = [0.0f32; 16];
        let edge = edge.as_mut_ptr();
        edge.copy_from_nonoverlapping(values.add(whole), count - whole);
        C::of(V::load(edge)).store(edge);
        values.add(whole).copy_from_nonoverlapping(edge, count - whole);
    }
}

/// # Safety
/// `count` floats must be readable and writable at `values`.
#[inline(always)]
pub(crate) unsafe fn floor(values: *mut f32, count: usize) {
    // SAFETY: the caller vouches for the floats. The compiler takes the set's own instruction.
    unsafe { std::slice::from_raw_parts_mut(values, count) }.iter_mut().for_each(|x| *x = x.floor());
}

/// The [`Curves`] of a vector type, with the features that they are compiled for.
macro_rules! curves {
    ($vector:ty $(, $feature:literal)?) => {{
        macro_rules! one {
            ($curve:path) => {{
                /// # Safety
                /// As for what it runs.
                $(#[target_feature(enable = $feature)])?
                unsafe fn run(values: *mut f32, count: usize) {
                    // SAFETY: passed on.
                    unsafe { $curve(values, count) }
                }
                run
            }};
        }
        /// # Safety
        /// As for [`gate_all`](crate::gate::gate_all).
        $(#[target_feature(enable = $feature)])?
        unsafe fn gate(a: *const f32, b: *const f32, to: *mut f32, count: usize) {
            // SAFETY: passed on.
            unsafe { crate::gate::gate_all::<$vector>(a, b, to, count) }
        }
        use crate::curves::{Cos, Curves, Sin, Tanh, floor, in_place};
        Curves {
            gate,
            tanh: one!(in_place::<$vector, Tanh>),
            sin: one!(in_place::<$vector, Sin>),
            cos: one!(in_place::<$vector, Cos>),
            floor: one!(floor),
        }
    }};
}
pub(crate) use curves;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn curves_are_near_the_truth_everywhere() {
        type Of = fn(f64) -> f64;
        let all: [(Curve, Of, f64); 4] = [
            (Curve::Tanh, f64::tanh, 3e-7),
            (Curve::Sin, f64::sin, 3e-7),
            (Curve::Cos, f64::cos, 3e-7),
            (Curve::Floor, f64::floor, f64::MIN_POSITIVE),
        ];
        for isa in Isa::available() {
            for (curve, truth, error) in all {
                let (input, mut output) = (values(), values());
                curve.apply(isa, &mut output);
                for (x, y) in input.into_iter().zip(output) {
                    let truth = truth(f64::from(x));
                    let same = f64::from(y) == truth || truth.is_nan() && y.is_nan();
                    assert!(
                        same || (f64::from(y) - truth).abs() < error,
                        "{isa:?}: {curve:?} of {x} is {truth}, not {y}"
                    );
                }
            }
        }
    }

    /// Nor on how far from zero its neighbours are.
    #[test]
    fn a_curve_does_not_hang_on_the_place() {
        let input: Vec<f32> = (0..50).map(|i| if i == 37 { 9000.0 } else { (i * i) as f32 * 0.37 - 300.0 }).collect();
        for isa in Isa::available() {
            for curve in [Curve::Tanh, Curve::Sin, Curve::Cos, Curve::Floor] {
                let mut whole = input.clone();
                curve.apply(isa, &mut whole);
                for start in 0..input.len() {
                    let mut part = input[start..].to_vec();
                    curve.apply(isa, &mut part);
                    assert_eq!(part, whole[start..], "{isa:?}: {curve:?} from {start} on");
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_number_remains_where_it_was() {
        for isa in Isa::available() {
            for curve in [Curve::Tanh, Curve::Sin, Curve::Cos, Curve::Floor] {
                for count in 0..if cfg!(miri) { 6 } else { 40 } {
                    for at in 0..count {
                        let mut values = vec![1.0; count];
                        values[at] = f32::NAN;
                        curve.apply(isa, &mut values);
                        let remain: Vec<usize> = (0..count).filter(|&i| values[i].is_nan()).collect();
                        assert_eq!(remain, [at], "{isa:?}: {curve:?} of {count}");
                    }
                }
            }
        }
    }
}
