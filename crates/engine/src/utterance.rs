//! One sentence while it is spoken: from its encoding to chunks of samples.

use std::ops::Range;

use crate::acoustic::length_regulator::Alignment;
use crate::acoustic::noise::{NoiseOf, NormalStream};
use crate::acoustic::stages::{CoupleStream, DecodeStream, Encoding, Frames, Networks, Scales, columns};
use crate::acoustic::windows::{Chunking, Window};
use crate::delivery::{Delivery, amplify, of_frames, stretch};
use crate::{Chunk, Error, ErrorKind, PhonemeIds, PhonemeSpan, Result, TimedMark, TimedPhoneme, TimedWord, Word};

/// The most latent frames of a sentence: twelve minutes in voices of 86 frames a second.
const MAX_FRAMES: usize = 65_536;

/// The most frames that the couple does at once, where it can be done in parts.
const COUPLE_FRAMES: usize = 256;

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

/// A sentence that is being spoken.
pub(crate) struct Utterance {
    index: usize,
    offset: u64,
    alignment: Alignment,
    encoding: Encoding,
    hop: usize,
    phonemes: Vec<TimedPhoneme>,
    words: Vec<TimedWord>,
    marks: Vec<TimedMark>,
    /// Of each frame, if they are not all 1.
    gains: Vec<f32>,
    /// Noise of the frames so far, for each random tensor a row for each frame; drawn as frames are reached.
    noise: Vec<Vec<f32>>,
    noise_stream: NormalStream,
    /// Where the couple takes frames in turns: it, and how many it has taken.
    coupling: Option<(Box<dyn CoupleStream>, usize)>,
    /// `[channels, frames]`, filled up to `coupled`.
    latents: Vec<f32>,
    coupled: usize,
    /// Where the decoder takes latents in turns: it, and how many it has taken.
    decoding: Option<(Box<dyn DecodeStream>, usize)>,
    /// Samples of frames that no chunk had yet.
    samples: Vec<f32>,
    /// Frames of the last chunk, and frames spoken.
    previous: Option<usize>,
    spoken: usize,
}

