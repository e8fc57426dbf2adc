//! `chanter-server`: flags and environment, logs, signals, exit code.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chanter_engine::{Error, Lexicon, Limits, Voice};
use chanter_server::{App, Options, Origins, Www, listen, router, serve};
use clap::Parser;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Threads take turns at computing chunks, whose tensors have sizes of their own. glibc's heaps, one for each thread, keep
/// what the others could use: a medium voice then has 300 MB resident instead of 170.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Speaks over HTTP with a Piper voice, streaming while it synthesises.
#[derive(Debug, Parser)]
#[command(name = "chanter-server", version)]
struct Flags {
    /// Address or name to listen at; 0.0.0.0 for every network
    #[arg(long, env = "HOST", default_value = "127.0.0.1")]
    host: String,

    /// Port to listen at; 0 for any free one
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,

    /// The voice's NAME.onnx; empty for the built-in one. PIPER_MODEL_PATH is read too
    #[arg(long, env = "CHANTER_MODEL", default_value = "", hide_default_value = true)]
    model: OsString,

    #[arg(long, env = "PIPER_MODEL_PATH", default_value = "", hide = true)]
    piper_model_path: OsString,

    /// The voice's config, if it is not NAME.onnx.json
    #[arg(long, env = "CHANTER_CONFIG", default_value = "", hide_default_value = true)]
    config: OsString,

    /// Words to read differently in every request: a file of lines of a word, a tab, and /phonemes/ or a respelling
    #[arg(long, env = "LEXICON", default_value = "", hide_default_value = true)]
    lexicon: OsString,

    /// Sites whose pages may use the server, with commas between them: * for all, empty for none but its own page
    #[arg(long, env = "ALLOW_ORIGIN", default_value = "*", value_name = "ORIGINS")]
    allow_origin: Origins,

    /// Most characters of one request
    #[arg(long, env = "MAX_TEXT_LENGTH", default_value_t = Options::default().max_text_length)]
    max_text_length: usize,

    /// Chunks to compute at the same time [default: one for each core]
    #[arg(long, env = "CHANTER_THREADS", default_value_t = Options::default().threads, hide_default_value = true)]
    threads: usize,

    /// The page to serve: a folder that `cargo xtask www` made
    #[arg(long, env = "CHANTER_WWW", default_value = "", hide_default_value = true)]
    www: OsString,

    /// What to log: error, warn, info, debug or trace; also by module, such as info,chanter_server=debug
    #[arg(long, env = "CHANTER_LOG", default_value = "info")]
    log: Targets,
}

impl Flags {
    fn open_lexicon(&self) -> Result<Option<Lexicon>, String> {
        if self.lexicon.is_empty() {
            return Ok(None);
        }
        let path = PathBuf::from(&self.lexicon);
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))?;
        let lexicon = Lexicon::from_bytes(&bytes).map_err(|e| format!("{}: {}", path.display(), Error::from(e)))?;
        Ok(Some(lexicon))
    }

    /// The voice's file; none for the built-in one.
    fn model_path(&self) -> Option<PathBuf> {
        [&self.model, &self.piper_model_path].into_iter().find(|path| !path.is_empty()).map(PathBuf::from)
    }

    fn open_voice(&self, lexicon: Option<Lexicon>) -> impl FnOnce() -> chanter_engine::Result<Voice> + Send + 'static {
        let model = self.model_path();
        let config = (!self.config.is_empty()).then(|| PathBuf::from(&self.config));
        let mut limits = Limits::default();
        limits.text_chars = limits.text_chars.max(self.max_text_length);
        move || {
            let voice = match model {
                Some(model) => Voice::open(&model, config.as_deref()),
                None => Voice::built_in(),
            };
            let voice = voice?.with_limits(limits);
            Ok(match lexicon {
                Some(lexicon) => voice.with_lexicon(lexicon),
                None => voice,
            })
        }
    }
}

fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(e) if !e.use_stderr() => e.exit(),
        Err(e) => {
            eprintln!("chanter-server: {}", e.to_string().lines().next().unwrap_or_default());
            return ExitCode::from(2);
        }
    };
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours);
    tracing_subscriber::registry().with(lines).with(flags.log.clone()).init();

    // In one line, like all else; what an untrusted voice makes tract panic at is an error, and answered as one.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{}", panic.to_string().replace('\n', " "))));

    // One thread for each chunk that is computed at the same time, and one that begins speeches meanwhile: each thread
    // keeps memory of its own for the next chunk, so more of them would cost memory and gain nothing.
    let threads = flags.threads.clamp(1, 1024);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(threads + 1).build();
    let result = runtime.map_err(|e| format!("cannot start: {e}")).and_then(|runtime| {
        let result = runtime.block_on(run(flags));
        // A voice that is still loading or a chunk under way is not waited for.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("chanter-server: error: {}", message.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), String> {
    let Flags { host, port, max_text_length, threads, .. } = &flags;
    let lexicon = flags.open_lexicon()?;
    let www = if flags.www.is_empty() { None } else { Some(Www::open(&flags.www)?) };
    let cannot_listen = |e| format!("cannot listen at {host}, port {port}: {e}");
    let addresses = tokio::net::lookup_host((host.as_str(), *port)).await.map_err(cannot_listen)?;
    let mut listener = Err(format!("{host} has no address"));
    for address in addresses {
        listener = listener.or_else(|_| listen(address).map_err(cannot_listen));
    }
    let listener = listener?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    tracing::info!("listening on http://{address}");

    let mut options = Options::default();
    options.max_text_length = *max_text_length;
    options.threads = *threads;
    if let Some(name) = flags.model_path().as_deref().and_then(Path::file_stem) {
        options.voice_name = name.to_string_lossy().into_owned();
    }
    options.www = www;
    options.origins = flags.allow_origin.clone();
    let app = App::new(options);
    let loading = {
        let (app, open) = (app.clone(), flags.open_voice(lexicon));
        async move {
            app.load(open).await.map_err(|e| format!("cannot load the voice: {e:#}"))?;
            std::future::pending().await
        }
    };
    let stop = signalled().map_err(|e| format!("cannot wait for signals: {e}"))?;
    tokio::select! {
        failed = loading => failed,
        () = serve(listener, router(app), stop) => Ok(()),
    }
}

/// Ends when the server is told to stop: by Ctrl-C, or SIGTERM where there is one.
fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let terminated = async move {
        #[cfg(unix)]
        terminate.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    };
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        tracing::info!("stopping");
    })
}
