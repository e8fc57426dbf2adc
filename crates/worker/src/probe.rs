//! For tests: what the isolate holds, when chunks were made, and a panic.

use std::cell::RefCell;

use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use worker::{Date, Env};

use crate::turn;

thread_local! {
    /// When the chunks since the last question were made, in milliseconds of the clock, which goes on while something is
    /// computed in a local runtime only.
    static MADE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    /// The voices that were loaded.
    static LOADED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The size of the engine's memory, in bytes, the number of speeches, when chunks were made, and the voices that were
/// loaded.
pub(crate) fn facts() -> Value {
    let memory = wasm_bindgen::memory().dyn_into::<js_sys::WebAssembly::Memory>().map(|memory| memory.buffer());
    let bytes = memory.ok().and_then(|buffer| buffer.dyn_into::<js_sys::ArrayBuffer>().ok());
    let bytes = bytes.map(|buffer| buffer.byte_length());
    json!({
        "memory": bytes,
        "active_streams": turn::active(),
        "made": MADE.take(),
        "loaded": LOADED.with_borrow(Clone::clone),
    })
}

/// A chunk is made: after so much more work as the variable `PROBE_WORK_MS` says.
pub(crate) fn chunk_made(env: &Env) {
    let now = || Date::now().as_millis();
    let work = env.var("PROBE_WORK_MS").ok().and_then(|ms| ms.to_string().parse().ok()).unwrap_or(0);
    let end = now() + work;
    while now() < end {}
    MADE.with_borrow_mut(|made| made.push(now()));
}

pub(crate) fn voice_loaded(name: &str) {
    LOADED.with_borrow_mut(|loaded| loaded.push(name.to_owned()));
}

#[allow(clippy::panic)] // That is what it is for.
pub(crate) fn panic<T>() -> T {
    panic!("a test wants it so")
}
