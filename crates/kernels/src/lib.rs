//! Convolution kernels for rows of samples: `[channels, time]`, f32, row by row.
//!
//! A piece of a HiFi-GAN decoder is a 1-D convolution with few channels and long rows. A general im2col writes each
//! sample of a row once for each tap; here taps are loads at an offset, so that the arithmetic alone remains.
//!
//! This is the one crate of Chanter with `unsafe`: loads and stores by pointer in [`tile`](self), whose bounds are
//! checked once, where [`Conv1d::run`] and [`Deconv1d::run`] take their slices.

mod conv;
mod deconv;
mod isa;
mod tile;
mod vector;

pub use conv::{Conv1d, Fused};
pub use deconv::Deconv1d;
pub use isa::Isa;
