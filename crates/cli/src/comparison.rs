//! How far a voice is from the voice that it was made of.

use std::sync::Arc;

use chanter_engine::{Input, Pace, PhonemeIdEncoder, Sentences, Settings, Speaker, VoiceConfig, phonemizer_for};
use serde_json::{Value, json};

use crate::pack::percent;
use crate::spectrum::Difference;
use crate::{Failure, bench};

/// What both speak: statements, questions and calls, short and long, with all phonemes of English.
const TEXTS: [&str; 10] = [
    "Good morning.",
    "How much does it cost to send a letter to New Zealand?",
    "The judge asked the witness to describe exactly what she had seen through the window.",
    "Stop that at once!",
    "Thick fog covered the harbour, so the ships had to wait until the morning.",
    "My younger brother plays the violin, the piano and, on bad days, the drums.",
    "We were away a year ago.",
    "In nineteen eighty-four, nobody could have guessed what would follow.",
    "Vegetables such as carrots, onions and beans are cheap this week; fish is usually not.",
    "Do you really think that both of the boys enjoyed the voyage?",
];

/// Phoneme ids of sentences for voices whose language cannot be read.
const LENGTHS: [usize; 10] = [20, 40, 60, 70, 80, 90, 100, 120, 140, 160];

/// Fewer ids than a short text has: the voice lacks most of its phonemes.
const FEW: usize = 10;

/// Lets two voices with the same config speak the same and reports how they differ.
pub(crate) fn compare(original: Vec<u8>, other: Vec<u8>, config: &[u8]) -> Result<Value, Failure> {
    let parsed = VoiceConfig::from_json(config)?;
    let sentences = sentences(&parsed)?;
    let expected = speak(original, config, &parsed, &sentences, None)?;
    let spoken = speak(other, config, &parsed, &sentences, Some(&expected))?;
    let mut difference = Difference::new(parsed.sample_rate);
    let (mut equal, mut samples) = (0, 0);
    for (one, other) in expected.iter().zip(&spoken) {
        equal += one.durations.iter().zip(&other.durations).filter(|(a, b)| a == b).count();
        samples += one.samples.len();
        difference.add(&one.samples, &other.samples);
    }
    let ids = sentences.iter().map(Vec::len).sum::<usize>();
    let seconds = samples as f64 / f64::from(parsed.sample_rate);
    Ok(json!({
        "compared": {"sentences": sentences.len(), "ids": ids, "seconds": (seconds * 100.0).round() / 100.0},
        "durations_equal_percent": percent(equal, ids),
        "error_db": difference.bands(),
        "log_spectral_distance_db": difference.log_spectral_distance(),
    }))
}

struct Spoken {
    /// Frames of each phoneme id, as the voice would have them.
    durations: Vec<usize>,
    samples: Vec<f32>,
}

/// Speaks each sentence without noise, at the pace of `like` if there is one; speakers take turns.
fn speak(
    model: Vec<u8>,
    config: &[u8],
    parsed: &VoiceConfig,
    sentences: &[Vec<i64>],
    like: Option<&[Spoken]>,
) -> Result<Vec<Spoken>, Failure> {
    let pace = Pace::default();
    let voice = pace.voice(model, config)?;
    let mut settings = Settings::default();
    settings.noise_scale = Some(0.0);
    settings.length_scale = Some(1.0);
    settings.noise_w_scale = Some(0.0);
    let mut all = Vec::new();
    for (i, ids) in sentences.iter().enumerate() {
        settings.speaker = Some(Speaker::Id(i as i64 % i64::from(parsed.num_speakers.max(1))));
        if let Some(like) = like.and_then(|like| like.get(i)) {
            pace.give(like.durations.clone());
        }
        let mut samples = Vec::new();
        for chunk in voice.speak(Input::PhonemeIds(vec![ids.clone()]), &settings)? {
            samples.extend(chunk?.samples);
        }
        all.push(Spoken { durations: pace.own(), samples });
    }
    Ok(all)
}

/// Phoneme ids of what both speak: of the texts, or else of usual phonemes in no language.
fn sentences(config: &VoiceConfig) -> Result<Vec<Vec<i64>>, Failure> {
    let config = Arc::new(config.clone());
    let encoder = PhonemeIdEncoder::new(config.clone());
    if let Ok(phonemizer) = phonemizer_for(&config) {
        let texts =
            TEXTS.iter().flat_map(|text| Sentences::new((*text).to_owned(), phonemizer.clone(), config.clone()));
        let ids: Vec<Vec<i64>> = texts.map_while(Result::ok).map(|s| encoder.encode_sentence(&s).ids).collect();
        if ids.len() >= TEXTS.len() && ids.iter().all(|ids| ids.len() >= FEW) {
            return Ok(ids);
        }
    }
    LENGTHS.iter().map(|&length| bench::ids(&config, length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_to_say_for_any_voice() {
        let mut config = VoiceConfig::built_in().unwrap();
        let read = sentences(&config).unwrap();
        assert!(read.len() >= 10 && read.iter().map(Vec::len).sum::<usize>() > 700, "{read:?}");
        config.espeak_voice = Some("tlh".to_owned());
        let unread = sentences(&config).unwrap();
        assert!(unread.len() == 10 && unread != read && unread.iter().all(|ids| ids.len() >= 19));
    }
}
