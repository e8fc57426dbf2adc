//! A speech of a text that is still being written.

use std::task::Poll;

use crate::{Chunk, Chunking, Error, ErrorKind, Limits, Result, Speech, Voice};

/// A speech of a text that comes in pieces, from [`Voice::speak_live`](crate::Voice::speak_live). Its chunks are exactly
/// those of the whole text spoken at once.
///
/// It waits for nothing by itself: whoever pushes text asks for chunks again afterwards. Dropping it ends the speech.
pub struct LiveSpeech {
    speech: Speech,
    limits: Limits,
    characters: usize,
    finished: bool,
}

impl LiveSpeech {
    pub(crate) fn new(speech: Speech, limits: Limits) -> Self {
        Self { speech, limits, characters: 0, finished: false }
    }

    /// The same speech in chunks of other sizes; the samples are the same.
    pub fn with_chunking(self, chunking: Chunking) -> Self {
        Self { speech: self.speech.with_chunking(chunking), ..self }
    }

    /// The same speech with other voices that its document may name, as [`Speech::with_voices`].
    pub fn with_voices(self, voices: impl Fn(&str) -> Option<Voice> + Send + Sync + 'static) -> Self {
        Self { speech: self.speech.with_voices(voices), ..self }
    }

    /// What of a document could not be heeded, as [`Speech::warnings`].
    pub fn warnings(&mut self) -> Vec<String> {
        self.speech.warnings()
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        self.speech.sample_rate()
    }

    /// Goes on with the text. A piece may end anywhere between two characters.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] if the text would be longer than the voice's limit; the piece is then not added, and what came
    /// before can still be spoken. [`ErrorKind::Text`] after [`finish`](Self::finish).
    pub fn push(&mut self, piece: &str) -> Result<()> {
        if self.finished {
            return Err(Error::new(ErrorKind::Text, "the text was finished; it takes no more pieces"));
        }
        let characters = self.characters.saturating_add(piece.chars().count());
        if characters > self.limits.text_chars {
            return Err(self.limits.text_too_long());
        }
        self.characters = characters;
        self.speech.push(piece);
        Ok(())
    }

    /// Says that the text is complete.
    pub fn finish(&mut self) {
        self.finished = true;
        self.speech.finish();
    }

    /// The next chunk, computed now; none after the last. Pending while more of the text must be there first: only
    /// [`push`](Self::push) and [`finish`](Self::finish) change that.
    ///
    /// After an error there is nothing more.
    pub fn poll_next(&mut self) -> Poll<Option<Result<Chunk>>> {
        self.speech.poll_next()
    }
}
