//! How many listeners hear speech in real time at once, and how soon; beside `piper.http_server`.

use std::time::Duration;

use crate::capacity::{capacity, characters, pace};
use crate::crowd::{Crowd, Step};
use crate::report::{Report, Table, milliseconds};
use crate::server::{Server, Setup};
use crate::voices::VoiceFile;
use crate::{Done, Trial, piper};

/// What each listener hears at a time, in seconds.
const SPEECH: f64 = 20.0;
/// First audio comes at least this many times sooner than Piper's.
const SOONER: f64 = 5.0;

pub(crate) async fn streams(trial: &Trial, report: &mut Report) -> Done {
    let mut capacities = Table::new(["voice", "server", "streams", "speeches", "first audio p50 / p95 / p99, ms"]);
    let mut beside = Table::new(["voice", "listeners", "first audio p50, ms", "Piper's", "times sooner"]);
    let mut admitted = Table::new(["voice", "came at once", "admitted", "of these"]);
    for voice in trial.voices.iter().filter(|voice| voice.built_in || voice.is_medium() || trial.flags.short) {
        one_voice(trial, report, voice, &mut capacities, &mut beside).await?;
        at_the_door(trial, report, voice, &mut admitted).await?;
    }
    capacities.print();
    beside.print();
    admitted.print();
    Ok(())
}

async fn one_voice(
    trial: &Trial,
    report: &mut Report,
    voice: &VoiceFile,
    capacities: &mut Table,
    beside: &mut Table,
) -> Done {
    let lasts = Duration::from_secs(trial.seconds(trial.flags.step_seconds));
    let ours = Setup::new(trial)?.voice(voice).unlimited().start().await?;
    let (crowd, start) = measured(trial, &ours, "/synthesize-stream", Duration::from_secs(2)).await?;
    let (most, step) = most(&crowd, start, lasts).await;
    let row = |server: &str, most: usize, step: &Step| {
        let times = &step.first_audio;
        [voice.name.clone(), server.into(), most.to_string(), times.count().to_string(), times.percentiles()]
    };
    capacities.row(row("Chanter", most, &step));
    report.bar(most > 0, || format!("{}: not one stream in real time ({})", voice.name, step.why()));

    let Some(python) = &trial.flags.piper else {
        println!("piper.http_server is left out: no --piper");
        return Ok(());
    };
    let theirs = piper::start(python, voice).await?;
    let piper = Crowd {
        client: theirs.client(),
        path: "/synthesize",
        // Asked for as soon as the one before begins to play: a whole file takes that long.
        lead: Duration::from_secs(3600),
        ..crowd.clone()
    };
    let (their_most, their_step) = self::most(&piper, (most / 2).max(1), lasts).await;
    capacities.row(row("piper.http_server", their_most, &their_step));
    report.timed_bar(most >= their_most, || format!("{}: {most} streams, Piper has {their_most}", voice.name));

    for listeners in [1, 4.min(most), most.min(their_most)] {
        let (mut a, mut b) = (Step::default(), Step::default());
        // In turns, so that both meet whatever else the machine does.
        for round in 0..2 {
            let seed = trial.flags.seed + round;
            a.join(Crowd { seed, ..crowd.clone() }.listen(listeners, lasts / 2, false).await);
            b.join(Crowd { seed, ..piper.clone() }.listen(listeners, lasts / 2, false).await);
        }
        let [a, b] = [a, b].map(|step| step.first_audio.at(50.0));
        let sooner = b.as_secs_f64() / a.as_secs_f64().max(1e-6);
        let sooner_text = format!("{sooner:.1}");
        beside.row([voice.name.clone(), listeners.to_string(), milliseconds(a), milliseconds(b), sooner_text]);
        report.timed_bar(sooner >= SOONER, || {
            format!("{}, {listeners} listeners: first audio only {sooner:.1} times sooner", voice.name)
        });
    }
    Ok(())
}

/// The texts that last as long as they should, and about a quarter of what the server can do.
async fn measured(trial: &Trial, server: &Server, path: &'static str, lead: Duration) -> Done<(Crowd, usize)> {
    let client = server.client();
    let pace = pace(client).await?;
    let can = capacity(client, pace, Duration::from_secs(trial.seconds(6))).await?;
    let speech = if trial.flags.short { 2.0 } else { SPEECH };
    let characters = characters(speech, pace);
    let speech = Duration::from_secs_f64(speech);
    let crowd = Crowd { client, path, characters, speech, lead, seed: trial.flags.seed };
    Ok((crowd, ((can / 4.0) as usize).max(1)))
}

/// The most listeners of whom none starves, and how they fared; of many, to a sixteenth.
async fn most(crowd: &Crowd, start: usize, lasts: Duration) -> (usize, Step) {
    let (mut good, mut bad, mut next) = (0, None, start);
    loop {
        let step = crowd.listen(next, lasts, true).await;
        eprintln!("  {next} listeners: {}", step.why());
        if step.held() {
            good = next
        } else {
            bad = Some(next)
        }
        next = match bad {
            None => next * 2,
            Some(bad) if good == 0 && bad > 1 => bad / 2,
            Some(bad) if good > 0 && bad - good > (good / 16).max(1) => good.midpoint(bad),
            _ => break,
        };
    }
    // What held once is held for longer before it counts.
    loop {
        let step = crowd.listen(good.max(1), lasts * 2, false).await;
        eprintln!("  {} listeners for longer: {}", good.max(1), step.why());
        if step.held() || good <= 1 {
            return (if step.held() { good } else { 0 }, step);
        }
        good -= (good / 20).max(1);
    }
}

/// With the settings as they come: how many of too many are let in, and whether these are served well.
async fn at_the_door(trial: &Trial, report: &mut Report, voice: &VoiceFile, table: &mut Table) -> Done {
    let server = Setup::new(trial)?.voice(voice).start().await?;
    let (crowd, quarter) = measured(trial, &server, "/synthesize-stream", Duration::from_secs(2)).await?;
    let came = quarter * 8;
    let lasts = Duration::from_secs(trial.seconds(trial.flags.step_seconds));
    let step = crowd.listen(came, lasts, false).await;
    let starved = format!("{} underruns, {} late, {} broken", step.underruns, step.late, step.broken.len());
    table.row([voice.name.clone(), came.to_string(), step.admitted.to_string(), starved.clone()]);
    report
        .timed_bar(step.underruns + step.late == 0, || format!("{}: admitted streams starved: {starved}", voice.name));
    report
        .bar(step.broken.is_empty(), || format!("{}: {}", voice.name, step.broken.first().map_or("", String::as_str)));
    Ok(())
}
