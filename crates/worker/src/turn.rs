//! A speech's turn in this isolate.

use std::cell::RefCell;
use std::time::Duration;

use worker::Delay;

use crate::turns::Turns;

const LOOK_AGAIN: Duration = Duration::from_millis(10);

thread_local! {
    static TURNS: RefCell<Turns> = RefCell::default();
}

/// A place in the queue; dropping it makes room.
pub(crate) struct Turn(u64);

impl Turn {
    pub(crate) fn take() -> Self {
        Self(TURNS.with_borrow_mut(Turns::join))
    }

    /// Waits until this may compute a chunk: while fewer than `at_once` came before it, and after whatever else is ready.
    ///
    /// That it always waits for the next turn of the event loop sends what was enqueued: the runtime holds a chunk back
    /// while another is computed in the same turn.
    pub(crate) async fn comes(&self, at_once: usize) {
        while !TURNS.with_borrow(|turns| turns.may_speak(self.0, at_once)) {
            Delay::from(LOOK_AGAIN).await;
        }
        Delay::from(Duration::ZERO).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TURNS.with_borrow_mut(|turns| turns.leave(self.0));
    }
}

/// Speeches that are being made or wait to be.
pub(crate) fn active() -> usize {
    TURNS.with_borrow(Turns::len)
}
