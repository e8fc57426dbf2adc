//! Exact streaming, on networks: however a speech is cut into chunks, it is the same speech.

#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

#[cfg(feature = "espeak")]
use std::task::Poll;

use chanter_engine::{Chunk, Chunking, ErrorKind, Input, PhonemeIds, Settings, Speaker, Voice};
use common::{SLT, Spoken, TINY, TINY_MULTI, bigger_voices, difference, some_ids, speak, try_speak, voices};

const CHUNKINGS: [Chunking; 8] = [
    Chunking { first: 24, largest: 128 },
    Chunking { first: 1, largest: 1 },
    Chunking { first: 2, largest: 7 },
    Chunking { first: 3, largest: 50 },
    Chunking { first: 7, largest: 7 },
    Chunking { first: 50, largest: 1 },
    // These mean what 1 means.
    Chunking { first: 0, largest: 0 },
    Chunking { first: 1, largest: usize::MAX },
];

fn sentences(counts: &[usize]) -> Input {
    Input::PhonemeIds(counts.iter().map(|&count| some_ids(count as u64, count)).collect())
}

#[test]
fn every_chunking_gives_the_same_samples() {
    for (name, voice) in voices() {
        for (counts, silence) in [(&[61][..], 0.0), (&[7, 40, 3], 0.05)] {
            same_in_all_chunks(name, &voice, counts, silence, &CHUNKINGS);
        }
    }
}

#[cfg(feature = "espeak")]
#[test]
fn a_text_in_pieces_gives_the_same_chunks() {
    for (name, voice) in voices() {
        let text = "One line, and more. [[wˈʌn]] two! \n\nThe end";
        let mut settings = Settings::default();
        settings.sentence_silence = 0.02;
        let whole: Vec<Chunk> = voice.speak(text, &settings).unwrap().map(Result::unwrap).collect();
        let mut speech = voice.speak_live(&settings).unwrap();
        let mut live = Vec::new();
        for c in text.chars() {
            speech.push(c.encode_utf8(&mut [0; 4])).unwrap();
            while let Poll::Ready(Some(chunk)) = speech.poll_next() {
                live.push(chunk.unwrap());
            }
        }
        assert!(!live.is_empty() && live.len() < whole.len(), "{name}");
        speech.finish();
        while let Poll::Ready(Some(chunk)) = speech.poll_next() {
            live.push(chunk.unwrap());
        }
        assert!(live == whole, "{name}");
        assert!(whole.iter().flat_map(|chunk| &chunk.words).any(|word| &text[word.text.clone()] == "wˈʌn"), "{name}");
    }
}

/// The same on voices of real sizes.
#[test]
fn every_chunking_of_bigger_voices_gives_the_same_samples() {
    let Some(folder) = bigger_voices() else { return };
    for name in ["synthetic-x_low.onnx", "synthetic-x_low_multi.onnx", "synthetic-medium.onnx"] {
        let voice = Voice::open(&folder.join(name), None).unwrap();
        same_in_all_chunks(name, &voice, &[41, 20], 0.1, &[Chunking::default(), Chunking { first: 3, largest: 17 }]);
    }
}

fn same_in_all_chunks(name: &str, voice: &Voice, counts: &[usize], silence: f32, chunkings: &[Chunking]) {
    // Noise is on, as it is unless a request says otherwise.
    let mut settings = Settings::default();
    settings.sentence_silence = silence;
    settings.seed = 5;
    let whole = speak(voice, sentences(counts), &settings, Chunking::WHOLE);
    let pieces = if silence > 0.0 { 2 } else { 1 };
    assert_eq!(whole.chunks.len(), pieces * counts.len(), "{name}: one chunk for each sentence");
    well_formed(voice, &whole, counts, silence);
    let samples = whole.samples();
    let loudest = samples.iter().fold(0.0f32, |loudest, x| loudest.max(x.abs()));
    assert!(loudest > 1e-2, "{name} says nothing: {loudest}");
    for &chunking in chunkings {
        let streamed = speak(voice, sentences(counts), &settings, chunking);
        assert!(streamed.chunks.len() > whole.chunks.len(), "{name} in {chunking:?}: not streamed");
        let far = difference(&streamed.samples(), &samples);
        assert!(far <= 1e-5, "{name} in {chunking:?}: {far} away");
        well_formed(voice, &streamed, counts, silence);
        assert_eq!(streamed.phonemes(), whole.phonemes(), "{name} in {chunking:?}");
    }
}

