//! How much a server makes: what the other trials are scaled by.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use crate::Done;
use crate::client::{Client, speak};
use crate::listener::{Heard, Reading, hear, listen};
use crate::texts::Texts;

/// How long a voice speaks for a character, in seconds: voices of random weights have a pace of their own.
pub(crate) async fn pace(client: Client) -> Done<f64> {
    let text = Texts::new(0).next(500);
    let heard = hear(client, speak(&json!({ "text": text }))).await?;
    Ok(heard.player.duration().as_secs_f64() / text.len() as f64)
}

/// Seconds of audio that the server makes in a second when two listeners a core take all they can get.
pub(crate) async fn capacity(client: Client, pace: f64, lasts: Duration) -> Done<f64> {
    let began = Instant::now();
    let listeners = (0..2 * cores()).map(|i| async move {
        let mut texts = Texts::new(1000 + i as u64);
        let mut made = 0.0;
        while let Some(left) = lasts.checked_sub(began.elapsed()) {
            let mut heard = Heard::nothing();
            let ask = speak(&json!({ "text": texts.next(characters(5.0, pace)) }));
            match tokio::time::timeout(left, listen(client, ask, Reading::Fast, &mut heard)).await {
                Ok(Err(e)) => return Err(e),
                Ok(Ok(())) if !heard.spoken() => tokio::time::sleep(Duration::from_millis(50)).await,
                _ => {}
            }
            made += heard.player.duration().as_secs_f64();
        }
        Ok(made)
    });
    let made: Vec<f64> = join_all(listeners).await.into_iter().collect::<Done<_>>()?;
    let made = made.iter().sum::<f64>() / began.elapsed().as_secs_f64();
    if made > 0.0 { Ok(made) } else { Err("the server made no audio".to_owned()) }
}

/// Characters that last this many seconds.
pub(crate) fn characters(seconds: f64, pace: f64) -> usize {
    // Texts are short enough for every limit.
    (seconds / pace.max(1e-3)).clamp(1.0, 4900.0) as usize
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
