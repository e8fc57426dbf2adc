use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::client::speak;
use crate::listener::{Heard, Reading, hear, listen};
use crate::report::{Report, Table};
use crate::server::Setup;
use crate::texts::Texts;
use crate::{Done, Trial};

/// The clock of the day jumps a day ahead and two back while somebody listens: only the monotonic clock may matter.
pub(crate) async fn jumps(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    let Some(library) = library() else {
        println!("clock jump: left out, for libfaketime is not installed (Debian: faketime)");
        return Ok(());
    };
    let offset = tempfile::NamedTempFile::new().map_err(|e| format!("no file for the clock: {e}"))?;
    let set = |to: &str| std::fs::write(offset.path(), to).map_err(|e| format!("the clock cannot be set: {e}"));
    set("+0")?;
    let voice = trial.voices.first().ok_or("no voice")?;
    let server = Setup::new(trial)?
        .voice(voice)
        .with("timeout", "60")
        .environment("LD_PRELOAD", library)
        .environment("FAKETIME_TIMESTAMP_FILE", offset.path())
        .environment("FAKETIME_NO_CACHE", "1")
        .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .start()
        .await?;
    let client = server.client();
    let fields = json!({ "text": Texts::new(3).next(300), "seed": 1 });
    let reference = hear(client, speak(&fields)).await?.digest();
    let mut heard = Heard::nothing();
    let listener = listen(client, speak(&fields), Reading::AsPlayed(Duration::from_millis(300)), &mut heard);
    let clock = async {
        let mut answers = Vec::new();
        for to in ["+86400", "-86400", "+0"] {
            sleep(Duration::from_millis(700)).await;
            set(to)?;
            let asked = Instant::now();
            let answer = hear(client, speak(&json!({ "text": "What time is it?" }))).await;
            answers.push(answer.map(|_| asked.elapsed()));
        }
        Ok::<_, String>(answers)
    };
    let (outcome, answers) = tokio::join!(listener, clock);
    let answers = answers?;
    let whole = heard.whole && heard.digest() == reference;
    let served = answers.iter().filter(|answer| answer.is_ok()).count();
    // The jump has to have happened for this to tell anything: the log's times are of that clock.
    table.row([
        "clock jumps a day ahead, two back, and returns".into(),
        format!("the speech under way was {}; {served} of 3 others were served", if whole { "whole" } else { "cut" }),
    ]);
    report.bar(whole, || format!("clock jump: the speech under way is not whole: {outcome:?}"));
    report.bar(served == 3, || format!("clock jump: {answers:?}"));
    let dates: std::collections::BTreeSet<_> =
        server.log().lines().filter_map(|l| Some(l.get(..10)?.to_owned())).collect();
    if dates.len() < 2 {
        println!("clock jump: the log shows one date only, so the jump may not have reached the server: {dates:?}");
    }
    Ok(())
}

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let mut found = folders.flatten().map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    found.find(|path| path.exists())
}
