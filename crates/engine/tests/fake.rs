//! How a speech is made, whatever runs the networks: order, amount and laziness of the work, and exactness of the windows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fakes;

use chanter_engine::{
    BOS, Chunk, Chunking, EOS, Error, ErrorKind, Input, Limits, Reach, Result, Scales, Settings, Speaker, Voice,
};
use fakes::{BAD, Build, Call, config};
use proptest::prelude::*;

/// The ids of a word of letters, without pads.
fn ids(word: &str) -> Vec<i64> {
    word.bytes().map(|letter| i64::from(letter - b'a') + 3).collect()
}

fn speak(voice: &Voice, input: impl Into<Input>, chunking: Chunking) -> Vec<Result<Chunk>> {
    voice.speak(input, &Settings::default()).unwrap().with_chunking(chunking).collect()
}

fn samples(chunks: &[Result<Chunk>]) -> Vec<f32> {
    chunks.iter().flatten().flat_map(|chunk| chunk.samples.clone()).collect()
}

/// The first sample of a frame is its noise; the others do not depend on it.
fn without_noise(samples: &[f32], hop: usize) -> Vec<f32> {
    samples.iter().enumerate().filter(|(at, _)| at % hop != 0).map(|(_, &x)| x).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// All is sums of whole numbers: a window that is one frame too short, or shifted, shows.
    #[test]
    fn windows_give_what_the_whole_gives(
        sentences in prop::collection::vec(prop::collection::vec(31i64..60, 1..200), 1..3),
        couple in prop::option::of((0usize..40, 0usize..40)),
        decoder in (0usize..20, 0usize..20),
        (first, largest) in (1usize..60, 1usize..60),
        hop in 2usize..5,
        whole: bool,
    ) {
        let reach = |(left, right)| Reach { left, right };
        let build =
            Build { duration: |id| id as usize % 5, couple: couple.map(reach), decoder: reach(decoder), hop, noise: vec![2, 1], fails: false };
        let chunking = if whole { Chunking::WHOLE } else { Chunking { first, largest } };
        let chunks = speak(&build.voice().0, Input::PhonemeIds(sentences.clone()), chunking);
        let expected: Vec<f32> = sentences.iter().flat_map(|ids| build.samples(ids, &[])).collect();
        prop_assert_eq!(without_noise(&samples(&chunks), hop), without_noise(&expected, hop));
        // Noise is drawn frame by frame, wherever the windows' borders are.
        let other = speak(&build.voice().0, Input::PhonemeIds(sentences), Chunking { first: 7, largest: 11 });
        prop_assert_eq!(samples(&chunks), samples(&other));
    }
}

#[test]
fn nothing_is_done_before_it_is_asked_for() {
    let build = Build::default();
    let (voice, calls) = build.voice();
    let calls = || calls.lock().unwrap().clone();
    let sentences = Input::PhonemeIds(vec![ids(&"abcdefgh".repeat(10)), ids("ab")]);
    let mut speech =
        voice.speak(sentences, &Settings::default()).unwrap().with_chunking(Chunking { first: 5, largest: 5 });
    assert_eq!(calls(), [], "speak itself does no work");

    speech.next().unwrap().unwrap();
    // Five frames, three to the right for the decoder, three more for the couple.
    assert_eq!(calls()[1..], [Call::Couple(0, 5 + 3 + 3), Call::Decode(5 + 3)]);
    speech.next().unwrap().unwrap();
    let two = calls();
    assert_eq!(two.iter().filter(|call| matches!(call, Call::Decode(_))).count(), 2);
    assert_eq!(two.iter().filter(|call| matches!(call, Call::Encode { .. })).count(), 1, "the second sentence waits");
    drop(speech);
    assert_eq!(calls(), two, "a listener who leaves costs nothing more");
}

/// Of a sentence of 600 frames: which stretches the couple was given.
fn coupled(couple: Option<Reach>, chunking: Chunking) -> Vec<(usize, usize)> {
    let (voice, calls) = Build { couple, ..Build::default() }.voice();
    let chunks = speak(&voice, Input::PhonemeIds(vec![vec![5; 600]]), chunking);
    assert_eq!(samples(&chunks).len(), 600 * 4);
    let stretch = |call: &Call| if let Call::Couple(from, count) = call { Some((*from, from + count)) } else { None };
    calls.lock().unwrap().iter().filter_map(stretch).collect()
}

