//! The log: one line of JSON for each request, on the console, without the text unless the operator wants it.

use std::cell::RefCell;
use std::rc::Rc;

use chanter_engine::{Error, Input};
use serde_json::{Value, json};
use worker::{console_error, console_log};

/// What is known of a request. Clones share it; it is written when the last is dropped.
#[derive(Clone)]
pub(crate) struct Entry(Rc<Line>);

struct Line(RefCell<Value>);

impl Entry {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self(Rc::new(Line(RefCell::new(json!({"method": method, "path": path})))))
    }

    pub(crate) fn set(&self, name: &str, value: impl Into<Value>) {
        self.0.0.borrow_mut()[name] = value.into();
    }

    /// Says how much is to be spoken, and what if that is allowed.
    pub(crate) fn set_input(&self, input: &Input, log_text: bool) {
        let (unit, length) = match input {
            Input::Text(text) | Input::Ssml(text) => ("characters", text.chars().count()),
            Input::Phonemes(sentences) => ("phonemes", sentences.iter().map(Vec::len).sum()),
            Input::PhonemeIds(sentences) => ("phoneme_ids", sentences.iter().map(Vec::len).sum()),
        };
        self.set(unit, length);
        if let (true, Input::Text(text) | Input::Ssml(text)) = (log_text, input) {
            self.set("text", text.as_str());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        console_log!("{}", self.0.get_mut());
    }
}

/// What went wrong and is not the client's fault.
pub(crate) fn error(what: &str, why: impl std::fmt::Display) {
    console_error!("{}", json!({"error": what, "why": why.to_string()}));
}

/// An error with its causes.
pub(crate) fn in_full(error: Error) -> String {
    format!("{error:#}")
}

/// Sends what the engine reports to the console. Its warnings may quote the text.
pub(crate) struct EngineLog;

impl log::Log for EngineLog {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = json!({"level": record.level().as_str(), "message": record.args().to_string()});
        match record.level() {
            log::Level::Error => console_error!("{line}"),
            _ => console_log!("{line}"),
        }
    }

    fn flush(&self) {}
}
