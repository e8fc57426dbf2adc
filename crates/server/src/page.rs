//! The page: the files of a folder that `cargo xtask www` made.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chanter_http::Failure;
use tower_http::services::ServeDir;
use tower_service::Service as _;

use crate::app::App;
use crate::error::{self, Refusal};
use crate::openapi::Refused;

/// A folder with the page in it.
#[derive(Debug, Clone)]
pub struct Www(PathBuf);

impl Www {
    /// Takes a folder that `cargo xtask www` made.
    ///
    /// # Errors
    /// Why it is none, in one line.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, String> {
        let folder = folder.into();
        match std::fs::metadata(folder.join("index.html")) {
            Ok(index) if index.is_file() => Ok(Self(folder)),
            Ok(_) => Err(format!("{}: its index.html is no file", folder.display())),
            Err(e) => Err(format!(
                "{}: there is no page in it, index.html: {e}; `cargo xtask www` makes one",
                folder.display()
            )),
        }
    }

    fn folder(&self) -> &Path {
        &self.0
    }
}

/// The page
///
/// With a text in the query, and to whoever does not accept HTML, what `GET /synthesize` answers, as Piper's first server did.
#[utoipa::path(
    get,
    path = "/",
    tag = "piper",
    params(("text" = Option<String>, Query)),
    responses(
        (status = 200, content((String = "text/html; charset=utf-8"), (String = "audio/wav"))),
        (status = "4XX", body = Refused),
        (status = 503, body = Refused),
    )
)]
pub(crate) async fn root(State(app): State<App>, request: Request) -> Response {
    match app.options().page() {
        None => no_page(),
        Some(www) => file(www, request).await,
    }
}

/// What is at no other path: the page's files, if there are any.
pub(crate) async fn files(State(app): State<App>, request: Request) -> Response {
    match app.options().page() {
        None => error::not_found(request.uri().clone()).await.into_response(),
        Some(www) => file(www, request).await,
    }
}

/// The page that tries the interfaces is a component, which has its styles at its elements.
const POLICY_OF_API: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src *; \
                             img-src 'self' data:; media-src blob:; base-uri 'none'; form-action 'none'; \
                             frame-ancestors 'none'";

async fn file(www: &Www, request: Request) -> Response {
    let mut files = ServeDir::new(www.folder()).precompressed_br().precompressed_gzip();
    // What else is sent to a path that does not exist is no matter of the page's.
    let uri = request.uri().clone();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return error::not_found(uri).await.into_response();
    }
    // A build's folder is named after its content.
    let lasting = uri.path().starts_with("/app-");
    let answer = files.call(request).await.unwrap_or_else(|e: Infallible| match e {});
    let (mut parts, body) = answer.into_parts();
    match parts.status {
        StatusCode::NOT_FOUND => return error::not_found(uri).await.into_response(),
        status if status.is_server_error() => {
            tracing::error!("a file of the page cannot be read");
            return Refusal::from(Failure::internal()).into_response();
        }
        _ => {}
    }
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    set(&mut parts.headers, cache);
    if uri.path().starts_with("/api/") {
        parts.headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_OF_API));
    }
    // It depends on what the client takes, whether or not this one took it.
    parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(text) = parts.headers.get(header::CONTENT_TYPE).and_then(text_in_utf8) {
        parts.headers.insert(header::CONTENT_TYPE, text);
    }
    Response::from_parts(parts, Body::new(body))
}

/// The type of a text with its encoding.
fn text_in_utf8(content_type: &HeaderValue) -> Option<HeaderValue> {
    let name = content_type.to_str().ok().filter(|name| name.starts_with("text/") && !name.contains(';'))?;
    HeaderValue::from_str(&format!("{name}; charset=utf-8")).ok()
}

fn no_page() -> Response {
    const TEXT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Chanter</title>\n\
        <h1>Chanter</h1>\n<p>This server speaks, and was started without its page. <code>cargo xtask run</code> starts \
        it with the page; <code>--www FOLDER</code> takes one that <code>cargo xtask www</code> made.</p>\n\
        <p>Without it: <a href=\"/synthesize-stream?text=Hello.\">/synthesize-stream?text=Hello.</a>, and \
        <a href=\"/openapi.json\">/openapi.json</a> for all that it answers.</p>\n";
    let mut answer = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], TEXT).into_response();
    set(answer.headers_mut(), "no-cache");
    answer
}

/// The headers of all that belongs to the page.
fn set(headers: &mut HeaderMap, cache: &'static str) {
    // The page's own files, speech from wherever its user wants it, and no framing.
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src *; \
                  img-src 'self' data:; media-src blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
                  form-action 'none'; frame-ancestors 'none'";
    let values = [
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
