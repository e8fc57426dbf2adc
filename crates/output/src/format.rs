//! The formats that there are.

use chanter_engine::{Error, ErrorKind, Result};

/// Samples a second that may be asked for.
pub const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// What samples of one channel become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A WAV stream of unknown length: 16-bit PCM after a header whose sizes are `0xFFFFFFFF`.
    Wav,
    /// Samples alone, 16 bits, little-endian.
    Pcm,
    /// A FLAC stream of unknown length, of 16-bit samples.
    Flac,
    /// MPEG Layer III, after a header that tells players how much of the beginning to leave out.
    Mp3,
    /// Opus in Ogg (RFC 7845).
    Opus,
    /// AAC-LC in ADTS.
    Aac,
}

/// What is asked of MP3: each frame is 24 ms then, and stands by itself, so it can be sent when it is full.
const MP3_RATES: &[u32] = &[24_000, 16_000, 22_050];
/// What Opus codes (RFC 6716, section 2).
const OPUS_RATES: &[u32] = &[24_000, 8_000, 12_000, 16_000, 48_000];
/// Of those that ADTS can name (ISO 14496-3, 1.6.3.4), those that may be asked for. At the highest, what the format adds
/// to the length is least.
const AAC_RATES: &[u32] = &[48_000, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100];

impl Format {
    /// All that were built in.
    pub const ALL: &[Self] = &[
        Self::Wav,
        Self::Pcm,
        #[cfg(feature = "flac")]
        Self::Flac,
        #[cfg(feature = "mp3")]
        Self::Mp3,
        #[cfg(feature = "opus")]
        Self::Opus,
        #[cfg(feature = "aac")]
        Self::Aac,
    ];

    /// The one of this name, if it is built in.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// The names of all that are built in, for people.
    pub fn names() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
        names.join(", ")
    }

    /// As OpenAI's speech API calls it, and as a file of it ends.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Pcm => "pcm",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Aac => "aac",
        }
    }

    /// Its media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
            Self::Flac => "audio/flac",
            Self::Mp3 => "audio/mpeg",
            // RFC 7845, section 9; `audio/opus` is that of packets in RTP.
            Self::Opus => "audio/ogg;codecs=opus",
            Self::Aac => "audio/aac",
        }
    }

    /// Samples a second of what is encoded, of a voice with such a rate; another rate if one is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`] for a rate that is not one of [`SAMPLE_RATES`], or that the format does not have.
    pub fn rate(self, voice: u32, asked: Option<u32>) -> Result<u32> {
        let known = match self {
            Self::Wav | Self::Pcm | Self::Flac => &[][..],
            Self::Mp3 => MP3_RATES,
            Self::Opus => OPUS_RATES,
            Self::Aac => AAC_RATES,
        };
        let wrong = |message: String| Err(Error::new(ErrorKind::Settings, message));
        match asked {
            Some(rate) if !SAMPLE_RATES.contains(&rate) => {
                let [low, high] = [SAMPLE_RATES.start(), SAMPLE_RATES.end()];
                wrong(format!("sample_rate is {rate}; it must be between {low} and {high}"))
            }
            Some(rate) if !known.is_empty() && !known.contains(&rate) => {
                let known: Vec<_> = known.iter().map(u32::to_string).collect();
                wrong(format!("sample_rate is {rate}; {} has {}", self.name(), known.join(", ")))
            }
            Some(rate) => Ok(rate),
            None => Ok(known.first().copied().unwrap_or(voice)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(Format::Wav.rate(22_050, None).unwrap(), 22_050);
        assert_eq!(Format::Wav.rate(22_050, Some(8_000)).unwrap(), 8_000);
        assert_eq!(Format::Mp3.rate(22_050, None).unwrap(), 24_000);
        assert_eq!(Format::Opus.rate(16_000, Some(16_000)).unwrap(), 16_000);
        for (format, rate, message) in [
            (Format::Wav, 7_999, "between 8000 and 48000"),
            (Format::Pcm, u32::MAX, "between 8000 and 48000"),
            (Format::Opus, 22_050, "opus has 24000, 8000"),
            (Format::Mp3, 44_100, "mp3 has 24000, 16000, 22050"),
        ] {
            let error = format.rate(22_050, Some(rate)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Settings);
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn names_are_found() {
        for &format in Format::ALL {
            assert_eq!(Format::named(format.name()), Some(format));
        }
        assert_eq!(Format::named("MP3"), None);
    }
}
