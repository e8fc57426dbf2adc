//! Loading a voice, and what is known of it.

use std::ops::Range;

use chanter_engine::{Input, ModelBytes, VoiceConfig, kernels_in_use, phonemizer_of, phonemizer_with};
use js_sys::{JSON, Uint8Array};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::thrown;
use crate::packs::packs;
use crate::speech::{LiveSpeech, Speech};
use crate::{settings, utf16::Utf16};

/// Collects the bytes of a voice's model while they arrive.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct VoiceLoader {
    model: ModelBytes,
}

#[wasm_bindgen]
impl VoiceLoader {
    /// For one model.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes of the model.
    ///
    /// # Errors
    /// `limit` where there is no memory for them.
    pub fn push(&mut self, piece: &Uint8Array) -> Result<(), JsValue> {
        let copy = |part: Range<usize>, room: &mut [u8]| {
            // Indexes of an array in a memory of 4 GiB.
            piece.subarray(part.start as u32, part.end as u32).copy_to(room);
        };
        self.model.fill(piece.length() as usize, copy).map_err(thrown)
    }

    /// The voice of the model, which is now complete, and of its `.onnx.json`.
    ///
    /// # Errors
    /// `config`, `voice`, `limit` or `phonemizer`; the last if [the pack](crate::pack_for) of its language was not added.
    pub fn finish(self, config: &[u8]) -> Result<Voice, JsValue> {
        self.load(config).map_err(thrown)
    }

    fn load(self, config: &[u8]) -> chanter_engine::Result<Voice> {
        let phonemizer = phonemizer_with(&VoiceConfig::from_json(config)?, packs()?)?;
        let voice = chanter_engine::Voice::from_model_bytes(self.model, config)?;
        let packs = packs()?.clone();
        let voice = voice.with_languages(move |language| phonemizer_of(language, &packs));
        Ok(Voice(voice.with_phonemizer(phonemizer)))
    }
}

/// A setting as its config wrote it: 0.667 and not 0.6669999957.
fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| value.into())
}

/// The names of the speakers, as many as a menu can show.
fn speakers(config: &VoiceConfig) -> Vec<String> {
    const MOST: u32 = 10_000;
    let mut names: Vec<String> = (0..config.num_speakers.min(MOST)).map(|id| id.to_string()).collect();
    for (name, id) in &config.speaker_id_map {
        if let Some(speaker) = usize::try_from(*id).ok().and_then(|id| names.get_mut(id)) {
            name.clone_into(speaker);
        }
    }
    names
}

/// A voice, ready to speak.
#[wasm_bindgen]
pub struct Voice(chanter_engine::Voice);

#[wasm_bindgen]
impl Voice {
    /// Samples a second.
    #[wasm_bindgen(getter, js_name = sampleRate)]
    pub fn sample_rate(&self) -> u32 {
        self.0.sample_rate()
    }

    /// An object: `sampleRate`, `language`, `quality`, `numSpeakers`, `speakers` (their names by number; a nameless one's is
    /// its number), `inference` (`noiseScale`, `lengthScale`, `noiseWScale`) and `kernels` (the instruction set of the convolutions, and tract's kernel
    /// for matrices).
    pub fn facts(&self) -> JsValue {
        let config = self.0.config();
        let facts = json!({
            "sampleRate": config.sample_rate,
            "language": config.espeak_voice,
            "quality": config.quality,
            "numSpeakers": config.num_speakers,
            "speakers": speakers(config),
            "inference": {
                "noiseScale": decimal(config.inference.noise_scale),
                "lengthScale": decimal(config.inference.length_scale),
                "noiseWScale": decimal(config.inference.noise_w_scale),
            },
            "kernels": kernels_in_use(),
        });
        JSON::parse(&facts.to_string()).unwrap_or_default()
    }

    /// Does now what the first sentence of so many phoneme ids would otherwise wait for.
    ///
    /// # Errors
    /// `voice`.
    pub fn prepare(&self, ids: usize) -> Result<(), JsValue> {
        self.0.prepare(ids).map_err(thrown)
    }

    /// Begins to speak a text, or a document of SSML, with settings as JSON.
    ///
    /// # Errors
    /// `settings`, `text` or `limit`.
    pub fn speak(&self, text: &str, settings: &str) -> Result<Speech, JsValue> {
        let (settings, ssml) = settings::parse(settings).map_err(thrown)?;
        let input = if ssml { Input::Ssml(text.to_owned()) } else { Input::from(text) };
        let speech = self.0.speak(input, &settings).map_err(thrown)?;
        let mut units = Utf16::default();
        units.push(text);
        Ok(Speech::new(speech, units))
    }

    /// Begins to speak a text that comes in pieces.
    ///
    /// # Errors
    /// As [`speak`](Self::speak).
    #[wasm_bindgen(js_name = speakLive)]
    pub fn speak_live(&self, settings: &str) -> Result<LiveSpeech, JsValue> {
        let (settings, ssml) = settings::parse(settings).map_err(thrown)?;
        let speech = if ssml { self.0.speak_live_ssml(&settings) } else { self.0.speak_live(&settings) };
        Ok(LiveSpeech::new(speech.map_err(thrown)?))
    }
}
