//! `chanter-server`: settings, logs, signals, exit code.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chanter_server::{App, Settings, listen, raise_descriptors, router, serve, serve_wyoming, start_log};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Threads take turns at computing chunks, whose tensors have sizes of their own. glibc's heaps, one for each thread, keep
/// what the others could use: a medium voice then has 300 MB resident instead of 170.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Threads besides the workers that may wait for files or load a voice.
const BLOCKING_THREADS: usize = 4;
/// A server that lives answers sooner.
const PROBE_TIME: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let settings = match Settings::read(std::env::args_os()) {
        Ok(settings) => settings,
        Err(e) if !e.use_stderr() => e.exit(),
        Err(e) => {
            let message = e.to_string();
            eprintln!("chanter-server: {}", message.lines().next().unwrap_or_default());
            return ExitCode::from(2);
        }
    };
    if settings.probe {
        return said(probe(&settings));
    }
    start_log(&settings);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build();
    let result = runtime.map_err(|e| format!("cannot start: {e}")).and_then(|runtime| {
        let result = runtime.block_on(async {
            match settings.check {
                true => check(settings).await,
                false => run(settings).await,
            }
        });
        // A voice that is still loading or a chunk under way is not waited for.
        runtime.shutdown_background();
        result
    });
    said(result)
}

fn said(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("chanter-server: error: {}", message.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<(), String> {
    let Settings { host, port, grace, .. } = &settings;
    #[cfg(unix)]
    if let Err(e) = raise_descriptors() {
        tracing::warn!("the limit of descriptors cannot be raised: {e}");
    }
    let listener = listen_at(host, *port).await?;
    let address = listener.local_addr().map_err(|e| format!("cannot listen: {e}"))?;
    tracing::info!("listening on http://{address}");
    let wyoming = match settings.wyoming.port {
        0 => None,
        port => Some(listen_at(host, port).await?),
    };
    if wyoming.is_some() {
        tracing::info!("Wyoming at {host}, port {}: it knows no keys, so it must not be public", settings.wyoming.port);
    }

    let app = App::new(settings.options().clone());
    let look = Arc::new(Notify::new());
    let signals = Signals::new(look.clone()).map_err(|e| format!("cannot wait for signals: {e}"))?;
    let served = async {
        let all = serve(listener, app.clone(), router(app.clone()), signals.told_to_stop(), *grace).await;
        if !all {
            tracing::warn!("some speeches had not ended and were cut off; --grace gives them more time");
        }
        Ok(())
    };
    if let Some(wyoming) = wyoming {
        tokio::spawn(serve_wyoming(wyoming, app.clone()));
    }
    let loaded = async {
        app.load().await.map_err(|e| format!("cannot load the voice: {e}"))?;
        app.watch(&look).await;
        Ok(())
    };
    tokio::select! {
        failed = loaded => failed,
        done = served => done,
        () = signals.told_twice() => Err(format!("stopped with {} speeches under way", app.active_streams())),
    }
}

/// Listens at the first address of a host that can be had.
async fn listen_at(host: &str, port: u16) -> Result<TcpListener, String> {
    let cannot_listen = |e| format!("cannot listen at {host}, port {port}: {e}");
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(cannot_listen)?;
    let mut listener = Err(format!("{host} has no address"));
    for address in addresses {
        listener = listener.or_else(|_| listen(address).map_err(cannot_listen));
    }
    listener
}

/// Says whether a server with these settings could start.
async fn check(settings: Settings) -> Result<(), String> {
    let Settings { host, port, .. } = &settings;
    let mut addresses =
        tokio::net::lookup_host((host.as_str(), *port)).await.map_err(|e| format!("--host {host}: {e}"))?;
    addresses.next().ok_or_else(|| format!("--host {host} has no address"))?;
    let app = App::new(settings.options().clone());
    app.load().await?;
    let (usable, broken) = app.voices();
    for (name, why) in &broken {
        tracing::warn!("the voice {name} cannot be used: {why}");
    }
    println!("the settings are good; voices: {usable}, and {} that cannot be used", broken.len());
    Ok(())
}

/// Asks the server that runs with these settings whether it is ready.
fn probe(settings: &Settings) -> Result<(), String> {
    let Settings { host, port, .. } = settings;
    let failed = |e: std::io::Error| format!("{host}, port {port}: {e}");
    let mut answer = Err(format!("{host} has no address"));
    for address in (host.as_str(), *port).to_socket_addrs().map_err(failed)? {
        answer = answer.or_else(|_| ask(reachable(address)).map_err(failed));
    }
    let answer = answer?;
    let status = answer.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(format!("not ready: {status}")) }
}

/// Who listens on all networks is asked on this machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PROBE_TIME)?;
    stream.set_read_timeout(Some(PROBE_TIME))?;
    stream.write_all(b"GET /ready HTTP/1.0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 << 10).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Signals of the system, counted.
struct Signals {
    stops: tokio::sync::watch::Receiver<u32>,
}

impl Signals {
    /// Waits for signals from now on: Ctrl-C and SIGTERM stop the server, SIGHUP has it look for voices.
    fn new(look: Arc<Notify>) -> std::io::Result<Self> {
        let (stopped, stops) = tokio::sync::watch::channel(0);
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut hang_up = signal(SignalKind::hangup())?;
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        _ = terminate.recv() => stopped.send_modify(|stops| *stops += 1),
                        _ = interrupt.recv() => stopped.send_modify(|stops| *stops += 1),
                        _ = hang_up.recv() => look.notify_one(),
                    }
                }
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            let _look = look;
            while tokio::signal::ctrl_c().await.is_ok() {
                stopped.send_modify(|stops| *stops += 1);
            }
        });
        Ok(Self { stops })
    }

    async fn told_to_stop(&self) {
        self.stopped(1).await;
        tracing::info!("stopping, once all speeches have ended");
    }

    async fn told_twice(&self) {
        self.stopped(2).await;
    }

    async fn stopped(&self, times: u32) {
        if self.stops.clone().wait_for(|stops| *stops >= times).await.is_err() {
            std::future::pending().await
        }
    }
}
