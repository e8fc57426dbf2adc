//! A voice in memory.

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chanter_engine::{Error, ErrorKind, Input, Result, Settings, Voice, VoiceConfig};
use chanter_http::BUILT_IN_ID;
use chanter_voices::sha256;

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

    /// Bytes that it takes in memory: its weights, and as much again for what fast convolutions, plans and speeches need.
    pub(crate) fn memory(&self) -> u64 {
        let weights = self.voice.anatomy().map_or(0, |anatomy| 4 * anatomy.weights);
        2 * weights
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
    pub(crate) fn prepare(&self, place: &Place, crowding: &Crowding) {
        if let Some(pace) = self.measure() {
            let pace = pace * crowding.factor(pace, || self.measure());
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

/// How much longer the workers take when all of them work: cores share memory, and often are halves of one.
pub(crate) struct Crowding {
    workers: usize,
    factor: OnceLock<f64>,
}

impl Crowding {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers, factor: OnceLock::new() }
    }

    /// Found out once, by the first voice that is measured: its `pace` alone against as many at once as there are workers.
    fn factor(&self, pace: f64, measure: impl Fn() -> Option<f64> + Sync) -> f64 {
        *self.factor.get_or_init(|| {
            let paces = std::thread::scope(|scope| {
                let all: Vec<_> = (0..self.workers).map(|_| scope.spawn(&measure)).collect();
                all.into_iter().filter_map(|one| one.join().ok().flatten()).collect::<Vec<_>>()
            });
            let mean = paces.iter().sum::<f64>() / paces.len().max(1) as f64;
            tracing::debug!("a second of speech takes {pace:.4} s alone, {mean:.4} beside others");
            (mean / pace).clamp(1.0, self.workers.max(1) as f64)
        })
    }
}

/// As the Worker's assets have it: a digest of model and config.
fn id_of(place: &Place) -> io::Result<String> {
    let Place::Files { model, config } = place else { return Ok(BUILT_IN_ID.to_owned()) };
    let model_file = File::open(model)?;
    match File::open(config.clone().unwrap_or_else(|| VoiceConfig::beside(model))) {
        Ok(config) => sha256(model_file.chain(config)),
        // A packed voice has its config inside.
        Err(e) if config.is_none() && e.kind() == io::ErrorKind::NotFound => sha256(model_file),
        Err(e) => Err(e),
    }
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
