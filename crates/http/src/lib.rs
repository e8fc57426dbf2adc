//! What every HTTP front end of Chanter needs, native or at the edge, whatever serves it: requests are read from their
//! head and the bytes of their body, and answers are heads and bytes.

mod audio;
mod failure;
mod fields;
mod origins;
mod request;

pub use audio::{Encoder, Format};
pub use failure::{Failure, json_response};
pub use origins::Origins;
pub use request::{Request, body_too_long, max_body_bytes, read};
