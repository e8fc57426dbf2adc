//! Speech from Piper voices.

mod acoustic;
mod config_file;
mod error;
pub mod pcm;
mod phoneme_ids;
mod phonemizer;
mod sentences;
mod settings;
mod speech;
mod voice;
mod voice_config;
pub mod wav;

#[cfg(feature = "tract")]
pub use acoustic::load::Anatomy;
pub use acoustic::noise::NormalStream;
pub use acoustic::stages::{Couple, Decode, Encode, Encoding, Frames, Globals, Networks, Reach, Scales};
pub use acoustic::windows::Chunking;
pub use error::{Error, ErrorKind, Result};
pub use phoneme_ids::{PhonemeIdEncoder, PhonemeIds, PhonemeSpan, split_long};
pub use phonemizer::{Clause, Phonemizer, phonemizer_for};
pub use sentences::Sentences;
pub use settings::{Limits, Settings, Speaker};
pub use speech::{Chunk, Input, Speech, TimedPhoneme};
pub use voice::Voice;
pub use voice_config::{BOS, EOS, Inference, Language, MAX_CONFIG_BYTES, PAD, PhonemeType, VoiceConfig};
