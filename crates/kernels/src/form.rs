//! Which form of a convolution runs.

use crate::fast::BLOCK_ROWS;
use crate::steps::Steps;

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is defined, product by product.
    Direct,
    /// With half as many products or fewer, and twice as many weights or fewer (of two taps: two and a half times). One
    /// tap is direct all the same.
    Fast,
}

impl Form {
    /// The form for a shape: fast where it pays.
    pub(crate) fn of(steps: &Steps, channels: usize, outputs: usize, taps: usize, dilation: usize) -> Self {
        // Tiles that are filled, products enough to be saved for what is done to inputs and outputs (by measurement:
        // with 32 channels three taps gain, two lose), and blocks that stay small.
        let filled = outputs.next_multiple_of(steps.tile()) * 4 <= outputs * 5;
        let pays = filled && channels * taps.saturating_sub(1) >= 64 && dilation <= BLOCK_ROWS;
        if pays { Self::Fast } else { Self::Direct }
    }
}
