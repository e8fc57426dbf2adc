use std::convert::Infallible;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::{says, shown};
use crate::client::{get, post};
use crate::report::{Report, Table};
use crate::server::{Server, Setup};
use crate::voices::VoiceFile;
use crate::{Done, Trial};

const KEY: &str = "en_US-trial-low";
/// Room for a voice of 650 kB, or for what fills the disk.
const DISK: &str = "size=2m";
const FILLER: usize = 3 << 19;

/// A voice is fetched onto a disk that has no room for it, then onto one that has.
pub(crate) async fn full(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    let folder = tempfile::tempdir().map_err(|e| format!("no folder for voices: {e}"))?;
    let Some(disk) = Disk::mount(folder.path()) else {
        println!("disk full: left out, for a small file system cannot be mounted (it takes root)");
        return Ok(());
    };
    let catalogue = catalogue().await?;
    let setup = Setup::new(trial)?
        .with("voices", disk.0)
        .with("catalogue", format!("http://{catalogue}/voices.json"))
        .with("voice-downloads", "true");
    let server = setup.start().await?;
    let filler = disk.0.join("filler");
    fs::write(&filler, vec![1; FILLER]).map_err(|e| format!("the disk cannot be filled: {e}"))?;

    let refused = fetch(&server).await;
    let half: Vec<_> =
        names(disk.0).into_iter().filter(|name| name.starts_with(KEY) && name.contains(".onnx")).collect();
    let unknown = says(&server, Some(KEY)).await;
    let default = says(&server, None).await;
    fs::remove_file(&filler).map_err(|e| format!("the disk cannot be emptied: {e}"))?;
    let fetched = fetch(&server).await;
    let speaks = says(&server, Some(KEY)).await;
    drop(server);
    table.row([
        "disk full while a voice is fetched".into(),
        format!(
            "fetching: {refused}; the voice: {}; the default voice: {}; with room: {fetched}, and the voice: {}",
            shown(&unknown),
            shown(&default),
            shown(&speaks)
        ),
    ]);
    report.bar(!refused.starts_with("done"), || format!("disk full: {refused}"));
    report.bar(half.is_empty(), || format!("disk full: a half-written voice lies there: {}", half.join(", ")));
    report.bar(matches!(default, Ok((200, _))), || format!("disk full: the default voice: {}", shown(&default)));
    report.bar(matches!(speaks, Ok((200, _))), || format!("disk with room: {fetched}; the voice: {}", shown(&speaks)));
    Ok(())
}

/// Asks the server to fetch the voice, and watches until it is there or has failed.
async fn fetch(server: &Server) -> String {
    let asked = match server.ask(post("/download", &json!({ "voice": KEY }))).await {
        Ok(answer) => answer,
        Err(e) => return e,
    };
    if !asked.status.is_success() {
        return format!("{} {}", asked.status.as_u16(), String::from_utf8_lossy(&asked.body).trim());
    }
    let began = Instant::now();
    let mut last = String::new();
    while began.elapsed() < Duration::from_secs(15) {
        if says(server, Some(KEY)).await.is_ok_and(|(status, _)| status == 200) {
            return "done".to_owned();
        }
        if let Ok(downloads) = server.ask(get("/downloads")).await {
            last = String::from_utf8_lossy(&downloads.body).trim().to_owned();
            if last.contains("error") || last.contains("failed") {
                return last;
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
    format!("still under way after 15 s: {last}")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// A small file system, for as long as this is held.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // Lazily: a server that is being killed may still have it open.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

/// A catalogue with one voice, and its files.
async fn catalogue() -> Done<SocketAddr> {
    let tiny = VoiceFile::tiny()?;
    let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: cannot be read: {e}", path.display()));
    let model = read(&tiny.path)?;
    let config = read(Path::new(&format!("{}.json", tiny.path.display())))?;
    let sha256 = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let folder = "en/en_US/trial/low";
    let catalogue = json!({ KEY: {
        "key": KEY,
        "name": "trial",
        "language": { "code": "en_US", "family": "en", "region": "US", "name_native": "English",
                      "name_english": "English", "country_english": "United States" },
        "quality": "low",
        "num_speakers": 1,
        "speaker_id_map": {},
        "files": {
            format!("{folder}/{KEY}.onnx"): { "size_bytes": model.len(), "sha256": sha256(&model) },
            format!("{folder}/{KEY}.onnx.json"): { "size_bytes": config.len(), "sha256": sha256(&config) },
        },
        "aliases": [],
    }});
    let files = Arc::new([
        ("/voices.json".to_owned(), Bytes::from(catalogue.to_string())),
        (format!("/{folder}/{KEY}.onnx"), Bytes::from(model)),
        (format!("/{folder}/{KEY}.onnx.json"), Bytes::from(config)),
    ]);
    let listening = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok::<_, std::io::Error>((listener.local_addr()?, listener))
    };
    let (address, listener) = listening.await.map_err(|e| format!("no catalogue: {e}"))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let files = files.clone();
            let answer = service_fn(move |request: Request<_>| {
                let found = files.iter().find(|(path, _)| path == request.uri().path()).map(|(_, bytes)| bytes.clone());
                let mut response = Response::new(Full::new(found.clone().unwrap_or_default()));
                if found.is_none() {
                    *response.status_mut() = hyper::StatusCode::NOT_FOUND;
                }
                async { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    Ok(address)
}