#[test]
fn a_couple_that_needs_all_is_run_once() {
    for chunking in [Chunking::WHOLE, Chunking::default(), Chunking { first: 1, largest: 3 }] {
        assert_eq!(coupled(None, chunking), [(0, 600)], "{chunking:?}");
    }
}

#[test]
fn a_couple_that_looks_so_far_is_run_in_windows() {
    let reach = Reach { left: 30, right: 20 };
    for chunking in [Chunking::WHOLE, Chunking::default(), Chunking { first: 1, largest: 3 }] {
        let windows = coupled(Some(reach), chunking);
        assert!(windows.len() > 2, "{windows:?}");
        // What each keeps: from where the one before ends to its own end, less what it looks beyond.
        let mut kept = 0;
        for &(from, to) in &windows {
            assert_eq!(from, kept - kept.min(reach.left), "{windows:?}");
            kept = if to == 600 { to } else { to - reach.right };
        }
        assert_eq!(kept, 600, "{windows:?}");
        let work: usize = windows.iter().map(|(from, to)| to - from).sum();
        assert!(work < 2 * 600, "{work} frames of work: {windows:?}");
    }
}

#[test]
fn what_goes_wrong_is_an_error_and_the_end() {
    // Nothing is added up, so that every network can tell the ids.
    let none = Reach { left: 0, right: 0 };
    let build = Build { couple: Some(none), decoder: none, fails: true, ..Build::default() };
    let (voice, _) = build.voice();
    let good = samples(&speak(&voice, Input::PhonemeIds(vec![ids("abc")]), Chunking::default()));
    assert_eq!(good.len(), 3 * build.hop);
    for (letter, named) in BAD {
        let sentences = Input::PhonemeIds(vec![ids("abc"), ids(&format!("ab{letter}")), ids("abc")]);
        let mut speech = voice.speak(sentences, &Settings::default()).unwrap();
        assert_eq!(speech.next().unwrap().unwrap().samples, good, "{letter}: the first sentence is heard");
        let error = speech.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Inference, "{letter}: {error}");
        assert!(error.to_string().contains(named), "{letter}: {error}");
        for _ in 0..3 {
            assert!(speech.next().is_none(), "{letter}: nothing comes after an error");
        }
    }
}

#[test]
fn a_sentence_without_end_is_refused() {
    let (voice, calls) = Build { duration: |id| id as usize, ..Build::default() }.voice();
    let mut speech = voice.speak(Input::PhonemeIds(vec![vec![65_536], vec![65_537]]), &Settings::default()).unwrap();
    let heard = speech.by_ref().take_while(Result::is_ok).count();
    assert!(heard > 1);
    let mut speech = voice.speak(Input::PhonemeIds(vec![vec![65_537]]), &Settings::default()).unwrap();
    let before = calls.lock().unwrap().len();
    let error = speech.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("65537") && error.to_string().contains("65536"), "{error}");
    assert_eq!(calls.lock().unwrap().len(), before + 1, "refused after the encoder");
}

/// The one call of the encoder for a word.
fn encoded(voice: &Build, settings: &Settings) -> Result<(Vec<i64>, i64, Scales)> {
    let (voice, calls) = voice.voice();
    voice.speak("ab", settings)?.collect::<Result<Vec<_>>>()?;
    let calls = calls.lock().unwrap();
    let Call::Encode { ids, speaker, scales } = calls[0].clone() else { panic!("{calls:?}") };
    Ok((ids, speaker, scales))
}