/// Chunks follow each other without gaps, sentence after sentence; the phonemes of a sentence cover it, and each chunk
/// lists those that it overlaps.
fn well_formed(voice: &Voice, spoken: &Spoken, counts: &[usize], silence: f32) {
    let hop = voice.anatomy().unwrap().hop;
    let silence = (silence * voice.sample_rate() as f32).round() as usize;
    let mut at = 0;
    for (sentence, &count) in counts.iter().enumerate() {
        let of_sentence = spoken.chunks.iter().filter(|chunk| chunk.sentence == sentence);
        let (silent, heard): (Vec<&Chunk>, Vec<&Chunk>) =
            of_sentence.partition(|chunk| chunk.samples.iter().all(|&x| x == 0.0) && chunk.phonemes.is_empty());
        let start = at;
        for chunk in &heard {
            assert_eq!(chunk.offset, at);
            assert!(!chunk.samples.is_empty() && chunk.samples.len() % hop == 0);
            at += chunk.samples.len() as u64;
        }
        let expected = PhonemeIds::from_ids(some_ids(count as u64, count), voice.config()).unwrap().spans;
        let phonemes = Spoken { chunks: heard.iter().map(|&chunk| chunk.clone()).collect() }.phonemes();
        assert!(phonemes.iter().map(|p| &p.phoneme).eq(expected.iter().map(|span| &span.phoneme)), "{phonemes:?}");
        let ends = phonemes.iter().map(|p| p.samples.end);
        assert!(std::iter::once(start).chain(ends).eq(phonemes.iter().map(|p| p.samples.start).chain([at])));
        for chunk in &heard {
            let (from, to) = (chunk.offset, chunk.offset + chunk.samples.len() as u64);
            let overlapping = phonemes.iter().filter(|p| p.samples.start < to && p.samples.end > from);
            let listed = chunk.phonemes.iter().filter(|p| !p.samples.is_empty());
            assert!(overlapping.eq(listed), "{from}..{to}: {:?}", chunk.phonemes);
        }
        match silent[..] {
            [] => assert_eq!(silence, 0),
            [chunk] => {
                assert_eq!((chunk.offset, chunk.samples.len()), (at, silence));
                at += silence as u64;
            }
            _ => panic!("more than one silence"),
        }
    }
    assert_eq!(at, spoken.samples().len() as u64);
}

#[test]
fn the_seed_makes_the_noise() {
    for (name, voice) in voices() {
        let with = |seed: u64| {
            let mut settings = Settings::default();
            settings.seed = seed;
            speak(&voice, sentences(&[30, 30]), &settings, Chunking::default())
        };
        let one = with(1);
        assert_eq!(one, with(1), "{name}: the same to the bit");
        for other in [0, 2, u64::MAX] {
            assert_ne!(one.samples(), with(other).samples(), "{name}, seed {other}");
        }
        // The same ids twice, but each sentence has noise of its own.
        let of = |sentence: usize| -> Vec<f32> {
            one.chunks.iter().filter(|c| c.sentence == sentence).flat_map(|c| c.samples.clone()).collect()
        };
        assert_ne!(of(0), of(1), "{name}");
    }
}

#[test]
fn each_noise_scale_does_something() {
    for (name, voice) in voices() {
        let with = |noise: f32, noise_w: f32| {
            let mut settings = Settings::default();
            (settings.noise_scale, settings.noise_w_scale) = (Some(noise), Some(noise_w));
            speak(&voice, sentences(&[60]), &settings, Chunking::default())
        };
        let (none, sound, durations) = (with(0.0, 0.0), with(1.0, 0.0), with(0.0, 1.0));
        assert_eq!(none.samples().len(), sound.samples().len(), "{name}: durations do not hang on noise_scale");
        assert_ne!(none.samples(), sound.samples(), "{name}");
        // The default voice's durations have no noise.
        assert_eq!(none.phonemes() == durations.phonemes(), name == "slt", "{name}");
    }
}

