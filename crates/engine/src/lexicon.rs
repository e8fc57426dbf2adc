//! Words that a user wants read differently; what a lexicon looks like and how it is searched is the phonemizer's.

#[cfg(feature = "espeak")]
pub use chanter_phonemizer::{LanguageLexicon, Lexicon, LexiconError, Replacement};

#[cfg(feature = "espeak")]
impl From<LexiconError> for crate::Error {
    fn from(error: LexiconError) -> Self {
        let kind = if error.is_limit() { crate::ErrorKind::Limit } else { crate::ErrorKind::Settings };
        Self::new(kind, format!("the lexicon: {error}"))
    }
}

#[cfg(not(feature = "espeak"))]
pub use without::{LanguageLexicon, Lexicon};

/// Without the feature `espeak` nothing reads a lexicon, so there is none.
#[cfg(not(feature = "espeak"))]
mod without {
    /// There is none without the feature `espeak`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Lexicon(());

    /// There is none without the feature `espeak`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct LanguageLexicon(());

    impl Lexicon {
        pub(crate) fn for_language(&self, _language: &str) -> LanguageLexicon {
            LanguageLexicon(())
        }
    }

    impl LanguageLexicon {
        pub(crate) fn over(&self, _base: &Self) -> Self {
            Self(())
        }
    }
}
