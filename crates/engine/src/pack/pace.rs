//! Speaking at the pace of another voice, so that the sounds of the two can be compared sample by sample.

use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::acoustic::load::{Kernels, load};
use crate::{Encode, Encoding, NormalStream, Result, Scales, Voice, VoiceConfig};

/// The durations of a voice's sentences: what it gave, and what it is made to keep instead.
#[derive(Clone, Default)]
pub struct Pace(Arc<Mutex<Durations>>);

#[derive(Default)]
struct Durations {
    own: Vec<usize>,
    given: Option<Vec<usize>>,
}

impl Pace {
    /// Loads a voice whose durations can be seen and replaced. It is prepared for no sentence.
    ///
    /// # Errors
    /// As [`Voice::from_bytes`].
    pub fn voice(&self, model: impl AsRef<[u8]> + Send + 'static, config: &[u8]) -> Result<Voice> {
        let config = VoiceConfig::from_json(config)?;
        let (mut networks, _) = load(Box::new(Cursor::new(model)), 1, Kernels::Own)?;
        networks.encoder = Box::new(Paced { encoder: networks.encoder, pace: self.clone() });
        Voice::from_networks(config, networks)
    }

    /// Frames of each phoneme id of the sentence that was encoded last, as the voice itself would have them.
    pub fn own(&self) -> Vec<usize> {
        self.durations().own.clone()
    }

    /// Gives the next sentence these durations, if it has as many phoneme ids.
    pub fn give(&self, durations: Vec<usize>) {
        self.durations().given = Some(durations);
    }

    fn durations(&self) -> MutexGuard<'_, Durations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Paced {
    encoder: Box<dyn Encode>,
    pace: Pace,
}

impl Encode for Paced {
    fn prepare(&self, ids: usize) -> Result<()> {
        self.encoder.prepare(ids)
    }

    fn encode(&self, ids: &[i64], speaker: i64, scales: Scales, noise: &mut NormalStream) -> Result<Encoding> {
        let mut encoding = self.encoder.encode(ids, speaker, scales, noise)?;
        let mut durations = self.pace.durations();
        durations.own.clone_from(&encoding.durations);
        if let Some(given) = durations.given.take()
            && given.len() == encoding.durations.len()
        {
            encoding.durations = given;
        }
        Ok(encoding)
    }
}
