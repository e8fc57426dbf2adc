//! Markdown, HTML and SSML.

#![no_main]

use chanter_fuzz::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| checks::markup(&String::from_utf8_lossy(data)));
