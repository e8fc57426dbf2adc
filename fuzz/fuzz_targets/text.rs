//! Any text to the phoneme ids of its sentences.
#![no_main]

use std::sync::{Arc, LazyLock};

use chanter_engine::{PhonemeIdEncoder, Phonemizer, Sentences, VoiceConfig, phonemizer_for};
use libfuzzer_sys::fuzz_target;

static VOICE: LazyLock<(Arc<VoiceConfig>, Arc<dyn Phonemizer>)> = LazyLock::new(|| {
    let config = Arc::new(VoiceConfig::built_in().expect("the built-in config"));
    let phonemizer = phonemizer_for(&config).expect("English");
    (config, phonemizer)
});

fuzz_target!(|text: &str| {
    let (config, phonemizer) = &*VOICE;
    let encoder = PhonemeIdEncoder::new(config.clone());
    for sentence in Sentences::new(text.to_owned(), phonemizer.clone(), config.clone()) {
        let sentence = sentence.expect("any text can be read");
        assert!(!encoder.encode(&sentence).ids.is_empty());
    }
});
