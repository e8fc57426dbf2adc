//! Text to the phonemes of its sentences, as Piper's `voice.py` and `phonemize_espeak.py` make them, one sentence at a time.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use unicode_normalization::UnicodeNormalization;

use crate::{Clause, Phonemizer, Result, VoiceConfig, voice_config::PhonemeType};

/// A sentence that has more phonemes than this is given in parts, so that a long text without a full stop neither keeps its
/// listener waiting nor fills the memory. It is far more than a network takes at once.
const LONG: usize = 4000;

/// The sentences of a text: the phonemes of each. The work for a sentence is done when it is asked for.
///
/// Sentences of which nothing is heard are left out. After an error there are no more.
pub struct Sentences {
    text: String,
    phonemizer: Arc<dyn Phonemizer>,
    config: Arc<VoiceConfig>,
    /// How far the text has been read, in bytes.
    at: usize,
    /// The next `[[ raw phonemes ]]` in the text, if there is one.
    block: Option<Range<usize>>,
    next: Next,
    /// The phonemes of a block that are still to be read, and where the text goes on after it.
    raw: (Range<usize>, usize),
    /// The sentence before, while a block may still be added to it.
    last: Option<Vec<String>>,
    /// The next sentence goes on with the last one.
    joins: bool,
}

/// What comes next in the text.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    /// The beginning of the text between two blocks, or before or after all.
    Part,
    /// More of it.
    Rest,
    Block,
    /// The phonemes inside it.
    Raw,
    /// Text that is its own phonemes.
    Letters,
    End,
}

impl Sentences {
    /// The sentences of `text` in the voice of `config`.
    pub fn new(text: String, phonemizer: Arc<dyn Phonemizer>, config: Arc<VoiceConfig>) -> Self {
        let (block, next) = match config.phoneme_type {
            PhonemeType::Text => (None, Next::Letters),
            _ => (block_after(&text, 0), Next::Part),
        };
        Self { text, phonemizer, config, at: 0, block, next, raw: (0..0, 0), last: None, joins: false }
    }

    fn step(&mut self) -> Result<Option<Vec<String>>> {
        match self.next {
            Next::Part if self.part().starts_with("[[") => {
                // Piper knows a block by how a part of the text begins, so it takes this one, which has no end, for one too.
                let end = self.at + self.part().len();
                self.begin_raw(self.at..end);
                Ok(None)
            }
            Next::Part | Next::Rest => self.part_of_text(),
            Next::Block => {
                self.begin_block();
                Ok(None)
            }
            Next::Raw => Ok(self.raw_phonemes()),
            Next::Letters => Ok(self.letters()),
            Next::End => Ok(self.last.take()),
        }
    }

    /// The text up to the next block, from where it has been read to.
    fn part(&self) -> &str {
        let end = self.block.as_ref().map_or(self.text.len(), |block| block.start);
        self.text.get(self.at..end).unwrap_or_default()
    }

    fn end_part(&mut self) {
        self.next = if self.block.is_some() { Next::Block } else { Next::End };
    }

    /// Reads a sentence; what can be given now is the one before, or this one if no block can follow.
    fn part_of_text(&mut self) -> Result<Option<Vec<String>>> {
        let (sentence, read) = self.sentence()?;
        self.at += read;
        let joins = std::mem::take(&mut self.joins);
        let mut ready = None;
        if let Some(mut sentence) = sentence {
            if joins && !self.last_is_long() {
                self.last.get_or_insert_default().append(&mut sentence);
            } else {
                ready = self.last.replace(sentence);
            }
        }
        if self.part().is_empty() {
            self.end_part();
        } else {
            self.next = Next::Rest;
        }
        Ok(ready.or_else(|| if self.block.is_none() { self.last.take() } else { None }))
    }

