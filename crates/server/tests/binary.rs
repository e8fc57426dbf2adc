//! The program: flags, environment, exit codes, signals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::process::{Output, Stdio};

use common::within;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chanter-server"));
    command.stderr(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    for name in [
        "HOST",
        "CHANTER_MODEL",
        "PIPER_MODEL_PATH",
        "CHANTER_CONFIG",
        "MAX_TEXT_LENGTH",
        "LEXICON",
        "LOG_LEVEL",
        "CHANTER_WWW",
    ] {
        command.env_remove(name);
    }
    command.env("PORT", "0");
    command
}

async fn output(mut command: Command) -> (Output, String) {
    let output = within(command.output()).await.unwrap();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    (output, stderr)
}

/// Starts the program and waits until its voice is ready; gives its address and its further log lines.
async fn start(mut command: Command) -> (Child, String, Lines<BufReader<ChildStderr>>) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut address = None;
    loop {
        let line = within(lines.next_line()).await.unwrap().expect("it ended");
        if let Some((_, at)) = line.split_once("http://") {
            address = Some(at.trim().to_owned());
        }
        if line.contains("ready to speak") {
            return (child, address.expect("no address"), lines);
        }
    }
}

async fn get(address: &str, path: &str) -> String {
    let mut stream = within(TcpStream::connect(address)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    within(stream.write_all(request.as_bytes())).await.unwrap();
    let mut all = Vec::new();
    within(stream.read_to_end(&mut all)).await.unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test]
async fn a_voice_that_is_not_there_ends_it_with_one_line() {
    let sources: [fn(&mut Command); 3] = [
        |c| _ = c.args(["--model", "no/such.onnx"]),
        |c| _ = c.env("CHANTER_MODEL", "no/such.onnx"),
        |c| _ = c.env("CHANTER_MODEL", "").env("PIPER_MODEL_PATH", "no/such.onnx"),
    ];
    for set in sources {
        let mut command = command();
        command.args(["--log-level", "error"]);
        set(&mut command);
        let (output, stderr) = output(command).await;
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains("no/such.onnx"), "{stderr}");
    }
}

#[tokio::test]
async fn a_wrong_lexicon_ends_it_with_one_line() {
    let file = std::env::temp_dir().join(format!("chanter-lexicon-{}.txt", std::process::id()));
    std::fs::write(&file, "# words\nno tab\n").unwrap();
    let named = file.display().to_string();
    for (path, told) in [(named.as_str(), "line 2"), ("no/such.txt", "cannot be read")] {
        let mut command = command();
        command.env("LEXICON", path).args(["--log-level", "error"]);
        let (output, stderr) = output(command).await;
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(path) && stderr.contains(told), "{stderr}");
    }
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn a_folder_without_a_page_ends_it_with_one_line() {
    let empty = std::env::temp_dir().join(format!("chanter-no-page-{}", std::process::id()));
    std::fs::create_dir_all(&empty).unwrap();
    let named = empty.display().to_string();
    for (folder, by_flag) in [(named.as_str(), true), (&named, false), ("no/such", true)] {
        let mut command = command();
        command.args(["--log-level", "error"]);
        if by_flag {
            command.args(["--www", folder]);
        } else {
            command.env("CHANTER_WWW", folder);
        }
        let (output, stderr) = output(command).await;
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(folder) && stderr.contains("index.html"), "{stderr}");
    }
    std::fs::remove_dir(&empty).unwrap();
}

#[tokio::test]
async fn wrong_flags_end_it_with_one_line() {
    for flags in [["--port", "x"], ["--max-text-length", "many"], ["--log-level", "loud=?"], ["--no-such-flag", "1"]] {
        let mut command = command();
        command.args(flags);
        let (output, stderr) = output(command).await;
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(flags[0]), "{stderr}");
    }
    let mut taken = command();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    taken.env("PORT", &port).args(["--log-level", "error"]);
    let (output, stderr) = output(taken).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.lines().count() == 1 && stderr.contains(&port), "{stderr}");
}

