//! Bytes as a config: an error, or a config that makes ids of phonemes.
#![no_main]

use std::sync::Arc;

use chanter_engine::{PhonemeIdEncoder, VoiceConfig};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(config) = VoiceConfig::from_json(data) else { return };
    let ids = PhonemeIdEncoder::new(Arc::new(config)).encode(&["a".into(), " ".into(), "ˈ".into()]);
    assert_eq!(ids.spans.last().map_or(0, |span| span.ids.end), ids.ids.len());
});
