//! Speech from Piper voices.

mod error;

pub use error::{Error, ErrorKind, Result};
