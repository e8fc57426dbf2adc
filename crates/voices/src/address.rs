//! Addresses of catalogues and of what they list.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Uri;

use crate::{Error, ErrorKind, Result};

/// What may not stand in a part of a path as it is (RFC 3986, section 3.3, and somewhat more).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// An address that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Uri);

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| Error::new(ErrorKind::Catalogue, format!("the catalogue's address {text:?} {why}"));
        let uri: Uri = text.parse().map_err(|e| wrong(&format!("is none: {e}")))?;
        match uri.scheme_str() {
            Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(Self(uri)),
            _ => Err(wrong("does not begin with https:// or http:// and a host")),
        }
    }

    /// The address of a file whose path is relative to this one's folder.
    pub(crate) fn join(&self, path: &str) -> Result<Self> {
        let folder = self.0.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let parts: Vec<_> = path.split('/').map(|part| utf8_percent_encode(part, ENCODED).to_string()).collect();
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        let scheme = self.0.scheme_str().unwrap_or("https");
        Self::parse(&format!("{scheme}://{authority}{folder}/{}", parts.join("/")))
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    pub(crate) fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }

    /// Nothing that was asked for over TLS is taken without.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// For messages: without what may be secret, which is a password and a query.
    pub(crate) fn shown(&self) -> String {
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}{}", self.0.scheme_str().unwrap_or_default(), self.host(), self.0.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_beside_the_catalogue() {
        for (catalogue, path, file) in [
            ("https://a.example/x/voices.json", "y/z.onnx", "https://a.example/x/y/z.onnx"),
            ("http://a.example:81/voices.json?x=a/b", "z", "http://a.example:81/z"),
            ("http://a.example", "z", "http://a.example/z"),
            ("https://a.example/x/", "tugão (2).onnx", "https://a.example/x/tug%C3%A3o%20%282%29.onnx"),
        ] {
            let file_address = Address::parse(catalogue).unwrap().join(path).unwrap();
            assert_eq!(file_address.uri().to_string(), file);
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in
            ["", "voices.json", "/x/voices.json", "file:///x", "ftp://a.example/x", "https://", "http:///x", "a b"]
        {
            let error = Address::parse(text).unwrap_err();
            assert!(
                error.kind() == ErrorKind::Catalogue && error.to_string().contains(&format!("{text:?}")),
                "{error}"
            );
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let address = Address::parse("https://me:secret@a.example:444/x?token=secret").unwrap();
        assert_eq!(address.shown(), "https://a.example:444/x");
    }
}
