//! Subtitles of a speech: SRT (SubRip) and WebVTT (<https://www.w3.org/TR/webvtt1/>).

use chanter_engine::Chunk;

use super::{Clock, Timed};

/// Characters that two lines of a subtitle have, as broadcasters count them.
const CHARACTERS: usize = 84;
/// Seconds that one is shown at most, unless one word is longer.
const SECONDS: f64 = 7.0;

/// How subtitles are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubtitleFormat {
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
}

/// Writes a speech's subtitles, each once it is known.
#[derive(Debug)]
pub struct Subtitles {
    format: SubtitleFormat,
    clock: Clock,
    words: Vec<Timed>,
    sentence: usize,
    written: usize,
}

impl Subtitles {
    /// For a speech whose chunks this clock reads.
    pub fn new(format: SubtitleFormat, clock: Clock) -> Self {
        Self { format, clock, words: Vec::new(), sentence: 0, written: 0 }
    }

    /// How they are written.
    pub fn format(&self) -> SubtitleFormat {
        self.format
    }

    /// What stands before the first.
    pub fn begin(&self) -> &'static str {
        match self.format {
            SubtitleFormat::Srt => "",
            SubtitleFormat::Vtt => "WEBVTT\n\n",
        }
    }

    /// Those that are known after this chunk.
    pub fn chunk(&mut self, chunk: &Chunk) -> String {
        let mut all = String::new();
        for word in self.clock.timings(chunk).words {
            let ends = chunk.sentence != self.sentence
                || self.words.first().is_some_and(|first| {
                    let characters = self.slice(first.bytes, word.bytes.map(|[_, end]| end)).chars().count();
                    characters > CHARACTERS || word.end - first.start > SECONDS
                });
            if ends {
                all += &self.subtitle(word.bytes.map(|[start, _]| start));
            }
            self.sentence = chunk.sentence;
            self.words.push(word);
        }
        all
    }

    /// The last one.
    pub fn finish(&mut self) -> String {
        self.subtitle(None)
    }

    /// The words so far, with the marks that follow them; `next` is where the text goes on.
    fn subtitle(&mut self, next: Option<usize>) -> String {
        let words = std::mem::take(&mut self.words);
        let [Some(first), Some(last)] = [words.first(), words.last()] else { return String::new() };
        let text: Vec<_> = self.slice(first.bytes, next).split_whitespace().collect();
        let text = text.join(" ");
        self.written += 1;
        match self.format {
            SubtitleFormat::Srt => {
                format!("{}\n{} --> {}\n{text}\n\n", self.written, time(first.start, ','), time(last.end, ','))
            }
            SubtitleFormat::Vtt => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                format!("{} --> {}\n{text}\n\n", time(first.start, '.'), time(last.end, '.'))
            }
        }
    }

    fn slice(&self, first: Option<[usize; 2]>, end: Option<usize>) -> &str {
        let text = self.clock.text();
        let start = first.map_or(0, |[start, _]| start);
        text.get(start..end.unwrap_or(text.len())).unwrap_or_default()
    }
}

/// `HH:MM:SS.mmm`.
fn time(seconds: f64, point: char) -> String {
    let ms = (seconds * 1000.0).round() as u64;
    let [hours, minutes, seconds] = [ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60];
    format!("{hours:02}:{minutes:02}:{seconds:02}{point}{:03}", ms % 1000)
}

#[cfg(test)]
mod tests {
    use chanter_engine::TimedWord;

    use super::*;

    /// A word a chunk, each of 100 ms.
    fn spoken(format: SubtitleFormat, text: &str) -> String {
        let mut subtitles = Subtitles::new(format, Clock::new(text, 1000, 1000));
        let mut all = subtitles.begin().to_owned();
        let (mut sentence, mut at) = (0, 0);
        for (i, word) in text.split(' ').enumerate() {
            let offset = i as u64 * 100;
            let end = at + word.trim_end_matches(['.', ',']).len();
            let words = vec![TimedWord { text: at..end, samples: offset..offset + 100 }];
            all += &subtitles.chunk(&Chunk {
                samples: vec![0.0; 100],
                offset,
                sentence,
                phonemes: Vec::new(),
                words,
                marks: Vec::new(),
            });
            sentence += usize::from(word.ends_with('.'));
            at += word.len() + 1;
        }
        all + &subtitles.finish() + &subtitles.finish()
    }

    #[test]
    fn a_sentence_is_one() {
        let srt = "1\n00:00:00,000 --> 00:00:00,200\nOne, two.\n\n2\n00:00:00,200 --> 00:00:00,300\nThree.\n\n";
        assert_eq!(spoken(SubtitleFormat::Srt, "One, two. Three."), srt);
        let vtt = "WEBVTT\n\n00:00:00.000 --> 00:00:00.200\na&lt;b &amp;.\n\n";
        assert_eq!(spoken(SubtitleFormat::Vtt, "a<b &."), vtt);
    }

    #[test]
    fn a_long_one_is_cut_and_nothing_is_lost() {
        let text = "word ".repeat(100).trim_end().to_owned();
        let srt = spoken(SubtitleFormat::Srt, &text);
        let lines: Vec<_> = srt.lines().filter(|line| line.starts_with("word")).collect();
        assert!(lines.len() > 5 && lines.iter().all(|line| line.len() <= CHARACTERS), "{srt}");
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn times_are_written_out() {
        assert_eq!(time(3661.0015, ','), "01:01:01,002");
    }
}
