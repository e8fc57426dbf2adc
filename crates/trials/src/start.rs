//! From the start of the process to ready.

use std::time::Duration;

use crate::report::{Report, Table, Times, milliseconds};
use crate::server::Setup;
use crate::{Done, Trial};

pub(crate) async fn start(trial: &Trial, report: &mut Report) -> Done {
    let mut table = Table::new(["voice", "runs", "median, ms", "longest, ms"]);
    for voice in &trial.voices {
        let mut times = Times::default();
        for _ in 0..if trial.flags.short { 1 } else { 7 } {
            let mut server = Setup::new(trial)?.voice(voice).launch()?;
            times.add(server.until_ready().await?);
        }
        let (middle, longest) = (times.at(50.0), times.max());
        table.row([voice.name.clone(), times.count().to_string(), milliseconds(middle), milliseconds(longest)]);
        let bar = Duration::from_millis(if voice.built_in { 300 } else { 1000 });
        report.timed_bar(middle <= bar, || {
            format!("{} is ready after {} ms, not {}", voice.name, milliseconds(middle), milliseconds(bar))
        });
    }
    table.print();
    Ok(())
}
