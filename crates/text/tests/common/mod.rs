//! What is read, written down.

use chanter_text::{Cue, Part, Place, Reader, SsmlError};

/// All that a reader gives: text, and where it stands.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// The text, with `|` where a sentence ends and other cues in braces.
    pub(crate) shown: String,
    /// The text alone.
    pub(crate) read: String,
    pub(crate) places: Vec<Place>,
    pub(crate) warnings: Vec<String>,
}

pub(crate) fn read(mut reader: Reader, pieces: &[&str]) -> Result<Reading, SsmlError> {
    let mut reading = Reading::default();
    for piece in pieces {
        reader.push(piece);
        reading.take(&mut reader)?;
    }
    reader.finish();
    reading.take(&mut reader)?;
    reading.warnings = reader.warnings();
    Ok(reading)
}

impl Reading {
    fn take(&mut self, reader: &mut Reader) -> Result<(), SsmlError> {
        while let Some(part) = reader.next() {
            match part? {
                Part::Text(text) => {
                    self.shown.push_str(&text.read);
                    self.add(text);
                }
                Part::Phonemes(text) => {
                    self.shown.push_str(&format!("/{}/", text.read));
                    self.add(text);
                }
                Part::Cue(cue, _) => self.shown.push_str(&match cue {
                    Cue::Sentence => "|".to_owned(),
                    Cue::Break(seconds) => format!("{{{seconds} s}}"),
                    Cue::Voice(name) => format!("{{voice {}}}", name.unwrap_or_default()),
                    Cue::Language(name) => format!("{{in {}}}", name.unwrap_or_default()),
                    Cue::Prosody(prosody) => format!("{{rate {} volume {:.2}}}", prosody.rate, prosody.volume),
                    Cue::Mark(name) => format!("{{mark {name}}}"),
                }),
            }
        }
        Ok(())
    }

    fn add(&mut self, text: chanter_text::Text) {
        let mut at = self.read.len();
        for place in text.places {
            assert!(place.read.start == at && place.read.end > at, "{place:?} begins at {at}");
            at = place.read.end;
            // Pieces may be cut anywhere; what belongs together is one place.
            match self.places.last_mut() {
                Some(last) if last.as_it_stands && place.as_it_stands && last.source.end == place.source.start => {
                    last.read.end = place.read.end;
                    last.source.end = place.source.end;
                }
                _ => self.places.push(place),
            }
        }
        self.read.push_str(&text.read);
        assert_eq!(at, self.read.len());
    }

    /// What holds for any text and any reader.
    pub(crate) fn check(&self, text: &str) {
        let mut at = 0;
        for place in &self.places {
            assert!(place.source.start >= at && place.source.end >= place.source.start, "{place:?} of {text:?}");
            at = place.source.end;
            let source = text.get(place.source.clone()).unwrap();
            assert!(!place.as_it_stands || source == &self.read[place.read.clone()], "{place:?} of {text:?}");
        }
    }
}

/// A text cut into pieces of so many characters.
pub(crate) fn pieces<'t>(text: &'t str, lengths: &[usize]) -> Vec<&'t str> {
    let mut rest = text;
    let mut lengths = lengths.iter().cycle();
    std::iter::from_fn(|| {
        let length = lengths.next().copied().unwrap_or(1);
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
    .collect()
}
