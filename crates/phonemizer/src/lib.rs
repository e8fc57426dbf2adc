//! Text to phonemes as espeak-ng speaks them, clause by clause.
//!
//! For now the phonemes come from the crate `espeak-ng`, which reads its data from files; where clauses and sentences end is decided here.

mod clauses;
mod data;
mod marks;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use clauses::{Habits, Reader, Written};
use espeak_ng::{
    Translator,
    translate::{normalize_voice_tag, split_voice_variant},
};

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
}

/// Why text has no phonemes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// There is no such language, or this program was built without it.
    UnknownLanguage(String),
    /// The data could not be put where the phonemizer reads it; says which folders were tried.
    Data(String),
    /// The phonemizer failed on a clause.
    Failed(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLanguage(name) => {
                write!(f, "the phonemizer has no language {name:?}")?;
                if cfg!(not(feature = "all-languages")) {
                    f.write_str(" (it was built without the feature all-languages)")?;
                }
                Ok(())
            }
            Self::Data(why) => write!(f, "the phonemizer cannot start: {why}"),
            Self::Failed(why) => write!(f, "the phonemizer failed: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// A phonemizer of one language.
pub struct Espeak {
    translator: Translator,
    habits: Habits,
}

impl fmt::Debug for Espeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Espeak").field("language", &self.translator.options.lang).finish_non_exhaustive()
    }
}

impl Espeak {
    /// A phonemizer of the language that a voice names in `espeak.voice`: `en-us`, `en-gb-x-rp`, `de`, `pt-br`, `cmn`.
    pub fn new(language: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownLanguage(language.chars().take(64).collect());
        // The name becomes part of a file's name.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+');
        if language.is_empty() || language.len() > 64 || !language.chars().all(plain) {
            return Err(unknown());
        }
        let name = match normalize_voice_tag(language) {
            zh if zh == "zh" => "cmn".to_owned(),
            other => other,
        };
        let (name, _variant) = split_voice_variant(&name);
        let folder = data::folder(name.split('-').next().unwrap_or_default()).map_err(|error| match error {
            Error::UnknownLanguage(_) => unknown(),
            other => other,
        })?;
        guarded(|| {
            let translator = Translator::new(name, Some(&folder)).map_err(|_| unknown())?;
            // Only a translation finds out whether the language has phonemes.
            translator.text_to_ipa("a").map_err(|_| unknown())?;
            Ok(Self { translator, habits: Habits::of(name) })
        })
    }

    /// The clauses of a text, each translated when it is asked for. An empty text has one, which is empty.
    ///
    /// From a clause that ends a sentence on, the rest of the text has the same clauses by itself.
    pub fn clauses<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Result<Clause, Error>> + 'a {
        let mut after_cut = false;
        Reader::new(text, self.habits).map(move |written| {
            let goes_on = std::mem::replace(&mut after_cut, written.cut);
            self.translate(written, goes_on)
        })
    }

    fn translate(&self, written: Written, goes_on: bool) -> Result<Clause, Error> {
        let Written { text, terminator, ends_sentence, end, .. } = written;
        let plain = prepared(&text);
        let ipa = if plain.trim().is_empty() {
            String::new()
        } else {
            guarded(|| self.translator.text_to_ipa(&plain).map_err(|error| Error::Failed(error.to_string())))?
        };
        let mut phonemes = String::with_capacity(ipa.len() + 1);
        for word in ipa.split_whitespace() {
            if goes_on || !phonemes.is_empty() {
                phonemes.push(' ');
            }
            phonemes.push_str(word);
        }
        Ok(Clause { phonemes, terminator, ends_sentence, end })
    }
}

/// A clause as the translator takes it well.
fn prepared(text: &str) -> String {
    /// More digits in a row it leaves out; espeak-ng speaks so many one by one.
    const MAX_DIGITS: usize = 20;
    let mut prepared = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        for digit in digits.chars() {
            prepared.push(digit);
            if digits.len() > MAX_DIGITS {
                prepared.push(' ');
            }
        }
        let mut after = after.chars();
        // To the translator "[[" would begin phonemes; Piper does not let espeak-ng see it that way.
        prepared.extend(after.next().map(|c| if c == '[' { ' ' } else { c }));
        rest = after.as_str();
    }
    prepared
}

