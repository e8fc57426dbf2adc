//! Any text, in languages of several scripts.

#![no_main]

use std::sync::{Arc, LazyLock};

use chanter_engine::VoiceConfig;
use chanter_fuzz::{checks, smallest};
use libfuzzer_sys::fuzz_target;

const LANGUAGES: [&str; 8] = ["en-us", "de", "fr", "ru", "cmn", "hi", "fa", "tr"];

static CONFIGS: LazyLock<Vec<Arc<VoiceConfig>>> = LazyLock::new(|| {
    let config = |language: &&str| {
        let mut json: serde_json::Value = serde_json::from_slice(&smallest::config()).expect("JSON");
        json["phoneme_type"] = "espeak".into();
        json["espeak"]["voice"] = (*language).into();
        Arc::new(VoiceConfig::from_json(json.to_string().as_bytes()).expect("a config"))
    };
    LANGUAGES.iter().map(config).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((&language, text)) = data.split_first() else { return };
    checks::text(&String::from_utf8_lossy(text), &CONFIGS[usize::from(language) % LANGUAGES.len()]);
});
