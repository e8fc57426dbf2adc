//! The process's own figures, named as all Prometheus clients name them
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>); from Linux's /proc, and none elsewhere.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

/// Ticks a second that Linux counts a process's time in, on every machine of today (USER_HZ).
const TICKS: f64 = 100.0;

pub(crate) struct Process {
    began: f64,
}

impl Default for Process {
    fn default() -> Self {
        Self { began: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64()) }
    }
}

impl Process {
    pub(crate) fn registry(&self) -> Registry {
        let mut all = Registry::with_prefix("process");
        all.register_with_unit("start_time", "When it began, since 1970", Unit::Seconds, ConstGauge::new(self.began));
        if let Some(kilobytes) = status("VmRSS:") {
            all.register_with_unit("resident_memory", "Memory", Unit::Bytes, ConstGauge::new(kilobytes * 1024));
        }
        if let Some(threads) = status("Threads:") {
            all.register("threads", "Threads", ConstGauge::new(threads));
        }
        if let Ok(folder) = fs::read_dir("/proc/self/fd") {
            // One of them is the folder's own.
            all.register("open_fds", "Descriptors", ConstGauge::new(folder.count() as i64 - 1));
        }
        if let Some(limit) = descriptors() {
            all.register("max_fds", "Descriptors that it may have", ConstGauge::new(limit));
        }
        if let Some(seconds) = cpu_seconds() {
            all.register_with_unit("cpu", "Processor time", Unit::Seconds, ConstCounter::new(seconds));
        }
        all
    }
}

fn status(name: &str) -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields 14 and 15 of /proc/self/stat (proc_pid_stat(5)); the second field may hold anything, in parentheses.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let [user, system]: [f64; 2] = [fields.next()?.parse().ok()?, fields.next()?.parse().ok()?];
    Some((user + system) / TICKS)
}

fn descriptors() -> Option<i64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
