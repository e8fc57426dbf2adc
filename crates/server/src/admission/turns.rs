//! Who computes the next chunk.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Client;

/// A listener with so much in hand does not need the next chunk before others have theirs.
const AHEAD: Duration = Duration::from_secs(2);

/// When a chunk is needed, and by whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    pub(crate) client: Client,
    /// When its listener will have heard all that there is.
    pub(crate) due: Instant,
}

/// A fixed number of turns. Cloning is cheap; clones share them.
#[derive(Clone)]
pub(super) struct Turns(Arc<Mutex<State>>);

struct State {
    free: usize,
    waiting: Vec<Waiting>,
    clients: HashMap<Client, Used>,
    /// The least that a client with something to do has used: who comes anew begins there (start-time fair queueing,
    /// Goyal, Vin and Cheng 1996).
    floor: Duration,
}

struct Waiting {
    need: Need,
    turn: oneshot::Sender<Turn>,
}

/// What a client has had.
struct Used {
    time: Duration,
    /// Turns that it has or waits for.
    turns: usize,
}

impl Turns {
    pub(super) fn new(turns: usize) -> Self {
        let state = State { free: turns, waiting: Vec::new(), clients: HashMap::new(), floor: Duration::ZERO };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Waits for a turn. A future that is dropped gives up its place.
    pub(super) async fn turn(&self, need: Need) -> Option<Turn> {
        let (turn, mine) = oneshot::channel();
        self.wait(need, turn);
        mine.await.ok()
    }

    fn wait(&self, need: Need, turn: oneshot::Sender<Turn>) {
        let mut state = self.state();
        let floor = state.floor;
        let used = state.clients.entry(need.client).or_insert(Used { time: floor, turns: 0 });
        // What was not used while there was nothing to do is not saved up.
        used.time = if used.turns == 0 { used.time.max(floor) } else { used.time };
        used.turns += 1;
        state.waiting.push(Waiting { need, turn });
        self.grant(&mut state);
    }

    fn grant(&self, state: &mut State) {
        while state.free > 0 {
            let now = Instant::now();
            let Some(next) = (0..state.waiting.len()).min_by(|&a, &b| state.compare(a, b, now)) else { return };
            // Not `swap_remove`: among equals the first comes first.
            let Waiting { need, turn } = state.waiting.remove(next);
            let used = state.clients.get(&need.client).map_or(state.floor, |used| used.time);
            state.floor = state.floor.max(used);
            let granted = Turn { turns: self.clone(), client: need.client, began: now, given: true };
            match turn.send(granted) {
                Ok(()) => state.free -= 1,
                // It has left, and has used nothing.
                Err(mut turn) => {
                    turn.given = false;
                    state.done(need.client, Duration::ZERO);
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// First those whose listeners need it; among them the client that has had least; of its speeches the one that is due.
    fn compare(&self, a: usize, b: usize, now: Instant) -> Ordering {
        let [a, b] = [a, b].map(|place| {
            let need = &self.waiting[place].need;
            let used = self.clients.get(&need.client).map_or(Duration::ZERO, |used| used.time);
            (need.due > now + AHEAD, used, need.due)
        });
        a.cmp(&b)
    }

    fn done(&mut self, client: Client, time: Duration) {
        if let Some(used) = self.clients.get_mut(&client) {
            used.time += time;
            used.turns -= 1;
        }
        // Who has nothing to do is remembered as long as it has had more than others who have.
        let floor = self.floor;
        let idle = self.clients.values().all(|used| used.turns == 0);
        self.clients.retain(|_, used| used.turns > 0 || (!idle && used.time > floor));
    }
}

/// The right to compute, until it is dropped.
pub(super) struct Turn {
    turns: Turns,
    client: Client,
    began: Instant,
    given: bool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.given {
            let mut state = self.turns.state();
            state.free += 1;
            state.done(self.client, self.began.elapsed());
            self.turns.grant(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn need(client: usize, lead_ms: u64) -> Need {
        Need { client: Client::Key(client), due: Instant::now() + Duration::from_millis(lead_ms) }
    }

    /// The order in which turns are given to those who wait for one.
    async fn order(turns: &Turns, needs: &[Need], work: Duration) -> Vec<usize> {
        let first = turns.turn(need(99, 0)).await;
        let mut waiting: Vec<_> = needs.iter().map(|need| Box::pin(turns.turn(*need))).collect();
        for turn in &mut waiting {
            assert!(turn.now_or_never().is_none());
        }
        drop(first);
        let mut order = Vec::new();
        while order.len() < needs.len() {
            for (place, turn) in waiting.iter_mut().enumerate() {
                if !order.contains(&place)
                    && let Some(turn) = turn.now_or_never()
                {
                    order.push(place);
                    std::thread::sleep(work);
                    drop(turn);
                }
            }
        }
        order
    }

    #[tokio::test]
    async fn whoever_is_due_comes_first() {
        let turns = Turns::new(1);
        let needs = [need(0, 1500), need(0, 500), need(0, 1000)];
        assert_eq!(order(&turns, &needs, Duration::ZERO).await, [1, 2, 0]);
    }

    #[tokio::test]
    async fn a_client_with_many_speeches_does_not_starve_another() {
        let turns = Turns::new(1);
        let mut needs = vec![need(0, 0); 8];
        needs.extend([need(1, 1000), need(1, 1000)]);
        // Long enough for a busy machine's delays to matter little.
        let order = order(&turns, &needs, Duration::from_millis(20)).await;
        let last = order.iter().rposition(|&place| place >= 8).unwrap();
        assert!(last <= 5, "{order:?}");
    }

    #[tokio::test]
    async fn whoever_is_far_ahead_waits_for_all_others() {
        let turns = Turns::new(1);
        let mut needs = vec![need(1, 60_000)];
        needs.extend(vec![need(0, 0); 4]);
        assert_eq!(order(&turns, &needs, Duration::from_millis(1)).await.last(), Some(&0));
    }

    #[tokio::test]
    async fn who_leaves_takes_no_turn() {
        let turns = Turns::new(1);
        let first = turns.turn(need(0, 0)).await;
        let mut leaver = Box::pin(turns.turn(need(1, 0)));
        assert!((&mut leaver).now_or_never().is_none());
        drop(leaver);
        // One who leaves with the turn already given.
        let mut late = Box::pin(turns.turn(need(2, 0)));
        assert!((&mut late).now_or_never().is_none());
        drop(first);
        drop(late);
        assert!(turns.turn(need(3, 0)).now_or_never().flatten().is_some());
        assert_eq!(turns.state().free, 1);
        assert!(turns.state().clients.is_empty(), "clients are forgotten");
    }
}