    /// The next sentence of this part and how many bytes it takes.
    fn sentence(&self) -> Result<(Option<Vec<String>>, usize)> {
        let part = self.part();
        let mut phonemes = Vec::new();
        for clause in self.phonemizer.clauses(part) {
            let clause = clause?;
            add_clause(&mut phonemes, &clause);
            if clause.ends_sentence || phonemes.len() > LONG {
                // Whatever a phonemizer says, the text has an end.
                let read = if clause.end > 0 && part.is_char_boundary(clause.end) { clause.end } else { part.len() };
                return Ok((Some(self.clustered(phonemes)), read));
            }
        }
        Ok((
            Some(phonemes).filter(|phonemes| !phonemes.is_empty()).map(|phonemes| self.clustered(phonemes)),
            part.len(),
        ))
    }

    fn clustered(&self, phonemes: Vec<String>) -> Vec<String> {
        merge_clusters(phonemes, &self.config.vowel_clusters)
    }

    fn last_is_long(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.len() > LONG)
    }

    /// A block goes on with the sentence before it, as does the first sentence after it; the spaces that are next to it in the text are its own.
    fn begin_block(&mut self) {
        let Some(block) = self.block.take() else { return self.end_part() };
        let last = self.last.get_or_insert_default();
        if self.text.get(..block.start).is_some_and(|before| before.ends_with(' ')) {
            last.push(" ".into());
        }
        self.block = block_after(&self.text, block.end);
        self.begin_raw(block);
    }

    fn begin_raw(&mut self, block: Range<usize>) {
        self.last.get_or_insert_default();
        let end = block.end;
        self.raw = (inside(&self.text, block), end);
        self.next = Next::Raw;
    }

    /// Adds the phonemes inside a block, a code point each.
    fn raw_phonemes(&mut self) -> Option<Vec<String>> {
        let (inside, end) = &mut self.raw;
        let last = self.last.get_or_insert_default();
        let rest = self.text.get(inside.clone()).unwrap_or_default();
        for c in rest.chars().take(LONG) {
            last.push(c.into());
            inside.start += c.len_utf8();
        }
        if inside.start >= inside.end {
            if self.text.get(*end..).is_some_and(|after| after.starts_with(' ')) {
                last.push(" ".into());
            }
            self.at = *end;
            self.joins = true;
            self.next = Next::Part;
        }
        if self.last_is_long() { self.last.replace(Vec::new()) } else { None }
    }

    /// To these voices the whole text is one sentence; a long one is cut after white space or a mark.
    fn letters(&mut self) -> Option<Vec<String>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut end = rest.len();
        let mut pause = None;
        for (index, (at, c)) in rest.char_indices().enumerate() {
            if index == LONG {
                end = pause.unwrap_or(at);
                break;
            }
            if c.is_whitespace() || ".?!,:;。？！，、：；".contains(c) {
                pause = Some(at + c.len_utf8());
            }
        }
        let (sentence, _) = rest.split_at(end);
        let phonemes = sentence.nfd().map(String::from).collect();
        self.at += end;
        if self.at == self.text.len() {
            self.next = Next::End;
        }
        Some(phonemes)
    }
}

