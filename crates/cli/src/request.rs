//! What is to be spoken: a text, a line of text, or a line of JSON as Piper takes it.

use std::path::PathBuf;

use chanter_engine::{Input, Settings, Speaker, VoiceConfig};
use serde_json::{Map, Value};

use crate::Failure;

/// One thing to speak.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) input: Input,
    pub(crate) speaker: Option<Speaker>,
    pub(crate) output_file: Option<PathBuf>,
}

impl Request {
    pub(crate) fn text(text: String) -> Self {
        Self { input: Input::Text(text), speaker: None, output_file: None }
    }

    pub(crate) fn ssml(document: String) -> Self {
        Self { input: Input::Ssml(document), speaker: None, output_file: None }
    }

    /// From a line of JSON: `text`, `ssml`, `phonemes` or `phoneme_ids`, with `speaker`, `speaker_id` and `output_file`.
    ///
    /// Where there are several of the first four, the last is spoken: `chanter phonemize` writes all of them.
    pub(crate) fn json(line: &str, config: &VoiceConfig) -> Result<Self, Failure> {
        let value = serde_json::from_str(line).map_err(|e| {
            // It counts the lines of what it is given, which is always one.
            Failure::new(format!("it is not JSON: {}", e.to_string().replace(" at line 1 column ", " at column ")))
        })?;
        let Value::Object(fields) = value else {
            return Err(Failure::new("it must be a JSON object, such as {\"text\": \"Hello.\"}"));
        };
        let text = field(&fields, "text", "a string", string)?.map(Input::Text);
        let ssml = field(&fields, "ssml", "a string", string)?.map(Input::Ssml);
        let phonemes = field(&fields, "phonemes", "a string, a list of phonemes, or a list of such lists", phonemes)?;
        let of_ids = |value: &Value| sentences(value, Value::as_i64);
        let ids = field(&fields, "phoneme_ids", "a list of whole numbers, or a list of such lists", of_ids)?;
        let input = ids.map(Input::PhonemeIds).or(phonemes.map(Input::Phonemes)).or(ssml).or(text);
        let name = |value: &Value| match value {
            Value::String(name) => Some(by_name(name, config)),
            _ => value.as_i64().map(Speaker::Id),
        };
        let by_name = field(&fields, "speaker", "a name or a number", name)?;
        let by_id = field(&fields, "speaker_id", "a whole number", Value::as_i64)?.map(Speaker::Id);
        Ok(Self {
            input: input.ok_or_else(|| Failure::new("it must have one of text, ssml, phonemes and phoneme_ids"))?,
            speaker: by_id.or(by_name),
            output_file: field(&fields, "output_file", "a string", string)?.map(PathBuf::from),
        })
    }

    /// The settings of the command line, with this request's speaker if it has one.
    pub(crate) fn settings(&self, general: &Settings) -> Settings {
        let mut settings = general.clone();
        if self.speaker.is_some() {
            settings.speaker = self.speaker.clone();
        }
        settings
    }
}

/// The speaker of the flag: a number as Piper takes it, or a name. Some voices name their speakers by numbers.
pub(crate) fn by_number(speaker: String, config: &VoiceConfig) -> Speaker {
    match speaker.parse() {
        Ok(id) if (0..i64::from(config.num_speakers)).contains(&id) || config.speaker_id(&speaker).is_none() => {
            Speaker::Id(id)
        }
        _ => Speaker::Name(speaker),
    }
}

/// The speaker of the field: a name as Piper takes it, or a number.
fn by_name(speaker: &str, config: &VoiceConfig) -> Speaker {
    match speaker.trim().parse() {
        Ok(id) if config.speaker_id(speaker).is_none() => Speaker::Id(id),
        _ => Speaker::Name(speaker.to_owned()),
    }
}

/// A field that may be absent or null.
fn field<T>(
    fields: &Map<String, Value>,
    name: &str,
    expected: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, Failure> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            read(value).map(Some).ok_or_else(|| Failure::Message(format!("its field {name} must be {expected}")))
        }
    }
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A string (a phoneme a character), a list of phonemes (one sentence) or a list of such lists.
fn phonemes(value: &Value) -> Option<Vec<Vec<String>>> {
    match value {
        Value::String(phonemes) => Some(vec![phonemes.chars().map(String::from).collect()]),
        _ => sentences(value, string),
    }
}

