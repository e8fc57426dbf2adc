//! Settings as a page gives them.

use chanter_engine::{Error, ErrorKind, Lexicon, Result, Settings, Speaker};
use serde::Deserialize;

/// The names are those of the server's requests; an absent one stands for the voice's own value.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    speaker: Option<SpeakerJson>,
    length_scale: Option<f32>,
    noise_scale: Option<f32>,
    noise_w_scale: Option<f32>,
    volume: Option<f32>,
    sentence_silence: Option<f32>,
    seed: Option<u64>,
    lexicon: Option<String>,
    manners: Option<bool>,
    ssml: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SpeakerJson {
    Id(i64),
    Name(String),
}

/// Reads settings, and whether the text is SSML; nothing at all stands for those of the voice.
pub(crate) fn parse(json: &str) -> Result<(Settings, bool)> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    let json: Json = serde_json::from_str(json)
        .map_err(|e| Error::new(ErrorKind::Settings, format!("the settings cannot be read: {e}")))?;
    let mut settings = Settings::default();
    settings.speaker = json.speaker.map(|speaker| match speaker {
        SpeakerJson::Id(id) => Speaker::Id(id),
        SpeakerJson::Name(name) => Speaker::Name(name),
    });
    settings.length_scale = json.length_scale;
    settings.noise_scale = json.noise_scale;
    settings.noise_w_scale = json.noise_w_scale;
    settings.volume = json.volume.unwrap_or(settings.volume);
    settings.sentence_silence = json.sentence_silence.unwrap_or(settings.sentence_silence);
    settings.seed = json.seed.unwrap_or(settings.seed);
    settings.lexicon = json.lexicon.map(|text| Lexicon::parse(&text)).transpose()?;
    settings.manners = json.manners.unwrap_or(settings.manners);
    Ok((settings, json.ssml.unwrap_or(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names_of_requests() {
        let (settings, ssml) =
            parse(r#"{"speaker": "p1", "length_scale": 0.5, "seed": 7, "lexicon": "a\tb"}"#).unwrap();
        assert_eq!(settings.speaker, Some(Speaker::Name("p1".into())));
        assert_eq!((settings.length_scale, settings.seed, settings.volume), (Some(0.5), 7, 1.0));
        assert!(settings.lexicon.is_some());
        assert!(settings.manners && !ssml);
        assert_eq!(parse("").unwrap(), (Settings::default(), false));
        assert_eq!(parse(r#"{"speaker": 2, "noise_scale": null}"#).unwrap().0.speaker, Some(Speaker::Id(2)));
        let (settings, ssml) = parse(r#"{"manners": false, "ssml": true}"#).unwrap();
        assert!(!settings.manners && ssml);
    }

    #[test]
    fn says_what_is_wrong() {
        for (json, named) in [(r#"{"lenght_scale": 1}"#, "lenght_scale"), (r#"{"seed": -1}"#, "seed"), ("[", "EOF")] {
            let error = parse(json).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings);
            let message = error.to_string();
            assert!(message.contains(named) || named == "seed" && message.contains("-1"), "{message}");
        }
    }
}
