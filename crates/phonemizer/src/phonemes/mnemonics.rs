//! Phonemes as people write them.

use super::{
    code,
    phoneme::{Kind, Phoneme},
    tables::Table,
};

/// The language that needs no name after a [`code::SWITCH`].
const DEFAULT_LANGUAGE: &[u8] = b"en";

/// Separates phonemes, and ends the name of a language within a list of codes.
const SEPARATOR: u8 = b'|';

/// What [`Table::decode`] skips.
#[cfg(test)]
const UNRECOGNISED: u8 = 255;

/// Text that is no phoneme's mnemonic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownPhoneme {
    /// Where it stands.
    pub(crate) at: usize,
}

impl Table {
    /// The code of the phoneme with this mnemonic; 0 if there is none.
    pub(crate) fn code_of(&self, mnemonic: u32) -> u8 {
        self.iter().find(|(_, phoneme)| phoneme.mnemonic == mnemonic).map_or(0, |(_, phoneme)| phoneme.code)
    }

    /// Adds the codes of mnemonics up to a blank, or up to what is unknown, and says where that is.
    ///
    /// After [`code::SWITCH`] comes the name of a language, which ends with `|` or with the list.
    pub(crate) fn encode(&self, mnemonics: &[u8], out: &mut Vec<u8>) -> Result<usize, UnknownPhoneme> {
        let mut at = mnemonics.iter().take_while(|&&byte| is_blank(byte)).count();
        loop {
            let rest = mnemonics.get(at..).unwrap_or_default();
            match rest {
                [] | [0, ..] => return Ok(at),
                [SEPARATOR, next, ..] if *next != SEPARATOR => at += 1,
                [SEPARATOR] => at += 1,
                [first, ..] if is_blank(*first) => return Ok(at),
                _ => {
                    let Some((code, length)) = self.longest(rest) else { return Err(UnknownPhoneme { at }) };
                    out.push(code);
                    at += length;
                    if code == code::SWITCH {
                        at += encode_language(&mnemonics[at..], out);
                    }
                }
            }
        }
    }

    /// The phoneme with the longest mnemonic that the text begins with, and how much of the text it is.
    fn longest(&self, text: &[u8]) -> Option<(u8, usize)> {
        let mut best = (0, None);
        for (_, phoneme) in self.iter().filter(|&(code, phoneme)| code > 0 && phoneme.kind != Kind::Invalid) {
            if let Some(length) = prefix_length(phoneme, text)
                && best.1.is_none_or(|longest| length > longest)
            {
                best = (phoneme.code, Some(length));
            }
        }
        match best {
            (0, _) | (_, None) => None,
            (code, Some(length)) => Some((code, length.max(1))),
        }
    }

    /// Mnemonics for a list of codes, up to a 0.
    #[cfg(test)]
    pub(crate) fn decode(&self, codes: &[u8]) -> String {
        let mut out = String::new();
        let mut rest = codes.iter().copied().take_while(|&code| code != 0).peekable();
        while let Some(code) = rest.next() {
            let Some(phoneme) = self.get(code).filter(|_| code != UNRECOGNISED) else { continue };
            if phoneme.kind == Kind::Stress && phoneme.std_length <= 4 && phoneme.program == 0 {
                out.extend(stress_mark(phoneme.std_length));
                continue;
            }
            out.extend(phoneme.characters().map(char::from));
            if code == code::SWITCH {
                while let Some(letter) = rest.next_if(u8::is_ascii_alphabetic) {
                    out.push(char::from(letter));
                }
            }
        }
        out
    }
}

#[cfg(test)]
fn stress_mark(stress: u8) -> Option<char> {
    match stress {
        2 | 3 => Some(','),
        4 => Some('\''),
        _ => None,
    }
}

/// How long the phoneme's mnemonic is, if the text begins with it.
fn prefix_length(phoneme: &Phoneme, text: &[u8]) -> Option<usize> {
    let mnemonic = phoneme.mnemonic.to_le_bytes();
    let same = mnemonic.iter().zip(text).take_while(|&(wanted, found)| wanted == found && *found > b' ').count();
    matches!(mnemonic.get(same), None | Some(0)).then_some(same)
}

/// Adds the name of a language in small letters; returns its length.
fn encode_language(text: &[u8], out: &mut Vec<u8>) -> usize {
    let length = text.iter().take_while(|&&byte| byte != 0 && !is_blank(byte)).count();
    let (name, after) = text.split_at(length);
    let at_end = matches!(after, [] | [0, ..]);
    if !(at_end && name.eq_ignore_ascii_case(DEFAULT_LANGUAGE)) {
        out.extend(name.iter().map(u8::to_ascii_lowercase));
    }
    if !at_end {
        out.push(SEPARATOR);
    }
    length
}

/// `isspace` of C.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
