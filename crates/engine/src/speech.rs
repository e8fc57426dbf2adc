//! A speech: chunks of samples, made when they are asked for.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::acoustic::length_regulator::Alignment;
use crate::acoustic::noise::{NoiseOf, NormalStream};
use crate::acoustic::stages::{Encoding, Frames, Networks, Scales, columns};
use crate::acoustic::windows::{Chunking, Window};
use crate::phoneme_ids::split_ids;
use crate::voice::Shared;
use crate::{Error, ErrorKind, Limits, PhonemeIds, Phonemizer, Result, Sentences, split_long};

/// The most latent frames of a sentence: twelve minutes in voices of 86 frames a second.
const MAX_FRAMES: usize = 65_536;

/// The most frames that the couple does at once, where it can be done in parts.
const COUPLE_FRAMES: usize = 256;

/// What to speak.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Text; `[[ ... ]]` holds raw phonemes.
    Text(String),
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

/// A phoneme and where it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedPhoneme {
    /// The phoneme as the voice's config writes it.
    pub phoneme: String,
    /// Its samples, counted from the start of the speech.
    pub samples: Range<u64>,
}

/// A piece of a speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Mono samples; full scale is 1.0.
    pub samples: Vec<f32>,
    /// Where the first of them stands in the speech.
    pub offset: u64,
    /// Which sentence of the speech this is, from 0.
    pub sentence: usize,
    /// The phonemes that sound in this chunk, with their whole ranges (one at a border is in both chunks), and those of
    /// no length that stand in it (each is in one chunk).
    pub phonemes: Vec<TimedPhoneme>,
}

/// Settings of a speech, with the voice's own where the request had none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voicing {
    pub(crate) speaker: i64,
    pub(crate) scales: Scales,
    pub(crate) volume: f32,
    /// Samples of silence after each sentence.
    pub(crate) silence: usize,
    pub(crate) seed: u64,
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
    sentence: Option<Sentence>,
    sentences: usize,
    offset: u64,
    ended: bool,
}

/// Where the sentences come from.
enum Script {
    Text(Box<Sentences>),
    Phonemes(std::vec::IntoIter<Vec<String>>),
    Ids(std::vec::IntoIter<PhonemeIds>),
}

