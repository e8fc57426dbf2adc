//! What breaks around a server: each time there is service or a clear refusal, never a hang.

mod clock;
mod descriptors;
mod disk;
mod files;
mod kill;

use serde_json::json;

use crate::client::speak;
use crate::report::{Report, Table};
use crate::server::Server;
use crate::{Done, Trial};

pub(crate) async fn faults(trial: &Trial, report: &mut Report) -> Done {
    let mut table = Table::new(["fault", "what was seen"]);
    kill::kill(trial, report, &mut table).await?;
    files::swapped(trial, report, &mut table).await?;
    files::corrupted(trial, report, &mut table).await?;
    files::folder_gone(trial, report, &mut table).await?;
    disk::full(trial, report, &mut table).await?;
    clock::jumps(trial, report, &mut table).await?;
    descriptors::all_taken(trial, report, &mut table).await?;
    table.print();
    Ok(())
}

/// What a short request to a voice gets: "200", or the status and the server's words.
async fn says(server: &Server, voice: Option<&str>) -> Done<(u16, String)> {
    let mut fields = json!({ "text": "What do you say?" });
    if let Some(voice) = voice {
        fields["voice"] = voice.into();
    }
    let answer = server.ask(speak(&fields)).await?;
    let words = if answer.status == 200 { String::new() } else { String::from_utf8_lossy(&answer.body).into_owned() };
    Ok((answer.status.as_u16(), words))
}

/// An answer that a client can do something with: speech, or an error as JSON that says something.
fn is_clear((status, words): &(u16, String)) -> bool {
    *status == 200 || (*status >= 400 && serde_json::from_str::<serde_json::Value>(words).is_ok_and(|v| v.is_object()))
}

fn shown(answer: &Done<(u16, String)>) -> String {
    match answer {
        Ok((200, _)) => "speech".to_owned(),
        Ok((status, words)) => format!("{status} {}", words.trim()),
        Err(e) => e.clone(),
    }
}
