//! What must hold for any data pack: no panic, no endless work, and an error that says something.

use chanter_phonemizer::{Espeak, Packs, built_in_packs};

/// Takes any bytes for a data pack.
pub fn any(bytes: Vec<u8>) {
    let packs = Packs::built_in().expect("the packs that are built in");
    match packs.add(bytes) {
        Ok(name) => drop(Espeak::with_packs(&packs, &name)),
        Err(error) => assert!(error.to_string().len() > 10, "{error:?}"),
    }
}

/// Speaks with the English pack after edits, of four bytes for the place and one to put there; the checksum is right.
pub fn edited(edits: &[u8]) {
    const HEADER: usize = 20;
    const TEXT: &str =
        "The 3rd of May 1984, Dr. Smith's re-uniting (US) dogs ran 1,234.5 km; naïve Ελλάδα, 漢字 & été!";
    let (_, english) = built_in_packs().find(|pack| pack.0 == "en").expect("English");
    let (header, body) = english.split_at(HEADER);
    let (mut header, mut body) = (header.to_vec(), body.to_vec());
    for edit in edits.chunks_exact(5) {
        let place = u32::from_le_bytes([edit[0], edit[1], edit[2], edit[3]]) as usize % body.len();
        body[place] = edit[4];
    }
    header[HEADER - 4..].copy_from_slice(&adler32(&body).to_le_bytes());
    let packs = Packs::built_in().expect("the packs that are built in");
    if packs.add([header, body].concat()).is_err() {
        return;
    }
    if let Ok(espeak) = Espeak::with_packs(&packs, "en-us") {
        let said: usize = espeak.clauses(TEXT).map(|clause| clause.phonemes.len()).sum();
        assert!(said < 100_000);
    }
}

/// RFC 1950, section 9.
fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    b << 16 | a
}
