//! Voice definitions, and the dictionary that each of them uses.

use std::collections::BTreeMap;

/// What text to phonemes reads in a definition; the rest is about sound.
const KEYS: [&str; 21] = [
    "apostrophe",
    "brackets",
    "bracketsAnnounced",
    "dictionary",
    "dictrules",
    "intonation",
    "l_dieresis",
    "l_prefix",
    "l_regressive_v",
    "l_sonorant_min",
    "l_unpronouncable",
    "language",
    "lowercaseSentence",
    "name",
    "numbers",
    "phonemes",
    "replace",
    "spellingStress",
    "stressOpt",
    "stressRule",
    "words",
];

/// By name of the dictionary: the files under `lang/` whose voices use it, with their texts, cut.
pub(crate) fn by_dictionary(files: super::Files) -> Result<BTreeMap<String, Vec<(String, String)>>, String> {
    let mut voices = BTreeMap::<String, Vec<_>>::new();
    for (path, bytes) in files {
        let Some(file) = path.strip_prefix("lang/") else { continue };
        let text = std::str::from_utf8(bytes).map_err(|e| format!("{path}: {e}"))?;
        let text = cut(text);
        let Some(dictionary) = dictionary_of(&text) else { continue };
        voices.entry(dictionary.to_owned()).or_default().push((file.to_owned(), text));
    }
    Ok(voices)
}

/// The line `dictionary` names it, or else the first line `language`, up to its first hyphen.
fn dictionary_of(text: &str) -> Option<&str> {
    let value = |key: &'static str| {
        text.lines().find_map(move |line| line.strip_prefix(key)?.strip_prefix(' ')?.split(' ').next())
    };
    value("dictionary").or_else(|| value("language")?.split('-').next())
}

/// The lines that are needed, with single spaces and without comments.
fn cut(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first().is_some_and(|key| KEYS.contains(key)) {
            kept += &words.join(" ");
            kept.push('\n');
        }
    }
    kept
}
