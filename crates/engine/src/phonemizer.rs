//! Text to clauses of phonemes: what the sentences of a voice are made from.

use std::sync::Arc;

#[cfg(feature = "espeak")]
use chanter_phonemizer::Packs;

use crate::{Error, ErrorKind, LanguageLexicon, Result, VoiceConfig, Word, voice_config::PhonemeType};

/// What lies between two marks that are heard as pauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Its phonemes as espeak-ng writes them, flags such as `(en)` among them.
    pub phonemes: String,
    /// The mark at its end, one of `. ? ! , : ;`, if there is one.
    pub terminator: Option<char>,
    /// Whether its sentence ends here.
    pub ends_sentence: bool,
    /// Where the next clause begins in the text, in bytes.
    pub end: usize,
    /// Its words, as far as the phonemizer knows them: bytes of `phonemes` and bytes of the text that was given, in order
    /// and not overlapping.
    pub words: Vec<Word>,
}

/// Makes phonemes from text.
pub trait Phonemizer: Send + Sync {
    /// The clauses of a text, each made when it is asked for, so that the first sentence of a long text comes at once.
    ///
    /// From a clause that ends a sentence on, the rest of the text by itself has the same clauses. So has the beginning of
    /// the text, as far as two characters stand there after a clause: more need not be known for that clause.
    ///
    /// Words that the lexicon has are read as it says, if the phonemizer heeds one.
    fn clauses<'a>(
        &'a self,
        text: &'a str,
        lexicon: Option<&'a LanguageLexicon>,
    ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a>;
}

/// The phonemizer that a voice was trained with.
///
/// # Errors
/// [`ErrorKind::Phonemizer`] if Chanter lacks it; the voice can then still speak phonemes and phoneme ids.
pub fn phonemizer_for(config: &VoiceConfig) -> Result<Arc<dyn Phonemizer>> {
    made(config, built_in)
}

/// The phonemizer that a voice was trained with, of the languages that these packs have.
///
/// # Errors
/// [`ErrorKind::Phonemizer`] as [`phonemizer_for`], and where no pack has the language.
#[cfg(feature = "espeak")]
pub fn phonemizer_with(config: &VoiceConfig, packs: &Packs) -> Result<Arc<dyn Phonemizer>> {
    made(config, |language| espeak(packs, language))
}

/// The phonemizer of a language that these packs have, by a name of espeak-ng's or a BCP 47 tag.
///
/// # Errors
/// [`ErrorKind::Phonemizer`] where no pack has the language.
#[cfg(feature = "espeak")]
pub fn phonemizer_of(language: &str, packs: &Packs) -> Result<Arc<dyn Phonemizer>> {
    espeak(packs, language)
}

fn made(config: &VoiceConfig, espeak: impl FnOnce(&str) -> Result<Arc<dyn Phonemizer>>) -> Result<Arc<dyn Phonemizer>> {
    let name = match config.phoneme_type {
        PhonemeType::Espeak => {
            let language = config.espeak_voice.as_deref().unwrap_or_default();
            warn_of_language(language);
            return espeak(language);
        }
        PhonemeType::Text => return Ok(Arc::new(Letters)),
        PhonemeType::Pinyin => "pinyin",
        PhonemeType::Hebrew => "hebrew",
        PhonemeType::Japanese => "japanese",
        PhonemeType::Thai => "thai",
    };
    Err(lacking(&format!("Chanter has no phonemizer of the type {name}")))
}

/// Says what Piper does for a language and Chanter does not.
fn warn_of_language(language: &str) {
    if language.split(['-', '_', '+']).next() == Some("ar") {
        log::warn!(
            "Arabic text is read as it is written, without its short vowels where it has no diacritics (tashkeel): Chanter does not add them"
        );
    }
}

fn lacking(what: &str) -> Error {
    Error::new(ErrorKind::Phonemizer, format!("{what}; give the voice phonemes or phoneme ids instead of text"))
}

/// Phonemes are the text itself, which is one sentence (Piper's `voice.py`).
struct Letters;

impl Phonemizer for Letters {
    fn clauses<'a>(
        &'a self,
        text: &'a str,
        _lexicon: Option<&'a LanguageLexicon>,
    ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
        let clause = Clause {
            phonemes: text.to_owned(),
            terminator: None,
            ends_sentence: true,
            end: text.len(),
            words: Vec::new(),
        };
        Box::new(std::iter::once(Ok(clause)))
    }
}

