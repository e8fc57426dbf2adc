//! This crate's one error type.

use std::path::Path;
use std::{fmt, io};

/// What an [`Error`] is about; a front end maps it to a status or an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or folder could not be read or written.
    Io,
    /// There is no space for a file. What was fetched is kept, and a later download goes on from there.
    NoSpace,
    /// What no voice can be called.
    Name,
    /// The folder or the catalogue has no such voice.
    NotFound,
    /// The catalogue's address is none, or what is there is no catalogue.
    Catalogue,
    /// A server could not be reached, fell silent or refused. What was fetched is kept.
    Network,
    /// A file has not the size or the digest that the catalogue promised. Nothing of it was kept.
    Mismatch,
    /// What was fetched is whole, but no voice. Nothing of it was kept.
    NotAVoice,
    /// The same voice is being fetched by someone else.
    Busy,
    /// Whoever was told of the progress wanted no more. What was fetched is kept.
    Cancelled,
}

/// An error: a [kind](ErrorKind), and one line for people that names the file or the host, and the remedy where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// This crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// Of a file or folder that cannot be read.
    pub(crate) fn reading(path: &Path, error: &io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{}: cannot be read: {error}", path.display()))
    }

    /// Of a file or folder that cannot be written.
    pub(crate) fn writing(path: &Path, error: &io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            let remedy = "what was fetched is kept: make room, then it goes on from there";
            return Self::new(ErrorKind::NoSpace, format!("{}: cannot be written: {error}; {remedy}", path.display()));
        }
        Self::new(ErrorKind::Io, format!("{}: cannot be written: {error}", path.display()))
    }

    /// What the error is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
