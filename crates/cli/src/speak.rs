//! `chanter speak`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::mpsc::sync_channel;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use chanter_engine::{Chunk, Chunking, LiveSpeech, Settings, Voice, VoiceConfig};
use chanter_output::{Encoder, Format, Resampler};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::encoded::{Encoded, Resampled};
use crate::lexicon::LexiconArgs;
use crate::lines::{Document, Lines, Trouble};
use crate::output::{Output, Raw, SampleFormat, WavFile, all_whole, is_regular, named_by_time};
use crate::request::{Request, by_number};
use crate::timings::{Said, TimingsFormat};
use crate::voice::{Fetched, VoiceArgs};
use crate::{Failure, say};

/// Flags are Piper's, with `-` or `_`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to speak; without it, each line of the input file or of standard input, sentence by sentence as they come
    text: Vec<String>,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    lexicon: LexiconArgs,
    /// Read lines from this file; - is standard input
    #[arg(short, long, alias = "input_file", value_name = "FILE", conflicts_with = "text")]
    input_file: Option<PathBuf>,
    /// The text is SSML, which other voices may speak in; an input file or standard input is one document
    #[arg(long, conflicts_with = "json_input")]
    ssml: bool,
    /// Read Markdown, HTML, addresses and emoji letter by letter, as Piper does
    #[arg(long, alias = "no_manners")]
    no_manners: bool,
    /// Lines are JSON: text, ssml, phonemes or phoneme_ids; speaker, speaker_id and output_file if need be
    #[arg(long, alias = "json_input", conflicts_with = "text")]
    json_input: bool,
    /// Write one file, in the format that its name ends with (else WAV); - is standard output
    #[arg(short = 'f', long, alias = "output_file", value_name = "FILE", conflicts_with_all = ["output_dir", "output_raw"])]
    output_file: Option<PathBuf>,
    /// Write a file for each line into this folder, named by the time (without any output: into this one)
    #[arg(short = 'd', long, alias = "output_dir", value_name = "DIR", conflicts_with = "output_raw")]
    output_dir: Option<PathBuf>,
    /// Write raw samples to standard output as they are made
    #[arg(long, alias = "output_raw")]
    output_raw: bool,
    /// Format of the files, and of standard output with -f -: wav, pcm, flac, mp3, opus or aac [default: by the file's name]
    #[arg(long, value_name = "FORMAT", value_parser = format_named, conflicts_with = "output_raw")]
    format: Option<Format>,
    /// Samples a second, if other than the voice or the format has
    #[arg(long, alias = "sample_rate", value_name = "HZ")]
    sample_rate: Option<u32>,
    /// Also write when words and phonemes sound, beside each file of sound under its name with this ending
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "output_raw")]
    timings: Option<TimingsFormat>,
    /// Format of raw samples
    #[arg(long, alias = "sample_format", value_enum, default_value = "s16")]
    sample_format: SampleFormat,
    /// Speaker, by number or name
    #[arg(short, long, allow_negative_numbers = true)]
    speaker: Option<String>,
    /// Slower above 1, faster below
    #[arg(long, alias = "length_scale", allow_negative_numbers = true, value_name = "X")]
    length_scale: Option<f32>,
    /// Variation of the sound
    #[arg(long, alias = "noise_scale", allow_negative_numbers = true, value_name = "X")]
    noise_scale: Option<f32>,
    /// Variation of the durations
    #[arg(long, aliases = ["noise_w_scale", "noise-w", "noise_w"], allow_negative_numbers = true, value_name = "X")]
    noise_w_scale: Option<f32>,
    /// Seconds of silence after each sentence
    #[arg(
        long,
        alias = "sentence_silence",
        allow_negative_numbers = true,
        value_name = "SECONDS",
        default_value_t = 0.0
    )]
    sentence_silence: f32,
    /// Loudness: samples are multiplied by it
    #[arg(long, value_name = "X", default_value_t = 1.0, allow_negative_numbers = true)]
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
        settings.length_scale = self.length_scale;
        settings.noise_scale = self.noise_scale;
        settings.noise_w_scale = self.noise_w_scale;
        settings.volume = self.volume;
        settings.sentence_silence = self.sentence_silence;
        settings.seed = self.seed;
        settings.manners = !self.no_manners;
        settings
    }

    fn chunking(&self) -> Chunking {
        match self.chunk_frames {
            None => Chunking::default(),
            Some(0) => Chunking::WHOLE,
            Some(n) => Chunking { first: n, largest: n },
        }
    }

    /// What a file's sound is written as.
    fn format_for(&self, path: &Path) -> Format {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        let named = match ending.as_str() {
            "ogg" => Some(Format::Opus),
            "raw" => Some(Format::Pcm),
            ending => Format::named(ending),
        };
        self.format.or(named).unwrap_or(Format::Wav)
    }

    /// A file of a voice's sound.
    fn file(&self, path: &Path, rate: u32) -> Result<Box<dyn Output>, Failure> {
        let format = self.format_for(path);
        if format == Format::Wav {
            return self.resampled(rate, |rate| WavFile::new(path, rate));
        }
        Ok(Box::new(Encoded::file(path, Encoder::new(format, rate, self.sample_rate)?)))
    }

    /// An output that has the rate that is asked for, or the voice's.
    fn resampled<O: Output + 'static>(
        &self,
        rate: u32,
        output: impl FnOnce(u32) -> O,
    ) -> Result<Box<dyn Output>, Failure> {
        let to = Format::Pcm.rate(rate, self.sample_rate)?;
        Ok(if to == rate {
            Box::new(output(rate))
        } else {
            Box::new(Resampled::new(Resampler::new(rate, to)?, output(to)))
        })
    }

    /// Writes what was said beside its file of sound.
    fn write_timings(&self, speaker: &Speaker, sound: Option<&Path>) -> Result<(), Failure> {
        let (Some(format), Some(said), Some(sound)) = (self.timings, &speaker.said, sound) else { return Ok(()) };
        let rate = speaker.voice.sample_rate();
        said.write(format, sound, rate, self.format_for(sound).rate(rate, self.sample_rate)?)
    }

    /// What all requests go to that name no file of their own; none if each has one.
    fn shared(&self, rate: u32) -> Result<Option<Box<dyn Output>>, Failure> {
        Ok(Some(match &self.output_file {
            Some(path) if path.as_os_str() == "-" => {
                let format = self.format.unwrap_or(Format::Wav);
                Box::new(Encoded::stdout(Encoder::new(format, rate, self.sample_rate)?))
            }
            Some(path) => self.file(path, rate)?,
            None if self.output_raw => self.resampled(rate, |_| Raw(self.sample_format))?,
            None => return Ok(None),
        }))
    }

    /// What is to be spoken.
    fn input(&self) -> Result<Input, Failure> {
        if !self.text.is_empty() {
            let text = self.text.join(" ");
            return Ok(Input::Text(if self.ssml { Request::ssml(text) } else { Request::text(text) }));
        }
        let (lines, of): (Box<dyn BufRead>, _) = match &self.input_file {
            Some(path) if path.as_os_str() != "-" => {
                let file = File::open(path).map_err(|e| Failure::reading(path, e))?;
                (Box::new(BufReader::new(file)), Some(path.clone()))
            }
            _ => (Box::new(io::stdin().lock()), None),
        };
        Ok(if self.ssml { Input::Document { lines, of } } else { Input::Lines { lines, of } })
    }
}

