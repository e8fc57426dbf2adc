//! What `describe` is answered with.

use chanter_engine::VoiceConfig;
use serde_json::{Value, json};

use super::frame::Event;
use crate::app::App;

/// Every voice that can be used. One program has them all; its keys are there even where they say nothing, since clients
/// want them.
pub(super) fn info(app: &App) -> Event {
    let all = app.shelf().all();
    let usable = all.iter().filter(|(_, standing)| standing.is_ok());
    let voices: Vec<_> =
        usable.filter_map(|(listed, _)| Some(voice(&listed.name, listed.config.as_ref().ok()?))).collect();
    let program = json!({
        "name": "chanter",
        "description": "Piper voices, streamed while they speak",
        "attribution": {"name": "Chanter", "url": ""},
        "installed": true,
        "version": env!("CARGO_PKG_VERSION"),
        "voices": voices,
        "supports_synthesize_streaming": true,
    });
    let nothing = json!([]);
    Event::new(
        "info",
        json!({
            "tts": [program],
            "asr": nothing, "handle": nothing, "intent": nothing, "wake": nothing, "mic": nothing, "snd": nothing,
        }),
    )
}

fn voice(name: &str, config: &VoiceConfig) -> Value {
    let language = config.language.code.as_deref().or(config.espeak_voice.as_deref());
    let description = match (&config.dataset, &config.quality) {
        (Some(dataset), Some(quality)) => format!("{dataset} ({quality})"),
        (Some(dataset), None) => dataset.clone(),
        (None, _) => name.to_owned(),
    };
    json!({
        "name": name,
        "description": description,
        "attribution": {"name": "Piper", "url": "https://github.com/OHF-Voice/piper1-gpl"},
        "installed": true,
        "version": config.piper_version,
        "languages": language.map_or(Vec::new(), |language| vec![language]),
        "speakers": speakers(config),
    })
}

/// In the order of their numbers; nothing for a voice of one.
fn speakers(config: &VoiceConfig) -> Option<Vec<Value>> {
    let mut names: Vec<_> = config.speaker_id_map.iter().collect();
    names.sort_by_key(|(_, id)| **id);
    (names.len() > 1).then(|| names.into_iter().map(|(name, _)| json!({"name": name})).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_of_several_names_them() {
        let config = VoiceConfig::from_json(include_bytes!("../../../../models/test/tiny-multi.onnx.json")).unwrap();
        let many = voice("it", &config);
        let names: Vec<_> = many["speakers"].as_array().unwrap().iter().map(|speaker| &speaker["name"]).collect();
        assert_eq!(names.len(), config.speaker_id_map.len());
        assert_eq!(config.speaker_id(names[1].as_str().unwrap()), Some(1));
        let one = voice("it", &VoiceConfig::built_in().unwrap());
        assert!(one["speakers"].is_null() && one.as_object().unwrap().contains_key("version"));
        assert_eq!(one["languages"], json!(["en_US"]));
    }
}
