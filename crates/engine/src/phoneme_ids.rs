//! Phonemes to ids and back, as in Piper's `phoneme_ids.py` (and `phonemize_chinese.py` for pinyin).

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Error, ErrorKind, Result, Sentence, VoiceConfig, Word,
    voice_config::{BOS, EOS, PAD, PhonemeType},
};

/// So many phonemes that a voice lacks are warned of, then no more.
const MAX_WARNINGS: usize = 1000;

/// A sentence as the network takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhonemeIds {
    /// The ids, with those of begin, end and pad.
    pub ids: Vec<i64>,
    /// Whose ids these are. The spans follow each other without gaps and cover all ids.
    pub spans: Vec<PhonemeSpan>,
    /// The words of the text, as far as they are known: ranges of `spans`, none of them empty.
    pub words: Vec<Word>,
}

/// The ids of a phoneme and the pad that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhonemeSpan {
    /// The phoneme as the voice's config writes it; empty if the id belongs to none.
    pub phoneme: String,
    /// Where its ids are.
    pub ids: Range<usize>,
}

/// Makes ids from a voice's phonemes.
#[derive(Debug)]
pub struct PhonemeIdEncoder {
    config: Arc<VoiceConfig>,
    warned: Mutex<HashSet<String>>,
}

impl PhonemeIdEncoder {
    /// An encoder for a voice.
    pub fn new(config: Arc<VoiceConfig>) -> Self {
        Self { config, warned: Mutex::default() }
    }

    /// The ids of a sentence. Phonemes that the voice lacks are left out, with a warning in the log the first time.
    pub fn encode(&self, phonemes: &[String]) -> PhonemeIds {
        self.encode_words(phonemes, &[])
    }

    /// The same with the words of the sentence. A word that has no phoneme of the voice's is left out.
    pub fn encode_sentence(&self, sentence: &Sentence) -> PhonemeIds {
        self.encode_words(&sentence.phonemes, &sentence.words)
    }

    /// The words are ranges of the phonemes, in order and not overlapping.
    fn encode_words(&self, phonemes: &[String], words: &[Word]) -> PhonemeIds {
        let config = &*self.config;
        let mut ids = PhonemeIds { ids: Vec::new(), spans: Vec::new(), words: Vec::new() };
        ids.push(config, BOS);
        let mut words = words.iter().peekable();
        let mut begun = 0;
        for (index, phoneme) in phonemes.iter().enumerate() {
            if words.peek().is_some_and(|word| word.phonemes.start == index) {
                begun = ids.spans.len();
            }
            for phoneme in rewritten(config, phoneme) {
                if !ids.push(config, phoneme) && self.is_new(phoneme) {
                    log::warn!("the voice has no phoneme {phoneme:?}; it is left out");
                }
            }
            if let Some(word) = words.next_if(|word| word.phonemes.end == index + 1)
                && begun < ids.spans.len()
            {
                ids.words.push(Word { phonemes: begun..ids.spans.len(), text: word.text.clone() });
            }
        }
        ids.push(config, EOS);
        ids
    }

    fn is_new(&self, phoneme: &str) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        warned.len() < MAX_WARNINGS && warned.insert(phoneme.to_owned())
    }
}

impl PhonemeIds {
    /// Ids that were given as such, begin, end and pads included.
    ///
    /// # Errors
    /// [`ErrorKind::Text`] names the first id that the voice does not have, and its position from 0.
    pub fn from_ids(ids: Vec<i64>, config: &VoiceConfig) -> Result<Self> {
        if ids.is_empty() {
            return Err(Error::new(ErrorKind::Text, "there are no phoneme ids"));
        }
        let known = 0..i64::from(config.num_symbols);
        if let Some((position, id)) = ids.iter().enumerate().find(|(_, id)| !known.contains(id)) {
            let message = format!(
                "the phoneme id {id} at position {position} is not one of this voice's, which are 0 to {}",
                known.end - 1
            );
            return Err(Error::new(ErrorKind::Text, message));
        }
        let spans = spans_of(&ids, config);
        Ok(Self { ids, spans, words: Vec::new() })
    }

    /// Adds a phoneme and the pad after it, unless the voice does not know it.
    fn push(&mut self, config: &VoiceConfig, phoneme: &str) -> bool {
        let Some(ids) = config.ids_of(phoneme) else { return false };
        let start = self.ids.len();
        self.ids.extend(ids);
        if is_padded(config, phoneme) {
            self.ids.extend(config.ids_of(PAD).unwrap_or_default());
        }
        self.spans.push(PhonemeSpan { phoneme: phoneme.to_owned(), ids: start..self.ids.len() });
        true
    }
}

