//! Voices are fetched from a server on this machine, by ways that are good and bad.

#![allow(clippy::unwrap_used, clippy::panic)]

mod mirror;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use chanter_engine::Voice;
use chanter_voices::{Accept, Catalogue, Client, Error, ErrorKind, Folder, Found, Patience, Result};
use md5::{Digest, Md5};
use mirror::{Mirror, Served};
use serde_json::json;
use sha2::Sha256;
use tempfile::TempDir;

const MODEL: &[u8] = include_bytes!("../../../../models/test/tiny.onnx");
const CONFIG: &[u8] = include_bytes!("../../../../models/test/tiny.onnx.json");
const KEY: &str = "en_US-tiny-low";
const MODEL_PATH: &str = "xx/en_US-tiny-low.onnx";
const CONFIG_PATH: &str = "xx/en_US-tiny-low.onnx.json";

/// A server with one voice, a folder, and a client that tries everything at once and once more.
struct Place {
    mirror: Mirror,
    folder: TempDir,
    client: Client,
}

fn patience(pauses: usize) -> Patience {
    Patience { silence: Duration::from_secs(20), pauses: vec![Duration::from_millis(1); pauses], ..Patience::default() }
}

impl Place {
    fn new() -> Self {
        let mirror = Mirror::start();
        mirror.offer(KEY, MODEL, CONFIG);
        Self { mirror, folder: TempDir::new().unwrap(), client: Client::new(patience(1)) }
    }

    /// Gives the model an ETag.
    fn with_etag() -> Self {
        let place = Self::new();
        place.model(|served| served.etag = Some("\"1\""));
        place
    }

    /// Changes how the model is served.
    fn model(&self, change: impl FnOnce(&mut Served)) {
        self.mirror.change(MODEL_PATH, change);
    }

    /// Makes the catalogue tell the model's digest.
    fn digest(&self, name: &str, digest: &str) {
        self.mirror.listing(KEY, |entry| entry["files"][MODEL_PATH][name] = digest.into());
    }

    fn folder(&self) -> Folder {
        Folder::open(self.folder.path()).unwrap()
    }

    fn get(&self) -> Result<Found> {
        self.get_as(KEY, Accept::AsListed, |_, _| ControlFlow::Continue(()))
    }

    fn get_as(&self, key: &str, accept: Accept, told: impl FnMut(u64, u64) -> ControlFlow<()>) -> Result<Found> {
        let catalogue = self.client.catalogue(&self.mirror.catalogue())?;
        self.client.download(catalogue.find(key)?, &self.folder(), accept, told, |model, config| {
            Voice::open(model, Some(config)).map(drop)
        })
    }

