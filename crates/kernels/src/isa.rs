//! Which instruction set runs.

use crate::tile::{Rows, Tiling, run_tiles};

/// An instruction set that kernels are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// Plain Rust, four lanes.
    Portable,
    /// x86-64 with AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512F.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// aarch64, whose baseline it is.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// WebAssembly with simd128 (relaxed-simd where the build has it), chosen at compile time.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
}

impl Isa {
    /// The best that this machine has. The environment variable `CHANTER_ISA` (`portable`, `avx2`, `avx512`) can
    /// choose a lesser one, for tests.
    pub fn best() -> Self {
        static BEST: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| {
            let wished = std::env::var("CHANTER_ISA").unwrap_or_default();
            let available = Self::available();
            available
                .iter()
                .copied()
                .find(|isa| format!("{isa:?}").eq_ignore_ascii_case(&wished))
                .unwrap_or(available[0])
        })
    }

    /// All that this machine has, the best first.
    pub fn available() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                all.push(Self::Avx512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Self::Neon);
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        all.push(Self::Simd128);
        all.push(Self::Portable);
        all
    }

    /// Output channels and registers of a tile, and lanes of a register: as many accumulators as the set's registers
    /// carry beside the loads (16 in AVX2 and in V8's simd128, 32 in AVX-512 and NEON).
    pub(crate) fn tiling(self) -> Tiling {
        match self {
            Self::Portable => Tiling { channels: 4, columns: 2 * 4 },
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Tiling { channels: 4, columns: 3 * 8 },
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Tiling { channels: 8, columns: 3 * 16 },
            #[cfg(target_arch = "aarch64")]
            Self::Neon => Tiling { channels: 8, columns: 3 * 4 },
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => Tiling { channels: 4, columns: 2 * 4 },
        }
    }

    /// Runs all tiles of a convolution.
    ///
    /// # Safety
    /// As [`run_tiles`]; `self` must be one of [`available`](Self::available), and `rows` packed for its tiling.
    pub(crate) unsafe fn run(self, rows: &Rows<'_>) {
        use crate::vector::*;
        // SAFETY: the caller vouches for the rows and for the instruction set, which is all that the calls need.
        unsafe {
            match self {
                Self::Portable => run_tiles::<Portable, 4, 2>(rows),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => {
                    #[target_feature(enable = "avx2,fma")]
                    unsafe fn run(rows: &Rows<'_>) {
                        // SAFETY: passed on.
                        unsafe { run_tiles::<x86::Avx2, 4, 3>(rows) }
                    }
                    run(rows)
                }
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => {
                    #[target_feature(enable = "avx512f")]
                    unsafe fn run(rows: &Rows<'_>) {
                        // SAFETY: passed on.
                        unsafe { run_tiles::<x86::Avx512, 8, 3>(rows) }
                    }
                    run(rows)
                }
                #[cfg(target_arch = "aarch64")]
                Self::Neon => run_tiles::<arm::Neon, 8, 3>(rows),
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                Self::Simd128 => run_tiles::<wasm::Simd128, 4, 2>(rows),
            }
        }
    }
}
