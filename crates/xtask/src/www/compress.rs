//! Brotli and gzip beside each file that gets smaller by them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use super::Files;
use crate::{Done, files, target};

/// What may get smaller; packs are compressed already, and voices hardly shrink.
const KINDS: [&str; 7] = [".css", ".html", ".js", ".json", ".svg", ".wasm", ".webmanifest"];

/// Compresses a site's files into a folder; says how many bytes of each are sent to who takes brotli.
pub(super) fn compress(site: &Files, folder: &Path) -> Result<BTreeMap<String, usize>, String> {
    let kept = target().join("www-compressed");
    let mut jobs: Vec<_> = site.iter().filter(|(path, _)| KINDS.iter().any(|kind| path.ends_with(kind))).collect();
    // The longest last, where they are taken from.
    jobs.sort_by_key(|(_, bytes)| bytes.len());
    let jobs = Mutex::new(jobs);
    let done = Mutex::new((BTreeMap::new(), BTreeSet::new()));
    let work = || -> Done {
        loop {
            let job = jobs.lock().map_err(|e| e.to_string())?.pop();
            let Some((path, bytes)) = job else { return Ok(()) };
            let digest = files::sha256(bytes);
            for (ending, by) in [("br", brotli as fn(&[u8]) -> Result<Vec<u8>, String>), ("gz", gzip)] {
                let name = format!("{digest}.{ending}");
                // It takes minutes for an engine, so what is unchanged is not compressed again.
                let compressed = match fs::read(kept.join(&name)) {
                    Ok(compressed) => compressed,
                    Err(_) => {
                        let compressed = by(bytes)?;
                        files::write(&kept.join(&name), &compressed)?;
                        compressed
                    }
                };
                let mut done = done.lock().map_err(|e| e.to_string())?;
                done.1.insert(name);
                if compressed.len() < bytes.len() {
                    files::write(&folder.join(format!("{path}.{ending}")), &compressed)?;
                    if ending == "br" {
                        done.0.insert(path.clone(), compressed.len());
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "compressing broke down")?)
    })?;
    let (sent, used) = done.into_inner().map_err(|e| e.to_string())?;
    forget_others(&kept, &used)?;
    Ok(sent)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters).map_err(|e| format!("brotli: {e}"))?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|e| format!("gzip: {e}"))
}

/// Removes what no file of this build compressed to.
fn forget_others(kept: &Path, used: &BTreeSet<String>) -> Done {
    let failed = |e: std::io::Error| format!("{}: {e}", kept.display());
    for entry in fs::read_dir(kept).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !used.contains(&*entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}