/// Parts of a sentence that have at most `max_ids` ids each: it is cut after the last mark of `, ; :` that fits, else after the last space,
/// else anywhere. A part has at least one phoneme, whatever the limit. The parts together are the sentence; an empty one has none.
pub fn split_long(sentence: Sentence, max_ids: usize, config: &VoiceConfig) -> Vec<Sentence> {
    let phonemes = &sentence.phonemes;
    let frame = cost(config, BOS) + cost(config, EOS);
    let room = max_ids.saturating_sub(frame);
    let mut cuts = Vec::new();
    let mut start = 0;
    while start < phonemes.len() {
        let costs = phonemes[start..].iter().map(|phoneme| {
            let ids = rewritten(config, phoneme).map(|phoneme| cost(config, phoneme)).sum();
            (phoneme.as_str(), ids)
        });
        let len = first_part(costs, room);
        cuts.push(len);
        start += len;
    }
    sentence.cut(&cuts)
}

/// Parts of given ids that have at most `max` each, cut as [`split_long`] cuts. No id is added or left out.
pub(crate) fn split_ids(ids: PhonemeIds, max: usize) -> Vec<PhonemeIds> {
    let max = max.max(1);
    // A row of pads can be cut anywhere.
    let cut = |span: PhonemeSpan| {
        let PhonemeSpan { phoneme, ids } = span;
        let (end, step) = (ids.end, if phoneme.is_empty() || phoneme == PAD { max } else { usize::MAX });
        ids.step_by(step)
            .map(move |at| PhonemeSpan { phoneme: phoneme.clone(), ids: at..end.min(at.saturating_add(step)) })
    };
    let spans: Vec<PhonemeSpan> = ids.spans.into_iter().flat_map(cut).collect();
    let mut rest = spans.as_slice();
    let mut parts = Vec::new();
    while let Some(first) = rest.first() {
        let start = first.ids.start;
        let len = first_part(rest.iter().map(|span| (span.phoneme.as_str(), span.ids.len())), max);
        let (part, after) = rest.split_at(len);
        let end = after.first().map_or(ids.ids.len(), |span| span.ids.start);
        let moved = |span: &PhonemeSpan| PhonemeSpan {
            phoneme: span.phoneme.clone(),
            ids: span.ids.start - start..span.ids.end - start,
        };
        let ids = ids.ids.get(start..end).unwrap_or_default().to_vec();
        parts.push(PhonemeIds { ids, spans: part.iter().map(moved).collect(), words: Vec::new() });
        rest = after;
    }
    parts
}

/// How many of the phonemes, each given with its count of ids, the first part takes; one at least.
fn first_part<'a>(phonemes: impl Iterator<Item = (&'a str, usize)>, room: usize) -> usize {
    let (mut used, mut mark, mut space) = (0usize, None, None);
    let mut count = 0;
    for (index, (phoneme, ids)) in phonemes.enumerate() {
        used += ids;
        if used > room && index > 0 {
            return mark.or(space).unwrap_or(index);
        }
        match phoneme {
            "," | ";" | ":" => mark = Some(index + 1),
            " " => {
                // The space after a mark stays with it.
                mark = mark.map(|mark| if mark == index { index + 1 } else { mark });
                space = Some(index + 1);
            }
            _ => {}
        }
        count = index + 1;
    }
    count
}

/// What a phoneme becomes by the config's `phoneme_map`; nearly always itself.
fn rewritten<'a>(config: &'a VoiceConfig, phoneme: &'a String) -> impl Iterator<Item = &'a str> {
    let list = config.phoneme_map.get(phoneme).map_or(std::slice::from_ref(phoneme), Vec::as_slice);
    list.iter().map(String::as_str)
}

/// How many ids a phoneme takes, with the pad after it.
fn cost(config: &VoiceConfig, phoneme: &str) -> usize {
    let pad = if is_padded(config, phoneme) { config.ids_of(PAD).map_or(0, <[i64]>::len) } else { 0 };
    config.ids_of(phoneme).map_or(0, |ids| ids.len() + pad)
}

