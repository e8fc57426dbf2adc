//! `phonemize`, `inspect` and `bench`.

use serde_json::{Value, json};

use crate::{Place, voice};

fn json_of(place: &Place, arguments: &[&str]) -> Value {
    let lines = place.lines(arguments, "");
    assert_eq!(lines.len(), 1);
    serde_json::from_str(&lines[0]).unwrap()
}

/// Words of a line of `phonemize` are where they say.
fn check_words(line: &Value) {
    let text: Vec<char> = line["text"].as_str().unwrap().chars().collect();
    let sentences = line["words"].as_array().unwrap();
    assert_eq!(sentences.len(), line["phonemes"].as_array().unwrap().len());
    for (words, phonemes) in sentences.iter().zip(line["phonemes"].as_array().unwrap()) {
        for word in words.as_array().unwrap() {
            let range = |name: &str| [0, 1].map(|i| word[name][i].as_u64().unwrap() as usize);
            let ([start, end], [first, last]) = (range("text"), range("phonemes"));
            assert_eq!(word["word"], text[start..end].iter().collect::<String>(), "{line}");
            assert!(first < last && last <= phonemes.as_array().unwrap().len(), "{line}");
        }
    }
}

#[test]
fn words_are_read_as_a_lexicon_says() {
    let place = Place::new();
    place.file("words.txt", "SQL\tsequel\n[en]\nNew York\t/nˈuː jˈɔːk/\n[de]\nreads\t/x/\n");
    let phonemize = |text: &str, more: &[&str]| -> Value {
        let arguments = [&["phonemize", "-l", "en-us"], more].concat();
        serde_json::from_str(&place.lines(&arguments, text)[0]).unwrap()
    };
    let read = phonemize("SQL reads. New York", &["--lexicon", "words.txt"]);
    check_words(&read);
    assert_eq!(read["phonemes"][0], phonemize("sequel reads.", &[])["phonemes"][0]);
    assert_eq!(read["phonemes"][1], json!(["n", "ˈ", "u", "ː", " ", "j", "ˈ", "ɔ", "ː", "k"]));
    assert_eq!(read["words"][1], json!([{"word": "New York", "text": [11, 19], "phonemes": [0, 10]}]));
    let spoken = place.raw(&["SQL reads.", "--lexicon", "words.txt"]);
    assert_eq!(spoken, place.raw(&["sequel reads."]));
    assert_ne!(spoken, place.raw(&["SQL reads."]));
    // Of a text that comes in pieces too.
    let piped = place.well(&["speak", "--output-raw", "--lexicon", "words.txt"], "SQL reads.");
    assert_eq!(crate::samples(&piped), spoken);
}

#[test]
fn a_phoneme_that_the_voice_lacks_is_warned_of_once() {
    let place = Place::new();
    let outcome = place.run(&["speak", "--output-raw"], "[[ ☃ə ]]\n[[ ☃ə☃ ]]\n");
    assert_eq!((outcome.code, outcome.stderr.matches('☃').count()), (0, 1), "{}", outcome.stderr);
    assert!(!outcome.stdout.is_empty());
}

#[test]
fn words_of_raw_phonemes() {
    let place = Place::new();
    let line: Value = serde_json::from_str(&place.lines(&["phonemize"], "[[ hə lˈoʊ ]]")[0]).unwrap();
    check_words(&line);
    assert_eq!(
        line["words"],
        json!([[
            {"word": "hə", "text": [3, 5], "phonemes": [0, 2]},
            {"word": "lˈoʊ", "text": [6, 10], "phonemes": [3, 7]},
        ]])
    );
}

