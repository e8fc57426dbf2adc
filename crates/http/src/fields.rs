//! The named values of a request, wherever they stood: in the query, in a form or in JSON.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::Failure;

type Result<T, E = Failure> = std::result::Result<T, E>;

/// The names that Chanter's own requests know.
pub const FIELDS: [&str; 19] = [
    "text",
    "ssml",
    "manners",
    "phonemes",
    "phoneme_ids",
    "voice",
    "language",
    "speaker",
    "speaker_id",
    "length_scale",
    "noise_scale",
    "noise_w_scale",
    "volume",
    "sentence_silence",
    "seed",
    "lexicon",
    "format",
    "sample_rate",
    "timings",
];

/// Other names for them.
const ALIASES: [(&str, &str); 1] = [("noise_w", "noise_w_scale")];

/// The known fields of a request, each at most once; others are passed over.
#[derive(Debug)]
pub(crate) struct Fields {
    names: &'static [&'static str],
    given: BTreeMap<&'static str, Field>,
}

/// A value; of a query or a form it has no type yet.
#[derive(Debug)]
pub(crate) enum Field {
    Plain(String),
    Json(Value),
}

impl Fields {
    /// None yet, of those that have these names.
    pub(crate) fn named(names: &'static [&'static str]) -> Self {
        Self { names, given: BTreeMap::new() }
    }

    fn known(&self, name: &str) -> Option<&'static str> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
        self.names.iter().find(|known| **known == name).copied()
    }

    /// Adds what a query or a form says: `name=value&...`, percent-encoded UTF-8.
    pub(crate) fn add_pairs(&mut self, pairs: &str) -> Result<()> {
        for pair in pairs.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if let Some(name) = self.known(&decode(name)?) {
                let value = decode(value).map_err(|e| e.about(name))?;
                self.add(name, Field::Plain(value))?;
            }
        }
        Ok(())
    }

    /// Adds the fields of a JSON object; `null` stands for an absent one.
    pub(crate) fn add_json(&mut self, json: &str) -> Result<()> {
        let value = serde_json::from_str(json).map_err(|e| Failure::invalid(format!("the body is not JSON: {e}")))?;
        let Value::Object(object) = value else {
            return Err(Failure::invalid("the body must be a JSON object, such as {\"text\": \"Hello.\"}"));
        };
        for (name, value) in object {
            if let (Some(name), false) = (self.known(&name), value.is_null()) {
                self.add(name, Field::Json(value))?;
            }
        }
        Ok(())
    }

    /// Adds one field.
    pub(crate) fn add(&mut self, name: &'static str, field: Field) -> Result<()> {
        match self.given.insert(name, field) {
            None => Ok(()),
            Some(_) => Err(Failure::invalid(format!("{name} is given twice")).about(name)),
        }
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<Field> {
        self.given.remove(name)
    }

    pub(crate) fn string(&mut self, name: &'static str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Field::Plain(s) | Field::Json(Value::String(s))) => Ok(Some(s)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<f32>> {
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Field::Plain(s)) => s.trim().parse().ok(),
            Some(Field::Json(value)) => value.as_f64().map(|v| v as f32),
        };
        number.map(Some).ok_or_else(|| wrong(name, "a number"))
    }

    pub(crate) fn truth(&mut self, name: &'static str) -> Result<Option<bool>> {
        let truth = match self.take(name) {
            None => return Ok(None),
            Some(Field::Plain(s)) => s.trim().to_ascii_lowercase().parse().ok(),
            Some(Field::Json(value)) => value.as_bool(),
        };
        truth.map(Some).ok_or_else(|| wrong(name, "true or false"))
    }

    pub(crate) fn whole<T: TryFrom<i128>>(&mut self, name: &'static str, expected: &str) -> Result<Option<T>> {
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Field::Plain(s)) => s.trim().parse().ok(),
            Some(Field::Json(value)) => value.as_u64().map(i128::from).or(value.as_i64().map(i128::from)),
        };
        number.and_then(|n| T::try_from(n).ok()).map(Some).ok_or_else(|| wrong(name, expected))
    }
}

/// A field's value is not of its type.
pub(crate) fn wrong(name: &'static str, expected: &str) -> Failure {
    Failure::invalid(format!("{name} must be {expected}")).about(name)
}

fn decode(encoded: &str) -> Result<String> {
    let spaced = encoded.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| Failure::invalid("the percent-encoded bytes are not UTF-8"))
}
