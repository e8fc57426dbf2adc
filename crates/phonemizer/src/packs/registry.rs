//! The packs at hand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::read::Trust;
use super::{LanguagePack, PackError, SharedPack, built_in};

/// The data that phonemizers are made from. Clones share what they hold.
#[derive(Debug, Clone)]
pub struct Packs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<SharedPack>,
    languages: RwLock<Languages>,
}

type Languages = BTreeMap<String, Arc<LanguagePack>>;

impl Packs {
    /// The packs that this program was built with; what is added stays apart from other calls' results.
    pub fn built_in() -> Result<Self, PackError> {
        static BUILT_IN: OnceLock<Result<(Arc<SharedPack>, Languages), PackError>> = OnceLock::new();
        let (shared, languages) = BUILT_IN.get_or_init(read_built_in).clone()?;
        Ok(Self(Arc::new(Inner { shared, languages: RwLock::new(languages) })))
    }

    /// Adds a language's pack, in place of one of the same name, and says the name.
    pub fn add(&self, bytes: impl Into<Vec<u8>>) -> Result<String, PackError> {
        let pack = LanguagePack::parse(Cow::Owned(bytes.into()), Trust::Checked)?;
        let name = pack.name.clone();
        let mut languages = self.0.languages.write().unwrap_or_else(PoisonError::into_inner);
        languages.insert(name.clone(), Arc::new(pack));
        Ok(name)
    }

    /// The names of the packs of languages, such as `en` and `cmn`.
    pub fn names(&self) -> Vec<String> {
        self.languages().iter().map(|pack| pack.name.clone()).collect()
    }

    pub(crate) fn shared(&self) -> &Arc<SharedPack> {
        &self.0.shared
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<LanguagePack>> {
        self.0.languages.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All of them, by name.
    pub(crate) fn languages(&self) -> Vec<Arc<LanguagePack>> {
        self.0.languages.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

fn read_built_in() -> Result<(Arc<SharedPack>, Languages), PackError> {
    let mut packs = built_in();
    let (_, shared) = packs.next().ok_or(PackError::Missing("shared data"))?;
    let shared = SharedPack::parse(Cow::Borrowed(shared), Trust::BuiltIn)?;
    let languages = packs.map(|(name, bytes)| {
        let pack = LanguagePack::parse(Cow::Borrowed(bytes), Trust::BuiltIn)?;
        Ok((name.to_owned(), Arc::new(pack)))
    });
    Ok((Arc::new(shared), languages.collect::<Result<_, PackError>>()?))
}

#[cfg(test)]
mod tests {
    use super::super::compressed;
    use super::*;

    #[test]
    fn built_in_packs_are_sound() {
        let packs = Packs::built_in().unwrap();
        assert!(packs.shared().tables.len() > 60_000 && packs.shared().programs.len() > 40_000);
        assert!(packs.get("en").unwrap().dictionary.len() > 150_000 && packs.get("xx").is_none());
        for (name, bytes) in built_in().skip(1) {
            assert_eq!(LanguagePack::parse(Cow::Borrowed(bytes), Trust::Checked).unwrap().name, name);
        }
    }

    #[cfg(feature = "all-languages")]
    #[test]
    fn every_language_of_a_voice_has_a_pack() {
        let packs = Packs::built_in().unwrap();
        let voices: Vec<(String, String)> = packs
            .languages()
            .iter()
            .flat_map(|pack| pack.voices.iter().map(|(file, _)| (pack.name.clone(), file.clone())))
            .collect();
        let of = "ar sem/ar, ca roa/ca, cmn sit/cmn, cs zlw/cs, cy cel/cy, da gmq/da, de gmw/de, el grk/el, en gmw/en-US, \
            en gmw/en-GB-x-rp, es roa/es, es roa/es-419, eu eu, fa ira/fa, fi urj/fi, fr roa/fr, hi inc/hi, hu urj/hu, id poz/id, \
            is gmq/is, it roa/it, ka ccs/ka, kk trk/kk, lb gmw/lb, lv bat/lv, ml dra/ml, no gmq/nb, ne inc/ne, nl gmw/nl, \
            pl zlw/pl, pt roa/pt, pt roa/pt-BR, ro roa/ro, ru zle/ru, sk zlw/sk, sl zls/sl, sr zls/sr, sv gmq/sv, sw bnt/sw, \
            te dra/te, tr trk/tr, uk zle/uk, vi aav/vi";
        for (pack, file) in of.split(", ").filter_map(|item| item.split_once(' ')) {
            assert!(voices.contains(&(pack.into(), file.into())), "{pack} {file}");
        }
        for script in ["hy", "bn", "pa", "gu", "ta", "kn", "si", "ko"] {
            assert!(packs.get(script).is_some(), "{script}");
        }
    }

    #[test]
    fn what_is_added_stays_apart() {
        let one = Packs::built_in().unwrap();
        let file = compressed(built_in().find(|(name, _)| *name == "en").unwrap().1).unwrap();
        let before = one.get("en").unwrap();
        assert_eq!(one.clone().add(file).unwrap(), "en");
        assert!(!Arc::ptr_eq(&before, &one.get("en").unwrap()));
        assert!(Arc::ptr_eq(&before, &Packs::built_in().unwrap().get("en").unwrap()));
        assert_eq!(one.add(*b"nothing").unwrap_err(), PackError::NotAPack);
    }
}
