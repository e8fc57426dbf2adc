//! What the operator decides: variables and secrets of the Worker.

use std::fmt::Display;
use std::str::FromStr;

use chanter_http::Origins;

/// What `[vars]` of worker.toml and the Worker's secrets say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// Characters of one request's text; also phonemes, and half the number of phoneme ids.
    pub(crate) max_text_length: usize,
    /// Whose pages may use the Worker, its own apart.
    pub(crate) origins: Origins,
    /// The voice of requests that name none; none for the built-in one.
    pub(crate) default_voice: Option<String>,
    /// Voices that stay in memory, the built-in one apart.
    pub(crate) max_voices: usize,
    /// Speeches that are made by turns; later ones wait for one of them to end.
    pub(crate) max_streams: usize,
    /// What clients have to bring, any one of these; none for no such need.
    pub(crate) tokens: Vec<String>,
    /// Whether the log may hold what is spoken.
    pub(crate) log_text: bool,
}

impl Options {
    /// Takes them from what gives the value of a variable.
    ///
    /// # Errors
    /// Names the variable.
    pub(crate) fn read(variable: impl Fn(&str) -> Result<Option<String>, String>) -> Result<Self, String> {
        let text = |name: &str| {
            let value = variable(name)?.map(|value| value.trim().to_owned());
            Ok(value.filter(|value| !value.is_empty()))
        };
        Ok(Self {
            max_text_length: parsed(text, "MAX_TEXT_LENGTH")?.unwrap_or(2000),
            // Synthesis costs its operator money: other sites' pages are to be named.
            origins: parsed(text, "CORS_ORIGINS")?.unwrap_or(Origins::Some(Vec::new())),
            default_voice: text("DEFAULT_VOICE")?,
            max_voices: parsed(text, "MAX_VOICES")?.unwrap_or(1).max(1),
            max_streams: parsed(text, "MAX_STREAMS")?.unwrap_or(8).max(1),
            tokens: text("API_KEYS")?
                .map(|all| all.split([',', ' ', '\n']).filter(|key| !key.is_empty()).map(str::to_owned).collect())
                .unwrap_or_default(),
            log_text: text("LOG_TEXTS")?.is_some_and(|value| value == "1" || value == "true"),
        })
    }
}

fn parsed<T: FromStr<Err: Display>>(
    text: impl Fn(&str) -> Result<Option<String>, String>,
    name: &str,
) -> Result<Option<T>, String> {
    text(name)?.map(|value| value.parse().map_err(|e| format!("{name} is {value:?}: {e}"))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_can_be_left_out() {
        let options = Options::read(|_| Ok(None)).unwrap();
        assert_eq!((options.max_text_length, options.max_voices, options.log_text), (2000, 1, false));
        assert_eq!(options.origins, Origins::Some(Vec::new()), "its own page alone");
        assert!(options.tokens.is_empty() && options.default_voice.is_none());
        assert_eq!(Options::read(|_| Ok(Some(" ".into()))).unwrap(), options, "what is empty counts as left out");
    }

    #[test]
    fn takes_what_is_there_and_names_what_is_wrong() {
        let of = |name: &'static str, value: &'static str| {
            Options::read(move |asked| Ok((asked == name).then(|| value.to_owned())))
        };
        assert_eq!(of("CORS_ORIGINS", "*").unwrap().origins, Origins::All);
        assert_eq!(of("API_KEYS", "one, two").unwrap().tokens, ["one", "two"]);
        assert_eq!(of("MAX_VOICES", "0").unwrap().max_voices, 1);
        assert!(of("LOG_TEXTS", "1").unwrap().log_text);
        for (name, value) in [("MAX_TEXT_LENGTH", "-1"), ("CORS_ORIGINS", "example.org"), ("MAX_STREAMS", "x")] {
            let error = of(name, value).unwrap_err();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
