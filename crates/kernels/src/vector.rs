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
    /// # Safety
    /// The instruction set must be available.
    unsafe fn add(self, other: Self) -> Self;
    /// # Safety
    /// The instruction set must be available.
    unsafe fn sub(self, other: Self) -> Self;
    /// # Safety
    /// The instruction set must be available.
    unsafe fn over(self, divisor: Self) -> Self;
    /// No less than `least`, no more than `most`; what is not a number remains.
    ///
    /// # Safety
    /// The instruction set must be available.
    unsafe fn within(self, least: Self, most: Self) -> Self;
    /// Two to the power of the integer that the lowest nine bits are.
    ///
    /// # Safety
    /// The instruction set must be available.
    unsafe fn power_of_bits(self) -> Self;
    /// Transposes a matrix of `LANES` rows, whose strides are in floats.
    ///
    /// # Safety
    /// `LANES` floats must be readable in as many rows at `from`, and writable at `to`; the instruction set must be
    /// available.
    unsafe fn turn(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize);
}

/// The bits of 1.0.
const ONE: u32 = 1.0f32.to_bits();

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
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
    #[inline(always)]
    unsafe fn over(self, divisor: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] / divisor.0[i]))
    }
    #[inline(always)]
    unsafe fn within(self, least: Self, most: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].clamp(least.0[i], most.0[i])))
    }
    #[inline(always)]
    unsafe fn power_of_bits(self) -> Self {
        Self(self.0.map(|x| f32::from_bits((x.to_bits() << 23).wrapping_add(ONE))))
    }
    #[inline(always)]
    unsafe fn turn(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        // SAFETY: passed on.
        unsafe {
            let rows: [Self; 4] = std::array::from_fn(|i| Self::load(from.add(i * from_stride)));
            for i in 0..4 {
                Self(std::array::from_fn(|k| rows[k].0[i])).store(to.add(i * to_stride));
            }
        }
    }
}