    /// Tries in vain.
    fn fails(&self, kind: ErrorKind) -> Error {
        let error = self.get().map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let message = error.to_string();
        assert!(!message.contains('\n') && message.contains(KEY) || message.contains("127.0.0.1"), "{message}");
        error
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// The voice is here, and nothing else.
    fn assert_whole(&self) {
        assert_eq!(self.names(), [format!("{KEY}.onnx"), format!("{KEY}.onnx.json")]);
        assert!(self.read(&format!("{KEY}.onnx")) == MODEL && self.read(&format!("{KEY}.onnx.json")) == CONFIG);
    }

    /// How many bytes of the model were sent, and where each request began.
    fn sent(&self) -> (usize, Vec<Option<String>>) {
        let hits = self.mirror.hits(MODEL_PATH);
        (hits.iter().map(|hit| hit.sent).sum(), hits.into_iter().map(|hit| hit.range).collect())
    }
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_whole_voice() {
    let place = Place::new();
    place.digest("md5_digest", &hex(Md5::digest(MODEL)));
    let mut steps = Vec::new();
    let found = place.get_as(&format!("old-{KEY}"), Accept::AsListed, |here, of| {
        steps.push((here, of));
        ControlFlow::Continue(())
    });
    assert_eq!(found.unwrap().config.unwrap().sample_rate, 16_000);
    place.assert_whole();
    let total = (MODEL.len() + CONFIG.len()) as u64;
    assert!(steps.is_sorted() && steps.iter().all(|step| step.1 == total), "{steps:?}");
    assert!(steps.len() > 8 && steps.first().unwrap().0 == 0 && steps.last().unwrap().0 == total, "{steps:?}");
    assert_eq!(place.sent(), (MODEL.len(), vec![None]));
}

#[test]
fn a_name_of_any_letters() {
    let place = Place::new();
    place.mirror.offer("pt_PT-tugão (2)-medium", MODEL, CONFIG);
    let found = place.get_as("pt_PT-tugão (2)-medium", Accept::AsListed, |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(found.model, place.folder.path().join("pt_PT-tugão (2)-medium.onnx"));
}

#[test]
fn a_cut_is_mended_at_once() {
    let place = Place::with_etag();
    // Another try does only because each brought something: there is one pause in a row.
    place.model(|served| served.cuts = vec![100_000, 5_000, 1]);
    place.get().unwrap();
    place.assert_whole();
    let ranges = [None, Some("bytes=100000-"), Some("bytes=105000-"), Some("bytes=105001-")];
    assert_eq!(place.sent(), (MODEL.len(), ranges.map(|range| range.map(str::to_owned)).to_vec()));
    assert_eq!(place.mirror.hits(MODEL_PATH)[1].if_range.as_deref(), Some("\"1\""));
}

#[test]
fn a_later_download_goes_on() {
    let place = Place::with_etag();
    place.model(|served| served.cuts = vec![200_000, 0]);
    let error = place.fails(ErrorKind::Network);
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    let part = format!(".{KEY}.onnx.part");
    assert_eq!(place.names(), [part.clone(), format!("{part}.etag")]);
    assert_eq!(place.read(&part), &MODEL[..200_000]);
    assert!(place.folder().scan().unwrap().is_empty());
    place.get().unwrap();
    place.assert_whole();
    assert_eq!(place.sent().0, MODEL.len());
    assert_eq!(place.sent().1[2].as_deref(), Some("bytes=200000-"));
}

#[test]
fn a_digest_lets_it_go_on_without_an_etag() {
    for (etag, known) in [(None, true), (Some("W/\"1\""), true), (Some("W/\"1\""), false), (None, false)] {
        let place = Place::new();
        if known {
            place.digest("sha256", &hex(Sha256::digest(MODEL)));
        }
        place.model(|served| (served.etag, served.cuts) = (etag, vec![200_000, 0]));
        place.fails(ErrorKind::Network);
        place.get().unwrap();
        place.assert_whole();
        // Within one download, which is the second request, it goes on anyway.
        let again = if known { 0 } else { 200_000 };
        let (sent, ranges) = place.sent();
        assert_eq!((sent, ranges[2].is_some()), (MODEL.len() + again, known), "{etag:?} {known}");
    }
}

#[test]
fn a_server_without_ranges() {
    let place = Place::with_etag();
    place.model(|served| (served.whole_only, served.cuts) = (true, vec![300_000, 200_000]));
    place.fails(ErrorKind::Network);
    assert_eq!(place.read(&format!(".{KEY}.onnx.part")).len(), 200_000);
    place.get().unwrap();
    place.assert_whole();
    assert_eq!(place.sent().0, 300_000 + 200_000 + MODEL.len());
}

#[test]
fn a_file_that_changed_meanwhile() {
    let other: Vec<u8> = MODEL.iter().map(|byte| byte ^ 1).collect();
    // By its ETag; by the new ETag of a server that does not compare; by its digest alone.
    for (before, after, unconditional, digest) in [
        (Some("\"0\""), Some("\"1\""), false, false),
        (Some("\"0\""), Some("\"1\""), true, false),
        (None, None, true, true),
    ] {
        let place = Place::new();
        if digest {
            place.digest("sha256", &hex(Sha256::digest(MODEL)));
        }
        place.model(|served| {
            (served.bytes, served.etag, served.cuts) = (other.clone(), before, vec![200_000, 0]);
        });
        place.fails(ErrorKind::Network);
        place
            .model(|served| (served.bytes, served.etag, served.unconditional) = (MODEL.to_vec(), after, unconditional));
        place.get().unwrap();
        place.assert_whole();
    }
}

#[test]
fn a_part_of_something_longer() {
    let place = Place::with_etag();
    fs::write(place.folder.path().join(format!(".{KEY}.onnx.part")), vec![7; MODEL.len() + 1]).unwrap();
    fs::write(place.folder.path().join(format!(".{KEY}.onnx.part.etag")), "\"1\"").unwrap();
    place.get().unwrap();
    place.assert_whole();
    let (_, ranges) = place.sent();
    assert!(ranges[0].is_some() && ranges[1].is_none(), "{ranges:?}");
}

#[test]
fn a_wrong_digest() {
    for (name, digits) in [("sha256", 64), ("md5_digest", 32)] {
        let place = Place::with_etag();
        place.get().unwrap();
        place.digest(name, &"0".repeat(digits));
        let error = place.fails(ErrorKind::Mismatch);
        assert!(error.to_string().contains("unchecked"), "{error}");
        place.assert_whole();
        fs::remove_file(place.folder.path().join(format!("{KEY}.onnx"))).unwrap();
        place.get_as(KEY, Accept::AsServed, |_, _| ControlFlow::Continue(())).unwrap();
        place.assert_whole();
    }
}

#[test]
fn a_wrong_length() {
    for chunked in [false, true] {
        for listed in [MODEL.len() - 1, MODEL.len() + 1] {
            let place = Place::with_etag();
            place.model(|served| served.chunked = chunked);
            place.mirror.listing(KEY, |entry| entry["files"][MODEL_PATH]["size_bytes"] = listed.into());
            let error = place.fails(ErrorKind::Mismatch);
            assert!(error.to_string().contains(&listed.to_string()), "{error}");
            assert!(place.names().is_empty(), "{:?}", place.names());
            place.get_as(KEY, Accept::AsServed, |_, _| ControlFlow::Continue(())).unwrap();
            place.assert_whole();
        }
    }
}

#[test]
fn what_is_taken_unchecked_goes_on_too() {
    let place = Place::with_etag();
    place.mirror.listing(KEY, |entry| entry["files"][MODEL_PATH]["size_bytes"] = 5.into());
    let unchecked = || place.get_as(KEY, Accept::AsServed, |_, _| ControlFlow::Continue(()));
    place.model(|served| served.cuts = vec![200_000, 0]);
    assert_eq!(unchecked().unwrap_err().kind(), ErrorKind::Network);
    unchecked().unwrap();
    place.assert_whole();
    assert_eq!(place.sent().0, MODEL.len());
    // All here, but not in place: the server is asked whether that is all.
    for ending in ["", ".json"] {
        let name = format!("{KEY}.onnx{ending}");
        fs::rename(place.folder.path().join(&name), place.folder.path().join(format!(".{name}.part"))).unwrap();
    }
    fs::write(place.folder.path().join(format!(".{KEY}.onnx.part.etag")), "\"1\"").unwrap();
    unchecked().unwrap();
    place.assert_whole();
    assert_eq!(place.sent().0, MODEL.len());
}

#[test]
fn refusals() {
    for (status, tries) in [(404, 1), (410, 1), (403, 1), (400, 1), (500, 2), (503, 2), (429, 2)] {
        let place = Place::new();
        place.model(|served| served.status = Some(status));
        let error = place.fails(ErrorKind::Network);
        assert!(error.to_string().contains(&format!("status {status}")), "{error}");
        assert_eq!(place.mirror.hits(MODEL_PATH).len(), tries, "{status}");
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
    let place = Place::new();
    place.model(|served| served.content_type = "text/html; charset=utf-8");
    assert!(place.fails(ErrorKind::Network).to_string().contains("web page"));
}

#[test]
fn redirects() {
    let place = Place::with_etag();
    let to = |location: &str| Served { status: Some(302), location: location.to_owned(), ..Served::default() };
    place.mirror.serve(
        "store/model",
        Served { bytes: MODEL.to_vec(), etag: Some("\"2\""), cuts: vec![9_000], ..Served::default() },
    );
    place.mirror.serve("aside", to("/main/store/model"));
    place.mirror.serve(MODEL_PATH, to("../aside"));
    place.get().unwrap();
    place.assert_whole();
    let hits = place.mirror.hits("store/model");
    assert_eq!((hits[1].range.as_deref(), hits[1].if_range.as_deref()), (Some("bytes=9000-"), Some("\"2\"")));
    assert_eq!(hits[0].sent + hits[1].sent, MODEL.len());

    place.mirror.serve("aside", to("/main/aside"));
    assert!(place.fails(ErrorKind::Network).to_string().contains("more than 5 times"));
    assert_eq!(place.mirror.hits("aside").len(), 2 + 5);
    place.assert_whole();
}

#[test]
fn silence() {
    let mut place = Place::with_etag();
    place.client = Client::new(Patience { silence: Duration::from_millis(100), ..patience(0) });
    place.model(|served| (served.stalls, served.cuts) = (true, vec![50_000]));
    assert!(place.fails(ErrorKind::Network).to_string().contains("does not answer"));
    assert_eq!(place.read(&format!(".{KEY}.onnx.part")).len(), 50_000);
}

#[test]
fn nobody_there() {
    let place = Place::new();
    // Nobody may listen at port 1 but the system's own.
    let error = place.client.catalogue("http://me:secret@127.0.0.1:1/voices.json").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("127.0.0.1") && !error.to_string().contains("secret"), "{error}");
}

/// A server that speaks no TLS is not asked again, and nothing is taken from it.
#[test]
fn no_tls() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("https://{}/voices.json", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 1]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        // Until the client leaves.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = Client::new(patience(0)).catalogue(&address).unwrap_err();
    assert!(error.kind() == ErrorKind::Network && error.to_string().contains("could not be asked"), "{error}");
    server.join().unwrap();
}

#[test]
fn what_is_no_voice() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
    let html = b" <!doctype html>";
    let torn = &MODEL[..MODEL.len() / 2];
    for (model, told) in [(&pointer[..], "Git LFS"), (html, "web page"), (torn, ".onnx")] {
        let place = Place::new();
        place.get().unwrap();
        place.mirror.offer(KEY, model, CONFIG);
        let error = place.fails(ErrorKind::NotAVoice);
        assert!(error.to_string().contains(told), "{error}");
        place.assert_whole();
    }
    let place = Place::new();
    place.mirror.offer(KEY, MODEL, b"{\"audio\": 1");
    assert!(place.fails(ErrorKind::NotAVoice).to_string().contains("not JSON"));
    // Nobody fetches a model for that.
    assert!(place.mirror.hits(MODEL_PATH).is_empty() && !place.mirror.hits(CONFIG_PATH).is_empty());
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[test]
fn giving_up_and_going_on() {
    let place = Place::with_etag();
    let half = MODEL.len() as u64 / 2;
    let until = |here, _| if here > half { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let error = place.get_as(KEY, Accept::AsListed, until).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let kept = place.read(&format!(".{KEY}.onnx.part")).len();
    assert!(kept as u64 > half / 2, "{kept}");
    place.get().unwrap();
    place.assert_whole();
    assert_eq!(place.sent().1[1], Some(format!("bytes={kept}-")));
}

#[test]
fn two_at_once() {
    let place = Place::new();
    let mut kinds = Vec::new();
    let during = |_, _| {
        kinds.push(place.get().map(|_| ()).unwrap_err().kind());
        ControlFlow::Continue(())
    };
    place.get_as(KEY, Accept::AsListed, during).unwrap();
    assert!(kinds.len() > 5 && kinds.iter().all(|&kind| kind == ErrorKind::Busy), "{kinds:?}");
    place.assert_whole();
    // One of another voice is none of its business.
    place.mirror.offer("other", MODEL, CONFIG);
    let mut meanwhile = None;
    let during = |_, _| {
        meanwhile.get_or_insert_with(|| place.get().is_ok());
        ControlFlow::Continue(())
    };
    place.get_as("other", Accept::AsListed, during).unwrap();
    assert_eq!(meanwhile, Some(true));
}

#[test]
fn a_hostile_catalogue() {
    let place = Place::new();
    let file = json!({"size_bytes": 4});
    let outside = json!({"../../x": {"files": {"../../x.onnx": file, "../../x.onnx.json": file}}});
    for (json, told) in [
        (outside.to_string(), "none of its entries"),
        ("[1]".to_owned(), "JSON"),
        (format!("{{{}}}", " ".repeat(8 << 20)), "8388608"),
    ] {
        place.mirror.serve("voices.json", Served { bytes: json.into(), chunked: true, ..Served::default() });
        let error = place.client.catalogue(&place.mirror.catalogue()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Catalogue);
        assert!(error.to_string().contains(told), "{error}");
    }
    // Piper's size of a huge model is no reason to take it.
    let place = Place::new();
    place.mirror.listing(KEY, |entry| entry["files"][MODEL_PATH]["size_bytes"] = (1_u64 << 40).into());
    assert_eq!(place.get().unwrap_err().kind(), ErrorKind::Catalogue);
    assert!(place.names().is_empty());
    assert!(Catalogue::parse(b"{}".to_vec(), "file:///etc/passwd").is_err());
}
