//! Listeners who each hear one text after another, at speed.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio::time::{sleep_until, timeout_at};

use crate::client::{Client, post};
use crate::listener::{Heard, Reading, listen};
use crate::report::Times;
use crate::texts::Texts;

/// A pause between two texts that nobody takes for a fault.
const PAUSE: Duration = Duration::from_millis(500);

/// Who is asked, and how.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    pub(crate) client: Client,
    /// `/synthesize-stream`, or Piper's `/synthesize`.
    pub(crate) path: &'static str,
    /// Each text's length in characters.
    pub(crate) characters: usize,
    /// How long a text lasts, about.
    pub(crate) speech: Duration,
    /// How long before the end of a text the next is asked for: what suits the server, since a server that
    /// sends whole files must be asked much earlier.
    pub(crate) lead: Duration,
    pub(crate) seed: u64,
}

/// What listeners heard, together.
#[derive(Default)]
pub(crate) struct Step {
    /// Of every speech asked for; one that had not begun when the step ended counts as long as it had waited.
    pub(crate) first_audio: Times,
    pub(crate) underruns: u32,
    pub(crate) starved: Duration,
    /// Speeches that began later than they last, or than a pause after the one before.
    pub(crate) late: u32,
    /// Speeches that had not begun when the step ended.
    pub(crate) waiting: u32,
    pub(crate) refused: u32,
    pub(crate) broken: Vec<String>,
    /// Listeners who heard something.
    pub(crate) admitted: u32,
}

impl Step {
    /// Every listener heard speech in real time.
    pub(crate) fn held(&self) -> bool {
        self.underruns == 0 && self.late == 0 && self.refused == 0 && self.broken.is_empty()
    }

    pub(crate) fn why(&self) -> String {
        if self.held() {
            return "all in time".to_owned();
        }
        let starved = self.starved.as_millis();
        let (underruns, late, refused, broken) = (self.underruns, self.late, self.refused, self.broken.len());
        format!("{underruns} underruns ({starved} ms), {late} late, {refused} refused, {broken} broken")
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.first_audio.join(&other.first_audio);
        self.underruns += other.underruns;
        self.starved += other.starved;
        self.late += other.late;
        self.waiting += other.waiting;
        self.refused += other.refused;
        self.broken.extend(other.broken);
        self.admitted += other.admitted;
    }
}

impl Crowd {
    /// `listeners` come within a second and listen until `lasts` is over, or, if told so, until one of them starves.
    pub(crate) async fn listen(&self, listeners: usize, lasts: Duration, until_starved: bool) -> Step {
        let began = Instant::now();
        let each = (0..listeners).map(|i| async move {
            sleep_until((began + Duration::from_secs(1).mul_f64(i as f64 / listeners as f64)).into()).await;
            self.one(i as u64, began + lasts).await
        });
        let mut each: FuturesUnordered<_> = each.collect();
        let mut all = Step::default();
        while let Some(one) = each.next().await {
            all.join(one);
            if until_starved && !all.held() {
                break;
            }
        }
        all
    }

    async fn one(&self, i: u64, until: Instant) -> Step {
        let client = self.client.one_of_many(i);
        let mut texts = Texts::new(self.seed.wrapping_mul(1_000_003).wrapping_add(i));
        let mut step = Step::default();
        let mut plays_until: Option<Instant> = None;
        while Instant::now() < until && step.held() {
            let ask = post(self.path, &json!({ "text": texts.next(self.characters) }));
            let mut heard = Heard::nothing();
            match timeout_at(until.into(), listen(client, ask, Reading::Fast, &mut heard)).await {
                Ok(Ok(())) if !heard.spoken() => {
                    step.refused += 1;
                    return step;
                }
                Ok(Ok(())) => {}
                Ok(Err(e)) => step.broken.push(e),
                Err(_) => heard.player.starve(until),
            }
            step.underruns += heard.player.underruns;
            step.starved += heard.player.starved;
            let waited = heard.first_audio().unwrap_or_else(|| {
                step.waiting += 1;
                heard.asked.elapsed()
            });
            step.first_audio.add(waited);
            let Some(began) = heard.player.began else {
                // Whoever has waited for longer than the speech lasts is late already.
                step.late += u32::from(waited > self.speech);
                break;
            };
            step.admitted = 1;
            let late = match plays_until {
                Some(before) => began > before + PAUSE,
                None => heard.whole && waited > heard.player.duration(),
            };
            step.late += u32::from(late);
            let begins = plays_until.map_or(began, |before| before.max(began));
            let ends = begins + heard.player.duration();
            plays_until = Some(ends);
            let next = begins.max(ends.checked_sub(self.lead).unwrap_or(begins));
            sleep_until(next.min(until).into()).await;
        }
        step
    }
}
