//! What must hold for any input: no panic, no endless work, and an error that says something.

use std::{ops::Range, sync::Arc};

use chanter_engine::{
    Chunking, Error, ErrorKind, Input, Limits, PhonemeIdEncoder, Result, Sentences, Settings, Voice, VoiceConfig,
    phonemizer_for,
};
use chanter_text::{Part, Places, Reader};

/// Nine phoneme ids, which all voices have.
pub const IDS: [i64; 9] = [1, 0, 20, 0, 25, 0, 14, 0, 2];

/// Loads and speaks; what is heard is finite.
pub fn voice(model: Vec<u8>, config: &[u8]) -> Result<usize> {
    let heard = (|| {
        let mut limits = Limits::default();
        limits.audio_seconds = 30.0;
        let voice = Voice::from_bytes(model, config)?.with_limits(limits);
        let mut heard = 0;
        let speech = voice.speak(Input::PhonemeIds(vec![IDS.to_vec()]), &Settings::default())?;
        for chunk in speech.with_chunking(Chunking { first: 4, largest: 64 }) {
            let samples = chunk?.samples;
            assert!(!samples.is_empty() && samples.iter().all(|x| x.is_finite()), "{samples:?}");
            heard += samples.len();
        }
        Ok(heard)
    })();
    if let Err(error) = &heard {
        says_something(error);
        assert!(!matches!(error.kind(), ErrorKind::Settings | ErrorKind::Phonemizer), "{error:#}");
    }
    heard
}

/// Reads a config; one that can be read can be used.
pub fn config(json: &[u8], model: impl Fn() -> Vec<u8>) -> Result<()> {
    let config = match VoiceConfig::from_json(json) {
        Ok(config) => config,
        Err(error) => {
            says_something(&error);
            assert!(matches!(error.kind(), ErrorKind::Config | ErrorKind::Limit), "{error:#}");
            return Err(error);
        }
    };
    let encoder = PhonemeIdEncoder::new(Arc::new(config.clone()));
    let phonemes: Vec<String> = config.phoneme_id_map.keys().chain(config.phoneme_map.keys()).cloned().collect();
    let encoded = encoder.encode(&phonemes);
    assert!(encoded.ids.iter().all(|&id| (0..i64::from(config.num_symbols)).contains(&id)));
    let _ = phonemizer_for(&config);
    voice(model(), json).map(drop)
}

/// Text to phonemes to ids.
pub fn text(text: &str, config: &Arc<VoiceConfig>) {
    let phonemizer = phonemizer_for(config).expect("the phonemizer of the test's own config");
    let encoder = PhonemeIdEncoder::new(config.clone());
    for sentence in Sentences::new(text.to_owned(), phonemizer, config.clone()) {
        let sentence = sentence.unwrap_or_else(|error| panic!("{error:#}"));
        assert!(!sentence.phonemes.is_empty());
        let ids = encoder.encode_sentence(&sentence).ids;
        assert!(ids.iter().all(|&id| (0..i64::from(config.num_symbols)).contains(&id)));
    }
}

/// Text as Markdown and HTML, as SSML, and as what is inside an SSML document. Pieces are read as the whole, and what is read
/// stands in the text.
pub fn markup(text: &str) {
    let document = format!("<speak>{text}</speak>");
    for (new, text) in [(Reader::manners as fn() -> Reader, text), (ssml, text), (ssml, document.as_str())] {
        let whole = read(new(), &[text]);
        let mut pieces: Vec<&str> = Vec::new();
        let mut rest = text;
        while let Some(length) = rest.chars().next().map(char::len_utf8) {
            let (piece, after) = rest.split_at(length);
            pieces.push(piece);
            rest = after;
        }
        assert_eq!(read(new(), &pieces), whole, "{text:?}");
        for place in whole.1 {
            let source = text.get(place).unwrap_or_else(|| panic!("a place that is none in {text:?}"));
            assert!(!source.is_empty());
        }
    }
}

fn ssml() -> Reader {
    Reader::ssml("en-US")
}

/// What is read and where each character of that comes from, and how it ends.
fn read(mut reader: Reader, pieces: &[&str]) -> (String, Vec<Range<usize>>, Option<usize>) {
    let (mut shown, mut places) = (String::new(), Places::default());
    let mut ranges = Vec::new();
    for end in 0..=pieces.len() {
        match pieces.get(end) {
            Some(piece) => reader.push(piece),
            None => reader.finish(),
        }
        while let Some(part) = reader.next() {
            match part {
                Ok(Part::Text(text) | Part::Phonemes(text)) => {
                    text.places.iter().cloned().for_each(|place| places.push(place));
                    let start = text.places.first().map_or(0, |place| place.read.start);
                    let characters = text.read.char_indices().map(|(at, c)| start + at..start + at + c.len_utf8());
                    ranges.extend(characters.map(|read| places.source_of(&read)));
                    shown.push_str(&text.read);
                }
                Ok(Part::Cue(cue, place)) => shown.push_str(&format!("{{{cue:?} at {place}}}")),
                Err(error) => return (shown, ranges, Some(error.byte)),
            }
        }
    }
    (shown, ranges, None)
}

fn says_something(error: &Error) {
    assert!(error.to_string().len() > 10, "{error:?}");
}
