//! Wyoming, the protocol of Home Assistant's voices, over TCP (<https://github.com/OHF-Voice/wyoming>).
//!
//! It knows no keys: whoever reaches the port may speak.

mod connection;
mod frame;
mod info;

use std::net::SocketAddr;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::app::App;
use crate::connections::{Linger, not_accepted, take_place};
use connection::Connection;
use frame::Event;

/// Who may speak Wyoming.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// Port for Wyoming, Home Assistant's protocol, at the same host; 10200 is usual, 0 for none. It knows no keys
    #[arg(long = "wyoming-port", env = "WYOMING_PORT", default_value_t = 0, value_name = "PORT", id = "wyoming_port")]
    pub port: u16,

    /// Open that port though there are keys: whoever reaches it needs none
    #[arg(long = "wyoming-without-keys", env = "WYOMING_WITHOUT_KEYS", default_value = "false", num_args = 0..=1,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), action = ArgAction::Set,
        id = "wyoming_without_keys")]
    pub without_keys: bool,
}

impl Options {
    /// Whether the port may be opened, beside HTTP that may need keys.
    ///
    /// # Errors
    /// What to do about it.
    pub(crate) fn check(&self, keys: bool) -> Result<(), String> {
        if self.port != 0 && keys && !self.without_keys {
            return Err(
                "--wyoming-port: Wyoming knows no keys, but there are some (--api-keys); to open the port for \
                        everybody who reaches it, set --wyoming-without-keys"
                    .into(),
            );
        }
        Ok(())
    }
}

/// Answers those who connect, until it is dropped.
pub async fn serve(listener: TcpListener, app: App) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => answer(stream, peer, &app),
            Err(e) => not_accepted(&app, &e).await,
        }
    }
}

fn answer(stream: TcpStream, peer: SocketAddr, app: &App) {
    let taken = take_place(app, &stream, peer);
    let mut stream = Linger::new(stream, app.options().connections.idle_timeout);
    let app = app.clone();
    let span = tracing::info_span!("wyoming", id = %Uuid::new_v4());
    let talk = async move {
        let ended = match taken {
            Some(taken) => Connection::new(app, peer, taken, &mut stream).serve().await,
            None => stream.write_all(&Event::error("there are too many connections", "busy").to_bytes()).await,
        };
        if let Err(e) = ended {
            tracing::debug!("a Wyoming connection ended early: {e}");
        }
        // What was said last is to arrive, even where the client goes on.
        let _ = stream.shutdown().await;
    };
    tokio::spawn(talk.instrument(span));
}
