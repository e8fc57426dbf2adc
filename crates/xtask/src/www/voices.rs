//! The voices that come with the page, and a catalogue of them in the shape of Piper's voices.json.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::Files;
use crate::{Done, files};

/// Adds each NAME.onnx of a folder with its config and its licence.
pub(super) fn add(site: &mut Files, folder: &Path) -> Done {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut catalogue = Map::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let Some(key) = name.strip_suffix(".onnx") else { continue };
        let mut listed = Map::new();
        let mut config = Value::Null;
        for name in [name.clone(), format!("{name}.json")] {
            let bytes = files::read(&folder.join(&name))?;
            if name.ends_with(".json") {
                config =
                    serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", folder.join(&name).display()))?;
            }
            listed.insert(name.clone(), json!({"size_bytes": bytes.len(), "sha256": files::sha256(&bytes)}));
            site.insert(format!("app/voices/{name}"), bytes);
        }
        let licence = format!("{key}.LICENSE.txt");
        if folder.join(&licence).exists() {
            site.insert(format!("app/voices/{licence}"), files::read(&folder.join(&licence))?);
        }
        catalogue.insert(
            key.to_owned(),
            json!({
                "key": key,
                "name": config["dataset"],
                "language": config["language"],
                "quality": config["audio"]["quality"],
                "num_speakers": config["num_speakers"],
                "speaker_id_map": config["speaker_id_map"],
                "files": listed,
                "aliases": [],
            }),
        );
    }
    let text = serde_json::to_vec_pretty(&catalogue).map_err(|e| format!("voices.json: {e}"))?;
    site.insert("app/voices/voices.json".into(), text);
    Ok(())
}
