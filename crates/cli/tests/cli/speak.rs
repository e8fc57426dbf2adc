//! What is spoken, and where it goes.

use crate::{Place, Wav, samples, voice};

const TEXT: &str = "A piece of speech.";

#[test]
fn one_wav_file() {
    let place = Place::new();
    assert_eq!(place.lines(&["speak", TEXT, "-f", "a.wav"], ""), ["a.wav"]);
    let a = place.wav("a.wav");
    assert_eq!(a.rate, 22050);
    assert!((0.5..5.0).contains(&a.seconds()), "{}", a.seconds());
    assert!(a.samples.iter().any(|s| s.abs() > 1000));
    // Words are joined; text may come from a line; a file is made anew; - is standard output.
    let words = ["speak", "A", "piece", "of", "speech.", "--output_file", "a.wav"];
    assert_eq!(place.lines(&words, ""), ["a.wav"]);
    assert_eq!(place.wav("a.wav"), a);
    place.file("b.wav", vec![1; 1_000_000]);
    assert_eq!(place.lines(&["speak", "--output-file", "b.wav"], format!("\u{feff}{TEXT}\r\n")), ["b.wav"]);
    assert_eq!(place.wav("b.wav"), a);
    assert_eq!(Wav::read_stream(&place.well(&["speak", TEXT, "-f", "-"], "")), a);
    // The same samples from chunks of any size.
    for frames in ["0", "7", "4294967295"] {
        assert_eq!(Wav::read_stream(&place.well(&["speak", TEXT, "-f", "-", "--chunk-frames", frames], "")), a);
    }
}

#[test]
fn raw_samples() {
    let place = Place::new();
    let s16 = place.raw(&[TEXT]);
    let f32 = place.well(&["speak", "--output_raw", "--sample-format", "f32", TEXT], "");
    assert_eq!(f32.len(), 2 * 2 * s16.len());
    for (bytes, &rounded) in f32.chunks(4).zip(&s16) {
        let sample = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        assert!((sample.clamp(-1.0, 1.0) * 32767.0 - f32::from(rounded)).abs() <= 0.51);
    }
    place.well(&["speak", TEXT, "-f", "a.wav"], "");
    assert_eq!(place.wav("a.wav").samples, s16);
}

#[test]
fn a_file_for_each_line() {
    let place = Place::new();
    let input = format!("{TEXT}\n\n  \r\nAnother line.");
    // Without any output, into the current folder.
    let here = place.lines(&["speak"], &input);
    assert_eq!(here.len(), 2);
    assert!(here.iter().all(|name| name.ends_with(".wav") && name.len() > 20), "{here:?}");
    let mut sorted = here.clone();
    sorted.sort();
    assert_eq!((place.names(), &sorted), (here.clone(), &here));
    // Into a folder that is made, from a file.
    place.file("input.txt", &input);
    let there = place.lines(&["speak", "--output_dir", "new/folder", "--input_file", "input.txt"], "");
    assert!(there.len() == 2 && there.iter().all(|name| name.starts_with("new/folder")), "{there:?}");
    for (a, b) in here.iter().zip(&there) {
        assert_eq!(place.wav(a), place.wav(b));
    }
    // All in one file, one after another.
    place.well(&["speak", "-i", "input.txt", "-f", "all.wav"], "");
    let parts = here.iter().flat_map(|name| place.wav(name).samples).collect::<Vec<_>>();
    assert_eq!(place.wav("all.wav").samples, parts);
    assert_eq!(samples(&place.well(&["speak", "-i", "-", "--output-raw"], &input)), parts);
}

#[test]
fn nothing_to_speak_is_a_file_without_samples() {
    let place = Place::new();
    assert_eq!(place.lines(&["speak", "-f", "a.wav"], "\n \n"), ["a.wav"]);
    assert!(place.wav("a.wav").samples.is_empty());
    assert!(Wav::read_stream(&place.well(&["speak", "-f", "-", ""], "")).samples.is_empty());
    assert!(place.raw(&[""]).is_empty());
    assert!(place.lines(&["speak"], "").is_empty());
    assert_eq!(place.names(), ["a.wav"]);
}

