//! Who computes the next chunk.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Client;

/// A listener with so much in hand does not need the next chunk before others have theirs.
const AHEAD: Duration = Duration::from_secs(2);

/// What a client has had counts half after this time.
const HALF_LIFE: Duration = Duration::from_secs(10);
/// A client that has had so many seconds of computing, and so many times an equal share of what all have had, comes after
/// the others. Listeners at speed all have about the same, however soon they came.
const MUCH: f64 = 1.0;
const SHARES: f64 = 1.5;

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
    turns: usize,
    free: usize,
    /// Seconds that a turn takes, on average of the last ones.
    usual: f64,
    waiting: Vec<Waiting>,
    clients: HashMap<Client, Used>,
}

struct Waiting {
    need: Need,
    turn: oneshot::Sender<Turn>,
}

/// What a client has had.
struct Used {
    /// Seconds of computing, what is long ago counting less.
    time: f64,
    /// When that was so.
    at: Instant,
    /// Turns that it has or waits for.
    turns: usize,
}

impl Used {
    fn by(&self, now: Instant) -> f64 {
        self.time * (-(now - self.at).as_secs_f64() / HALF_LIFE.as_secs_f64()).exp2()
    }
}

impl Turns {
    pub(super) fn new(turns: usize) -> Self {
        let state = State { turns, free: turns, usual: 0.0, waiting: Vec::new(), clients: HashMap::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Waits for a turn. A future that is dropped gives up its place.
    pub(super) async fn turn(&self, need: Need) -> Option<Turn> {
        let (turn, mine) = oneshot::channel();
        self.wait(need, turn);
        mine.await.ok()
    }

    /// How long it takes until all have had a turn who wait now and are not far ahead; clients that had far more than others
    /// do not count.
    pub(super) fn backlog(&self) -> Duration {
        let (state, now) = (self.state(), Instant::now());
        let greedy = state.greedy(now);
        let counts = |waiting: &&Waiting| waiting.need.due <= now + AHEAD && !greedy.contains(&waiting.need.client);
        let turns = state.waiting.iter().filter(counts).count();
        Duration::from_secs_f64(turns as f64 * state.usual / state.turns.max(1) as f64)
    }

    /// Turns that nobody has.
    pub(super) fn free(&self) -> usize {
        self.state().free
    }

    fn wait(&self, need: Need, turn: oneshot::Sender<Turn>) {
        let mut state = self.state();
        let used = state.clients.entry(need.client).or_insert(Used { time: 0.0, at: Instant::now(), turns: 0 });
        used.turns += 1;
        state.waiting.push(Waiting { need, turn });
        self.grant(&mut state);
    }

    fn grant(&self, state: &mut State) {
        while state.free > 0 && !state.waiting.is_empty() {
            let now = Instant::now();
            let greedy = state.greedy(now);
            let key = |Need { client, due }: Need| (due > now + AHEAD, greedy.contains(&client), due);
            // Among equals the first comes first, so this is neither `swap_remove` nor a set that is kept in order.
            let Some(next) = (0..state.waiting.len()).min_by_key(|&place| key(state.waiting[place].need)) else {
                return;
            };
            let Waiting { need, turn } = state.waiting.remove(next);
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
    /// Clients that have had far more than others.
    fn greedy(&self, now: Instant) -> HashSet<Client> {
        let all: f64 = self.clients.values().map(|used| used.by(now)).sum();
        let share = all / self.clients.len().max(1) as f64;
        let much = self.clients.iter().filter(|(_, used)| used.by(now) > MUCH.max(SHARES * share));
        much.map(|(client, _)| *client).collect()
    }

    fn done(&mut self, client: Client, time: Duration) {
        let now = Instant::now();
        if let Some(used) = self.clients.get_mut(&client) {
            *used = Used { time: used.by(now) + time.as_secs_f64(), at: now, turns: used.turns - 1 };
        }
        // Who has nothing to do is remembered as long as it matters.
        self.clients.retain(|_, used| used.turns > 0 || used.by(now) > MUCH / 4.0);
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
            let (mut state, time) = (self.turns.state(), self.began.elapsed());
            state.free += 1;
            state.usual += (time.as_secs_f64() - state.usual) / 16.0;
            state.done(self.client, time);
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

    fn has_had(turns: &Turns, client: usize, time: f64) {
        turns.state().clients.insert(Client::Key(client), Used { time, at: Instant::now(), turns: 0 });
    }

    #[tokio::test]
    async fn a_client_with_many_speeches_does_not_starve_another() {
        let turns = Turns::new(1);
        has_had(&turns, 0, 3.0);
        let mut needs = vec![need(0, 0); 8];
        needs.extend([need(1, 1000), need(1, 1500)]);
        assert_eq!(order(&turns, &needs, Duration::ZERO).await[..3], [8, 9, 0]);
    }

    #[tokio::test]
    async fn who_has_listened_for_long_does_not_wait_for_newcomers() {
        let turns = Turns::new(1);
        for client in 0..4 {
            has_had(&turns, client, 2.0);
        }
        let mut needs = vec![need(0, 100), need(1, 200), need(2, 300), need(3, 400)];
        needs.extend([need(4, 500), need(5, 500)]);
        assert_eq!(order(&turns, &needs, Duration::ZERO).await, [0, 1, 2, 3, 4, 5]);
    }

    #[tokio::test]
    async fn a_backlog_is_what_listeners_wait_for() {
        let turns = Turns::new(2);
        let _both = [turns.turn(need(0, 0)).await, turns.turn(need(0, 0)).await];
        turns.state().usual = 0.1;
        let mut waiting = [need(1, 0), need(2, 500), need(3, 60_000)].map(|need| Box::pin(turns.turn(need)));
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()));
        assert_eq!(turns.backlog(), Duration::from_millis(100));
        has_had(&turns, 1, 9.0);
        assert_eq!(turns.backlog(), Duration::from_millis(50));
    }

    #[tokio::test]
    async fn what_is_long_ago_counts_less() {
        let now = Instant::now();
        let used = Used { time: 4.0, at: now, turns: 0 };
        assert!((used.by(now + 2 * HALF_LIFE) - 1.0).abs() < 1e-9);
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
