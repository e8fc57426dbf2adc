//! Voices by name: which there are, and which one a request gets.

use std::collections::BTreeSet;

use chanter_engine::{PhonemeType, VoiceConfig};
use serde_json::{Map, Value, json};

use crate::Failure;

/// The name of the voice that is built in.
pub const BUILT_IN_VOICE: &str = "en_US-slt-tiny";

/// Names its content, for [`cache_key`](crate::cache_key).
pub const BUILT_IN_ID: &str = concat!("en_US-slt-tiny of ", env!("CARGO_PKG_VERSION"));

/// Voices of OpenAI's; for those who cannot ask for another.
const OPENAI: [&str; 13] =
    ["alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"];

/// The name of the voice that a request gets: the one that it asks for, or the default one where it asks for none or for
/// one of OpenAI's.
///
/// # Errors
/// 400, naming those there are.
pub fn choose_voice<'a>(
    asked: Option<&str>,
    names: impl IntoIterator<Item = &'a str>,
    default: &'a str,
) -> Result<&'a str, Failure> {
    let Some(asked) = asked else { return Ok(default) };
    let mut known = Vec::new();
    for name in names {
        if name == asked {
            return Ok(name);
        }
        known.push(name);
    }
    if is_openai_voice(asked) {
        return Ok(default);
    }
    let more = if known.len() > 20 { ", and others" } else { "" };
    known.truncate(20);
    let asked: String = asked.chars().take(80).collect();
    let message = format!("there is no voice {asked:?}; there is {}{more}", known.join(", "));
    Err(Failure::invalid(message).about("voice"))
}

/// Whether OpenAI has a voice of this name.
pub fn is_openai_voice(name: &str) -> bool {
    OPENAI.contains(&name)
}

/// The name of the voice that a request for a language gets, where it names none: of the voices and their languages' codes
/// (`de_DE`), the default one if it speaks the language as well as any, else the first that does. `de` takes any German,
/// `de-AT` the German of Austria before any other.
///
/// # Errors
/// 400, naming the languages there are.
pub fn choose_language<'a>(
    asked: &str,
    voices: impl IntoIterator<Item = (&'a str, &'a str)>,
    default: &'a str,
) -> Result<&'a str, Failure> {
    let wanted = asked.replace('-', "_");
    let family = |code: &str| code.split('_').next().unwrap_or_default().to_ascii_lowercase();
    let (mut best, mut known) = (None, BTreeSet::new());
    for (name, code) in voices {
        let fits = if code.eq_ignore_ascii_case(&wanted) {
            2
        } else {
            usize::from(!code.is_empty() && family(code) == family(&wanted))
        };
        let rank = (fits, name == default);
        if fits > 0 && best.is_none_or(|(most, _)| rank > most) {
            best = Some((rank, name));
        }
        known.insert(code);
    }
    best.map(|(_, name)| name).ok_or_else(|| {
        let asked: String = asked.chars().take(40).collect();
        let known: Vec<_> = known.into_iter().filter(|code| !code.is_empty()).collect();
        let message = format!("no voice speaks {asked:?}; there are voices for {}", known.join(", "));
        Failure::invalid(message).about("language")
    })
}

/// What `GET /voices` answers, as Piper's own server does: each voice's name with its config.
pub fn voices_json<'a>(voices: impl IntoIterator<Item = (&'a str, &'a VoiceConfig)>) -> Value {
    voices.into_iter().map(|(name, config)| (name.to_owned(), config_json(config))).collect::<Map<_, _>>().into()
}

