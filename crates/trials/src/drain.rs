//! SIGTERM while eight listen: all hear the end, nobody new is let in, and the server ends well.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::sleep;

use crate::capacity::{characters, pace};
use crate::client::{get, speak};
use crate::listener::{Heard, Reading, hear, listen};
use crate::report::{Report, Table};
use crate::server::Setup;
use crate::texts::Texts;
use crate::{Done, Trial};

const LISTENERS: usize = 8;

pub(crate) async fn drain(trial: &Trial, report: &mut Report) -> Done {
    let mut table = Table::new(["voice", "signal", "whole speeches", "/ready", "a new speech", "exit", "after, s"]);
    // Of voices from small to large, the eight streams of a large one are more than two cores can do.
    for voice in trial.voices.iter().filter(|voice| !voice.is_medium()) {
        let setup = Setup::new(trial)?.voice(voice).with("max-load", "0").with("grace", "60");
        let mut server = setup.start().await?;
        let client = server.client();
        let pace = pace(client).await?;
        // More than the buffers between the two can hold, so that the server is still at it when it is told to stop.
        let (seconds, reading) = match trial.flags.short {
            true => (40.0, Reading::Slow(200_000)),
            false => (30.0, Reading::AsPlayed(Duration::from_millis(500))),
        };
        let asks: Vec<_> = (0..LISTENERS as u64)
            .map(|i| json!({ "text": Texts::new(i).next(characters(seconds, pace)), "seed": i }))
            .collect();
        let mut references = Vec::new();
        for ask in &asks {
            references.push(hear(client, speak(ask)).await?.digest());
        }

        let mut heard: Vec<_> = asks.iter().map(|_| Heard::nothing()).collect();
        let listeners = join_all(heard.iter_mut().zip(&asks).map(|(h, ask)| listen(client, speak(ask), reading, h)));
        let operator = async {
            sleep(Duration::from_secs(1)).await;
            server.signal(Signal::SIGTERM)?;
            sleep(Duration::from_millis(200)).await;
            let ready = server.ask(get("/ready")).await;
            let new = server.ask(speak(&json!({ "text": "Am I late?" }))).await;
            Ok::<_, String>((Instant::now(), ready, new))
        };
        let (outcomes, told) = tokio::join!(listeners, operator);
        let (signalled, ready, new) = told?;
        let exit = server.ended(Duration::from_secs(10)).await;

        let whole = heard.iter().zip(&references).filter(|(h, reference)| h.whole && h.digest() == **reference).count();
        let ready = ready.map(|answer| answer.status.as_u16());
        let new = new.map(|answer| (answer.status.as_u16(), answer.header("retry-after").is_some()));
        let name = &voice.name;
        let shown = |answer: &Result<u16, String>| answer.as_ref().map_or_else(Clone::clone, ToString::to_string);
        table.row([
            name.clone(),
            "SIGTERM".into(),
            format!("{whole} of {LISTENERS}"),
            shown(&ready),
            shown(&new.clone().map(|(status, _)| status)),
            exit.as_ref().map_or_else(Clone::clone, ToString::to_string),
            format!("{:.1}", signalled.elapsed().as_secs_f64()),
        ]);
        let why: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
        report.bar(whole == LISTENERS, || format!("{name}: {whole} of {LISTENERS} whole: {}", why.join(", ")));
        report.bar(ready == Ok(503), || format!("{name}: /ready while draining: {ready:?}, not 503"));
        report.bar(new == Ok((503, true)), || {
            format!("{name}: a new speech while draining: {new:?}, not 503 with Retry-After")
        });
        report.bar(exit.as_ref().is_ok_and(|exit| exit.success()), || format!("{name}: exit {exit:?}, not 0"));

        twice(&setup, &asks, reading, report, &mut table, name).await?;
    }
    table.print();
    Ok(())
}

/// A second signal does not wait for anybody.
async fn twice(
    setup: &Setup,
    asks: &[serde_json::Value],
    reading: Reading,
    report: &mut Report,
    table: &mut Table,
    name: &str,
) -> Done {
    let mut server = setup.start().await?;
    let mut heard = Heard::nothing();
    let Some(ask) = asks.first() else { return Ok(()) };
    let listener = listen(server.client(), speak(ask), reading, &mut heard);
    let operator = async {
        sleep(Duration::from_secs(1)).await;
        server.signal(Signal::SIGTERM)?;
        sleep(Duration::from_millis(500)).await;
        let waits = server.lives();
        let second = Instant::now();
        server.signal(Signal::SIGTERM)?;
        let exit = server.ended(Duration::from_secs(10)).await;
        Ok::<_, String>((waits, exit, second.elapsed()))
    };
    let (_, told) = tokio::join!(listener, operator);
    let (waits, exit, took) = told?;
    table.row([
        name.to_owned(),
        "SIGTERM twice".into(),
        format!("{} of 1", u8::from(heard.whole)),
        String::new(),
        String::new(),
        exit.as_ref().map_or_else(Clone::clone, ToString::to_string),
        format!("{:.1}", took.as_secs_f64()),
    ]);
    report.bar(waits, || format!("{name}: the first signal alone ended it, with a speech under way"));
    report.bar(exit.is_ok(), || format!("{name}: a second signal: {exit:?}"));
    report.timed_bar(took < Duration::from_secs(1), || format!("{name}: the second signal took {took:?}"));
    Ok(())
}
