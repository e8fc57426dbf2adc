use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::{Seen, Target};
use crate::Done;

/// Longer than the server waits for a request's head.
const AT_LAST: Duration = Duration::from_secs(20);

/// Hundreds of connections that send a byte of a header each second.
pub(super) async fn loris(target: &Target) -> Done<Seen> {
    let (connections, lasts) = if target.short { (50, Duration::from_secs(2)) } else { (400, AT_LAST) };
    let began = Instant::now();
    let each = (0..connections).map(|_| async move {
        let Ok(mut stream) = target.client.connect().await else { return None };
        let mut head = b"POST /synthesize-stream HTTP/1.1\r\nhost: localhost\r\nx-slow: ".to_vec();
        head.extend([b'a'; 1000]);
        let (start, rest) = head.split_at(20);
        let _ = stream.write_all(start).await;
        for byte in rest {
            if began.elapsed() > lasts {
                return None;
            }
            if stream.write_all(&[*byte]).await.is_err() || heard_the_end(&mut stream).await {
                return Some(began.elapsed());
            }
        }
        None
    });
    let ends = join_all(each).await;
    let closed = ends.iter().flatten().count();
    let last = ends.iter().flatten().max().copied().unwrap_or_default();
    let mut seen = Seen { tries: connections, ..Seen::default() };
    seen.answers = format!("{closed} of {connections} closed, the last after {:.0} s", last.as_secs_f64());
    seen.fault(target.short || closed == connections, || {
        format!("{} connections were still open after {} s", connections - closed, AT_LAST.as_secs())
    });
    Ok(seen)
}

/// Waits a second for the server to close.
async fn heard_the_end(stream: &mut tokio::net::TcpStream) -> bool {
    let mut some = [0; 1024];
    let end = async { while let Ok(1..) = stream.read(&mut some).await {} };
    timeout(Duration::from_secs(1), end).await.is_ok()
}
