//! The page's files: types, encodings, caching, ranges, and what is not there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{Method, Request, StatusCode};
use chanter_server::{Options, Www};
use common::{Answer, Server, within};
use http_body_util::{BodyExt, Full};

const LASTING: &str = "public, max-age=31536000, immutable";

/// A folder as the build makes it, in small; it goes away with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("chanter-www-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        for (path, text) in files {
            let path = folder.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

const FILES: [(&str, &str); 12] = [
    ("index.html", "<p>the page"),
    ("index.html.gz", "gzip of the page"),
    ("sw.js", "service worker"),
    ("manifest.webmanifest", "{}"),
    ("icons/icon.svg", "<svg/>"),
    ("app-0123/page/style.css", "p {}"),
    ("app-0123/lib/wasm/x.wasm", "wasm, plain"),
    ("app-0123/lib/wasm/x.wasm.br", "brotli"),
    ("app-0123/lib/wasm/x.wasm.gz", "gzip"),
    ("app-0123/packs/de.pack", "0123456789"),
    ("app-0123/voices/a.onnx", "0123456789"),
    ("app-0123/voices/a.onnx.json", "{}"),
];

fn start(folder: &Folder) -> Server {
    let mut options = Options::default();
    options.set_page(Some(Www::open(&folder.0).unwrap()));
    Server::start_empty(options, |_| unreachable!("no voice is loaded"))
}

