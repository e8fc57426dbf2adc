//! The loop around the router: connections, their limits, and the end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::linger::Linger;

/// Bytes that wait for a slow reader on our side, and the longest head of a request. A GET of 5000 characters, four
/// bytes of UTF-8 each and percent-encoded, has 60 kB.
const CONNECTION_BUFFER: usize = 128 << 10;
/// Bytes that wait for a slow reader in the kernel, which would grow it to megabytes.
const SEND_BUFFER: u32 = 128 << 10;
/// A client may take this long to send the head of a request, and to begin its next one.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Streams may take this long to end once the server is told to.
const GRACE: Duration = Duration::from_secs(8);

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
    socket.listen(1024)
}

/// Serves until `stop`, and then until the streams under way have ended or their time is up.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => answer(stream, router.clone(), &connections),
            Err(e) if is_one_connections(&e) => {}
            Err(e) => {
                tracing::error!("cannot accept connections: {e}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(GRACE) => tracing::warn!("some streams had not ended and were cut off"),
    }
}

fn answer(stream: TcpStream, router: Router, connections: &GracefulShutdown) {
    if let Err(e) = stream.set_nodelay(true) {
        tracing::debug!("no TCP_NODELAY: {e}");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(CONNECTION_BUFFER)
        .serve_connection(TokioIo::new(Linger::new(stream)), TowerToHyperService::new(router));
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(e) = connection.await {
            tracing::debug!("a connection ended early: {e}");
        }
    });
}

fn is_one_connections(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
