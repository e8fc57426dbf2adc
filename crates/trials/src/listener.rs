//! One listener: asks for a speech, and hears it at its own pace.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::StatusCode;
use sha2::{Digest, Sha256};
use tokio::time::{sleep, sleep_until};

use crate::client::{Ask, Client};
use crate::player::Player;

/// How a listener reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    /// As fast as it can, as browsers do.
    Fast,
    /// No more than this ahead of what is played, and with small buffers on its side.
    AsPlayed(Duration),
    /// At this many bytes a second.
    Slow(u32),
    /// Until it has this many bytes of audio; then it leaves.
    Leaving(u64),
}

/// The least that a socket can be told to buffer usefully.
const SMALL: u32 = 16 << 10;

/// What a listener heard so far.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) asked: Instant,
    /// None until there is an answer.
    pub(crate) status: Option<StatusCode>,
    pub(crate) retry_after: Option<u64>,
    /// From asking to the head of the answer.
    pub(crate) answered: Duration,
    pub(crate) player: Player,
    /// All of it came.
    pub(crate) whole: bool,
    digest: Sha256,
}

impl Heard {
    pub(crate) fn nothing() -> Self {
        Self {
            asked: Instant::now(),
            status: None,
            retry_after: None,
            answered: Duration::ZERO,
            player: Player::default(),
            whole: false,
            digest: Sha256::new(),
        }
    }

    /// From asking to the first byte of audio.
    pub(crate) fn first_audio(&self) -> Option<Duration> {
        self.player.began.map(|began| began - self.asked)
    }

    /// Of all bytes so far.
    pub(crate) fn digest(&self) -> Vec<u8> {
        self.digest.clone().finalize().to_vec()
    }

    pub(crate) fn spoken(&self) -> bool {
        self.status == Some(StatusCode::OK)
    }
}

/// Hears one speech. Dropped before its end, it leaves what was heard until then in `heard`, and the server alone.
pub(crate) async fn listen(mut client: Client, ask: Ask, reading: Reading, heard: &mut Heard) -> Result<(), String> {
    if matches!(reading, Reading::AsPlayed(_) | Reading::Slow(_)) {
        client.buffer = Some(SMALL);
    }
    heard.asked = Instant::now();
    let response = client.send(ask).await?;
    heard.answered = heard.asked.elapsed();
    heard.status = Some(response.status());
    heard.retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    let spoken = heard.spoken();
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| format!("the speech broke off: {e}"))?;
        let Some(bytes) = frame.data_ref().filter(|_| spoken) else { continue };
        heard.digest.update(bytes);
        heard.player.take(bytes, Instant::now());
        match reading {
            Reading::Fast => {}
            Reading::AsPlayed(ahead) => {
                if let Some(until) = heard.player.ends().and_then(|ends| ends.checked_sub(ahead)) {
                    sleep_until(until.into()).await;
                }
            }
            Reading::Slow(rate) => sleep(Duration::from_secs_f64(bytes.len() as f64 / f64::from(rate.max(1)))).await,
            Reading::Leaving(bytes) if heard.player.audio >= bytes => return Ok(()),
            Reading::Leaving(_) => {}
        }
    }
    heard.whole = spoken;
    Ok(())
}

/// Hears one speech whole, as fast as it comes, or says why not.
pub(crate) async fn hear(client: Client, ask: Ask) -> Result<Heard, String> {
    let mut heard = Heard::nothing();
    match tokio::time::timeout(Duration::from_secs(120), listen(client, ask, Reading::Fast, &mut heard)).await {
        Ok(Ok(())) if heard.spoken() => Ok(heard),
        Ok(Ok(())) => Err(format!("refused with {}", heard.status.unwrap_or_default())),
        Ok(Err(e)) => Err(e),
        Err(_) => Err("the speech did not end within 120 s".to_owned()),
    }
}
