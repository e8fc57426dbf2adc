//! Ten times what the server can do arrives, whether it answers or not.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio::time::{interval, sleep, sleep_until, timeout, timeout_at};

use crate::capacity::{capacity, characters, pace};
use crate::client::speak;
use crate::listener::{Heard, Reading, hear, listen};
use crate::report::{Report, Table, Times, mebibytes, milliseconds};
use crate::server::{Server, Setup};
use crate::texts::Texts;
use crate::voices::VoiceFile;
use crate::{Done, Trial};

const TIMES: f64 = 10.0;
/// What each listener hears, in seconds.
const SPEECH: f64 = 10.0;
/// A refusal comes within this.
const REFUSAL: Duration = Duration::from_millis(100);
/// Listeners at once; who would be one more does not come, which is said.
const SOCKETS: usize = 2000;

pub(crate) async fn overload(trial: &Trial, report: &mut Report) -> Done {
    let mut table = Table::new([
        "voice",
        "capacity, streams",
        "arrived, a second",
        "admitted",
        "underruns",
        "refused",
        "refusal p50 / p99 / max, ms",
        "memory first third / after, MiB",
        "first audio before / after, ms",
    ]);
    for voice in trial.voices.iter().filter(|voice| voice.built_in || voice.is_medium() || trial.flags.short) {
        one_voice(trial, report, voice, &mut table).await?;
    }
    table.print();
    Ok(())
}

async fn one_voice(trial: &Trial, report: &mut Report, voice: &VoiceFile, table: &mut Table) -> Done {
    let mut setup = Setup::new(trial)?.voice(voice);
    if trial.flags.short {
        // More than a tiny voice can do is more than can be sent; so little is let in that some are refused.
        setup = setup.with("max-streams", "1").with("queue", "1");
    }
    let server = setup.start().await?;
    let client = server.client();
    let pace = pace(client).await?;
    let can = capacity(client, pace, Duration::from_secs(trial.seconds(6))).await?;
    let before = first_audio(&server, 5).await?;

    let seconds = if trial.flags.short { 2.0 } else { SPEECH };
    let rate = (TIMES * can / seconds).min(400.0);
    let crush = crush(trial, &server, rate, characters(seconds, pace)).await;
    // The crowd has left; within a second, one comes.
    sleep(Duration::from_secs(1)).await;
    let after = first_audio(&server, 1).await;

    let name = &voice.name;
    let [first_third, later] = crush.memory();
    table.row([
        name.clone(),
        format!("{can:.1}"),
        format!("{rate:.1}"),
        crush.admitted.to_string(),
        crush.underruns.to_string(),
        crush.refusals.count().to_string(),
        [crush.refusals.at(50.0), crush.refusals.at(99.0), crush.refusals.max()].map(milliseconds).join(" / "),
        [first_third, later].map(mebibytes).join(" / "),
        format!("{} / {}", milliseconds(before), after.as_ref().map_or_else(Clone::clone, |&t| milliseconds(t))),
    ]);
    if crush.stayed_away > 0 {
        println!("{name}: {} did not come, for {SOCKETS} sockets were open", crush.stayed_away);
    }
    report.bar(crush.admitted > 0, || format!("{name}: nobody was admitted"));
    report.bar(crush.broken.is_empty(), || {
        format!(
            "{name}: {} were not answered, such as: {}",
            crush.broken.len(),
            crush.broken.first().map_or("", String::as_str)
        )
    });
    report.bar(crush.refusals.count() > 0, || format!("{name}: nobody was refused"));
    report.timed_bar(crush.underruns == 0, || {
        format!("{name}: {} underruns of admitted streams ({} ms)", crush.underruns, crush.starved.as_millis())
    });
    let slowest = crush.refusals.max();
    report.timed_bar(slowest <= REFUSAL, || format!("{name}: a refusal took {} ms", milliseconds(slowest)));
    report.timed_bar(later <= first_third + first_third / 10, || {
        format!("{name}: memory grew from {} to {} MiB", mebibytes(first_third), mebibytes(later))
    });
    match after {
        // Twice as long, and a quarter of a second for a machine that does other things too.
        Ok(after) => report.timed_bar(after <= before * 2 + Duration::from_millis(250), || {
            format!("{name}: first audio afterwards {} ms, before {}", milliseconds(after), milliseconds(before))
        }),
        Err(e) => report.bar(false, || format!("{name}: afterwards {e}")),
    }
    Ok(())
}

