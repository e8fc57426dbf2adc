//! A client that leaves.
//!
//! The runtime cancels the answer's stream then, but not in all its versions; the request's signal (compatibility flag
//! `enable_request_signal`) says so as well.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::AbortSignal;

/// Calls a function once the client has left; not after this is dropped.
pub(crate) struct Departure {
    signal: AbortSignal,
    listener: Closure<dyn FnMut()>,
}

impl Departure {
    pub(crate) fn watch(signal: AbortSignal, left: impl FnMut() + 'static) -> Self {
        let listener = Closure::new(left);
        // It cannot fail: the listener is a function.
        let _ = signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
        Self { signal, listener }
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", self.listener.as_ref().unchecked_ref());
    }
}