/// A list (one sentence) or a list of lists; an empty list has no sentence.
fn sentences<T>(value: &Value, one: impl Fn(&Value) -> Option<T>) -> Option<Vec<Vec<T>>> {
    let list = value.as_array()?;
    let sentence = |list: &[Value]| list.iter().map(&one).collect::<Option<Vec<T>>>();
    if list.iter().all(Value::is_array) {
        list.iter().map(|inner| sentence(inner.as_array()?)).collect()
    } else {
        Some(vec![sentence(list)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice whose speakers are named by numbers, as those of LibriTTS are.
    fn config() -> VoiceConfig {
        let json = serde_json::json!({
            "audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"}, "num_symbols": 3, "num_speakers": 3,
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2]}, "speaker_id_map": {"2": 0, "2094": 1, "ann": 2},
        });
        VoiceConfig::from_json(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn speakers_by_number_and_by_name() {
        let name = |name: &str| Speaker::Name(name.into());
        for (text, flag, field) in [
            ("0", Speaker::Id(0), Speaker::Id(0)),
            ("2", Speaker::Id(2), name("2")),
            ("2094", name("2094"), name("2094")),
            ("ann", name("ann"), name("ann")),
            ("bob", name("bob"), name("bob")),
            ("7", Speaker::Id(7), Speaker::Id(7)),
            ("-1", Speaker::Id(-1), Speaker::Id(-1)),
        ] {
            assert_eq!(by_number(text.into(), &config()), flag, "{text}");
            assert_eq!(by_name(text, &config()), field, "{text}");
        }
    }

    #[test]
    fn lines_of_json() {
        let text = |text: &str| Input::Text(text.into());
        let ids = |ids: &[&[i64]]| Input::PhonemeIds(ids.iter().map(|ids| ids.to_vec()).collect());
        let phonemes = |sentences: &[&[&str]]| {
            Input::Phonemes(sentences.iter().map(|s| s.iter().map(|&p| p.into()).collect()).collect())
        };
        for (line, input, speaker, file) in [
            (r#"{"text": "Hi", "other": 1, "speaker": null}"#, text("Hi"), None, None),
            (r#"{"phonemes": "hˈaɪ"}"#, phonemes(&[&["h", "ˈ", "a", "ɪ"]]), None, None),
            (r#"{"phonemes": ["h", "aɪ"]}"#, phonemes(&[&["h", "aɪ"]]), None, None),
            (r#"{"phonemes": [["h"], []], "text": "Hi"}"#, phonemes(&[&["h"], &[]]), None, None),
            (r#"{"phoneme_ids": [1, 0, 2]}"#, ids(&[&[1, 0, 2]]), None, None),
            (r#"{"phoneme_ids": [], "phonemes": ["x"]}"#, ids(&[]), None, None),
            (
                r#"{"phoneme_ids": [[1], [2]], "speaker": "ann", "speaker_id": 1}"#,
                ids(&[&[1], &[2]]),
                Some(Speaker::Id(1)),
                None,
            ),
            (
                r#"{"text": "", "speaker": "ann", "output_file": "a/b.wav"}"#,
                text(""),
                Some(Speaker::Name("ann".into())),
                Some("a/b.wav".into()),
            ),
            (r#"{"text": "", "speaker": 2}"#, text(""), Some(Speaker::Id(2)), None),
        ] {
            assert_eq!(
                Request::json(line, &config()).unwrap(),
                Request { input, speaker, output_file: file },
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_named() {
        for (line, told) in [
            ("hello", "not JSON: expected value at column 1"),
            (r#"{"text": "a"#, "not JSON: EOF"),
            ("[1]", "JSON object"),
            ("{}", "one of text, ssml, phonemes and phoneme_ids"),
            (r#"{"text": 1}"#, "text must be a string"),
            (r#"{"phonemes": [1]}"#, "phonemes must be a string, a list"),
            (r#"{"phoneme_ids": [1.5]}"#, "phoneme_ids must be a list of whole numbers"),
            (r#"{"phoneme_ids": [[1], 2]}"#, "phoneme_ids must be"),
            (r#"{"text": "a", "speaker": []}"#, "speaker must be"),
            (r#"{"text": "a", "speaker_id": "1"}"#, "speaker_id must be a whole number"),
            (r#"{"text": "a", "output_file": 1}"#, "output_file must be a string"),
        ] {
            let Err(Failure::Message(message)) = Request::json(line, &config()) else { panic!("{line}") };
            assert!(message.contains(told), "{line}: {message}");
        }
    }
}