#[test]
fn lines_of_json() {
    let place = Place::new();
    let multi = voice("test/tiny-multi.onnx");
    let input = r#"
        {"text": "One.", "speaker_id": 3, "output_file": "three.wav"}
        {"text": "One.", "speaker": "3", "output_file": "also three.wav"}
        {"text": "One.", "speaker": "speaker of no name", "speaker_id": 1, "output_file": "one.wav"}
        {"text": "One.", "output_file": "flag.wav"}
        {"phoneme_ids": [1, 0, 104, 0, 97, 0, 2], "output_file": "ids.wav"}
        {"phonemes": "ha", "output_file": "string.wav"}
        {"phonemes": [["h", "a"], ["h", "a"]], "output_file": "twice.wav"}
    "#;
    let names = place.lines(&["speak", "-m", &multi, "--json-input", "-s", "2"], input);
    assert_eq!(names, ["three.wav", "also three.wav", "one.wav", "flag.wav", "ids.wav", "string.wav", "twice.wav"]);
    assert_eq!(place.wav("three.wav"), place.wav("also three.wav"));
    for speaker in ["0", "1", "2", "3"] {
        place.well(&["speak", "-m", &multi, "One.", "-s", speaker, "-f", &format!("{speaker}.wav")], "");
    }
    assert_eq!(place.wav("flag.wav"), place.wav("2.wav"));
    assert_eq!(place.wav("one.wav"), place.wav("1.wav"));
    assert_eq!(place.wav("three.wav"), place.wav("3.wav"));
    assert!(["0.wav", "1.wav", "3.wav"].iter().all(|other| place.wav(other) != place.wav("2.wav")));
    let string = place.wav("string.wav").samples;
    assert!(place.wav("twice.wav").samples.starts_with(&string) && !string.is_empty());
    assert!(!place.wav("ids.wav").samples.is_empty());
}