#[test]
fn phonemize() {
    let place = Place::new();
    let input = "Hello, world! Go.\n\n  \r\nNo \"end\"";
    for arguments in
        [&["phonemize", "-l", "en-us"][..], &["phonemize", "--language", "en-us", "-m", &voice("test/tiny.onnx")]]
    {
        let mut lines: Vec<Value> =
            place.lines(arguments, input).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            check_words(line);
            // What else there is can be compared as a whole.
            line.as_object_mut().unwrap().remove("words");
        }
        // As piper-tts 1.8.0 has it: espeak-ng's phonemes by code points, marks, pads.
        let hello = ["h", "ə", "l", "ˈ", "o", "ʊ", ",", " ", "w", "ˈ", "ɜ", "ː", "l", "d", "!"];
        assert_eq!(
            lines[0],
            json!({
                "text": "Hello, world! Go.",
                "phonemes": [hello, ["ɡ", "ˈ", "o", "ʊ", "."]],
                "phoneme_ids": [
                    [
                        1, 0, 20, 0, 59, 0, 24, 0, 120, 0, 27, 0, 100, 0, 8, 0, 3, 0, 35, 0, 120, 0, 62, 0, 122, 0, 24, 0, 17,
                        0, 4, 0, 2
                    ],
                    [1, 0, 66, 0, 120, 0, 27, 0, 100, 0, 10, 0, 2],
                ],
            })
        );
        assert_eq!(lines[1], json!({"text": "", "phonemes": [], "phoneme_ids": []}));
        assert_eq!(lines[2], json!({"text": "  ", "phonemes": [], "phoneme_ids": []}));
        assert_eq!(lines[3]["text"], "No \"end\"");
        assert_eq!((lines[3]["phonemes"].as_array().unwrap().len(), lines.len()), (1, 4));
    }
    // Only what is there is a line.
    assert!(place.lines(&["phonemize"], "").is_empty());
    assert_eq!(place.lines(&["phonemize"], "\n").len(), 1);
}

#[test]
fn inspect() {
    let place = Place::new();
    let built_in = json_of(&place, &["inspect", "--json"]);
    assert_eq!((&built_in["sample_rate"], &built_in["speakers"]), (&json!(22050), &json!(1)));
    assert_eq!((&built_in["espeak_voice"], &built_in["phoneme_type"]), (&json!("en-us"), &json!("espeak")));

    let multi = voice("test/tiny-multi.onnx");
    let facts = json_of(&place, &["inspect", "--json", "-m", &multi]);
    assert_eq!(
        (&facts["sample_rate"], &facts["speakers"], &facts["quality"]),
        (&json!(22050), &json!(4), &json!("high"))
    );
    assert_eq!(facts["latent_frame"]["samples"], 256);
    for stage in ["encoder", "couple", "decoder"] {
        for number in ["nodes", "prepared_nodes", "weight_bytes"] {
            assert!(facts[stage][number].as_u64().is_some_and(|n| n > 0), "{stage} {number}");
        }
    }
    assert!(facts["decoder"]["reach"]["left"].as_u64().is_some_and(|left| left > 0));

    let text = place.lines(&["inspect", "-m", &multi], "");
    for line in ["sample_rate: 22050", "speakers: 4", "latent_frame.samples: 256"] {
        assert!(text.iter().any(|l| l == line), "{line} in {text:?}");
    }
    assert!(text.iter().all(|line| line.contains(": ") && !line.contains('{') && !line.contains("null")), "{text:?}");
}

#[test]
fn bench() {
    let place = Place::new();
    for (name, speeches, threads) in [("en_US-slt-tiny.onnx", "1", "2"), ("test/tiny-multi.onnx", "2", "1")] {
        let arguments =
            ["bench", "-m", &voice(name), "--ids", "60", "--runs", "2", "--speeches", speeches, "--threads", threads];
        let report = json_of(&place, &[&arguments[..], &["--json"]].concat());
        let number = |name: &str| report[name].as_f64().unwrap_or_else(|| panic!("{name} in {report}"));
        for seconds in ["load_seconds", "cold_first_audio_seconds", "first_audio_seconds", "audio_seconds_a_second"] {
            assert!(number(seconds) > 0.0, "{seconds}");
        }
        assert!(number("first_audio_seconds") <= number("total_seconds"));
        assert!(number("cold_first_audio_seconds") <= number("cold_total_seconds"));
        assert!((number("real_time_factor") - number("total_seconds") / number("audio_seconds")).abs() < 1e-9);
        assert_eq!([&report["threads"], &report["speeches"]].map(ToString::to_string), [threads, speeches]);
        if cfg!(target_os = "linux") {
            assert!(number("peak_memory_bytes") > 1e6);
        }
        let ids = report["phoneme_ids"].as_array().unwrap();
        assert_eq!((ids.len(), &report["ids"]), (59, &json!(59)));
        // That is what was spoken.
        let line = json!({"phoneme_ids": ids}).to_string();
        let raw = place.well(
            &[
                "speak",
                "-m",
                &voice(name),
                "--json-input",
                "--output-raw",
                "--noise-scale",
                "0",
                "--noise-w",
                "0",
                "--length-scale",
                "1",
            ],
            line,
        );
        assert_eq!(report["samples"].as_u64().unwrap(), raw.len() as u64 / 2);
        // People are spared the ids.
        let text = place.lines(&arguments, "");
        assert!(
            text.iter().any(|line| line.starts_with("real_time_factor: ")) && text.iter().all(|l| !l.contains('['))
        );
    }
}
