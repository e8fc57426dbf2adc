//! Text that is read with manners, and documents of SSML.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod fakes;

use std::task::Poll;

use chanter_engine::{Chunk, Chunking, ErrorKind, Input, LiveSpeech, Result, Settings, Speech, Voice};
use fakes::{Build, Call};

const SMALL: Chunking = Chunking { first: 2, largest: 5 };

/// A frame of four samples for each letter, and none for pads and the like.
fn voice() -> Voice {
    Build { duration: |id| usize::from(id > 2), ..Build::default() }.voice().0
}

fn ssml(inner: &str) -> Input {
    Input::Ssml(format!("<speak>{inner}</speak>"))
}

fn chunks(speech: Speech) -> Vec<Chunk> {
    speech.collect::<Result<_>>().unwrap()
}

fn speak(voice: &Voice, input: Input) -> Vec<Chunk> {
    chunks(voice.speak(input, &Settings::default()).unwrap().with_chunking(SMALL))
}

fn samples(chunks: &[Chunk]) -> Vec<f32> {
    chunks.iter().flat_map(|chunk| chunk.samples.clone()).collect()
}

fn length(chunks: &[Chunk]) -> u64 {
    chunks.last().map_or(0, |chunk| chunk.offset + chunk.samples.len() as u64)
}

/// Each word once: what stands in the text, and where it sounds.
fn words<'t>(text: &'t str, chunks: &[Chunk]) -> Vec<(&'t str, u64, u64)> {
    let mut words: Vec<_> = chunks
        .iter()
        .flat_map(|chunk| &chunk.words)
        .map(|word| (&text[word.text.clone()], word.samples.start, word.samples.end))
        .collect();
    words.dedup();
    words
}

fn marks(chunks: &[Chunk]) -> Vec<(&str, u64)> {
    chunks.iter().flat_map(|chunk| &chunk.marks).map(|mark| (mark.name.as_str(), mark.sample)).collect()
}

fn ready(speech: &mut LiveSpeech, chunks: &mut Vec<Chunk>) -> Result<()> {
    while let Poll::Ready(Some(chunk)) = speech.poll_next() {
        chunks.push(chunk?);
    }
    Ok(())
}

/// What is heard of a text in pieces of so many characters before its end, and in all.
#[cfg(feature = "espeak")]
fn in_pieces(mut speech: LiveSpeech, text: &str, len: usize) -> Result<(usize, Vec<Chunk>)> {
    let mut chunks = Vec::new();
    let characters: Vec<char> = text.chars().collect();
    for piece in characters.chunks(len) {
        speech.push(&piece.iter().collect::<String>())?;
        ready(&mut speech, &mut chunks)?;
    }
    let early = chunks.len();
    speech.finish();
    ready(&mut speech, &mut chunks)?;
    Ok((early, chunks))
}

#[test]
fn words_are_places_in_what_was_written() {
    let text = "**ab** [cd](http://e.f) g&amp;h *i*";
    let chunks = speak(&voice(), Input::from(text));
    assert_eq!(words(text, &chunks), [("ab", 0, 8), ("cd", 12, 20), ("g&amp;h", 24, 32), ("i", 36, 40)]);
    let mut settings = Settings::default();
    settings.manners = false;
    let plain = self::chunks(voice().speak("ab cd gh i", &settings).unwrap().with_chunking(SMALL));
    assert_eq!(samples(&chunks), samples(&plain));
    // Without manners it is read letter by letter.
    let raw = self::chunks(voice().speak(text, &settings).unwrap());
    assert!(length(&raw) > length(&chunks));
    let document = "<speak>ab <sub alias=\"c d\">ef</sub> <b>g</b>h</speak>";
    let chunks = speak(&voice(), Input::Ssml(document.into()));
    assert_eq!(words(document, &chunks), [("ab", 0, 8), ("ef", 12, 16), ("ef", 20, 24), ("g</b>h", 28, 36)]);
}

#[test]
fn headings_and_items_are_sentences() {
    let chunks = speak(&voice(), Input::from("# ab\ncd\n- ef\n- gh"));
    let sentences: Vec<_> = chunks.iter().map(|chunk| chunk.sentence).collect();
    assert_eq!((sentences.first(), sentences.last()), (Some(&0), Some(&3)));
}

