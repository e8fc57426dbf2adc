//! Requests by hyper's client or by hand, each on a connection of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::Done;

/// Far more than any answer that is not a long speech should take. Whoever waits longer calls it a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a request got, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(crate) type Ask = Request<Full<Bytes>>;

/// Asks for a speech: a POST of these fields as JSON.
pub(crate) fn speak(fields: &serde_json::Value) -> Ask {
    post("/synthesize-stream", fields)
}

pub(crate) fn post(path: &str, fields: &serde_json::Value) -> Ask {
    let mut request = Request::new(Full::from(fields.to_string()));
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = path.parse().unwrap_or_default();
    request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    request
}

pub(crate) fn get(path: &str) -> Ask {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = path.parse().unwrap_or_default();
    request
}

/// A client at an address of this machine, with a buffer of its own size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub(crate) server: SocketAddr,
    pub(crate) from: IpAddr,
    /// Bytes that may wait in the socket and in the client; the system's own if none.
    pub(crate) buffer: Option<u32>,
}

impl Client {
    pub(crate) fn of(server: SocketAddr) -> Self {
        Self { server, from: Ipv4Addr::LOCALHOST.into(), buffer: None }
    }

    /// One of some thousand clients, each at an address of its own, so that no limit for one client stands for all.
    pub(crate) fn one_of_many(self, i: u64) -> Self {
        let [c, d] = [1 + i / 250 % 250, 1 + i % 250].map(|part| u8::try_from(part).unwrap_or(1));
        Self { from: Ipv4Addr::new(127, 0, c, d).into(), ..self }
    }

    pub(crate) async fn connect(&self) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = self.buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        if self.from != Ipv4Addr::LOCALHOST {
            socket.bind((self.from, 0).into())?;
        }
        socket.connect(self.server).await
    }

    /// Gives the answer when its head is there. Dropping its body ends the connection.
    pub(crate) async fn send(&self, mut request: Ask) -> Result<Response<Incoming>, String> {
        let stream = self.connect().await.map_err(|e| format!("cannot connect: {e}"))?;
        let mut builder = hyper::client::conn::http1::Builder::new();
        if let Some(bytes) = self.buffer {
            builder.max_buf_size((bytes as usize).max(8 << 10));
        }
        let broken = |e: hyper::Error| format!("the connection broke: {e}");
        let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(connection);
        if !request.headers().contains_key(header::HOST) {
            request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("localhost"));
        }
        sender.send_request(request).await.map_err(broken)
    }

    /// The whole answer.
    pub(crate) async fn ask(&self, request: Ask) -> Done<Answer> {
        let whole = async {
            let (parts, body) = self.send(request).await?.into_parts();
            let body = body.collect().await.map_err(|e| format!("the answer broke off: {e}"))?.to_bytes();
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        timeout(PATIENCE, whole).await.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }

    /// Sends these bytes, and gives what comes until the server closes, or for this long.
    pub(crate) async fn raw(&self, bytes: &[u8], patience: Duration) -> Done<Raw> {
        let mut stream = self.connect().await.map_err(|e| format!("cannot connect: {e}"))?;
        // A server that has heard enough closes while we still write; what it said is what counts.
        let _ = timeout(patience, stream.write_all(bytes)).await;
        Ok(read(&mut stream, patience).await)
    }
}

/// What a server said on a connection, and whether it closed it.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) text: String,
    pub(crate) closed: bool,
}

impl Raw {
    /// The first answer's status.
    pub(crate) fn status(&self) -> Option<u16> {
        self.text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }

    /// How many answers there are.
    pub(crate) fn answers(&self) -> usize {
        self.text.matches("HTTP/1.1 ").count()
    }

    pub(crate) fn outcome(&self) -> String {
        match (self.status(), self.closed) {
            (Some(status), _) => status.to_string(),
            (None, true) => "closed".to_owned(),
            (None, false) => "silence".to_owned(),
        }
    }
}

/// Reads what comes until the server closes, or for this long.
pub(crate) async fn read(stream: &mut TcpStream, patience: Duration) -> Raw {
    let mut bytes = Vec::new();
    let closed = timeout(patience, async {
        let mut some = [0; 8 << 10];
        while let Ok(n @ 1..) = stream.read(&mut some).await {
            bytes.extend_from_slice(&some[..n]);
        }
    });
    let closed = closed.await.is_ok();
    Raw { text: String::from_utf8_lossy(&bytes).into_owned(), closed }
}
