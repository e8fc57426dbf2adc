use std::time::Duration;

use serde_json::json;

use super::{Seen, Target};
use crate::Done;
use crate::client::{post, speak};

/// Percent-encoded where it has to be for a path or query; as it is in JSON.
const NAMES: &[(&str, &str)] = &[
    ("../outside", "..%2Foutside"),
    ("..\\outside", "..%5Coutside"),
    ("../../../../../../etc/passwd", "..%2F..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd"),
    ("%2e%2e%2foutside", "%252e%252e%252foutside"),
    ("/etc/passwd", "%2Fetc%2Fpasswd"),
    ("./inside", ".%2Finside"),
    ("inside/../../outside", "inside%2F..%2F..%2Foutside"),
    ("inside\0.onnx", "inside%00.onnx"),
    (".", "."),
    ("..", ".."),
    ("\u{202e}edisni", "%E2%80%AEedisni"),
    ("inside\r\nx-evil: 1", "inside%0D%0Ax-evil:%201"),
];
const PATIENCE: Duration = Duration::from_secs(10);

/// Names that lead out of the folder of voices.
pub(super) async fn voices(target: &Target) -> Done<Seen> {
    let mut seen = Seen::default();
    let mut statuses = Vec::new();
    let long = "x".repeat(4000);
    for (name, encoded) in NAMES.iter().copied().chain([(long.as_str(), long.as_str())]) {
        let shown = || name.chars().take(40).collect::<String>().escape_debug().to_string();
        for ask in [
            speak(&json!({ "text": "Hello.", "voice": name })),
            post("/v1/audio/speech", &json!({ "input": "Hello.", "voice": name, "response_format": "wav" })),
            post("/download", &json!({ "voice": name })),
        ] {
            let path = ask.uri().to_string();
            let answer = target.client.ask(ask).await?;
            statuses.push(answer.status.as_u16());
            let refused = answer.status.is_client_error() || (path == "/download" && answer.status.is_server_error());
            seen.fault(refused, || format!("{path} of {}: {}", shown(), answer.status));
            seen.fault(answer.header("x-evil").is_none(), || format!("{path} of {}: a header was made", shown()));
        }
        for line in [format!("GET /synthesize-stream?text=a&voice={encoded}"), format!("DELETE /voices/{encoded}")] {
            let said = raw(target, &line).await?;
            statuses.extend(said.status());
            let refused = said.status().map_or(said.closed, |status| (400..500).contains(&status));
            seen.fault(refused, || format!("{line:.60}: {}", said.outcome()));
        }
    }
    let outside = target.folder.path().join("outside.onnx");
    seen.fault(outside.is_file(), || "a file outside the folder of voices was deleted".to_owned());
    let inside = target.folder.path().join("voices/inside.onnx");
    seen.fault(inside.is_file(), || "another voice was deleted than the one that was named".to_owned());
    summed(&mut seen, statuses);
    Ok(seen)
}

/// Paths that lead out of the page's folder, or nowhere.
pub(super) async fn paths(target: &Target) -> Done<Seen> {
    let mut seen = Seen::default();
    let mut statuses = Vec::new();
    let long = format!("/{}", "x".repeat(300_000));
    for path in [
        "/../../../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/app/..%5c..%5c..%5cetc%5cpasswd",
        "//etc/passwd",
        "/%00",
        "/index.html%00.js",
        "/%ff%fe",
        "/.git/config",
        "http://localhost/../etc/passwd",
        "*",
        &long,
    ] {
        let said = raw(target, &format!("GET {path}")).await?;
        statuses.extend(said.status());
        let refused = said.status().map_or(said.closed, |status| (300..500).contains(&status));
        seen.fault(refused, || format!("{path:.60}: {}", said.outcome()));
        seen.fault(!said.text.contains("root:"), || format!("{path:.60}: told what is in a file of the system"));
    }
    summed(&mut seen, statuses);
    Ok(seen)
}

fn summed(seen: &mut Seen, statuses: Vec<u16>) {
    let mut counts = std::collections::BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_insert(0) += 1;
        seen.tries += 1;
    }
    seen.answers = counts.iter().map(|(status, times)| format!("{times} x {status}")).collect::<Vec<_>>().join(", ");
}

async fn raw(target: &Target, line: &str) -> Done<crate::client::Raw> {
    let request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    target.client.raw(request.as_bytes(), PATIENCE).await
}
