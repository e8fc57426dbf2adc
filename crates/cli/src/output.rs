//! Where samples go: WAV files that are whole at every moment, or raw to standard output.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chanter_engine::{pcm, wav};

use crate::Failure;

/// Held while a file's header and its samples do not agree.
static BETWEEN: Mutex<()> = Mutex::new(());

/// Waits until every WAV file is whole, and keeps it so for as long as the answer lives.
pub(crate) fn all_whole() -> MutexGuard<'static, ()> {
    BETWEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether what is written to `path` is in a file in the end, not gone through a pipe or a device.
pub(crate) fn is_regular(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |found| found.is_file())
}

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
    /// Writes samples; they are out when this returns. Only then does the destination begin to exist: speech that fails
    /// at once leaves nothing behind.
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure>;
    /// Writes the rest. Of nothing to speak, too, there is a file.
    fn finish(&mut self) -> Result<(), Failure> {
        self.write(&[])
    }
    /// The file that was made, if one was.
    fn path(&self) -> Option<&Path> {
        None
    }
}

/// A file in `folder` that is named by the time, in nanoseconds as Piper does.
pub(crate) fn named_by_time(folder: &Path, ending: &str) -> PathBuf {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    folder.join(format!("{}.{ending}", time.as_nanos()))
}

impl<O: Output + ?Sized> Output for Box<O> {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        (**self).write(samples)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        (**self).finish()
    }

    fn path(&self) -> Option<&Path> {
        (**self).path()
    }
}

/// A WAV file. Its header is put right after every chunk, so that it is whole whenever we are interrupted.
pub(crate) struct WavFile {
    path: PathBuf,
    sample_rate: u32,
    samples: u64,
    /// Not a pipe or a device: its header can be put right.
    regular: bool,
    file: Option<File>,
}

impl WavFile {
    pub(crate) fn new(path: &Path, sample_rate: u32) -> Self {
        let regular = is_regular(path);
        Self { path: path.to_owned(), sample_rate, samples: 0, regular, file: None }
    }

    fn try_write(&mut self, samples: &[f32]) -> io::Result<()> {
        let _between = self.regular.then(all_whole);
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut file = File::create(&self.path)?;
                file.write_all(&wav::header(self.sample_rate, if self.regular { Some(0) } else { None }))?;
                none.insert(file)
            }
        };
        file.write_all(&pcm::to_s16le(samples))?;
        self.samples += samples.len() as u64;
        if self.regular {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&wav::header(self.sample_rate, Some(self.samples)))?;
            file.seek(SeekFrom::End(0))?;
        }
        Ok(())
    }
}

impl Output for WavFile {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        self.try_write(samples).map_err(|e| Failure::writing(&self.path, e))
    }

    fn path(&self) -> Option<&Path> {
        (self.regular && self.file.is_some()).then_some(&self.path)
    }
}

/// Raw samples on standard output.
pub(crate) struct Raw(pub(crate) SampleFormat);

impl Output for Raw {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        let bytes = match self.0 {
            SampleFormat::S16 => pcm::to_s16le(samples),
            SampleFormat::F32 => pcm::to_f32le(samples),
        };
        let mut stdout = io::stdout().lock();
        stdout.write_all(&bytes).and_then(|()| stdout.flush()).map_err(|e| Failure::from(e).at("standard output"))
    }
}
