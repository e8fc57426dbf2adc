//! Addresses of pages and of people.

use std::ops::Range;

use crate::cursor::{Cursor, Look, Miss, begins};

/// Bytes of an address; what is longer is read as an address that ends here.
const LONGEST: usize = 2048;
/// A longer path is not read out.
const LONGEST_PATH: usize = 40;

/// An address in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// What is read of it.
    pub(crate) read: Range<usize>,
    /// The bytes that it takes.
    pub(crate) len: usize,
}

/// The address that a text begins with, if it says that it is one: by `https:`, `http:`, `ftp:`, `mailto:` or `www.`.
///
/// Of a page's address the host is read, with a path of plain words; what only machines need is left out. Dots and
/// slashes are the phonemizer's to read.
pub(crate) fn address(text: &str, whole: bool) -> Look<Address> {
    let mut waits = false;
    for scheme in ["https://", "http://", "ftp://", "mailto:", "www."] {
        match begins(text, scheme, whole) {
            Ok(()) => {
                let end = end(text, whole)?;
                let all = text.get(..end).unwrap_or_default();
                let len = trimmed(all);
                let start = scheme.len();
                let rest = text.get(start..len).unwrap_or_default();
                let read = if scheme == "mailto:" { person(rest) } else { page(rest) }.ok_or(Miss::Not)?;
                return Ok(Address { read: start + read.start..start + read.end, len });
            }
            Err(miss) => waits |= miss == Miss::More,
        }
    }
    Err(if waits { Miss::More } else { Miss::Not })
}

/// Where an address ends at the latest.
fn end(text: &str, whole: bool) -> Look<usize> {
    let mut cursor = Cursor::new(text, whole, LONGEST);
    let is_part = |c: char| {
        if c.is_ascii() {
            !c.is_ascii_whitespace() && !c.is_ascii_control() && !"<>\"`[]{}|\\^".contains(c)
        } else {
            c.is_alphanumeric()
        }
    };
    match cursor.take_while(is_part) {
        Err(Miss::More) => Err(Miss::More),
        _ => Ok(cursor.at()),
    }
}

/// The length of an address without the marks of the text around it.
fn trimmed(all: &str) -> usize {
    let mut all = all;
    loop {
        all = all.trim_end_matches(|c| ".,;:!?'*_~".contains(c));
        let unopened = all.ends_with(')') && all.matches(')').count() > all.matches('(').count();
        match all.strip_suffix(')').filter(|_| unopened) {
            Some(rest) => all = rest,
            None => return all.len(),
        }
    }
}

/// What is read of a page's address after the scheme.
fn page(rest: &str) -> Option<Range<usize>> {
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A user's name and password are nobody's business.
    let start = rest.get(..authority)?.rfind('@').map_or(0, |at| at + 1);
    let host = rest.get(start..authority)?;
    let bare = if host.get(..4).is_some_and(|www| www.eq_ignore_ascii_case("www.")) { start + 4 } else { start };
    if !rest.get(bare..authority)?.contains(char::is_alphanumeric) {
        return None;
    }
    let path_end = rest.find(['?', '#']).unwrap_or(rest.len());
    let path = rest.get(authority..path_end)?.trim_end_matches('/');
    let plain =
        |word: &str| word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphabetic() || c == '-');
    let speakable = path.len() <= LONGEST_PATH && path.split('/').skip(1).all(plain);
    Some(bare..if speakable { authority + path.len() } else { authority })
}

/// What is read of a person's address after the scheme.
fn person(rest: &str) -> Option<Range<usize>> {
    let end = rest.find('?').unwrap_or(rest.len());
    let at = rest.get(..end)?.find('@')?;
    (at > 0 && at + 1 < end).then_some(0..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_of_addresses() {
        for (text, read, rest) in [
            ("https://www.example.com/", "example.com", ""),
            ("https://github.com/rust-lang/rust.", "github.com/rust-lang/rust", "."),
            ("HTTP://a.org/x/1.html?q=1#z), b", "a.org", "), b"),
            ("https://en.wikipedia.org/wiki/Rust_(language) is", "en.wikipedia.org", " is"),
            ("www.example.com, too", "example.com", ", too"),
            ("mailto:joe@example.com?subject=x y", "joe@example.com", " y"),
            ("ftp://me:secret@host:21/", "host:21", ""),
            ("https://münchen.de/stadt。", "münchen.de/stadt", "。"),
            ("https://x.y**", "x.y", "**"),
        ] {
            let found = address(text, true).unwrap();
            assert_eq!((&text[found.read], &text[found.len..]), (read, rest), "{text}");
        }
        for text in ["http://", "https:// x", "www.", "www. x", "mailto:joe", "hello", "httpx", "wwww"] {
            assert_eq!(address(text, true), Err(Miss::Not), "{text}");
        }
        for text in ["", "h", "https:/", "https://exam", "ww", "mailto:joe@x.y"] {
            assert_eq!(address(text, false), Err(Miss::More), "{text}");
        }
        assert!(address(&format!("https://x.y/{}", "a".repeat(5000)), false).is_ok());
    }
}
