//! A clause from its planned phonemes to IPA.

use crate::language::Options;

use super::{
    arrange::Arranger,
    code,
    list::Listed,
    planned::{FINAL_PAUSES, Planned, Replacement, drop_switches, promote_stress},
    substitute::spread_word_stress,
    tables::{InUse, PhonemeTables},
    voicing::regress,
};

/// How one language speaks phonemes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spoken<'a> {
    pub(crate) tables: &'a PhonemeTables,
    /// The language's own table.
    pub(crate) table: u8,
    pub(crate) options: &'a Options,
    pub(crate) replacements: &'a [Replacement],
}

/// Memory that clauses use one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    list: Vec<Listed>,
    spoken: Vec<Listed>,
}

/// Where a word begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordStart {
    /// Where it begins in the IPA, in bytes, after the space.
    pub(crate) at: usize,
    /// Its [`Planned::source`].
    pub(crate) source: u16,
}

impl Spoken<'_> {
    /// Adds the IPA of a clause to `out` and its words to `words`. `planned` ends with two pauses and is used up.
    pub(crate) fn ipa(
        &self,
        planned: &mut Vec<Planned>,
        scratch: &mut Scratch,
        out: &mut String,
        words: &mut Vec<WordStart>,
    ) {
        if planned.len() < FINAL_PAUSES {
            return;
        }
        promote_stress(planned);
        let mut in_use = self.after_translation(planned);
        in_use.select(drop_switches(planned, self.table));
        let regressive = self.options.regressive_voicing;
        if regressive != 0 {
            regress(planned, &mut in_use, self.table, regressive);
        }
        in_use.select(self.table);
        self.substitute(planned, &mut scratch.list, &mut in_use);
        in_use.select(self.table);
        let last_stress = spread_word_stress(&mut scratch.list);
        Arranger::new(self, &mut in_use, &mut scratch.list, last_stress, &mut scratch.spoken).run();
        in_use.select(self.table);
        self.write(&mut scratch.spoken, in_use.table(), out, words);
    }

    /// What the translation of the clause's words to phonemes leaves in use.
    fn after_translation(&self, planned: &[Planned]) -> InUse<'_> {
        let mut in_use = InUse::new(self.tables, self.table);
        for switch in planned.iter().filter(|phoneme| phoneme.code == code::SWITCH) {
            in_use.select(switch.tone);
        }
        in_use
    }
}
