//! A chunk as a plain object.

use std::ops::Range;

use chanter_engine::Chunk;
use js_sys::{Array, Float32Array, Object};
use wasm_bindgen::JsValue;

use crate::error::set;
use crate::utf16::Utf16;

/// `{samples, offset, sentence, words: [{start, end, from, to}], phonemes: [{phoneme, from, to}], marks: [{name, at}]}`: `from`, `to` and `at` are samples
/// of the speech, `start` and `end` UTF-16 indexes of the text. The samples have a buffer of their own, to be transferred.
pub(crate) fn to_js(chunk: &Chunk, text: &mut Utf16) -> JsValue {
    let words = chunk.words.iter().map(|word| {
        let start = text.index(word.text.start);
        let object = sounding(&word.samples);
        set(&object, "start", &start.into());
        set(&object, "end", &text.index(word.text.end).into());
        object
    });
    let words: Array = words.collect();
    let phonemes = chunk.phonemes.iter().map(|phoneme| {
        let object = sounding(&phoneme.samples);
        set(&object, "phoneme", &phoneme.phoneme.as_str().into());
        object
    });
    let phonemes: Array = phonemes.collect();
    let marks = chunk.marks.iter().map(|mark| {
        let object: JsValue = Object::new().into();
        set(&object, "name", &mark.name.as_str().into());
        set(&object, "at", &number(mark.sample));
        object
    });
    let marks: Array = marks.collect();
    let object = Object::new().into();
    set(&object, "samples", &Float32Array::from(chunk.samples.as_slice()));
    set(&object, "offset", &number(chunk.offset));
    set(&object, "sentence", &chunk.sentence.into());
    set(&object, "words", &words);
    set(&object, "phonemes", &phonemes);
    set(&object, "marks", &marks);
    object
}

fn sounding(samples: &Range<u64>) -> JsValue {
    let object = Object::new().into();
    set(&object, "from", &number(samples.start));
    set(&object, "to", &number(samples.end));
    object
}

/// Exact: a speech has far fewer samples than 2^53.
fn number(value: u64) -> JsValue {
    (value as f64).into()
}
