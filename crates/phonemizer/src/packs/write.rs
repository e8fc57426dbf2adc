//! How a pack is put together; the build script uses this file too.
//!
//! A pack is a header and a body. The header, of [`HEADER`] bytes: the magic, the version, the form of the body, two zeros, then the body's length
//! and its checksum (Adler-32), both before deflation and with their lowest byte first. The body is a row of sections: a tag, a length of four bytes, and
//! so many bytes.

/// What every pack begins with.
pub(crate) const MAGIC: [u8; 8] = *b"chanterP";
pub(crate) const VERSION: u8 = 1;
pub(crate) const HEADER: usize = 20;

/// The body is as it is.
pub(crate) const STORED: u8 = 0;

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    Name = 1,
    /// The compiled `<name>_dict`.
    Dictionary = 2,
    /// The name of a voice definition's file, a zero, and its text; one section for each.
    Voice = 3,
    PhonemeTables = 4,
    PhonemePrograms = 5,
}

/// The header before a body, given as it is before deflation.
pub(crate) fn header(form: u8, body: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let parts = MAGIC.into_iter().chain([VERSION, form, 0, 0]);
    let numbers = length(body).to_le_bytes().into_iter().chain(adler2::adler32_slice(body).to_le_bytes());
    for (place, byte) in header.iter_mut().zip(parts.chain(numbers)) {
        *place = byte;
    }
    header
}

/// Longer contents than fit are made unreadable by this, not wrong.
fn length(content: &[u8]) -> u32 {
    u32::try_from(content.len()).unwrap_or(u32::MAX)
}