/// A config as its `.onnx.json` has it, without what is not known to us.
fn config_json(config: &VoiceConfig) -> Value {
    let VoiceConfig { language, inference, .. } = config;
    let phoneme_type = match config.phoneme_type {
        PhonemeType::Espeak => "espeak",
        PhonemeType::Text => "text",
        PhonemeType::Pinyin => "pinyin",
        PhonemeType::Hebrew => "hebrew",
        PhonemeType::Japanese => "japanese",
        PhonemeType::Thai => "thai",
    };
    let silences = inference.phoneme_silence.iter().map(|(phoneme, &seconds)| (phoneme.clone(), number(seconds)));
    let mut json = json!({
        "audio": {"sample_rate": config.sample_rate, "quality": config.quality},
        "dataset": config.dataset,
        "language": {
            "code": language.code,
            "family": language.family,
            "region": language.region,
            "name_native": language.name_native,
            "name_english": language.name_english,
            "country_english": language.country_english,
        },
        "espeak": {"voice": config.espeak_voice},
        "phoneme_type": phoneme_type,
        "phoneme_id_map": config.phoneme_id_map,
        "phoneme_map": config.phoneme_map,
        "num_symbols": config.num_symbols,
        "num_speakers": config.num_speakers,
        "speaker_id_map": config.speaker_id_map,
        "default_speaker_id": config.default_speaker_id,
        "inference": {
            "noise_scale": number(inference.noise_scale),
            "length_scale": number(inference.length_scale),
            "noise_w": number(inference.noise_w_scale),
            "phoneme_silence": silences.collect::<Map<_, _>>(),
        },
        "hop_length": config.hop_length,
        "vowel_clusters": config.vowel_clusters,
        "piper_version": config.piper_version,
    });
    leave_out_nothings(&mut json);
    json
}

/// A number as people write it: 0.667, not 0.6669999957084656.
fn number(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

fn leave_out_nothings(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(leave_out_nothings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_is_whole() {
        for json in [
            &include_bytes!("../../../models/en_US-slt-tiny.onnx.json")[..],
            include_bytes!("../../../models/test/tiny.onnx.json"),
            include_bytes!("../../../models/test/tiny-multi.onnx.json"),
            // Every field that there is.
            r#"{"audio": {"sample_rate": 16000, "quality": "low"}, "dataset": "d", "language": {"code": "de_DE",
                "family": "de", "region": "DE", "name_native": "Deutsch", "name_english": "German",
                "country_english": "Germany"}, "espeak": {"voice": "de"}, "phoneme_type": "pinyin",
                "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3, 4]}, "phoneme_map": {"b": ["a", "c"]},
                "num_symbols": 5, "num_speakers": 2, "speaker_id_map": {"x": 1}, "default_speaker_id": 1,
                "inference": {"noise_scale": 0.333, "length_scale": 1.1, "noise_w": 0, "phoneme_silence": {"a": 0.2}},
                "hop_length": 256, "vowel_clusters": [["a", "b"]], "piper_version": "1.0.0"}"#
                .as_bytes(),
        ] {
            let config = VoiceConfig::from_json(json).unwrap();
            let voices = voices_json([("it", &config)]);
            assert_eq!(VoiceConfig::from_json(voices["it"].to_string().as_bytes()).unwrap(), config);
            let original: Value = serde_json::from_slice(json).unwrap();
            for name in ["noise_scale", "length_scale", "noise_w"] {
                let numbers = [&voices["it"], &original].map(|config| config["inference"][name].as_f64());
                assert_eq!(numbers[0], numbers[1], "{name}");
            }
        }
    }

    #[test]
    fn a_language_chooses() {
        let voices = [("c", "de_AT"), ("a", "de_DE"), ("b", "de_DE"), ("e", "en_GB"), ("x", "")];
        for (asked, default, chosen) in [
            ("de", "e", "c"),
            ("de", "b", "b"),
            ("de-DE", "e", "a"),
            ("DE_at", "b", "c"),
            ("de_CH", "b", "b"),
            ("en_US", "a", "e"),
        ] {
            assert_eq!(choose_language(asked, voices, default), Ok(chosen), "{asked}");
        }
        let error = choose_language("fr", voices, "a").unwrap_err().to_json();
        assert_eq!(error["param"], "language");
        assert!(error["message"].as_str().unwrap().ends_with("de_AT, de_DE, en_GB"), "{error}");
    }

    #[test]
    fn a_name_chooses() {
        let names = ["de", "en", "alloy"];
        for (asked, chosen) in [(None, "en"), (Some("de"), "de"), (Some("alloy"), "alloy"), (Some("nova"), "en")] {
            assert_eq!(choose_voice(asked, names, "en"), Ok(chosen));
        }
        let error = choose_voice(Some("fr"), names, "en").unwrap_err().to_json();
        assert_eq!(error["param"], "voice");
        assert!(error["message"].as_str().unwrap().contains("de, en, alloy"), "{error}");
    }
}
