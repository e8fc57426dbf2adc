//! What requests may say, field by field; [`chanter_http`] reads them.
#![expect(dead_code, reason = "these are read as types, for the document")]

use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// What to speak, and how. One of text, phonemes and phoneme_ids is needed.
#[derive(Serialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Speech {
    /// What to speak; the server's --max-text-length limits it.
    #[schema(example = "Hello there.")]
    #[param(example = "Hello there.")]
    text: Option<String>,
    /// Whether the text is a document of SSML.
    ssml: Option<bool>,
    /// Whether Markdown, HTML, addresses and the like are read as a person would read them; they are unless this is false.
    manners: Option<bool>,
    /// A sentence a line, a phoneme a character; in JSON also a list of phonemes, or of such lists.
    #[schema(value_type = Option<Value>)]
    #[param(value_type = Option<String>)]
    phonemes: Option<Value>,
    /// A list of the voice's ids, or of such lists; in a query `1,2,3`.
    #[schema(value_type = Option<Vec<i64>>)]
    #[param(value_type = Option<String>)]
    phoneme_ids: Option<Value>,
    /// A voice's name; the server's default voice otherwise.
    voice: Option<String>,
    /// A language that a voice is wanted for, such as `de` or `de_AT`, where none is named.
    language: Option<String>,
    /// A name or a number.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    speaker: Option<Value>,
    /// Counts where both are given.
    speaker_id: Option<u32>,
    /// How slowly; 1 is the usual speed of most voices.
    length_scale: Option<f32>,
    /// How lively the sound is.
    noise_scale: Option<f32>,
    /// How much durations vary.
    noise_w_scale: Option<f32>,
    /// A factor.
    volume: Option<f32>,
    /// Seconds between sentences.
    sentence_silence: Option<f32>,
    /// The same request with the same seed has the same answer, which caches may keep.
    seed: Option<u64>,
    /// Words that are read differently, a line each: the word, a tab or spaces, and how it is spelt or [[its phonemes]].
    lexicon: Option<String>,
    /// What the sound is sent as.
    #[schema(inline)]
    #[param(inline)]
    format: Option<Format>,
    /// In Hz, if other than the format has of itself.
    #[schema(minimum = 8000, maximum = 48000)]
    #[param(minimum = 8000, maximum = 48000)]
    sample_rate: Option<u32>,
    /// Words and phonemes with their samples: beside the sound (ndjson, sse) or in its place (json, srt, vtt).
    #[schema(inline)]
    #[param(inline)]
    timings: Option<Timings>,
}

/// As Piper's own server has it; more of it is Chanter's.
#[derive(Serialize, ToSchema)]
pub(crate) struct PiperSpeech {
    #[serde(flatten)]
    speech: Speech,
    /// A stream, as a proposal for Piper's server calls it.
    streaming: Option<bool>,
    /// The same, as another calls it.
    realtime: Option<bool>,
}

/// As OpenAI has it. Other fields are passed over; `seed`, `language`, `sample_rate`, `ssml` and `manners` are Chanter's.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenAiSpeech {
    /// What to speak.
    #[schema(example = "Hello there.")]
    input: String,
    /// Any; where nobody has the voice that is asked for, one of this name will do.
    #[schema(example = "tts-1")]
    model: Option<String>,
    /// A voice's name or one of OpenAI's, or an object with that as its `id`.
    #[schema(value_type = Option<String>, example = "alloy")]
    voice: Option<Value>,
    /// As above.
    language: Option<String>,
    /// What the sound is sent as; mp3 if nothing is said.
    #[schema(inline)]
    response_format: Option<Format>,
    /// The sound itself, or server-sent events with pieces of it.
    #[schema(inline)]
    stream_format: Option<StreamFormat>,
    /// How fast.
    #[schema(minimum = 0.25, maximum = 4)]
    speed: Option<f32>,
    /// The same request with the same seed has the same answer.
    seed: Option<u64>,
    /// In Hz, if other than the format has of itself.
    #[schema(minimum = 8000, maximum = 48000)]
    sample_rate: Option<u32>,
    /// Whether the input is a document of SSML.
    ssml: Option<bool>,
    /// Whether the input is read as a person would read it.
    manners: Option<bool>,
}

/// Which voice to fetch.
#[derive(Serialize, ToSchema)]
pub(crate) struct Download {
    /// Its name in the catalogue.
    #[schema(example = "en_US-lessac-medium")]
    voice: String,
    /// Also when it is there already.
    force_redownload: Option<bool>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Wav,
    Pcm,
    Flac,
    Mp3,
    Opus,
    Aac,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Timings {
    Ndjson,
    Sse,
    Json,
    Srt,
    Vtt,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum StreamFormat {
    Audio,
    Sse,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use utoipa::PartialSchema;

    use super::*;

    /// The names of a schema's fields, those of its parts among them.
    fn names(schema: &Value) -> BTreeSet<String> {
        let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let refers = parts.clone().any(|part| part["$ref"].is_string()).then(json::<Speech>);
        own.chain(parts.flat_map(names)).chain(refers.iter().flat_map(names)).collect()
    }

    fn json<T: PartialSchema>() -> Value {
        serde_json::to_value(T::schema()).unwrap()
    }

    #[test]
    fn they_are_what_is_read() {
        for (schema, read) in [
            (json::<Speech>(), &chanter_http::FIELDS[..]),
            (json::<PiperSpeech>(), &chanter_http::piper::FIELDS),
            (json::<OpenAiSpeech>(), &chanter_http::speech::FIELDS),
        ] {
            assert_eq!(names(&schema), read.iter().map(|name| (*name).to_owned()).collect());
        }
        let formats = json::<Format>();
        let formats: Vec<_> = formats["enum"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(formats, chanter_http::Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>());
    }
}
