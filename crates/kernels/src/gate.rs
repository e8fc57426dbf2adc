//! The gate of a WaveNet.

use crate::isa::Isa;
use crate::vector::Vector;

/// `tanh` of the first half of `input`, `[2 * channels, columns]`, times the logistic function of the second half, into
/// `output`, `[channels, columns]`. No further than 3e-7 from the truth; what is not a number remains.
///
/// # Panics
/// When `input` is not twice as long as `output`, or `isa` not one of [`Isa::available`].
pub fn gate(isa: Isa, input: &[f32], output: &mut [f32]) {
    assert!(Isa::available().contains(&isa), "{isa:?} is not available");
    assert_eq!(input.len(), 2 * output.len());
    let (a, b) = input.split_at(output.len());
    // SAFETY: all three are equally long, and the set is available.
    unsafe { (isa.curves().gate)(a.as_ptr(), b.as_ptr(), output.as_mut_ptr(), output.len()) }
}

/// `exp(x)` for x within +-87: a power of two, times a polynomial of the rest, as in Cephes (Moshier).
///
/// # Safety
/// The instruction set must be available.
#[inline(always)]
unsafe fn exp<V: Vector>(x: V) -> V {
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        // So large that the last bit is one: the sum's low bits are the nearest integer.
        let magic = 1.5 * (1 << 23) as f32;
        let integer = V::splat(magic).add_product(x, V::splat(std::f32::consts::LOG2_E));
        let rounded = integer.add_product(V::splat(-magic), V::splat(1.0));
        // The logarithm of two in two parts, of which the first has few bits.
        let rest = x.add_product(rounded, V::splat(-355.0 / 512.0)).add_product(rounded, V::splat(2.121_944_4e-4));
        let mut sum = V::splat(1.987_569_1e-4);
        for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5, 1.0, 1.0] {
            sum = V::splat(coefficient).add_product(sum, rest);
        }
        V::splat(0.0).add_product(sum, integer.power_of_bits())
    }
}

/// `exp(-2 a)`, as far as `tanh` still moves.
///
/// # Safety
/// The instruction set must be available.
#[inline(always)]
unsafe fn exp_for_tanh<V: Vector>(a: V) -> V {
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        let a = a.within(V::splat(-10.0), V::splat(10.0));
        exp(V::splat(0.0).add_product(a, V::splat(-2.0)))
    }
}

/// # Safety
/// The instruction set must be available.
#[inline(always)]
pub(crate) unsafe fn tanh_of<V: Vector>(a: V) -> V {
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        let one = V::splat(1.0);
        let a = exp_for_tanh(a);
        one.add_product(a, V::splat(-1.0)).over(one.add_product(a, one))
    }
}

/// `tanh(a) * sigmoid(b)`, as one quotient.
///
/// # Safety
/// The instruction set must be available.
#[inline(always)]
unsafe fn gate_of<V: Vector>(a: V, b: V) -> V {
    // SAFETY: the caller vouches for the instruction set.
    unsafe {
        let (one, minus) = (V::splat(1.0), V::splat(-1.0));
        let a = exp_for_tanh(a);
        let b = exp(V::splat(0.0).add_product(b.within(V::splat(-87.0), V::splat(87.0)), minus));
        let (a_sum, b_sum) = (one.add_product(a, one), one.add_product(b, one));
        one.add_product(a, minus).over(V::splat(0.0).add_product(a_sum, b_sum))
    }
}

/// # Safety
/// `count` floats must be readable at `a` and `b`, and writable at `to`; the instruction set must be available.
#[inline(always)]
pub(crate) unsafe fn gate_all<V: Vector>(a: *const f32, b: *const f32, to: *mut f32, count: usize) {
    // SAFETY: whole registers are within `count`; the rest goes through memory of its own.
    unsafe {
        let whole = count / V::LANES * V::LANES;
        for at in (0..whole).step_by(V::LANES) {
            gate_of(V::load(a.add(at)), V::load(b.add(at))).store(to.add(at));
        }
        let mut edge = [[0.0f32; 16]; 2];
        let [edge_a, edge_b] = edge.each_mut().map(|edge| edge.as_mut_ptr());
        edge_a.copy_from_nonoverlapping(a.add(whole), count - whole);
        edge_b.copy_from_nonoverlapping(b.add(whole), count - whole);
        gate_of(V::load(edge_a), V::load(edge_b)).store(edge_a);
        to.add(whole).copy_from_nonoverlapping(edge_a, count - whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn a_gate_is_near_the_truth_everywhere() {
        let a = values();
        for turn in [0, 1, a.len() / 3, a.len() / 2] {
            let mut b = values();
            b.rotate_left(turn);
            let input = [a.as_slice(), &b].concat();
            for isa in Isa::available() {
                let mut output = vec![f32::NAN; a.len()];
                gate(isa, &input, &mut output);
                for ((&a, &b), y) in a.iter().zip(&b).zip(output) {
                    let truth = f64::from(a).tanh() / (1.0 + (-f64::from(b)).exp());
                    assert!((f64::from(y) - truth).abs() < 3e-7, "{isa:?} of {a}, {b} is {truth}, not {y}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_number_remains_where_it_was() {
        for isa in Isa::available() {
            for count in 0..if cfg!(miri) { 6 } else { 40 } {
                for at in 0..count {
                    let (ones, mut values) = (vec![1.0; count], vec![1.0; count]);
                    values[at] = f32::NAN;
                    let (mut first, mut second) = (ones.clone(), ones.clone());
                    gate(isa, &[values.as_slice(), &ones].concat(), &mut first);
                    gate(isa, &[ones.as_slice(), &values].concat(), &mut second);
                    for i in 0..count {
                        let outputs = [first[i], second[i]];
                        assert_eq!(outputs.map(f32::is_nan), [i == at; 2], "{isa:?}, {i} of {count}");
                    }
                }
            }
        }
    }
}