#[test]
fn a_listener_who_leaves_leaves_nothing_behind() {
    for (name, voice) in voices() {
        let settings = Settings::default();
        let whole = speak(&voice, sentences(&[40]), &settings, Chunking { first: 3, largest: 3 });
        let mut speech =
            voice.speak(sentences(&[40, 40]), &settings).unwrap().with_chunking(Chunking { first: 3, largest: 3 });
        for chunk in &whole.chunks[..2] {
            assert_eq!(&speech.next().unwrap().unwrap(), chunk, "{name}");
        }
        drop(speech);
        assert_eq!(speak(&voice, sentences(&[40]), &settings, Chunking { first: 3, largest: 3 }), whole, "{name}");
    }
}

#[test]
fn speeches_at_once_do_not_disturb_each_other() {
    for (name, voice) in voices() {
        let settings = Settings::default();
        let alone = [20, 70, 130].map(|count| speak(&voice, sentences(&[count]), &settings, Chunking::default()));
        std::thread::scope(|scope| {
            for alone in [20, 70, 130].iter().zip(&alone).cycle().take(6) {
                let (voice, settings) = (&voice, &settings);
                scope.spawn(move || {
                    let (&count, alone) = alone;
                    let crowded = speak(voice, sentences(&[count]), settings, Chunking::default());
                    assert_eq!(&crowded, alone, "{name}, {count} ids");
                });
            }
        });
    }
}

#[test]
fn speakers_differ() {
    let said = |speaker: Option<Speaker>| {
        let mut settings = common::without_noise();
        settings.speaker = speaker;
        speak(&TINY_MULTI, sentences(&[30]), &settings, Chunking::default()).samples()
    };
    let names = ["anna", "ben", "clara", "david"];
    let by_id: Vec<Vec<f32>> = (0..4).map(|id| said(Some(Speaker::Id(id)))).collect();
    for (id, name) in names.iter().enumerate() {
        assert_eq!(said(Some(Speaker::Name((*name).into()))), by_id[id], "{name}");
        for other in id + 1..names.len() {
            assert_ne!(by_id[id], by_id[other], "{name} and {}", names[other]);
        }
    }
    assert_eq!(said(None), by_id[TINY_MULTI.config().default_speaker_id as usize]);
}

#[test]
fn length_and_volume() {
    for (name, voice) in voices() {
        let plain = speak(&voice, sentences(&[40]), &common::without_noise(), Chunking::default());
        let mut settings = common::without_noise();
        settings.volume = 0.25;
        let quiet = speak(&voice, sentences(&[40]), &settings, Chunking::default()).samples();
        assert_eq!(quiet, plain.samples().iter().map(|x| x * 0.25).collect::<Vec<_>>(), "{name}");
        settings.length_scale = Some(2.0);
        let slow = speak(&voice, sentences(&[40]), &settings, Chunking::default()).samples();
        let ratio = slow.len() as f64 / quiet.len() as f64;
        assert!((1.5..2.5).contains(&ratio), "{name}: {ratio}");
    }
}

/// Longer than any plan that is made when a voice is loaded, and than the largest bucket.
#[test]
fn long_sentences_need_no_splitting() {
    let mut limits = chanter_engine::Limits::default();
    limits.sentence_ids = usize::MAX;
    let voice = TINY.clone().with_limits(limits);
    let spoken = speak(&voice, sentences(&[1101]), &Settings::default(), Chunking::default());
    well_formed(&voice, &spoken, &[1101], 0.0);
    // Under the limit that is the default, it is split, and nothing is lost.
    let split = speak(&TINY, sentences(&[1101]), &Settings::default(), Chunking::default());
    let names = |spoken: &Spoken| spoken.phonemes().into_iter().map(|p| p.phoneme).collect::<Vec<_>>();
    assert_eq!(names(&split), names(&spoken));
    assert_eq!(split.chunks.last().unwrap().sentence, 1);
}

#[test]
fn wrong_ids_are_named() {
    for (name, voice) in voices() {
        for (ids, named) in [
            (vec![vec![1, 0, 256]], "256 at position 2"),
            (vec![vec![1, 0, 2], vec![-1]], "-1 at position 0"),
            (vec![vec![]], "no phoneme ids"),
        ] {
            let error = try_speak(&voice, Input::PhonemeIds(ids), &Settings::default(), Chunking::default());
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Text, "{name}");
            assert!(error.to_string().contains(named), "{name}: {error}");
        }
    }
}

