//! What goes wrong is said in one line that names it.

use crate::{Outcome, Place, models, voice};

/// Exit code 1 and one line with all of `told`.
pub(crate) fn assert_told(outcome: &Outcome, told: &[&str]) {
    let Outcome { code, stderr, .. } = outcome;
    assert_eq!(*code, 1, "{stderr}");
    assert!(
        stderr.starts_with("chanter: ") && stderr.matches('\n').count() == 1 && stderr.ends_with('\n'),
        "{stderr:?}"
    );
    for told in told {
        assert!(stderr.contains(told), "{told:?} in {stderr:?}");
    }
}

#[test]
fn command_lines() {
    let place = Place::new();
    for (arguments, told) in [
        (vec!["sing"], vec!["sing"]),
        (vec!["speak", "--loud"], vec!["--loud"]),
        (vec!["speak", "-c", "x.json", "Hi"], vec!["--model"]),
        (vec!["speak", "Hi", "-f", "a.wav", "--output-raw"], vec!["--output-file", "--output-raw"]),
        (vec!["speak", "Hi", "-f", "a.wav", "-d", "."], vec!["--output-file", "--output-dir"]),
        (vec!["speak", "Hi", "-i", "a.txt"], vec!["--input-file"]),
        (vec!["speak", "Hi", "--json-input"], vec!["--json-input"]),
        (vec!["speak", "--ssml", "--json-input"], vec!["--ssml", "--json-input"]),
        (vec!["speak", "--ssml", "<speak>a & b</speak>"], vec!["line 1, column 10", "&amp;"]),
        (vec!["speak", "Hi", "--volume", "loud"], vec!["--volume", "loud"]),
        (vec!["speak", "Hi", "--sample-format", "mp3"], vec!["mp3", "s16, f32"]),
        (vec!["speak", "Hi", "--seed", "-1"], vec!["-1"]),
        (vec!["speak", "Hi", "--length-scale", "0"], vec!["length_scale is 0", "0.05 and 20"]),
        (vec!["speak", "Hi", "--length_scale", "-1"], vec!["length_scale is -1"]),
        (vec!["speak", "Hi", "--noise-scale", "nan"], vec!["noise_scale is NaN"]),
        (vec!["speak", "Hi", "--noise-w", "6"], vec!["noise_w_scale is 6"]),
        (vec!["speak", "Hi", "--sentence-silence", "-0.5"], vec!["sentence_silence is -0.5"]),
        (vec!["speak", "Hi", "--volume", "-2"], vec!["volume is -2"]),
        (vec!["speak", "Hi", "-s", "1"], vec!["speaker is 1", "this voice has 1"]),
        (vec!["speak", "Hi", "-s", "-1"], vec!["speaker is -1"]),
        (vec!["speak", "Hi", "-s", "ann"], vec!["speaker `ann`"]),
        (vec!["phonemize", "-l", "tlh"], vec!["tlh"]),
        (vec!["phonemize", "-l", "../en"], vec!["../en"]),
        (vec!["bench", "--ids", "5000"], vec!["5000", "1024"]),
    ] {
        assert_told(&place.run(&arguments, ""), &told);
    }
    assert!(place.names().is_empty(), "{:?}", place.names());
}

#[test]
fn help_is_no_error() {
    let place = Place::new();
    for (arguments, told) in
        [(vec!["--help"], "phonemize"), (vec!["speak", "-h"], "--length-scale"), (vec!["--version"], "chanter 0.")]
    {
        assert!(String::from_utf8(place.well(&arguments, "")).unwrap().contains(told));
    }
    // Without a command there is nothing to do, but much to tell.
    let Outcome { code, stdout, stderr } = place.run(&[], "");
    assert!(code == 1 && stdout.is_empty() && stderr.contains("Usage: chanter"));
}

