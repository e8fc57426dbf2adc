//! Files that are wrong, by accident or by design: each is an error with a name, or a voice that speaks, and in time.

#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, unreachable_pub, missing_docs)]
#[path = "../../../fuzz/src/lib.rs"]
mod attack;
mod common;

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use attack::edits::{Dice, edit_bytes, edited};
use attack::{checks, smallest};
use chanter_engine::{Error, ErrorKind, Result};
use common::model;
use prost::Message;
use tract_onnx::pb::{ModelProto, NodeProto, StringStringEntryProto};

/// Far more than anything here takes: a case that takes longer does not end.
const PATIENCE: Duration = Duration::from_secs(180);

type Case = (String, Box<dyn FnOnce() -> Result<()> + Send>);

/// Runs each case; how each ended, in order.
///
/// What tract panics at is caught by the engine, so only a panic that comes out of a case is one.
fn run(cases: Vec<Case>) -> Vec<(String, Result<()>)> {
    let names: Vec<String> = cases.iter().map(|(name, _)| name.clone()).collect();
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name(QUIET.into());
    quiet_panics();
    let worker = thread.spawn(move || {
        for (_, case) in cases {
            let _ = sender.send(case());
        }
    });
    let mut ended = Vec::new();
    for name in names {
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => ended.push((name, result)),
            Err(RecvTimeoutError::Timeout) => panic!("{name}: does not end"),
            Err(RecvTimeoutError::Disconnected) => {
                let panic = worker.unwrap().join().unwrap_err();
                let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref().copied());
                panic!("{name}: {}", text.unwrap_or("a panic"));
            }
        }
    }
    ended
}

const QUIET: &str = "hostile";

/// Keeps the cases' panics off the terminal, and leaves the tests' own there.
fn quiet_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(QUIET) {
                usual(info);
            }
        }));
    });
}

fn dice(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..64).flat_map(|_| next().to_le_bytes()).collect()
}

/// More for a longer run: `HOSTILE_ROUNDS=100 cargo test --release --test hostile`.
fn rounds() -> u64 {
    std::env::var("HOSTILE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

fn of_smallest(name: String, model: Vec<u8>) -> Case {
    (name, Box::new(move || checks::voice(model, &smallest::config()).map(drop)))
}

#[test]
fn edits_of_the_smallest_voice() {
    let whole = smallest::model();
    assert!(checks::voice(whole.encode_to_vec(), &smallest::config()).unwrap() > 0, "it speaks as it is");
    let cases = (0..600 * rounds()).map(|seed| {
        let bytes = dice(seed);
        of_smallest(format!("seed {seed}"), edited(&whole, &mut Dice::new(&bytes)))
    });
    let ended = run(cases.collect());
    let spoke = ended.iter().filter(|(_, result)| result.is_ok()).count();
    // Both ends of the road are seen.
    assert!(spoke > ended.len() / 20 && spoke < ended.len(), "{spoke} of {} spoke", ended.len());
}
