//! GFLOP/s of each instruction set on shapes from Piper's decoders and flows.
use chanter_kernels::{Conv1d, Fused, Isa};

fn main() {
    for isa in Isa::available() {
        for (channels, taps, dilation, columns) in [
            (128, 7, 3, 512),
            (64, 5, 6, 4096),
            (32, 7, 12, 16384),
            (32, 3, 2, 16384),
            (256, 11, 5, 512),
            (192, 5, 1, 64),
            (192, 1, 1, 64),
        ] {
            let conv = Conv1d::with_isa(
                isa,
                &vec![0.01; channels * channels * taps],
                &vec![0.1; channels],
                channels,
                taps,
                dilation,
            );
            let input = vec![0.5; channels * columns];
            let mut output = vec![0.0; channels * columns];
            let pad = (taps - 1) * dilation / 2;
            let mut best = f64::MAX;
            for _ in 0..10 {
                let start = std::time::Instant::now();
                conv.run(&input, pad, pad, Fused { leaky: Some(0.1), residuals: &[Some(&input)] }, &mut output);
                best = best.min(start.elapsed().as_secs_f64());
            }
            let rate = 2.0 * (channels * channels * taps * columns) as f64 / best / 1e9;
            println!(
                "{isa:?}: {channels} channels, {taps} taps, dilation {dilation}, {columns} columns: {rate:.0} GFLOP/s"
            );
        }
    }
}
