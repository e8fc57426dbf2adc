//! Long use by all kinds of clients: memory, threads and descriptors must not grow.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures_util::future::join_all;
use hyper::StatusCode;
use serde_json::json;
use tokio::time::{sleep, sleep_until, timeout_at};

use crate::client::{Client, get, speak};
use crate::listener::{Heard, Reading, listen};
use crate::report::{Report, Table, mebibytes, median, slope};
use crate::server::{Server, Setup};
use crate::texts::Texts;
use crate::voices::VoiceFile;
use crate::{Done, Trial};

const CLIENTS: u64 = 6;
/// So little that not all voices fit.
const VOICE_MEMORY_MIB: &str = "160";
const SAMPLES: Duration = Duration::from_secs(10);
const TOUCHED: Duration = Duration::from_secs(30);

pub(crate) async fn soak(trial: &Trial, report: &mut Report) -> Done {
    let folder = tempfile::tempdir().map_err(|e| format!("no folder for voices: {e}"))?;
    let mut names = Vec::new();
    let small = [VoiceFile::tiny()?, VoiceFile::tiny_multi()?];
    for voice in trial.voices.iter().chain(&small) {
        for copy in 0..if voice.is_medium() { 1 } else { 2 } {
            let name = format!("soak-{}-{copy}", voice.name);
            voice.put(folder.path(), &name)?;
            names.push((name, voice));
        }
    }
    let setup = Setup::new(trial)?.with("voices", folder.path()).with("voice-memory", VOICE_MEMORY_MIB);
    let server = setup.start().await?;
    let idle_before = server.descriptors();

    let minutes =
        if trial.flags.trial == crate::Name::All { trial.flags.minutes.min(2.0) } else { trial.flags.minutes };
    let lasts = Duration::from_secs_f64(minutes * 60.0);
    let every = SAMPLES.min(lasts / 40);
    let end = Instant::now() + lasts;
    let tally = RefCell::new(BTreeMap::<String, u64>::new());
    let count = |what: String| *tally.borrow_mut().entry(what).or_default() += 1;

    let clients = join_all((0..CLIENTS).map(|i| {
        let (client, names, count) = (server.client(), &names, &count);
        async move {
            let mut somebody = Somebody { client, random: Rng::with_seed(i), texts: Texts::new(i) };
            while Instant::now() < end {
                let voice = &names[somebody.random.usize(..names.len())].0;
                count(somebody.act(voice, end).await);
                let pause = somebody.random.u64(50..1500);
                sleep_until((Instant::now() + Duration::from_millis(pause)).min(end).into()).await;
            }
        }
    }));
    let touching = async {
        let mut random = Rng::with_seed(99);
        loop {
            sleep(TOUCHED.min(lasts / 8)).await;
            let (name, voice) = &names[random.usize(..names.len())];
            count(match voice.put(folder.path(), name) {
                Ok(()) => "voice file replaced".to_owned(),
                Err(e) => e,
            });
        }
    };
    let mut samples = Vec::new();
    let sampling = async {
        loop {
            sleep(every).await;
            samples.push([server.memory(), server.threads(), server.descriptors()]);
        }
    };
    tokio::select! {
        _ = clients => {}
        () = touching => {}
        () = sampling => {}
    }
    sleep(Duration::from_secs(5)).await;

    let mut acts = Table::new(["what happened", "times"]);
    for (what, times) in tally.borrow().iter() {
        acts.row([what.clone(), times.to_string()]);
    }
    acts.print();
    for what in tally.borrow().keys().filter(|what| what.starts_with("FAULT")) {
        report.bar(false, || what.clone());
    }
    growth(report, &samples, every);
    let idle_after = server.descriptors();
    println!("\ndescriptors when nobody is there: {idle_before} before, {idle_after} after");
    report.bar(idle_after <= idle_before + 4, || format!("{} descriptors were left open", idle_after - idle_before));
    still_speaks(&server, report).await;
    Ok(())
}

