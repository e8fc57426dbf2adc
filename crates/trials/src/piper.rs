//! Piper's own server, as the Python package piper-tts has it.

use std::path::Path;

use tokio::process::Command;

use crate::Done;
use crate::server::{Server, free_port};
use crate::voices::VoiceFile;

pub(crate) async fn start(python: &Path, voice: &VoiceFile) -> Done<Server> {
    let port = free_port()?;
    let mut command = Command::new(python);
    command.args(["-m", "piper.http_server", "--host", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--model").arg(&voice.path);
    let mut server = Server::of(command, port)?;
    server.until("/voices").await?;
    Ok(server)
}
