//! Phoneme codes that are the same in every table (`phoneme.h`).

/// Also what a deleted phoneme becomes.
pub(crate) const CONTROL: u8 = 1;
pub(crate) const STRESS_U: u8 = 2;
pub(crate) const STRESS_D: u8 = 3;
pub(crate) const STRESS_2: u8 = 4;
pub(crate) const STRESS_3: u8 = 5;
pub(crate) const STRESS_P: u8 = 6;
/// A main stress that takes precedence within its word.
pub(crate) const STRESS_P2: u8 = 7;
/// Stress belongs to the vowel before.
pub(crate) const STRESS_PREV: u8 = 8;
pub(crate) const PAUSE: u8 = 9;
pub(crate) const PAUSE_SHORT: u8 = 10;
pub(crate) const PAUSE_NOLINK: u8 = 11;
pub(crate) const LENGTHEN: u8 = 12;
pub(crate) const SCHWA: u8 = 13;
pub(crate) const END_WORD: u8 = 15;
pub(crate) const GLOTTAL_STOP: u8 = 19;
pub(crate) const SYLLABIC: u8 = 20;
/// From here on another table's phonemes.
pub(crate) const SWITCH: u8 = 21;
/// What it does depends on the language.
pub(crate) const X1: u8 = 22;
pub(crate) const PAUSE_VSHORT: u8 = 23;
pub(crate) const PAUSE_LONG: u8 = 24;
pub(crate) const STRESS_TONIC: u8 = 26;
