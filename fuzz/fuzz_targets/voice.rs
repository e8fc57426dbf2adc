//! Bytes as a voice: an error, or a voice that speaks nine ids without a panic.
#![no_main]

use chanter_engine::{Input, Settings, Voice};
use libfuzzer_sys::fuzz_target;

const CONFIG: &[u8] = include_bytes!("../../models/test/tiny.onnx.json");

fuzz_target!(|data: Vec<u8>| {
    let Ok(voice) = Voice::from_bytes(data, CONFIG) else { return };
    let ids = Input::PhonemeIds(vec![vec![1, 0, 20, 0, 30, 0, 40, 0, 2]]);
    let Ok(speech) = voice.speak(ids, &Settings::default()) else { return };
    for chunk in speech.take(4) {
        let Ok(chunk) = chunk else { return };
        assert!(chunk.samples.iter().all(|s| s.is_finite()));
    }
});
