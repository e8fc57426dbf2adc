//! The list of words: entries of a hash chain, with the conditions under which each holds (`LookupDict2`).
//!
//! An entry is: its length; the length of the word, bit 7 if there are no phonemes, bit 6 if the word is in 6-bit letters;
//! the word; phonemes and a zero; flags. Flags from 100 on are conditions, 81 to 99 count further words, which follow, 64 to 80
//! give the stressed syllable, the rest are bits of the two words of flags.

use super::{Dictionary, Effort, Flags, asked, ending, first, second, transpose::Spelling, word};
use crate::language::Options;

/// What an entry may depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'t> {
    pub(crate) effort: &'t Effort,
    /// The text after the word, for entries of several words.
    pub(crate) after: &'t [u8],
    /// Up to here, counted from the start of `after`, there is more of the clause; none if this is no word of the clause.
    pub(crate) clause_left: Option<usize>,
    /// What has been taken off the word, of [`asked`] and [`ending`].
    pub(crate) taken: u32,
    /// The word's own flags, of [`word`].
    pub(crate) word_flags: u32,
    /// A symbol or a part of a number is looked up.
    pub(crate) symbol: bool,
    /// The clause is a sentence.
    pub(crate) sentence: bool,
    /// The words before let one expect a verb, a verb with -s, a past form, a noun.
    pub(crate) verb: bool,
    pub(crate) verb_s: bool,
    pub(crate) past: bool,
    pub(crate) noun: bool,
    /// The language is not the text's own.
    pub(crate) foreign: bool,
    /// First flags of the word before.
    pub(crate) previous: u32,
}

/// An entry that holds.
#[derive(Debug)]
pub(crate) struct Entry<'d> {
    pub(crate) flags: Flags,
    /// Empty if there are flags only.
    pub(crate) phonemes: &'d [u8],
    /// How many bytes after the word belong to it.
    pub(crate) taken_after: usize,
    /// How many words these are; 0 if the entry is of one word.
    pub(crate) skip_words: u32,
}

impl Dictionary {
    /// The first entry for a word that holds.
    pub(crate) fn entry(&self, sought: &[u8], options: &Options, language: &str, asked: &Asked) -> Option<Entry<'_>> {
        let spelling = Spelling::of(sought, &options.transposition);
        let bytes = spelling.bytes();
        let mut at = self.chains.get(spelling.hash()).copied()? as usize;
        loop {
            let length = usize::from(self.byte(at));
            if length == 0 || !asked.effort.step() {
                return None;
            }
            let next = at + length;
            let word_length = self.byte(at + 1);
            let entry = self.data.get(at + 2..next).unwrap_or_default();
            at = next;
            if usize::from(word_length & 0x7f) == spelling.length && entry.starts_with(bytes) {
                let rest = entry.get(usize::from(word_length & 0x3f)..).unwrap_or_default();
                let mut found = read_entry(rest, word_length & 0x80 == 0, options.conditions, asked);
                if let Some(entry) = found.take_if(|entry| holds(entry, language, asked)) {
                    return Some(finished(entry, &spelling));
                }
            }
        }
    }
}

/// A symbol that is spoken again and again is limited to three times.
fn finished<'d>(mut entry: Entry<'d>, spelling: &Spelling) -> Entry<'d> {
    entry.flags[0] |= first::FOUND_ATTRIBUTES;
    if !entry.phonemes.is_empty() {
        entry.flags[0] |= first::FOUND;
        let (c, len) = crate::chars::read(&spelling.hashed, 0);
        if crate::chars::byte(&spelling.hashed, len) == 0 && !crate::chars::is_letter(c) {
            entry.flags[0] |= first::MAX3;
        }
    }
    entry
}

/// Phonemes and flags of an entry; none if a condition or one of its further words fails.
fn read_entry<'d>(bytes: &'d [u8], has_phonemes: bool, conditions: u32, asked: &Asked) -> Option<Entry<'d>> {
    let (phonemes, mut rest) = if has_phonemes {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        (bytes.get(..end)?, bytes.get(end + 1..).unwrap_or_default())
    } else {
        (&[][..], bytes)
    };
    let mut entry = Entry { flags: [0; 2], phonemes, taken_after: 0, skip_words: 0 };
    let mut failed = false;
    while let Some((&flag, after)) = rest.split_first() {
        rest = after;
        match flag {
            132.. => failed |= conditions.checked_shr(u32::from(flag) - 132).unwrap_or(0) & 1 != 0,
            100..=131 => failed |= conditions >> (flag - 100) & 1 == 0,
            81..=99 => {
                if failed || !asked.after.starts_with(rest) {
                    return None;
                }
                entry.flags[0] |= first::SKIPWORDS;
                entry.skip_words = u32::from(flag - 80);
                entry.taken_after = rest.len();
                rest = &[];
            }
            65..=80 => {
                entry.flags[0] = entry.flags[0] & !0xf | u32::from(flag & 0xf);
                if flag & 0xc == 0xc {
                    entry.flags[0] |= first::STRESS_END;
                }
            }
            32..=64 => entry.flags[1] |= 1u32.checked_shl(u32::from(flag) - 32).unwrap_or(0),
            _ => entry.flags[0] |= 1 << flag,
        }
    }
    (!failed).then_some(entry)
}

/// Whether an entry's flags allow it here.
fn holds(entry: &Entry, language: &str, asked: &Asked) -> bool {
    let [flags, more] = entry.flags;
    let has = |bits: u32| more & bits != 0;
    let word_has = |bits: u32| asked.word_flags & bits != 0;
    let suffix = asked.taken & asked::SUFFIX != 0;
    let suffix_s = asked.taken & asked::SUFFIX_S != 0;
    let at_end = asked.clause_left.is_some_and(|left| entry.taken_after >= left);

    let taken_off = !(has(second::STEM) && !suffix
        || has(second::ONLY | second::ONLY_S) && asked.taken & ending::PREFIX != 0
        || has(second::ONLY) && suffix
        || has(second::ONLY_S) && suffix && !suffix_s);

    taken_off
        && (!has(second::CAPITAL) || word_has(word::FIRST_UPPER))
        && (!has(second::ALLCAPS) || word_has(word::ALL_UPPER))
        && (flags & first::NEEDS_DOT == 0 || word_has(word::HAS_DOT))
        && (!has(second::ATEND) || at_end || asked.symbol)
        && (!has(second::ATSTART) || word_has(word::FIRST_WORD))
        && (!has(second::SENTENCE) || asked.sentence)
        && (!has(second::VERB) || verb_holds(language, asked, suffix_s))
        && (!has(second::PAST) || asked.past)
        && (!has(second::NOUN) || (asked.noun && asked.taken & ending::VERB == 0))
        && !(has(second::NATIVE) && asked.foreign)
        && !(flags & first::ALT2 != 0 && language == "hu" && asked.previous & first::ALT == 0)
}

/// After "to" no English verb has an -s.
fn verb_holds(language: &str, asked: &Asked, suffix_s: bool) -> bool {
    (asked.verb || (asked.verb_s && suffix_s)) && !(language == "en" && asked.previous & first::ALT7 != 0 && suffix_s)
}
