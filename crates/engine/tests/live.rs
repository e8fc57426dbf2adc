//! Speech of a text that is still being written, and the words that sound in a chunk.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod fakes;

use std::task::Poll;

use chanter_engine::{Chunk, Chunking, ErrorKind, Limits, LiveSpeech, Result, Settings, TimedWord, Voice};
use fakes::Build;
use proptest::prelude::*;

/// All chunks that there are now.
fn ready(speech: &mut LiveSpeech) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    while let Poll::Ready(Some(chunk)) = speech.poll_next() {
        chunks.push(chunk.unwrap());
    }
    chunks
}

/// The chunks of a text that comes in pieces, and how many came before its end.
fn live(voice: &Voice, pieces: &[&str], settings: &Settings, chunking: Chunking) -> (Vec<Chunk>, usize) {
    let mut speech = voice.speak_live(settings).unwrap().with_chunking(chunking);
    let mut chunks = Vec::new();
    for piece in pieces {
        speech.push(piece).unwrap();
        chunks.extend(ready(&mut speech));
        assert!(speech.poll_next().is_pending());
    }
    let early = chunks.len();
    speech.finish();
    chunks.extend(ready(&mut speech));
    assert!(matches!(speech.poll_next(), Poll::Ready(None)));
    (chunks, early)
}

fn whole(voice: &Voice, text: &str, settings: &Settings, chunking: Chunking) -> Vec<Chunk> {
    voice.speak(text, settings).unwrap().with_chunking(chunking).collect::<Result<_>>().unwrap()
}

fn pieces(text: &str, len: usize) -> Vec<&str> {
    let mut rest = text;
    std::iter::from_fn(|| {
        let end = rest.char_indices().nth(len).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
    .collect()
}

const SMALL: Chunking = Chunking { first: 2, largest: 5 };

#[test]
fn a_long_text_is_spoken_while_it_is_written() {
    let (voice, _) = Build::default().voice();
    let text = "some words, and more of them ".repeat(300);
    let mut settings = Settings::default();
    settings.sentence_silence = 0.01;
    let expected = whole(&voice, &text, &settings, Chunking::default());
    let (chunks, early) = live(&voice, &pieces(&text, 7), &settings, Chunking::default());
    assert!(chunks == expected && early > expected.len() / 2 && early < expected.len());
    // The work for a chunk is done when it is asked for.
    let (voice, calls) = Build::default().voice();
    let mut speech = voice.speak_live(&settings).unwrap();
    speech.push(&text).unwrap();
    assert!(calls.lock().unwrap().is_empty());
    assert!(speech.poll_next().is_ready() && calls.lock().unwrap().len() == 3);
}

#[test]
fn a_text_without_end_or_content() {
    let (voice, _) = Build::default().voice();
    let settings = Settings::default();
    for text in ["", " ", "  \n "] {
        assert_eq!(live(&voice, &pieces(text, 1), &settings, SMALL), (vec![], 0), "{text:?}");
    }
    assert_eq!(live(&voice, &["a", "", "b"], &settings, SMALL), (whole(&voice, "ab", &settings, SMALL), 0));
}

#[test]
fn limits_and_settings_hold() {
    let (voice, _) = Build::default().voice();
    let mut limits = Limits::default();
    limits.text_chars = 5;
    let limited = voice.clone().with_limits(limits);
    let settings = Settings::default();
    let mut speech = limited.speak_live(&settings).unwrap();
    speech.push("éa").unwrap();
    let error = speech.push("bcde").unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains('5')), (ErrorKind::Limit, true));
    speech.push("b c").unwrap();
    speech.finish();
    assert_eq!(ready(&mut speech), whole(&voice, "éab c", &settings, Chunking::default()));
    assert_eq!(speech.push("d").unwrap_err().kind(), ErrorKind::Text);

    let mut limits = Limits::default();
    limits.audio_seconds = 0.01;
    let mut speech = voice.clone().with_limits(limits).speak_live(&settings).unwrap();
    speech.push("some words").unwrap();
    speech.finish();
    assert!(matches!(speech.poll_next(), Poll::Ready(Some(Err(error))) if error.kind() == ErrorKind::Limit));
    assert!(matches!(speech.poll_next(), Poll::Ready(None)));

    let mut settings = Settings::default();
    settings.volume = -1.0;
    assert_eq!(voice.speak_live(&settings).err().map(|error| error.kind()), Some(ErrorKind::Settings));
}