#[test]
fn wrong_settings_are_named() {
    let cases: [(fn(&mut Settings), &str); 4] = [
        (|s| s.length_scale = Some(0.0), "length_scale"),
        (|s| s.volume = f32::NAN, "volume"),
        (|s| s.speaker = Some(Speaker::Id(4)), "speaker is 4; this voice has 4"),
        (|s| s.speaker = Some(Speaker::Name("eva".into())), "anna, ben, clara, david"),
    ];
    for (set, named) in cases {
        let mut settings = Settings::default();
        set(&mut settings);
        let Err(error) = TINY_MULTI.speak(sentences(&[7]), &settings) else { panic!("accepted: {named}") };
        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[test]
fn nothing_to_say() {
    for (name, voice) in voices() {
        let inputs = [Input::PhonemeIds(vec![]), Input::Phonemes(vec![])];
        for input in inputs {
            let spoken = speak(&voice, input.clone(), &Settings::default(), Chunking::default());
            assert!(spoken.chunks.is_empty(), "{name}: {input:?}");
        }
    }
}

#[cfg(feature = "espeak")]
#[test]
fn text_without_a_phoneme_is_silent() {
    for text in ["", " ", "\n\n\t", "\u{feff}", "\u{200b}\u{200d}", "[[]]", "[[ ]]"] {
        let spoken = speak(&SLT, text, &Settings::default(), Chunking::default());
        assert_eq!(spoken.samples().len(), 0, "{text:?}");
    }
    // These are spoken, left out, or read out: no more is asked of them.
    for text in ["🦀", "…", "—", "[[☃]]", "\0", "a\u{0301}\u{0301}", "\u{10ffff}"] {
        try_speak(&SLT, text, &Settings::default(), Chunking::default()).unwrap();
    }
}

#[cfg(feature = "espeak")]
#[test]
fn text_phonemes_and_ids_are_one_speech() {
    let settings = Settings::default();
    let mut text = speak(&SLT, "One, two. Three?", &settings, Chunking::default());
    assert_eq!(text.chunks.last().unwrap().sentence, 1);
    // Only text has words.
    text.chunks.iter_mut().for_each(|chunk| chunk.words.clear());
    let phonemizer = SLT.phonemizer().unwrap();
    let config = std::sync::Arc::new(SLT.config().clone());
    let phonemes: Vec<Vec<String>> =
        chanter_engine::Sentences::new("One, two. Three?".into(), phonemizer, config.clone())
            .map(|sentence| sentence.map(|sentence| sentence.phonemes))
            .collect::<Result<_, _>>()
            .unwrap();
    assert_eq!(speak(&SLT, Input::Phonemes(phonemes.clone()), &settings, Chunking::default()), text);
    let encoder = chanter_engine::PhonemeIdEncoder::new(config);
    let ids = phonemes.iter().map(|phonemes| encoder.encode(phonemes).ids).collect();
    let by_ids = speak(&SLT, Input::PhonemeIds(ids), &settings, Chunking::default());
    assert_eq!(by_ids.samples(), text.samples());
}

#[cfg(feature = "default-voice")]
#[test]
fn the_voice_that_is_built_in_is_the_default_voice() {
    let built_in = Voice::built_in().unwrap();
    assert_eq!(built_in.config(), SLT.config());
    assert_eq!(built_in.anatomy(), SLT.anatomy());
    let said = |voice: &Voice| speak(voice, sentences(&[25]), &Settings::default(), Chunking::default());
    assert_eq!(said(&built_in), said(&SLT));
}

#[test]
fn reading_from_memory_is_reading_from_a_file() {
    let read = |name: &str| std::fs::read(common::model(name)).unwrap();
    let voice = Voice::from_bytes(read("test/tiny.onnx"), &read("test/tiny.onnx.json")).unwrap();
    let said = |voice: &Voice| speak(voice, sentences(&[25, 150]), &Settings::default(), Chunking::default());
    assert_eq!(said(&voice), said(&TINY));
}
