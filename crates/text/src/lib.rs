//! What is written, and what is read of it.
//!
//! A [`Reader`] takes a text as it comes and gives [`Part`]s: text to be read, with where it [stands](Places) in what was
//! given, and [`Cue`]s such as the end of a sentence or a pause. [`Reader::manners`] reads Markdown, HTML, addresses and
//! emoji as a person would, [`Reader::ssml`] a document of the Speech Synthesis Markup Language 1.1. Neither knows
//! phonemes; both give the same whatever pieces the text comes in, and hold back no more than what may still change.
//!
//! ```
//! use chanter_text::{Part, Reader};
//!
//! let mut reader = Reader::manners();
//! reader.push("**Hello** [world](https://example.com).");
//! reader.finish();
//! let Some(Ok(Part::Text(text))) = reader.next() else { return };
//! assert_eq!(text.read, "Hello world.");
//! ```

mod cursor;
mod manners;
mod places;
mod reader;
mod script;
mod ssml;

pub use places::{Place, Places};
pub use reader::Reader;
pub use script::{Cue, Part, Prosody, Text};
pub use ssml::{MAX_BREAK, MAX_DEPTH, SsmlError, check};
