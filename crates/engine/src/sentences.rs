//! Text to the phonemes of its sentences, as Piper's `voice.py` and `phonemize_espeak.py` make them, one sentence at a time.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
    sync::Arc,
    task::Poll,
};

use unicode_normalization::UnicodeNormalization;

use crate::blocks::BlockSearch;
use crate::growing::{Tries, is_followed};
use crate::plain::{Counter, add_clause};
use crate::tongues::Tongue;
use crate::{LanguageLexicon, Phonemizer, Result, Sentence, VoiceConfig, voice_config::PhonemeType};

/// A sentence that has more phonemes than this is given in parts, so that a long text without a full stop neither keeps its
/// listener waiting nor fills the memory. It is far more than a network takes at once.
const LONG: usize = 4000;

/// Raw phonemes that are none.
pub(crate) const EMPTY_BLOCK: &str = "[[]]";

/// Of a text that grows, so many bytes that were read are kept before they are thrown away.
const KEPT: usize = 1 << 14;

/// The sentences of a text: the phonemes of each. The work for a sentence is done when it is asked for.
///
/// Sentences of which nothing is heard are left out. After an error there are no more.
pub struct Sentences {
    /// The text, or what is there of it.
    text: String,
    /// The bytes of the text that were before it.
    dropped: usize,
    /// Nothing will be added to it.
    whole: bool,
    phonemizer: Arc<dyn Phonemizer>,
    lexicon: Option<LanguageLexicon>,
    config: Arc<VoiceConfig>,
    /// How far the text has been read, in bytes.
    at: usize,
    /// The next `[[ raw phonemes ]]` in the text, if there is one.
    block: BlockSearch,
    next: Next,
    /// The phonemes of a block that are still to be read, and where the text goes on after it.
    raw: (Range<usize>, usize),
    /// The sentence before, while a block may still be added to it.
    last: Option<Sentence>,
    /// The next sentence goes on with the last one.
    joins: bool,
    tries: Tries,
    /// From these bytes of the whole text on it is read in other languages.
    switches: VecDeque<(usize, Tongue)>,
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

/// What was done.
enum Step {
    /// A sentence, of which perhaps nothing is heard.
    Sentence(Sentence),
    /// Something was read.
    Read,
    /// Nothing can be done before more of the text is there.
    Waits,
    Ended,
}

impl Sentences {
    /// The sentences of `text` in the voice of `config`.
    pub fn new(text: String, phonemizer: Arc<dyn Phonemizer>, config: Arc<VoiceConfig>) -> Self {
        Self { text, whole: true, ..Self::growing(phonemizer, config) }
    }

    /// The sentences of a text that is [pushed](Self::push).
    pub(crate) fn growing(phonemizer: Arc<dyn Phonemizer>, config: Arc<VoiceConfig>) -> Self {
        Self {
            text: String::new(),
            dropped: 0,
            whole: false,
            phonemizer,
            lexicon: None,
            at: 0,
            block: BlockSearch::default(),
            next: if config.phoneme_type == PhonemeType::Text { Next::Letters } else { Next::Part },
            config,
            raw: (0..0, 0),
            last: None,
            joins: false,
            tries: Tries::default(),
            switches: VecDeque::new(),
        }
    }

    /// The same sentences with words read as a lexicon says, if the phonemizer heeds one.
    pub fn with_lexicon(self, lexicon: LanguageLexicon) -> Self {
        Self { lexicon: Some(lexicon), ..self }
    }

    /// Adds text at the end.
    pub(crate) fn push(&mut self, piece: &str) {
        if self.at > KEPT {
            self.drop_what_was_read();
        }
        self.text.push_str(piece);
    }

    /// What is pushed from here on is read in another language, in the same sentence: a block that is empty parts the two.
    pub(crate) fn switch(&mut self, tongue: Tongue) {
        self.push(EMPTY_BLOCK);
        self.switches.push_back((self.dropped + self.text.len(), tongue));
    }

