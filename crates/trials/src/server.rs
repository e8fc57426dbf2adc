//! A server under trial: started, watched, told to end. None outlives its trial.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::client::{Answer, Ask, Client, get};
use crate::voices::VoiceFile;
use crate::{Done, Trial};

/// How long a server may take to be ready before that is called a hang.
const START: Duration = Duration::from_secs(60);

/// How a server is started.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    command: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    port: Option<u16>,
}

impl Setup {
    pub(crate) fn new(trial: &Trial) -> Done<Self> {
        let program = match &trial.flags.server {
            Some(program) => program.clone(),
            None => std::env::current_exe()
                .map_err(|e| format!("where this program lies is not known: {e}"))?
                .with_file_name("chanter-server"),
        };
        if !program.is_file() {
            return Err(format!("{}: no such program; build it, or name it with --server", program.display()));
        }
        Ok(Self { command: vec![program.into()], environment: Vec::new(), port: None })
    }

    /// A setting of the server's, as its flag is called.
    pub(crate) fn with(mut self, flag: &str, value: impl AsRef<OsStr>) -> Self {
        let mut setting = OsString::from(format!("--{flag}="));
        setting.push(value);
        self.command.push(setting);
        self
    }

    pub(crate) fn voice(self, voice: &VoiceFile) -> Self {
        if voice.built_in { self } else { self.with("model", &voice.path) }
    }

    /// Lets as many in as come: what is looked for is what the machine can do.
    pub(crate) fn unlimited(self) -> Self {
        self.with("max-load", "0")
            .with("max-streams", "100000")
            .with("queue", "100000")
            .with("queue-timeout", "60")
            .with("max-connections-per-client", "4096")
    }

    /// Through another program, such as `prlimit`, that becomes the server.
    pub(crate) fn through(mut self, program: &[&str]) -> Self {
        self.command.splice(0..0, program.iter().map(OsString::from));
        self
    }

    pub(crate) fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(&self) -> Done<Server> {
        let mut server = self.launch()?;
        server.until_ready().await?;
        Ok(server)
    }

    pub(crate) fn launch(&self) -> Done<Server> {
        let port = self.port.map_or_else(free_port, Ok)?;
        let [program, arguments @ ..] = self.command.as_slice() else { return Err("no program".into()) };
        let mut command = Command::new(program);
        // Settings of the shell that the trial runs in are not the trial's.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(arguments).args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        Server::of(command, port)
    }
}

/// A running server, of ours or not.
pub(crate) struct Server {
    child: Child,
    pid: u32,
    pub(crate) address: SocketAddr,
    log: NamedTempFile,
    launched: Instant,
}

impl Server {
    /// Starts a program that listens at this port.
    pub(crate) fn of(mut command: Command, port: u16) -> Done<Self> {
        let log = NamedTempFile::new().map_err(|e| format!("no file for the server's log: {e}"))?;
        let stderr = log.reopen().map_err(|e| format!("no file for the server's log: {e}"))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr).kill_on_drop(true);
        let launched = Instant::now();
        let name = command.as_std().get_program().to_owned();
        let child = command.spawn().map_err(|e| format!("{} cannot be started: {e}", name.display()))?;
        let pid = child.id().ok_or("the server ended at once")?;
        Ok(Self { child, pid, address: (Ipv4Addr::LOCALHOST, port).into(), log, launched })
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(self.address)
    }

    pub(crate) async fn ask(&self, request: Ask) -> Done<Answer> {
        self.client().ask(request).await
    }

    /// Waits until it says that it is ready; gives the time since its start.
    pub(crate) async fn until_ready(&mut self) -> Done<Duration> {
        self.until("/ready").await
    }

    /// Waits until this path is answered with 200; gives the time since its start.
    pub(crate) async fn until(&mut self, path: &str) -> Done<Duration> {
        loop {
            if self.ask(get(path)).await.is_ok_and(|answer| answer.status == 200) {
                return Ok(self.launched.elapsed());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the server ended ({status}): {}", self.last_words()));
            }
            if self.launched.elapsed() > START {
                return Err(format!("the server is not ready after {} s: {}", START.as_secs(), self.last_words()));
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) fn signal(&self, signal: Signal) -> Done {
        let pid = i32::try_from(self.pid).map_err(|e| e.to_string())?;
        kill(Pid::from_raw(pid), signal).map_err(|e| format!("the server cannot be signalled: {e}"))
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self, patience: Duration) -> Done<ExitStatus> {
        match timeout(patience, self.child.wait()).await {
            Ok(status) => status.map_err(|e| format!("the server's end is not known: {e}")),
            Err(_) => Err(format!("the server had not ended after {} s", patience.as_secs_f32())),
        }
    }

    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:") * 1024
    }

    pub(crate) fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// Open file descriptors.
    pub(crate) fn descriptors(&self) -> u64 {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(0, |entries| entries.count() as u64)
    }

    /// A number from the kernel's account of the process; 0 when it is gone.
    fn status(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        read_lossy(self.log.path())
    }

    fn last_words(&self) -> String {
        self.log().lines().last().unwrap_or("it said nothing").to_owned()
    }
}

fn read_lossy(path: &Path) -> String {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    // Half a log says more than none.
    let _ = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Done<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|e| format!("no free port: {e}"))
}
