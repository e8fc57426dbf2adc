//! A speech: chunks of samples, made when they are asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Poll, ready};

#[cfg(all(feature = "tract", not(target_family = "wasm")))]
use chanter_kernels::Threads;

use crate::acoustic::windows::Chunking;
use crate::delivery::Delivery;
use crate::phoneme_ids::split_ids;
use crate::reading::{Reading, Turn};
use crate::utterance::{Utterance, Voicing};
use crate::voice::Shared;
use crate::{
    Chunk, Error, ErrorKind, Limits, PhonemeIds, Result, Sentence, Sentences, TimedMark, Voice, VoiceConfig, split_long,
};

/// What to speak.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Text; `[[ ... ]]` holds raw phonemes. How it is read is for [`Settings::manners`](crate::Settings::manners) to say.
    Text(String),
    /// A document of the [Speech Synthesis Markup Language 1.1](https://www.w3.org/TR/speech-synthesis11/).
    Ssml(String),
    /// Phonemes of each sentence.
    Phonemes(Vec<Vec<String>>),
    /// Phoneme ids of each sentence, with those of begin, end and pad.
    PhonemeIds(Vec<Vec<i64>>),
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// An iterator of chunks. Each is computed when it is asked for; dropping the iterator ends the speech.
///
/// After an error it yields nothing more.
pub struct Speech {
    voice: Arc<Shared>,
    voicing: Voicing,
    chunking: Chunking,
    max_ids: usize,
    max_samples: u64,
    script: Script,
    /// Sentences that are too long at once, in parts.
    parts: VecDeque<PhonemeIds>,
    sentence: Option<Utterance>,
    sentences: usize,
    offset: u64,
    ended: bool,
    #[cfg(all(feature = "tract", not(target_family = "wasm")))]
    threads: Option<Arc<Threads>>,
}

/// Where the sentences come from.
pub(crate) enum Script {
    Text(Box<Sentences>),
    Read(Box<Reading>),
    Phonemes(std::vec::IntoIter<Vec<String>>),
    Ids(std::vec::IntoIter<PhonemeIds>),
}

/// What comes next in a script.
enum Next {
    Sentence(PhonemeIds),
    /// Seconds.
    Silence(f32),
    End,
}

impl Script {
    pub(crate) fn of_text(sentences: Sentences) -> Self {
        Self::Text(Box::new(sentences))
    }

    pub(crate) fn of_reading(reading: Reading) -> Self {
        Self::Read(Box::new(reading))
    }

    pub(crate) fn of_phonemes(sentences: Vec<Vec<String>>) -> Self {
        Self::Phonemes(sentences.into_iter())
    }

    pub(crate) fn of_ids(sentences: Vec<Vec<i64>>, config: &VoiceConfig) -> Result<Self> {
        let checked: Result<Vec<_>> = sentences.into_iter().map(|ids| PhonemeIds::from_ids(ids, config)).collect();
        Ok(Self::Ids(checked?.into_iter()))
    }
}

impl Speech {
    pub(crate) fn new(voice: Arc<Shared>, limits: &Limits, script: Script, voicing: Voicing) -> Self {
        Self {
            max_ids: limits.sentence_ids,
            max_samples: (f64::from(limits.audio_seconds) * f64::from(voice.config.sample_rate)) as u64,
            voice,
            voicing,
            chunking: Chunking::default(),
            script,
            parts: VecDeque::new(),
            sentence: None,
            sentences: 0,
            offset: 0,
            ended: false,
            #[cfg(all(feature = "tract", not(target_family = "wasm")))]
            threads: None,
        }
    }

    #[cfg(all(feature = "tract", not(target_family = "wasm")))]
    pub(crate) fn with_threads(mut self, threads: Option<Arc<Threads>>) -> Self {
        self.threads = threads;
        self
    }

    /// The same speech in chunks of other sizes; the samples are the same.
    pub fn with_chunking(mut self, chunking: Chunking) -> Self {
        self.chunking = chunking;
        self
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        self.voice.config.sample_rate
    }

    /// The same speech with other voices that its document may name by `<voice name="…">`. What this finds must have the
    /// same sample rate; where it finds none the voice stays the same, with a [warning](Self::warnings).
    pub fn with_voices(mut self, voices: impl Fn(&str) -> Option<Voice> + Send + Sync + 'static) -> Self {
        if let Script::Read(reading) = &mut self.script {
            reading.set_voices(Arc::new(voices));
        }
        self
    }

    /// What of a document could not be heeded, each once, since this was last asked for. What is wrong with its elements is
    /// known from the beginning, which voices and languages are lacking when they are reached.
    pub fn warnings(&mut self) -> Vec<String> {
        if let Script::Read(reading) = &mut self.script { reading.warnings() } else { Vec::new() }
    }

    /// Goes on with the text.
    pub(crate) fn push(&mut self, piece: &str) {
        match &mut self.script {
            Script::Text(sentences) => sentences.push(piece),
            Script::Read(reading) => reading.push(piece),
            Script::Phonemes(_) | Script::Ids(_) => {}
        }
    }

    /// Says that the text is complete.
    pub(crate) fn finish(&mut self) {
        match &mut self.script {
            Script::Text(sentences) => sentences.finish(),
            Script::Read(reading) => reading.finish(),
            Script::Phonemes(_) | Script::Ids(_) => {}
        }
    }

