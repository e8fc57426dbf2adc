//! `chanter pack`.

use std::fs;

use serde_json::Value;

use crate::{Outcome, Place, voice};

#[test]
fn a_packed_voice_and_its_report() {
    let place = Place::new();
    let original = voice("test/tiny-multi.onnx");
    for (weights, stored, most) in [("int8", "int8", -35.0), ("f16", "f16", -60.0)] {
        let arguments = ["pack", &original, "-o", "packed.onnx", "--weights", weights];
        let json = place.lines(&[&arguments[..], &["--json"]].concat(), "");
        let report: Value = serde_json::from_str(&json[0]).unwrap();
        // The second time it replaces the first.
        let text = place.lines(&arguments, "");
        assert!(text.contains(&format!("error_db.all: {}", report["error_db"]["all"])), "{text:?}");
        assert_eq!(place.names(), ["packed.onnx", "packed.onnx.json"]);
        assert_eq!(
            fs::read(place.path("packed.onnx.json")).unwrap(),
            fs::read(format!("{original}.json")).unwrap(),
            "its config"
        );
        let bytes = fs::metadata(place.path("packed.onnx")).unwrap().len();
        assert_eq!(report["bytes"]["packed"], bytes);
        assert!(bytes < fs::metadata(&original).unwrap().len());
        assert!(report["numbers"][stored].as_u64().unwrap() > 0, "{report}");
        for band in ["all", "0000_0500_hz", "0500_1000_hz", "1000_2000_hz", "2000_4000_hz", "4000_hz_up"] {
            let error = report["error_db"][band].as_f64().unwrap();
            assert!((-120.0..if band == "all" { most } else { 0.0 }).contains(&error), "{band}: {error}");
        }
        assert!(report["durations_equal_percent"].as_f64().unwrap() >= 99.0, "{report}");
        assert!(report["log_spectral_distance_db"].as_f64().unwrap() < 1.0, "{report}");
        assert!(report["compared"]["sentences"].as_u64().unwrap() >= 10, "{report}");
        place.well(&["speak", "-m", "packed.onnx", "-s", "2", "-f", "a.wav", "Hello."], "");
        fs::remove_file(place.path("a.wav")).unwrap();
    }
}

#[test]
fn what_is_packed_already_is_told() {
    let place = Place::new();
    let Outcome { code, stdout, stderr } = place.run(&["pack", &voice("en_US-slt-tiny.onnx"), "-o", "a.onnx"], "");
    assert!(code == 0 && stderr.contains("nothing was packed"), "{stderr}");
    assert!(String::from_utf8(stdout).unwrap().contains("error_db.all: -200.0\n"));
}

#[test]
fn what_is_read_is_not_written() {
    let place = Place::new();
    for name in ["tiny.onnx", "tiny.onnx.json"] {
        fs::copy(voice(&format!("test/{name}")), place.path(name)).unwrap();
    }
    let before = [fs::read(place.path("tiny.onnx")).unwrap(), fs::read(place.path("tiny.onnx.json")).unwrap()];
    fs::create_dir(place.path("folder")).unwrap();
    fs::copy(place.path("tiny.onnx"), place.path("odd.json")).unwrap();
    for (arguments, told) in [
        (vec!["tiny.onnx", "-o", "tiny.onnx"], "name another --output"),
        (vec!["tiny.onnx", "-o", "./folder/../tiny.onnx"], "name another --output"),
        (vec!["odd.json", "-o", "odd", "-c", "tiny.onnx.json"], "odd.json: it is read"),
        (vec!["tiny.onnx", "-o", "folder"], "folder: it is no file"),
        (vec!["tiny.onnx", "-o", "nowhere/a.onnx"], "nowhere/a.onnx.json: cannot be written"),
        (vec!["none.onnx", "-o", "a.onnx"], "none.onnx: cannot be read"),
        (vec!["odd.json", "-o", "a.onnx"], "odd.json.json: cannot be read"),
        (vec!["tiny.onnx.json", "-c", "tiny.onnx.json", "-o", "a.onnx"], "tiny.onnx.json: the voice is no ONNX model"),
        (vec!["tiny.onnx", "-o", "a.onnx", "--weights", "int4"], "int4"),
        (vec!["tiny.onnx"], "--output"),
    ] {
        let Outcome { code, stderr, .. } = place.run(&[&["pack"], &arguments[..]].concat(), "");
        assert!(code == 1 && stderr.contains(told) && stderr.matches('\n').count() == 1, "{arguments:?}: {stderr}");
    }
    let after = [fs::read(place.path("tiny.onnx")).unwrap(), fs::read(place.path("tiny.onnx.json")).unwrap()];
    assert!(before == after);
    assert_eq!(place.names(), ["folder", "odd.json", "tiny.onnx", "tiny.onnx.json"]);
}
