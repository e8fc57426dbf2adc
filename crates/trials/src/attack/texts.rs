use std::time::Duration;

use serde_json::json;

use super::{Seen, Target};
use crate::Done;
use crate::client::speak;

const PATIENCE: Duration = Duration::from_secs(10);
const DEPTH: usize = 100_000;

pub(super) async fn deep_json(target: &Target) -> Done<Seen> {
    let bare = "[".repeat(DEPTH);
    let field = format!("{{\"text\":{}1{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let objects = format!("{}1", "{\"text\":".repeat(DEPTH / 10));
    let unknown = format!("{{\"text\":\"a\",\"other\":{}}}", "[".repeat(2000));
    bodies(target, "application/json", [bare, field, objects, unknown].map(String::into_bytes).to_vec()).await
}

pub(super) async fn invalid_utf8(target: &Target) -> Done<Seen> {
    let plain = vec![vec![0xff, 0xfe, b'a'], vec![b'a', 0xc0, 0xaf], vec![0xed, 0xa0, 0x80]];
    let json = plain.iter().map(|text| [b"{\"text\":\"".as_slice(), text, b"\"}"].concat()).collect();
    let mut seen = bodies(target, "text/plain", plain).await?;
    let more = bodies(target, "application/json", json).await?;
    let query = raw(target, "GET /synthesize-stream?text=%ff%fe HTTP/1.1\r\n").await?;
    seen.answers = format!("{}; {}; query {}", seen.answers, more.answers, query.outcome());
    seen.tries += more.tries + 1;
    seen.faults.extend(more.faults);
    seen.fault(query.status().is_some_and(|status| status < 500), || format!("query: {}", query.outcome()));
    Ok(seen)
}

/// Each body is refused with 4xx.
async fn bodies(target: &Target, content_type: &str, bodies: Vec<Vec<u8>>) -> Done<Seen> {
    let mut seen = Seen { tries: bodies.len(), ..Seen::default() };
    let mut outcomes = Vec::new();
    for (i, body) in bodies.iter().enumerate() {
        let head = format!(
            "POST /synthesize-stream HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {content_type}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        let said = target.client.raw(&[head.as_bytes(), body].concat(), PATIENCE).await?;
        outcomes.push(said.outcome());
        let refused = said.status().map_or(said.closed, |status| (400..500).contains(&status));
        seen.fault(refused, || format!("{content_type} body {i}: {}", said.outcome()));
    }
    seen.answers = outcomes.join(" ");
    Ok(seen)
}

/// Neither a header nor a line of the log can be made by what a client sends.
pub(super) async fn line_breaks(target: &Target) -> Done<Seen> {
    let mut seen = Seen { tries: 6, ..Seen::default() };
    let mut outcomes = Vec::new();
    for head in [
        "GET /health HTTP/1.1\r\nx-request-id: a\r\n x-evil: 1\r\n",
        "GET /health HTTP/1.1\r\nx-request-id: a\rx-evil: 1\r\n",
        "GET /health HTTP/1.1\r\nx-request-id: a%0d%0ax-evil: 1\r\n",
        "GET /health%0d%0ax-evil:1 HTTP/1.1\r\n",
        "GET /synthesize-stream?text=a&voice=b%0d%0ax-evil:%201 HTTP/1.1\r\n",
    ] {
        let said = raw(target, head).await?;
        outcomes.push(said.outcome());
        let headers = said.text.split("\r\n\r\n").next().unwrap_or_default();
        let made = headers.lines().any(|line| line.starts_with("x-evil"));
        seen.fault(!made, || format!("{head:?} made a header"));
        seen.fault(said.closed || said.status().is_some(), || format!("{head:?}: {}", said.outcome()));
    }
    let fields = json!({ "text": "Hello.", "voice": "b\r\nx-evil: 1\r\n\r\n" });
    let answer = target.client.ask(speak(&fields)).await?;
    outcomes.push(answer.status.as_u16().to_string());
    seen.fault(answer.status.is_client_error(), || format!("a voice's name with line breaks: {}", answer.status));
    seen.fault(answer.header("x-evil").is_none(), || "a voice's name made a header".to_owned());
    seen.answers = outcomes.join(" ");
    Ok(seen)
}

async fn raw(target: &Target, head: &str) -> Done<crate::client::Raw> {
    let request = format!("{head}host: localhost\r\nconnection: close\r\n\r\n");
    target.client.raw(request.as_bytes(), PATIENCE).await
}
