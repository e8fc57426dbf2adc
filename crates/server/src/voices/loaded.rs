//! A voice in memory.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chanter_engine::{Error, ErrorKind, Input, Result, Settings, Voice, VoiceConfig};
use chanter_http::BUILT_IN_ID;
use sha2::{Digest, Sha256};

use super::inventory::Place;

/// Lengths of sentences, in phoneme ids, that a voice is prepared for once it is ready; the longest takes 15 seconds.
const PREPARED_IDS: [usize; 4] = [256, 384, 192, 512];
/// Spoken once to learn how long a voice takes; some three seconds, with every letter.
const SAMPLE: &str = "The quick brown fox jumps over the lazy dog.";
/// Until that is known, for some tenths of a second: a medium voice on a fast core.
const USUAL_PACE: f64 = 0.05;
/// Seconds of audio that what was learnt before counts for.
const MEMORY: f64 = 30.0;

/// A voice that can speak.
pub(crate) struct Loaded {
    name: String,
    voice: Voice,
    /// Seconds of computing for a second of audio; the bits of an `f64`.
    pace: AtomicU64,
    id: OnceLock<String>,
}

impl Loaded {
    /// Takes a voice once it has spoken a phoneme.
    ///
    /// # Errors
    /// What went wrong with that.
    pub(crate) fn new(name: &str, voice: Voice) -> Result<Self> {
        warm_up(&voice)?;
        Ok(Self { name: name.to_owned(), voice, pace: USUAL_PACE.to_bits().into(), id: OnceLock::new() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn voice(&self) -> &Voice {
        &self.voice
    }

    pub(crate) fn config(&self) -> &VoiceConfig {
        self.voice.config()
    }

    /// Bytes that it takes in memory: its weights, and half as much again for plans and what is computed.
    pub(crate) fn memory(&self) -> u64 {
        let weights = self.voice.anatomy().map_or(0, |anatomy| 4 * anatomy.weights);
        weights + weights / 2
    }

    /// Names its content, the same on every machine; empty until that is known.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.get().map(String::as_str)
    }

    /// Seconds of a worker's time for a second of audio.
    pub(crate) fn pace(&self) -> f64 {
        f64::from_bits(self.pace.load(Ordering::Relaxed))
    }

    /// Learns from a speech.
    pub(crate) fn learn(&self, computed: Duration, audio: f64) {
        let weight = audio / (audio + MEMORY);
        // The beginning of a sentence costs more than the rest; of a word alone it says nothing.
        if audio >= 1.0 {
            let pace = self.pace() * (1.0 - weight) + computed.as_secs_f64() / audio * weight;
            self.pace.store(pace.to_bits(), Ordering::Relaxed);
        }
    }

    /// What can wait until the voice is in use: how fast it is, plans for long sentences, so that the first one need not wait,
    /// and the name of its content.
    pub(crate) fn prepare(&self, place: &Place) {
        if let Some(pace) = self.measure() {
            self.pace.store(pace.to_bits(), Ordering::Relaxed);
        }
        let prepared = PREPARED_IDS.into_iter().try_for_each(|ids| self.voice.prepare(ids));
        if let Err(e) = prepared {
            tracing::warn!("preparing {} for long sentences: {e:#}", self.name);
        }
        match id_of(place) {
            Ok(id) => drop(self.id.set(id)),
            Err(e) => tracing::warn!("{}: what it says cannot be kept: {e}", self.name),
        }
    }

    fn measure(&self) -> Option<f64> {
        let began = Instant::now();
        let mut samples = 0;
        for chunk in self.voice.speak(SAMPLE, &Settings::default()).ok()? {
            samples += chunk.ok()?.samples.len();
        }
        (samples > 0).then(|| began.elapsed().as_secs_f64() * f64::from(self.voice.sample_rate()) / samples as f64)
    }
}

/// As the Worker's assets have it: a digest of model and config.
fn id_of(place: &Place) -> io::Result<String> {
    let Place::Files { model, config } = place else { return Ok(BUILT_IN_ID.to_owned()) };
    let mut digest = Sha256::new();
    let mut add = |path: &Path| -> io::Result<()> {
        let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
        loop {
            let bytes = file.fill_buf()?;
            let read = bytes.len();
            if read == 0 {
                return Ok(());
            }
            digest.update(bytes);
            file.consume(read);
        }
    };
    add(model)?;
    match config {
        Some(config) => add(config)?,
        // A packed voice has its config inside.
        None => match add(&VoiceConfig::beside(model)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        },
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Speaks one phoneme. From text if the voice can, which readies the phonemizer too; else as the phoneme, or as the id
/// that "a" has in every published voice.
fn warm_up(voice: &Voice) -> Result<()> {
    let mut reason = None;
    for input in
        [Input::from("a"), Input::Phonemes(vec![vec!["a".to_owned()]]), Input::PhonemeIds(vec![vec![1, 0, 14, 0, 2]])]
    {
        match first_samples(voice, input) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(e) if matches!(e.kind(), ErrorKind::Text | ErrorKind::Phonemizer) => {
                tracing::warn!("warming up: {e:#}");
                reason = Some(e);
            }
            Err(e) => return Err(e),
        }
    }
    Err(reason.unwrap_or_else(|| Error::new(ErrorKind::Voice, "the voice says nothing when it speaks a phoneme")))
}

fn first_samples(voice: &Voice, input: Input) -> Result<bool> {
    for chunk in voice.speak(input, &Settings::default())? {
        if !chunk?.samples.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
