//! `cargo xtask www`: the page and the library as a folder that any host can serve.
//!
//! `app/` is renamed after its content, so that browsers may keep it for good; what names it is rewritten.

mod compress;
mod voices;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{Done, files, phonemizer, root, set_up, target, wasm};

/// Files by their path in the site, with slashes.
type Files = BTreeMap<String, Vec<u8>>;

/// The page names them.
const LICENCES: [(&str, &str); 3] =
    [("APACHE-2.0.txt", "LICENSE-APACHE"), ("GPL-3.0.txt", "crates/phonemizer/LICENSE"), ("MIT.txt", "LICENSE-MIT")];

/// What may be loaded before the page speaks, all but the voice.
const FIRST_VISIT: usize = 3_500_000;

/// Builds the site; says in which folder.
pub(crate) fn www() -> Result<PathBuf, String> {
    let site = name_by_content(gather()?)?;
    let folder = target().join("www");
    files::fresh_folder(&folder)?;
    for (path, bytes) in &site {
        files::write(&folder.join(path), bytes)?;
    }
    let sent = compress::compress(&site, &folder)?;
    report(&site, &sent);
    println!("{} files in {}", site.len(), folder.display());
    Ok(folder)
}

/// All that is served, in `app/` and beside it.
fn gather() -> Result<Files, String> {
    let www = root().join("www");
    let mut site = Files::new();
    for name in ["index.html", "sw.js", "manifest.webmanifest"] {
        site.insert(name.into(), files::read(&www.join(name))?);
    }
    for (name, file) in LICENCES {
        site.insert(format!("licences/{name}"), files::read(&root().join(file))?);
    }
    add_folder(&mut site, "icons", &www.join("icons"))?;
    add_folder(&mut site, "app", &www.join("app"))?;
    add_folder(&mut site, "api", &www.join("api"))?;
    let explorer = set_up::node_modules(&www)?.join("openapi-explorer/dist/browser/openapi-explorer.min.js");
    site.insert("api/openapi-explorer.min.js".into(), files::read(&explorer)?);

    add_folder(&mut site, "app/lib/wasm", &wasm::browser()?)?;
    let needless = |path: &str| path.ends_with(".d.ts") || path.contains("/.");
    site.retain(|path, _| !needless(path));

    add_folder(&mut site, "app/packs", &phonemizer::packs()?)?;
    // That one the engine has in it.
    site.remove("app/packs/en.pack");

    voices::add(&mut site, &root().join("models"))?;
    Ok(site)
}

/// Adds the files of a folder and of those in it.
fn add_folder(site: &mut Files, at: &str, folder: &Path) -> Done {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().into_string().map_err(|name| format!("{}: no UTF-8", name.display()))?;
        let at = format!("{at}/{name}");
        if entry.path().is_dir() {
            add_folder(site, &at, &entry.path())?;
        } else {
            site.insert(at, files::read(&entry.path())?);
        }
    }
    Ok(())
}

/// Renames `app/`, and tells the page and its service worker.
fn name_by_content(site: Files) -> Result<Files, String> {
    let digest = |files: &[&Value]| files::sha256(json!(files).to_string().as_bytes());
    let entry = |path: &str, bytes: &[u8]| json!({"url": path, "sha256": files::sha256(bytes), "bytes": bytes.len()});
    let app: Vec<Value> =
        site.iter().filter(|(path, _)| path.starts_with("app/")).map(|(path, bytes)| entry(path, bytes)).collect();
    let app = format!("app-{}/", &digest(&app.iter().collect::<Vec<_>>())[..16]);

    let rename = |path: String| match path.strip_prefix("app/") {
        Some(rest) => app.clone() + rest,
        None => path,
    };
    let mut site: Files = site.into_iter().map(|(path, bytes)| (rename(path), bytes)).collect();
    edit(&mut site, "index.html", &[("\"app/", &format!("\"{app}"))])?;

    let kept = |path: &str| {
        // Fetched when a text or a voice needs them; the rest makes the page and its own voice work offline.
        let packs = app.clone() + "packs/";
        path != "sw.js" && ![&packs, "api/"].iter().any(|folder| path.starts_with(folder)) && !path.ends_with(".txt")
    };
    let precache: Vec<Value> =
        site.iter().filter(|(path, _)| kept(path)).map(|(path, bytes)| entry(path, bytes)).collect();
    let version = digest(&precache.iter().collect::<Vec<_>>())[..16].to_owned();
    let lines: Vec<String> = precache.iter().map(|entry| format!("  {entry}")).collect();
    edit(
        &mut site,
        "sw.js",
        &[
            ("/*PRECACHE*/[]/**/", &format!("[\n{}\n]", lines.join(",\n"))),
            ("/*VERSION*/\"dev\"/**/", &format!("{version:?}")),
        ],
    )?;
    Ok(site)
}

/// Replaces parts of a text that must be there.
fn edit(site: &mut Files, path: &str, parts: &[(&str, &str)]) -> Done {
    let bytes = site.remove(path).unwrap_or_default();
    let mut text = String::from_utf8(bytes).map_err(|e| format!("www/{path}: {e}"))?;
    for (old, new) in parts {
        if !text.contains(old) {
            return Err(format!("www/{path}: {old} is missing"));
        }
        text = text.replace(old, new);
    }
    site.insert(path.into(), text.into_bytes());
    Ok(())
}

/// What a first visit loads, as a browser that takes brotli gets it.
fn report(site: &Files, sent: &BTreeMap<String, usize>) {
    let group = |path: &str| -> Option<&str> {
        if path.starts_with("api/") {
            return None;
        }
        let inner = path.starts_with("app-").then(|| path.split_once('/')).flatten().map(|(_, rest)| rest);
        Some(match inner {
            None => "page",
            Some(inner) if inner.starts_with("lib/wasm/simd/") => "engine, SIMD",
            Some(inner) if inner.starts_with("lib/wasm/relaxed/") => "engine, relaxed SIMD",
            Some(inner) if inner.starts_with("lib/") => "library",
            Some(inner) if inner.starts_with("packs/") => "languages (on demand)",
            Some(inner) if inner.starts_with("voices/") && inner != "voices/voices.json" => "voices",
            Some(_) => "page",
        })
    };
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (path, bytes) in site {
        if let Some(group) = group(path) {
            let (plain, compressed) = groups.entry(group).or_default();
            *plain += bytes.len();
            *compressed += sent.get(path).copied().unwrap_or(bytes.len());
        }
    }
    println!("{:<24}{:>12}{:>12}", "", "bytes", "sent");
    for (group, (plain, compressed)) in &groups {
        println!("{group:<24}{plain:>12}{compressed:>12}");
    }
    let of = |group: &str| groups.get(group).map_or(0, |(_, compressed)| *compressed);
    let first = of("page") + of("library") + of("engine, SIMD").max(of("engine, relaxed SIMD"));
    println!("{:<24}{:>12}{first:>12}  of {FIRST_VISIT} at most", "first visit, no voice", "");
}
