//! A server on a free port, and a client for it.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chanter_engine::{Input, Result, Settings, Voice, pcm, wav};
use chanter_server::{App, Options, listen, router, serve, serve_wyoming};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

pub const PATH: &str = "/synthesize-stream";
/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// What a request got, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Server {
    /// With the built-in voice, ready.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(set: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::default();
        set(&mut options);
        let server = Self::start_empty(options, |_| Ok(voice()));
        server.app.load().await.unwrap();
        server
    }

    /// Without a voice, until [`App::load`] is called.
    pub fn start_empty(options: Options, open: impl Fn(&str) -> Result<Voice> + Send + Sync + 'static) -> Self {
        Self::start_app(App::with_opener(options, Some(Arc::new(open))))
    }

    pub fn start_app(app: App) -> Self {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        tokio::spawn(serve(listener, app.clone(), router(app.clone()), stopped, Duration::ZERO));
        Self { app, address, _stop: stop }
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> hyper::Response<Incoming> {
        within(async {
            let stream = TcpStream::connect(self.address).await.unwrap();
            let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            client.send_request(request).await.unwrap()
        })
        .await
    }

    pub async fn ask(&self, method: Method, path: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "test");
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        Answer::of(self.send(request.body(Full::new(body.into())).unwrap()).await).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, "", "").await
    }

    pub async fn post(&self, content_type: &str, body: impl Into<Bytes>) -> Answer {
        self.ask(Method::POST, PATH, content_type, body).await
    }

    /// A request by hand, from a client that buffers little.
    pub async fn raw(&self, request: &[u8]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 << 10).unwrap();
        let mut stream = within(socket.connect(self.address)).await.unwrap();
        within(stream.write_all(request)).await.unwrap();
        stream
    }

    /// Speaks Wyoming too; says where.
    pub fn wyoming(&self) -> SocketAddr {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve_wyoming(listener, self.app.clone()));
        address
    }

    /// Waits until no stream is active.
    pub async fn until_idle(&self) {
        within(async {
            while self.app.active_streams() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    /// Waits until no chunk has been made for a while.
    pub async fn until_still(&self) {
        within(async {
            loop {
                let made = self.app.chunks_made();
                tokio::time::sleep(Duration::from_millis(700)).await;
                if self.app.chunks_made() == made {
                    return;
                }
            }
        })
        .await;
    }
}

impl Answer {
    pub async fn of(response: hyper::Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = within(body.collect()).await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A POST of plain text, by hand.
pub fn post_text(text: &str) -> Vec<u8> {
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: test\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        text.len()
    );
    [head.as_bytes(), text.as_bytes()].concat()
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("took too long")
}

pub async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    within(stream.read_to_end(&mut all)).await.unwrap();
    all
}

/// The built-in voice, loaded once.
pub fn voice() -> Voice {
    static VOICE: OnceLock<Voice> = OnceLock::new();
    VOICE.get_or_init(|| Voice::built_in().unwrap()).clone()
}

/// The WAV stream that the engine itself makes.
pub fn expected(input: impl Into<Input>, settings: &Settings) -> Result<Vec<u8>> {
    let voice = voice();
    let mut all = wav::header(voice.sample_rate(), None).to_vec();
    for chunk in voice.speak(input, settings)? {
        all.extend(pcm::to_s16le(&chunk?.samples));
    }
    Ok(all)
}