    /// The next chunk; pending while more of the text must be there first.
    pub(crate) fn poll_next(&mut self) -> Poll<Option<Result<Chunk>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        #[cfg(all(feature = "tract", not(target_family = "wasm")))]
        let step = match self.threads.clone() {
            Some(threads) => threads.run(|| self.step()),
            None => self.step(),
        };
        #[cfg(not(all(feature = "tract", not(target_family = "wasm"))))]
        let step = self.step();
        let step = step.map(Result::transpose);
        self.ended = matches!(step, Poll::Ready(None | Some(Err(_))));
        step
    }

    /// The next sentence, or the next part of one that is too long, or what is there instead.
    fn next_part(&mut self) -> Poll<Result<Next>> {
        loop {
            if let Some(ids) = self.parts.pop_front() {
                return Poll::Ready(Ok(Next::Sentence(ids)));
            }
            let sentence = match &mut self.script {
                Script::Text(sentences) => ready!(sentences.poll_next()).transpose()?,
                Script::Read(reading) => match ready!(reading.poll_next())? {
                    Some(Turn::Sentence(sentence)) => Some(sentence),
                    Some(Turn::Silence(seconds)) => return Poll::Ready(Ok(Next::Silence(seconds))),
                    Some(Turn::Voice(voice, voicing)) => {
                        (self.voice, self.voicing) = (voice, voicing);
                        continue;
                    }
                    None => None,
                },
                Script::Phonemes(sentences) => sentences.next().map(Sentence::from),
                Script::Ids(sentences) => {
                    let Some(ids) = sentences.next() else { return Poll::Ready(Ok(Next::End)) };
                    self.parts = split_ids(ids, self.max_ids).into();
                    continue;
                }
            };
            let Some(sentence) = sentence else { return Poll::Ready(Ok(Next::End)) };
            let encoder = &self.voice.ids;
            let whole = encoder.encode_sentence(&sentence);
            self.parts = if whole.ids.len() <= self.max_ids || sentence.phonemes.is_empty() {
                [whole].into()
            } else {
                let parts = split_long(sentence, self.max_ids, &self.voice.config);
                parts.iter().map(|part| encoder.encode_sentence(part)).collect()
            };
        }
    }

    fn step(&mut self) -> Poll<Result<Option<Chunk>>> {
        loop {
            if let Some(sentence) = &mut self.sentence {
                if let Some(mut chunk) = sentence.chunk(&self.voice.networks, self.chunking)? {
                    for sample in &mut chunk.samples {
                        *sample *= self.voicing.volume;
                    }
                    self.offset += chunk.samples.len() as u64;
                    return Poll::Ready(Ok(Some(chunk)));
                }
                self.sentence = None;
                self.sentences += 1;
                if self.voicing.silence > 0 {
                    return Poll::Ready(self.silence(self.voicing.silence, Vec::new()).map(Some));
                }
            }
            let mut ids = match ready!(self.next_part())? {
                Next::Sentence(ids) => ids,
                Next::Silence(seconds) => {
                    let samples = (f64::from(seconds) * f64::from(self.sample_rate())).round() as usize;
                    let marks = self.marks();
                    return Poll::Ready(self.silence(samples, marks).map(Some));
                }
                Next::End => {
                    let marks = self.marks();
                    let last = if marks.is_empty() { None } else { Some(self.silence(0, marks)?) };
                    return Poll::Ready(Ok(last));
                }
            };
            let mut voicing = self.voicing;
            let delivery = match &mut self.script {
                Script::Read(reading) => reading.deliver(&mut ids, &mut voicing),
                _ => Delivery::default(),
            };
            let sentence = Utterance::new(&self.voice.networks, ids, delivery, voicing, self.sentences, self.offset)?;
            self.check_length(sentence.samples())?;
            self.sentence = Some(sentence);
        }
    }

    /// The marks that no word follows before what comes next.
    fn marks(&mut self) -> Vec<TimedMark> {
        if let Script::Read(reading) = &mut self.script { reading.reached(self.offset) } else { Vec::new() }
    }

    fn silence(&mut self, samples: usize, marks: Vec<TimedMark>) -> Result<Chunk> {
        self.check_length(samples as u64)?;
        let samples = vec![0.0; samples];
        let offset = self.offset;
        self.offset += samples.len() as u64;
        Ok(Chunk {
            samples,
            offset,
            sentence: self.sentences.saturating_sub(1),
            phonemes: Vec::new(),
            words: Vec::new(),
            marks,
        })
    }

    /// Whether so many more samples are within the limit.
    fn check_length(&self, more: u64) -> Result<()> {
        if self.offset.saturating_add(more) <= self.max_samples {
            return Ok(());
        }
        let seconds = self.max_samples as f64 / f64::from(self.sample_rate());
        Err(Error::new(ErrorKind::Limit, format!("the audio is longer than {seconds} seconds")))
    }
}

impl Iterator for Speech {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.poll_next() {
            Poll::Ready(chunk) => chunk,
            // A text that is all there keeps nobody waiting.
            Poll::Pending => None,
        }
    }
}