impl Iterator for Sentences {
    type Item = Result<Vec<String>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let ended = self.next == Next::End;
            match self.step() {
                Ok(Some(sentence)) if is_heard(&sentence) => return Some(Ok(sentence)),
                Ok(None) if ended => return None,
                Ok(_) => {}
                Err(error) => {
                    self.next = Next::End;
                    self.last = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

fn is_heard(sentence: &[String]) -> bool {
    !sentence.iter().all(|phoneme| phoneme.chars().all(char::is_whitespace))
}

/// Where the first `[[…]]` is that begins at `from` or later and has no line end inside: Piper's `\[\[.*?\]\]`.
fn block_after(text: &str, from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let start = at + text.get(at..)?.find("[[")?;
        let inside = text.as_bytes().get(start + 2..)?;
        let ends =
            |(index, byte): (usize, &u8)| *byte == b'\n' || (*byte == b']' && inside.get(index + 1) == Some(&b']'));
        let stop = inside.iter().enumerate().position(ends)?;
        let end = start + 2 + stop;
        if inside.get(stop) == Some(&b']') {
            return Some(start..end + 2);
        }
        // What begins before this line end cannot end after it either.
        at = end;
    }
}

/// What stands between two characters at the beginning and two at the end, without the spaces around it.
fn inside(text: &str, block: Range<usize>) -> Range<usize> {
    let mut inside = text.get(block.clone()).unwrap_or_default().chars();
    inside.by_ref().take(2).for_each(drop);
    inside.by_ref().rev().take(2).for_each(drop);
    let inside = inside.as_str();
    // Python's `strip` knows four more spaces than `trim`.
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}');
    let from_start = inside.trim_start_matches(is_space);
    let start = block.start + 2 + (inside.len() - from_start.len());
    start..start + from_start.trim_end_matches(is_space).len()
}

fn add_clause(sentence: &mut Vec<String>, clause: &Clause) {
    let mut phonemes = without_flags(&clause.phonemes);
    if let Some(mark) = clause.terminator {
        phonemes.push(mark);
        if matches!(mark, ',' | ':' | ';') {
            phonemes.push(' ');
        }
    }
    sentence.extend(phonemes.nfd().map(String::from));
}

/// Without the flags of other languages, such as `(en)`: Piper's `\([^)]+\)`.
fn without_flags(phonemes: &str) -> String {
    let mut plain = String::with_capacity(phonemes.len() + 2);
    let mut rest = phonemes;
    while let Some(open) = rest.find('(') {
        let (before, from_open) = rest.split_at(open);
        plain.push_str(before);
        match from_open.find(')') {
            None => return plain + from_open,
            // "()" is no flag.
            Some(1) => {
                plain.push('(');
                rest = from_open.strip_prefix('(').unwrap_or_default();
            }
            Some(close) => rest = from_open.get(close + 1..).unwrap_or_default(),
        }
    }
    plain + rest
}

/// Joins phonemes that are one phoneme to the voice, the longest cluster first.
fn merge_clusters(phonemes: Vec<String>, clusters: &BTreeSet<Vec<String>>) -> Vec<String> {
    let lengths: BTreeSet<usize> = clusters.iter().map(Vec::len).filter(|len| *len > 1).collect();
    if lengths.is_empty() {
        return phonemes;
    }
    let mut merged = Vec::with_capacity(phonemes.len());
    let mut rest = phonemes.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let cluster = lengths
            .iter()
            .rev()
            .find_map(|&len| rest.split_at_checked(len).filter(|(cluster, _)| clusters.contains(*cluster)));
        match cluster {
            Some((cluster, after)) => {
                merged.push(cluster.concat());
                rest = after;
            }
            None => {
                merged.push(first.clone());
                rest = after;
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, ErrorKind, phonemizer_for};
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Takes letters for phonemes; `. ? !` and line ends end sentences, `, : ;` and `|` clauses. Counts what it is asked for.
    #[derive(Default)]
    struct Spelling(AtomicUsize);

    impl Phonemizer for Spelling {
        fn clauses<'a>(&'a self, text: &'a str) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
            let mut at = 0;
            let mut begun = false;
            Box::new(std::iter::from_fn(move || {
                if std::mem::replace(&mut begun, true) && at == text.len() {
                    return None;
                }
                self.0.fetch_add(1, Ordering::Relaxed);
                let rest = &text[at..];
                let mark = rest.char_indices().find(|(_, c)| ".?!,:;|\n".contains(*c));
                let (len, mark) = mark.map_or((rest.len(), None), |(at, mark)| (at, Some(mark)));
                at += len + usize::from(mark.is_some());
                Some(Ok(Clause {
                    phonemes: rest[..len].trim_matches(' ').to_owned(),
                    terminator: mark.filter(|mark| ".?!,:;".contains(*mark)),
                    ends_sentence: mark.is_none_or(|mark| ".?!\n".contains(mark)),
                    end: at,
                }))
            }))
        }
    }

    fn config(change: serde_json::Value) -> Arc<VoiceConfig> {
        let mut json = json!({
            "audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "num_symbols": 3, "num_speakers": 1,
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2]}
        });
        json.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Arc::new(VoiceConfig::from_json(json.to_string().as_bytes()).unwrap())
    }

    fn sentences(text: &str, config: Arc<VoiceConfig>) -> Vec<String> {
        Sentences::new(text.to_owned(), Arc::new(Spelling::default()), config)
            .map(|sentence| sentence.unwrap().join("/"))
            .collect()
    }

    // What `PiperVoice.phonemize` of piper-tts 1.8.0 gives with the same clauses, here and below.
    #[test]
    fn sentences_are_pipers() {
        let plain = config(json!({}));
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" ", &[]),
            ("ab", &["a/b"]),
            ("ab.", &["a/b/."]),
            ("ab. cd", &["a/b/.", "c/d"]),
            ("a, b: c; d! e?", &["a/,/ /b/:/ /c/;/ /d/!", "e/?"]),
            ("a|b. c", &["a/b/.", "c"]),
            ("a\nb", &["a", "b"]),
            ("ç ḑ.", &["c/̧/ /d/̧/."]),
            ("a(en)b(fr) c().", &["a/b/ /c/(/)/."]),
            ("(en)a)b", &["a/)/b"]),
            ("((a)b)", &["b/)"]),
            ("(a", &["(/a"]),
            ("()a)", &["(/)/a/)"]),
            ("[[ ab ]]", &["a/b"]),
            ("a [[ b ]] c. d", &["a/ /b/ /c/.", "d"]),
            ("a[[b]]c. d", &["a/b/c/.", "d"]),
            ("a. [[b]] c. d. e", &["a/.", " /b/ /c/.", "d/.", "e"]),
            ("a. b. [[c]]", &["a/.", "b/.", " /c"]),
            ("[[a]] [[b]]", &["a/ / /b"]),
            ("[[a]][[ ]]b", &["a/b"]),
            ("[[]]", &[]),
            ("[[ é ]] é.", &["é/ /e/́/."]),
            ("[[a\nb]] c", &["a/\n/b/]/]"]),
            ("[[a\nb [[c]]d", &["a/ /c/d"]),
            ("a[[ b", &["a/[/[/ /b"]),
            ("[[ ab", &[]),
            ("[[[a]]]", &["[/a/]"]),
            ("[[a]] ]] b", &["a/ /]/]/ /b"]),
            ("a. \n[[b]].", &["a/.", "b/."]),
            ("[[a]]. b", &["a/.", "b"]),
            ("x. [[[ a ]] . y", &["x/.", " /[/ /a/ /.", "y"]),
        ];
        for (text, expected) in cases {
            assert_eq!(sentences(text, plain.clone()), *expected, "{text:?}");
        }
    }

    #[test]
    fn vowel_clusters_are_one_phoneme() {
        let clusters = config(json!({"vowel_clusters": [["a", "ɪ"], ["a", "ʊ"], ["a", "ʊ", "ə"], ["x", "a"], ["o"]]}));
        let cases: &[(&str, &[&str])] = &[
            ("aɪ aʊ aʊə xaɪ.", &["aɪ/ /aʊ/ /aʊə/ /xa/ɪ/."]),
            ("a,ɪ aʊ", &["a/,/ /ɪ/ /aʊ"]),
            ("[[aɪ]]aɪ", &["a/ɪ/aɪ"]),
            ("aaɪ. [[a]]ɪ", &["a/aɪ/.", " /a/ɪ"]),
        ];
        for (text, expected) in cases {
            assert_eq!(sentences(text, clusters.clone()), *expected, "{text:?}");
        }
    }

    #[test]
    fn text_voices_speak_the_text_as_it_is() {
        let letters = config(json!({"phoneme_type": "text"}));
        let cases: &[(&str, &[&str])] =
            &[("Ab. [[c]] (d)!", &["A/b/./ /[/[/c/]/]/ /(/d/)/!"]), ("é", &["e/́"]), ("", &[])];
        for (text, expected) in cases {
            assert_eq!(sentences(text, letters.clone()), *expected, "{text:?}");
        }
        let long = "word, and a word. ".repeat(2000);
        let parts: Vec<_> = Sentences::new(long.clone(), phonemizer_for(&letters).unwrap(), letters)
            .map(|part| part.unwrap().concat())
            .collect();
        assert_eq!(parts.concat(), long);
        assert!(parts.len() == 10 && parts.iter().all(|part| part.ends_with([' ', ',', '.'])), "{}", parts.len());
    }

    #[test]
    fn nothing_to_say() {
        for text in ["", "  ", "\n\n", "[[ ]]", "[[]] [[]]", " [[ ]] "] {
            assert!(sentences(text, config(json!({}))).is_empty(), "{text:?}");
            assert!(
                sentences(&text.replace(['[', ']'], " "), config(json!({"phoneme_type": "text"}))).is_empty(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn no_more_clauses_are_made_than_are_needed() {
        let long = "a, b. ".repeat(170_000);
        for (text, asked_for) in [
            (long.clone(), 2),
            (format!("[[x]] {long}"), 3),
            (format!("{long}[[x]]"), 4),
            ("a, ".repeat(300_000), LONG.div_ceil(3) + 1),
        ] {
            let phonemizer = Arc::new(Spelling::default());
            let mut sentences = Sentences::new(text, phonemizer.clone(), config(json!({})));
            assert!(sentences.next().unwrap().unwrap().len() <= LONG + 3);
            assert!(phonemizer.0.load(Ordering::Relaxed) <= asked_for, "{asked_for}");
        }
    }

    #[test]
    fn a_sentence_without_end_comes_in_parts() {
        for text in [
            "a, ".repeat(10_000),
            format!("[[ {} ]]", "ab".repeat(20_000)),
            "a [[b]] ".repeat(10_000),
            format!("[[{}", "x".repeat(30_000)),
            "[[".repeat(9000),
            "[[]".repeat(9000),
        ] {
            let parts = sentences(&text, config(json!({})));
            assert!(parts.len() > 2, "{:?} {}", &text[..20], parts.len());
            assert!(parts.iter().all(|part| part.split('/').count() <= 2 * LONG + 3));
        }
    }

    #[test]
    fn an_error_is_the_last_item() {
        struct Failing;
        impl Phonemizer for Failing {
            fn clauses<'a>(&'a self, _text: &'a str) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
                Box::new(std::iter::repeat_with(|| Err(Error::new(ErrorKind::Phonemizer, "no"))))
            }
        }
        let mut sentences = Sentences::new("a [[b]] c".into(), Arc::new(Failing), config(json!({})));
        assert_eq!(sentences.next().unwrap().unwrap_err().kind(), ErrorKind::Phonemizer);
        assert!(sentences.next().is_none() && sentences.next().is_none());
    }

    #[test]
    fn a_phonemizer_that_does_not_move_is_no_endless_loop() {
        struct Stuck;
        impl Phonemizer for Stuck {
            fn clauses<'a>(&'a self, _text: &'a str) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
                Box::new(std::iter::repeat_with(|| {
                    Ok(Clause { phonemes: "a".into(), terminator: None, ends_sentence: true, end: 0 })
                }))
            }
        }
        assert_eq!(Sentences::new("é é".into(), Arc::new(Stuck), config(json!({}))).count(), 1);
    }

    #[cfg(feature = "espeak")]
    #[test]
    fn espeak_speaks_sentences() {
        let english = config(json!({}));
        let sentences = Sentences::new("Yes, [[wˈʌn]] two. No".into(), phonemizer_for(&english).unwrap(), english);
        let sentences: Vec<String> = sentences.map(|sentence| sentence.unwrap().concat()).collect();
        assert_eq!(sentences, ["jˈɛs,  wˈʌn tˈuː.", "nˈoʊ"]);
    }

    fn is_send<T: Send + 'static>(_: &T) {}

    proptest! {
        #[test]
        fn any_text_ends(text in r"([ .,|\n()\[\]a\u{301}é]|\[\[|\]\]|\PC){0,60}", letters in any::<bool>()) {
            let config = config(if letters { json!({"phoneme_type": "text"}) } else { json!({"vowel_clusters": [["a", "e"]]}) });
            let sentences = Sentences::new(text, Arc::new(Spelling::default()), config);
            is_send(&sentences);
            for sentence in sentences {
                prop_assert!(is_heard(&sentence.unwrap()));
            }
        }
    }
}
