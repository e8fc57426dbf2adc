//! When words and phonemes sound, in a file beside the sound's.

use std::fs;
use std::path::Path;

use chanter_engine::Chunk;
use chanter_output::{Clock, SubtitleFormat, Subtitles, Timings, WholeTimings};

use crate::Failure;

/// How they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TimingsFormat {
    /// Subtitles of SubRip
    Srt,
    /// Subtitles of WebVTT
    Vtt,
    /// Words, phonemes and marks with their samples
    Json,
}

/// What was said in one file of sound, text after text.
#[derive(Default)]
pub(crate) struct Said {
    text: String,
    chunks: Vec<Chunk>,
    samples: u64,
    sentences: usize,
    /// Where the text under way begins.
    base: (usize, u64, usize),
}

impl Said {
    /// A text begins.
    pub(crate) fn begin(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.base = (self.text.len(), self.samples, self.sentences);
    }

    /// More of its text.
    pub(crate) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A chunk of its speech.
    pub(crate) fn chunk(&mut self, chunk: &Chunk) {
        let (text, samples, sentences) = self.base;
        let mut chunk = chunk.clone();
        chunk.offset += samples;
        chunk.sentence += sentences;
        self.samples = chunk.offset + chunk.samples.len() as u64;
        self.sentences = chunk.sentence + 1;
        chunk.samples = Vec::new();
        let later = |range: &mut std::ops::Range<u64>| *range = range.start + samples..range.end + samples;
        for word in &mut chunk.words {
            word.text = word.text.start + text..word.text.end + text;
            later(&mut word.samples);
        }
        chunk.phonemes.iter_mut().for_each(|phoneme| later(&mut phoneme.samples));
        chunk.marks.iter_mut().for_each(|mark| mark.sample += samples);
        self.chunks.push(chunk);
    }

    /// Writes it beside a file of sound that has another rate, in Hz, or the voice's.
    pub(crate) fn write(&self, format: TimingsFormat, sound: &Path, voice_rate: u32, rate: u32) -> Result<(), Failure> {
        let clock = Clock::new(self.text.as_str(), voice_rate, rate);
        let (ending, written) = match format {
            TimingsFormat::Srt => ("srt", self.subtitles(SubtitleFormat::Srt, clock)),
            TimingsFormat::Vtt => ("vtt", self.subtitles(SubtitleFormat::Vtt, clock)),
            TimingsFormat::Json => ("json", self.json(&clock, rate)?),
        };
        let path = sound.with_extension(ending);
        fs::write(&path, written).map_err(|e| Failure::writing(&path, e))
    }

    fn subtitles(&self, format: SubtitleFormat, clock: Clock) -> String {
        let mut subtitles = Subtitles::new(format, clock);
        let mut written = subtitles.begin().to_owned();
        for chunk in &self.chunks {
            written += &subtitles.chunk(chunk);
        }
        written + &subtitles.finish()
    }

    fn json(&self, clock: &Clock, rate: u32) -> Result<String, Failure> {
        let mut timings = Timings::default();
        for chunk in &self.chunks {
            timings.extend(clock.timings(chunk));
        }
        let whole = WholeTimings { sample_rate: rate, samples: clock.samples(self.samples), timings };
        let json = serde_json::to_string_pretty(&whole).map_err(|e| Failure::new(e.to_string()))?;
        Ok(json + "\n")
    }
}
