//! The ways to read a text.

use crate::{Part, SsmlError, manners::Manners, ssml::Ssml};

/// Reads a text that may come in pieces. What it gives does not depend on the pieces.
#[derive(Debug)]
pub struct Reader(Kind);

#[derive(Debug)]
enum Kind {
    Manners(Box<Manners>),
    Ssml(Box<Ssml>),
}

impl Reader {
    /// Reads Markdown, HTML, addresses and emoji as a person would; what is none of these it gives as it stands, and
    /// `[[ raw phonemes ]]` too.
    pub fn manners() -> Self {
        Self(Kind::Manners(Box::default()))
    }

    /// Reads a document of the Speech Synthesis Markup Language for a voice of this language, a BCP 47 tag or a name of
    /// espeak-ng's.
    pub fn ssml(language: &str) -> Self {
        Self(Kind::Ssml(Box::new(Ssml::new(language))))
    }

    /// Goes on with the text. A piece may end anywhere between two characters.
    pub fn push(&mut self, piece: &str) {
        match &mut self.0 {
            Kind::Manners(manners) => manners.push(piece),
            Kind::Ssml(ssml) => ssml.push(piece),
        }
    }

    /// Says that the text is complete.
    pub fn finish(&mut self) {
        match &mut self.0 {
            Kind::Manners(manners) => manners.finish(),
            Kind::Ssml(ssml) => ssml.finish(),
        }
    }

    /// The next part; none before more of the text is there.
    ///
    /// # Errors
    /// What is wrong with a document, after the parts before that; nothing comes after it.
    #[allow(clippy::should_implement_trait)] // It may give more after none.
    pub fn next(&mut self) -> Option<Result<Part, SsmlError>> {
        match &mut self.0 {
            Kind::Manners(manners) => manners.next().map(Ok),
            Kind::Ssml(ssml) => ssml.next(),
        }
    }

    /// What could not be heeded, once each, since this was last asked for.
    pub fn warnings(&mut self) -> Vec<String> {
        match &mut self.0 {
            Kind::Manners(_) => Vec::new(),
            Kind::Ssml(ssml) => ssml.warnings(),
        }
    }
}
