//! Phonemes that the voice replaces by others.

use super::{
    code,
    list::{CAPACITY, Listed},
    phoneme::{Kind, flag},
    planned::{FINAL_PAUSES, Planned, Replacement, level, synth},
    spoken::Spoken,
    tables::{InUse, Table},
};

impl Spoken<'_> {
    /// Copies the planned phonemes to `list` with the voice's replacements made.
    pub(super) fn substitute(&self, planned: &[Planned], list: &mut Vec<Listed>, in_use: &mut InUse<'_>) {
        // A phoneme that is left out hands on its place in the text, even if that is none.
        let mut handed_on = None;
        list.clear();
        for (at, phoneme) in planned.iter().enumerate() {
            if list.len() == CAPACITY {
                break;
            }
            let mut phoneme = *phoneme;
            if let Some(source) = handed_on.take() {
                phoneme.source = source;
            }
            if phoneme.code == code::SWITCH {
                in_use.select(phoneme.tone);
            }
            if phoneme.flags & synth::SWITCHED_LANG == 0 {
                self.replace(&mut phoneme, planned.get(at + 1), in_use.table());
                if phoneme.code == 0 {
                    handed_on = Some(phoneme.source);
                    continue;
                }
            }
            list.push(Listed::from_planned(&phoneme, in_use.table()));
        }
    }

    fn replace(&self, phoneme: &mut Planned, next: Option<&Planned>, table: &Table) {
        if self.replacements.is_empty() {
            return;
        }
        let ends_word = next.is_none_or(|next| next.source != 0 || table.phoneme(next.code).kind == Kind::Pause);
        let applies = |replacement: &&Replacement| {
            let when = replacement.when;
            phoneme.code == replacement.old
                && (when & Replacement::WORD_END == 0 || ends_word)
                && (when & Replacement::NOT_STRESSED == 0 || phoneme.stress & 7 < level::PRIMARY)
                && (when & Replacement::WORD_START == 0 || phoneme.source != 0)
        };
        let Some(replacement) = self.replacements.iter().find(applies) else { return };
        phoneme.code = replacement.new;
        if phoneme.stress > level::UNSTRESSED && table.phoneme(phoneme.code).flags & flag::UNSTRESSED != 0 {
            phoneme.stress = 0;
        }
    }
}

/// Gives each phoneme the highest stress of its word; returns that of the last word.
pub(super) fn spread_word_stress(list: &mut [Listed]) -> u8 {
    let end = list.len().saturating_sub(FINAL_PAUSES);
    let mut last = 0;
    let mut rest = &mut list[..end];
    // What comes before the first word keeps what it has.
    let before = rest.iter().take_while(|phoneme| phoneme.source == 0).count();
    rest = &mut rest[before..];
    while !rest.is_empty() {
        let length = 1 + rest[1..].iter().take_while(|phoneme| phoneme.source == 0).count();
        let (word, after) = rest.split_at_mut(length);
        last = word.iter().map(|phoneme| phoneme.stress).max().unwrap_or(0);
        for phoneme in word {
            phoneme.word_stress = last;
        }
        rest = after;
    }
    last
}