/// A [`Vector`] from a set's intrinsics: type and lanes; splat, load, store; `|sum, a, b|` for sum + a * b; a sum, a difference, a quotient;
/// `|x, least, most|` for x within these; `|bits|` for a power of two; and a function from `LANES` rows to as many columns.
macro_rules! vector {
    ($name:ident, $register:ty, $lanes:expr, $splat:expr, $load:expr, $store:expr,
     |$s:ident, $a:ident, $b:ident| $add_product:expr, $add:expr, $sub:expr, $over:expr,
     |$x:ident, $least:ident, $most:ident| $within:expr, |$bits:ident| $power:expr, $transpose:expr) => {
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
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $add(self.0, other.0) })
            }
            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $sub(self.0, other.0) })
            }
            #[inline(always)]
            unsafe fn over(self, divisor: Self) -> Self {
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $over(self.0, divisor.0) })
            }
            #[inline(always)]
            unsafe fn within(self, least: Self, most: Self) -> Self {
                let ($x, $least, $most) = (self.0, least.0, most.0);
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $within })
            }
            #[inline(always)]
            unsafe fn power_of_bits(self) -> Self {
                let $bits = self.0;
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $power })
            }
            #[inline(always)]
            unsafe fn turn(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
                // SAFETY: the caller vouches for the floats and the instruction set.
                unsafe {
                    let mut rows = [$splat(0.0); $lanes];
                    for (i, row) in rows.iter_mut().enumerate() {
                        *row = $load(from.add(i * from_stride).cast());
                    }
                    for (i, column) in $transpose(rows).into_iter().enumerate() {
                        $store(to.add(i * to_stride).cast(), column);
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;

    // Of two operands of which one is not a number, x86's minimum and maximum are the second.
    vector!(
        Avx512,
        __m512,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        |s, a, b| _mm512_fmadd_ps(a, b, s),
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_div_ps,
        |x, least, most| _mm512_max_ps(least, _mm512_min_ps(most, x)),
        |bits| _mm512_castsi512_ps(_mm512_add_epi32(
            _mm512_slli_epi32::<23>(_mm512_castps_si512(bits)),
            _mm512_set1_epi32(super::ONE as i32)
        )),
        transpose_16
    );
    vector!(
        Avx2,
        __m256,
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        |s, a, b| _mm256_fmadd_ps(a, b, s),
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_div_ps,
        |x, least, most| _mm256_max_ps(least, _mm256_min_ps(most, x)),
        |bits| _mm256_castsi256_ps(_mm256_add_epi32(
            _mm256_slli_epi32::<23>(_mm256_castps_si256(bits)),
            _mm256_set1_epi32(super::ONE as i32)
        )),
        transpose_8
    );

    /// Four lanes of four registers, transposed, and so each four.
    macro_rules! quads {
        ($name:ident, $register:ty, $low:ident, $high:ident, $shuffle:ident) => {
            /// # Safety
            /// The instruction set must be available.
            #[inline(always)]
            unsafe fn $name(a: $register, b: $register, c: $register, d: $register) -> [$register; 4] {
                // SAFETY: passed on.
                unsafe {
                    let (ab, cd) = ($low(a, b), $low(c, d));
                    let (ab_high, cd_high) = ($high(a, b), $high(c, d));
                    [
                        $shuffle::<0x44>(ab, cd),
                        $shuffle::<0xee>(ab, cd),
                        $shuffle::<0x44>(ab_high, cd_high),
                        $shuffle::<0xee>(ab_high, cd_high),
                    ]
                }
            }
        };
    }
    quads!(quads_of_16, __m512, _mm512_unpacklo_ps, _mm512_unpackhi_ps, _mm512_shuffle_ps);
    quads!(quads_of_8, __m256, _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_shuffle_ps);

    /// # Safety
    /// The instruction set must be available.
    #[inline(always)]
    unsafe fn transpose_16(rows: [__m512; 16]) -> [__m512; 16] {
        // SAFETY: passed on.
        unsafe {
            let mut columns = rows;
            let mut quads = [[rows[0]; 4]; 4];
            for (quads, rows) in quads.iter_mut().zip(rows.chunks_exact(4)) {
                *quads = quads_of_16(rows[0], rows[1], rows[2], rows[3]);
            }
            for i in 0..4 {
                let [a, b, c, d] = [quads[0][i], quads[1][i], quads[2][i], quads[3][i]];
                let (ab, cd) = (_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0x44>(c, d));
                let (ab_high, cd_high) = (_mm512_shuffle_f32x4::<0xee>(a, b), _mm512_shuffle_f32x4::<0xee>(c, d));
                columns[i] = _mm512_shuffle_f32x4::<0x88>(ab, cd);
                columns[4 + i] = _mm512_shuffle_f32x4::<0xdd>(ab, cd);
                columns[8 + i] = _mm512_shuffle_f32x4::<0x88>(ab_high, cd_high);
                columns[12 + i] = _mm512_shuffle_f32x4::<0xdd>(ab_high, cd_high);
            }
            columns
        }
    }

    /// # Safety
    /// The instruction set must be available.
    #[inline(always)]
    unsafe fn transpose_8(rows: [__m256; 8]) -> [__m256; 8] {
        // SAFETY: passed on.
        unsafe {
            let mut columns = rows;
            let first = quads_of_8(rows[0], rows[1], rows[2], rows[3]);
            let second = quads_of_8(rows[4], rows[5], rows[6], rows[7]);
            for i in 0..4 {
                columns[i] = _mm256_permute2f128_ps::<0x20>(first[i], second[i]);
                columns[4 + i] = _mm256_permute2f128_ps::<0x31>(first[i], second[i]);
            }
            columns
        }
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) mod arm {
    use super::Vector;
    use std::arch::aarch64::*;

    vector!(
        Neon,
        float32x4_t,
        4,
        vdupq_n_f32,
        vld1q_f32,
        vst1q_f32,
        |s, a, b| vfmaq_f32(s, a, b),
        vaddq_f32,
        vsubq_f32,
        vdivq_f32,
        |x, least, most| vmaxq_f32(vminq_f32(x, most), least),
        |bits| vreinterpretq_f32_u32(vaddq_u32(
            vshlq_n_u32::<23>(vreinterpretq_u32_f32(bits)),
            vdupq_n_u32(super::ONE)
        )),
        transpose
    );

    /// # Safety
    /// The instruction set must be available.
    #[inline(always)]
    unsafe fn transpose([a, b, c, d]: [float32x4_t; 4]) -> [float32x4_t; 4] {
        // SAFETY: passed on.
        unsafe {
            let (ab_even, cd_even) = (vreinterpretq_f64_f32(vtrn1q_f32(a, b)), vreinterpretq_f64_f32(vtrn1q_f32(c, d)));
            let (ab_odd, cd_odd) = (vreinterpretq_f64_f32(vtrn2q_f32(a, b)), vreinterpretq_f64_f32(vtrn2q_f32(c, d)));
            [
                vreinterpretq_f32_f64(vtrn1q_f64(ab_even, cd_even)),
                vreinterpretq_f32_f64(vtrn1q_f64(ab_odd, cd_odd)),
                vreinterpretq_f32_f64(vtrn2q_f64(ab_even, cd_even)),
                vreinterpretq_f32_f64(vtrn2q_f64(ab_odd, cd_odd)),
            ]
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) mod wasm {
    use super::Vector;
    use std::arch::wasm32::*;

    #[cfg(target_feature = "relaxed-simd")]
    macro_rules! add_product {
        ($s:expr, $a:expr, $b:expr) => {
            f32x4_relaxed_madd($a, $b, $s)
        };
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    macro_rules! add_product {
        ($s:expr, $a:expr, $b:expr) => {
            f32x4_add($s, f32x4_mul($a, $b))
        };
    }
    vector!(
        Simd128,
        v128,
        4,
        f32x4_splat,
        v128_load,
        v128_store,
        |s, a, b| add_product!(s, a, b),
        f32x4_add,
        f32x4_sub,
        f32x4_div,
        |x, least, most| f32x4_pmax(f32x4_pmin(x, most), least),
        |bits| i32x4_add(i32x4_shl(bits, 23), u32x4_splat(super::ONE)),
        transpose
    );

    #[inline(always)]
    fn transpose([a, b, c, d]: [v128; 4]) -> [v128; 4] {
        let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
        let (ab_high, cd_high) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
        [
            i32x4_shuffle::<0, 1, 4, 5>(ab, cd),
            i32x4_shuffle::<2, 3, 6, 7>(ab, cd),
            i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high),
            i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high),
        ]
    }
}