    /// Says that no more text comes.
    pub(crate) fn finish(&mut self) {
        self.whole = true;
    }

    /// A block looks at the character before it, so that one stays.
    fn drop_what_was_read(&mut self) {
        let read = self.text.get(..self.at).unwrap_or_default();
        let bytes = read.char_indices().next_back().map_or(0, |(last, _)| last);
        self.text.drain(..bytes);
        self.dropped += bytes;
        self.at -= bytes;
        self.block.moved(bytes);
        let moved = |at: usize| at.saturating_sub(bytes);
        self.raw = (moved(self.raw.0.start)..moved(self.raw.0.end), moved(self.raw.1));
    }

    /// The next sentence; none after the last. Pending while it may still become another one by text that is to come.
    pub(crate) fn poll_next(&mut self) -> Poll<Option<Result<Sentence>>> {
        loop {
            match self.step() {
                Ok(Step::Sentence(sentence)) if is_heard(&sentence.phonemes) => {
                    return Poll::Ready(Some(Ok(sentence)));
                }
                Ok(Step::Sentence(_) | Step::Read) => {}
                Ok(Step::Waits) => return Poll::Pending,
                Ok(Step::Ended) => return Poll::Ready(None),
                Err(error) => {
                    self.next = Next::End;
                    self.last = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn step(&mut self) -> Result<Step> {
        match self.next {
            Next::Part | Next::Rest => self.part(),
            Next::Block => Ok(self.begin_block()),
            Next::Raw => Ok(self.raw_phonemes()),
            Next::Letters => Ok(self.letters()),
            Next::End => Ok(self.last.take().map_or(Step::Ended, Step::Sentence)),
        }
    }

    /// Reads on in the text between two blocks.
    fn part(&mut self) -> Result<Step> {
        let here = self.dropped + self.at;
        while self.switches.front().is_some_and(|(from, _)| *from <= here) {
            let Some((_, tongue)) = self.switches.pop_front() else { break };
            self.phonemizer = tongue.phonemizer;
            self.lexicon = tongue.lexicon;
        }
        self.block.read(&self.text);
        // Up to where the text is known to be of this part, and whether the part ends there.
        let (end, ends) = match self.block.found() {
            Some(block) => (block.start, true),
            None if self.whole => (self.text.len(), true),
            None => (self.block.none_before(), false),
        };
        let part = self.at..end;
        if part.is_empty() {
            return Ok(if ends { self.end_part() } else { Step::Waits });
        }
        if self.next == Next::Part && self.slice(&part).starts_with("[[") {
            // Piper knows a block by how a part of the text begins, so it takes this one, which has no end, for one too.
            return Ok(if ends { self.begin_raw(part) } else { Step::Waits });
        }
        if !self.joins && self.last.is_some() {
            // A block goes on with the last sentence of a part, so that one is finished.
            return Ok(self.last.take().map_or(Step::Read, Step::Sentence));
        }
        self.sentence_of(part, ends)
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn end_part(&mut self) -> Step {
        self.joins = false;
        self.next = if self.block.found().is_some() { Next::Block } else { Next::End };
        Step::Read
    }

    /// Reads a sentence of a part; what can be given now is at most the one before.
    fn sentence_of(&mut self, part: Range<usize>, ends: bool) -> Result<Step> {
        let Self { tries, text, .. } = self;
        if !ends && !tries.is_worth_one(text.get(part.clone()).unwrap_or_default()) {
            return Ok(Step::Waits);
        }
        let Some((sentence, read)) = self.sentence(&part, ends)? else {
            let Self { tries, text, .. } = self;
            tries.failed(text.get(part).unwrap_or_default());
            return Ok(Step::Waits);
        };
        self.tries = Tries::default();
        self.at += read;
        self.next = Next::Rest;
        let joins = std::mem::take(&mut self.joins);
        match &mut self.last {
            Some(last) if joins && last.phonemes.len() <= LONG => last.append(sentence),
            last => return Ok(last.replace(sentence).map_or(Step::Read, Step::Sentence)),
        }
        Ok(Step::Read)
    }

    /// The next sentence of a part and how many bytes it takes; none if it may still become another one.
    fn sentence(&self, part: &Range<usize>, ends: bool) -> Result<Option<(Sentence, usize)>> {
        let text = self.slice(part);
        let before = self.dropped + part.start;
        let mut sentence = Sentence::default();
        for clause in self.phonemizer.clauses(text, self.lexicon.as_ref()) {
            let clause = clause?;
            add_clause(&mut sentence, &clause, text, before);
            if clause.ends_sentence || sentence.phonemes.len() > LONG {
                // Whatever a phonemizer says, the text has an end.
                let read = if clause.end > 0 && text.is_char_boundary(clause.end) { clause.end } else { text.len() };
                let known = ends || is_followed(text, read);
                return Ok(known.then(|| (self.clustered(sentence), read)));
            }
        }
        Ok(ends.then(|| (self.clustered(sentence), text.len())))
    }

    fn clustered(&self, sentence: Sentence) -> Sentence {
        merge_clusters(sentence, &self.config.vowel_clusters)
    }

    fn last_is_long(&self) -> bool {
        self.last.as_ref().is_some_and(|last| last.phonemes.len() > LONG)
    }

    /// A block goes on with the sentence before it, as does the first sentence after it; the spaces that are next to it in the text are its own.
    fn begin_block(&mut self) -> Step {
        let Some(block) = self.block.found().cloned() else { return self.end_part() };
        self.block = BlockSearch::from(block.end);
        if self.slice(&(0..block.start)).ends_with(' ') {
            self.last.get_or_insert_default().phonemes.push(" ".into());
        }
        self.begin_raw(block)
    }

    fn begin_raw(&mut self, block: Range<usize>) -> Step {
        self.last.get_or_insert_default();
        let end = block.end;
        self.raw = (inside(&self.text, block), end);
        self.next = Next::Raw;
        Step::Read
    }

    /// Adds the phonemes inside a block, a code point each; what stands between spaces is a word.
    fn raw_phonemes(&mut self) -> Step {
        let last = self.last.get_or_insert_default();
        let (inside, end) = &mut self.raw;
        if inside.start >= inside.end {
            let after = self.text.get(*end..).unwrap_or_default();
            if after.is_empty() && !self.whole {
                return Step::Waits;
            }
            if after.starts_with(' ') {
                last.phonemes.push(" ".into());
            }
            self.at = *end;
            self.joins = true;
            self.next = Next::Part;
            return Step::Read;
        }
        for c in self.text.get(inside.clone()).unwrap_or_default().chars().take(LONG) {
            let (phoneme, at) = (last.phonemes.len(), self.dropped + inside.start);
            last.phonemes.push(c.into());
            inside.start += c.len_utf8();
            let text = at..self.dropped + inside.start;
            match last.words.last_mut() {
                _ if c.is_whitespace() => {}
                Some(word) if word.phonemes.end == phoneme && word.text.end == at => {
                    word.phonemes.end += 1;
                    word.text.end = text.end;
                }
                _ => last.add_word(phoneme..phoneme + 1, text),
            }
        }
        if self.last_is_long() {
            self.last.replace(Sentence::default()).map_or(Step::Read, Step::Sentence)
        } else {
            Step::Read
        }
    }

    /// To these voices the whole text is one sentence; a long one is cut after white space or a mark.
    fn letters(&mut self) -> Step {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut end = if self.whole { Some(rest.len()) } else { None };
        let mut pause = None;
        for (index, (at, c)) in rest.char_indices().enumerate() {
            if index == LONG {
                end = Some(pause.unwrap_or(at));
                break;
            }
            if c.is_whitespace() || ".?!,:;。？！，、：；".contains(c) {
                pause = Some(at + c.len_utf8());
            }
        }
        let Some(end) = end else { return Step::Waits };
        let text = rest.get(..end).unwrap_or_default();
        let sentence = letters_of(text, self.dropped + self.at);
        self.at += end;
        if self.whole && self.at == self.text.len() {
            self.next = Next::End;
        }
        Step::Sentence(sentence)
    }
}

impl Iterator for Sentences {
    type Item = Result<Sentence>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.poll_next() {
            Poll::Ready(sentence) => sentence,
            Poll::Pending => None,
        }
    }
}

fn is_heard(phonemes: &[String]) -> bool {
    !phonemes.iter().all(|phoneme| phoneme.chars().all(char::is_whitespace))
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

/// Text as its own phonemes; what stands between spaces is a word.
fn letters_of(text: &str, before: usize) -> Sentence {
    let mut sentence = Sentence::from(text.nfd().map(String::from).collect::<Vec<_>>());
    let mut counter = Counter::new(text.char_indices(), 0);
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        let end = at + word.len();
        sentence.add_word(counter.at(at)..counter.at(end), before + at..before + end);
        // What it was split at.
        at = end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    sentence
}

/// Joins phonemes that are one phoneme to the voice, the longest cluster first.
fn merge_clusters(sentence: Sentence, clusters: &BTreeSet<Vec<String>>) -> Sentence {
    let lengths: BTreeSet<usize> = clusters.iter().map(Vec::len).filter(|len| *len > 1).collect();
    if lengths.is_empty() {
        return sentence;
    }
    let mut merged = Vec::with_capacity(sentence.phonemes.len());
    // Where each merged phoneme begins among those before.
    let mut starts = Vec::with_capacity(sentence.phonemes.len());
    let mut rest = sentence.phonemes.as_slice();
    while let Some((first, after)) = rest.split_first() {
        starts.push(sentence.phonemes.len() - rest.len());
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
    let mut joined = Sentence::from(merged);
    // A phoneme of two words is the first one's.
    let moved = |phoneme: usize| starts.partition_point(|&start| start < phoneme);
    for word in sentence.words {
        joined.add_word(moved(word.phonemes.start)..moved(word.phonemes.end), word.text);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clause, Error, ErrorKind, Word, phonemizer_for};
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Takes letters for phonemes; `. ? !` and line ends end sentences, `, : ;` and `|` clauses. Counts what it is asked for.
    #[derive(Default)]
    struct Spelling(AtomicUsize);

    impl Phonemizer for Spelling {
        fn clauses<'a>(
            &'a self,
            text: &'a str,
            _lexicon: Option<&'a LanguageLexicon>,
        ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
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
                let begin = at;
                at += len + usize::from(mark.is_some());
                let phonemes = rest[..len].trim_matches(' ');
                let first = len - rest[..len].trim_start_matches(' ').len();
                let mut from = 0;
                let words = phonemes.split(' ').map(|word| {
                    let (start, end) = (from, from + word.len());
                    from = end + 1;
                    Word { phonemes: start..end, text: begin + first + start..begin + first + end }
                });
                Some(Ok(Clause {
                    words: words.collect(),
                    phonemes: phonemes.to_owned(),
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
            .map(|sentence| sentence.unwrap().phonemes.join("/"))
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
            .map(|part| part.unwrap().phonemes.concat())
            .collect();
        assert_eq!(parts.concat(), long);
        assert!(parts.len() == 10 && parts.iter().all(|part| part.ends_with([' ', ',', '.'])), "{}", parts.len());
    }

    /// The words of all sentences: what stands in the text, and their phonemes.
    fn words(text: &str, config: Arc<VoiceConfig>) -> Vec<String> {
        let show = |sentence: Result<Sentence>| {
            let Sentence { phonemes, words } = sentence.unwrap();
            let show = |word: Word| format!("{}={}", &text[word.text], phonemes[word.phonemes].concat());
            words.into_iter().map(show).collect::<Vec<_>>()
        };
        Sentences::new(text.to_owned(), Arc::new(Spelling::default()), config).flat_map(show).collect()
    }

    #[test]
    fn words_know_where_they_stand() {
        let plain = config(json!({}));
        let clusters = config(json!({"vowel_clusters": [["a", "ɪ"], ["b", " "]]}));
        let letters = config(json!({"phoneme_type": "text"}));
        let cases: &[(&Arc<VoiceConfig>, &str, &[&str])] = &[
            (&plain, "ab c, d. e", &["ab=ab", "c=c", "d=d", "e=e"]),
            (&plain, "é(en)a çb", &["é(en)a=e\u{301}a", "çb=c\u{327}b"]),
            (&plain, "a [[ bç d ]] e. [[f]]g h", &["a=a", "bç=bç", "d=d", "e=e", "f=f", "g=g", "h=h"]),
            (&plain, "a[[b]]c", &["a=a", "b=b", "c=c"]),
            (&plain, "(en) b", &["b=b"]),
            // A phoneme of the space and a word is the word's that is there first.
            (&clusters, "caɪ ab ad", &["caɪ=caɪ", "ab=ab ", "ad=ad"]),
            (&letters, "Ab. [[c]] é\n d", &["Ab.=Ab.", "[[c]]=[[c]]", "é=e\u{301}", "d=d"]),
        ];
        for (config, text, expected) in cases {
            assert_eq!(words(text, (*config).clone()), *expected, "{text:?}");
        }
        let block = format!("[[ {} ]]", "ab".repeat(5000));
        let cut = words(&block, plain);
        assert!(cut.len() > 1 && cut.iter().all(|word| word.split_once('=').is_some_and(|(text, is)| text == is)));
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
            assert!(sentences.next().unwrap().unwrap().phonemes.len() <= LONG + 3);
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
            fn clauses<'a>(
                &'a self,
                _text: &'a str,
                _lexicon: Option<&'a LanguageLexicon>,
            ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
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
            fn clauses<'a>(
                &'a self,
                _text: &'a str,
                _lexicon: Option<&'a LanguageLexicon>,
            ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
                Box::new(std::iter::repeat_with(|| {
                    Ok(Clause { phonemes: "a".into(), terminator: None, ends_sentence: true, end: 0, words: vec![] })
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
        let sentences: Vec<String> = sentences.map(|sentence| sentence.unwrap().phonemes.concat()).collect();
        assert_eq!(sentences, ["jˈɛs,  wˈʌn tˈuː.", "nˈoʊ"]);
    }

    /// The sentences of a text that comes in pieces, and how many of them came before its end.
    fn live(
        pieces: &[&str],
        phonemizer: Arc<dyn Phonemizer>,
        config: Arc<VoiceConfig>,
        lexicon: Option<LanguageLexicon>,
    ) -> (Vec<Sentence>, usize) {
        let mut sentences = Sentences { lexicon, ..Sentences::growing(phonemizer, config) };
        let mut all = Vec::new();
        for piece in pieces {
            sentences.push(piece);
            while let Poll::Ready(sentence) = sentences.poll_next() {
                all.push(sentence.expect("the end of a text that goes on").unwrap());
            }
        }
        let early = all.len();
        sentences.finish();
        all.extend(sentences.map(Result::unwrap));
        (all, early)
    }

    /// A text in pieces of these lengths, in characters, over and over.
    fn pieces<'t>(text: &'t str, lengths: &[usize]) -> Vec<&'t str> {
        let mut rest = text;
        let mut pieces = Vec::new();
        let mut lengths = lengths.iter().cycle();
        while !rest.is_empty() {
            let len = lengths.next().map_or(rest.len(), |&len| rest.chars().take(len).map(char::len_utf8).sum());
            let (piece, after) = rest.split_at(len);
            pieces.push(piece);
            rest = after;
        }
        pieces
    }

    fn letter_by_letter(text: &str, config: Arc<VoiceConfig>) -> (Vec<String>, usize) {
        let (sentences, early) = live(&pieces(text, &[1]), Arc::new(Spelling::default()), config, None);
        (sentences.iter().map(|sentence| sentence.phonemes.join("/")).collect(), early)
    }

    #[test]
    fn sentences_of_a_growing_text_come_early() {
        let plain = config(json!({}));
        for (text, early) in [
            ("ab", 0),
            ("ab. ", 0),
            ("ab. c", 1),
            ("ab. [[c", 0),
            ("ab. [[c]]", 1),
            // The first sentence after a block goes on with it.
            ("ab. [[c]] d. e. [f", 3),
            ("[[a]] b. cd", 1),
            ("[[a\nb. cd", 0),
            ("a [[b\n c. d. e. f. g", 5),
            (&"a, ".repeat(10_000), 7),
            (&format!("[[ {} ]]", "ab".repeat(20_000)), 5),
        ] {
            let (all, before) = letter_by_letter(text, plain.clone());
            assert_eq!(all, sentences(text, plain.clone()), "{text:?}");
            assert_eq!(before, early, "{:?}", &text[..text.len().min(60)]);
        }
        let letters = config(json!({"phoneme_type": "text"}));
        assert_eq!(letter_by_letter(&"word, and. ".repeat(1000), letters).1, 2);
    }

    #[test]
    fn what_was_read_of_a_growing_text_is_dropped() {
        let plain = config(json!({}));
        let mut sentences = Sentences::growing(Arc::new(Spelling::default()), plain);
        let mut last = None;
        for number in 0..20_000 {
            sentences.push(&format!("é [[b]] c {number}. "));
            while let Poll::Ready(Some(sentence)) = sentences.poll_next() {
                last = Some(sentence.unwrap());
            }
            assert!(sentences.text.len() <= KEPT + 100);
        }
        let text: String = (0..20_000).map(|number| format!("é [[b]] c {number}. ")).collect();
        let words: Vec<&str> = last.unwrap().words.into_iter().map(|word| &text[word.text]).collect();
        assert_eq!(words, ["é", "b", "c", "19998"]);
    }

    /// Espeak reads everything again with each try, so the tries must be few.
    #[test]
    fn a_growing_text_is_not_read_over_and_over() {
        for text in ["a, ".repeat(100_000), ". ".repeat(100_000), "[[ a".repeat(50_000), "aaa aaa ".repeat(40_000)] {
            let phonemizer = Arc::new(Spelling::default());
            live(&pieces(&text, &[1]), phonemizer.clone(), config(json!({})), None);
            let asked_for = phonemizer.0.load(Ordering::Relaxed);
            assert!(asked_for < 150 * text.len(), "{asked_for} of {:?}", &text[..8]);
        }
    }

    #[cfg(feature = "espeak")]
    #[test]
    fn a_phonemizer_is_given_the_lexicon() {
        struct Reading;
        impl Phonemizer for Reading {
            fn clauses<'a>(
                &'a self,
                text: &'a str,
                lexicon: Option<&'a LanguageLexicon>,
            ) -> Box<dyn Iterator<Item = Result<Clause>> + 'a> {
                let found = lexicon.and_then(|lexicon| lexicon.find(text, 0));
                let phonemes = match found {
                    Some((range, crate::Replacement::Text(read))) => format!("{}={read}", &text[range]),
                    _ => String::new(),
                };
                let end = text.len();
                let clause = Clause { phonemes, terminator: None, ends_sentence: true, end, words: Vec::new() };
                Box::new(std::iter::once(Ok(clause)))
            }
        }
        let lexicon = crate::Lexicon::parse("[en]\nab\tcd").unwrap().for_language("en-us");
        let sentences = || Sentences::new("ab.".into(), Arc::new(Reading), config(json!({})));
        assert!(sentences().next().is_none());
        let read = sentences().with_lexicon(lexicon).next().unwrap().unwrap().phonemes.concat();
        assert_eq!(read, "ab=cd");
    }

    fn is_send<T: Send + 'static>(_: &T) {}

    #[cfg(feature = "espeak")]
    mod espeak {
        use super::*;
        use std::sync::OnceLock;

        fn english() -> Arc<dyn Phonemizer> {
            static ENGLISH: OnceLock<Arc<dyn Phonemizer>> = OnceLock::new();
            ENGLISH.get_or_init(|| phonemizer_for(&config(json!({}))).unwrap()).clone()
        }

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            #[test]
            fn pieces_of_english_give_what_the_whole_gives(
                text in r"((Hello|world|it|is|Mr|3|x|A)([ .,!?…:;'\n()\[\]-]|\. |\.\.\. ?|, |'s |\? |\n\n|\[\[|\]\]|\PC){1,3}){0,12}",
                lengths in prop::collection::vec(1..9usize, 1..9),
            ) {
                let config = config(json!({}));
                let whole = Sentences::new(text.clone(), english(), config.clone());
                let whole: Vec<Sentence> = whole.map(Result::unwrap).collect();
                let (live, _) = live(&pieces(&text, &lengths), english(), config, None);
                prop_assert_eq!(live, whole);
            }

            #[test]
            fn a_lexicon_reads_the_same_in_pieces(
                text in r"((Hello|world|it|is|Mr)( |\. |, |'s |\.){1,2}){0,8}", lengths in prop::collection::vec(1..9usize, 1..9),
            ) {
                let lexicon = "hello world\tgood morning\nMr\tMister\nit is\t/ɪz/\nworld.\tall.\nis\tit";
                let lexicon = crate::Lexicon::parse(lexicon).unwrap().for_language("en-us");
                let config = config(json!({}));
                let whole = Sentences::new(text.clone(), english(), config.clone()).with_lexicon(lexicon.clone());
                let whole: Vec<Sentence> = whole.map(Result::unwrap).collect();
                let (live, _) = live(&pieces(&text, &lengths), english(), config, Some(lexicon));
                prop_assert_eq!(live, whole);
            }
        }

        #[test]
        fn an_english_sentence_is_known_while_the_next_is_written() {
            for (text, early) in [
                ("Hello world. It", 1),
                ("Hello.\n\nIt", 1),
                ("Is it? \"Ye", 1),
                ("Mr. and. Mrs", 1),
                ("Mr. and", 0),
                ("One. Two. Thr", 2),
                ("It's 's", 0),
            ] {
                let (_, before) = live(&pieces(text, &[1]), english(), config(json!({})), None);
                assert_eq!(before, early, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_give_what_the_whole_gives(
            text in r"([ .,|\n()\[\]a\u{301}é]|\[\[|\]\]|\. |\PC){0,60}",
            lengths in prop::collection::vec(1..9usize, 1..9),
            letters: bool,
        ) {
            let config = config(if letters { json!({"phoneme_type": "text"}) } else { json!({"vowel_clusters": [["a", "e"]]}) });
            let whole = Sentences::new(text.clone(), Arc::new(Spelling::default()), config.clone());
            let whole: Vec<Sentence> = whole.map(Result::unwrap).collect();
            let (live, _) = live(&pieces(&text, &lengths), Arc::new(Spelling::default()), config, None);
            for sentence in &live {
                let mut at = 0;
                for word in &sentence.words {
                    prop_assert!(word.phonemes.start >= at && word.phonemes.end <= sentence.phonemes.len());
                    prop_assert!(text.get(word.text.clone()).is_some());
                    at = word.phonemes.end;
                }
            }
            prop_assert_eq!(live, whole);
        }

        #[test]
        fn any_text_ends(text in r"([ .,|\n()\[\]a\u{301}é]|\[\[|\]\]|\PC){0,60}", letters in any::<bool>()) {
            let config = config(if letters { json!({"phoneme_type": "text"}) } else { json!({"vowel_clusters": [["a", "e"]]}) });
            let sentences = Sentences::new(text, Arc::new(Spelling::default()), config);
            is_send(&sentences);
            for sentence in sentences {
                prop_assert!(is_heard(&sentence.unwrap().phonemes));
            }
        }
    }
}
