//! Speeches, a chunk for each call. `free()` ends them.

use std::task::Poll;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::chunk::to_js;
use crate::error::thrown;
use crate::utf16::Utf16;

/// A speech of a text.
#[wasm_bindgen]
pub struct Speech {
    speech: chanter_engine::Speech,
    text: Utf16,
}

impl Speech {
    pub(crate) fn new(speech: chanter_engine::Speech, text: Utf16) -> Self {
        Self { speech, text }
    }
}

#[wasm_bindgen]
impl Speech {
    /// The next chunk, computed now; undefined after the last.
    ///
    /// # Errors
    /// `text`, `limit`, `phonemizer`, `voice` or `inference`; nothing comes after it.
    #[allow(clippy::should_implement_trait)] // JavaScript's name; an iterator's `next` throws nothing.
    pub fn next(&mut self) -> Result<JsValue, JsValue> {
        match self.speech.next() {
            None => Ok(JsValue::UNDEFINED),
            Some(chunk) => Ok(to_js(&chunk.map_err(thrown)?, &mut self.text)),
        }
    }

    /// What of a document of SSML could not be heeded, each once, since this was last asked for.
    pub fn warnings(&mut self) -> Vec<String> {
        self.speech.warnings()
    }
}

/// A speech of a text that comes in pieces.
#[wasm_bindgen]
pub struct LiveSpeech {
    speech: chanter_engine::LiveSpeech,
    text: Utf16,
}

impl LiveSpeech {
    pub(crate) fn new(speech: chanter_engine::LiveSpeech) -> Self {
        Self { speech, text: Utf16::default() }
    }
}

#[wasm_bindgen]
impl LiveSpeech {
    /// Goes on with the text.
    ///
    /// # Errors
    /// `limit` if the text would be too long, `text` after [`finish`](Self::finish).
    pub fn push(&mut self, piece: &str) -> Result<(), JsValue> {
        self.speech.push(piece).map_err(thrown)?;
        self.text.push(piece);
        Ok(())
    }

    /// Says that the text is complete.
    pub fn finish(&mut self) {
        self.speech.finish();
    }

    /// The next chunk, computed now; null while more of the text must be there first, undefined after the last.
    ///
    /// # Errors
    /// As [`Speech::next`].
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<JsValue, JsValue> {
        match self.speech.poll_next() {
            Poll::Pending => Ok(JsValue::NULL),
            Poll::Ready(None) => Ok(JsValue::UNDEFINED),
            Poll::Ready(Some(chunk)) => Ok(to_js(&chunk.map_err(thrown)?, &mut self.text)),
        }
    }

    /// What of a document of SSML could not be heeded, each once, since this was last asked for.
    pub fn warnings(&mut self) -> Vec<String> {
        self.speech.warnings()
    }
}