#[test]
fn names_of_files_do_not_get_among_samples() {
    let place = Place::new();
    let input = format!(r#"{{"text": "{TEXT}", "output_file": "a.wav"}}{}"#, "\n{\"text\": \"Two.\"}");
    let raw = place.well(&["speak", "--json_input", "--output-raw"], &input);
    assert_eq!(samples(&raw), place.raw(&["Two."]));
    assert_eq!(Wav::read_stream(&place.well(&["speak", "--json-input", "-f", "-"], &input)).samples, samples(&raw));
    assert_eq!(place.wav("a.wav").samples, place.raw(&[TEXT]));
    // One file for the lines that name none.
    assert_eq!(place.lines(&["speak", "--json-input", "-f", "b.wav"], &input), ["a.wav", "b.wav"]);
    assert_eq!(place.wav("b.wav").samples, samples(&raw));
}

#[test]
fn what_phonemize_writes_can_be_spoken() {
    let place = Place::new();
    let text = format!("{TEXT}\n\nTwo sentences. In a line.\n");
    let json = place.well(&["phonemize"], &text);
    let spoken = samples(&place.well(&["speak", "--json-input", "--output-raw"], json));
    assert_eq!(spoken, samples(&place.well(&["speak", "--output-raw"], &text)));
}

#[test]
fn settings_change_what_is_heard() {
    let place = Place::new();
    let still = ["--noise-scale", "0", "--noise-w-scale", "0"];
    let speak = |more: &[&str]| place.raw(&[&[TEXT], still.as_slice(), more].concat());
    let plain = speak(&[]);
    let ratio = |other: &[i16]| other.len() as f64 / plain.len() as f64;

    let slow = speak(&["--length-scale", "2"]);
    let fast = speak(&["--length_scale", "0.5"]);
    assert!(ratio(&slow) > 1.7 && ratio(&fast) < 0.8, "{} {}", ratio(&slow), ratio(&fast));

    let loudness = |samples: &[i16]| samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>().sqrt();
    let half = speak(&["--volume", "0.5"]);
    assert_eq!(half.len(), plain.len());
    assert!((loudness(&half) / loudness(&plain) - 0.5).abs() < 0.01);
    assert!(speak(&["--volume", "0"]).iter().all(|&s| s == 0));

    let paused = speak(&["--sentence-silence", "0.5"]);
    assert_eq!(paused.len(), plain.len() + 11025);
    assert!(paused.starts_with(&plain) && paused[plain.len()..].iter().all(|&s| s == 0));
    assert_eq!(speak(&["--sentence_silence", "0.5"]), paused);
}

#[test]
fn seeds_and_noise() {
    let place = Place::new();
    // This voice is noisy in its durations too.
    let tiny = voice("test/tiny.onnx");
    let speak = |more: &[&str]| place.raw(&[&["-m", &tiny, TEXT], more].concat());
    let plain = speak(&[]);
    assert_eq!(speak(&["--seed", "0"]), plain);
    let other = speak(&["--seed", "7"]);
    assert_ne!(other, plain);
    assert_eq!(speak(&["--seed", "7"]), other);

    let still = speak(&["--noise-scale", "0", "--noise-w-scale", "0"]);
    assert_ne!(still, plain);
    let spellings =
        [["--noise_scale", "--noise_w_scale"], ["--noise_scale", "--noise_w"], ["--noise-scale", "--noise-w"]];
    for [scale, w] in spellings {
        assert_eq!(speak(&[scale, "0", w, "0", "--seed", "7"]), still, "{scale} {w}");
    }
    // What the voice's config says stands unless a flag does.
    assert_eq!(speak(&["--noise-scale", "0.667", "--noise-w", "0.8", "--length-scale", "1"]), plain);
}

#[test]
fn both_spellings_of_the_rest() {
    let place = Place::new();
    place.file("input.txt", TEXT);
    let spoken = place.raw(&[TEXT]);
    for flags in
        [["--input-file", "--chunk-frames", "--sample-format"], ["--input_file", "--chunk_frames", "--sample_format"]]
    {
        let [input, frames, format] = flags;
        assert_eq!(place.raw(&[input, "input.txt", frames, "9", format, "s16", "--quiet"]), spoken);
    }
    // The config need not be beside the voice.
    std::fs::copy(voice("test/tiny.onnx"), place.path("moved.onnx")).unwrap();
    let moved = place.raw(&["--model", "moved.onnx", "--config", &voice("test/tiny.onnx.json"), TEXT]);
    assert_eq!(moved, place.raw(&["-m", &voice("test/tiny.onnx"), TEXT]));
    // Text that looks like a flag.
    assert_eq!(place.raw(&["--", "-5"]), samples(&place.well(&["speak", "--output-raw"], "-5")));
}

#[cfg(unix)]
#[test]
fn files_that_are_no_files() {
    let place = Place::new();
    let spoken = place.raw(&[TEXT]);
    let wav = Wav::read_stream(&place.well(&["speak", TEXT, "-f", "/dev/stdout"], ""));
    assert_eq!(wav.samples, spoken);
    // A pipe can be read only once.
    let raw = place.well(&["speak", "--output-raw", "-i", "/dev/stdin"], TEXT);
    assert_eq!(samples(&raw), spoken);
}

#[test]
fn text_is_read_as_a_person_would() {
    let place = Place::new();
    let plain = place.raw(&[TEXT]);
    assert_eq!(place.raw(&["A **piece** of [speech](https://example.com)."]), plain);
    assert_eq!(place.raw(&[TEXT, "--no-manners"]), plain);
    assert_ne!(place.raw(&["A **piece** of speech.", "--no_manners"]), plain);
    assert_eq!(samples(&place.well(&["speak", "--output-raw"], "# A piece of speech. 👍\n")), plain);
}

#[test]
fn documents_of_ssml() {
    let place = Place::new();
    let plain = place.raw(&[TEXT]);
    let document = "<speak>\n  <s>A piece of speech.</s>\n  <break time=\"100ms\"/>\n</speak>\n";
    let expected = [plain.as_slice(), &[0; 2205]].concat();
    assert_eq!(place.raw(&["--ssml", document]), expected);
    // All of the input is one document.
    assert_eq!(samples(&place.well(&["speak", "--output-raw", "--ssml"], document)), expected);
    place.file("a.ssml", document);
    assert_eq!(samples(&place.well(&["speak", "--output-raw", "--ssml", "-i", "a.ssml"], "")), expected);
    let line = r#"{"ssml": "<speak>A piece of speech.<break time='100ms'/></speak>"}"#;
    assert_eq!(samples(&place.well(&["speak", "--output-raw", "--json-input"], line)), expected);
    // What cannot be heeded is warned of, and what is wrong told.
    let outcome = place.run(
        &["speak", "--ssml", "--output-raw", "<speak><voice name='nobody'>A piece of speech.</voice></speak>"],
        "",
    );
    assert_eq!((outcome.code, samples(&outcome.stdout)), (0, plain));
    assert!(outcome.stderr.contains("nobody"), "{}", outcome.stderr);
    place.file("b.ssml", "<speak>\n<p>A</speak>");
    let outcome = place.run(&["speak", "--ssml", "-i", "b.ssml", "--output-raw"], "");
    crate::errors::assert_told(&outcome, &["b.ssml", "line 2, column 5", "</p>"]);
}

#[test]
fn a_document_may_name_voices_that_were_fetched() {
    let place = Place::new();
    std::fs::create_dir(place.path("voices")).unwrap();
    for ending in ["onnx", "onnx.json"] {
        std::fs::copy(voice(&format!("en_US-slt-tiny.{ending}")), place.path(&format!("voices/other.{ending}")))
            .unwrap();
    }
    let one = place.raw(&["--ssml", "<speak><s>One.</s> <s>Two.</s></speak>"]);
    assert_eq!(place.raw(&["--ssml", "<speak><s>One.</s> <voice name='other'>Two.</voice></speak>"]), one);
}
