//! Speech that is heard before it is finished, and what happens to it when somebody has heard enough.

use std::io::{Read, Write};
use std::process::{Child, Command};
use std::time::Duration;

use crate::{Place, voice};

/// Hours of speech.
fn long_text() -> String {
    "This is one of very many sentences, all alike. ".repeat(20_000)
}

/// Ends what a failed test leaves behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(place: &Place, arguments: &[&str]) -> Running {
    Running(place.command(arguments).spawn().unwrap())
}

impl Running {
    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(name).arg(self.0.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit code and what it said on standard error.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut stderr = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.0.wait().unwrap().code(), stderr)
    }
}

#[test]
fn samples_come_while_more_are_made() {
    let place = Place::new();
    place.file("long.txt", long_text());
    let mut chanter = start(&place, &["speak", "--output-raw", "-i", "long.txt"]);
    let mut stdout = chanter.0.stdout.take().unwrap();
    let mut first = [0; 10_000];
    stdout.read_exact(&mut first).unwrap();
    assert!(chanter.is_running());
    // Whoever stops listening ends it, and that is no error.
    drop(stdout);
    assert_eq!(chanter.end(), (Some(0), String::new()));
}

#[test]
fn a_line_is_spoken_before_the_next_is_known() {
    let place = Place::new();
    let whole = place.raw(&["One line."]);
    let mut chanter = start(&place, &["speak", "--output-raw"]);
    let mut stdin = chanter.0.stdin.take().unwrap();
    let mut stdout = chanter.0.stdout.take().unwrap();
    for _ in 0..2 {
        stdin.write_all(b"One line.\n").unwrap();
        let mut bytes = vec![0; 2 * whole.len()];
        stdout.read_exact(&mut bytes).unwrap();
        assert_eq!(crate::samples(&bytes), whole);
        assert!(chanter.is_running());
    }
    drop(stdin);
    assert_eq!(chanter.end(), (Some(0), String::new()));
}

#[test]
fn a_sentence_is_spoken_before_its_line_is_known() {
    let place = Place::new();
    let first = place.raw(&["One line."]);
    let whole = place.raw(&["One line. And é more."]);
    assert!(whole.starts_with(&first));
    let mut chanter = start(&place, &["speak", "--output-raw"]);
    let mut stdin = chanter.0.stdin.take().unwrap();
    let mut stdout = chanter.0.stdout.take().unwrap();
    // As a language model writes; the é is cut in two.
    for piece in [&b"  On"[..], b"e li", b"ne. A", b"nd \xc3"] {
        stdin.write_all(piece).unwrap();
    }
    let mut bytes = vec![0; 2 * first.len()];
    stdout.read_exact(&mut bytes).unwrap();
    assert_eq!(crate::samples(&bytes), first);
    stdin.write_all(b"\xa9 more. ").unwrap();
    drop(stdin);
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    assert_eq!(crate::samples(&rest), whole[first.len()..]);
    assert_eq!(chanter.end(), (Some(0), String::new()));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    place.file("long.txt", long_text());
    for arguments in
        [&["speak", "-f", "-", "-i", "long.txt"][..], &["inspect"], &["inspect", "--json"], &["bench", "--runs", "1"]]
    {
        let mut chanter = start(&place, arguments);
        drop(chanter.0.stdout.take());
        assert_eq!(chanter.end(), (Some(0), String::new()), "{arguments:?}");
    }
    for arguments in [&["phonemize"][..], &["speak"]] {
        let mut chanter = start(&place, arguments);
        drop(chanter.0.stdout.take());
        let mut stdin = chanter.0.stdin.take().unwrap();
        while stdin.write_all(b"A line.\n").is_ok() && chanter.is_running() {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(chanter.end(), (Some(0), String::new()), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_file_is_whole() {
    let place = Place::new();
    place.file("long.txt", long_text());
    let tiny = voice("test/tiny.onnx");
    // With whole sentences at once, too: the signal is not kept waiting.
    for (signal, more) in [("-INT", &[][..]), ("-TERM", &["-m", &tiny]), ("-INT", &["--chunk-frames", "0"])] {
        let mut chanter = start(&place, &[&["speak", "-i", "long.txt", "-f", "a.wav"], more].concat());
        let length = || std::fs::metadata(place.path("a.wav")).map_or(0, |file| file.len());
        while length() < 100_000 {
            assert!(chanter.is_running());
            std::thread::sleep(Duration::from_millis(1));
        }
        chanter.signal(signal);
        assert_eq!(chanter.end(), (Some(130), String::new()), "{signal}");
        let wav = place.wav("a.wav");
        assert!(wav.samples.len() >= 49_000 && wav.samples.iter().any(|&s| s != 0));
        std::fs::remove_file(place.path("a.wav")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_does_not_wait_for_input() {
    let place = Place::new();
    let mut chanter = start(&place, &["speak"]);
    let mut stdin = chanter.0.stdin.take().unwrap();
    stdin.write_all(b"One line.\n").unwrap();
    let mut name = [0];
    chanter.0.stdout.as_mut().unwrap().read_exact(&mut name).unwrap();
    chanter.signal("-INT");
    assert_eq!(chanter.end(), (Some(130), String::new()));
    assert_eq!(place.wav(&place.names()[0]).samples, place.raw(&["One line."]));
    drop(stdin);
}