/// Whether a pad follows a phoneme: always but at the end; in pinyin only after a syllable or a mark.
fn is_padded(config: &VoiceConfig, phoneme: &str) -> bool {
    let ends_group = || {
        matches!(
            phoneme,
            "1" | "2"
                | "3"
                | "4"
                | "5"
                | "。"
                | "？"
                | "！"
                | "."
                | "?"
                | "!"
                | "—"
                | "…"
                | "、"
                | "，"
                | "："
                | "；"
                | ","
                | ":"
                | ";"
        )
    };
    phoneme != EOS && (config.phoneme_type != PhonemeType::Pinyin || ends_group())
}

/// Whose ids these are, as far as the config says.
fn spans_of(ids: &[i64], config: &VoiceConfig) -> Vec<PhonemeSpan> {
    let pad = config.ids_of(PAD).unwrap_or_default();
    let mut phonemes = BTreeMap::new();
    for (phoneme, ids) in &config.phoneme_id_map {
        if phoneme != PAD && !ids.is_empty() {
            phonemes.entry(ids.as_slice()).or_insert(phoneme.as_str());
        }
    }
    let lengths: BTreeSet<usize> = phonemes.keys().map(|ids| ids.len()).collect();
    let longest_at = |rest: &[i64]| {
        lengths.iter().rev().find_map(|&len| {
            let ids = rest.get(..len)?;
            Some((*phonemes.get(ids)?, len))
        })
    };

    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(rest) = ids.get(at..).filter(|rest| !rest.is_empty()) {
        let pads = |rest: &[i64]| {
            if pad.is_empty() { 0 } else { rest.chunks(pad.len()).take_while(|ids| *ids == pad).count() * pad.len() }
        };
        let (phoneme, len) = match pads(rest) {
            0 => longest_at(rest).unwrap_or(("", 1)),
            pads => (PAD, pads),
        };
        let end = at + len + pads(rest.get(len..).unwrap_or_default());
        spans.push(PhonemeSpan { phoneme: phoneme.to_owned(), ids: at..end });
        at = end;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn config(change: Value) -> Arc<VoiceConfig> {
        let mut json = json!({
            "audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "num_symbols": 40, "num_speakers": 1,
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], ",": [4], ".": [5], "a": [6], "b": [7], "aɪ": [8, 9], "none": [], "1": [10], "ä": [6]}
        });
        json.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Arc::new(VoiceConfig::from_json(json.to_string().as_bytes()).unwrap())
    }

    fn words(text: &str) -> Vec<String> {
        text.split('/').map(String::from).collect()
    }

    fn encode(config: Arc<VoiceConfig>, phonemes: &str) -> (Vec<i64>, String) {
        let encoder = PhonemeIdEncoder::new(config);
        let PhonemeIds { ids, spans, .. } = encoder.encode(&words(phonemes));
        (ids, show(&spans))
    }

    fn show(spans: &[PhonemeSpan]) -> String {
        spans
            .iter()
            .map(|span| format!("{}:{}-{}", span.phoneme, span.ids.start, span.ids.end))
            .collect::<Vec<_>>()
            .join(" ")
    }

    // Expected ids: what piper-tts 1.8.0 gives for these phonemes and maps.
    #[test]
    fn ids_are_padded() {
        let plain = config(json!({}));
        assert_eq!(encode(plain.clone(), "a"), (vec![1, 0, 6, 0, 2], "^:0-2 a:2-4 $:4-5".into()));
        assert_eq!(encode(plain.clone(), "a/,/ /aɪ").0, [1, 0, 6, 0, 4, 0, 3, 0, 8, 9, 0, 2]);
        assert_eq!(encode(plain.clone(), "none/x/b").0, [1, 0, 0, 7, 0, 2]);
        assert_eq!(PhonemeIdEncoder::new(plain).encode(&[]).ids, [1, 0, 2]);
        let long = config(json!({"phoneme_id_map": {"_": [0, 3], "^": [1, 4], "$": [2, 5], "a": [6, 7]}}));
        assert_eq!(
            encode(long, "a/a"),
            (vec![1, 4, 0, 3, 6, 7, 0, 3, 6, 7, 0, 3, 2, 5], "^:0-4 a:4-8 a:8-12 $:12-14".into())
        );
    }

    #[test]
    fn pinyin_is_padded_by_syllables() {
        let pinyin = config(json!({"phoneme_type": "pinyin"}));
        assert_eq!(
            encode(pinyin, "b/a/1/ /b/a/1/."),
            (
                vec![1, 7, 6, 10, 0, 3, 7, 6, 10, 0, 5, 0, 2],
                "^:0-1 b:1-2 a:2-3 1:3-5  :5-6 b:6-7 a:7-8 1:8-10 .:10-12 $:12-13".into()
            )
        );
    }

    #[test]
    fn the_old_phoneme_map_is_applied() {
        let mapped = config(json!({"phoneme_map": {"c": ["b", "a"], "a": ["b"], "x": []}}));
        assert_eq!(encode(mapped, "c/a/x"), (vec![1, 0, 7, 0, 6, 0, 7, 0, 2], "^:0-2 b:2-4 a:4-6 b:6-8 $:8-9".into()));
    }

    #[test]
    fn words_keep_their_spans() {
        let encoder = PhonemeIdEncoder::new(config(json!({"phoneme_map": {"c": ["b", "a"], "y": []}})));
        let word = |phonemes: Range<usize>, text: Range<usize>| Word { phonemes, text };
        let sentence = Sentence {
            phonemes: words("a/c/ /x/y/ /x/aɪ/b"),
            words: vec![word(0..2, 0..5), word(3..5, 6..7), word(6..8, 8..9), word(8..9, 9..10)],
        };
        let ids = encoder.encode_sentence(&sentence);
        assert_eq!(show(&ids.spans), "^:0-2 a:2-4 b:4-6 a:6-8  :8-10  :10-12 aɪ:12-15 b:15-17 $:17-18");
        // The second has no phoneme that the voice knows.
        assert_eq!(ids.words, [word(1..4, 0..5), word(6..7, 8..9), word(7..8, 9..10)]);
    }

    #[test]
    fn each_missing_phoneme_is_new_once() {
        let encoder = PhonemeIdEncoder::new(config(json!({})));
        assert!(encoder.is_new("x") && !encoder.is_new("x") && encoder.is_new("y"));
        for many in 0..2 * MAX_WARNINGS {
            encoder.is_new(&many.to_string());
        }
        assert_eq!(encoder.warned.lock().unwrap().len(), MAX_WARNINGS);
    }

    #[test]
    fn spans_of_given_ids() {
        let plain = config(json!({}));
        for (ids, spans) in [
            (vec![1, 0, 6, 0, 8, 9, 0, 2], "^:0-2 a:2-4 aɪ:4-7 $:7-8"),
            (vec![0, 0, 6, 30, 0, 0, 8, 0], "_:0-2 a:2-3 :3-6 :6-8"),
            (vec![7], "b:0-1"),
            (vec![0], "_:0-1"),
        ] {
            assert_eq!(show(&PhonemeIds::from_ids(ids, &plain).unwrap().spans), spans);
        }
    }

    #[test]
    fn ids_that_a_voice_lacks() {
        let plain = config(json!({}));
        for (ids, named) in [
            (vec![], "no phoneme ids"),
            (vec![1, 40], "40 at position 1"),
            (vec![-1], "-1 at position 0"),
            (vec![1, 0, i64::MAX], "0 to 39"),
        ] {
            let error = PhonemeIds::from_ids(ids, &plain).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Text);
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn long_sentences_are_cut_where_it_hurts_least() {
        let plain = config(json!({}));
        for (phonemes, max_ids, parts) in [
            ("a/b/a", 100, "a/b/a"),
            ("a/,/ /b/ /a/b/a", 3 + 12, "a/,/ |b/ /a/b/a"),
            ("a/,/b/,/a/a/a", 3 + 10, "a/,/b/,|a/a/a"),
            ("a/b/ /a/b/ /a/b", 3 + 10, "a/b/ |a/b/ /a/b"),
            ("a/b/a/b/a", 3 + 4, "a/b|a/b|a"),
            ("a/b/a", 0, "a|b|a"),
            // What the voice lacks costs nothing.
            ("a/x/x/x/b", 3 + 4, "a/x/x/x/b"),
            ("aɪ/aɪ/aɪ", 3 + 6, "aɪ/aɪ|aɪ"),
        ] {
            let got = split_long(words(phonemes).into(), max_ids, &plain);
            assert_eq!(
                got.iter().map(|part| part.phonemes.join("/")).collect::<Vec<_>>().join("|"),
                parts,
                "{max_ids}"
            );
        }
        assert!(split_long(Sentence::default(), 10, &plain).is_empty());
    }

    #[test]
    fn given_ids_are_cut_and_stay_what_they_are() {
        let plain = config(json!({}));
        for (ids, max, parts) in [
            (vec![1, 0, 6, 0, 2], 5, "1 0 6 0 2"),
            (vec![1, 0, 6, 0, 4, 0, 3, 0, 7, 0, 2], 10, "1 0 6 0 4 0 3 0|7 0 2"),
            (vec![1, 0, 6, 0, 7, 0, 2], 3, "1 0|6 0|7 0 2"),
            // A pause of pads, ids of no phoneme, and a limit below one phoneme.
            (vec![0, 0, 0, 0, 0], 2, "0 0|0 0|0"),
            (vec![30, 31, 32, 33, 0, 0, 0], 3, "30 31 32|33 0 0|0"),
            (vec![1, 0, 6, 0, 8, 9, 0, 2], 0, "1 0|6 0|8 9 0|2"),
        ] {
            let given = PhonemeIds::from_ids(ids, &plain).unwrap();
            let split = split_ids(given, max);
            let shown = split.iter().map(|part| part.ids.iter().map(i64::to_string).collect::<Vec<_>>().join(" "));
            assert_eq!(shown.collect::<Vec<_>>().join("|"), parts, "at most {max}");
        }
    }

    fn phonemes() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(
            prop_oneof![Just("a"), Just("b"), Just(" "), Just(","), Just("aɪ"), Just("none"), Just("x"), Just("c")]
                .prop_map(String::from),
            0..200,
        )
    }

    proptest! {
        #[test]
        fn spans_tile_and_come_back(phonemes in phonemes()) {
            let config = config(json!({"phoneme_map": {"c": ["b", "b"]}}));
            let encoded = PhonemeIdEncoder::new(config.clone()).encode(&phonemes);
            let given = PhonemeIds::from_ids(encoded.ids.clone(), &config).unwrap();
            for spans in [&encoded.spans, &given.spans] {
                let ends = spans.iter().map(|span| span.ids.end);
                prop_assert!(std::iter::once(0).chain(ends).eq(spans.iter().map(|span| span.ids.start).chain([encoded.ids.len()])));
            }
            if !phonemes.iter().any(|phoneme| phoneme == "none") {
                prop_assert_eq!(&encoded, &given);
            }
        }

        #[test]
        fn any_ids_have_spans_that_tile(ids in prop::collection::vec(0..40i64, 1..100)) {
            let given = PhonemeIds::from_ids(ids.clone(), &config(json!({"phoneme_id_map": {"_": [0, 1], "^": [1], "$": [2, 0], "a": [3, 4, 5], "b": [3]}}))).unwrap();
            let covered: Vec<_> = given.spans.iter().flat_map(|span| span.ids.clone()).collect();
            prop_assert_eq!(covered, (0..ids.len()).collect::<Vec<_>>());
        }

        #[test]
        fn given_parts_fit_and_are_the_sentence(ids in prop::collection::vec(0..40i64, 1..200), max in 0..60usize) {
            let config = config(json!({}));
            let parts = split_ids(PhonemeIds::from_ids(ids.clone(), &config).unwrap(), max);
            prop_assert_eq!(parts.iter().flat_map(|part| part.ids.clone()).collect::<Vec<_>>(), ids);
            for PhonemeIds { ids, spans, .. } in parts {
                prop_assert!(spans.len() == 1 || ids.len() <= max);
                let covered: Vec<_> = spans.iter().flat_map(|span| span.ids.clone()).collect();
                prop_assert_eq!(covered, (0..ids.len()).collect::<Vec<_>>());
            }
        }

        #[test]
        fn parts_fit_and_are_the_sentence(phonemes in phonemes(), max_ids in 0..120usize) {
            let config = config(json!({"phoneme_map": {"c": ["b", "b"]}}));
            let parts = split_long(phonemes.clone().into(), max_ids, &config);
            let together: Vec<String> = parts.iter().flat_map(|part| part.phonemes.clone()).collect();
            prop_assert_eq!(together, phonemes);
            let encoder = PhonemeIdEncoder::new(config);
            for part in parts {
                prop_assert!(!part.phonemes.is_empty());
                prop_assert!(part.phonemes.len() == 1 || encoder.encode_sentence(&part).ids.len() <= max_ids.max(3));
            }
        }
    }
}
