//! A server of voices on this machine, which can be told to misbehave. The command line's tests use it too.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

/// A file, and how it is served.
#[derive(Clone, Default)]
pub(crate) struct Served {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: Option<&'static str>,
    /// Does not know `Range`.
    pub(crate) whole_only: bool,
    /// Does not know `If-Range`.
    pub(crate) unconditional: bool,
    /// Does not say how long the file is.
    pub(crate) chunked: bool,
    /// For each request to come: after how many bytes of the body the connection breaks.
    pub(crate) cuts: Vec<usize>,
    /// Says nothing more, instead of breaking off.
    pub(crate) stalls: bool,
    /// Sent in place of the file, with a `Location` if there is one.
    pub(crate) status: Option<u16>,
    pub(crate) location: String,
    pub(crate) content_type: &'static str,
}

/// A request that came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hit {
    pub(crate) path: String,
    pub(crate) range: Option<String>,
    pub(crate) if_range: Option<String>,
    /// Bytes of the body that were sent.
    pub(crate) sent: usize,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Served>,
    catalogue: serde_json::Map<String, Value>,
    hits: Vec<Hit>,
}

/// The server; it serves until the process ends.
pub(crate) struct Mirror {
    origin: String,
    state: Arc<Mutex<State>>,
}

impl Mirror {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = shared.clone();
                // A client that is killed breaks its connection.
                thread::spawn(move || answer(stream, &state).unwrap_or_default());
            }
        });
        Self { origin, state }
    }

    /// The address of the catalogue.
    pub(crate) fn catalogue(&self) -> String {
        format!("{}/main/voices.json", self.origin)
    }

    /// Lists a voice as Piper's catalogue does, without digests, and serves its files.
    pub(crate) fn offer(&self, key: &str, model: &[u8], config: &[u8]) {
        let path = format!("xx/{key}.onnx");
        let entry = json!({
            "key": key, "name": "name", "quality": "low", "num_speakers": 1,
            "language": {"code": key.split('-').next(), "name_english": "Esperanto", "country_english": "Nowhere"},
            "files": {
                path.clone(): {"size_bytes": model.len()},
                format!("{path}.json"): {"size_bytes": config.len()},
                "xx/MODEL_CARD": {"size_bytes": 1, "md5_digest": "x"},
            },
            "aliases": [format!("old-{key}")],
        });
        self.state().catalogue.insert(key.to_owned(), entry);
        for (path, bytes) in [(path.clone(), model), (format!("{path}.json"), config)] {
            self.serve(&path, Served { bytes: bytes.to_vec(), ..Served::default() });
        }
    }

    /// Changes what the catalogue says of a voice.
    pub(crate) fn listing(&self, key: &str, change: impl FnOnce(&mut Value)) {
        change(&mut self.state().catalogue[key]);
    }

    /// Serves a file under a path beside the catalogue.
    pub(crate) fn serve(&self, path: &str, served: Served) {
        self.state().files.insert(format!("/main/{path}"), served);
    }

    /// Changes how a file is served.
    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Served)) {
        change(self.state().files.get_mut(&format!("/main/{path}")).unwrap());
    }

    /// The requests for a file so far.
    pub(crate) fn hits(&self, path: &str) -> Vec<Hit> {
        let path = format!("/main/{path}");
        self.state().hits.iter().filter(|hit| hit.path == path).cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let path = decoded(first.split(' ').nth(1).unwrap_or_default());
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let hit = Hit {
        path: path.clone(),
        range: headers.get("range").cloned(),
        if_range: headers.get("if-range").cloned(),
        sent: 0,
    };
    let (served, cut, number) = {
        let mut state = state.lock().unwrap();
        state.hits.push(hit.clone());
        let number = state.hits.len() - 1;
        let catalogue = Served { bytes: Value::from(state.catalogue.clone()).to_string().into(), ..Served::default() };
        let missing = Served { status: Some(404), ..Served::default() };
        match state.files.get_mut(&path) {
            Some(served) => {
                let cut = if served.cuts.is_empty() { usize::MAX } else { served.cuts.remove(0) };
                (served.clone(), cut, number)
            }
            None if path == "/main/voices.json" => (catalogue, usize::MAX, number),
            None => (missing, usize::MAX, number),
        }
    };
    let (head, body) = reply(&served, &hit);
    let mut out = stream.try_clone()?;
    out.write_all(head.as_bytes())?;
    for piece in body.chunks(4096).scan(cut, |left, piece| {
        let piece = &piece[..piece.len().min(*left)];
        *left -= piece.len();
        (!piece.is_empty()).then_some(piece)
    }) {
        if served.chunked {
            write!(out, "{:x}\r\n", piece.len())?;
        }
        out.write_all(piece)?;
        if served.chunked {
            out.write_all(b"\r\n")?;
        }
        state.lock().unwrap().hits[number].sent += piece.len();
    }
    if served.chunked && cut >= body.len() {
        out.write_all(b"0\r\n\r\n")?;
    }
    if served.stalls && cut < body.len() {
        // Until the client leaves.
        return stream.try_clone()?.read(&mut [0]).map(|_| ());
    }
    stream.shutdown(Shutdown::Both)
}

/// The head of an answer, and the body that is promised.
fn reply<'s>(served: &'s Served, hit: &Hit) -> (String, &'s [u8]) {
    let all = served.bytes.len();
    let matches = served.unconditional || hit.if_range.as_deref().is_none_or(|etag| Some(etag) == served.etag);
    let from = hit.range.as_ref().filter(|_| matches && !served.whole_only);
    let from: Option<usize> = from.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let (status, more, body) = match (served.status, from) {
        (Some(status), _) => (status, format!("location: {}\r\n", served.location), &[][..]),
        (None, Some(from)) if from >= all => (416, format!("content-range: bytes */{all}\r\n"), &[][..]),
        (None, Some(from)) => {
            (206, format!("content-range: bytes {from}-{}/{all}\r\n", all - 1), &served.bytes[from..])
        }
        (None, None) => (200, String::new(), &served.bytes[..]),
    };
    let length = match served.chunked {
        true => "transfer-encoding: chunked".to_owned(),
        false => format!("content-length: {}", body.len()),
    };
    let etag = served.etag.map(|etag| format!("etag: {etag}\r\n")).unwrap_or_default();
    let kind = served.content_type;
    (format!("HTTP/1.1 {status} x\r\n{length}\r\n{etag}{more}content-type: {kind}\r\nconnection: close\r\n\r\n"), body)
}

fn decoded(path: &str) -> String {
    let mut parts = path.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}
