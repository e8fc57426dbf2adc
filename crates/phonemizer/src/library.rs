//! Languages from packs: that of a voice, and those of foreign words in its texts.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use crate::{
    Error, Packs,
    dictionary::Dictionary,
    language::{Language, resolve},
    packs::{LanguagePack, SharedPack},
    phonemes::{PhonemeTables, Replacement},
    words::{Library, Translator},
};

/// The longest name of a language in an error.
const LONGEST_NAME: usize = 64;

/// The phoneme tables of packs.
pub(crate) fn tables(packs: &Packs) -> Result<Arc<PhonemeTables>, Error> {
    /// What is built in is read once.
    static BUILT_IN: OnceLock<(Arc<SharedPack>, Arc<PhonemeTables>)> = OnceLock::new();
    let shared = packs.shared();
    if let Some((_, tables)) = BUILT_IN.get().filter(|(pack, _)| Arc::ptr_eq(pack, shared)) {
        return Ok(tables.clone());
    }
    let tables = PhonemeTables::parse(&shared.tables, &shared.programs)
        .map_err(|error| Error::Data("all languages".into(), error.reason))?;
    let tables = Arc::new(tables);
    Ok(BUILT_IN.get_or_init(|| (shared.clone(), tables.clone())).1.clone())
}

/// The translator of the voice that a name means.
pub(crate) fn voice(name: &str, packs: &Packs, tables: &PhonemeTables) -> Result<Translator, Error> {
    let unknown = || Error::UnknownLanguage(name.chars().take(LONGEST_NAME).collect());
    let languages = packs.languages();
    let all = || languages.iter().flat_map(|pack| pack.voices.iter());
    // Voices write en_US as well as en-us.
    let wanted = name.replace('_', "-");
    let file = resolve(&wanted, all().map(|(file, definition)| (file.as_str(), definition.as_str())));
    let (_, definition) = file.and_then(|file| all().find(|voice| voice.0 == file)).ok_or_else(unknown)?;
    let language =
        Language::from_voice(name, definition).map_err(|_| Error::Data(name.into(), "its voice is no definition"))?;
    let pack = packs.get(&language.dictionary).ok_or_else(unknown)?;
    translator(language, &pack, tables).map_err(|why| Error::Data(name.into(), why))
}

fn translator(language: Language, pack: &LanguagePack, tables: &PhonemeTables) -> Result<Translator, &'static str> {
    let table = tables.table_named(&language.phoneme_table).ok_or("its phonemes are unknown")?;
    let dictionary = Dictionary::parse(pack.dictionary.clone()).map_err(|error| error.0)?;
    Ok(Translator { language, dictionary, table })
}

/// The replacements of a voice as codes of its phoneme table; those of unknown phonemes do nothing.
pub(crate) fn replacements(translator: &Translator, tables: &PhonemeTables) -> Vec<Replacement> {
    let table = tables.table(translator.table);
    let code = |mnemonic: &str| {
        let bytes = mnemonic.bytes().take(4).enumerate();
        table.code_of(bytes.fold(0, |mnemonic, (index, byte)| mnemonic | u32::from(byte) << (8 * index)))
    };
    let rules = translator.language.replacements.iter();
    let rules = rules.map(|rule| Replacement { old: code(&rule.old), new: code(&rule.new), when: rule.when });
    rules.filter(|rule| rule.old != 0).collect()
}

/// The translators of foreign words and letters, each made when it is first needed.
pub(crate) struct Translators {
    packs: Packs,
    tables: Arc<PhonemeTables>,
    made: Mutex<BTreeMap<String, Arc<Translator>>>,
}

impl fmt::Debug for Translators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translators").finish_non_exhaustive()
    }
}

impl Translators {
    pub(crate) fn new(packs: Packs, tables: Arc<PhonemeTables>) -> Self {
        Self { packs, tables, made: Mutex::default() }
    }
}

impl Library for Translators {
    fn translator(&self, language: &str) -> Option<Arc<Translator>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(translator) = made.get(language) {
            return Some(translator.clone());
        }
        let bare = Language::bare(language);
        let pack = self.packs.get(&bare.dictionary)?;
        let translator = Arc::new(translator(bare, &pack, &self.tables).ok()?);
        made.insert(language.to_owned(), translator.clone());
        Some(translator)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{Espeak, clause::Habits};
    use proptest::prelude::*;

    const TEXT: &str =
        "The 3rd of May 1984, Dr. Smith's re-uniting (US) dogs ran 1,234.5 km; naïve Ελλάδα, 漢字 & été!";

    /// English with other bytes in its dictionary or in the phonemes of all.
    fn edited(edits: &[(prop::sample::Index, u8)], part: u8) -> Option<Espeak> {
        let packs = Packs::built_in().unwrap();
        let pack = packs.get("en").unwrap();
        let shared = packs.shared();
        let mut parts = [pack.dictionary.to_vec(), shared.tables.to_vec(), shared.programs.to_vec()];
        let bytes = &mut parts[usize::from(part)];
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = *byte;
        }
        let [dictionary, tables, programs] = parts;
        let tables = Arc::new(PhonemeTables::parse(&tables, &programs).ok()?);
        let definition = &pack.voices.iter().find(|voice| voice.0 == "gmw/en-US").unwrap().1;
        let language = Language::from_voice("en-us", definition).unwrap();
        let table = tables.table_named(&language.phoneme_table)?;
        let dictionary = Dictionary::parse(Cow::Owned(dictionary)).ok()?;
        let translator = Translator { language, dictionary, table };
        Some(Espeak {
            replacements: replacements(&translator, &tables),
            habits: Habits::of(&translator.language),
            others: Translators::new(packs, tables.clone()),
            translator: Arc::new(translator),
            tables,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn broken_data_are_an_error_or_say_something(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..400),
            part in 0u8..3,
        ) {
            if let Some(espeak) = edited(&edits, part) {
                let said: usize = espeak.clauses(TEXT).map(|clause| clause.phonemes.len()).sum();
                prop_assert!(said < 100_000);
            }
        }
    }

    #[test]
    fn the_effort_for_a_clause_is_far_from_its_limit() {
        let espeak = Espeak::new("en-us").unwrap();
        let mut session = espeak.session();
        let long = format!("{} ", TEXT.replace([',', ';', '.', '!'], " ")).repeat(8);
        let written = crate::clause::Reader::new(&long, espeak.habits).next().unwrap();
        let spoken = espeak.spoken();
        crate::clause::ipa(&written, &mut session, &spoken, &mut Default::default(), &[]);
        assert!((1..500_000).contains(&session.effort.spent()), "{}", session.effort.spent());
    }
}
