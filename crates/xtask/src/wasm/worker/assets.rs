//! What the Worker's assets have besides the page: voices in parts, for an asset has at most 25 MiB, with an index of them,
//! and what Cloudflare wants to know of assets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::{Done, files};

const PART: usize = 24 << 20;

/// As the server sends them (`page.rs`).
const HEADERS: &str = "\
/*
  Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src *; \
img-src 'self' data:; media-src blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/app-*
  Cache-Control: public, max-age=31536000, immutable
";

/// Cloudflare compresses itself.
const IGNORED: &str = "*.br\n*.gz\n";

/// Adds voices, and `edge/index.json`, which says where they and the languages' packs are.
pub(super) fn add(assets: &Path, models: &[PathBuf]) -> Done {
    // The document that this page reads is the server's.
    let api = assets.join("api");
    fs::remove_dir_all(&api).map_err(files::in_file(&api))?;
    let mut voices = BTreeMap::new();
    for model in models {
        let name = model.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".onnx"));
        let name = name.ok_or_else(|| format!("{}: a voice is a file NAME.onnx", model.display()))?;
        let bytes = files::read(model)?;
        let config = files::read(&model.with_extension("onnx.json"))?;
        let id = files::sha256(&[&bytes[..], &config].concat());
        let put = |file: String, bytes: &[u8]| {
            let path = format!("edge/{name}/{file}");
            files::write(&assets.join(&path), bytes).map(|()| path)
        };
        let parts = bytes.chunks(PART).enumerate().map(|(i, part)| put(format!("{name}.onnx.{i:02}"), part));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let config = put(format!("{name}.onnx.json"), &config)?;
        println!("{name}: {} bytes in {} assets", bytes.len(), parts.len());
        voices.insert(name, json!({"id": id, "config": config, "parts": parts, "bytes": bytes.len()}));
    }
    let index = json!({"packs": format!("{}/packs/", app(assets)?), "voices": voices});
    files::write(&assets.join("edge/index.json"), index.to_string().as_bytes())?;
    files::write(&assets.join("_headers"), HEADERS.as_bytes())?;
    files::write(&assets.join(".assetsignore"), IGNORED.as_bytes())
}

/// The folder that is named after its content.
fn app(assets: &Path) -> Result<String, String> {
    let entries = fs::read_dir(assets).map_err(files::in_file(assets))?;
    let mut names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.find(|name| name.starts_with("app-")).ok_or_else(|| format!("{}: app-… is missing", assets.display()))
}
