//! The networks of a voice: one ONNX graph, cut in three stages that are run piece by piece.

pub(crate) mod length_regulator;
pub(crate) mod noise;
pub(crate) mod stages;
pub(crate) mod windows;

#[cfg(feature = "tract")]
mod border;
#[cfg(feature = "tract")]
mod couple;
#[cfg(feature = "tract")]
mod cut;
#[cfg(feature = "tract")]
mod decoder;
#[cfg(feature = "tract")]
mod encoder;
#[cfg(feature = "tract")]
mod kernels;
#[cfg(feature = "tract")]
pub(crate) mod kernels_in_use;
#[cfg(feature = "tract")]
pub(crate) mod load;
#[cfg(feature = "tract")]
pub(crate) mod onnx;
#[cfg(feature = "tract")]
mod plan;
#[cfg(feature = "tract")]
pub(crate) mod profile;
#[cfg(feature = "tract")]
mod reach;
#[cfg(all(test, feature = "tract"))]
mod small_graphs;
#[cfg(feature = "tract")]
mod spline;
#[cfg(feature = "tract")]
mod spline_op;
#[cfg(feature = "tract")]
mod stage;
#[cfg(feature = "tract")]
mod streaming;
