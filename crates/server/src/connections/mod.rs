//! The loop around the router: connections, their limits, and the end.

mod linger;
mod open;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chanter_http::Failure;
use clap::Args;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

use crate::admission::Client;
use crate::app::App;
use crate::settings::{defaults, seconds};
pub(crate) use linger::Linger;
use open::Answer;
pub(crate) use open::{Open, Taken};

/// Bytes that wait for a slow reader on our side, and the longest head of a request. A GET of 5000 characters, four
/// bytes of UTF-8 each and percent-encoded, has 60 kB.
const CONNECTION_BUFFER: usize = 128 << 10;
/// Bytes that wait for a slow reader in the kernel, which would grow it to megabytes.
const SEND_BUFFER: u32 = 128 << 10;
/// Descriptors that are not for connections.
const OTHER_DESCRIPTORS: usize = 64;

/// How many connections there may be, and how long they may do nothing.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// Open connections. Beyond it, those make room that have no request under way
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = 4096)]
    pub max_connections: usize,

    /// Open connections of one address, trusted proxies excepted
    #[arg(long, env = "MAX_CONNECTIONS_PER_CLIENT", default_value_t = 1024)]
    pub max_connections_per_client: usize,

    /// Seconds that a client may take to send the head of a request, and to begin its next one
    #[arg(long, env = "HEADER_TIMEOUT", default_value = "10", value_parser = seconds, value_name = "SECONDS")]
    pub header_timeout: Duration,

    /// Seconds after which a reader who takes nothing is cut off
    #[arg(long, env = "IDLE_TIMEOUT", default_value = "60", value_parser = seconds, value_name = "SECONDS")]
    pub idle_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        defaults()
    }
}

/// The other end of a connection; an extension of its requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Peer {
    pub(crate) const UNKNOWN: Self = Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
}

/// Listens at an address, with buffers that suit a stream.
///
/// # Errors
/// The system's, such as an address in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(4096)
}

/// Serves until `stop`; then refuses to speak, and ends once the streams under way have ended or `grace` is over. Says
/// whether all of them have.
pub async fn serve(
    listener: TcpListener,
    app: App,
    router: Router,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> bool {
    let connections = watch::Sender::new(());
    let ended = async {
        stop.await;
        timeout(grace, app.drain()).await.is_ok()
    };
    let mut ended = std::pin::pin!(ended);
    let all = loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            all = &mut ended => break all,
        };
        match accepted {
            Ok((stream, peer)) => answer(stream, peer, &app, router.clone(), connections.subscribe()),
            Err(e) => not_accepted(&app, &e).await,
        }
    };
    drop(listener);
    // Answers have been given; what is left are connections between two requests, and the last bytes of some.
    connections.send_replace(());
    let _ = timeout(Duration::from_secs(2), connections.closed()).await;
    all
}

/// After a connection that could not be accepted; it may be that there are no descriptors.
pub(crate) async fn not_accepted(app: &App, error: &io::Error) {
    if is_one_connections(error) {
        return;
    }
    if app.rarely().say("accept", Client::at(Peer::UNKNOWN.0.ip())) {
        tracing::error!("cannot accept connections: {error}");
    }
    app.open().make_room();
    sleep(Duration::from_millis(20)).await;
}

/// A place for a connection, if there is one.
pub(crate) fn take_place(app: &App, stream: &TcpStream, peer: SocketAddr) -> Option<Arc<Taken>> {
    if let Err(e) = stream.set_nodelay(true) {
        tracing::debug!("no TCP_NODELAY: {e}");
    }
    let client = (!app.options().access.trusted_proxies.trust(peer.ip())).then(|| Client::at(peer.ip()));
    let taken = app.open().take(client);
    if taken.is_none() {
        app.metrics().refused("connections");
        if app.rarely().say("connections", Client::at(peer.ip())) {
            tracing::warn!(client = %peer.ip(), "there are too many connections");
        }
    }
    taken
}

fn answer(stream: TcpStream, peer: SocketAddr, app: &App, router: Router, mut ended: watch::Receiver<()>) {
    let Some(taken) = take_place(app, &stream, peer) else {
        tokio::spawn(refuse(stream));
        return;
    };
    let options = &app.options().connections;
    let service = {
        let taken = taken.clone();
        service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            // For a connection that becomes a WebSocket's.
            request.extensions_mut().insert(taken.clone());
            let (busy, answer) = (taken.busy(), router.clone().call(request));
            async move { answer.await.map(|answer| answer.map(|body| Answer::new(body, busy))) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(CONNECTION_BUFFER)
        .serve_connection(TokioIo::new(Linger::new(stream, options.idle_timeout)), service)
        .with_upgrades();
    tokio::spawn(async move {
        let mut connection = std::pin::pin!(connection);
        let all = tokio::select! {
            all = connection.as_mut() => all,
            () = taken.asked_to_go() => return tracing::debug!("a connection made room for others"),
            _ = ended.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(e) = all {
            tracing::debug!("a connection ended early: {e}");
        }
    });
}

/// Says that there is no room, to a client that was not listened to.
async fn refuse(stream: TcpStream) {
    let (head, body) = Failure::busy("there are too many connections").response().into_parts();
    let mut answer = format!("HTTP/1.1 {}\r\nconnection: close\r\ncontent-length: {}\r\n", head.status, body.len());
    for (name, value) in &head.headers {
        answer.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    answer.push_str(&format!("\r\n{body}"));
    let mut linger = Linger::new(stream, Duration::from_secs(1));
    let said = async {
        linger.write_all(answer.as_bytes()).await?;
        linger.shutdown().await
    };
    if let Err(e) = said.await {
        tracing::debug!("a client did not hear that there is no room: {e}");
    }
}

/// As many descriptors as the system allows, and as many connections as fit in them.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn raise_descriptors() -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// Connections for which there are descriptors.
pub(crate) fn descriptors() -> usize {
    #[cfg(unix)]
    if let Some(current) = getrlimit(Resource::Nofile).current {
        return usize::try_from(current).unwrap_or(usize::MAX).saturating_sub(OTHER_DESCRIPTORS).max(8);
    }
    usize::MAX
}

fn is_one_connections(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