#[test]
fn input() {
    let place = Place::new();
    place.file("latin1.txt", b"Fine.\ncaf\xe9\n");
    place.file("good.txt", "Hi.");
    std::fs::create_dir(place.path("folder")).unwrap();
    for (arguments, input, told) in [
        (vec!["speak", "-i", "none.txt"], &b""[..], vec!["none.txt: cannot be read", "No such file"]),
        (vec!["speak", "-i", "folder"], b"", vec!["folder: cannot be read"]),
        (vec!["speak", "--output-raw", "-i", "latin1.txt"], b"", vec!["latin1.txt: line 2: it is not UTF-8"]),
        (vec!["speak", "--output-raw"], b"Fine.\n\n\xff", vec!["line 3: it is not UTF-8"]),
        (vec!["phonemize"], b"Fine.\n\xff", vec!["line 2: it is not UTF-8"]),
        (vec!["speak", "--json-input"], b"\n{\"text\"", vec!["line 2: it is not JSON", "column 7"]),
        (vec!["speak", "--json-input", "-i", "good.txt"], b"", vec!["good.txt: line 1: it is not JSON"]),
        (
            vec!["speak", "--json-input"],
            b"{}",
            vec!["line 1: it must have one of text, ssml, phonemes and phoneme_ids"],
        ),
        (vec!["speak", "--json-input"], b"{\"text\": \"Hi\", \"speaker\": \"ann\"}", vec!["line 1: speaker `ann`"]),
        (vec!["speak", "--json-input"], b"{\"phonemes\": [1]}", vec!["line 1: its field phonemes must be"]),
        (
            vec!["speak", "--json-input"],
            b"\n\n{\"phoneme_ids\": [1, 9999]}",
            vec!["line 3: the phoneme id 9999 at position 1"],
        ),
        (vec!["speak", "--json-input"], b"{\"phoneme_ids\": [[]]}", vec!["line 1: there are no phoneme ids"]),
    ] {
        assert_told(&place.run(&arguments, input), &told);
    }
    let mut names = place.names();
    names.retain(|name| name.ends_with(".wav"));
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn lexicons() {
    let place = Place::new();
    place.file("bad.txt", "# words\nSQL\tsequel\nno tab\n");
    place.file("latin1.txt", b"caf\xe9\tcoffee\n");
    for command in [&["speak", "Hi.", "--output-raw"][..], &["phonemize"]] {
        for (file, told) in [
            ("bad.txt", ["bad.txt: ", "line 3: there is no tab"]),
            ("latin1.txt", ["latin1.txt: ", "line 1: it is not UTF-8"]),
            ("none.txt", ["none.txt: cannot be read", "No such file"]),
        ] {
            assert_told(&place.run(&[command, &["--lexicon", file]].concat(), ""), &told);
        }
    }
}

#[test]
fn what_came_before_a_bad_line_is_kept() {
    let place = Place::new();
    let input = "{\"text\": \"One.\"}\n{\"phoneme_ids\": [-1]}\n{\"text\": \"Three.\"}\n";
    let outcome = place.run(&["speak", "--json-input", "-f", "a.wav"], input);
    assert_told(&outcome, &["line 2: the phoneme id -1"]);
    assert!(outcome.stdout.is_empty());
    assert_eq!(place.wav("a.wav").samples, place.raw(&["One."]));
}

#[test]
fn output() {
    let place = Place::new();
    std::fs::create_dir(place.path("folder")).unwrap();
    place.file("file", "");
    for (arguments, told) in [
        (vec!["speak", "Hi.", "-f", "none/a.wav"], vec!["none/a.wav: cannot be written", "No such file"]),
        (vec!["speak", "Hi.", "-f", "folder"], vec!["folder: cannot be written"]),
        (vec!["speak", "Hi.", "-d", "file"], vec!["file: cannot be written"]),
        (vec!["speak", "Hi.", "-d", "file/folder"], vec!["file/folder: cannot be written"]),
    ] {
        assert_told(&place.run(&arguments, ""), &told);
    }
    let json = r#"{"text": "Hi.", "output_file": "none/b.wav"}"#;
    assert_told(&place.run(&["speak", "--json-input"], json), &["line 1: none/b.wav: cannot be written"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let place = Place::new();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["speak", "Hi.", "--output-raw"][..], &["speak", "Hi.", "-f", "-"], &["inspect"], &["phonemize"]]
    {
        let mut command = place.command(arguments);
        place.file("line", "Hi.");
        let output = command.stdin(std::fs::File::open(place.path("line")).unwrap()).stdout(full()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let outcome = Outcome { code: output.status.code().unwrap(), stdout: Vec::new(), stderr };
        assert_told(&outcome, &["standard output: No space left"]);
    }
    assert_told(&place.run(&["speak", "Hi.", "-f", "/dev/full"], ""), &["/dev/full: cannot be written: No space left"]);
}

#[test]
fn voices() {
    let place = Place::new();
    let tiny = voice("test/tiny.onnx");
    let json = std::fs::read_to_string(voice("test/tiny.onnx.json")).unwrap();
    place.file("alone.onnx", std::fs::read(&tiny).unwrap());
    place.file("text.onnx", "Not a voice.");
    place.file("empty.onnx", "");
    for name in ["text", "empty"] {
        place.file(&format!("{name}.onnx.json"), &json);
    }
    place.file("short.json", &json[..200]);
    place.file("unspoken.json", json.replace("en-us", "tlh"));
    place.file("many.json", json.replace("\"num_speakers\": 1", "\"num_speakers\": 5"));
    std::fs::create_dir(place.path("folder")).unwrap();
    for (arguments, told) in [
        (vec!["-m", "none.onnx"], vec!["none.onnx: cannot be read", "No such file"]),
        (vec!["-m", "folder"], vec!["folder: it is a folder"]),
        (vec!["-m", "alone.onnx"], vec!["alone.onnx.json: cannot be read", "No such file"]),
        (vec!["-m", "alone.onnx", "-c", "none.json"], vec!["none.json: cannot be read"]),
        (vec!["-m", "alone.onnx", "-c", "short.json"], vec!["short.json", "not JSON"]),
        (vec!["-m", "alone.onnx", "-c", "many.json"], vec!["num_speakers is 5"]),
        (vec!["-m", "text.onnx"], vec!["text.onnx"]),
        (vec!["-m", "empty.onnx"], vec!["empty.onnx"]),
    ] {
        for command in [&["speak", "Hi."][..], &["inspect"], &["bench", "--runs", "1"]] {
            assert_told(&place.run(&[command, &arguments].concat(), ""), &told);
        }
    }
    assert_told(&place.run(&["speak", "Hi.", "-m", "alone.onnx", "-c", "unspoken.json"], ""), &["tlh", "phoneme ids"]);
}

/// Whatever is wrong with a voice, even where the runtime panics, there is one line.
#[test]
fn damaged_voices() {
    let place = Place::new();
    let whole = std::fs::read(voice("test/tiny.onnx")).unwrap();
    place.file("damaged.onnx.json", std::fs::read(models().join("test/tiny.onnx.json")).unwrap());
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut refused = 0;
    for case in 0..24 {
        let mut bytes = whole.clone();
        match case {
            // At these, tract panics.
            0 => bytes[394_558] = 196,
            1 => bytes[333_986] = 93,
            2..8 => bytes.truncate(random(whole.len())),
            _ => {
                for _ in 0..case - 7 {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
            }
        }
        place.file("damaged.onnx", bytes);
        let outcome = place.run(&["speak", "-m", "damaged.onnx", "Hi.", "--output-raw"], "");
        if outcome.code != 0 {
            assert_told(&outcome, &[]);
            refused += 1;
        }
    }
    assert!(refused > 5, "{refused}");
}