#[test]
fn breaks_are_silence_to_the_sample() {
    let voice = voice();
    for (inner, silent) in [
        ("ab<break time=\"250ms\"/>cd", 8..258),
        ("<break time='0.1s'/>abcd", 0..100),
        ("abcd<break strength='x-weak'/>", 16..116),
        ("a<break strength='none'/>bcd", 0..0),
    ] {
        let chunks = speak(&voice, ssml(inner));
        let silence: Vec<_> = chunks.iter().filter(|chunk| chunk.words.is_empty()).collect();
        assert_eq!(length(&chunks), 16 + silent.len() as u64, "{inner}");
        assert_eq!(silence.len(), usize::from(!silent.is_empty()), "{inner}");
        for chunk in silence {
            assert_eq!((chunk.offset, chunk.samples.len()), (silent.start as u64, silent.len()), "{inner}");
            assert!(chunk.samples.iter().all(|sample| *sample == 0.0));
        }
    }
    // Sentences have the noise that they would have without it.
    let [with, without] = ["ab<break/>cd", "<s>ab</s>cd"].map(|inner| samples(&speak(&voice, ssml(inner))));
    assert_eq!((&with[..8], &with[508..]), (&without[..8], &without[8..]));
}

#[test]
fn marks_are_where_what_follows_begins() {
    let inner = "<mark name='0'/>ab <mark name='1'/>cd <mark name='2'/><break time='10ms'/><mark name='3'/>e<mark name='4'/>f<mark name='5'/>";
    for chunking in [Chunking::WHOLE, Chunking { first: 1, largest: 1 }, SMALL] {
        let chunks = chunks(voice().speak(ssml(inner), &Settings::default()).unwrap().with_chunking(chunking));
        assert_eq!(marks(&chunks), [("0", 0), ("1", 12), ("2", 24), ("3", 34), ("4", 34), ("5", 42)], "{chunking:?}");
        for chunk in &chunks {
            let span = chunk.offset..=chunk.offset + chunk.samples.len() as u64;
            assert!(chunk.marks.iter().all(|mark| span.contains(&mark.sample)));
        }
    }
    assert_eq!(marks(&speak(&voice(), ssml("<mark name='only'/>"))), [("only", 0)]);
}

/// The scales of each sentence.
fn lengths(inner: &str) -> Vec<f32> {
    let (voice, calls) = Build::default().voice();
    speak(&voice, ssml(inner));
    let calls = calls.lock().unwrap();
    calls
        .iter()
        .filter_map(|call| if let Call::Encode { scales, .. } = call { Some(scales.length) } else { None })
        .collect()
}

#[test]
fn rates_change_durations() {
    // The voice's own is 1.5.
    assert_eq!(lengths("<prosody rate='200%'><s>a</s> <s>b</s></prosody> c"), [0.75, 0.75, 1.5]);
    assert_eq!(lengths("<prosody rate='2'>a<prosody rate='50%'><s>b</s></prosody></prosody>"), [0.75, 3.0]);
    assert_eq!(lengths("<prosody rate='0.01'>a</prosody>"), [20.0]);
    // In the middle of a sentence it stays one sentence.
    let voice = Build { duration: |id| if id > 2 { 4 } else { 0 }, ..Build::default() }.voice().0;
    let inner = "ab <prosody rate='200%'>cd</prosody> <prosody rate='50%'>e</prosody>";
    let document = format!("<speak>{inner}</speak>");
    let chunks = speak(&voice, Input::Ssml(document.clone()));
    assert!(chunks.iter().all(|chunk| chunk.sentence == 0));
    assert_eq!(words(&document, &chunks), [("ab", 0, 32), ("cd", 48, 64), ("e", 72, 104)]);
}

#[test]
fn volumes_change_samples_alone() {
    let voice = voice();
    let plain = samples(&speak(&voice, ssml("ab cd")));
    let half = samples(&speak(&voice, ssml("<prosody volume='50'>ab cd</prosody>")));
    assert_eq!(half, plain.iter().map(|sample| sample * 0.5).collect::<Vec<_>>());
    let silent = samples(&speak(&voice, ssml("ab <prosody volume='silent'>cd</prosody>")));
    // A frame fades.
    assert_eq!((&silent[..12], &silent[15..]), (&plain[..12], &[0.0; 5][..]));
    assert!(silent[12] == plain[12] * 0.75);
    for chunking in [Chunking::WHOLE, Chunking { first: 1, largest: 1 }] {
        let speech = voice.speak(ssml("ab <prosody volume='silent'>cd</prosody>"), &Settings::default()).unwrap();
        assert_eq!(samples(&chunks(speech.with_chunking(chunking))), silent);
    }
}

