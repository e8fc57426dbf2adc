//! Speech from Piper voices, streamed within the sentence.
//!
//! A [`Voice`] is loaded once and speaks any number of [`Speech`]es, which are iterators: each [`Chunk`] is computed
//! when it is asked for, and dropping the iterator ends the speech.
//!
//! ```
//! # #[cfg(all(feature = "tract", feature = "espeak", feature = "default-voice"))]
//! # fn main() -> chanter_engine::Result<()> {
//! use chanter_engine::{Settings, Voice};
//!
//! let voice = Voice::built_in()?;
//! let mut samples = Vec::new();
//! for chunk in voice.speak("Hello world.", &Settings::default())? {
//!     samples.extend(chunk?.samples);
//! }
//! assert!(samples.len() as u32 > voice.sample_rate() / 2);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "tract", feature = "espeak", feature = "default-voice")))]
//! # fn main() {}
//! ```
//!
//! Features, all on by default: `tract` runs the networks, `espeak` makes phonemes of text (GPL-3.0-or-later),
//! `default-voice` embeds a voice. Without them the text and audio halves remain, and
//! [`Voice::from_networks`] takes networks that something else runs.

mod acoustic;
mod blocks;
mod chunk;
mod config_file;
mod delivery;
mod error;
mod growing;
mod lexicon;
mod live;
#[cfg(feature = "tract")]
mod model_bytes;
#[cfg(feature = "tract")]
mod pack;
pub mod pcm;
mod phoneme_ids;
mod phonemizer;
mod plain;
mod reading;
mod sentence;
mod sentences;
mod settings;
mod speech;
mod tongues;
mod utterance;
mod voice;
mod voice_config;
pub mod wav;

pub use acoustic::noise::NormalStream;
#[cfg(feature = "tract")]
pub use acoustic::profile::{OpTime, profiled};
pub use acoustic::stages::{
    Couple, CoupleStream, Decode, DecodeStream, Encode, Encoding, Frames, Globals, Networks, Reach, Scales,
};
pub use acoustic::windows::Chunking;
#[cfg(feature = "tract")]
pub use acoustic::{kernels_in_use::kernels_in_use, load::Anatomy, load::Kernels};
#[cfg(all(feature = "tract", not(target_family = "wasm")))]
pub use chanter_kernels::Threads;
#[cfg(feature = "espeak")]
pub use chanter_phonemizer::{PackError, Packs};
pub use chunk::{Chunk, TimedMark, TimedPhoneme, TimedWord};
pub use error::{Error, ErrorKind, Result};
pub use lexicon::{LanguageLexicon, Lexicon};
#[cfg(feature = "espeak")]
pub use lexicon::{LexiconError, Replacement};
pub use live::LiveSpeech;
#[cfg(feature = "tract")]
pub use model_bytes::ModelBytes;
#[cfg(feature = "tract")]
#[doc(hidden)]
pub use pack::Pace;
#[cfg(feature = "tract")]
pub use pack::{Packed, Weights, pack};
pub use phoneme_ids::{PhonemeIdEncoder, PhonemeIds, PhonemeSpan, split_long};
pub use phonemizer::{Clause, Phonemizer, phonemizer_for};
#[cfg(feature = "espeak")]
pub use phonemizer::{phonemizer_of, phonemizer_with};
pub use sentence::{Sentence, Word};
pub use sentences::Sentences;
pub use settings::{Limits, Settings, Speaker};
pub use speech::{Input, Speech};
pub use voice::Voice;
pub use voice_config::{BOS, EOS, Inference, Language, MAX_CONFIG_BYTES, PAD, PhonemeType, VoiceConfig};
