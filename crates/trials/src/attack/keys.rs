use std::net::Ipv4Addr;
use std::time::Instant;

use hyper::header::{AUTHORIZATION, HeaderValue};
use serde_json::json;

use super::{Seen, Target};
use crate::Done;
use crate::client::{Ask, Client, speak};
use crate::report::{Times, milliseconds};

pub(super) const RIGHT: &str = "a-key-that-is-right-0123456789";
/// So many wrong keys may fill no log.
const LINES: usize = 100;

/// Puts a key into a request. A server without keys passes over it.
pub(super) fn bring(ask: &mut Ask, key: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("Bearer {key}")) {
        ask.headers_mut().insert(AUTHORIZATION, value);
    }
}

/// Thousands of wrong keys from one address; the right one from others.
pub(super) async fn guessing(target: &Target) -> Done<Seen> {
    let guesses = if target.short { 200 } else { 3000 };
    let mut seen = Seen { tries: LINES, ..Seen::default() };
    let attacker = Client { from: Ipv4Addr::new(127, 0, 0, 3).into(), ..target.client };
    let (mut times, mut statuses) = (Times::default(), std::collections::BTreeMap::new());
    for i in 0..guesses {
        // Of the right length, too short, and right up to the last character.
        let key = match i % 3 {
            0 => format!("{i:030}"),
            1 => String::new(),
            _ => format!("{}{}", &RIGHT[..RIGHT.len() - 1], char::from(b'a' + (i % 26) as u8)),
        };
        let mut ask = speak(&json!({ "text": "Let me in." }));
        bring(&mut ask, &key);
        let asked = Instant::now();
        let status = attacker.ask(ask).await?.status.as_u16();
        times.add(asked.elapsed());
        *statuses.entry(status).or_insert(0) += 1;
    }
    seen.fault(statuses.keys().all(|status| [401, 429].contains(status)), || format!("answers: {statuses:?}"));
    let neighbour = Client { from: Ipv4Addr::new(127, 0, 0, 2).into(), ..target.client };
    let mut ask = speak(&json!({ "text": "I have the key." }));
    bring(&mut ask, RIGHT);
    let served = neighbour.ask(ask).await?.status.as_u16();
    seen.fault(served == 200, || format!("the right key from another address: {served}"));
    seen.answers = format!(
        "{statuses:?}, p50 {} ms, p99 {} ms; the right key from another address: {served}",
        milliseconds(times.at(50.0)),
        milliseconds(times.at(99.0))
    );
    Ok(seen)
}
