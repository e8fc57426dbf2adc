//! The phonemizer for run.mjs. A request is written byte by byte with `put`; `add_pack` or `phonemize` takes it and says how long its answer is,
//! which is read byte by byte with `get`. So no memory is shared and nothing but the exported names is unsafe.

use std::sync::{Mutex, PoisonError};

use chanter_phonemizer::{Espeak, Packs};

struct State {
    packs: Option<Packs>,
    /// The language that was asked for last.
    espeak: Option<(String, Espeak)>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State { packs: None, espeak: None, request: Vec::new(), answer: Vec::new() });

fn with_state<T>(f: impl FnOnce(&mut State) -> T) -> T {
    f(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Adds a byte to the request.
#[unsafe(no_mangle)]
pub extern "C" fn put(byte: u32) {
    with_state(|state| state.request.push(byte as u8));
}

/// A byte of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn get(at: u32) -> u32 {
    with_state(|state| state.answer.get(at as usize).copied().unwrap_or_default().into())
}

/// The request is a data pack; the answer its name.
#[unsafe(no_mangle)]
pub extern "C" fn add_pack() -> u32 {
    answer(|state, request| state.packs()?.add(request).map_err(|error| error.to_string()))
}

/// The request is a language, a line end and a text. The answer is a line for each clause: phonemes, tab, mark, tab, `1` where a sentence ends.
#[unsafe(no_mangle)]
pub extern "C" fn phonemize() -> u32 {
    answer(|state, request| {
        let request = String::from_utf8(request).map_err(|error| error.to_string())?;
        let (language, text) = request.split_once('\n').ok_or("no language")?;
        let espeak = state.espeak(language)?;
        let mut answer = String::new();
        for clause in espeak.clauses(text) {
            let mark = clause.terminator.map(String::from).unwrap_or_default();
            answer += &format!("{}\t{mark}\t{}\n", clause.phonemes, u8::from(clause.ends_sentence));
        }
        Ok(answer)
    })
}

fn answer(work: impl FnOnce(&mut State, Vec<u8>) -> Result<String, String>) -> u32 {
    with_state(|state| {
        let request = std::mem::take(&mut state.request);
        state.answer = work(state, request).unwrap_or_else(|error| format!("error: {error}")).into_bytes();
        state.answer.len() as u32
    })
}

impl State {
    fn packs(&mut self) -> Result<&Packs, String> {
        if self.packs.is_none() {
            self.packs = Some(Packs::built_in().map_err(|error| error.to_string())?);
        }
        self.packs.as_ref().ok_or_else(|| "no packs".to_owned())
    }

    fn espeak(&mut self, language: &str) -> Result<&Espeak, String> {
        if self.espeak.as_ref().is_none_or(|(name, _)| name != language) {
            let espeak = Espeak::with_packs(self.packs()?, language).map_err(|error| error.to_string())?;
            self.espeak = Some((language.to_owned(), espeak));
        }
        self.espeak.as_ref().map(|(_, espeak)| espeak).ok_or_else(|| "no phonemizer".to_owned())
    }
}
