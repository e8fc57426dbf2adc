//! The voice that is part of the Worker.

use chanter_engine::VoiceConfig;
use chanter_http::{BUILT_IN_ID, BUILT_IN_VOICE as NAME};

use super::{Found, Place, Result};
use crate::journal::in_full;

pub(super) fn found() -> Found {
    Found { name: NAME.to_owned(), id: BUILT_IN_ID.to_owned(), place: Place::BuiltIn }
}

pub(super) fn config() -> Result<(String, VoiceConfig)> {
    Ok((NAME.to_owned(), VoiceConfig::built_in().map_err(in_full)?))
}
