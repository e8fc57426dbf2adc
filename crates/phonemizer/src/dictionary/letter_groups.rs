//! Groups of letter sequences that rules refer to (`.L01` and so on in the source of the rules).

use super::{Dictionary, mark};
use crate::chars::byte;

impl Dictionary {
    /// The length of the sequence of a group that stands at `at`, or that ends there (`IsLetterGroup`); 0 if the group
    /// allows none.
    pub(super) fn letter_group(&self, word: &[u8], at: usize, group: u8, ends_there: bool) -> Option<usize> {
        let mut sequence = self.letter_groups.get(usize::from(group)).copied().flatten()? as usize;
        while sequence < self.data.len() && self.byte(sequence) != mark::GROUP_END {
            let letters = self.string(sequence);
            if letters.first() == Some(&b'~') {
                return Some(0);
            }
            if matches(word, at, letters, ends_there) {
                return Some(letters.len());
            }
            sequence += letters.len() + 1;
        }
        None
    }
}

/// A zero byte is the border of the text.
fn matches(word: &[u8], at: usize, letters: &[u8], ends_there: bool) -> bool {
    if !ends_there {
        return word.get(at..).is_some_and(|rest| rest.starts_with(letters));
    }
    if byte(word, at) == 0 {
        return false;
    }
    let Some(start) = (at + 1).checked_sub(letters.len().max(1)) else { return false };
    let inside = word.get(start..=at).unwrap_or_default();
    !inside.contains(&0) && word.get(start..).is_some_and(|rest| rest.starts_with(letters))
}
