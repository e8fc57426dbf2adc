//! Any bytes as a voice's `.onnx.json`.

#![no_main]

use chanter_fuzz::{checks, smallest};
use libfuzzer_sys::fuzz_target;
use prost::Message;

fuzz_target!(|json: &[u8]| {
    let _ = checks::config(json, || smallest::model().encode_to_vec());
});
