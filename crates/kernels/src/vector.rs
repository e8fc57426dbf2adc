//! A register of f32 lanes, for each instruction set.

/// A register of [`LANES`](Vector::LANES) f32.
///
/// # Safety
/// `load` and `store` touch exactly `LANES` floats at the pointer. A type for an instruction set must be used only
/// where that set is available.
pub(crate) unsafe trait Vector: Copy {
    const LANES: usize;
    /// # Safety
    /// The instruction set must be available.
    unsafe fn splat(value: f32) -> Self;
    /// # Safety
    /// `LANES` floats must be readable at `from`; the instruction set must be available.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// `LANES` floats must be writable at `to`; the instruction set must be available.
    unsafe fn store(self, to: *mut f32);
    /// `self + a * b`, fused where the set can.
    ///
    /// # Safety
    /// The instruction set must be available.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
}

/// Four lanes in plain Rust: where nothing better is known, and the measure of the others in tests.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 4]);

// SAFETY: loads and stores are of four floats, in plain Rust.
unsafe impl Vector for Portable {
    const LANES: usize = 4;
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for four floats; no alignment is needed.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as for `load`.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
    }
}

/// A [`Vector`] from a set's intrinsics: type, lanes, splat, load, store, and `|sum, a, b|` for sum + a * b.
macro_rules! vector {
    ($name:ident, $register:ty, $lanes:expr, $splat:expr, $load:expr, $store:expr, |$s:ident, $a:ident, $b:ident| $add_product:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name($register);

        #[allow(unused_unsafe)] // WebAssembly's intrinsics without a pointer are safe.
        // SAFETY: the intrinsics load and store exactly one register, unaligned.
        unsafe impl Vector for $name {
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn splat(value: f32) -> Self {
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $splat(value) })
            }
            #[inline(always)]
            unsafe fn load(from: *const f32) -> Self {
                // SAFETY: the caller vouches for the floats and the instruction set.
                Self(unsafe { $load(from.cast()) })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut f32) {
                // SAFETY: the caller vouches for the floats and the instruction set.
                unsafe { $store(to.cast(), self.0) }
            }
            #[inline(always)]
            unsafe fn add_product(self, a: Self, b: Self) -> Self {
                // No closure: it would be compiled without the instruction set.
                let ($s, $a, $b) = (self.0, a.0, b.0);
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $add_product })
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;

    vector!(Avx512, __m512, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, |s, a, b| _mm512_fmadd_ps(a, b, s));
    vector!(Avx2, __m256, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, |s, a, b| _mm256_fmadd_ps(a, b, s));
}

#[cfg(target_arch = "aarch64")]
pub(crate) mod arm {
    use super::Vector;
    use std::arch::aarch64::*;

    vector!(Neon, float32x4_t, 4, vdupq_n_f32, vld1q_f32, vst1q_f32, |s, a, b| vfmaq_f32(s, a, b));
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) mod wasm {
    use super::Vector;
    use std::arch::wasm32::*;

    #[cfg(target_feature = "relaxed-simd")]
    vector!(Simd128, v128, 4, f32x4_splat, v128_load, v128_store, |s, a, b| f32x4_relaxed_madd(a, b, s));
    #[cfg(not(target_feature = "relaxed-simd"))]
    vector!(Simd128, v128, 4, f32x4_splat, v128_load, v128_store, |s, a, b| f32x4_add(s, f32x4_mul(a, b)));
}
