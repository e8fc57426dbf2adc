//! What a request asks for, and what an operator allows.

use crate::{Error, ErrorKind, Lexicon, Result};

/// One of a voice's speakers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// Its number, from 0.
    Id(i64),
    /// Its name in the voice's `speaker_id_map`.
    Name(String),
}

/// How to speak: Piper's settings, and a seed. `None` stands for the voice's own value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Who speaks, in a voice of several speakers.
    pub speaker: Option<Speaker>,
    /// Slower above 1, faster below: durations are multiplied by it. 0.05 to 20.
    pub length_scale: Option<f32>,
    /// Variation of the sound, 0 to 5.
    pub noise_scale: Option<f32>,
    /// Variation of the durations, 0 to 5.
    pub noise_w_scale: Option<f32>,
    /// Samples are multiplied by it, 0 to 100.
    pub volume: f32,
    /// Seconds of silence after each sentence, 0 to 60.
    pub sentence_silence: f32,
    /// The same seed gives the same samples.
    pub seed: u64,
    /// Words that are read differently; where it says nothing, the [voice's](crate::Voice::with_lexicon) holds.
    pub lexicon: Option<Lexicon>,
    /// Markdown, HTML, addresses and emoji in a text are read as a person would read them. A text without any has the same
    /// phonemes either way; for exactly Piper's phonemes of any text it must be off.
    pub manners: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            speaker: None,
            length_scale: None,
            noise_scale: None,
            noise_w_scale: None,
            volume: 1.0,
            sentence_silence: 0.0,
            seed: 0,
            lexicon: None,
            manners: true,
        }
    }
}

impl Settings {
    /// Checks every number against its range.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`] names the setting and its range.
    pub fn validate(&self) -> Result<()> {
        let check = |name: &str, value: Option<f32>, low: f32, high: f32| match value {
            Some(v) if !(low..=high).contains(&v) => {
                Err(Error::new(ErrorKind::Settings, format!("{name} is {v}; it must be between {low} and {high}")))
            }
            _ => Ok(()),
        };
        check("length_scale", self.length_scale, 0.05, 20.0)?;
        check("noise_scale", self.noise_scale, 0.0, 5.0)?;
        check("noise_w_scale", self.noise_w_scale, 0.0, 5.0)?;
        check("volume", Some(self.volume), 0.0, 100.0)?;
        check("sentence_silence", Some(self.sentence_silence), 0.0, 60.0)
    }
}

/// What one speech may cost. Above a limit stands an error that names it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Characters of a text.
    pub text_chars: usize,
    /// Phoneme ids of one sentence. A longer one is not refused but split, at a clause or a word.
    pub sentence_ids: usize,
    /// Seconds of audio of one speech, silences included.
    pub audio_seconds: f32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_chars: 2_000_000, sentence_ids: 1024, audio_seconds: 6.0 * 3600.0 }
    }
}

impl Limits {
    /// Whether a text is not too long.
    pub(crate) fn check_text(&self, text: &str) -> Result<()> {
        // Bytes are counted first: they bound the characters, and need no reading.
        if text.len() > self.text_chars && text.chars().count() > self.text_chars {
            return Err(self.text_too_long());
        }
        Ok(())
    }

    pub(crate) fn text_too_long(&self) -> Error {
        Error::new(ErrorKind::Limit, format!("the text has more than {} characters", self.text_chars))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static str, fn(&mut Settings, f32));

    #[test]
    fn out_of_range_names_the_setting() {
        let cases: [Case; 5] = [
            ("length_scale", |s, v| s.length_scale = Some(v)),
            ("noise_scale", |s, v| s.noise_scale = Some(v)),
            ("noise_w_scale", |s, v| s.noise_w_scale = Some(v)),
            ("volume", |s, v| s.volume = v),
            ("sentence_silence", |s, v| s.sentence_silence = v),
        ];
        for (name, set) in cases {
            for bad in [-1.0, f32::NAN, f32::INFINITY, 1e9] {
                let mut settings = Settings::default();
                set(&mut settings, bad);
                let error = settings.validate().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Settings);
                assert!(error.to_string().contains(name), "{error}");
            }
        }
        assert!(Settings::default().validate().is_ok());
    }
}