#[tokio::test]
async fn speaks_with_the_built_in_voice_and_logs_no_text() {
    let mut command = command();
    command
        .env("CHANTER_MODEL", "")
        .env("MAX_TEXT_LENGTH", "10")
        .args(["--log-level", "info,chanter_server=trace,chanter_engine=trace"]);
    let (mut child, address, lines) = start(command).await;
    assert!(get(&address, "/health").await.starts_with("HTTP/1.1 200 "));
    assert!(get(&address, "/synthesize-stream?text=Xylophone").await.starts_with("HTTP/1.1 200 "));
    assert!(get(&address, "/synthesize-stream?text=Xylophonist").await.starts_with("HTTP/1.1 413 "));
    child.kill().await.unwrap();
    let mut log = String::new();
    within(lines.into_inner().read_to_string(&mut log)).await.unwrap();
    assert!(log.contains("speech finished"), "{log}");
    assert!(!log.contains("Xylo"), "{log}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_lets_streams_end() {
    let (mut child, address, _lines) = start(command()).await;
    let mut stream = within(TcpStream::connect(&address)).await.unwrap();
    let request = "GET /synthesize-stream?text=This+sentence+is+heard+to+its+end. HTTP/1.1\r\nhost: test\r\n\r\n";
    within(stream.write_all(request.as_bytes())).await.unwrap();
    let mut head = [0; 15];
    within(stream.read_exact(&mut head)).await.unwrap();
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let mut rest = Vec::new();
    within(stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.ends_with(b"\r\n0\r\n\r\n"), "the stream was cut off");
    assert_eq!(within(child.wait()).await.unwrap().code(), Some(0));
}

#[cfg(unix)]
async fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().await.unwrap().success());
}

/// A reader who has the head of a long speech, and takes no more of it.
#[cfg(unix)]
async fn holding(address: &str) -> TcpStream {
    let mut stream = within(TcpStream::connect(address)).await.unwrap();
    let text = "A+sentence+that+takes+its+time.+".repeat(100);
    let request = format!("GET /synthesize-stream?text={text} HTTP/1.1\r\nhost: test\r\n\r\n");
    within(stream.write_all(request.as_bytes())).await.unwrap();
    let mut head = [0; 15];
    within(stream.read_exact(&mut head)).await.unwrap();
    assert!(head.starts_with(b"HTTP/1.1 200 "));
    stream
}

#[cfg(unix)]
#[tokio::test]
async fn while_it_ends_it_says_so() {
    let (mut child, address, _lines) = start(command()).await;
    let mut reader = holding(&address).await;
    signal(&child, "-TERM").await;
    within(async { while !get(&address, "/ready").await.starts_with("HTTP/1.1 503 ") {} }).await;
    assert!(get(&address, "/health").await.starts_with("HTTP/1.1 200 "));
    let refused = get(&address, "/synthesize-stream?text=More").await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 1"), "{refused}");
    let mut rest = Vec::new();
    within(reader.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.ends_with(b"\r\n0\r\n\r\n"), "the stream was cut off");
    assert_eq!(within(child.wait()).await.unwrap().code(), Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let (mut child, address, mut lines) = start(command()).await;
    let _reader = holding(&address).await;
    signal(&child, "-TERM").await;
    while !within(lines.next_line()).await.unwrap().unwrap().contains("stopping") {}
    signal(&child, "-TERM").await;
    assert_eq!(within(child.wait()).await.unwrap().code(), Some(1));
}

#[tokio::test]
async fn it_checks_its_settings_and_probes_itself() {
    let mut good = command();
    good.arg("--check");
    let (output_of, stderr) = output(good).await;
    assert!(output_of.status.success(), "{stderr}");
    assert!(String::from_utf8_lossy(&output_of.stdout).contains("the settings are good"));
    let mut bad = command();
    bad.args(["--check", "--model", "no/such.onnx", "--log-level", "off"]);
    let (output_of, stderr) = output(bad).await;
    assert!(output_of.status.code() == Some(1) && stderr.contains("no/such.onnx"), "{stderr}");

    let (_child, address, _lines) = start(command()).await;
    let probe = |port: String| {
        let mut probe = command();
        probe.arg("--probe").env("HOST", "0.0.0.0").env("PORT", port);
        probe
    };
    let (up, stderr) = output(probe(address.split_once(':').unwrap().1.to_owned())).await;
    assert!(up.status.success(), "{stderr}");
    let (down, stderr) = output(probe("1".to_owned())).await;
    assert_eq!((down.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
}

#[tokio::test]
async fn logs_are_json_if_asked_and_hold_texts_if_asked() {
    let mut command = command();
    command.args(["--log-format", "json", "--log-texts"]).kill_on_drop(true);
    command.args(["--port", "0"]);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut address = String::new();
    loop {
        let line = within(lines.next_line()).await.unwrap().expect("it ended");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let message = line["message"].as_str().unwrap().to_owned();
        if let Some((_, at)) = message.split_once("http://") {
            address = at.to_owned();
        }
        if message == "ready to speak" {
            get(&address, "/synthesize-stream?text=Xylophone").await;
        }
        if message.starts_with("speech finished") {
            assert_eq!((&line["text"], &line["voice"]), (&"Xylophone".into(), &"en_US-slt-tiny".into()));
            assert!(line["span"]["id"].as_str().is_some_and(|id| id.len() == 36), "{line}");
            return;
        }
    }
}