/// Where requests come from.
enum Input {
    Text(Request),
    /// The lines of a file, or of standard input.
    Lines {
        lines: Box<dyn BufRead>,
        of: Option<PathBuf>,
    },
    /// All of it, as one document of SSML.
    Document {
        lines: Box<dyn BufRead>,
        of: Option<PathBuf>,
    },
}

impl Input {
    /// How many requests there are, if that can be told.
    fn count(&self) -> Option<u64> {
        match self {
            Self::Text(_) | Self::Document { .. } => Some(1),
            // What is no plain file, such as a pipe, can be read only once.
            Self::Lines { of, .. } => {
                let path = of.as_ref().filter(|path| path.is_file())?;
                let lines = BufReader::new(File::open(path).ok()?).split(b'\n').map_while(Result::ok);
                Some(lines.filter(|line| !line.trim_ascii().is_empty()).count() as u64)
            }
        }
    }

    /// Does something with each request, until it fails; the failure then says where that was.
    fn each(
        self,
        json: Option<&VoiceConfig>,
        mut speak: impl FnMut(Job<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (input, of, whole) = match self {
            Self::Text(request) => return speak(Job::Request(request)),
            Self::Lines { lines, of } => (lines, of, false),
            Self::Document { lines, of } => (lines, of, true),
        };
        let unreadable = |e: io::Error| match &of {
            Some(path) => Failure::reading(path, e),
            None => Failure::from(e).at("standard input cannot be read"),
        };
        let told = |piece: Result<String, Trouble>| {
            piece.map_err(|trouble| match trouble {
                Trouble::Read(e) => unreadable(e),
                Trouble::NotUtf8 => Failure::new("it is not UTF-8"),
            })
        };
        if whole {
            let spoken = speak(Job::Document(&mut Document::new(input).map(told)));
            return spoken.map_err(|e| if let Some(path) = &of { e.at(path.display()) } else { e });
        }
        let mut lines = Lines::new(input);
        let mut number = 0;
        while let Some(pieces) = lines.line() {
            number += 1;
            let at_line = |e: Failure| match &of {
                Some(path) => e.at(format_args!("{}: line {number}", path.display())),
                None => e.at(format_args!("line {number}")),
            };
            let mut pieces = pieces.peekable();
            if let Some(Err(Trouble::Read(e))) = pieces.next_if(|piece| matches!(piece, Err(Trouble::Read(_)))) {
                return Err(unreadable(e));
            }
            if pieces.peek().is_none() {
                continue;
            }
            let mut pieces = pieces.map(told);
            let job = match json {
                None => Ok(Job::Pieces(&mut pieces)),
                Some(config) => {
                    let line = pieces.collect::<Result<String, _>>();
                    line.and_then(|line| Request::json(&line, config)).map(Job::Request)
                }
            };
            job.and_then(&mut speak).map_err(at_line)?;
        }
        Ok(())
    }
}

/// One thing to speak.
enum Job<'p> {
    Request(Request),
    /// A text that is still being written.
    Pieces(&'p mut dyn Iterator<Item = Result<String, Failure>>),
    /// A document of SSML that is still being written.
    Document(&'p mut dyn Iterator<Item = Result<String, Failure>>),
}

pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let mut settings = args.settings();
    settings.validate()?;
    if args.timings.is_some() && args.output_file.as_deref().is_some_and(|path| path.as_os_str() == "-") {
        return Err(Failure::new("--timings needs a file of sound to stand beside: -f FILE or -d DIR"));
    }
    let input = args.input()?;
    let mut progress = Progress::new(&input, args.quiet);
    // Files are whole between any two chunks, so nothing has to be waited for.
    let bar = progress.bar.clone();
    let stop = move || {
        let _whole = all_whole();
        bar.finish_and_clear();
        exit(130);
    };
    ctrlc::set_handler(stop).map_err(|e| Failure::new(e.to_string()))?;

    settings.lexicon = args.lexicon.open()?;
    let voice = args.voice.open()?;
    progress.start = Instant::now();
    let config = voice.config().clone();
    settings.speaker = args.speaker.clone().map(|speaker| by_number(speaker, &config));
    let rate = voice.sample_rate();
    let mut shared = args.shared(rate)?;
    let mut speaker = Speaker {
        settings,
        chunking: args.chunking(),
        progress,
        voice,
        fetched: Fetched::default(),
        said: args.timings.map(|_| Said::default()),
    };
    // Among samples on standard output, names of files have no place.
    let streams = |path: &PathBuf| path.as_os_str() == "-" || !is_regular(path);
    let quiet = args.output_raw || args.output_file.as_ref().is_some_and(streams);
    let folder = args.output_dir.clone().unwrap_or_default();
    if args.output_dir.is_some() {
        fs::create_dir_all(&folder).map_err(|e| Failure::writing(&folder, e))?;
    }
    let spoken = input.each(args.json_input.then_some(&config), |job| {
        let file = if let Job::Request(Request { output_file, .. }) = &job { output_file.clone() } else { None };
        let path = match (file, &mut shared) {
            (Some(path), _) => path,
            (None, Some(output)) => return speaker.speak(job, output.as_mut()),
            (None, None) => named_by_time(&folder, args.format.unwrap_or(Format::Wav).name()),
        };
        // What goes into this file is not in the shared one.
        let others = speaker.said.as_mut().map(std::mem::take);
        let mut output = args.file(&path, rate)?;
        speaker.speak(job, output.as_mut())?;
        output.finish()?;
        args.write_timings(&speaker, output.path())?;
        speaker.said = others;
        match output.path() {
            Some(path) if !quiet => speaker.progress.bar.suspend(|| say(path.display())),
            _ => Ok(()),
        }
    });
    speaker.progress.bar.finish_and_clear();
    spoken?;
    let Some(mut output) = shared else { return Ok(()) };
    output.finish()?;
    args.write_timings(&speaker, output.path())?;
    output.path().map_or(Ok(()), |path| say(path.display()))
}

struct Speaker {
    voice: Voice,
    settings: Settings,
    chunking: Chunking,
    progress: Progress,
    fetched: Fetched,
    /// What goes into a file, where its timings are asked for.
    said: Option<Said>,
}

impl Speaker {
    fn speak(&mut self, job: Job<'_>, output: &mut dyn Output) -> Result<(), Failure> {
        self.said.iter_mut().for_each(Said::begin);
        match job {
            Job::Request(request) => {
                if let (Some(said), chanter_engine::Input::Text(text) | chanter_engine::Input::Ssml(text)) =
                    (&mut self.said, &request.input)
                {
                    said.text(text);
                }
                let speech = self.voice.speak(request.input.clone(), &request.settings(&self.settings))?;
                let mut speech = speech.with_voices(self.voices()).with_chunking(self.chunking);
                self.write_made(output, || (speech.next(), speech.warnings()))?;
            }
            Job::Pieces(pieces) => {
                let speech = self.voice.speak_live(&self.settings)?;
                self.speak_pieces(speech, pieces, output)?;
            }
            Job::Document(pieces) => {
                let speech = self.voice.speak_live_ssml(&self.settings)?.with_voices(self.voices());
                self.speak_pieces(speech, pieces, output)?;
            }
        }
        self.progress.bar.inc(1);
        Ok(())
    }

