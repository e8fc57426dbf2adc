//! Other formats than WAV, other rates than the voice's, and timings beside them.

use chanter_output::{Encoder, Format};
use serde_json::Value;

use crate::{Place, Wav};

const TEXT: &str = "Hello there. And more.";

fn encoded(format: Format, rate: Option<u32>, samples: &[f32]) -> Vec<u8> {
    let mut encoder = Encoder::new(format, 22050, rate).unwrap();
    [encoder.begin().unwrap(), encoder.encode(samples).unwrap(), encoder.finish().unwrap()].concat()
}

/// The samples of [`TEXT`].
fn spoken(place: &Place) -> Vec<f32> {
    let bytes = place.well(&["speak", TEXT, "--output-raw", "--sample-format", "f32"], "");
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn files_are_what_their_names_or_the_flag_say() {
    let place = Place::new();
    let samples = spoken(&place);
    for (name, format) in
        [("a.mp3", Format::Mp3), ("a.FLAC", Format::Flac), ("a.aac", Format::Aac), ("a.raw", Format::Pcm)]
    {
        assert_eq!(place.lines(&["speak", TEXT, "-f", name], ""), [name]);
        assert!(std::fs::read(place.path(name)).unwrap() == encoded(format, None, &samples), "{name}");
    }
    // What of Ogg's pages is how long depends on the pieces.
    place.lines(&["speak", TEXT, "-f", "a.ogg"], "");
    let ogg = std::fs::read(place.path("a.ogg")).unwrap();
    assert!(ogg.starts_with(b"OggS") && ogg == place.well(&["speak", TEXT, "-f", "-", "--format", "opus"], ""));
    let stream = place.well(&["speak", TEXT, "-f", "-", "--format", "flac"], "");
    assert!(stream == encoded(Format::Flac, None, &samples));
    place.lines(&["speak", TEXT, "-f", "b.mp3", "--format", "wav"], "");
    assert_eq!(place.wav("b.mp3").samples.len(), samples.len());
    let files = place.lines(&["speak", "-d", "all", "--format", "opus"], format!("{TEXT}\nMore."));
    assert!(files.len() == 2 && files.iter().all(|name| name.ends_with(".opus")), "{files:?}");
    let json = format!(r#"{{"text": "{TEXT}", "output_file": "c.flac"}}"#);
    place.lines(&["speak", "--json-input"], json);
    assert!(std::fs::read(place.path("c.flac")).unwrap() == stream);
}

#[test]
fn another_rate() {
    let place = Place::new();
    let samples = spoken(&place);
    let pcm = encoded(Format::Pcm, Some(8000), &samples);
    place.lines(&["speak", TEXT, "-f", "a.wav", "--sample_rate", "8000"], "");
    let wav = place.wav("a.wav");
    assert_eq!((wav.rate, 2 * wav.samples.len()), (8000, pcm.len()));
    assert!(place.well(&["speak", TEXT, "--output-raw", "--sample-rate", "8000"], "") == pcm);
    assert_eq!(Wav::read_stream(&place.well(&["speak", TEXT, "-f", "-", "--sample-rate", "8000"], "")), wav);
}

#[test]
fn timings_are_those_of_the_sound() {
    let place = Place::new();
    let samples = spoken(&place).len() as f64;
    place.lines(&["speak", TEXT, "-f", "a.wav", "--timings", "json", "--sample-rate", "44100"], "");
    let json: Value = serde_json::from_slice(&std::fs::read(place.path("a.json")).unwrap()).unwrap();
    assert_eq!((&json["sample_rate"], json["samples"].as_f64()), (&44100.into(), Some(2.0 * samples)));
    let words: Vec<_> = json["words"].as_array().unwrap().iter().map(|word| word["text"].as_str().unwrap()).collect();
    assert_eq!(words, ["Hello", "there", "And", "more"]);
    let phonemes = json["phonemes"].as_array().unwrap();
    let mut at = 0;
    for phoneme in phonemes {
        assert_eq!(phoneme["samples"][0], at, "{phoneme}");
        at = phoneme["samples"][1].as_u64().unwrap();
    }
    assert_eq!(at as f64, 2.0 * samples);
    // Lines that go into one file go on counting.
    place.lines(&["speak", "-f", "b.mp3", "--timings", "srt"], "Hello there.\nAnd more.");
    let srt = std::fs::read_to_string(place.path("b.srt")).unwrap();
    let srt: Vec<_> = srt.lines().collect();
    let at = |line: &str| line[..12].replace([':', ','], "").parse::<u32>().unwrap();
    assert_eq!((srt[0], srt[2], srt[4], srt[6]), ("1", "Hello there.", "2", "And more."));
    assert!(at(srt[5]) > at(&srt[1][17..]), "{srt:?}");
    let files = place.lines(&["speak", "-d", "all", "--timings", "vtt"], "One.\nTwo.");
    for file in files {
        let vtt = std::fs::read_to_string(place.path(&file.replace(".wav", ".vtt"))).unwrap();
        assert!(vtt.starts_with("WEBVTT\n\n00:00:0"), "{vtt}");
    }
}

#[test]
fn what_cannot_be_is_refused_in_one_line() {
    let place = Place::new();
    for (flags, told) in [
        (&["-f", "a.opus", "--sample-rate", "22050"][..], "sample_rate is 22050; opus has"),
        (&["-f", "a.wav", "--sample-rate", "1"], "between 8000 and 48000"),
        (&["-f", "a.wav", "--format", "mp4"], "one of wav, pcm, flac, mp3, opus, aac"),
        (&["-f", "-", "--timings", "srt"], "needs a file"),
        (&["-f", "a.wav", "--timings", "txt"], "possible values: srt, vtt, json"),
        (&["--output-raw", "--timings", "srt"], "cannot be used with"),
    ] {
        let outcome = place.run(&[&["speak", TEXT], flags].concat(), "");
        assert!(outcome.code != 0 && outcome.stdout.is_empty(), "{flags:?}");
        assert!(outcome.stderr.contains(told) && outcome.stderr.lines().count() == 1, "{}", outcome.stderr);
    }
    assert!(place.names().is_empty());
}