async fn ask(server: &Server, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("host", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = server.send(request.body(Full::default()).unwrap()).await;
    let (parts, body) = response.into_parts();
    let body = within(body.collect()).await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn types_and_caching() {
    let folder = Folder::new(&FILES);
    let server = start(&folder);
    let cases = [
        ("/", "text/html; charset=utf-8", "no-cache", "<p>the page"),
        ("/?text=a", "text/html; charset=utf-8", "no-cache", "<p>the page"),
        ("/index.html", "text/html; charset=utf-8", "no-cache", "<p>the page"),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache", "service worker"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache", "{}"),
        ("/icons/icon.svg", "image/svg+xml", "no-cache", "<svg/>"),
        ("/app-0123/page/style.css", "text/css; charset=utf-8", LASTING, "p {}"),
        ("/app-0123/lib/wasm/x.wasm", "application/wasm", LASTING, "wasm, plain"),
        ("/app-0123/packs/de.pack", "application/octet-stream", LASTING, "0123456789"),
        ("/app-0123/voices/a.onnx", "application/octet-stream", LASTING, "0123456789"),
        ("/app-0123/voices/a.onnx.json", "application/json", LASTING, "{}"),
    ];
    for (path, content_type, cache, text) in cases {
        for method in [Method::GET, Method::HEAD] {
            let answer = ask(&server, method.clone(), path, &[("accept", "text/html,*/*;q=0.8")]).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert_eq!(answer.header("content-type"), content_type, "{path}");
            assert_eq!(answer.header("cache-control"), cache, "{path}");
            assert_eq!(answer.header("content-encoding"), "", "{path}");
            assert_eq!(answer.header("content-length"), text.len().to_string(), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
            assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
            assert_eq!(answer.body, if method == Method::GET { text } else { "" }, "{path}");
        }
    }
}

#[tokio::test]
async fn encodings() {
    let folder = Folder::new(&FILES);
    let server = start(&folder);
    let wasm = "/app-0123/lib/wasm/x.wasm";
    let cases = [
        (wasm, "gzip, deflate, br, zstd", "br", "brotli"),
        (wasm, "gzip", "gzip", "gzip"),
        (wasm, "br;q=0, gzip", "gzip", "gzip"),
        (wasm, "zstd", "", "wasm, plain"),
        (wasm, "identity", "", "wasm, plain"),
        ("/", "gzip, br", "gzip", "gzip of the page"),
        ("/sw.js", "gzip, br", "", "service worker"),
    ];
    for (path, accepted, encoding, text) in cases {
        let answer = ask(&server, Method::GET, path, &[("accept-encoding", accepted)]).await;
        assert_eq!(
            (answer.header("content-encoding"), &answer.body[..]),
            (encoding, text.as_bytes()),
            "{path} {accepted}"
        );
        assert_eq!(answer.header("vary"), "accept-encoding");
        let content_type = answer.header("content-type");
        assert_eq!(content_type == "application/wasm", path == wasm, "{path} {accepted}: {content_type}");
    }
}

#[tokio::test]
async fn ranges_and_what_has_not_changed() {
    let folder = Folder::new(&FILES);
    let server = start(&folder);
    let voice = "/app-0123/voices/a.onnx";
    let answer = ask(&server, Method::GET, voice, &[("range", "bytes=4-")]).await;
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::PARTIAL_CONTENT, &b"456789"[..]));
    assert_eq!(answer.header("content-range"), "bytes 4-9/10");
    let answer = ask(&server, Method::GET, voice, &[("range", "bytes=10-")]).await;
    assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE);

    let answer = ask(&server, Method::GET, "/", &[]).await;
    let changed = answer.header("last-modified");
    assert!(!changed.is_empty());
    let answer = ask(&server, Method::GET, "/", &[("if-modified-since", changed)]).await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(answer.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn what_is_not_there() {
    let folder = Folder::new(&FILES);
    std::fs::write(folder.0.with_extension("secret"), "secret").unwrap();
    let server = start(&folder);
    let beside = format!("{}.secret", folder.0.file_name().unwrap().to_str().unwrap());
    let outside =
        [format!("/../{beside}"), format!("/%2e%2e/{beside}"), format!("/app-0123/..%2f..%2f{beside}"), "/%00".into()];
    for path in outside.iter().map(String::as_str).chain(["/nothing", "/app-0123/nothing.js", "/app-0123/", "/icons/"])
    {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.json()["error"]["type"], "not_found", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    std::fs::remove_file(folder.0.with_extension("secret")).unwrap();
    assert_eq!(ask(&server, Method::POST, "/nothing", &[]).await.status, StatusCode::NOT_FOUND);
    let answer = ask(&server, Method::PUT, "/", &[]).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST,GET,HEAD"));
    assert_eq!(server.get("/ready").await.status, StatusCode::SERVICE_UNAVAILABLE, "files came before paths");
}

#[tokio::test]
async fn without_a_page_it_says_how_to_get_one() {
    let server = Server::start_empty(Options::default(), |_| unreachable!("no voice is loaded"));
    let answer = server.get("/").await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(std::str::from_utf8(&answer.body).unwrap().contains("--www"));
    assert_eq!(server.get("/index.html").await.status, StatusCode::NOT_FOUND);
}

#[test]
fn folders_that_hold_no_page() {
    let folder = Folder::new(&[("index.html/file", "")]);
    for path in [folder.0.clone(), folder.0.join("index.html"), folder.0.join("missing")] {
        let why = Www::open(&path).unwrap_err();
        assert!(why.contains("index.html") && !why.contains('\n'), "{why}");
    }
}

#[tokio::test]
async fn pages_of_other_sites() {
    let asks = [
        ("origin", "https://a.org"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    for (allowed, answered) in
        [("*", "*"), ("https://b.org, https://a.org", "https://a.org"), ("https://b.org", ""), ("", "")]
    {
        let mut options = Options::default();
        options.access.cors_origins = allowed.parse().unwrap();
        let server = Server::start_empty(options, |_| unreachable!("no voice is loaded"));
        let preflight = ask(&server, Method::OPTIONS, "/synthesize-stream", &asks).await;
        assert_eq!(preflight.status, StatusCode::OK);
        assert_eq!(preflight.header("access-control-allow-origin"), answered, "{allowed:?}");
        assert!(preflight.header("access-control-allow-methods").contains("POST"));
        assert!(!preflight.header("access-control-allow-headers").is_empty());
        // An error too can be read there.
        for path in ["/health", "/synthesize-stream", "/nowhere"] {
            let answer = ask(&server, Method::GET, path, &asks[..1]).await;
            assert_eq!(answer.header("access-control-allow-origin"), answered, "{path} {allowed:?}");
        }
    }
}