#[test]
fn other_voices_go_on() {
    let (other, calls) = Build { duration: |id| usize::from(id > 2) * 3, ..Build::default() }.voice();
    let names = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let asked = names.clone();
    let document =
        "<speak>a <voice name='other'>b</voice> <voice name='nobody x'>c</voice> <voice name='zoe'>d</voice></speak>";
    let (voice, own) = Build { duration: |id| usize::from(id > 2), ..Build::default() }.voice();
    let speech = voice.speak(Input::Ssml(document.into()), &Settings::default()).unwrap().with_voices(move |name| {
        asked.lock().unwrap().push(name.to_owned());
        (name == "other").then(|| other.clone())
    });
    let mut speech = speech.with_chunking(Chunking::WHOLE);
    let chunks: Vec<Chunk> = speech.by_ref().collect::<Result<_>>().unwrap();
    assert_eq!(words(document, &chunks).iter().map(|word| word.2 - word.1).collect::<Vec<_>>(), [4, 12, 4, 4]);
    assert_eq!(*names.lock().unwrap(), ["other", "nobody x", "nobody", "x"]);
    let warnings = speech.warnings();
    assert!(warnings.len() == 1 && warnings[0].contains("nobody"), "{warnings:?}");
    assert!(speech.warnings().is_empty());
    let speakers = |calls: &[Call]| -> Vec<i64> {
        calls
            .iter()
            .filter_map(|call| if let Call::Encode { speaker, .. } = call { Some(*speaker) } else { None })
            .collect()
    };
    assert_eq!(speakers(&own.lock().unwrap()), [2, 2, 1]);
    assert_eq!(speakers(&calls.lock().unwrap()), [2]);
}

#[test]
fn a_voice_without_a_phonemizer_reads_all_languages_as_its_own() {
    let mut speech = voice().speak(ssml("ab <lang xml:lang='de'>cd</lang> ef"), &Settings::default()).unwrap();
    let chunks: Vec<Chunk> = speech.by_ref().collect::<Result<_>>().unwrap();
    assert_eq!(samples(&chunks), samples(&speak(&voice(), ssml("ab cd ef"))));
    assert!(speech.warnings().iter().any(|warning| warning.contains("de")));
}

#[test]
fn what_is_no_document_is_refused_before_anything_is_heard() {
    let voice = voice();
    let error = voice.speak(Input::Ssml("<speak>a</p></speak>".into()), &Settings::default()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Text);
    assert!(error.to_string().contains("line 1, column 9"), "{error}");
    // What still comes can only be refused where it is wrong.
    let mut speech = voice.speak_live_ssml(&Settings::default()).unwrap();
    speech.push("<speak><s>ab</s></p>").unwrap();
    let mut heard = Vec::new();
    let error = ready(&mut speech, &mut heard).unwrap_err();
    assert_eq!((error.kind(), length(&heard)), (ErrorKind::Text, 8));
    assert!(matches!(speech.poll_next(), Poll::Ready(None)));
    let mut speech = voice.speak(ssml("<x>a</x>"), &Settings::default()).unwrap();
    assert_eq!(speech.warnings().len(), 1, "known before anything is heard");
    chunks(speech);
}

#[cfg(feature = "espeak")]
mod english {
    use super::*;
    use chanter_engine::PhonemeType;
    use proptest::prelude::*;

    fn voice() -> Voice {
        let mut config = fakes::config(4);
        config.phoneme_type = PhonemeType::Espeak;
        config.espeak_voice = Some("en-us".into());
        Voice::from_networks(config, Build::default().networks().0).unwrap()
    }

