//! A speech as the body of an answer: each chunk is computed when the runtime asks for it, and sent when it is made.

use std::cell::RefCell;
use std::rc::Rc;

use chanter_engine::Speech;
use chanter_http::Outgoing;
use futures_util::{Stream, stream};
use web_sys::AbortSignal;

use crate::departure::Departure;
use crate::journal::{self, Entry, in_full};
use crate::kept::Keeper;
use crate::site::Site;
use crate::turn::Turn;
use crate::voices::Held;

/// A speech that is being made.
pub(crate) struct Sound {
    pub(crate) site: Rc<Site>,
    pub(crate) speech: Speech,
    pub(crate) outgoing: Outgoing,
    /// Keeps the voice in memory.
    pub(crate) _voice: Held,
    pub(crate) entry: Entry,
    /// Collects what may be kept.
    pub(crate) keeper: Option<Keeper>,
}

enum Step {
    Begin,
    Chunk,
    End,
}

struct Job {
    sound: Sound,
    samples: usize,
    chunks: usize,
}

impl Job {
    fn step(&mut self, step: &Step) -> Result<(Vec<u8>, Step), String> {
        let (bytes, next) = match step {
            Step::Begin => (self.sound.outgoing.begin().map_err(in_full)?, Step::Chunk),
            _ => match self.sound.speech.next() {
                Some(chunk) => {
                    let chunk = chunk.map_err(in_full)?;
                    self.samples += chunk.samples.len();
                    self.chunks += 1;
                    #[cfg(feature = "probe")]
                    crate::probe::chunk_made(&self.sound.site.env);
                    (self.sound.outgoing.chunk(&chunk).map_err(in_full)?, Step::Chunk)
                }
                None => (self.sound.outgoing.finish().map_err(in_full)?, Step::End),
            },
        };
        if let Some(keeper) = &mut self.sound.keeper {
            keeper.add(&bytes);
        }
        if let Step::End = next {
            self.sound.entry.set("outcome", "finished");
            if let Some(keeper) = self.sound.keeper.take() {
                keeper.keep(&self.sound.site);
            }
        }
        Ok((bytes, next))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let rate = f64::from(self.sound.speech.sample_rate().max(1));
        self.sound.entry.set("chunks", self.chunks);
        self.sound.entry.set("seconds", (self.samples as f64 / rate * 100.0).round() / 100.0);
    }
}

/// The bytes. An error breaks the answer off where a clean end would pass for the end of the speech.
pub(crate) fn bytes(sound: Sound, signal: AbortSignal) -> impl Stream<Item = worker::Result<Vec<u8>>> {
    sound.entry.set("outcome", "left by its reader");
    let at_once = sound.site.options.max_streams;
    let turn = Turn::take();
    let job = Rc::new(RefCell::new(Some(Job { sound, samples: 0, chunks: 0 })));
    // What the speech holds is given back at once.
    let departure = Departure::watch(signal, {
        let job = Rc::downgrade(&job);
        move || drop(job.upgrade().and_then(|job| job.take()))
    });
    stream::try_unfold((job, turn, departure, Step::Begin), move |(job, turn, departure, step)| async move {
        match step {
            Step::Begin => {}
            Step::Chunk => turn.comes(at_once).await,
            Step::End => return Ok(None),
        }
        let stepped = match &mut *job.borrow_mut() {
            Some(job) => job.step(&step).map_err(|why| {
                job.sound.entry.set("outcome", "failed");
                journal::error("a speech failed", why);
                "the speech failed"
            }),
            None => Err("the client has left"),
        };
        let (bytes, next) = stepped?;
        Ok(Some((bytes, (job, turn, departure, next))))
    })
}
