//! Where samples go: WAV files that are whole at every moment, or raw PCM on standard output.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use chanter_engine::{pcm, wav};
use jiff::Timestamp;

use crate::Failure;

/// How raw samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SampleFormat {
    /// Signed 16-bit, little-endian
    S16,
    /// 32-bit float, little-endian
    F32,
}

/// A destination of samples.
pub(crate) trait Output {
    /// Writes samples; they are out when this returns.
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure>;
    /// The file that was made, if one was.
    fn path(&self) -> Option<&Path> {
        None
    }
}

/// A WAV file. Its header is put right after every chunk, so that it is whole whenever we are interrupted.
pub(crate) struct WavFile {
    file: File,
    path: PathBuf,
    sample_rate: u32,
    samples: u64,
}

impl WavFile {
    pub(crate) fn create(path: &Path, sample_rate: u32) -> Result<Self, Failure> {
        let create = || {
            let mut file = File::create(path)?;
            file.write_all(&wav::header(sample_rate, Some(0)))?;
            Ok(file)
        };
        let file = create().map_err(|e: io::Error| Failure::from(e).at(path.display()))?;
        Ok(Self { file, path: path.to_owned(), sample_rate, samples: 0 })
    }

    /// A file in `folder` that is named by the time, in nanoseconds as Piper does.
    pub(crate) fn create_in(folder: &Path, sample_rate: u32) -> Result<Self, Failure> {
        let name = format!("{}.wav", Timestamp::now().as_nanosecond());
        Self::create(&folder.join(name), sample_rate)
    }
}

impl Output for WavFile {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        self.samples += samples.len() as u64;
        let header = wav::header(self.sample_rate, Some(self.samples));
        let mut write = || {
            self.file.write_all(&pcm::to_s16le(samples))?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&header)?;
            self.file.seek(SeekFrom::End(0))?;
            Ok(())
        };
        write().map_err(|e: io::Error| Failure::from(e).at(self.path.display()))
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// Standard output, as a WAV stream of unknown length or raw.
pub(crate) struct Stdout {
    format: SampleFormat,
}

impl Stdout {
    pub(crate) fn raw(format: SampleFormat) -> Self {
        Self { format }
    }

    pub(crate) fn wav(sample_rate: u32) -> Result<Self, Failure> {
        io::stdout().write_all(&wav::header(sample_rate, None))?;
        Ok(Self { format: SampleFormat::S16 })
    }
}

impl Output for Stdout {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        let bytes = match self.format {
            SampleFormat::S16 => pcm::to_s16le(samples),
            SampleFormat::F32 => pcm::to_f32le(samples),
        };
        let mut stdout = io::stdout().lock();
        stdout.write_all(&bytes)?;
        Ok(stdout.flush()?)
    }
}
