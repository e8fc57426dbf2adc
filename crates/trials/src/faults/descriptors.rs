use std::time::Duration;

use tokio::time::sleep;

use super::{says, shown};
use crate::report::{Report, Table};
use crate::server::Setup;
use crate::{Done, Trial};

/// More connections than the process may have descriptors: some wait or are refused, and once they go, all is well.
pub(crate) async fn all_taken(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    let voice = trial.voices.first().ok_or("no voice")?;
    let mut server = Setup::new(trial)?.voice(voice).through(&["prlimit", "--nofile=64:64"]).start().await?;
    let mut connections = Vec::new();
    for _ in 0..100 {
        connections.extend(server.client().connect().await);
    }
    let open = connections.len();
    sleep(Duration::from_millis(500)).await;
    let descriptors = server.descriptors();
    // Nobody gets in while others hold all descriptors, unless the server makes room.
    let during = tokio::time::timeout(Duration::from_secs(2), says(&server, None)).await;
    let during = during.map_or_else(|_| "waits".to_owned(), |answer| shown(&answer));
    let logged = server.log().lines().count();
    drop(connections);
    let after = says(&server, None).await;
    table.row([
        "64 descriptors, 100 connections".into(),
        format!(
            "{open} connected, {descriptors} descriptors in use, {logged} lines logged; one more: {during}; when they have gone: {}",
            shown(&after)
        ),
    ]);
    report.bar(server.lives(), || "descriptors: the server ended".to_owned());
    report.bar(matches!(after, Ok((200, _))), || format!("descriptors: afterwards {}", shown(&after)));
    report.bar(logged < 50, || format!("descriptors: {logged} lines in the log"));
    Ok(())
}
