//! OpenAI's request to speak, `POST /v1/audio/speech`
//! (<https://platform.openai.com/docs/api-reference/audio/createSpeech>).

use chanter_engine::Settings;
use http::StatusCode;
use serde_json::{Value, json};

use crate::fields::{Field, Fields, wrong};
use crate::request::{check_length, format, sample_rate, seed, text_input, text_of};
use crate::{Delivery, Failure, Format, Request};

/// The names that these requests know. Others, such as `instructions`, are passed over. `seed`, `language`, `sample_rate`, `ssml` and `manners` are ours.
pub const FIELDS: [&str; 11] = [
    "input",
    "model",
    "voice",
    "language",
    "response_format",
    "stream_format",
    "speed",
    "seed",
    "sample_rate",
    "ssml",
    "manners",
];
/// Models that clients know; they all are the voice that is asked for.
const MODELS: [&str; 4] = ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "chanter"];
/// Samples a second of PCM, as that API has it ("24kHz (16-bit signed, low-endian), without the header").
const PCM_RATE: u32 = 24_000;

/// Reads a request of OpenAI's from its body, JSON whatever it calls itself.
///
/// Where there is no `response_format` it is `mp3`, as with OpenAI; where that is not built in, `wav`: what plays MP3 without
/// being told its type plays WAV too.
///
/// # Errors
/// 400 or 413, in OpenAI's form, naming the field.
pub fn read(body: Vec<u8>, max_text_length: usize) -> Result<Request, Failure> {
    parse(body, max_text_length).map_err(Failure::as_openai)
}

fn parse(body: Vec<u8>, max_text_length: usize) -> Result<Request, Failure> {
    let mut fields = Fields::named(&FIELDS);
    fields.add_json(&text_of(body, max_text_length)?)?;
    let text = fields.string("input")?.ok_or_else(|| Failure::invalid("input is missing").about("input"))?;
    check_length("input", text.chars().count(), text.trim().is_empty(), max_text_length)?;
    let seed = seed(&mut fields)?;
    let mut settings = Settings::default();
    settings.seed = seed.unwrap_or(settings.seed);
    settings.manners = fields.truth("manners")?.unwrap_or(settings.manners);
    let delivery = match fields.string("stream_format")?.as_deref() {
        None | Some("audio") => Delivery::Audio,
        Some("sse") => Delivery::OpenAiEvents,
        Some(_) => return Err(wrong("stream_format", "audio or sse")),
    };
    let asked = format(&mut fields, "response_format")?;
    let format = asked.or_else(|| Format::named("mp3")).unwrap_or(Format::Wav);
    let sample_rate = sample_rate(&mut fields, format)?.or((format == Format::Pcm).then_some(PCM_RATE));
    Ok(Request {
        input: text_input(&mut fields, text)?,
        settings,
        voice: voice(&mut fields)?,
        model: fields.string("model")?,
        language: fields.string("language")?.filter(|language| !language.is_empty()),
        speed: speed(&mut fields)?,
        seeded: seed.is_some(),
        lexicon: None,
        format,
        sample_rate,
        delivery,
    })
}

/// What `GET /v1/models` answers.
pub fn models() -> Value {
    json!({"object": "list", "data": MODELS.map(object)})
}

/// What `GET /v1/models/NAME` answers.
///
/// # Errors
/// 404, in OpenAI's form.
pub fn model(name: &str) -> Result<Value, Failure> {
    MODELS.into_iter().find(|model| *model == name).map(object).ok_or_else(|| {
        let message = format!("there is no such model; there is {}", MODELS.join(", "));
        Failure::new(StatusCode::NOT_FOUND, message).about("model").as_openai()
    })
}

fn object(model: &str) -> Value {
    json!({"id": model, "object": "model", "created": 0, "owned_by": "chanter"})
}

/// What `GET /v1/audio/models` answers, which Open WebUI asks for.
pub fn audio_models() -> Value {
    json!({"models": MODELS.map(|model| json!({"id": model, "name": model}))})
}

/// What `GET /v1/audio/voices` answers, where there are voices of these names.
pub fn voices<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    let voices: Vec<_> = names.into_iter().map(|name| json!({"id": name, "name": name})).collect();
    json!({"voices": voices})
}

/// A name, or an object with the name as its `id`.
fn voice(fields: &mut Fields) -> Result<Option<String>, Failure> {
    let name = match fields.take("voice") {
        None => None,
        Some(Field::Json(Value::Object(mut voice))) => voice.remove("id"),
        Some(Field::Json(value)) => Some(value),
        Some(Field::Plain(name)) => Some(name.into()),
    };
    match name {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(name).filter(|name| !name.is_empty())),
        Some(_) => Err(wrong("voice", "a name, or an object with an id")),
    }
}

