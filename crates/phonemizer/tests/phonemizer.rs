//! The phonemizer as others use it.

#![allow(clippy::expect_used)]

use std::time::{Duration, Instant};

use chanter_phonemizer::{Clause, Error, Espeak, Lexicon, Packs, built_in_packs, compressed_pack};
use proptest::prelude::*;

fn espeak(language: &str) -> Espeak {
    Espeak::new(language).expect(language)
}

fn phonemes(espeak: &Espeak, text: &str) -> Vec<String> {
    espeak.clauses(text).map(|clause| clause.phonemes).collect()
}

/// Each word of a text and its phonemes.
fn words<'t>(clause: &'t Clause, text: &'t str) -> Vec<(&'t str, &'t str)> {
    clause.words.iter().map(|word| (&text[word.text.clone()], &clause.phonemes[word.phonemes.clone()])).collect()
}

#[test]
fn words_marks_and_letters() {
    let english = espeak("en-us");
    assert_eq!(phonemes(&english, "Hello world."), ["həlˈoʊ wˈɜːld"]);
    assert_eq!(phonemes(&english, "Go, [[stop]]"), ["ɡˈoʊ", "stˈɑːp"]);
    assert_eq!(phonemes(&english, "The year 1984, the 3rd."), ["ðə jˈɪɹ nˈaɪntiːnhˈʌndɹɪd ˈeɪɾi fˈɔːɹ", "ðə θˈɜːd"]);
    assert_eq!(phonemes(&english, ""), [""]);
}

#[test]
fn language_names_as_voices_write_them() {
    for name in ["en-us", "en-gb-x-rp", "en", "en_US", "en-gb", "en-us+f3"] {
        espeak(name);
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
        let clause = espeak(name).clauses(word).next().unwrap();
        assert!(!clause.phonemes.is_empty() && !clause.phonemes.contains("(en)"), "{name}: {clause:?}");
    }
}

#[test]
fn words_say_where_they_came_from() {
    let english = espeak("en-us");
    let text = "The U.S. paid £5 for (well-known) HTMLPages in New York!";
    let clause = english.clauses(text).next().unwrap();
    assert_eq!(words(&clause, text)[..3], [("The", "ðə"), ("U.S", "jˌuːˈɛs"), ("paid", "pˈeɪd")]);
    let spoken: Vec<&str> = words(&clause, text).iter().map(|word| word.0).collect();
    for word in ["for", "well-known", "HTML", "Pages", "York"] {
        assert!(spoken.contains(&word), "{word}: {spoken:?}");
    }
    assert!(clause.words.is_sorted_by(|a, b| a.phonemes.end <= b.phonemes.start && a.text.start <= b.text.start));
}

#[test]
fn a_lexicon_takes_precedence() {
    let english = espeak("en-us");
    let lexicon = Lexicon::parse("SQL\tsequel\nNew York\t/nuː jˈɔːk/\n[de]\nthe\tno\n").unwrap().for_language("en-us");
    let text = "The SQL of New York, yes.";
    let clauses: Vec<Clause> = english.clauses_with(text, Some(&lexicon)).collect();
    let plain: Vec<Clause> = english.clauses("The sequel").collect();
    assert!(clauses[0].phonemes.starts_with(&plain[0].phonemes), "{}", clauses[0].phonemes);
    assert!(clauses[0].phonemes.ends_with("nuː jˈɔːk"), "{}", clauses[0].phonemes);
    let words = words(&clauses[0], text);
    assert!(words.contains(&("New York", "nuː jˈɔːk")) && words.iter().any(|word| word.0 == "SQL"), "{words:?}");
    assert_eq!(clauses[1], english.clauses_with(text, None).nth(1).unwrap());
}

#[test]
fn the_first_clause_of_a_long_text_comes_at_once() {
    let english = espeak("en-us");
    for text in ["One sentence, and another one. ".repeat(35_000), "no end ".repeat(150_000), "7".repeat(1 << 20)] {
        let begun = Instant::now();
        english.clauses(&text).next().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_pack_that_is_added_can_be_spoken() {
    let (name, pack) = built_in_packs().find(|(name, _)| *name == "en").unwrap();
    let packs = Packs::built_in().unwrap();
    assert_eq!(packs.add(compressed_pack(pack).unwrap()).unwrap(), name);
    let added = Espeak::with_packs(&packs, "en-us").unwrap();
    assert_eq!(phonemes(&added, "Hello world"), phonemes(&espeak("en-us"), "Hello world"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_has_clauses_that_begin_anew_after_sentences(
        text in r"(\PC|[ .,!?…a-zA-Zß-žа-яא-תア-ヶ가-각ऀ-ॿ0-9'\[\]()$%&<>\n\t\x00\x01-]){0,60}",
        language in prop::sample::select(vec!["en-us", "de", "hu", "ru", "hi", "cmn", "vi", "tr", "fa", "ml", "nl", "uk"]),
    ) {
        let Ok(espeak) = Espeak::new(language) else {
            prop_assert!(cfg!(not(feature = "all-languages")));
            return Ok(());
        };
        let clauses: Vec<Clause> = espeak.clauses(&text).collect();
        prop_assert_eq!(clauses.last().map(|clause| clause.end), Some(text.len()));
        let mut from = 0;
        for clause in &clauses {
            for word in &clause.words {
                prop_assert!(text.get(word.text.clone()).is_some() && clause.phonemes.get(word.phonemes.clone()).is_some());
                prop_assert!(word.text.start >= from && word.text.end <= clause.end);
            }
            from = clause.end;
        }
    }
}