    fn voices(&self) -> impl Fn(&str) -> Option<Voice> + use<> {
        let fetched = self.fetched.clone();
        move |name| fetched.named(name)
    }

    fn speak_pieces(
        &mut self,
        speech: LiveSpeech,
        pieces: impl Iterator<Item = Result<String, Failure>>,
        output: &mut dyn Output,
    ) -> Result<(), Failure> {
        let mut speech = speech.with_chunking(self.chunking);
        for piece in pieces {
            let piece = piece?;
            self.said.iter_mut().for_each(|said| said.text(&piece));
            speech.push(&piece)?;
            self.write_ready(&mut speech, output)?;
        }
        speech.finish();
        self.write_ready(&mut speech, output)
    }

    fn write_ready(&mut self, speech: &mut LiveSpeech, output: &mut dyn Output) -> Result<(), Failure> {
        self.write_made(output, || {
            let chunk = match speech.poll_next() {
                Poll::Ready(chunk) => chunk,
                Poll::Pending => None,
            };
            (chunk, speech.warnings())
        })
    }

    /// Writes all chunks that are made, with the warnings of each: the next is made while one is written.
    fn write_made(
        &mut self,
        output: &mut dyn Output,
        mut make: impl FnMut() -> (Option<chanter_engine::Result<Chunk>>, Vec<String>) + Send,
    ) -> Result<(), Failure> {
        let (made, chunks) = sync_channel(0);
        thread::scope(|scope| {
            scope.spawn(move || {
                loop {
                    let (chunk, warnings) = make();
                    let ended = chunk.is_none();
                    // Who has heard enough does not listen to the end.
                    if made.send((chunk, warnings)).is_err() || ended {
                        return;
                    }
                }
            });
            for (chunk, warnings) in chunks {
                warn(warnings);
                if let Some(chunk) = chunk {
                    self.write(&chunk?, output)?;
                }
            }
            Ok(())
        })
    }