    /// The phonemes of each sentence, as far as the voice has them.
    fn phonemes(input: Input) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        let speech = voice().speak(input, &Settings::default()).unwrap().with_chunking(Chunking::WHOLE);
        for chunk in chunks(speech) {
            sentences.push(chunk.phonemes.iter().map(|phoneme| phoneme.phoneme.as_str()).collect());
        }
        sentences
    }

    #[test]
    fn phonemes_and_languages_are_of_the_sentence_around_them() {
        let [plain, phoneme] =
            ["be bat so.", "be <phoneme ph='bat'>Betty</phoneme> so."].map(|inner| phonemes(ssml(inner)));
        assert_eq!(phoneme.len(), 1, "{phoneme:?}");
        assert_eq!(phonemes("be [[bat]] so.".into()), phoneme);
        assert_eq!(plain.len(), 1);
        let [own, german] = ["So <lang xml:lang='en-GB'>Vater</lang> so.", "So <lang xml:lang='de'>Vater</lang> so."]
            .map(|inner| phonemes(ssml(inner)));
        assert_eq!((own.len(), german.len()), (1, 1));
        assert!(
            own == phonemes("So Vater so.".into()) && german != own && german[0].contains("ft"),
            "{own:?} {german:?}"
        );
        let mut speech = voice()
            .speak(ssml("<lang xml:lang='tlh'>a</lang> <lang xml:lang='tlh'>b</lang>"), &Settings::default())
            .unwrap();
        assert_eq!(speech.by_ref().collect::<Result<Vec<_>>>().unwrap().last().unwrap().sentence, 0);
        let warnings = speech.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("tlh"), "{warnings:?}");
        // A front end may have its own.
        let none = voice().with_languages(|language| Err(chanter_engine::Error::new(ErrorKind::Phonemizer, language)));
        let mut speech = none.speak(ssml("<lang xml:lang='de'>so</lang>"), &Settings::default()).unwrap();
        assert!(speech.by_ref().all(|chunk| chunk.is_ok()) && speech.warnings().len() == 1);
    }

    #[test]
    fn a_sentence_is_heard_before_the_text_ends() {
        for text in ["**Hello** world. And", "# Hello\n", "- Hello\n- b", "Hello<br>\n\n<p>"] {
            let speech = voice().speak_live(&Settings::default()).unwrap();
            assert!(in_pieces(speech, text, 1).unwrap().0 > 0, "{text:?}");
        }
        for text in ["<speak>Hello world. And", "<speak><s>Hello</s>", "<speak>Hello<break/>"] {
            let mut speech = voice().speak_live_ssml(&Settings::default()).unwrap();
            speech.push(text).unwrap();
            assert!(speech.poll_next().is_ready(), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn what_needs_no_manners_is_read_the_same(
            text in r"((Hello|it|is|A|\(so\)|12:30|a@b)( |, |\. |\? |\n\n|; |: | -- |\[\[a\]\]){1,2}){0,12}",
        ) {
            let mut plain = Settings::default();
            plain.manners = false;
            let voice = voice();
            let [with, without] = [Settings::default(), plain]
                .map(|settings| chunks(voice.speak(text.as_str(), &settings).unwrap().with_chunking(SMALL)));
            prop_assert_eq!(with, without);
        }

        #[test]
        fn pieces_give_the_chunks_of_the_whole(
            text in r"((Hello|\*\*it\*\*|`is`|# A|\n- b|<b>c</b>|https://a.org)( |, |\. |\n|\n\n|\[\[a\]\]){1,2}){0,8}", len in 1..6usize,
        ) {
            let voice = voice();
            let settings = Settings::default();
            let whole = chunks(voice.speak(text.as_str(), &settings).unwrap());
            prop_assert_eq!(in_pieces(voice.speak_live(&settings).unwrap(), &text, len).unwrap().1, whole);
        }

        #[test]
        fn pieces_give_the_chunks_of_the_whole_document(
            inner in r#"((Hello|it|is|A)( |, |\. |\n|<break time="5ms"/>|<mark name="m"/>|<prosody rate="fast" volume="loud">so </prosody>|<lang xml:lang="de">ja</lang>|<phoneme ph="ab">b</phoneme>|<s>c</s>|<voice name="zoe">d</voice>|<x/>){1,2}){0,8}"#,
            len in 1..9usize,
        ) {
            let voice = voice();
            let settings = Settings::default();
            let document = format!("<speak>{inner}</speak>");
            let whole = chunks(voice.speak(Input::Ssml(document.clone()), &settings).unwrap());
            prop_assert_eq!(in_pieces(voice.speak_live_ssml(&settings).unwrap(), &document, len).unwrap().1, whole);
        }
    }
}
