use std::time::{Duration, Instant};

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::sleep;

use crate::capacity::{characters, pace};
use crate::client::{Client, speak};
use crate::listener::hear;
use crate::report::{Report, Table, milliseconds};
use crate::server::{Setup, free_port};
use crate::texts::Texts;
use crate::{Done, Trial};

const CLIENTS: u64 = 4;

/// kill -9 while clients hear speeches; the server is started again, and those who ask again are served.
pub(crate) async fn kill(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    let voice = trial.voices.first().ok_or("no voice")?;
    let setup = Setup::new(trial)?.voice(voice).port(free_port()?);
    let mut server = setup.start().await?;
    let client = server.client();
    let length = characters(4.0, pace(client).await?);
    let end = Instant::now() + Duration::from_secs(6);
    let clients = join_all((0..CLIENTS).map(|i| stubborn(client, i, length, end)));
    let operator = async {
        sleep(Duration::from_secs(2)).await;
        server.signal(Signal::SIGKILL)?;
        server.ended(Duration::from_secs(5)).await?;
        let mut again = setup.launch()?;
        let took = again.until_ready().await?;
        Ok::<_, String>((again, took))
    };
    let (clients, operator) = tokio::join!(clients, operator);
    let (_server, took) = operator?;
    let (heard, retries) = clients.iter().flatten().fold((0, 0), |(h, r), (heard, retries)| (h + heard, r + retries));
    let gave_up: Vec<_> = clients.into_iter().filter_map(Result::err).collect();
    table.row([
        "kill -9 and restart under load".into(),
        format!(
            "ready again after {} ms; {heard} speeches whole, {retries} of them asked for again",
            milliseconds(took)
        ),
    ]);
    report.bar(gave_up.is_empty(), || format!("kill -9: {}", gave_up.join(", ")));
    report.bar(retries > 0, || "kill -9: it hit nobody".to_owned());
    Ok(())
}

/// Hears speeches until the end, and asks again for what breaks; gives how many, and how many retries that took.
async fn stubborn(client: Client, seed: u64, length: usize, end: Instant) -> Done<(u32, u32)> {
    let mut texts = Texts::new(seed);
    let (mut heard, mut retries) = (0, 0);
    while Instant::now() < end {
        let fields = json!({ "text": texts.next(length) });
        let gives_up = Instant::now() + Duration::from_secs(20);
        while let Err(e) = hear(client, speak(&fields)).await {
            if Instant::now() > gives_up {
                return Err(e);
            }
            retries += 1;
            sleep(Duration::from_millis(100)).await;
        }
        heard += 1;
    }
    Ok((heard, retries))
}
