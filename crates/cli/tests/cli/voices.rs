//! `chanter voices`, with a server of voices on this machine.

#[path = "../../../voices/tests/download/mirror.rs"]
mod mirror;

use std::fs;
use std::thread;
use std::time::Duration;

use mirror::{Mirror, Served};
use serde_json::{Value, json};

use crate::errors::assert_told;
use crate::{Outcome, Place, voice};

const KEY: &str = "eo_XX-tiny-low";
const MODEL_PATH: &str = "xx/eo_XX-tiny-low.onnx";

fn model() -> Vec<u8> {
    fs::read(voice("test/tiny.onnx")).unwrap()
}

fn config() -> Vec<u8> {
    fs::read(voice("test/tiny.onnx.json")).unwrap()
}

/// A server with two voices, whose files have ETags.
fn mirror() -> Mirror {
    let mirror = Mirror::start();
    for key in [KEY, "de_DE-tugão-low"] {
        mirror.offer(key, &model(), &config());
        mirror.change(&format!("xx/{key}.onnx"), |served| served.etag = Some("\"1\""));
    }
    mirror
}

impl Place {
    /// The command line of `chanter voices`, with the catalogue of this server.
    fn voices(&self, mirror: &Mirror, arguments: &[&str]) -> Outcome {
        self.run(&[&["voices"], arguments, &["--catalogue", &mirror.catalogue()]].concat(), "")
    }

