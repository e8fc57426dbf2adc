//! From the first list of phoneme codes of a clause to its IPA.
//!
//! `phontab` lists each language's phonemes ([`PhonemeTables`]); `phonindex` holds their programs, which replace, insert
//! and delete phonemes by what stands around them and give each its name in IPA. A clause comes as a list of
//! [`Planned`] phonemes; [`Spoken::ipa`] runs the programs over it and writes the names.

mod arrange;
pub(crate) mod code;
mod conditions;
mod ipa;
mod list;
mod mnemonics;
mod phoneme;
mod planned;
mod program;
mod spoken;
mod substitute;
mod tables;
#[cfg(test)]
mod tests;
mod voicing;

pub(crate) use phoneme::{Kind, Phoneme, flag};
pub(crate) use planned::{Planned, Replacement, synth};
pub(crate) use spoken::{Scratch, Spoken, WordStart};
pub(crate) use tables::{PhonemeTables, Table};
