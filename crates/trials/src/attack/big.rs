use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::{Seen, Target};
use crate::Done;
use crate::client::read;

const BODY: usize = 1 << 30;
/// Much more than any limit: what the server took of it before it refused.
const TAKEN: usize = 32 << 20;
const PATIENCE: Duration = Duration::from_secs(15);

const HEAD: &str = "POST /synthesize-stream HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

pub(super) async fn with_length(target: &Target) -> Done<Seen> {
    let head = format!("{HEAD}content-length: {BODY}\r\n\r\n{{\"text\":\"");
    flood(target, &head, &[b'a'; 64 << 10], &[400, 413]).await
}

pub(super) async fn chunked(target: &Target) -> Done<Seen> {
    let head = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".as_slice(), &[b'a'; 64 << 10], b"\r\n"].concat();
    flood(target, &head, &chunk, &[400, 413]).await
}

pub(super) async fn many_headers(target: &Target) -> Done<Seen> {
    let head = "GET /synthesize-stream?text=a HTTP/1.1\r\nhost: localhost\r\n";
    let headers: String = (0..1000).map(|i| format!("x-{i}: {i}\r\n")).collect();
    flood(target, head, headers.as_bytes(), &[400, 431]).await
}

pub(super) async fn huge_header(target: &Target) -> Done<Seen> {
    let head = "GET /synthesize-stream?text=a HTTP/1.1\r\nhost: localhost\r\nx-huge: ";
    flood(target, head, &[b'a'; 64 << 10], &[400, 431]).await
}

/// Sends a head, then the same bytes until the server has had enough, or a gigabyte.
async fn flood(target: &Target, head: &str, again: &[u8], refusals: &[u16]) -> Done<Seen> {
    let began = Instant::now();
    let mut stream = target.client.connect().await.map_err(|e| format!("cannot connect: {e}"))?;
    let mut taken = 0;
    let sending = async {
        stream.write_all(head.as_bytes()).await?;
        while taken < BODY {
            stream.write_all(again).await?;
            taken += again.len();
        }
        Ok::<_, std::io::Error>(())
    };
    let stuck = timeout(PATIENCE, sending).await.is_err();
    let said = read(&mut stream, PATIENCE).await;
    let mut seen = Seen { tries: 1, ..Seen::default() };
    let took = began.elapsed().as_secs_f64();
    seen.answers = format!("{}, {} KiB taken, {took:.1} s", said.outcome(), taken >> 10);
    // The answer may be lost where the connection is reset with bytes unread; closed is refused all the same.
    let refused = said.status().map_or(said.closed, |status| refusals.contains(&status));
    seen.fault(refused, || format!("not refused: {}", said.outcome()));
    seen.fault(taken <= TAKEN, || format!("{} MiB were taken", taken >> 20));
    seen.fault(!stuck, || format!("the connection was still open after {} s", PATIENCE.as_secs()));
    Ok(seen)
}
