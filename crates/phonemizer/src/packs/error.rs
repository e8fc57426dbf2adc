use std::fmt;

/// Why bytes are no pack.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackError {
    /// It does not begin as a pack does.
    NotAPack,
    /// It was made for another version of the phonemizer; says which.
    Version(u8),
    /// It ends too soon.
    Truncated,
    /// It would hold so many bytes, more than any language needs.
    TooLarge(u64),
    /// Its contents are not what they were when it was made.
    Damaged,
    /// This part is not in it.
    Missing(&'static str),
    /// This part is not as it must be.
    Invalid(&'static str),
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPack => f.write_str("this is no data pack"),
            Self::Version(version) => write!(f, "the data pack is of version {version}, which is not known here"),
            Self::Truncated => f.write_str("the data pack ends too soon"),
            Self::TooLarge(bytes) => write!(f, "the data pack holds {bytes} bytes, more than is allowed"),
            Self::Damaged => f.write_str("the data pack is damaged: its checksum differs"),
            Self::Missing(part) => write!(f, "the data pack has no {part}"),
            Self::Invalid(part) => write!(f, "in the data pack, the {part} is not valid"),
        }
    }
}

impl std::error::Error for PackError {}
