//! Text to phonemes as espeak-ng speaks them, in memory: an interpreter of its compiled data.
//!
//! What is read: data packs ([`Packs`]) hold each language's dictionary (`dictionary/`) and voices (`language/`), and the
//! phonemes of all (`phonemes/`). What is decided for each word: `words/`. What is decided across words: `clause/`, and
//! the programs of `phonemes/`, which also render it.

mod chars;
mod clause;
mod dictionary;
mod language;
mod letters;
mod lexicon;
mod library;
mod packs;
mod phonemes;
mod words;

use std::{fmt, ops::Range, sync::Arc};

use clause::{Habits, Reader, Workspace};
use library::Translators;
use phonemes::{PhonemeTables, Replacement as PhonemeReplacement, Spoken};
use words::{Session, Translator};

pub use lexicon::{LanguageLexicon, Lexicon, LexiconError, LexiconErrorKind, Replacement};
pub use packs::{PackError, Packs, built_in as built_in_packs, compressed as compressed_pack, pack_of};

/// What lies between two marks that are heard as pauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Phonemes in the International Phonetic Alphabet, words apart by spaces. Flags such as `(en)` stand around words of another language.
    pub phonemes: String,
    /// The mark at its end, one of `. ? ! , : ;`; none at the end of the text, before a blank line, after `…` and after marks
    /// that need no space after them, such as `。`.
    pub terminator: Option<char>,
    /// Whether its sentence ends here.
    pub ends_sentence: bool,
    /// Where the next clause begins in the text, in bytes.
    pub end: usize,
    /// Its words, in order.
    pub words: Vec<Word>,
}

/// A word of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its phonemes, in bytes of the clause's.
    pub phonemes: Range<usize>,
    /// The word, in bytes of the text.
    pub text: Range<usize>,
}

/// Why there is no phonemizer for a language.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// There is no such language, or its pack is not at hand.
    UnknownLanguage(String),
    /// A pack is not what it should be.
    Pack(PackError),
    /// The data in a pack are not what they should be; says whose and why.
    Data(String, &'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLanguage(name) => {
                write!(f, "the phonemizer has no language {name:?}")?;
                if cfg!(not(feature = "all-languages")) {
                    f.write_str(" (it was built without the feature all-languages, and no pack of it has been added)")?;
                }
                Ok(())
            }
            Self::Pack(error) => error.fmt(f),
            Self::Data(whose, why) => write!(f, "the phonemizer's data for {whose} are not valid: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<PackError> for Error {
    fn from(error: PackError) -> Self {
        Self::Pack(error)
    }
}

/// A phonemizer of one language.
#[derive(Debug)]
pub struct Espeak {
    tables: Arc<PhonemeTables>,
    translator: Arc<Translator>,
    replacements: Vec<PhonemeReplacement>,
    others: Translators,
    habits: Habits,
}

impl Espeak {
    /// A phonemizer of the language that a voice names in `espeak.voice`: `en-us`, `en-gb-x-rp`, `de`, `pt-br`, `cmn`.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`] if no built-in pack has it.
    pub fn new(language: &str) -> Result<Self, Error> {
        Self::with_packs(&Packs::built_in()?, language)
    }

    /// A phonemizer of a language of these packs; they also give the languages of foreign words.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`] if no pack has it, [`Error::Data`] if what the pack has is broken.
    pub fn with_packs(packs: &Packs, language: &str) -> Result<Self, Error> {
        let tables = library::tables(packs)?;
        let translator = library::voice(language, packs, &tables)?;
        let replacements = library::replacements(&translator, &tables);
        let others = Translators::new(packs.clone(), tables.clone());
        let habits = Habits::of(&translator.language);
        let mut espeak = Self { tables, translator: Arc::new(translator), replacements, others, habits };
        espeak.habits.says_ellipsis = espeak.session().has_symbol(clause::ELLIPSIS);
        Ok(espeak)
    }

    fn session(&self) -> Session<'_> {
        Session::new(&self.tables, &self.others, self.translator.clone())
    }

    fn spoken(&self) -> Spoken<'_> {
        Spoken {
            tables: &self.tables,
            table: self.translator.table,
            options: &self.translator.language.options,
            replacements: &self.replacements,
        }
    }

    /// The clauses of a text, each translated when it is asked for. An empty text has one, which is empty.
    ///
    /// From a clause that ends a sentence on, the rest of the text has the same clauses by itself.
    pub fn clauses<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Clause> + 'a {
        self.clauses_with(text, None)
    }

    /// The same, with words of a lexicon read as that says.
    pub fn clauses_with<'a>(
        &'a self,
        text: &'a str,
        lexicon: Option<&'a LanguageLexicon>,
    ) -> impl Iterator<Item = Clause> + 'a {
        let mut session = self.session();
        let mut workspace = Workspace::default();
        let lexicon = lexicon.filter(|lexicon| !lexicon.is_empty());
        Reader::new(text, self.habits).map(move |mut written| {
            let verbatim = lexicon.map(|lexicon| clause::substitute(&mut written, text, lexicon)).unwrap_or_default();
            let (phonemes, words) = clause::ipa(&written, &mut session, &self.spoken(), &mut workspace, &verbatim);
            let words = words.into_iter().map(|(phonemes, text)| Word { phonemes, text }).collect();
            Clause {
                phonemes,
                terminator: written.terminator,
                ends_sentence: written.ends_sentence,
                end: written.end,
                words,
            }
        })
    }
}
