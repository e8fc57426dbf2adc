//! `chanter speak`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chanter_engine::{Chunking, Settings, Voice};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;
use crate::output::{Output, SampleFormat, Stdout, WavFile};
use crate::request::{Request, speaker_of};
use crate::voice::VoiceArgs;

/// Flags are Piper's, with `-` or `_`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to speak; without it, each line of the input file or of standard input
    text: Vec<String>,
    #[command(flatten)]
    voice: VoiceArgs,
    /// Read lines from this file
    #[arg(short, long, alias = "input_file", value_name = "FILE", conflicts_with = "text")]
    input_file: Option<PathBuf>,
    /// Lines are JSON: text, phonemes or phoneme_ids, with speaker, speaker_id, output_file
    #[arg(long, alias = "json_input", conflicts_with = "text")]
    json_input: bool,
    /// Write one WAV file; - is standard output
    #[arg(short = 'f', long, alias = "output_file", value_name = "FILE", conflicts_with_all = ["output_dir", "output_raw"])]
    output_file: Option<PathBuf>,
    /// Write a WAV file for each line into this folder, named by the time (without any output: into this one)
    #[arg(short = 'd', long, alias = "output_dir", value_name = "DIR", conflicts_with = "output_raw")]
    output_dir: Option<PathBuf>,
    /// Write raw samples to standard output as they are made
    #[arg(long, alias = "output_raw")]
    output_raw: bool,
    /// Format of raw samples
    #[arg(long, alias = "sample_format", value_enum, default_value = "s16")]
    sample_format: SampleFormat,
    /// Speaker, by number or name
    #[arg(short, long)]
    speaker: Option<String>,
    /// Slower above 1, faster below
    #[arg(long, alias = "length_scale", value_name = "X")]
    length_scale: Option<f32>,
    /// Variation of the sound
    #[arg(long, alias = "noise_scale", value_name = "X")]
    noise_scale: Option<f32>,
    /// Variation of the durations
    #[arg(long, aliases = ["noise_w_scale", "noise-w", "noise_w"], value_name = "X")]
    noise_w_scale: Option<f32>,
    /// Seconds of silence after each sentence
    #[arg(long, alias = "sentence_silence", value_name = "SECONDS", default_value_t = 0.0)]
    sentence_silence: f32,
    /// Loudness: samples are multiplied by it
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    volume: f32,
    /// The same seed gives the same speech
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Latent frames of each chunk; 0 makes whole sentences at once. The samples are the same
    #[arg(long, alias = "chunk_frames", value_name = "N")]
    chunk_frames: Option<usize>,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
}

impl Args {
    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        settings.speaker = self.speaker.clone().map(speaker_of);
        settings.length_scale = self.length_scale;
        settings.noise_scale = self.noise_scale;
        settings.noise_w_scale = self.noise_w_scale;
        settings.volume = self.volume;
        settings.sentence_silence = self.sentence_silence;
        settings.seed = self.seed;
        settings
    }

    fn chunking(&self) -> Chunking {
        match self.chunk_frames {
            None => Chunking::default(),
            Some(0) => Chunking::WHOLE,
            Some(n) => Chunking { first: n, largest: n },
        }
    }

    /// What is to be spoken, and how many requests that is if it is known.
    fn requests(&self) -> Result<(Requests, Option<u64>), Failure> {
        if !self.text.is_empty() {
            let request = Request::text(self.text.join(" "));
            return Ok((Box::new(std::iter::once(Ok(request))), Some(1)));
        }
        let json = self.json_input;
        let parse = move |line: io::Result<Vec<u8>>| -> Option<Result<Request, Failure>> {
            let line = match line {
                Ok(line) => line,
                Err(e) => return Some(Err(e.into())),
            };
            let Ok(line) = String::from_utf8(line) else {
                return Some(Err(Failure::Message("the input is not UTF-8".into())));
            };
            let line = line.trim();
            if line.is_empty() {
                None
            } else if json {
                Some(Request::json(line))
            } else {
                Some(Ok(Request::text(line.to_owned())))
            }
        };
        let number = |(i, request): (usize, Result<Request, Failure>)| {
            request.map_err(|e| e.at(format_args!("input {}", i + 1)))
        };
        if let Some(path) = &self.input_file {
            let open = || File::open(path).map_err(|e| Failure::from(e).at(path.display()));
            let lines = BufReader::new(open()?)
                .split(b'\n')
                .filter(|line| line.as_ref().is_ok_and(|l| !l.trim_ascii().is_empty()));
            let count = lines.count() as u64;
            return Ok((
                Box::new(BufReader::new(open()?).split(b'\n').filter_map(parse).enumerate().map(number)),
                Some(count),
            ));
        }
        Ok((Box::new(io::stdin().lock().split(b'\n').filter_map(parse).enumerate().map(number)), None))
    }
}