#[test]
fn settings_come_from_the_request_or_else_from_the_voice() {
    let build = Build::default();
    let of_voice = Scales { noise: 0.25, length: 1.5, noise_w: 0.75 };
    // Text is its own phonemes; b is written d.
    assert_eq!(encoded(&build, &Settings::default()).unwrap(), (vec![1, 0, 3, 0, 6, 0, 2], 2, of_voice));
    let cases: [(fn(&mut Settings), i64, Scales); 6] = [
        (|s| s.noise_scale = Some(0.0), 2, Scales { noise: 0.0, ..of_voice }),
        (|s| s.length_scale = Some(2.0), 2, Scales { length: 2.0, ..of_voice }),
        (|s| s.noise_w_scale = Some(0.5), 2, Scales { noise_w: 0.5, ..of_voice }),
        (|s| s.speaker = Some(Speaker::Id(0)), 0, of_voice),
        (|s| s.speaker = Some(Speaker::Name("zoe".into())), 1, of_voice),
        (|s| s.speaker = Some(Speaker::Name("adam".into())), 2, of_voice),
    ];
    for (set, speaker, scales) in cases {
        let mut settings = Settings::default();
        set(&mut settings);
        let (_, got, with) = encoded(&build, &settings).unwrap();
        assert_eq!((got, with), (speaker, scales), "{settings:?}");
    }
    for (bad, named) in [
        (Speaker::Id(3), "speaker is 3; this voice has 3"),
        (Speaker::Id(-1), "speaker is -1"),
        (Speaker::Name("eve".into()), "`eve` is not one of this voice's: adam, zoe"),
    ] {
        let mut settings = Settings::default();
        settings.speaker = Some(bad);
        let error = encoded(&build, &settings).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn a_config_of_another_voice_is_refused() {
    let networks = || Build { hop: 8, ..Build::default() }.networks().0;
    let Err(error) = Voice::from_networks(config(4), networks()) else { panic!("accepted") };
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("hop_length is 4") && error.to_string().contains('8'), "{error}");
    Voice::from_networks(config(8), networks()).unwrap();
}

fn limited(set: impl FnOnce(&mut Limits)) -> Voice {
    let mut limits = Limits::default();
    set(&mut limits);
    Build::default().voice().0.with_limits(limits)
}

#[test]
fn long_texts_are_refused_by_characters() {
    let voice = limited(|limits| limits.text_chars = 5);
    for (text, allowed) in [("abcde", true), ("ééééé", true), ("abcdef", false), ("éééééé", false), ("", true)]
    {
        match voice.speak(text, &Settings::default()) {
            Ok(speech) => {
                assert!(allowed, "{text}");
                assert!(speech.into_iter().all(|chunk| chunk.is_ok()));
            }
            Err(error) => {
                assert!(!allowed, "{text}: {error}");
                assert_eq!(error.kind(), ErrorKind::Limit);
                assert!(error.to_string().contains('5'), "{error}");
            }
        }
    }
}

#[test]
fn audio_ends_at_its_limit() {
    // Four samples of each of the 60 ids, at 1000 a second.
    let voice = limited(|limits| limits.audio_seconds = 0.5);
    let heard = |sentences: usize, silence: f32| -> (usize, Option<Error>) {
        let mut settings = Settings::default();
        settings.sentence_silence = silence;
        let speech = voice.speak(Input::PhonemeIds(vec![vec![5; 60]; sentences]), &settings).unwrap();
        let mut heard = 0;
        for chunk in speech {
            match chunk {
                Ok(chunk) => heard += chunk.samples.len(),
                Err(error) => return (heard, Some(error)),
            }
        }
        (heard, None)
    };
    assert!(matches!(heard(2, 0.0), (480, None)));
    assert!(matches!(heard(2, 0.01), (500, None)), "silences count, and the limit itself is allowed");
    for (sentences, silence, before) in [(3, 0.0, 480), (2, 0.011, 240 + 11 + 240), (1, 1.0, 240)] {
        let (samples, error) = heard(sentences, silence);
        let error = error.expect("no limit");
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("0.5 seconds"), "{error}");
        assert_eq!(samples, before, "whole sentences and silences, then the error");
    }
}

/// All phonemes that a voice under a limit of ids speaks, begin and end aside.
fn spoken(max: usize, input: impl Into<Input>) -> Vec<String> {
    let voice = limited(|limits| limits.sentence_ids = max);
    let speech = voice.speak(input, &Settings::default()).unwrap().with_chunking(Chunking::WHOLE);
    let phonemes = speech.flat_map(|chunk| chunk.unwrap().phonemes).map(|timed| timed.phoneme);
    phonemes.filter(|phoneme| phoneme != BOS && phoneme != EOS).collect()
}

