//! Sound in other forms than a WAV file at the voice's rate.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chanter_output::{Encoder, Resampler};

use crate::Failure;
use crate::output::{Output, is_regular};

/// A file or standard output that gets an encoder's bytes.
pub(crate) struct Encoded {
    encoder: Encoder,
    /// None for standard output.
    path: Option<PathBuf>,
    /// There once there is something to write.
    sink: Option<Box<dyn Write>>,
}

impl Encoded {
    pub(crate) fn file(path: &Path, encoder: Encoder) -> Self {
        Self { encoder, path: Some(path.to_owned()), sink: None }
    }

    pub(crate) fn stdout(encoder: Encoder) -> Self {
        Self { encoder, path: None, sink: None }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let put = || {
            let sink = match &mut self.sink {
                Some(sink) => sink,
                none => {
                    let sink: Box<dyn Write> = match &self.path {
                        Some(path) => Box::new(File::create(path)?),
                        None => Box::new(io::stdout()),
                    };
                    let sink = none.insert(sink);
                    sink.write_all(&self.encoder.begin().map_err(io::Error::other)?)?;
                    sink
                }
            };
            sink.write_all(bytes)?;
            sink.flush()
        };
        let written: io::Result<()> = { put }();
        written.map_err(|e| match &self.path {
            Some(path) => Failure::writing(path, e),
            None => Failure::from(e).at("standard output"),
        })
    }
}

impl Output for Encoded {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        let bytes = self.encoder.encode(samples)?;
        self.put(&bytes)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        // The header first, also of nothing.
        self.put(&[])?;
        let rest = self.encoder.finish()?;
        self.put(&rest)
    }

    fn path(&self) -> Option<&Path> {
        self.path.as_deref().filter(|path| self.sink.is_some() && is_regular(path))
    }
}

/// An output that gets another rate than the voice has.
pub(crate) struct Resampled<O> {
    resampler: Resampler,
    output: O,
}

impl<O: Output> Resampled<O> {
    pub(crate) fn new(resampler: Resampler, output: O) -> Self {
        Self { resampler, output }
    }
}

impl<O: Output> Output for Resampled<O> {
    fn write(&mut self, samples: &[f32]) -> Result<(), Failure> {
        self.output.write(&self.resampler.push(samples)?)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.output.write(&self.resampler.finish()?)?;
        self.output.finish()
    }

    fn path(&self) -> Option<&Path> {
        self.output.path()
    }
}
