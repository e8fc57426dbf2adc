//! The lexicon that a command reads.

use std::fs;
use std::path::PathBuf;

use chanter_engine::{Error, Lexicon};

use crate::Failure;

/// Words of the user's own.
#[derive(clap::Args)]
pub(crate) struct LexiconArgs {
    /// Words to read differently: lines of a word, a tab, and /phonemes/ or a respelling
    #[arg(long, value_name = "FILE")]
    lexicon: Option<PathBuf>,
}

impl LexiconArgs {
    pub(crate) fn open(&self) -> Result<Option<Lexicon>, Failure> {
        let Some(path) = &self.lexicon else { return Ok(None) };
        let bytes = fs::read(path).map_err(|e| Failure::reading(path, e))?;
        let lexicon = Lexicon::from_bytes(&bytes).map_err(|e| Failure::from(Error::from(e)).at(path.display()))?;
        Ok(Some(lexicon))
    }
}
