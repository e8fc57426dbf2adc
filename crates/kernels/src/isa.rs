//! Which instruction set runs.

use crate::curves::{Curves, curves};
use crate::steps::{Steps, steps};
use crate::tile::{Tiles, tiles};
use crate::vector::*;

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

    /// Its tiles: as many accumulators as the set's registers carry beside the loads (16 registers in AVX2 and in
    /// V8's simd128, 32 in AVX-512 and NEON).
    pub(crate) fn tiles(self) -> &'static Tiles {
        match self {
            Self::Portable => {
                static TILES: Tiles = tiles!(Portable, 4, [1, 2, 2]);
                &TILES
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                static TILES: Tiles = tiles!(x86::Avx2, 4, [1, 2, 2], "avx2,fma");
                &TILES
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                static TILES: Tiles = tiles!(x86::Avx512, 8, [1, 2, 3], "avx512f");
                &TILES
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                static TILES: Tiles = tiles!(arm::Neon, 8, [1, 2, 3], "neon");
                &TILES
            }
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => {
                static TILES: Tiles = tiles!(wasm::Simd128, 4, [1, 2, 2]);
                &TILES
            }
        }
    }

    /// Its steps of fast convolution: sums of as many rows, beside a tile's weights and an input, as there are
    /// registers.
    pub(crate) fn steps(self) -> &'static Steps {
        match self {
            Self::Portable => {
                static STEPS: Steps = steps!(Portable, 4, [1 2]);
                &STEPS
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                static STEPS: Steps = steps!(x86::Avx2, 2, [1 2 3 4 5 6], "avx2,fma");
                &STEPS
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                static STEPS: Steps = steps!(x86::Avx512, 2, [1 2 3 4 5 6 7 8 9 10 11 12], "avx512f");
                &STEPS
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                static STEPS: Steps = steps!(arm::Neon, 4, [1 2 3 4 5 6], "neon");
                &STEPS
            }
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => {
                static STEPS: Steps = steps!(wasm::Simd128, 4, [1 2]);
                &STEPS
            }
        }
    }

    /// Its curves.
    pub(crate) fn curves(self) -> &'static Curves {
        match self {
            Self::Portable => {
                static CURVES: Curves = curves!(Portable);
                &CURVES
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                static CURVES: Curves = curves!(x86::Avx2, "avx2,fma");
                &CURVES
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                static CURVES: Curves = curves!(x86::Avx512, "avx512f");
                &CURVES
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                static CURVES: Curves = curves!(arm::Neon, "neon");
                &CURVES
            }
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128 => {
                static CURVES: Curves = curves!(wasm::Simd128);
                &CURVES
            }
        }
    }
}
