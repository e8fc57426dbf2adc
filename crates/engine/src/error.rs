//! The engine's one error type.

use std::path::Path;
use std::{error, fmt, io};

/// What an [`Error`] is about; a front end maps it to a status or an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A voice's `.onnx.json` is not what a Piper voice needs.
    Config,
    /// A voice's `.onnx` cannot be read, or cannot be cut into stages.
    Voice,
    /// A setting of the request is out of range or names what the voice does not have.
    Settings,
    /// The text, phonemes or phoneme ids of the request cannot be spoken.
    Text,
    /// A limit was exceeded; the message names it.
    Limit,
    /// The phonemizer failed or lacks the language.
    Phonemizer,
    /// A stage failed or produced something that is not a number.
    Inference,
}

/// An error of the engine: a [kind](ErrorKind), a message for people, and the cause where there is one.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// The engine's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of the given kind; `message` names the field, limit or piece, and the remedy where there is one.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same error, with its cause.
    pub fn with_source(self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// The same error, with the file that it is about.
    pub(crate) fn at(self, path: &Path) -> Self {
        Self { message: format!("{}: {}", path.display(), self.message), ..self }
    }

    /// What the error is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl From<chanter_text::SsmlError> for Error {
    fn from(error: chanter_text::SsmlError) -> Self {
        Self::new(ErrorKind::Text, error.to_string())
    }
}

/// The error of a file that cannot be read.
pub(crate) fn in_file(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{}: cannot be read", path.display())).with_source(error)
}

impl fmt::Display for Error {
    /// The message; with `{:#}` followed by its causes on the same line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if f.alternate() {
            let mut cause = error::Error::source(self);
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
        }
        Ok(())
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}
