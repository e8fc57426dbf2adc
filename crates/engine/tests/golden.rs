//! The same speech as Piper's: samples and durations against ONNX Runtime's on the unmodified voices.

#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;

use chanter_engine::{Chunking, Input, PhonemeIds, Speaker, TimedPhoneme, Voice};
use serde::Deserialize;

use common::{difference, model, speak, without_noise};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    voice: String,
    phoneme_ids: Vec<i64>,
    speaker_id: Option<i64>,
    scales: [f32; 3],
    samples: String,
    count: usize,
    durations: Option<Vec<usize>>,
}

#[test]
fn equals_onnx_runtime() {
    let cases = fs::read(model("test/goldens.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&cases).unwrap();
    for voice in ["tiny.onnx", "tiny-multi.onnx", "../en_US-slt-tiny.onnx"] {
        assert!(cases.iter().any(|case| case.voice == voice), "no golden of {voice}");
    }
    for case in &cases {
        check(case);
    }
}

fn check(case: &Case) {
    let name = &case.samples;
    let expected: Vec<f32> = fs::read(model("test").join(name))
        .unwrap()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    assert_eq!(expected.len(), case.count, "{name}: the golden itself");
    // The default voice's pitch is a phase that is summed in f32: it drifts apart between any two runtimes.
    let allowed = if case.voice.contains("slt") { 1e-3 } else { 1e-4 };

    let voice = Voice::open(&model("test").join(&case.voice), None).unwrap();
    let mut settings = without_noise();
    assert_eq!([case.scales[0], case.scales[2]], [0.0; 2], "{name}: goldens have no noise");
    settings.length_scale = Some(case.scales[1]);
    settings.speaker = case.speaker_id.map(Speaker::Id);
    for chunking in [Chunking::WHOLE, Chunking::default(), Chunking { first: 5, largest: 9 }] {
        let spoken = speak(&voice, Input::PhonemeIds(vec![case.phoneme_ids.clone()]), &settings, chunking);
        let far = difference(&spoken.samples(), &expected);
        assert!(far <= allowed, "{name} in {chunking:?}: {far} away");
        if let Some(durations) = &case.durations {
            let expected = timed(&voice, &case.phoneme_ids, durations);
            assert_eq!(spoken.phonemes(), expected, "{name} in {chunking:?}");
        }
    }
}

/// Where the phonemes of these ids sound.
fn timed(voice: &Voice, ids: &[i64], durations: &[usize]) -> Vec<TimedPhoneme> {
    assert_eq!(durations.len(), ids.len());
    let hop = voice.anatomy().unwrap().hop;
    let mut at = 0;
    let spans = PhonemeIds::from_ids(ids.to_vec(), voice.config()).unwrap().spans;
    spans
        .into_iter()
        .map(|span| {
            let start = at;
            at += (durations[span.ids].iter().sum::<usize>() * hop) as u64;
            TimedPhoneme { phoneme: span.phoneme, samples: start..at }
        })
        .collect()
}
