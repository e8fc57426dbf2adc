//! Which pack has a language.

/// The name of the pack that has a language of `espeak.voice`: `en` has `en-us`, `no` has `nb`. It says nothing of whether
/// there is such a pack.
pub fn pack_of(language: &str) -> String {
    let language = language.to_lowercase();
    let base = language.split(['-', '_', '+']).next().unwrap_or_default();
    match base {
        "hyw" => "hy",
        "ltg" => "lv",
        "nb" => "no",
        "zh" => "cmn",
        base => base,
    }
    .to_owned()
}

#[cfg(all(test, feature = "all-languages"))]
mod tests {
    use super::super::Packs;
    use super::*;
    use crate::language::Language;

    #[test]
    fn every_built_in_voice_is_in_the_pack_of_its_name() {
        let mut elsewhere = Vec::new();
        for pack in Packs::built_in().unwrap().languages() {
            for (file, definition) in &pack.voices {
                let file = file.rsplit('/').next().unwrap();
                let language = Language::from_voice(file, definition).unwrap();
                assert_eq!(language.dictionary, pack.name);
                if pack_of(file) != pack.name {
                    elsewhere.push(format!("{file} is in {}", pack.name));
                }
            }
        }
        assert_eq!(elsewhere, Vec::<String>::new());
    }
}
