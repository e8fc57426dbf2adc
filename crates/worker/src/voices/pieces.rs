//! A model's bytes as they come.

use chanter_engine::ModelBytes;
use futures_util::{Stream, StreamExt};

use super::Result;
use crate::journal::in_full;

/// Adds what comes, up to `most` bytes in all.
pub(super) async fn add(
    model: &mut ModelBytes,
    mut pieces: impl Stream<Item = worker::Result<Vec<u8>>> + Unpin,
    most: usize,
    alive: impl Fn(),
) -> Result<()> {
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|e| e.to_string())?;
        if model.len() + piece.len() > most {
            return Err(format!("more than the {most} bytes that were announced"));
        }
        model.push(&piece).map_err(in_full)?;
        alive();
    }
    Ok(())
}

/// Whether all is there.
pub(super) fn complete(model: ModelBytes, bytes: usize) -> Result<ModelBytes> {
    if model.len() == bytes { Ok(model) } else { Err(format!("{} of {bytes} bytes came", model.len())) }
}
