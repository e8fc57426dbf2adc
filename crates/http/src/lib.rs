//! What every HTTP front end of Chanter needs, native or at the edge, whatever serves it: requests are read from their
//! head and the bytes of their body, and answers are heads and bytes.

mod cache;
mod failure;
mod fields;
mod origins;
mod outgoing;
pub mod piper;
mod request;
pub mod speech;
mod token;
mod voices;

pub use cache::{cache_key, etag, if_none_match};
pub use chanter_output::Format;
pub use failure::{Failure, json_response};
pub use fields::FIELDS;
pub use origins::Origins;
pub use outgoing::{Delivery, Outgoing, warn};
pub use request::{Request, body_too_long, max_body_bytes, read, read_live};
pub use token::{authorized, which_token};
pub use voices::{BUILT_IN_ID, BUILT_IN_VOICE, choose_language, choose_voice, is_openai_voice, voices_json};
