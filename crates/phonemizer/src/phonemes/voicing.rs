//! Clusters of consonants become voiced or voiceless as their last one is.

use super::{
    code,
    phoneme::{Kind, Phoneme},
    planned::{Planned, synth},
    tables::InUse,
};

/// Bits of `LOPT_REGRESSIVE_VOICING` (`translate.h`).
mod bit {
    /// Any of them: consonants take the voicing of the one after.
    pub(super) const CLUSTERS: u32 = 0x0f;
    /// [v] and [R] pass no voicing on.
    pub(super) const STOP_AT_V: u32 = 0x02;
    pub(super) const STOP_AT_WORDS: u32 = 0x04;
    pub(super) const THROUGH_SONORANTS: u32 = 0x08;
    /// [v] and [R] take no voicing either.
    pub(super) const NOT_V: u32 = 0x10;
    /// The last consonant of a word is voiceless.
    pub(super) const DEVOICE_FINAL: u32 = 0x100;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Voicing {
    Any,
    Voiceless,
    Voiced,
}

/// From the end of the clause, where its last table is in use, to its start.
pub(super) fn regress(planned: &mut [Planned], in_use: &mut InUse<'_>, own_table: u8, regressive: u32) {
    let mut voicing = Voicing::Any;
    for at in (0..planned.len()).rev() {
        if planned[at].code == code::SWITCH {
            let before = planned[..at].iter().rfind(|earlier| earlier.code == code::SWITCH);
            in_use.select(before.map_or(own_table, |switch| switch.tone));
        }
        let Some(phoneme) = in_use.table().get(planned[at].code) else { continue };
        if planned[at].flags & synth::SWITCHED_LANG != 0 {
            voicing = if regressive & bit::DEVOICE_FINAL != 0 { Voicing::Voiceless } else { Voicing::Any };
            continue;
        }
        let starts_word = planned[at].source != 0;
        voicing = step(&mut planned[at].code, phoneme, voicing, regressive);
        if starts_word {
            voicing = before_word(voicing, regressive);
        }
    }
}

/// Changes one phoneme and returns what it passes on to the one before.
fn step(code: &mut u8, phoneme: &Phoneme, voicing: Voicing, regressive: u32) -> Voicing {
    let [letter, ..] = phoneme.mnemonic.to_le_bytes();
    let passes_nothing = regressive & bit::STOP_AT_V != 0 && matches!(letter, b'v' | b'R');
    let voicing = if passes_nothing && regressive & bit::NOT_V != 0 { Voicing::Any } else { voicing };

    let passed = match phoneme.kind {
        Kind::Stop | Kind::Fricative => agree(code, phoneme, voicing, Voicing::Voiceless, regressive),
        Kind::VoicedStop | Kind::VoicedFricative => agree(code, phoneme, voicing, Voicing::Voiced, regressive),
        Kind::Pause | Kind::Vowel => Voicing::Any,
        _ if regressive & bit::THROUGH_SONORANTS != 0 => voicing,
        _ => Voicing::Any,
    };
    if passes_nothing { Voicing::Any } else { passed }
}

/// A consonant of its own voicing among others that are to be `wanted`.
fn agree(code: &mut u8, phoneme: &Phoneme, wanted: Voicing, own: Voicing, regressive: u32) -> Voicing {
    if wanted == Voicing::Any {
        return if regressive & bit::CLUSTERS != 0 { own } else { wanted };
    }
    if wanted != own && phoneme.end_type != 0 {
        *code = phoneme.end_type;
    }
    wanted
}

fn before_word(voicing: Voicing, regressive: u32) -> Voicing {
    let voicing = if regressive & bit::STOP_AT_WORDS != 0 { Voicing::Any } else { voicing };
    if regressive & bit::DEVOICE_FINAL != 0 && voicing == Voicing::Any { Voicing::Voiceless } else { voicing }
}
