//! The threads that synthesise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

pub(crate) use super::turns::Need;
use super::turns::Turns;

type Work = Box<dyn FnOnce() + Send>;

/// A fixed set of threads. Each keeps memory of its own for the next chunk, so there are no more than can compute.
/// Cloning is cheap; clones share them, and they end with the last.
#[derive(Clone)]
pub(crate) struct Workers {
    turns: Turns,
    work: mpsc::Sender<Work>,
    number: usize,
}

/// The work panicked, or there was no thread for it; the log says more.
#[derive(Debug)]
pub(crate) struct BrokeDown;

impl Workers {
    pub(crate) fn new(number: usize) -> Self {
        let (work, queue) = mpsc::channel::<Work>();
        let queue = Arc::new(Mutex::new(queue));
        for place in 0..number {
            let queue = queue.clone();
            let next = move || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let thread = thread::Builder::new().name(format!("speech-{place}"));
            let started = thread.spawn(move || {
                while let Ok(work) = next() {
                    // The panic's hook has logged it; whoever waits sees that nothing comes.
                    let _ = catch_unwind(AssertUnwindSafe(work));
                }
            });
            if let Err(e) = started {
                tracing::error!("a thread cannot be started: {e}");
            }
        }
        Self { turns: Turns::new(number), work, number }
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// How long a chunk waits that is wanted now.
    pub(crate) fn backlog(&self) -> Duration {
        self.turns.backlog()
    }

    /// Whether none of them is without work.
    pub(crate) fn are_all_busy(&self) -> bool {
        self.turns.free() == 0
    }

    /// Waits for a turn and does the work then. Dropped before its turn, nothing is done; dropped later, the work is done
    /// for nobody.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        need: Need,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BrokeDown> {
        let turn = self.turns.turn(need).await.ok_or(BrokeDown)?;
        let (done, result) = oneshot::channel();
        let work = move || {
            let result = work();
            // Given back also where nobody takes the result, and before it is taken.
            drop(turn);
            let _ = done.send(result);
        };
        self.work.send(Box::new(work)).map_err(|_| BrokeDown)?;
        result.await.map_err(|_| BrokeDown)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::admission::Client;

    #[tokio::test]
    async fn a_panic_costs_neither_thread_nor_turn() {
        let workers = Workers::new(1);
        let need = Need { client: Client::Key(0), due: Instant::now() };
        for _ in 0..3 {
            assert!(workers.run(need, || panic!("a bug")).await.is_err());
            assert_eq!(workers.run(need, || 7).await.unwrap(), 7);
        }
    }
}