#[derive(Default)]
struct Crush {
    admitted: u64,
    underruns: u32,
    starved: Duration,
    refusals: Times,
    broken: Vec<String>,
    stayed_away: u64,
    /// Resident bytes, each second.
    resident: Vec<u64>,
}

impl Crush {
    /// What became of a listener, who left at the `end` at the latest.
    fn count(&mut self, heard: &Heard, outcome: Result<(), String>, end: Instant) {
        match (outcome, heard.status.map(|status| status.as_u16())) {
            (_, Some(200)) => {
                self.admitted += 1;
                self.underruns += heard.player.underruns;
                self.starved += heard.player.starved;
            }
            (Ok(()), Some(503)) if heard.retry_after.is_some() => self.refusals.add(heard.answered),
            // Whoever came in the last moment got no answer, and no wrong one.
            (Ok(()), None) if end - heard.asked <= Duration::from_secs(1) => {}
            (Ok(()), status) => self.broken.push(format!("{status:?} (Retry-After {:?})", heard.retry_after)),
            (Err(e), _) => self.broken.push(e),
        }
    }

    /// The most that was resident in the first third, and after that; the first tenth is warm-up.
    fn memory(&self) -> [u64; 2] {
        let n = self.resident.len();
        let (early, late) = self.resident.split_at(n / 3);
        [early.get(n / 10..).unwrap_or_default(), late].map(|part| part.iter().copied().max().unwrap_or_default())
    }
}

/// Listeners arrive as they do in life, at random and whether it is busy or not. At the end all leave.
async fn crush(trial: &Trial, server: &Server, rate: f64, characters: usize) -> Crush {
    let mut crush = Crush::default();
    let mut random = fastrand::Rng::with_seed(trial.flags.seed);
    let mut texts = Texts::new(trial.flags.seed);
    let mut listeners = FuturesUnordered::new();
    let mut seconds = interval(Duration::from_secs(1));
    let mut arrivals = 0;
    let mut arrival = Instant::now();
    let end = arrival + Duration::from_secs(trial.seconds(trial.flags.seconds));
    loop {
        tokio::select! {
            () = sleep_until(end.into()) => break,
            _ = seconds.tick() => crush.resident.push(server.memory()),
            Some((heard, outcome)) = listeners.next() => crush.count(&heard, outcome, end),
            () = sleep_until(arrival.into()) => {
                arrival += Duration::from_secs_f64(-(1.0 - random.f64()).ln() / rate);
                if listeners.len() >= SOCKETS {
                    crush.stayed_away += 1;
                    continue;
                }
                let client = server.client().one_of_many(arrivals);
                arrivals += 1;
                let ask = speak(&json!({ "text": texts.next(characters) }));
                listeners.push(async move {
                    let mut heard = Heard::nothing();
                    let outcome = timeout_at(end.into(), listen(client, ask, Reading::Fast, &mut heard)).await;
                    if outcome.is_err() {
                        heard.player.starve(end);
                    }
                    (heard, outcome.unwrap_or(Ok(())))
                });
            }
        }
    }
    while let Some((heard, outcome)) = listeners.next().await {
        crush.count(&heard, outcome, end);
    }
    crush
}

/// The middle time to first audio of a few requests, one after another.
async fn first_audio(server: &Server, runs: usize) -> Done<Duration> {
    let mut times = Times::default();
    for i in 0..runs {
        let ask = speak(&json!({ "text": Texts::new(500 + i as u64).next(100) }));
        let heard = timeout(Duration::from_secs(20), hear(server.client(), ask)).await.map_err(|_| "no answer")??;
        times.add(heard.first_audio().ok_or("no audio")?);
    }
    Ok(times.at(50.0))
}
