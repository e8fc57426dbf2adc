//! A speech as files and streams, a piece at a time: what is known of the bytes after some samples is there at once.
//!
//! ```
//! use chanter_output::{Encoder, Format};
//!
//! let mut encoder = Encoder::new(Format::Wav, 22_050, None)?;
//! let mut file = encoder.begin()?;
//! file.extend(encoder.encode(&[0.0; 500])?);
//! file.extend(encoder.finish()?);
//! assert_eq!(file.len(), 44 + 1000);
//! # Ok::<(), chanter_engine::Error>(())
//! ```

mod encoder;
mod format;
mod formats;
mod resampler;
mod timings;

pub use encoder::Encoder;
pub use format::{Format, SAMPLE_RATES};
pub use resampler::Resampler;
pub use timings::{Clock, SubtitleFormat, Subtitles, Timed, Timings, WholeTimings};
