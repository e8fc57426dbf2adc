//! Which voices there are.

use axum::extract::{RawQuery, State};
use axum::http::{Response, StatusCode};
use chanter_http::{json_response, voices_json};
use serde_json::json;

use super::shelf::Standing;
use crate::app::App;
use crate::openapi::Found;

/// Voices and their configs
///
/// As Piper's own server says it: each voice's name with its config. Under `chanter` stands what is ours: where the voice
/// is, and with `?all=1`, for one that cannot be used, why.
#[utoipa::path(
    get,
    path = "/voices",
    tag = "voices",
    params(("all" = Option<String>, Query, description = "1 for those too that cannot be used")),
    responses(Found)
)]
pub(crate) async fn voices(State(app): State<App>, RawQuery(query): RawQuery) -> Response<String> {
    let all = query.is_some_and(|query| query.split('&').any(|pair| pair == "all=1"));
    let shelf = app.shelf();
    let listed = shelf.all();
    let usable = listed.iter().filter_map(|(voice, standing)| {
        let config = voice.config.as_ref().ok().filter(|_| standing.is_ok())?;
        Some((voice.name.as_str(), config.as_ref()))
    });
    let mut voices = voices_json(usable);
    for (voice, standing) in &listed {
        let ours = match standing {
            Ok(standing) => json!({
                "state": match standing {
                    Standing::Loaded => "loaded",
                    Standing::OnDisk => "on disk",
                },
                "default": voice.name == shelf.default_name(),
                "bytes": voice.bytes,
                "memory": shelf.in_memory(&voice.name).map(|loaded| loaded.memory()),
            }),
            Err(_) if !all => continue,
            Err(why) => {
                voices[&voice.name] = json!({});
                json!({"state": "broken", "error": why})
            }
        };
        voices[&voice.name]["chanter"] = ours;
    }
    json_response(StatusCode::OK, &voices)
}
