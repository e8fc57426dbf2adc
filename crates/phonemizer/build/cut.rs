//! Makes the dictionaries of the data crates say what piper-tts' do. Above all, their lists of emoji are newer, and some of piper's have none.
//!
//! A compiled dictionary is a header (the number of chains, where the rules begin), the chains of entries, each ended by a zero, and the rules.
//! An entry is its length, the length of its word with two bits of flags, the word, phonemes ended by a zero, and the numbers of its flags. What an emoji
//! list says comes first in its chain.

use std::collections::HashSet;

use crate::corrections::Corrections;

const CHAINS: usize = 1024;
const HEADER: usize = 8;

/// Bits of the byte before a word: it has no phonemes; its letters are packed.
const NO_PHONEMES: u8 = 0x80;
const PACKED: u8 = 0x40;
const WORD_LENGTH: u8 = 0x3f;

/// Numbers of flags: what is said is text, not phonemes; the word is written in capitals.
const TEXT: u8 = 29;
const CAPITALS: u8 = 42;

/// Languages without a list of emoji in piper-tts.
const WITHOUT_EMOJI: [&str; 23] = [
    "as", "be", "chr", "cv", "he", "ia", "kk", "kl", "kok", "mi", "mt", "no", "om", "pap", "qu", "quc", "shn", "th",
    "tk", "tn", "ug", "uk", "uz",
];

/// Newer symbols that the other lists of these languages name as well.
const KEPT: [(&[&str], &str); 2] = [(&["cs", "de", "en", "nl"], "↑←↓→€₨≈∂₹≥∝≤∞≡≠√●∗∑−∵∴■∬∫♯♭"), (&["sv"], "↑←↓→€")];

/// A dictionary as piper-tts has it.
pub(crate) fn dictionary(name: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let symbols = Symbols::of(name);
    let corrections = Corrections::of(name)?;
    let damaged = || format!("{name}_dict is damaged");
    let mut new = bytes.get(..HEADER).ok_or_else(damaged)?.to_vec();
    let mut rest = bytes.get(HEADER..).ok_or_else(damaged)?;
    for number in 0..CHAINS {
        let (entries, after) = chain(rest).ok_or_else(damaged)?;
        rest = after;
        let mut seen = HashSet::new();
        let is_cut = |entry: &[u8]| {
            symbol(name, entry).is_some_and(|symbol| symbols.is_cut(symbol) && seen.insert(symbol.to_owned()))
        };
        let mut entries = without(entries, is_cut);
        corrections.correct(number, &mut entries);
        new.extend(entries.concat());
        new.push(0);
    }
    let (rules, place) = corrections.rules(rest, bytes.len() - rest.len()).ok_or_else(damaged)?;
    while new.len() % 4 != place {
        new.push(0);
    }
    let start = u32::try_from(new.len()).map_err(|_| damaged())?;
    new.get_mut(HEADER - 4..HEADER).ok_or_else(damaged)?.copy_from_slice(&start.to_le_bytes());
    new.extend(rules);
    Ok(new)
}

/// The entries of the first chain, and what comes after it.
fn chain(mut rest: &[u8]) -> Option<(Vec<&[u8]>, &[u8])> {
    let mut entries = Vec::new();
    loop {
        let length = usize::from(*rest.first()?);
        let (entry, after) = rest.split_at_checked(length.max(1))?;
        rest = after;
        if length == 0 {
            return Some((entries, rest));
        }
        entries.push(entry);
    }
}

fn without(entries: Vec<&[u8]>, mut is_cut: impl FnMut(&[u8]) -> bool) -> Vec<Vec<u8>> {
    entries.into_iter().filter(|entry| !is_cut(entry)).map(<[u8]>::to_vec).collect()
}

/// The word of an entry that could come from a list of emoji.
fn symbol<'e>(language: &str, entry: &'e [u8]) -> Option<&'e str> {
    let (_, entry) = entry.split_first()?;
    let (&kind, entry) = entry.split_first()?;
    if kind & (PACKED | NO_PHONEMES) != 0 {
        return None;
    }
    let (word, entry) = entry.split_at_checked(usize::from(kind & WORD_LENGTH))?;
    let flags = entry.split(|byte| *byte == 0).nth(1)?;
    let expected: &[&[u8]] = if matches!(language, "cmn" | "yue") { &[&[]] } else { &[&[TEXT], &[TEXT, CAPITALS]] };
    std::str::from_utf8(word).ok().filter(|_| expected.contains(&flags))
}

/// Which symbols a language must not name.
struct Symbols {
    all: bool,
    kept: &'static str,
    newer: HashSet<String>,
}

impl Symbols {
    fn of(language: &str) -> Self {
        let kept = KEPT.iter().find(|(languages, _)| languages.contains(&language)).map_or("", |(_, kept)| kept);
        Self { all: WITHOUT_EMOJI.contains(&language), kept, newer: newer_symbols() }
    }

    fn is_cut(&self, symbol: &str) -> bool {
        if self.all {
            return symbol.chars().all(|c| !c.is_alphabetic() || c > '\u{2000}');
        }
        self.newer.contains(symbol) && !self.kept.contains(symbol)
    }
}

fn newer_symbols() -> HashSet<String> {
    let lines = include_str!("newer_symbols.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split(' ')).flat_map(symbols).collect()
}

/// `2190`, `2190-2193` or `1F9D1+200D+1F384`.
fn symbols(item: &str) -> Vec<String> {
    let code = |hex: &str| u32::from_str_radix(hex, 16).unwrap_or_default();
    if let Some((first, last)) = item.split_once('-') {
        return (code(first)..=code(last)).filter_map(char::from_u32).map(String::from).collect();
    }
    vec![item.split('+').filter_map(|hex| char::from_u32(code(hex))).collect()]
}