/// The phonemizer of a language, by a name of espeak-ng's or a BCP 47 tag.
#[cfg(not(feature = "espeak"))]
pub(crate) fn built_in(_language: &str) -> Result<Arc<dyn Phonemizer>> {
    Err(lacking("this Chanter was built without the feature espeak"))
}

/// The phonemizer of a language, by a name of espeak-ng's or a BCP 47 tag.
#[cfg(feature = "espeak")]
pub(crate) fn built_in(language: &str) -> Result<Arc<dyn Phonemizer>> {
    let packs = Packs::built_in().map_err(|error| Error::new(ErrorKind::Phonemizer, error.to_string()))?;
    espeak(&packs, language)
}

#[cfg(feature = "espeak")]
fn espeak(packs: &Packs, language: &str) -> Result<Arc<dyn Phonemizer>> {
    use chanter_phonemizer::{Error as EspeakError, Espeak};

    fn failed(error: EspeakError) -> Error {
        let message = error.to_string();
        match error {
            EspeakError::UnknownLanguage(_) => lacking(&message),
            _ => Error::new(ErrorKind::Phonemizer, message),
        }
    }

    struct Adapter(Espeak);

    impl Phonemizer for Adapter {
        fn clauses<'a>(
            &'a self,
            text: &'a str,
            lexicon: Option<&'a LanguageLexicon>,
        ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
            Box::new(self.0.clauses_with(text, lexicon).map(|clause| {
                let chanter_phonemizer::Clause { phonemes, terminator, ends_sentence, end, words } = clause;
                let words = words.into_iter().map(|word| Word { phonemes: word.phonemes, text: word.text }).collect();
                Ok(Clause { phonemes, terminator, ends_sentence, end, words })
            }))
        }
    }

    Ok(Arc::new(Adapter(Espeak::with_packs(packs, language).map_err(failed)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(phoneme_type: &str, voice: &str) -> VoiceConfig {
        let json = serde_json::json!({
            "audio": {"sample_rate": 22050}, "espeak": {"voice": voice}, "phoneme_type": phoneme_type, "num_symbols": 3, "num_speakers": 1,
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2]}
        });
        VoiceConfig::from_json(json.to_string().as_bytes()).unwrap()
    }

    fn error(phoneme_type: &str, voice: &str) -> String {
        let Err(error) = phonemizer_for(&config(phoneme_type, voice)) else { panic!("{phoneme_type} {voice}") };
        assert_eq!(error.kind(), ErrorKind::Phonemizer);
        error.to_string()
    }

    #[test]
    fn letters_are_one_sentence() {
        let letters = phonemizer_for(&config("text", "xx")).unwrap();
        let clauses: Vec<_> = letters.clauses("Ab. C", None).collect::<Result<_>>().unwrap();
        assert_eq!(
            clauses,
            [Clause { phonemes: "Ab. C".into(), terminator: None, ends_sentence: true, end: 5, words: vec![] }]
        );
    }

    #[test]
    fn what_is_lacking_is_named_with_the_way_out() {
        for name in ["pinyin", "hebrew", "japanese", "thai"] {
            let message = error(name, "xx");
            assert!(message.contains(name) && message.contains("phoneme ids"), "{message}");
        }
        let message = error("espeak", "tlh");
        assert!(
            message.contains(if cfg!(feature = "espeak") { "tlh" } else { "espeak" })
                && message.contains("phoneme ids"),
            "{message}"
        );
    }

    #[cfg(feature = "espeak")]
    #[test]
    fn espeak_gives_clauses() {
        let espeak = phonemizer_for(&config("espeak", "en-us")).unwrap();
        let clauses: Vec<_> = espeak.clauses("Yes, no. Go", None).collect::<Result<_>>().unwrap();
        let marks: Vec<_> =
            clauses.iter().map(|clause| (clause.terminator, clause.ends_sentence, clause.end)).collect();
        assert_eq!(marks, [(Some(','), false, 5), (Some('.'), true, 9), (None, true, 11)]);
        assert_eq!(clauses[1].phonemes, "nˈoʊ");
    }
}
