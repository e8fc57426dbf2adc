//! Hostile clients: refused cheaply, and nobody else notices.

mod big;
mod bystander;
mod keys;
mod names;
mod slow;
mod texts;
mod wire;

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tempfile::TempDir;

use crate::client::Client;
use crate::report::{Report, Table, mebibytes, milliseconds};
use crate::server::{Server, Setup};
use crate::voices::{VoiceFile, root};
use crate::{Done, Trial};

/// What an attack got.
#[derive(Default)]
struct Seen {
    /// Said in the table.
    answers: String,
    /// How many hostile requests or connections there were: so many lines in the log are fair.
    tries: usize,
    faults: Vec<String>,
}

impl Seen {
    fn fault(&mut self, held: bool, fault: impl FnOnce() -> String) {
        if !held {
            self.faults.push(fault());
        }
    }
}

/// What attacks are made against.
struct Target {
    client: Client,
    short: bool,
    /// Holds a voice that may be deleted over HTTP, and has a neighbour that may not.
    folder: TempDir,
}

type Attack = for<'a> fn(&'a Target) -> LocalBoxFuture<'a, Done<Seen>>;

const ATTACKS: &[(&str, Attack)] = &[
    ("slowloris", |target| slow::loris(target).boxed_local()),
    ("1 GB body with its length", |target| big::with_length(target).boxed_local()),
    ("1 GB body in chunks", |target| big::chunked(target).boxed_local()),
    ("many headers", |target| big::many_headers(target).boxed_local()),
    ("a huge header", |target| big::huge_header(target).boxed_local()),
    ("tricks in names of voices", |target| names::voices(target).boxed_local()),
    ("tricks in paths", |target| names::paths(target).boxed_local()),
    ("deep JSON", |target| texts::deep_json(target).boxed_local()),
    ("invalid UTF-8", |target| texts::invalid_utf8(target).boxed_local()),
    ("CRLF in fields and headers", |target| texts::line_breaks(target).boxed_local()),
    ("smuggling", |target| wire::smuggling(target).boxed_local()),
    ("pipelining", |target| wire::pipelining(target).boxed_local()),
    ("half-closed sockets", |target| wire::half_closed(target).boxed_local()),
];

pub(crate) async fn attack(trial: &Trial, report: &mut Report) -> Done {
    let mut table = Table::new([
        "attack",
        "answers",
        "others' first audio before / meanwhile (longest), ms",
        "memory before / most, MiB",
        "lines logged",
    ]);
    let voice = trial.voices.first().ok_or("no voice")?;
    let folder = tempfile::tempdir().map_err(|e| format!("no folder for voices: {e}"))?;
    let voices = folder.path().join("voices");
    std::fs::create_dir(&voices).map_err(|e| format!("no folder for voices: {e}"))?;
    let tiny = VoiceFile::tiny()?;
    tiny.put(&voices, "inside")?;
    tiny.put(folder.path(), "outside")?;
    let mut setup = Setup::new(trial)?.voice(voice).with("voices", &voices).with("voice-downloads", "true");
    // Nobody outside this machine is asked for voices, whatever the attacks ask for.
    setup = setup.with("catalogue", "http://127.0.0.1:1/voices.json");
    let page = root().join("target/www");
    if page.join("index.html").is_file() {
        setup = setup.with("www", page);
    }
    let server = setup.start().await?;
    let target = Target { client: server.client(), short: trial.flags.short, folder };
    for &(name, attack) in ATTACKS {
        tried(name, &server, attack(&target), report, &mut table).await?;
    }

    let keys = setup.with("api-keys", format!("{},another-key", keys::RIGHT)).start().await?;
    let target = Target { client: keys.client(), ..target };
    tried("key guessing", &keys, keys::guessing(&target).boxed_local(), report, &mut table).await?;
    table.print();
    Ok(())
}

/// One attack, with a bystander who speaks before and meanwhile.
async fn tried(
    name: &str,
    server: &Server,
    attack: LocalBoxFuture<'_, Done<Seen>>,
    report: &mut Report,
    table: &mut Table,
) -> Done {
    let bystander = bystander::Bystander::new(server.client());
    let before = bystander.few().await?;
    let resident = server.memory();
    let lines = server.log().lines().count();
    let (seen, meanwhile, most) = bystander.during(attack, || server.memory()).await;
    let seen = seen.map_err(|e| format!("{name}: {e}"))?;
    let logged = server.log().lines().count() - lines;

    let (early, late, longest) = (before.at(50.0), meanwhile.times.at(50.0), meanwhile.times.max());
    table.row([
        name.to_owned(),
        seen.answers,
        format!("{} / {} ({})", milliseconds(early), milliseconds(late), milliseconds(longest)),
        format!("{} / {}", mebibytes(resident), mebibytes(most)),
        logged.to_string(),
    ]);
    for fault in seen.faults {
        report.bar(false, || format!("{name}: {fault}"));
    }
    report.bar(meanwhile.failed.is_empty(), || format!("{name}: others were hurt: {}", meanwhile.failed.join(", ")));
    report.bar(most <= resident + (48 << 20), || {
        format!("{name}: memory rose from {} to {} MiB", mebibytes(resident), mebibytes(most))
    });
    let fair = seen.tries + usize::try_from(meanwhile.times.count()).unwrap_or(0) * 2 + 20;
    report.bar(logged <= fair, || format!("{name}: {logged} lines in the log, for {} tries", seen.tries));
    // Three times as long, and a twentieth of a second that the attacker's own work on the same cores takes.
    report.timed_bar(late <= early * 3 + Duration::from_millis(50), || {
        format!("{name}: others' first audio after {} ms, not {}", milliseconds(late), milliseconds(early))
    });
    Ok(())
}
