//! What each client heard last, for `GET /info`; nobody is told what others heard.

use std::sync::Arc;
use std::time::Duration;

use chanter_engine::{BOS, EOS};
use quick_cache::sync::Cache;
use serde_json::{Value, json};

use crate::admission::Client;

/// Clients that are remembered.
const CLIENTS: usize = 256;

pub(crate) struct Lasts(Cache<Client, Arc<Last>>);

/// A speech as it was made.
#[derive(Debug)]
pub(crate) struct Last {
    pub(super) client: Client,
    pub(super) text: String,
    pub(super) took: Duration,
    /// Each phoneme, and how many seconds it sounds.
    pub(super) phonemes: Vec<(String, f64)>,
}

impl Last {
    /// As Piper's own server has it.
    pub(super) fn to_json(&self) -> Value {
        // Where sentences begin and end there it says only in the alignments.
        let spoken = self.phonemes.iter().map(|(phoneme, _)| phoneme);
        let phonemes: Vec<_> = spoken.filter(|phoneme| ![BOS, EOS].contains(&phoneme.as_str())).collect();
        let alignments: Vec<_> =
            self.phonemes.iter().map(|(phoneme, seconds)| json!({"phoneme": phoneme, "seconds": seconds})).collect();
        json!({
            "text": self.text,
            "synthesize_seconds": self.took.as_secs_f64(),
            "phonemes": phonemes,
            "alignments": alignments,
        })
    }
}

impl Default for Lasts {
    fn default() -> Self {
        Self(Cache::new(CLIENTS))
    }
}

impl Lasts {
    pub(super) fn of(&self, client: Client) -> Option<Arc<Last>> {
        self.0.get(&client)
    }

    pub(super) fn put(&self, last: Last) {
        self.0.insert(last.client, last.into());
    }
}
