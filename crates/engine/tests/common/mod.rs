//! What the tests of whole voices share.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chanter_engine::{Chunk, Chunking, Input, Result, Settings, TimedPhoneme, Voice};

/// A voice of one speaker, as Piper's x_low and medium ones.
pub(crate) static TINY: LazyLock<Voice> = LazyLock::new(|| open("test/tiny.onnx"));
/// A voice of four speakers, as Piper's high ones.
pub(crate) static TINY_MULTI: LazyLock<Voice> = LazyLock::new(|| open("test/tiny-multi.onnx"));
/// The default voice, which is no VITS: its couple needs the whole sentence.
pub(crate) static SLT: LazyLock<Voice> = LazyLock::new(|| open("en_US-slt-tiny.onnx"));

/// All voices of the repository, with how far the samples of two ways to the same speech may differ.
pub(crate) fn voices() -> [(&'static str, Voice); 3] {
    [("tiny", TINY.clone()), ("tiny-multi", TINY_MULTI.clone()), ("slt", SLT.clone())]
}

/// A file in models/.
pub(crate) fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name)
}

fn open(name: &str) -> Voice {
    Voice::open(&model(name), None).unwrap()
}

/// Voices of real sizes, which the repository does not hold; `None`, and a message, where they are not beside it.
pub(crate) fn bigger_voices() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/voices");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no folder of bigger voices beside the repository");
    None
}

/// So many phoneme ids, begin, end and pads included, that the tiny voices and the default one all have.
pub(crate) fn some_ids(seed: u64, count: usize) -> Vec<i64> {
    let mut state = seed;
    let mut ids = vec![1];
    while ids.len() + 2 < count {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ids.extend([0, 14 + (state >> 33) as i64 % 80]);
    }
    ids.extend([0, 2]);
    ids
}

/// The voice's settings, but no noise: what ONNX Runtime can be compared with.
pub(crate) fn without_noise() -> Settings {
    let mut settings = Settings::default();
    settings.noise_scale = Some(0.0);
    settings.noise_w_scale = Some(0.0);
    settings
}

/// A speech that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spoken {
    pub(crate) chunks: Vec<Chunk>,
}

impl Spoken {
    pub(crate) fn samples(&self) -> Vec<f32> {
        self.chunks.iter().flat_map(|chunk| chunk.samples.iter().copied()).collect()
    }

    /// Each phoneme once.
    pub(crate) fn phonemes(&self) -> Vec<TimedPhoneme> {
        let mut all: Vec<TimedPhoneme> = Vec::new();
        for phoneme in self.chunks.iter().flat_map(|chunk| &chunk.phonemes) {
            // One at a border is in both chunks; two of the same name differ in their ranges.
            if all.last() != Some(phoneme) {
                all.push(phoneme.clone());
            }
        }
        all
    }
}

pub(crate) fn try_speak(
    voice: &Voice,
    input: impl Into<Input>,
    settings: &Settings,
    chunking: Chunking,
) -> Result<Spoken> {
    let chunks = voice.speak(input, settings)?.with_chunking(chunking).collect::<Result<_>>()?;
    Ok(Spoken { chunks })
}

pub(crate) fn speak(voice: &Voice, input: impl Into<Input>, settings: &Settings, chunking: Chunking) -> Spoken {
    try_speak(voice, input, settings, chunking).unwrap()
}

/// The largest difference of two speeches of the same length.
pub(crate) fn difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len(), "lengths");
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
