//! Data packs: what the languages share, and one pack for each dictionary with the voices that use it.

mod error;
mod names;
mod read;
mod registry;
mod write;

pub use error::PackError;
pub use names::pack_of;
pub(crate) use read::{LanguagePack, SharedPack};
pub use registry::Packs;

use std::borrow::Cow;

use read::DEFLATED;
use write::HEADER;

/// Best without taking long; the last levels gain nothing here.
const DEFLATE_LEVEL: u8 = 9;

/// The packs that this program was built with, by name, as [`Packs::add`] takes them; the first is `shared`.
pub fn built_in() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    static BUILT_IN: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
    BUILT_IN.iter().copied()
}

/// The same pack deflated, for a file.
pub fn compressed(pack: &'static [u8]) -> Result<Vec<u8>, PackError> {
    let body = read::body(Cow::Borrowed(pack), read::Trust::Checked)?;
    let mut file = Vec::with_capacity(HEADER + body.len() / 2);
    file.extend(write::header(DEFLATED, &body));
    file.extend(miniz_oxide::deflate::compress_to_vec_zlib(&body, DEFLATE_LEVEL));
    Ok(file)
}
