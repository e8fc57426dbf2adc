//! Chanter's engine in a web page, for a Web Worker: it computes synchronously, a chunk for each call.
//!
//! ```js
//! await init({module_or_path});
//! const loader = new VoiceLoader(bytes);
//! for await (const piece of pieces) loader.push(piece);
//! const voice = loader.finish(config);
//! const speech = voice.speak("Hello world.", "{}");
//! for (let chunk; (chunk = speech.next()); ) play(chunk.samples);
//! speech.free();
//! ```
//!
//! Whatever goes wrong is thrown as an `Error` whose `kind` is one of `io`, `config`, `voice`, `settings`, `text`, `limit`,
//! `phonemizer` and `inference`. A panic is written to the console and traps; the module is then dead and has to be made
//! anew.

mod chunk;
mod error;
mod packs;
mod settings;
mod speech;
mod utf16;
mod voice;

use wasm_bindgen::prelude::wasm_bindgen;

pub use packs::{add_pack, pack_for};
pub use speech::{LiveSpeech, Speech};
pub use voice::{Voice, VoiceLoader};

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}
