//! Our own kernels beside tract's on the unmodified graph.

#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::{Path, PathBuf};

use chanter_engine::{Chunking, Input, Kernels, Settings, Voice, profiled};
use common::{bigger_voices, difference, model, some_ids, speak, without_noise};

/// The voices of the repository, and those of real sizes where they are.
fn all() -> Vec<PathBuf> {
    let own = ["en_US-slt-tiny.onnx", "test/tiny.onnx", "test/tiny-multi.onnx"].map(model);
    let bigger = bigger_voices().map(|folder| {
        ["synthetic-x_low.onnx", "synthetic-x_low_multi.onnx", "synthetic-medium.onnx"].map(|name| folder.join(name))
    });
    own.into_iter().chain(bigger.into_iter().flatten()).collect()
}

fn samples(model: &Path, kernels: Kernels, chunking: Chunking) -> Vec<f32> {
    let voice = Voice::open_with(model, None, kernels).unwrap();
    let ids = Input::PhonemeIds(vec![some_ids(3, 61)]);
    speak(&voice, ids, &without_noise(), chunking).samples()
}

#[test]
fn give_the_samples_of_the_unmodified_graph() {
    for model in all() {
        let expected = samples(&model, Kernels::Off, Chunking::WHOLE);
        // The built-in voice's pitch is a running sum, which the last bit moves.
        let allowed = if model.ends_with("en_US-slt-tiny.onnx") { 1e-3 } else { 1e-5 };
        for kernels in [Kernels::Own, Kernels::Compact, Kernels::Direct] {
            for chunking in [Chunking::WHOLE, Chunking::default()] {
                let far = difference(&samples(&model, kernels, chunking), &expected);
                assert!(far <= allowed, "{} with {kernels:?} in {chunking:?}: {far} away", model.display());
            }
        }
    }
}

#[test]
fn directly_all_chunkings_are_equal_to_the_bit() {
    for model in all() {
        let whole = samples(&model, Kernels::Direct, Chunking::WHOLE);
        for chunking in [Chunking::default(), Chunking { first: 3, largest: 17 }] {
            assert!(samples(&model, Kernels::Direct, chunking) == whole, "{} in {chunking:?}", model.display());
        }
    }
}

/// Nothing falls back to tract's slow path unnoticed.
#[test]
fn take_all_convolutions_of_the_stages_that_stream() {
    for model in all() {
        let voice = Voice::open(&model, None).unwrap();
        let speech = voice.speak(Input::PhonemeIds(vec![some_ids(3, 61)]), &Settings::default()).unwrap();
        let (chunks, times) = profiled(|| speech.map(Result::unwrap).count());
        assert!(chunks > 0);
        let ran = |name: &str| times.iter().any(|op| op.stage == "decoder" && op.op == name);
        assert!(ran("DirectConv") && !ran("Conv") && !ran("DeconvSum"), "{}: {times:?}", model.display());
        let couple = !model.ends_with("en_US-slt-tiny.onnx");
        assert_eq!(voice.anatomy().unwrap().in_turns, [couple, true], "{}", model.display());
    }
}
