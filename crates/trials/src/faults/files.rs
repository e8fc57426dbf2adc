//! Voice files that are swapped, corrupted, or go with their folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::sleep;

use super::{is_clear, says, shown};
use crate::capacity::characters;
use crate::client::speak;
use crate::listener::{Heard, Reading, hear, listen};
use crate::report::{Report, Table};
use crate::server::{Server, Setup};
use crate::texts::Texts;
use crate::voices::VoiceFile;
use crate::{Done, Trial};

/// The folder is looked at every few seconds; a change is seen within this.
const SEEN: Duration = Duration::from_secs(15);
const NAME: &str = "trial";
/// A voice that nobody asks for before its file is damaged.
const UNHEARD: &str = "unheard";

struct Scene {
    folder: tempfile::TempDir,
    server: Server,
}

async fn scene(trial: &Trial) -> Done<Scene> {
    let folder = tempfile::tempdir().map_err(|e| format!("no folder for voices: {e}"))?;
    let tiny = VoiceFile::tiny()?;
    tiny.put(folder.path(), NAME)?;
    tiny.put(folder.path(), UNHEARD)?;
    let server = Setup::new(trial)?.with("voices", folder.path()).start().await?;
    Ok(Scene { folder, server })
}

/// The speech under way ends as it began; the next ones are the new voice's.
pub(crate) async fn swapped(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    let Scene { folder, server } = scene(trial).await?;
    let client = server.client();
    let length = characters(10.0, pace_of(&server).await?);
    let fields = json!({ "text": Texts::new(7).next(length), "voice": NAME, "seed": 1 });
    let before = hear(client, speak(&fields)).await?;

    let mut heard = Heard::nothing();
    let as_played = Reading::AsPlayed(Duration::from_millis(300));
    let listener = listen(client, speak(&fields), as_played, &mut heard);
    let swap = async {
        sleep(Duration::from_secs(1)).await;
        VoiceFile::tiny_multi()?.put(folder.path(), NAME)?;
        server.signal(Signal::SIGHUP)?;
        let began = Instant::now();
        loop {
            let heard = hear(client, speak(&json!({ "text": "Who is it?", "voice": NAME }))).await?;
            if heard.player.sample_rate() != before.player.sample_rate() {
                return Ok::<_, String>(Some(began.elapsed()));
            }
            if began.elapsed() > SEEN {
                return Ok(None);
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let (outcome, swapped) = tokio::join!(listener, swap);
    let swapped = swapped?;
    let whole = heard.whole && heard.digest() == before.digest();
    table.row([
        "voice file swapped while it speaks, SIGHUP".into(),
        format!(
            "the speech under way {}; the new voice {}",
            if whole { "ended as it would have" } else { "did not end whole" },
            swapped.map_or_else(|| "never spoke".to_owned(), |t| format!("spoke {:.1} s later", t.as_secs_f64())),
        ),
    ]);
    report.bar(whole, || format!("swapped voice: the speech under way is not what it was: {outcome:?}"));
    report.bar(swapped.is_some(), || "swapped voice: the new one did not speak".to_owned());
    Ok(())
}

/// Seconds a character of the voice in the folder.
async fn pace_of(server: &Server) -> Done<f64> {
    let text = Texts::new(0).next(200);
    let heard = hear(server.client(), speak(&json!({ "text": text, "voice": NAME }))).await?;
    Ok(heard.player.duration().as_secs_f64() / text.len() as f64)
}

/// Whatever is wrong with the file, the server says so or speaks with what it has; once the file is whole again, so is the voice.
pub(crate) async fn corrupted(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    type Damage = fn(&Path) -> std::io::Result<()>;
    let damages: [(&str, &str, Damage); 3] = [
        ("model cut short", ".onnx", |file| fs::OpenOptions::new().write(true).open(file)?.set_len(30_000)),
        ("model of garbage", ".onnx", |file| fs::write(file, [0x5a; 100_000])),
        ("config of garbage", ".onnx.json", |file| fs::write(file, "{\"audio\": [[[")),
    ];
    for (what, ending, damage) in damages {
        let Scene { folder, server } = scene(trial).await?;
        let first = says(&server, Some(NAME)).await;
        report.bar(matches!(first, Ok((200, _))), || format!("{what}: before it, {}", shown(&first)));
        for name in [NAME, UNHEARD] {
            let file = folder.path().join(format!("{name}{ending}"));
            damage(&file).map_err(|e| format!("{}: cannot be damaged: {e}", file.display()))?;
        }
        let at_once = says(&server, Some(NAME)).await;
        let unheard = says(&server, Some(UNHEARD)).await;
        server.signal(Signal::SIGHUP)?;
        sleep(Duration::from_secs(1)).await;
        let later = says(&server, Some(NAME)).await;
        let others = says(&server, None).await;
        VoiceFile::tiny()?.put(folder.path(), NAME)?;
        server.signal(Signal::SIGHUP)?;
        let restored = speaks_again(&server).await;
        table.row([
            what.into(),
            format!(
                "at once {}; a voice that was not loaded yet: {}; after SIGHUP {}; the default voice: {}; file restored: {}",
                shown(&at_once),
                shown(&unheard),
                shown(&later),
                shown(&others),
                shown(&restored)
            ),
        ]);
        for answer in [&at_once, &unheard, &later] {
            report.bar(answer.as_ref().is_ok_and(is_clear), || format!("{what}: no clear answer: {}", shown(answer)));
        }
        report.bar(matches!(others, Ok((200, _))), || format!("{what}: the default voice: {}", shown(&others)));
        report.bar(matches!(restored, Ok((200, _))), || format!("{what}: restored: {}", shown(&restored)));
    }
    Ok(())
}

/// Without its folder the server still speaks; when the folder is back, so are its voices.
pub(crate) async fn folder_gone(trial: &Trial, report: &mut Report, table: &mut Table) -> Done {
    let Scene { folder, server } = scene(trial).await?;
    let away = folder.path().with_extension("away");
    let move_folder = |from: &Path, to: &Path| fs::rename(from, to).map_err(|e| format!("the folder stays: {e}"));
    move_folder(folder.path(), &away)?;
    server.signal(Signal::SIGHUP)?;
    sleep(Duration::from_secs(1)).await;
    let gone = says(&server, Some(NAME)).await;
    let others = says(&server, None).await;
    move_folder(&away, folder.path())?;
    server.signal(Signal::SIGHUP)?;
    let back = speaks_again(&server).await;
    table.row([
        "voices folder gone".into(),
        format!("its voice: {}; the default voice: {}; folder back: {}", shown(&gone), shown(&others), shown(&back)),
    ]);
    report.bar(gone.as_ref().is_ok_and(is_clear), || format!("folder gone: no clear answer: {}", shown(&gone)));
    report.bar(matches!(others, Ok((200, _))), || format!("folder gone: the default voice: {}", shown(&others)));
    report.bar(matches!(back, Ok((200, _))), || format!("folder back: {}", shown(&back)));
    Ok(())
}

/// What the voice says once the server has looked at its folder again.
async fn speaks_again(server: &Server) -> Done<(u16, String)> {
    let began = Instant::now();
    loop {
        let answer = says(server, Some(NAME)).await;
        if matches!(answer, Ok((200, _))) || began.elapsed() > SEEN {
            return answer;
        }
        sleep(Duration::from_millis(200)).await;
    }
}