impl Utterance {
    pub(crate) fn new(
        networks: &Networks,
        ids: PhonemeIds,
        delivery: Delivery,
        voicing: Voicing,
        index: usize,
        offset: u64,
    ) -> Result<Self> {
        let mut noise = NormalStream::new(voicing.seed, index, NoiseOf::Durations);
        let mut encoding = networks.encoder.encode(&ids.ids, voicing.speaker, voicing.scales, &mut noise)?;
        if encoding.durations.len() != ids.ids.len() {
            return Err(Error::new(ErrorKind::Inference, "the voice's encoder gave durations of other ids"));
        }
        if !delivery.lengths.is_empty() {
            stretch(&mut encoding.durations, &ids.spans, &delivery.lengths);
        }
        let frames: usize = encoding.durations.iter().sum();
        if frames > MAX_FRAMES {
            let message = format!("a sentence of {frames} latent frames; the limit is {MAX_FRAMES}");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let hop = networks.decoder.hop();
        let alignment = Alignment::new(&encoding.durations);
        let gains = of_frames(&encoding.durations, &ids.spans, &delivery.gains);
        let phonemes = timed(ids.spans, &encoding.durations, hop, offset);
        Ok(Self {
            index,
            offset,
            words: timed_words(ids.words, &phonemes),
            marks: timed_marks(delivery.marks, &phonemes, offset),
            gains,
            phonemes,
            hop,
            noise: vec![Vec::new(); networks.couple.noise_channels().len()],
            noise_stream: NormalStream::new(voicing.seed, index, NoiseOf::Frames),
            latents: vec![0.0; networks.couple.latent_channels() * alignment.frames()],
            alignment,
            encoding,
            coupling: networks.couple.stream()?.map(|stream| (stream, 0)),
            coupled: 0,
            decoding: networks.decoder.stream()?.map(|stream| (stream, 0)),
            samples: Vec::new(),
            previous: None,
            spoken: 0,
        })
    }

    /// Samples of the whole sentence.
    pub(crate) fn samples(&self) -> u64 {
        (self.alignment.frames() * self.hop) as u64
    }

    /// The next chunk; `None` after the last.
    pub(crate) fn chunk(&mut self, networks: &Networks, chunking: Chunking) -> Result<Option<Chunk>> {
        let total = self.alignment.frames();
        if self.spoken == total {
            return Ok(None);
        }
        let keep = chunking.next(self.spoken, self.previous, total);
        let window = Window::around(keep, networks.decoder.reach(), total);
        while self.coupled < window.span.end {
            self.couple(networks, window.span.end)?;
        }
        let mut samples = self.decode(networks, &window)?;
        amplify(&mut samples, self.hop, window.keep.start, &self.gains);
        let offset = self.offset + (window.keep.start * self.hop) as u64;
        let span = offset..offset + samples.len() as u64;
        let last = window.keep.end == total;
        let sounds = |samples: &Range<u64>| {
            if samples.is_empty() {
                span.contains(&samples.start) || last && samples.start == span.end
            } else {
                samples.start < span.end && samples.end > span.start
            }
        };
        let phonemes = self.phonemes.iter().filter(|p| sounds(&p.samples)).cloned().collect();
        let words = self.words.iter().filter(|w| sounds(&w.samples)).cloned().collect();
        let is_reached = |mark: &&TimedMark| sounds(&(mark.sample..mark.sample));
        let marks = self.marks.iter().filter(is_reached).cloned().collect();
        self.previous = Some(window.keep.len());
        self.spoken = window.keep.end;
        Ok(Some(Chunk { samples, offset, sentence: self.index, phonemes, words, marks }))
    }

    /// The samples of the frames that a window keeps.
    fn decode(&mut self, networks: &Networks, window: &Window) -> Result<Vec<f32>> {
        let (total, globals) = (self.alignment.frames(), &self.encoding.globals.decoder);
        let Some((stream, taken)) = &mut self.decoding else {
            let latents = columns(&self.latents, total, window.span.clone());
            let samples = networks.decoder.decode(&latents, window.span.len(), globals)?;
            let mut samples = checked("decoder", samples, window.span.len() * self.hop)?;
            let kept = window.kept();
            samples.truncate(kept.end * self.hop);
            samples.drain(..kept.start * self.hop);
            return Ok(samples);
        };
        let end = window.span.end;
        if *taken < end {
            let latents = columns(&self.latents, total, *taken..end);
            self.samples.extend(stream.push(&latents, end - *taken, globals, end == total)?);
            *taken = end;
        }
        let wanted = window.keep.len() * self.hop;
        if self.samples.len() < wanted || window.keep.end == total && self.samples.len() != wanted {
            return Err(wrong_count("decoder", self.samples.len(), wanted));
        }
        let rest = self.samples.split_off(wanted);
        Ok(std::mem::replace(&mut self.samples, rest))
    }

    /// Makes more latents, up to `needed` at least unless a part is larger than the couple does at once.
    fn couple(&mut self, networks: &Networks, needed: usize) -> Result<()> {
        let total = self.alignment.frames();
        let window = match (networks.couple.reach(), &self.coupling) {
            // What it has not taken yet, as far as it looks.
            (Some(reach), Some((_, taken))) => {
                let end = (needed + reach.right).min(total);
                Window { span: *taken..end, keep: self.coupled..if end == total { total } else { needed } }
            }
            (None, _) => Window { span: 0..total, keep: 0..total },
            (Some(reach), None) => {
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
        let globals = &self.encoding.globals.couple;
        let (latents, given, kept) = match &mut self.coupling {
            Some((stream, taken)) => {
                *taken = window.span.end;
                let given = window.keep.len();
                (stream.push(frames, globals, window.span.end == total)?, given, 0..given)
            }
            None => (networks.couple.couple(frames, globals)?, window.span.len(), window.kept()),
        };
        let latents = checked("couple", latents, networks.couple.latent_channels() * given)?;
        for (to, from) in self.latents.chunks_exact_mut(total).zip(latents.chunks_exact(given)) {
            to[window.keep.clone()].copy_from_slice(&from[kept.clone()]);
        }
        self.coupled = window.keep.end;
        Ok(())
    }
}

/// What a stage gave, if there are so many numbers and all are finite.
fn checked(what: &str, numbers: Vec<f32>, expected: usize) -> Result<Vec<f32>> {
    if numbers.len() != expected {
        return Err(wrong_count(what, numbers.len(), expected));
    }
    if numbers.iter().any(|x| !x.is_finite()) {
        return Err(Error::new(ErrorKind::Inference, format!("the voice's {what} gave a number that is not finite")));
    }
    Ok(numbers)
}

fn wrong_count(what: &str, given: usize, expected: usize) -> Error {
    Error::new(ErrorKind::Inference, format!("the voice's {what} gave {given} numbers, not {expected}"))
}

/// Where each phoneme of a sentence sounds.
fn timed(spans: Vec<PhonemeSpan>, durations: &[usize], hop: usize, offset: u64) -> Vec<TimedPhoneme> {
    let mut at = offset;
    let of = |span: PhonemeSpan| {
        let start = at;
        at += durations[span.ids].iter().map(|&d| (d * hop) as u64).sum::<u64>();
        TimedPhoneme { phoneme: span.phoneme, samples: start..at }
    };
    spans.into_iter().map(of).collect()
}

/// Where each word sounds: from its first phoneme to its last.
fn timed_words(words: Vec<Word>, phonemes: &[TimedPhoneme]) -> Vec<TimedWord> {
    let of = |word: Word| {
        let (first, last) = (phonemes.get(word.phonemes.start)?, phonemes.get(word.phonemes.end.checked_sub(1)?)?);
        Some(TimedWord { text: word.text, samples: first.samples.start..last.samples.end })
    };
    words.into_iter().filter_map(of).collect()
}

/// When each mark is reached: where the span begins that it stands before.
fn timed_marks(marks: Vec<(usize, String)>, phonemes: &[TimedPhoneme], offset: u64) -> Vec<TimedMark> {
    let at = |span: usize| phonemes.get(span).map_or(offset, |phoneme| phoneme.samples.start);
    marks.into_iter().map(|(span, name)| TimedMark { name, sample: at(span) }).collect()
}