impl Speech {
    pub(crate) fn new(
        voice: Arc<Shared>,
        limits: &Limits,
        input: crate::Input,
        phonemizer: Option<Arc<dyn Phonemizer>>,
        voicing: Voicing,
    ) -> Result<Self> {
        let config = &voice.config;
        let script = match (input, phonemizer) {
            (Input::Text(text), Some(phonemizer)) => {
                // Bytes are counted first: they bound the characters, and need no reading.
                if text.len() > limits.text_chars && text.chars().count() > limits.text_chars {
                    let message = format!("the text has more than {} characters", limits.text_chars);
                    return Err(Error::new(ErrorKind::Limit, message));
                }
                Script::Text(Box::new(Sentences::new(text, phonemizer, config.clone())))
            }
            (Input::Text(_), None) => return Err(Error::new(ErrorKind::Phonemizer, "there is no phonemizer for text")),
            (Input::Phonemes(sentences), _) => Script::Phonemes(sentences.into_iter()),
            (Input::PhonemeIds(sentences), _) => {
                let checked: Result<Vec<_>> =
                    sentences.into_iter().map(|ids| PhonemeIds::from_ids(ids, config)).collect();
                Script::Ids(checked?.into_iter())
            }
        };
        Ok(Self {
            max_ids: limits.sentence_ids,
            max_samples: (f64::from(limits.audio_seconds) * f64::from(config.sample_rate)) as u64,
            voice,
            voicing,
            chunking: Chunking::default(),
            script,
            parts: VecDeque::new(),
            sentence: None,
            sentences: 0,
            offset: 0,
            ended: false,
        })
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

    /// The ids of the next sentence, or of the next part of one that is too long.
    fn next_ids(&mut self) -> Result<Option<PhonemeIds>> {
        while self.parts.is_empty() {
            let phonemes = match &mut self.script {
                Script::Text(sentences) => sentences.next().transpose()?,
                Script::Phonemes(sentences) => sentences.next(),
                Script::Ids(sentences) => {
                    let Some(ids) = sentences.next() else { return Ok(None) };
                    self.parts = split_ids(ids, self.max_ids).into();
                    continue;
                }
            };
            let Some(phonemes) = phonemes else { return Ok(None) };
            let encoder = &self.voice.ids;
            let whole = encoder.encode(&phonemes);
            self.parts = if whole.ids.len() <= self.max_ids || phonemes.is_empty() {
                [whole].into()
            } else {
                let parts = split_long(phonemes, self.max_ids, &self.voice.config);
                parts.iter().map(|phonemes| encoder.encode(phonemes)).collect()
            };
        }
        Ok(self.parts.pop_front())
    }

    fn step(&mut self) -> Result<Option<Chunk>> {
        loop {
            if let Some(sentence) = &mut self.sentence {
                if let Some(mut chunk) = sentence.chunk(&self.voice.networks, self.chunking)? {
                    for sample in &mut chunk.samples {
                        *sample *= self.voicing.volume;
                    }
                    self.offset += chunk.samples.len() as u64;
                    return Ok(Some(chunk));
                }
                self.sentence = None;
                self.sentences += 1;
                if self.voicing.silence > 0 {
                    return self.silence().map(Some);
                }
            }
            let Some(ids) = self.next_ids()? else { return Ok(None) };
            let sentence = Sentence::new(&self.voice.networks, ids, self.voicing, self.sentences, self.offset)?;
            self.check_length(sentence.samples())?;
            self.sentence = Some(sentence);
        }
    }

    fn silence(&mut self) -> Result<Chunk> {
        self.check_length(self.voicing.silence as u64)?;
        let samples = vec![0.0; self.voicing.silence];
        let offset = self.offset;
        self.offset += samples.len() as u64;
        Ok(Chunk { samples, offset, sentence: self.sentences - 1, phonemes: Vec::new() })
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
        if self.ended {
            return None;
        }
        let step = self.step().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}

/// A sentence that is being spoken.
struct Sentence {
    index: usize,
    offset: u64,
    alignment: Alignment,
    encoding: Encoding,
    hop: usize,
    phonemes: Vec<TimedPhoneme>,
    /// Noise of the frames so far, for each random tensor a row for each frame; drawn as frames are reached.
    noise: Vec<Vec<f32>>,
    noise_stream: NormalStream,
    /// `[channels, frames]`, filled up to `coupled`.
    latents: Vec<f32>,
    coupled: usize,
    /// Frames of the last chunk, and frames spoken.
    previous: Option<usize>,
    spoken: usize,
}

impl Sentence {
    fn new(networks: &Networks, ids: PhonemeIds, voicing: Voicing, index: usize, offset: u64) -> Result<Self> {
        let mut noise = NormalStream::new(voicing.seed, index, NoiseOf::Durations);
        let encoding = networks.encoder.encode(&ids.ids, voicing.speaker, voicing.scales, &mut noise)?;
        if encoding.durations.len() != ids.ids.len() {
            return Err(Error::new(ErrorKind::Inference, "the voice's encoder gave durations of other ids"));
        }
        let frames: usize = encoding.durations.iter().sum();
        if frames > MAX_FRAMES {
            let message = format!("a sentence of {frames} latent frames; the limit is {MAX_FRAMES}");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let hop = networks.decoder.hop();
        let alignment = Alignment::new(&encoding.durations);
        Ok(Self {
            index,
            offset,
            phonemes: timed(ids, &encoding.durations, hop, offset),
            hop,
            noise: vec![Vec::new(); networks.couple.noise_channels().len()],
            noise_stream: NormalStream::new(voicing.seed, index, NoiseOf::Frames),
            latents: vec![0.0; networks.couple.latent_channels() * alignment.frames()],
            alignment,
            encoding,
            coupled: 0,
            previous: None,
            spoken: 0,
        })
    }

    fn samples(&self) -> u64 {
        (self.alignment.frames() * self.hop) as u64
    }

    /// The next chunk; `None` after the last.
    fn chunk(&mut self, networks: &Networks, chunking: Chunking) -> Result<Option<Chunk>> {
        let total = self.alignment.frames();
        if self.spoken == total {
            return Ok(None);
        }
        let keep = chunking.next(self.spoken, self.previous, total);
        let window = Window::around(keep, networks.decoder.reach(), total);
        while self.coupled < window.span.end {
            self.couple(networks, window.span.end)?;
        }
        let latents = columns(&self.latents, total, window.span.clone());
        let samples = networks.decoder.decode(&latents, window.span.len(), &self.encoding.globals.decoder)?;
        let mut samples = checked("decoder", samples, window.span.len() * self.hop)?;
        let kept = window.kept();
        samples.truncate(kept.end * self.hop);
        samples.drain(..kept.start * self.hop);
        let offset = self.offset + (window.keep.start * self.hop) as u64;
        let span = offset..offset + samples.len() as u64;
        let last = window.keep.end == total;
        let sounds = |p: &&TimedPhoneme| {
            if p.samples.is_empty() {
                span.contains(&p.samples.start) || last && p.samples.start == span.end
            } else {
                p.samples.start < span.end && p.samples.end > span.start
            }
        };
        let phonemes = self.phonemes.iter().filter(sounds).cloned().collect();
        self.previous = Some(window.keep.len());
        self.spoken = window.keep.end;
        Ok(Some(Chunk { samples, offset, sentence: self.index, phonemes }))
    }

    /// Makes more latents, up to `needed` at least unless a part is larger than the couple does at once.
    fn couple(&mut self, networks: &Networks, needed: usize) -> Result<()> {
        let total = self.alignment.frames();
        let window = match networks.couple.reach() {
            None => Window { span: 0..total, keep: 0..total },
            Some(reach) => {
                // It looks far, so ever larger parts cost less; the first is as small as the first chunk needs.
                let size = (needed - self.coupled).max(3 * self.coupled).min(COUPLE_FRAMES);
                let end = self.coupled + size;
                let end = if total.saturating_sub(end) <= reach.right { total } else { end };
                Window::around(self.coupled..end, reach, total)
            }
        };
        let channels = networks.couple.noise_channels();
        for _ in self.noise.first().map_or(0, |n| n.len() / channels[0].max(1))..window.span.end {
            for (noise, &channels) in self.noise.iter_mut().zip(channels) {
                self.noise_stream.fill(noise, channels);
            }
        }
        let ids = self.encoding.durations.len();
        let frames = Frames {
            count: window.span.len(),
            rows: self
                .encoding
                .rows
                .iter()
                .map(|rows| self.alignment.spread(rows, rows.len() / ids, window.span.clone()))
                .collect(),
            noise: self
                .noise
                .iter()
                .zip(channels)
                .map(|(noise, c)| &noise[window.span.start * c..window.span.end * c])
                .collect(),
        };
        let latents = networks.couple.couple(frames, &self.encoding.globals.couple)?;
        let latents = checked("couple", latents, networks.couple.latent_channels() * window.span.len())?;
        let from = latents.chunks_exact(window.span.len());
        for (to, from) in self.latents.chunks_exact_mut(total).zip(from) {
            to[window.keep.clone()].copy_from_slice(&from[window.kept()]);
        }
        self.coupled = window.keep.end;
        Ok(())
    }
}

/// What a stage gave, if there are so many numbers and all are finite.
fn checked(what: &str, numbers: Vec<f32>, expected: usize) -> Result<Vec<f32>> {
    let problem = if numbers.len() != expected {
        format!("gave {} numbers, not {expected}", numbers.len())
    } else if numbers.iter().any(|x| !x.is_finite()) {
        "gave a number that is not finite".to_owned()
    } else {
        return Ok(numbers);
    };
    Err(Error::new(ErrorKind::Inference, format!("the voice's {what} {problem}")))
}

/// Where each phoneme of a sentence sounds.
fn timed(ids: PhonemeIds, durations: &[usize], hop: usize, offset: u64) -> Vec<TimedPhoneme> {
    let mut at = offset;
    let of = |span: crate::PhonemeSpan| {
        let start = at;
        at += durations[span.ids].iter().map(|&d| (d * hop) as u64).sum::<u64>();
        TimedPhoneme { phoneme: span.phoneme, samples: start..at }
    };
    ids.spans.into_iter().map(of).collect()
}
