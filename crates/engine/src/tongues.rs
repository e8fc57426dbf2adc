//! The languages that a speech is read in.

use std::{collections::BTreeMap, sync::Arc};

use crate::{ErrorKind, LanguageLexicon, Lexicon, Phonemizer, Result, VoiceConfig, voice_config::PhonemeType};

/// Languages of one speech besides the voice's own. Each holds its data in memory while the speech goes on.
const MAX_OTHERS: usize = 8;

/// Finds the phonemizers of languages.
pub(crate) type Languages = Arc<dyn Fn(&str) -> Result<Arc<dyn Phonemizer>> + Send + Sync>;

/// How a language is read.
#[derive(Clone)]
pub(crate) struct Tongue {
    pub(crate) phonemizer: Arc<dyn Phonemizer>,
    pub(crate) lexicon: Option<LanguageLexicon>,
}

/// The languages that a voice reads: its own and, if its phonemes are those of espeak-ng, all that there are.
pub(crate) struct Tongues {
    config: Arc<VoiceConfig>,
    own: Arc<dyn Phonemizer>,
    /// The request's words, and the voice's.
    lexicons: [Option<Lexicon>; 2],
    languages: Languages,
    /// Those that were looked for, and found.
    others: BTreeMap<String, Option<Arc<dyn Phonemizer>>>,
}

impl Tongues {
    pub(crate) fn new(
        config: Arc<VoiceConfig>,
        own: Arc<dyn Phonemizer>,
        lexicons: [Option<Lexicon>; 2],
        languages: Languages,
    ) -> Self {
        Self { config, own, lexicons, languages, others: BTreeMap::new() }
    }

    /// What the voice's `.onnx.json` says.
    pub(crate) fn config(&self) -> &Arc<VoiceConfig> {
        &self.config
    }

    /// The voice's own language.
    pub(crate) fn own(&self) -> Tongue {
        let language = self.config.espeak_voice.as_deref().unwrap_or_default();
        Tongue { phonemizer: self.own.clone(), lexicon: self.lexicon(language) }
    }

    /// A language, a BCP 47 tag. Where the voice speaks it already it keeps its own accent.
    ///
    /// # Errors
    /// [`ErrorKind::Phonemizer`] says why it must be read as the voice's own.
    pub(crate) fn of(&mut self, tag: &str) -> Result<Tongue> {
        if self.is_own(tag) {
            return Ok(self.own());
        }
        let error = |why: &str| {
            let tag: String = tag.chars().take(40).collect();
            crate::Error::new(ErrorKind::Phonemizer, format!("{tag:?} is read in the voice's own language: {why}"))
        };
        if self.config.phoneme_type != PhonemeType::Espeak {
            return Err(error("it has phonemes of its own"));
        }
        let name = tag.to_ascii_lowercase();
        let full = self.others.len() == MAX_OTHERS;
        let found = match self.others.get(&name) {
            Some(found) => found.clone(),
            None if full => return Err(error(&format!("there are {MAX_OTHERS} others in this speech already"))),
            None => {
                let found = (self.languages)(&name).ok();
                self.others.insert(name, found.clone());
                found
            }
        };
        let phonemizer = found.ok_or_else(|| error("there is no phonemizer of that language"))?;
        Ok(Tongue { phonemizer, lexicon: self.lexicon(tag) })
    }

    fn is_own(&self, tag: &str) -> bool {
        let own = self.config.espeak_voice.as_deref().or(self.config.language.code.as_deref());
        own.is_some_and(|own| family(own) == family(tag))
    }

    fn lexicon(&self, language: &str) -> Option<LanguageLexicon> {
        let [of_request, of_voice] =
            self.lexicons.each_ref().map(|lexicon| Some(lexicon.as_ref()?.for_language(language)));
        match (of_request, of_voice) {
            (Some(of_request), Some(of_voice)) => Some(of_request.over(&of_voice)),
            (of_request, of_voice) => of_request.or(of_voice),
        }
    }
}

/// A language without its region, by one name where it has two.
fn family(tag: &str) -> String {
    let family = tag.split(['-', '_', '+']).next().unwrap_or_default().to_ascii_lowercase();
    match family.as_str() {
        "zh" => "cmn".to_owned(),
        "no" => "nb".to_owned(),
        _ => family,
    }
}