/// Each word once.
fn words(chunks: &[Chunk]) -> Vec<TimedWord> {
    let mut all: Vec<TimedWord> = Vec::new();
    for word in chunks.iter().flat_map(|chunk| &chunk.words) {
        if all.last() != Some(word) {
            all.push(word.clone());
        }
    }
    all
}

#[test]
fn words_sound_where_their_phonemes_do() {
    // A letter has a frame of four samples, as has the pad after it; the é is two letters of which the voice lacks one.
    let (voice, _) = Build { duration: |id| usize::from(id != 0), ..Build::default() }.voice();
    let text = "ab  écd, B";
    for chunking in [Chunking::WHOLE, Chunking { first: 1, largest: 1 }, SMALL] {
        let chunks = whole(&voice, text, &Settings::default(), chunking);
        let heard: Vec<_> = words(&chunks).into_iter().map(|w| (&text[w.text], w.samples)).collect();
        assert_eq!(heard, [("ab", 4..12), ("écd,", 20..36), ("B", 40..48)], "{chunking:?}");
        let mut at = 0;
        for chunk in &chunks {
            let end = at + chunk.samples.len() as u64;
            let sounding: Vec<_> =
                words(&chunks).into_iter().filter(|w| w.samples.start < end && w.samples.end > at).collect();
            assert_eq!(chunk.words, sounding);
            at = end;
        }
    }
}

#[test]
fn words_of_split_sentences_are_where_they_are_spoken() {
    let (voice, _) = Build::default().voice();
    let text = "a bcdefg ".repeat(50);
    let text = text.trim_end();
    for max in [8, 20, 100] {
        let mut limits = Limits::default();
        limits.sentence_ids = max;
        let chunks = whole(&voice.clone().with_limits(limits), text, &Settings::default(), SMALL);
        let words = words(&chunks);
        let mut at = 0;
        for word in &words {
            assert!(word.samples.start >= at && word.samples.end > word.samples.start);
            at = word.samples.end;
        }
        let mut texts: Vec<&str> = words.iter().map(|word| &text[word.text.clone()]).collect();
        // One that is cut is there for each part.
        assert!(texts.len() >= 100 && (max > 8 || texts.len() > 100));
        texts.dedup();
        assert_eq!(texts.join(" "), text, "at most {max}");
    }
}

#[cfg(feature = "espeak")]
mod english {
    use super::*;
    use chanter_engine::PhonemeType;

    fn voice() -> Voice {
        let mut config = fakes::config(4);
        config.phoneme_type = PhonemeType::Espeak;
        config.espeak_voice = Some("en-us".into());
        Voice::from_networks(config, Build::default().networks().0).unwrap()
    }

    #[test]
    fn a_sentence_is_spoken_while_the_next_is_written() {
        let voice = voice();
        let settings = Settings::default();
        let (chunks, early) = live(&voice, &["Hello wor", "ld. A", "nd "], &settings, Chunking::WHOLE);
        assert_eq!((chunks.len(), early), (2, 1));
        assert_eq!(chunks, whole(&voice, "Hello world. And ", &settings, Chunking::WHOLE));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]
        #[test]
        fn pieces_give_the_chunks_of_the_whole(
            text in r"((Hello|it|is|A)( |, |\. |\? |\n\n|[\[\].]){1,2}){0,8}", len in 1..6usize, silence in 0..2u8,
        ) {
            let voice = voice();
            let mut settings = Settings::default();
            settings.sentence_silence = f32::from(silence) * 0.01;
            settings.seed = 7;
            let (chunks, _) = live(&voice, &pieces(&text, len), &settings, SMALL);
            prop_assert_eq!(chunks, whole(&voice, &text, &settings, SMALL));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn pieces_give_the_chunks_of_the_whole(text in r"[a-z ,é]{0,60}", len in 1..9usize) {
        let (voice, _) = Build::default().voice();
        let settings = Settings::default();
        let (chunks, early) = live(&voice, &pieces(&text, len), &settings, SMALL);
        prop_assert_eq!(early, 0);
        prop_assert_eq!(chunks, whole(&voice, &text, &settings, SMALL));
    }
}