fn growth(report: &mut Report, samples: &[[u64; 3]], every: Duration) {
    let mut table =
        Table::new(["", "median of the 2nd quarter", "of the last", "highest", "slope after warm-up, an hour"]);
    let quarter = samples.len() / 4;
    for (i, what) in ["resident MiB", "threads", "descriptors"].into_iter().enumerate() {
        let values: Vec<u64> = samples.iter().map(|sample| sample[i]).collect();
        let (second, last) = (median(&values[quarter..quarter * 2]), median(&values[quarter * 3..]));
        let unit = if i == 0 { f64::from(1 << 20) } else { 1.0 };
        let hourly = slope(&values[quarter..]) * 3600.0 / every.as_secs_f64() / unit;
        let show = |value: u64| if i == 0 { mebibytes(value) } else { value.to_string() };
        let highest = values.iter().copied().max().unwrap_or_default();
        table.row([what.into(), show(second), show(last), show(highest), format!("{hourly:+.1}")]);
        // A twentieth, and a little for numbers that are small.
        let allowed = second + second / 20 + if i == 0 { 8 << 20 } else { 2 };
        report.bar(last <= allowed, || format!("{what} grew from {} to {}", show(second), show(last)));
    }
    table.print();
}

async fn still_speaks(server: &Server, report: &mut Report) {
    let answer = server.ask(speak(&json!({ "text": "Still here." }))).await;
    report.bar(answer.as_ref().is_ok_and(|answer| answer.status == 200), || format!("at the end: {answer:?}"));
}

/// A client who does now this, now that.
struct Somebody {
    client: Client,
    random: Rng,
    texts: Texts,
}

impl Somebody {
    /// Does something, and says how it went.
    async fn act(&mut self, voice: &str, end: Instant) -> String {
        let characters = self.random.usize(60..400);
        let ask = speak(&json!({ "text": self.texts.next(characters), "voice": voice }));
        match self.random.u32(..100) {
            0..50 => self.hear("speech", ask, Reading::AsPlayed(Duration::from_secs(2)), end).await,
            50..70 => {
                let bytes = self.random.u64(1..200_000);
                self.hear("leaver", ask, Reading::Leaving(bytes), end).await
            }
            70..80 => self.hear("slow reader", ask, Reading::Slow(20_000), end).await,
            80..95 => self.nonsense().await,
            _ => self.look().await,
        }
    }

    async fn hear(&mut self, what: &str, ask: crate::client::Ask, reading: Reading, end: Instant) -> String {
        let mut heard = Heard::nothing();
        let outcome = timeout_at(end.into(), listen(self.client, ask, reading, &mut heard)).await;
        match (outcome, heard.status.map(|status| status.as_u16())) {
            (Err(_), _) => format!("{what} at the end"),
            (Ok(Ok(())), Some(200)) if heard.player.audio > 0 => format!("{what}: well"),
            // Busy for the moment, and says so.
            (Ok(Ok(())), Some(503)) if heard.retry_after.is_some() => format!("{what}: 503"),
            (Ok(outcome), status) => format!("FAULT {what}: {status:?} {outcome:?}"),
        }
    }

    /// A request that is wrong, and is told so.
    async fn nonsense(&mut self) -> String {
        let ask = match self.random.u32(..4) {
            0 => speak(&json!({ "text": "x".repeat(20_000) })),
            1 => speak(&json!({ "text": "Hello.", "voice": "nobody" })),
            2 => speak(&json!({ "text": 7, "length_scale": "long" })),
            _ => get("/synthesize-stream"),
        };
        match self.client.ask(ask).await {
            Ok(answer) if answer.status.is_client_error() => format!("nonsense: {}", answer.status.as_u16()),
            Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => "nonsense: 503".to_owned(),
            Ok(answer) => format!("FAULT nonsense: {}", answer.status),
            Err(e) => format!("FAULT nonsense: {e}"),
        }
    }

    async fn look(&mut self) -> String {
        let path = ["/voices", "/metrics", "/health", "/ready"][self.random.usize(..4)];
        match self.client.ask(get(path)).await {
            Ok(answer) if answer.status == 200 => format!("{path}: 200"),
            Ok(answer) => format!("FAULT {path}: {}", answer.status),
            Err(e) => format!("FAULT {path}: {e}"),
        }
    }
}
