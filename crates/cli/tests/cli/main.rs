//! `chanter` as its users see it: arguments and standard input in; files, standard output and one line of error out.

#![allow(clippy::unwrap_used, clippy::panic)]

mod errors;
mod formats;
mod pack;
mod speak;
mod stream;
mod tools;
mod voices;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The folder of this repository's voices.
fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn voice(name: &str) -> String {
    models().join(name).display().to_string()
}

/// A folder to run `chanter` in.
struct Place(TempDir);

/// What came of it.
struct Outcome {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        name.to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chanter"));
        command.args(arguments).current_dir(self.0.path());
        // Backtraces and logs that the user of the tests asked for are none of the program's words.
        command.env_remove("RUST_BACKTRACE").env_remove("CHANTER_LOG");
        // Nor are voices in the user's own folder, or ways around this machine.
        command.env("VOICES", self.path("voices")).env_remove("CATALOGUE").env("NO_PROXY", "127.0.0.1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Outcome {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        let feeder = std::thread::spawn(move || {
            // A program that fails does not read all.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs what must succeed without a word on standard error.
    fn well(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Vec<u8> {
        let Outcome { code, stdout, stderr } = self.run(arguments, input);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        stdout
    }

    /// The same, for lines of text.
    fn lines(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Vec<String> {
        let text = String::from_utf8(self.well(arguments, input)).unwrap();
        text.lines().map(String::from).collect()
    }

    /// The raw samples that a command line speaks.
    fn raw(&self, arguments: &[&str]) -> Vec<i16> {
        samples(&self.well(&[&["speak", "--output-raw"], arguments].concat(), ""))
    }

    fn wav(&self, name: &str) -> Wav {
        Wav::read(&std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}")))
    }

    /// The names of the files in it.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn samples(bytes: &[u8]) -> Vec<i16> {
    assert_eq!(bytes.len() % 2, 0);
    bytes.chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}

/// A WAV file, every byte of which is accounted for.
#[derive(Debug, PartialEq)]
struct Wav {
    rate: u32,
    samples: Vec<i16>,
}

impl Wav {
    fn read(bytes: &[u8]) -> Self {
        let riff = u32::try_from(bytes.len() - 8).unwrap();
        Self::with_sizes(bytes, riff, riff - 36)
    }

    /// One whose length was not known when it was begun.
    fn read_stream(bytes: &[u8]) -> Self {
        Self::with_sizes(bytes, u32::MAX, u32::MAX)
    }

    fn with_sizes(bytes: &[u8], riff: u32, data: u32) -> Self {
        let (header, body) = bytes.split_at(44);
        let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let u32_at = |at: usize| u32::from(u16_at(at)) | u32::from(u16_at(at + 2)) << 16;
        assert_eq!([&header[..4], &header[8..16], &header[36..40]], [b"RIFF", b"WAVEfmt ".as_slice(), b"data"]);
        assert_eq!([u32_at(4), u32_at(16), u32_at(40)], [riff, 16, data]);
        let rate = u32_at(24);
        // PCM, mono; bytes a second, bytes a frame, bits a sample.
        assert_eq!([u16_at(20), u16_at(22), u16_at(32), u16_at(34)], [1, 1, 2, 16]);
        assert_eq!(u32_at(28), 2 * rate);
        Self { rate, samples: samples(body) }
    }

    fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}