    fn write(&mut self, chunk: &Chunk, output: &mut dyn Output) -> Result<(), Failure> {
        output.write(&chunk.samples)?;
        self.said.iter_mut().for_each(|said| said.chunk(chunk));
        self.progress.add(chunk.samples.len() as f64 / f64::from(self.voice.sample_rate()));
        Ok(())
    }
}

fn format_named(name: &str) -> Result<Format, String> {
    Format::named(name).ok_or_else(|| format!("it must be one of {}", Format::names()))
}

fn warn(warnings: Vec<String>) {
    warnings.iter().for_each(|warning| log::warn!("{warning}"));
}

/// What a person at a terminal sees while a long input is spoken.
struct Progress {
    bar: ProgressBar,
    /// Nobody sees it yet, but somebody would.
    waiting: bool,
    seconds: f64,
    start: Instant,
}

impl Progress {
    fn new(input: &Input, quiet: bool) -> Self {
        let waiting = !quiet && io::stderr().is_terminal();
        let count = if waiting { input.count() } else { None };
        let style = match count {
            Some(count) if count > 1 => "{bar:40} {pos}/{len} lines, {msg}",
            _ => "{spinner} {msg}",
        };
        let bar = ProgressBar::with_draw_target(count, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self { bar, waiting, seconds: 0.0, start: Instant::now() }
    }

    fn add(&mut self, seconds: f64) {
        self.seconds += seconds;
        let elapsed = self.start.elapsed();
        // Short speech is over before a bar could be read.
        if self.waiting && elapsed > Duration::from_secs(1) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.waiting = false;
        }
        let factor = elapsed.as_secs_f64() / self.seconds.max(1e-9);
        self.bar.set_message(format!("{:.0} s of speech, real-time factor {factor:.3}", self.seconds));
    }
}
