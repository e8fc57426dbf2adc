//! What one core can do at most: multiply-adds of f32 in registers, nothing else. Prints FLOP a second.
//! `rustc -C opt-level=3 -C target-cpu=native bench/peak.rs`

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f"))]
use std::arch::x86_64::{__m512 as Vector, _mm512_fmadd_ps as multiply_add, _mm512_set1_ps as all};
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx512f")))]
use std::arch::x86_64::{__m256 as Vector, _mm256_fmadd_ps as multiply_add, _mm256_set1_ps as all};
#[cfg(target_arch = "aarch64")]
use std::arch::aarch64::{float32x4_t as Vector, vdupq_n_f32 as all, vfmaq_f32 as multiply_add};
use std::hint::black_box;
use std::time::Instant;

/// Sums that do not wait for each other: more than hide how long a multiply-add takes, fewer than there are registers.
const SUMS: usize = 12;
const ROUNDS: usize = 20_000;

fn main() {
    let mut best = f64::INFINITY;
    for _ in 0..2000 {
        let start = Instant::now();
        // SAFETY: compiled for the processor that runs it, which therefore has these instructions.
        unsafe {
            let (factor, term) = black_box((all(0.999), all(0.001)));
            let mut sums = [term; SUMS];
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = multiply_add(*sum, factor, term);
                }
            }
            for sum in sums {
                black_box(sum);
            }
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    let lanes = size_of::<Vector>() / size_of::<f32>();
    println!("{}", (2 * SUMS * lanes * ROUNDS) as f64 / best);
}
