//! Convolution kernels for rows of samples: `[channels, time]`, f32, row by row.
//!
//! A piece of a HiFi-GAN decoder is a 1-D convolution with few channels and long rows. A general im2col writes each
//! sample of a row once for each tap; here taps are loads at an offset, so that the arithmetic alone remains. Where it
//! pays, half of that goes too: several outputs of several taps are made together, with fewer products ([`Form::Fast`]).
//!
//! This is the one crate of Chanter with `unsafe`: loads and stores by pointer in [`tile`](self), [`steps`](self),
//! [`gate`](self) and [`curves`](self), whose bounds are checked once, where [`Conv1d::run`], [`Deconv1d::run`], [`gate()`] and
//! [`Curve::apply`] take their slices.

mod conv;
mod curves;
mod deconv;
mod fast;
mod form;
mod gate;
mod isa;
mod steps;
mod threads;
mod tile;
mod toom;
mod vector;

pub use conv::{Columns, Conv1d, Fused, Residual};
pub use curves::Curve;
pub use deconv::Deconv1d;
pub use form::Form;
pub use gate::gate;
pub use isa::Isa;
#[cfg(not(target_family = "wasm"))]
pub use threads::Threads;

/// Cases of a property, a few where each takes a while.
#[cfg(test)]
fn cases(count: u32) -> proptest::test_runner::Config {
    let config = proptest::test_runner::Config::with_cases(if cfg!(miri) { 6 } else { count });
    // Miri has no files to remember failures in.
    if cfg!(miri) { proptest::test_runner::Config { failure_persistence: None, ..config } } else { config }
}

/// The end of a range of sizes in a property, less where each takes a while.
#[cfg(test)]
const fn size(end: usize) -> usize {
    if cfg!(miri) { end / 8 + 2 } else { end }
}

/// Values of every size and both signs, many of those where curves bend, and the ends.
#[cfg(test)]
fn values() -> Vec<f32> {
    let (step, count) = if cfg!(miri) { (40_000_003, 50) } else { (4001, 200_000) };
    let sizes = (0..0x7f80_0000u32).step_by(step).map(f32::from_bits);
    let bends = (0..count).map(|i| i as f32 * (20.0 / count as f32));
    let ends = [0.0, 10.0, 86.99, 87.0, 88.0, 104.0, 8191.99, 8192.0, 8192.01, 8388607.5, f32::MAX, f32::INFINITY];
    sizes.chain(bends).chain(ends).flat_map(|x| [x, -x]).collect()
}