    /// What is in the folder of voices.
    fn shelf(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("voices")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// What was said last, after what is being fetched.
fn in_the_end(mut outcome: Outcome) -> Outcome {
    outcome.stderr = outcome.stderr.lines().last().unwrap().to_owned() + "\n";
    outcome
}

#[test]
fn from_the_catalogue_to_speech() {
    let (place, mirror) = (Place::new(), mirror());
    let list = |arguments: &[&str]| {
        let Outcome { code, stdout, stderr } = place.voices(&mirror, &[&["list"], arguments].concat());
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        String::from_utf8(stdout).unwrap()
    };
    let lines: Vec<String> = list(&[]).lines().map(str::to_owned).collect();
    assert!(lines.len() == 2 && lines[0].starts_with("de_DE-tugão-low ") && lines[0].contains(" Esperanto (Nowhere) "));
    assert_eq!(list(&["--language", "eo"]).lines().count(), 1);
    assert_eq!(list(&["--language", "fr"]), "");
    assert!(place.names().is_empty());
    assert!(place.lines(&["voices", "list", "--installed"], "").is_empty());

    let got = place.voices(&mirror, &["get", &format!("old-{KEY}"), "de_DE-tugão-low"]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    let paths = String::from_utf8(got.stdout).unwrap();
    let paths: Vec<&str> = paths.lines().collect();
    assert_eq!(paths[0], place.path("voices").join(format!("{KEY}.onnx")).to_str().unwrap());
    assert!(got.stderr.starts_with(&format!("{KEY}: 0.7 MB from http://127.0.0.1")), "{}", got.stderr);
    assert_eq!(got.stderr.lines().count(), 2);
    assert_eq!(place.shelf().len(), 4);

    let rows: Value = serde_json::from_str(&list(&["--json"])).unwrap();
    assert_eq!((&rows[1]["name"], &rows[1]["installed"], &rows[1]["speakers"]), (&json!(KEY), &json!(true), &json!(1)));
    let installed = place.lines(&["voices", "list", "--installed"], "");
    assert!(installed[1].starts_with(KEY) && installed[1].contains(" x_low ") && installed[1].ends_with(" here"));
    // By its name, and by its file.
    let spoken = place.raw(&["-m", KEY, "Hi.", "--seed", "1"]);
    assert!(spoken.len() > 1000 && spoken == place.raw(&["-m", paths[0], "Hi.", "--seed", "1"]));

    let again = place.voices(&mirror, &["get", KEY]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
    assert_eq!(mirror.hits(MODEL_PATH).len(), 1);
    assert_eq!(place.voices(&mirror, &["get", KEY, "--force"]).code, 0);
    assert_eq!(mirror.hits(MODEL_PATH).len(), 2);

    place.well(&["voices", "remove", KEY], "");
    assert_eq!(place.shelf(), ["de_DE-tugão-low.onnx", "de_DE-tugão-low.onnx.json"]);
    fs::write(place.path("voices/de_DE-tugão-low.onnx.json"), "{").unwrap();
    let broken = place.lines(&["voices", "list", "--installed"], "");
    assert!(
        broken.len() == 1 && broken[0].contains("cannot be used: ") && broken[0].contains("not JSON"),
        "{broken:?}"
    );
}

#[test]
fn what_goes_wrong() {
    let (place, mirror) = (Place::new(), mirror());
    for (arguments, told) in [
        (&["get", "none"][..], &["no voice \"none\"", "chanter voices list"][..]),
        (&["get", "TUGÃO"], &["there is de_DE-tugão-low"]),
        (&["get", KEY, "../x"], &["no voice \"../x\""]),
        (&["get"], &["NAME"]),
    ] {
        assert_told(&place.voices(&mirror, arguments), told);
    }
    assert!(place.shelf().is_empty());
    for (arguments, told) in [
        (&["remove", KEY][..], &["no voice", KEY][..]),
        (&["remove", "../x"], &["\"../x\" is no name"]),
        (&["remove", "x", "--folder", "nowhere"], &["nowhere: cannot be read"]),
        (&["list", "--catalogue", "voices.json"], &["\"voices.json\"", "https://"]),
        (&["list", "--catalogue", "http://127.0.0.1:1/"], &["127.0.0.1 could not be reached"]),
        (&["list", "--installed", "--catalogue", "http://127.0.0.1:1/"], &["--installed", "--catalogue"]),
    ] {
        assert_told(&place.run(&[&["voices"], arguments].concat(), ""), told);
    }
    mirror.listing(KEY, |entry| entry["files"][MODEL_PATH]["md5_digest"] = "0".repeat(32).into());
    assert_told(&in_the_end(place.voices(&mirror, &["get", KEY])), &["MD5", "(--unchecked)"]);
    assert!(place.shelf().is_empty());
    assert_eq!(place.voices(&mirror, &["get", KEY, "--unchecked"]).code, 0);
    mirror.serve("voices.json", Served { bytes: b"{".to_vec(), ..Served::default() });
    assert_told(&place.voices(&mirror, &["list"]), &["127.0.0.1", "no catalogue"]);
}

/// A kill in the middle leaves the old voice, and what came of the new one, which is gone on with.
#[cfg(unix)]
#[test]
fn killed_in_the_middle() {
    let (place, mirror) = (Place::new(), mirror());
    assert_eq!(place.voices(&mirror, &["get", KEY]).code, 0);
    let newer = [model(), b"\x42\x00".to_vec()].concat();
    mirror.listing(KEY, |entry| entry["files"][MODEL_PATH]["size_bytes"] = newer.len().into());
    mirror.change(MODEL_PATH, |served| {
        (served.bytes, served.etag, served.cuts, served.stalls) = (newer.clone(), Some("\"2\""), vec![400_000], true);
    });
    let mut command = place.command(&["voices", "get", KEY, "--force", "--catalogue", &mirror.catalogue()]);
    let mut child = command.spawn().unwrap();
    let part = place.path(&format!("voices/.{KEY}.onnx.part"));
    while fs::metadata(&part).map_or(0, |part| part.len()) < 400_000 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        thread::sleep(Duration::from_millis(10));
    }
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    let here = || fs::read(place.path(&format!("voices/{KEY}.onnx"))).unwrap();
    assert!(here() == model());
    assert!(!place.raw(&["-m", KEY, "Hi."]).is_empty());
    let again = place.voices(&mirror, &["get", KEY, "--force"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(here() == newer);
    let hits = mirror.hits(MODEL_PATH);
    assert_eq!((hits[1].sent, hits[2].sent), (400_000, newer.len() - 400_000));
    assert_eq!(place.shelf(), [format!("{KEY}.onnx"), format!("{KEY}.onnx.json")]);
}

/// Where no more can be written, that is said; what came is kept, and gone on with once there is room.
#[cfg(target_os = "linux")]
#[test]
fn no_room() {
    let (place, mirror) = (Place::new(), mirror());
    fs::create_dir(place.path("voices")).unwrap();
    fs::write(place.path(&format!("voices/{KEY}.onnx")), "old").unwrap();
    let get = ["voices", "get", KEY, "--force", "--catalogue", &mirror.catalogue()];
    // The shell's limit for files, in blocks of 512 bytes, stands for the end of the disk.
    let limited = ["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_chanter")];
    let output = {
        let mut shell = std::process::Command::new("sh");
        shell.args(limited).args(get).current_dir(place.path("."));
        shell
            .env("VOICES", place.path("voices"))
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("CHANTER_LOG")
            .output()
            .unwrap()
    };
    let stderr = String::from_utf8(output.stderr).unwrap();
    let outcome = Outcome { code: output.status.code().unwrap(), stdout: output.stdout, stderr };
    assert_told(&in_the_end(outcome), &[&format!(".{KEY}.onnx.part: cannot be written"), "make room"]);
    assert_eq!(fs::read(place.path(&format!("voices/{KEY}.onnx"))).unwrap(), b"old");
    assert_eq!(place.run(&get, "").code, 0);
    assert!(fs::read(place.path(&format!("voices/{KEY}.onnx"))).unwrap() == model());
    assert_eq!(mirror.hits(MODEL_PATH)[1].range.as_deref(), Some("bytes=307200-"));
}
