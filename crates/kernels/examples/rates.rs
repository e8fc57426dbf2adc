//! How fast the convolutions of a Piper voice run on one core, directly and with fewer products, and how exact both are:
//! by what blocks, tiles and points were chosen. `cargo run --release -p chanter-kernels --example rates [instruction set]`

use chanter_kernels::{Columns, Conv1d, Form, Fused, Isa, Residual};
use std::time::Instant;

/// Channels, output channels, taps, dilation, columns: each of one window of 64 latent frames, or of a short one.
const SHAPES: [(&str, usize, usize, usize, usize, usize); 28] = [
    ("encoder, in", 192, 768, 3, 1, 128),
    ("encoder, out", 768, 192, 3, 1, 128),
    ("flow, gated", 192, 384, 5, 1, 64),
    ("flow, short", 192, 384, 5, 1, 32),
    ("flow, skip", 192, 384, 1, 1, 64),
    ("decoder, first", 192, 256, 7, 1, 64),
    ("high, first", 192, 512, 7, 1, 64),
    ("medium, upsample", 256, 1024, 2, 1, 64),
    ("medium, upsample", 128, 512, 2, 1, 512),
    ("medium, upsample", 64, 128, 2, 1, 4096),
    ("medium, 128 x 3", 128, 128, 3, 1, 512),
    ("medium, 128 x 5", 128, 128, 5, 2, 512),
    ("medium, 128 x 7", 128, 128, 7, 12, 512),
    ("medium, 64 x 3", 64, 64, 3, 1, 4096),
    ("medium, 64 x 5", 64, 64, 5, 6, 4096),
    ("medium, 64 x 7", 64, 64, 7, 3, 4096),
    ("medium, 32 x 3", 32, 32, 3, 1, 16384),
    ("medium, 32 x 3", 32, 32, 3, 2, 16384),
    ("medium, 32 x 5", 32, 32, 5, 6, 16384),
    ("medium, 32 x 7", 32, 32, 7, 12, 16384),
    ("high, 256 x 3", 256, 256, 3, 1, 512),
    ("high, 256 x 11", 256, 256, 11, 5, 512),
    ("high, 32 x 11", 32, 32, 11, 5, 16384),
    ("short, 128 x 3", 128, 128, 3, 1, 8),
    ("short, 128 x 7", 128, 128, 7, 12, 8),
    ("short, 128 x 7", 128, 128, 7, 3, 40),
    ("short, 32 x 7", 32, 32, 7, 12, 64),
    ("last", 32, 1, 7, 1, 16384),
];

fn main() {
    let wished = std::env::args().nth(1);
    for isa in Isa::available() {
        if wished.as_ref().is_some_and(|wished| !format!("{isa:?}").eq_ignore_ascii_case(wished)) {
            continue;
        }
        println!("{isa:?}: ms and error of the direct form, of the fast one; how much faster, how many weights");
        for (name, channels, outputs, taps, dilation, columns) in SHAPES {
            let (weights, input) = (normal(1, outputs * channels * taps), normal(2, channels * columns));
            let pad = (taps - 1) * dilation / 2;
            let residual = normal(3, outputs * columns);
            let residuals = [Residual::Whole(&residual)];
            let around = |new| Columns { before: pad, past: &[], new, after: (taps - 1) * dilation - pad };
            let fused = Fused { leaky: Some(0.1), residuals: if channels == outputs { &residuals } else { &[] } };
            let forms = [Form::Direct, Form::Fast];
            let convs = forms.map(|form| Conv1d::with_form(isa, Some(form), &weights, &[], channels, taps, dilation));
            let mut output = vec![0.0; outputs * columns];
            let (mut best, mut error) = ([f64::INFINITY; 2], [0.0; 2]);
            let flop = 2.0 * (outputs * channels * taps * columns) as f64;
            for _ in 0..(4e9 / flop).clamp(20.0, 2000.0) as usize {
                for (conv, best) in convs.iter().zip(&mut best) {
                    let start = Instant::now();
                    conv.run(around(&input), fused, &mut output);
                    *best = best.min(start.elapsed().as_secs_f64());
                }
            }
            for (conv, error) in convs.iter().zip(&mut error) {
                conv.run(around(&input), Fused { residuals: &[], ..fused }, &mut output);
                *error = relative_error(&input, &weights, (channels, taps, dilation, columns), &output);
            }
            println!(
                "  {name:16} {taps:2} taps, {dilation:2} apart, {columns:5} columns: {:7.3} {:.1e}, {:7.3} {:.1e}; {:.2} {:.2}",
                best[0] * 1e3,
                error[0],
                best[1] * 1e3,
                error[1],
                best[0] / best[1],
                convs[1].weight_floats() as f64 / convs[0].weight_floats() as f64,
            );
        }
    }
}

/// Numbers of a normal distribution, near enough: sums of twelve.
fn normal(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state) / f64::from(u32::MAX) - 0.5
    };
    (0..count).map(|_| (0..12).map(|_| next()).sum::<f64>() as f32).collect()
}

/// The largest error of some output rows, over their largest value.
fn relative_error(
    input: &[f32],
    weights: &[f32],
    (channels, taps, dilation, columns): (usize, usize, usize, usize),
    output: &[f32],
) -> f64 {
    let outputs = output.len() / columns;
    let (mut error, mut largest) = (0.0f64, 0.0f64);
    for o in (0..outputs).step_by(outputs.div_ceil(4)) {
        for t in 0..columns.min(1024) {
            let mut sum = 0.0;
            for c in 0..channels {
                for k in 0..taps {
                    let at = (t + k * dilation).checked_sub((taps - 1) * dilation / 2).filter(|&at| at < columns);
                    let x = at.map_or(0.0, |at| input[c * columns + at]);
                    let x = if x < 0.0 { x * 0.1 } else { x };
                    sum += f64::from(x) * f64::from(weights[(o * channels + c) * taps + k]);
                }
            }
            error = error.max((f64::from(output[o * columns + t]) - sum).abs());
            largest = largest.max(sum.abs());
        }
    }
    error / largest
}
