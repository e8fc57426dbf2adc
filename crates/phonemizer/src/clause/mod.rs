//! A clause from its text to its phonemes: where it ends ([`reader`]), which words it has ([`line`]), which phonemes those
//! have together ([`plan`]).

mod characters;
mod lexicon;
mod line;
mod marks;
mod plan;
mod reader;

use std::ops::Range;

pub(crate) use lexicon::substitute;
pub(crate) use reader::{Habits, Reader, Written};

use crate::{
    phonemes::{Planned, Scratch, Spoken, WordStart},
    words::Session,
};
use characters::Characters;
use line::{Words, word_of};

/// Three dots, which some languages say.
pub(crate) const ELLIPSIS: u32 = '…' as u32;

/// Characters that stand for words which are phonemes already: the three dots, and those of a lexicon.
const SPOKEN_ELLIPSIS: u32 = 0xf8fe;
const FIRST_VERBATIM: u32 = 0xf000;
const LAST_VERBATIM: u32 = 0xf7ff;

/// Where a word's phonemes are in the IPA of its clause, and where the word is in the text; both in bytes.
pub(crate) type Placed = (Range<usize>, Range<usize>);

/// Memory that clauses use one after the other.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    planned: Vec<Planned>,
    scratch: Scratch,
    starts: Vec<WordStart>,
}

/// The IPA of a clause and its words.
pub(crate) fn ipa(
    written: &Written,
    session: &mut Session,
    spoken: &Spoken,
    workspace: &mut Workspace,
    verbatim: &[String],
) -> (String, Vec<Placed>) {
    let main = session.main.clone();
    let language = &main.language;
    session.begin_clause(written.capitals, written.smalls, written.ends_sentence);
    let mut words = Words::of(written, &language.options, &language.code, Characters::new(&main.translator));
    plan::plan(session, &mut words, &mut workspace.planned);
    workspace.starts.clear();
    let mut ipa = String::with_capacity(written.text.len() * 2);
    spoken.ipa(&mut workspace.planned, &mut workspace.scratch, &mut ipa, &mut workspace.starts);
    if !verbatim.is_empty() {
        words.write_verbatim(verbatim, &mut ipa, &mut workspace.starts);
    }
    let placed = placed(&ipa, &workspace.starts, &words.places);
    (ipa, placed)
}

/// What each word has become; parts of one word are one.
fn placed(ipa: &str, starts: &[WordStart], places: &[Range<usize>]) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::with_capacity(starts.len());
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(ipa.len(), |next| next.at);
        let phonemes = ipa.get(start.at..end).unwrap_or_default();
        let range = start.at..start.at + phonemes.trim_end_matches(' ').len();
        let place = word_of(start.source).and_then(|word| places.get(word)).filter(|place| !place.is_empty());
        let Some(place) = place else { continue };
        match placed.last_mut() {
            Some(last) if last.1 == *place => last.0.end = range.end,
            _ if range.is_empty() => {}
            _ => placed.push((range, place.clone())),
        }
    }
    placed
}