/// Runs the translator, which is not ours: should it panic, that is an error like any other.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let why = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::Failed(format!("it stopped unexpectedly ({})", why.unwrap_or("no reason given"))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{
        sync::OnceLock,
        time::{Duration, Instant},
    };

    fn english() -> &'static Espeak {
        static ENGLISH: OnceLock<Espeak> = OnceLock::new();
        ENGLISH.get_or_init(|| Espeak::new("en-us").unwrap())
    }

    fn phonemes(text: &str) -> Vec<String> {
        english().clauses(text).map(|clause| clause.unwrap().phonemes).collect()
    }

    #[test]
    fn words_marks_and_cuts() {
        assert_eq!(phonemes("Hello world."), ["həlˈoʊ wˈɜːld"]);
        assert_eq!(phonemes("Go, [[stop]]"), ["ɡˈoʊ", "stˈɑːp"]);
        assert_eq!(phonemes(""), [""]);
        let cut = phonemes(&"word ".repeat(200));
        assert_eq!(cut.len(), 2);
        assert!(cut[0].starts_with('w') && cut[1].starts_with(" w"));
        assert!(phonemes(&"7".repeat(30))[0].starts_with("sˈɛvən sˈɛvən"));
    }

    #[test]
    fn language_names_as_voices_write_them() {
        for name in ["en-us", "en-gb-x-rp", "en", "en_US", "en-gb", "en-us+f3"] {
            Espeak::new(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for name in ["", "xx", "../en", "en/us", "con", "tlh", "a".repeat(1000).as_str(), "-", "+", "é"] {
            assert!(matches!(Espeak::new(name), Err(Error::UnknownLanguage(_))), "{name}");
        }
    }

    /// The languages of the published Piper voices, and a word of each.
    #[cfg(feature = "all-languages")]
    #[test]
    fn languages_of_voices() {
        let words = "ar سلام, bg мир, ca pau, cmn 你好, cs mír, cy heddwch, da fred, de Frieden, el ειρήνη, es paz, es-419 paz, eu bake, fa صلح, fi rauha, \
            fr paix, hi शांति, hu béke, id damai, is friður, it pace, ka მშვიდობა, kk бейбітшілік, lb Fridden, lv miers, ml സമാധാനം, nb fred, ne शान्ति, \
            nl vrede, pl pokój, pt paz, pt-br paz, ro pace, ru мир, sk mier, sl mir, sq paqe, sr мир, sv fred, sw amani, te శాంతి, tr barış, uk мир, ur امن, \
            vi hòa, zh 你好";
        for (name, word) in words.split(", ").filter_map(|line| line.trim().split_once(' ')) {
            let espeak = Espeak::new(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            let clause = espeak.clauses(word).next().unwrap().unwrap();
            assert!(!clause.phonemes.is_empty() && !clause.phonemes.contains("(en)"), "{name}: {clause:?}");
        }
    }

    #[test]
    fn the_first_clause_of_a_long_text_comes_at_once() {
        for text in ["One sentence, and another one. ".repeat(35_000), "no end ".repeat(150_000)] {
            let begun = Instant::now();
            english().clauses(&text).next().unwrap().unwrap();
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        }
    }

    #[test]
    fn a_panic_of_the_translator_is_an_error() {
        assert!(
            matches!(guarded::<()>(|| panic!("no {}", "luck")), Err(Error::Failed(why)) if why.contains("no luck"))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_has_clauses(text in r"(\PC|[ .,!?a-zA-Z0-9'\[\]()$%&<>\n\t\x00\x01-]){0,60}") {
            let clauses: Vec<Clause> = english().clauses(&text).map(Result::unwrap).collect();
            prop_assert_eq!(clauses.last().map(|clause| clause.end), Some(text.len()));
        }
    }
}
