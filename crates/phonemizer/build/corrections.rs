//! What piper-tts has in its dictionaries, line by line, where that is no matter of symbols.

use std::collections::{BTreeMap, HashSet};

/// Bytes of the rules that are others: from where, how many, and what they are.
type Edit = (usize, usize, Vec<u8>);

/// For one dictionary.
#[derive(Default)]
pub(crate) struct Corrections {
    removed: HashSet<u32>,
    added: BTreeMap<usize, Vec<(usize, Vec<u8>)>>,
    /// Where the rules begin, modulo four.
    place: Option<usize>,
    edits: Vec<Edit>,
}

impl Corrections {
    pub(crate) fn of(dictionary: &str) -> Result<Self, String> {
        let mut corrections = Self::default();
        for line in include_str!("corrections.txt").lines().filter(|line| !line.starts_with('#')) {
            let Some(items) = line.strip_prefix(dictionary).and_then(|line| line.strip_prefix(' ')) else { continue };
            for item in items.split(' ') {
                corrections.read(item).ok_or_else(|| format!("corrections.txt: {dictionary}: {item}"))?;
            }
        }
        Ok(corrections)
    }

    fn read(&mut self, item: &str) -> Option<()> {
        if let Some(hash) = item.strip_prefix('-') {
            self.removed.insert(u32::from_str_radix(hash, 16).ok()?);
        } else if let Some(entry) = item.strip_prefix('+') {
            let (chain, entry) = entry.split_once(':')?;
            let (place, entry) = entry.split_once(':')?;
            self.added.entry(chain.parse().ok()?).or_default().push((place.parse().ok()?, bytes(entry)?));
        } else if let Some(place) = item.strip_prefix('@') {
            self.place = Some(place.parse().ok()?);
        } else {
            let (range, new) = item.split_once('=')?;
            let (start, length) = range.split_once('-')?;
            self.edits.push((start.parse().ok()?, length.parse().ok()?, bytes(new)?));
        }
        Some(())
    }

    /// Corrects the entries of a chain.
    pub(crate) fn correct(&self, chain: usize, entries: &mut Vec<Vec<u8>>) {
        entries.retain(|entry| !self.removed.contains(&fnv(entry)));
        for (place, entry) in self.added.get(&chain).into_iter().flatten() {
            entries.insert((*place).min(entries.len()), entry.clone());
        }
    }

    /// The rules, corrected, and where they must begin, modulo four: tables among them are aligned.
    pub(crate) fn rules(&self, rules: &[u8], place: usize) -> Option<(Vec<u8>, usize)> {
        let mut corrected = Vec::with_capacity(rules.len());
        let mut at = 0;
        for (start, length, new) in &self.edits {
            corrected.extend(rules.get(at..*start)?);
            corrected.extend(new);
            at = start + length;
        }
        corrected.extend(rules.get(at..)?);
        Some((corrected, self.place.unwrap_or(place % 4)))
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
