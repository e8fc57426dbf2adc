//! One convolution over several cores, where the first sound matters more than how many are made at once.

use std::ops::Range;

/// Threads that share each convolution between them.
#[cfg(not(target_family = "wasm"))]
#[derive(Debug)]
pub struct Threads(rayon::ThreadPool);

#[cfg(not(target_family = "wasm"))]
impl Threads {
    /// So many threads, at least one.
    ///
    /// # Errors
    /// When the system gives no more.
    pub fn new(count: usize) -> std::io::Result<Self> {
        rayon::ThreadPoolBuilder::new().num_threads(count.max(1)).build().map(Self).map_err(std::io::Error::other)
    }

    /// Does `work` on one of them, and each convolution of it on all.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

/// So many products are worth waking another thread for.
#[cfg(not(target_family = "wasm"))]
const WORTH_SHARING: usize = 1 << 20;

/// How many threads share so many products.
pub(crate) fn sharing(products: usize) -> usize {
    #[cfg(not(target_family = "wasm"))]
    if products >= WORTH_SHARING && rayon::current_thread_index().is_some() {
        return rayon::current_num_threads();
    }
    let _ = products;
    1
}

/// Does `work` for each range, on all of the threads that this one is of.
pub(crate) fn share(ranges: impl Iterator<Item = Range<usize>>, work: impl Fn(Range<usize>) + Sync) {
    #[cfg(not(target_family = "wasm"))]
    rayon::in_place_scope(|scope| {
        let work = &work;
        ranges.for_each(|range| scope.spawn(move |_| work(range)));
    });
    #[cfg(target_family = "wasm")]
    ranges.for_each(work);
}

/// Where an output is, for threads that each write other columns.
pub(crate) struct Place(*mut f32);

// SAFETY: the pointer is used only for the columns that a thread was given, which no other thread has.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

impl Place {
    pub(crate) fn of(output: &mut [f32]) -> Self {
        Self(output.as_mut_ptr())
    }

    /// A closure that calls this takes the whole place, not its pointer alone.
    pub(crate) fn start(&self) -> *mut f32 {
        self.0
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use crate::{Columns, Conv1d, Deconv1d, Form, Fused, Isa, Residual};

    #[test]
    fn many_make_what_one_makes() {
        let value = |i: usize| ((i * 7919 + 13) % 101) as f32 / 50.0 - 1.0;
        let values = |count: usize| (0..count).map(value).collect::<Vec<_>>();
        let (channels, taps, dilation, columns) = (32, 7, 3, crate::size(700));
        let (weights, input) = (values(channels * channels * taps), values(channels * columns));
        let input = Columns { before: 9, past: &[], new: &input, after: 9 };
        let threads = Threads::new(3).unwrap();
        for form in [Form::Direct, Form::Fast] {
            let conv = Conv1d::with_form(Isa::best(), Some(form), &weights, &[], channels, taps, dilation);
            let run = || {
                let mut output = values(channels * columns);
                conv.run(input, Fused { leaky: Some(0.1), residuals: &[Residual::Output] }, &mut output);
                output
            };
            let deconv = Deconv1d::with_form(Isa::best(), Some(form), &weights, &[], channels, taps, dilation);
            let run_transposed = || {
                let mut output = vec![f32::NAN; channels * (columns * dilation - 5)];
                deconv.run(input, Some(0.1), 2, &mut output);
                output
            };
            // What is made together differs, and in the fast form so does the rounding.
            let allowed = if form == Form::Direct { 0.0 } else { 1e-3 };
            for (one, many) in [(run(), threads.run(run)), (run_transposed(), threads.run(run_transposed))] {
                assert!(one.iter().zip(&many).all(|(a, b)| (a - b).abs() <= allowed), "{form:?}");
            }
            assert_eq!(threads.run(|| sharing(channels * channels * taps * columns)) > 1, columns == 700);
        }
        assert_eq!(sharing(usize::MAX), 1, "outside of the threads there is one");
    }
}