type Requests = Box<dyn Iterator<Item = Result<Request, Failure>>>;

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    // The second time, whoever interrupts us means it.
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(|e| Failure::Message(e.to_string()))?;

    let voice = args.voice.open()?;
    let (requests, count) = args.requests()?;
    let mut speaker = Speaker {
        settings: args.settings(),
        chunking: args.chunking(),
        progress: Progress::new(count, args.quiet),
        interrupted,
        voice,
    };
    let rate = speaker.voice.sample_rate();
    let mut shared: Option<Box<dyn Output>> = match &args.output_file {
        Some(path) if path.as_os_str() == "-" => Some(Box::new(Stdout::wav(rate)?)),
        Some(path) => Some(Box::new(WavFile::create(path, rate)?)),
        None if args.output_raw => Some(Box::new(Stdout::raw(args.sample_format))),
        None => None,
    };
    let folder = args.output_dir.unwrap_or_else(|| PathBuf::from("."));
    if shared.is_none() {
        std::fs::create_dir_all(&folder).map_err(|e| Failure::from(e).at(folder.display()))?;
    }
    for request in requests {
        let request = request?;
        match (&request.output_file, &mut shared) {
            (Some(path), _) => speaker.speak_to_file(&request, WavFile::create(path, rate)?)?,
            (None, Some(output)) => speaker.speak(&request, output.as_mut())?,
            (None, None) => speaker.speak_to_file(&request, WavFile::create_in(&folder, rate)?)?,
        }
        if speaker.interrupted.load(Ordering::Relaxed) {
            break;
        }
    }
    speaker.progress.end();
    if let Some(path) = shared.as_ref().and_then(|o| o.path()) {
        println!("{}", path.display());
    }
    Ok(())
}

struct Speaker {
    voice: Voice,
    settings: Settings,
    chunking: Chunking,
    progress: Progress,
    interrupted: Arc<AtomicBool>,
}

impl Speaker {
    /// Speaks until the end or until we are interrupted.
    fn speak(&mut self, request: &Request, output: &mut dyn Output) -> Result<(), Failure> {
        let speech = self.voice.speak(request.input.clone(), &request.settings(&self.settings))?;
        for chunk in speech.with_chunking(self.chunking) {
            let chunk = chunk?;
            output.write(&chunk.samples)?;
            self.progress.add(chunk.samples.len() as f64 / f64::from(self.voice.sample_rate()));
            if self.interrupted.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        self.progress.end_request();
        Ok(())
    }

    fn speak_to_file(&mut self, request: &Request, mut file: WavFile) -> Result<(), Failure> {
        self.speak(request, &mut file)?;
        self.progress.bar.suspend(|| println!("{}", file.path().unwrap_or(std::path::Path::new("")).display()));
        Ok(())
    }
}

/// What a person at a terminal sees while a long input is spoken.
struct Progress {
    bar: ProgressBar,
    seconds: f64,
    start: Instant,
}

impl Progress {
    fn new(requests: Option<u64>, quiet: bool) -> Self {
        let style = match requests {
            Some(count) if count > 1 => "{bar:40} {pos}/{len} lines, {msg}",
            _ => "{spinner} {msg}",
        };
        let bar = if quiet || !io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::no_length() };
        if let Some(count) = requests {
            bar.set_length(count);
        }
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self { bar, seconds: 0.0, start: Instant::now() }
    }

    fn add(&mut self, seconds: f64) {
        self.seconds += seconds;
        // Short speech is over before a bar could be read.
        if self.start.elapsed() > Duration::from_secs(1) {
            let factor = self.start.elapsed().as_secs_f64() / self.seconds.max(1e-9);
            self.bar.set_message(format!("{:.0} s of speech, real-time factor {factor:.3}", self.seconds));
            self.bar.tick();
        }
    }

    fn end_request(&self) {
        self.bar.inc(1);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
