//! Words of a user's lexicon in a clause: other text is put in their place, phonemes by a character that stands for them.

use std::ops::Range;

use super::{FIRST_VERBATIM, LAST_VERBATIM, Written};
use crate::{LanguageLexicon, Replacement, chars};

/// Puts what the lexicon has for words of `text` into the clause. Gives the phonemes that stand for themselves.
pub(crate) fn substitute(written: &mut Written, text: &str, lexicon: &LanguageLexicon) -> Vec<String> {
    // An entry does not reach beyond its clause.
    let text = text.get(..written.end).unwrap_or(text);
    let mut verbatim = Vec::new();
    let mut changed = Changed::default();
    let mut at = 0;
    let starts = |place: &Range<usize>, at: usize| at == 0 || written.places.get(at - 1) != Some(place);
    while let Some(place) = written.places.get(at) {
        let found = if starts(place, at) { lexicon.find(text, place.start) } else { None };
        let end = found.as_ref().map(|(range, _)| {
            let inside = written.places.iter().skip(at).take_while(|place| place.end <= range.end);
            (at + inside.count(), range.clone())
        });
        match (found, end) {
            (Some((_, replacement)), Some((end, range))) if end > at => {
                match replacement {
                    Replacement::Text(text) => changed.put(text.as_bytes(), &range),
                    Replacement::Phonemes(phonemes) => {
                        let stand_in = (FIRST_VERBATIM + verbatim.len() as u32).min(LAST_VERBATIM);
                        let mut bytes = vec![b' '];
                        chars::write(stand_in, &mut bytes);
                        bytes.push(b' ');
                        changed.put(&bytes, &range);
                        verbatim.push(phonemes.clone());
                    }
                }
                at = end;
            }
            _ => {
                let byte = written.text.get(at).copied().unwrap_or(b' ');
                changed.put(&[byte], &place.clone());
                at += 1;
            }
        }
    }
    written.text = changed.text;
    written.places = changed.places;
    verbatim
}

#[derive(Default)]
struct Changed {
    text: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Changed {
    fn put(&mut self, bytes: &[u8], place: &Range<usize>) {
        self.text.extend_from_slice(bytes);
        self.places.resize(self.text.len(), place.clone());
    }
}
