//! What every HTTP front end of Chanter needs, native or at the edge, whatever serves it: requests are read from their
//! head and the bytes of their body, and answers are heads and bytes.

mod audio;
mod cache;
mod failure;
mod fields;
mod origins;
mod request;
mod resampler;
pub mod speech;
mod token;
mod voices;

pub use audio::{Encoder, Format, PCM_RATE};
pub use cache::{cache_key, etag, if_none_match};
pub use failure::{Failure, json_response};
pub use origins::Origins;
pub use request::{Request, body_too_long, max_body_bytes, read, read_live};
pub use token::{authorized, which_token};
pub use voices::{BUILT_IN_ID, BUILT_IN_VOICE, choose_language, choose_voice, voices_json};