#[test]
fn long_sentences_are_spoken_in_parts() {
    let text = "ac, ef gh,ij klm nop qrs, tu ".repeat(20);
    let letters: Vec<String> = text.trim_end().chars().map(String::from).collect();
    let sentences = |phonemes: &[String]| Input::Phonemes(vec![phonemes.to_vec(), Vec::new(), phonemes.to_vec()]);
    // What the phoneme map makes of these is made once, split or not.
    let mapped: Vec<String> = ["A", "B", "b"].repeat(9).into_iter().map(String::from).collect();
    let once: Vec<String> = ["b", "b", "c", "d"].repeat(9).into_iter().map(String::from).collect();
    for max in [0, 1, 2, 3, 7, 8, 20, 100, 1024, usize::MAX] {
        assert_eq!(spoken(max, text.trim_end()), letters, "text, at most {max}");
        assert_eq!(spoken(max, sentences(&letters)), [&letters[..], &letters].concat(), "phonemes, at most {max}");
        assert_eq!(spoken(max, sentences(&mapped)), [&once[..], &once].concat(), "mapped phonemes, at most {max}");
    }
}

#[test]
fn long_rows_of_ids_are_spoken_in_parts() {
    // Begin and end alone, pads alone, ids of no phoneme: nothing may be lost, and nothing end the speech.
    let sentences = [vec![1, 0, 2], vec![0; 50], vec![66, 67, 0, 0, 5, 5, 5, 68, 30, 29, 6], vec![1, 2], vec![7; 30]];
    for max in [0, 1, 2, 3, 7, 20, 1024] {
        let (voice, calls) = Build::default().voice();
        let mut limits = Limits::default();
        limits.sentence_ids = max;
        let chunks = speak(&voice.with_limits(limits), Input::PhonemeIds(sentences.to_vec()), Chunking::default());
        assert!(chunks.iter().all(Result::is_ok));
        let calls = calls.lock().unwrap();
        let parts = calls.iter().filter_map(|call| if let Call::Encode { ids, .. } = call { Some(ids) } else { None });
        let parts: Vec<_> = parts.collect();
        assert!(parts.iter().all(|ids| ids.len() <= max.max(2)), "at most {max}: {parts:?}");
        let all: Vec<i64> = parts.into_iter().flatten().copied().collect();
        assert_eq!(all, sentences.concat(), "at most {max}");
    }
}

#[test]
fn silence_and_volume() {
    let (voice, _) = Build::default().voice();
    let input = || Input::PhonemeIds(vec![vec![5; 9]; 2]);
    let plain = samples(&speak(&voice, input(), Chunking::default()));
    let mut settings = Settings::default();
    settings.sentence_silence = 0.0264;
    settings.volume = 0.5;
    let chunks: Vec<Chunk> = voice.speak(input(), &settings).unwrap().collect::<Result<_>>().unwrap();
    let halved = |samples: &[f32]| samples.iter().map(|x| x * 0.5).collect::<Vec<_>>();
    // 26.4 samples are 26.
    let expected = [halved(&plain[..36]), vec![0.0; 26], halved(&plain[36..]), vec![0.0; 26]].concat();
    assert_eq!(chunks.iter().flat_map(|chunk| chunk.samples.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(chunks.iter().map(|chunk| chunk.sentence).collect::<Vec<_>>(), [0, 0, 1, 1]);
    assert_eq!(chunks.iter().map(|chunk| chunk.offset).collect::<Vec<_>>(), [0, 36, 62, 98]);
    assert!(chunks[1].phonemes.is_empty() && chunks[2].phonemes[0].samples.start == 62);
}

#[test]
fn a_phoneme_of_no_length_stands_in_one_chunk() {
    // b has no frames; it stands before, between and after those of a.
    let (voice, _) = Build { duration: |id| if id == 4 { 0 } else { 4 }, ..Build::default() }.voice();
    for chunking in [Chunking::WHOLE, Chunking { first: 4, largest: 4 }, Chunking { first: 3, largest: 3 }] {
        let chunks = speak(&voice, Input::PhonemeIds(vec![ids("babbab")]), chunking);
        let phonemes = chunks.iter().flatten().flat_map(|chunk| &chunk.phonemes);
        let names: Vec<_> = phonemes.clone().filter(|p| p.samples.is_empty()).map(|p| p.samples.start).collect();
        assert_eq!(names, [0, 16, 16, 32], "{chunking:?}");
    }
    // Nothing has a length: there is one frame, which is nobody's.
    let chunks = speak(&voice, Input::PhonemeIds(vec![ids("bb")]), Chunking::default());
    assert_eq!(samples(&chunks).len(), 4);
    assert_eq!(chunks[0].as_ref().unwrap().phonemes.len(), 2);
}