fn speed(fields: &mut Fields) -> Result<Option<f32>, Failure> {
    match fields.number("speed")? {
        Some(speed) if !(0.25..=4.0).contains(&speed) => {
            Err(Failure::invalid(format!("speed is {speed}; it must be between 0.25 and 4")).about("speed"))
        }
        speed => Ok(speed),
    }
}

#[cfg(test)]
mod tests {
    use chanter_engine::{Input, VoiceConfig};

    use super::*;

    fn read_json(value: Value) -> Result<Request, Failure> {
        read(value.to_string().into_bytes(), 20)
    }

    #[test]
    fn reads_all_that_counts() {
        let request = read_json(json!({
            "model": "tts-1", "input": "Hello.", "voice": {"id": "nova"}, "instructions": "Gladly.", "speed": 2,
            "response_format": "pcm", "stream_format": "audio", "seed": 7, "text": 3, "lang_code": "a", "stream": true
        }));
        let request = request.unwrap();
        assert_eq!(request.input, Input::from("Hello."));
        assert_eq!((request.voice.as_deref(), request.format), (Some("nova"), Format::Pcm));
        assert_eq!(request.model.as_deref(), Some("tts-1"));
        assert_eq!((request.settings.seed, request.seeded, request.sample_rate), (7, true, Some(24_000)));
        let request = read_json(json!({"input": "a", "response_format": "wav", "stream_format": "sse"})).unwrap();
        assert_eq!((request.sample_rate, request.delivery), (None, Delivery::OpenAiEvents));
        let request = read_json(json!({"input": "Hello.", "voice": "nova", "response_format": null})).unwrap();
        assert_eq!((request.voice.as_deref(), request.format), (Some("nova"), Format::Mp3));
        assert_eq!((request.speed, request.seeded), (None, false));
    }

    #[test]
    fn speed_divides_the_voices_own_durations() {
        let mut voice = VoiceConfig::from_json(include_bytes!("../../../models/test/tiny.onnx.json")).unwrap();
        voice.inference.length_scale = 1.5;
        let mut request = read_json(json!({"input": "Hello.", "speed": 0.5})).unwrap();
        request.suit(&voice);
        assert_eq!(request.settings.length_scale, Some(3.0));
        let mut request = read_json(json!({"input": "Hello."})).unwrap();
        request.suit(&voice);
        assert_eq!(request.settings.length_scale, None);
    }

    #[test]
    fn what_is_wrong_is_named_as_openai_names_it() {
        let long = "a".repeat(21);
        for (request, status, param, message) in [
            (json!({}), 400, "input", "missing"),
            (json!({"input": " "}), 400, "input", "empty"),
            (json!({"input": ["a"]}), 400, "input", "a string"),
            (json!({"input": long}), 413, "input", "at most 20"),
            (json!({"input": "a", "speed": 5}), 400, "speed", "between 0.25 and 4"),
            (json!({"input": "a", "speed": 0}), 400, "speed", "between 0.25 and 4"),
            (json!({"input": "a", "speed": "fast"}), 400, "speed", "a number"),
            (json!({"input": "a", "response_format": "mp4"}), 400, "response_format", "one of wav, pcm"),
            (json!({"input": "a", "response_format": "opus", "sample_rate": 22050}), 400, "sample_rate", "opus has"),
            (json!({"input": "a", "stream_format": "ndjson"}), 400, "stream_format", "audio or sse"),
            (json!({"input": "a", "voice": 3}), 400, "voice", "a name"),
            (json!({"input": "a", "voice": {"id": 3}}), 400, "voice", "a name"),
            (json!({"input": "a", "seed": -1}), 400, "seed", "a whole number"),
        ] {
            let failure = read_json(request.clone()).unwrap_err();
            let error = failure.to_json();
            assert_eq!((failure.status().as_u16(), &error["param"]), (status, &json!(param)), "{request}");
            assert_eq!(error["type"], "invalid_request_error");
            assert!(error["code"].is_string() && error["message"].as_str().unwrap().contains(message), "{error}");
        }
        for body in [&b""[..], b"[]", b"input=a", b"{\"input\": \"\xff\"}"] {
            let error = read(body.to_vec(), 20).unwrap_err().to_json();
            assert!(error["param"].is_null() && error["type"] == "invalid_request_error", "{error}");
        }
    }
}
