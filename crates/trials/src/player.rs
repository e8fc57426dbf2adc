//! A player that is not there: it begins with the first sample and plays at speed, and notes when it has nothing to play.

use std::time::{Duration, Instant};

/// Bytes of a WAV header as servers write it.
const HEADER: usize = 44;
const RATE_AT: usize = 24;

/// Takes the bytes of a WAV file of 16-bit mono as they arrive.
#[derive(Debug, Default)]
pub(crate) struct Player {
    header: Vec<u8>,
    bytes_per_second: f64,
    /// Bytes of audio so far.
    pub(crate) audio: u64,
    /// When the first byte of audio came.
    pub(crate) began: Option<Instant>,
    /// When what has come so far will have been played.
    runs_out: Option<Instant>,
    /// How often nothing was left to play although the speech was not over.
    pub(crate) underruns: u32,
    /// For how long, altogether.
    pub(crate) starved: Duration,
}

impl Player {
    pub(crate) fn take(&mut self, bytes: &[u8], now: Instant) {
        let missing = HEADER - self.header.len();
        let (head, audio) = bytes.split_at(missing.min(bytes.len()));
        self.header.extend_from_slice(head);
        if audio.is_empty() {
            return;
        }
        if self.began.is_none() {
            self.began = Some(now);
            self.bytes_per_second = f64::from(self.sample_rate().max(1)) * 2.0;
        }
        self.starve(now);
        let from = self.runs_out.unwrap_or(now).max(now);
        self.runs_out = Some(from + self.lasts(audio.len() as u64));
        self.audio += audio.len() as u64;
    }

    /// The speech is not over, and this is how late it is.
    pub(crate) fn starve(&mut self, now: Instant) {
        let Some(runs_out) = self.runs_out.filter(|&runs_out| runs_out < now) else { return };
        self.underruns += 1;
        self.starved += now - runs_out;
        self.runs_out = Some(now);
    }

    /// When what has come so far will have been played.
    pub(crate) fn ends(&self) -> Option<Instant> {
        self.runs_out
    }

    /// Samples a second, as the header says; 0 before it is there.
    pub(crate) fn sample_rate(&self) -> u32 {
        let rate = self.header.get(RATE_AT..RATE_AT + 4).and_then(|rate| rate.try_into().ok());
        rate.map_or(0, u32::from_le_bytes)
    }

    /// How long what has come so far lasts.
    pub(crate) fn duration(&self) -> Duration {
        self.lasts(self.audio)
    }

    fn lasts(&self, bytes: u64) -> Duration {
        if self.bytes_per_second > 0.0 {
            Duration::from_secs_f64(bytes as f64 / self.bytes_per_second)
        } else {
            Duration::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Vec<u8> {
        let mut header = vec![0; HEADER];
        header[RATE_AT..RATE_AT + 4].copy_from_slice(&1000_u32.to_le_bytes());
        header
    }

    #[test]
    fn audio_in_time_is_played_without_a_gap() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut player = Player::default();
        player.take(&header()[..10], at(0));
        player.take(&header()[10..], at(1));
        assert!(player.began.is_none(), "a header is no audio");
        player.take(&[0; 200], at(50)); // a tenth of a second
        player.take(&[0; 200], at(149));
        assert_eq!((player.underruns, player.began, player.ends()), (0, Some(at(50)), Some(at(250))));
        assert_eq!(player.duration(), Duration::from_millis(200));
    }

    #[test]
    fn late_audio_starves_the_player() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut player = Player::default();
        player.take(&[header(), vec![0; 200]].concat(), at(0));
        player.take(&[0; 200], at(130));
        player.starve(at(230));
        assert_eq!((player.underruns, player.starved), (1, Duration::from_millis(30)));
        player.starve(at(240));
        assert_eq!((player.underruns, player.starved), (2, Duration::from_millis(40)));
    }
}
