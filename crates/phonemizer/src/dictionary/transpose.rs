//! How a word is written in the list: languages with an alphabet of their own, and Latin letters, take 6 bits a letter.

use crate::{chars, language::Transposition};

/// The longest word that the list can hold (`N_WORD_BYTES`).
const LONGEST: usize = 160;

/// A word as the list spells it (`TransposeAlphabet`).
pub(super) struct Spelling {
    /// The bytes that are hashed: those of the spelling and, as in the C library's buffer, what they leave of the word.
    pub(super) hashed: Vec<u8>,
    /// Length of the spelling; bit 6 says that it is in 6-bit letters.
    pub(super) length: usize,
}

impl Spelling {
    pub(super) fn of(word: &[u8], transposition: &Transposition) -> Self {
        let plain = || Self { hashed: word.to_vec(), length: word.len() };
        if transposition.min == 0 {
            return plain();
        }
        let Some(letters) = numbered(word, transposition) else { return plain() };
        let mut packed = packed(&letters, transposition);
        let length = packed.len() | 0x40;
        packed.extend_from_slice(word.get(packed.len()..).unwrap_or_default());
        Self { hashed: packed, length }
    }

    /// The bytes of the spelling alone.
    pub(super) fn bytes(&self) -> &[u8] {
        self.hashed.get(..self.length & 0x3f).unwrap_or(&self.hashed)
    }

    /// The hash chain of the word (`HashDictionary`).
    pub(super) fn hash(&self) -> usize {
        let (mut hash, mut count) = (0u32, 0);
        for &byte in self.hashed.iter().take_while(|byte| **byte != 0) {
            hash = hash * 8 + u32::from(byte);
            hash = (hash & 0x3ff) ^ (hash >> 8);
            count += 1;
        }
        (hash as usize + count) & 0x3ff
    }
}

/// The number of each letter; none if one has no number.
fn numbered(word: &[u8], transposition: &Transposition) -> Option<Vec<u8>> {
    let mut letters = Vec::with_capacity(word.len());
    let mut at = 0;
    while at < word.len() && letters.len() < LONGEST {
        let (c, len) = chars::read(word, at);
        at += len;
        if c == 0 {
            break;
        }
        if !(transposition.min..=transposition.max).contains(&c) {
            return None;
        }
        let offset = c - transposition.min;
        let number = match transposition.map {
            None => (offset + 1) as u8,
            Some(map) => map.get(offset as usize).copied().filter(|number| *number > 0)?,
        };
        letters.push(number);
    }
    Some(letters)
}

/// Six bits for each letter or frequent pair.
fn packed(letters: &[u8], transposition: &Transposition) -> Vec<u8> {
    let pairs_start = transposition.max - transposition.min + 2;
    let mut packed = Vec::with_capacity(letters.len());
    let (mut bits, mut count) = (0u32, 0);
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied().unwrap_or(0);
        let pair = u16::from(letter) + (u16::from(next) << 8);
        let mut code = u32::from(letter);
        if let Ok(index) = transposition.pairs.binary_search(&pair) {
            code = index as u32 + pairs_start;
            at += 1;
        }
        at += 1;
        bits = (bits << 6) + (code & 0x3f);
        count += 6;
        if count >= 8 {
            count -= 8;
            packed.push((bits >> count) as u8);
        }
    }
    if count > 0 {
        packed.push((bits << (8 - count)) as u8);
    }
    packed
}
