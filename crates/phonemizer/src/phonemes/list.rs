//! The phonemes of a clause while their programs run.

use super::{
    phoneme::{Kind, Phoneme},
    planned::Planned,
    tables::{Id, PhonemeTables, Table},
};

/// The longest list of phonemes (`N_PHONEME_LIST` in `synthesize.h`).
pub(super) const CAPACITY: usize = 1000;

/// One phoneme of a clause (`PHONEME_LIST`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    /// The phoneme in the table that was in use when it was looked up.
    pub(super) id: Id,
    pub(super) code: u8,
    /// The type that it had when it came into the list.
    pub(super) kind: Kind,
    pub(super) flags: u16,
    pub(super) stress: u8,
    pub(super) word_stress: u8,
    pub(super) tone: u8,
    pub(super) source: u16,
    /// A space is written before it.
    pub(super) spaced: bool,
}

impl Listed {
    /// What lies outside the list.
    pub(super) const NOTHING: Listed = Listed {
        id: Id::NONE,
        code: 0,
        kind: Kind::Pause,
        flags: 0,
        stress: 0,
        word_stress: 0,
        tone: 0,
        source: 0,
        spaced: false,
    };

    pub(super) fn from_planned(planned: &Planned, table: &Table) -> Self {
        let &Planned { code, stress, tone, flags, word_stress, source } = planned;
        let kind = table.phoneme(code).kind;
        Listed { id: table.id(code), code, kind, flags, stress, word_stress, tone, source, spaced: false }
    }

    pub(super) fn phoneme<'a>(&self, tables: &'a PhonemeTables) -> &'a Phoneme {
        tables.phoneme(self.id)
    }
}
