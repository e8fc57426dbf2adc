//! The engine's errors as JavaScript's.

use chanter_engine::{Error, ErrorKind};
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// An `Error` with the kind of the engine's.
pub(crate) fn thrown(error: impl Into<Error>) -> JsValue {
    let error = error.into();
    let kind = match error.kind() {
        ErrorKind::Io => "io",
        ErrorKind::Config => "config",
        ErrorKind::Voice => "voice",
        ErrorKind::Settings => "settings",
        ErrorKind::Text => "text",
        ErrorKind::Limit => "limit",
        ErrorKind::Phonemizer => "phonemizer",
        ErrorKind::Inference => "inference",
        _ => "other",
    };
    let js = JsValue::from(js_sys::Error::new(&format!("{error:#}")));
    set(&js, "kind", &kind.into());
    js
}

/// Sets a property of a new object, which cannot fail.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}
