use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::{Seen, Target};
use crate::Done;
use crate::client::read;

/// How long an answer is waited for where the server may keep the connection.
const MOMENT: Duration = Duration::from_secs(2);

/// Requests whose end two readers could see in different places. Each is refused, or the connection is closed after it.
pub(super) async fn smuggling(target: &Target) -> Done<Seen> {
    let inner = "GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let head = "POST /synthesize-stream HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n";
    let length = inner.len() + 5;
    let mut seen = Seen::default();
    let mut outcomes = Vec::new();
    for (what, headers, body) in [
        ("length and chunks", format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"), "0\r\n\r\n"),
        ("chunks and length", format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"), "0\r\n\r\n"),
        ("two lengths", "content-length: 0\r\ncontent-length: 5\r\n".to_owned(), ""),
        ("a length with a sign", "content-length: +0\r\n".to_owned(), ""),
        ("an unknown encoding", "transfer-encoding: xchunked\r\n".to_owned(), "0\r\n\r\n"),
        ("two encodings", "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n".to_owned(), "0\r\n\r\n"),
        ("space before the colon", "transfer-encoding : chunked\r\ncontent-length: 0\r\n".to_owned(), ""),
    ] {
        let said = target.client.raw(format!("{head}{headers}\r\n{body}{inner}").as_bytes(), MOMENT).await?;
        outcomes.push(format!("{what}: {}", said.outcome()));
        seen.tries += 1;
        seen.fault(said.answers() <= 1, || format!("{what}: what was smuggled was answered too"));
        seen.fault(said.status().is_some() || said.closed, || format!("{what}: {}", said.outcome()));
    }
    seen.answers = outcomes.join(", ");
    Ok(seen)
}

/// Many requests in one go: answered in order, or fewer, but none mixed up.
pub(super) async fn pipelining(target: &Target) -> Done<Seen> {
    const REQUESTS: usize = 50;
    let one = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let last = "GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let said = target.client.raw(format!("{}{last}", one.repeat(REQUESTS)).as_bytes(), MOMENT).await?;
    let answers = said.answers();
    let mut seen =
        Seen { answers: format!("{answers} answers to {}", REQUESTS + 1), tries: REQUESTS + 1, ..Seen::default() };
    seen.fault(said.status() == Some(200), || format!("the first: {}", said.outcome()));
    seen.fault(answers <= REQUESTS + 1, || "more answers than requests".to_owned());
    seen.fault(said.closed, || "the connection stayed open".to_owned());
    Ok(seen)
}

/// Clients that end their side: after a whole request, which is answered, and within one, which is dropped.
pub(super) async fn half_closed(target: &Target) -> Done<Seen> {
    let mut outcomes = Vec::new();
    let mut seen = Seen::default();
    for (what, request) in [
        ("after a request", "GET /synthesize-stream?text=Hello. HTTP/1.1\r\nhost: localhost\r\n\r\n"),
        ("within a head", "GET /synthesize-stream?text=Hel"),
        ("within a body", "POST /synthesize-stream HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nHel"),
    ] {
        let mut stream = target.client.connect().await.map_err(|e| format!("cannot connect: {e}"))?;
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let said = read(&mut stream, Duration::from_secs(10)).await;
        outcomes.push(format!("{what}: {}", said.outcome()));
        seen.tries += 1;
        seen.fault(said.closed, || format!("{what}: the connection stayed open"));
    }
    seen.answers = outcomes.join(", ");
    Ok(seen)
}
