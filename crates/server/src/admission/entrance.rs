//! How many speeches there are at the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chanter_http::Failure;
use tokio::sync::oneshot;

use super::{Client, Options, Workers};

/// A speech whose reader has taken nothing for so long needs nobody's time; its place is another's.
const STALLED: Duration = Duration::from_secs(10);
/// Whatever paces say, nobody is let in while chunks wait longer than this: the machine has other work too, or is slower than
/// it was. It is less than what a listener has in hand who has just begun.
const LONGEST_BACKLOG: Duration = Duration::from_millis(200);

/// Lets speeches in. Cloning is cheap; clones are the same entrance.
#[derive(Clone)]
pub(crate) struct Entrance(Arc<Shared>);

struct Shared {
    options: Options,
    workers: Workers,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    inside: Vec<Arc<Inside>>,
    waiting: Vec<Waiting>,
}

struct Inside {
    client: Client,
    cost: f64,
    /// When it got its last chunk, in milliseconds since the server began; [`WANTS`] while it waits for one, [`RESTS`] while
    /// its text is not written yet.
    served: AtomicU64,
}

const WANTS: u64 = u64::MAX;
const RESTS: u64 = u64::MAX - 1;

struct Waiting {
    client: Client,
    cost: f64,
    enter: oneshot::Sender<Place>,
}

impl Entrance {
    /// Before these workers.
    pub(crate) fn new(options: &Options, workers: Workers) -> Self {
        Self(Arc::new(Shared { options: options.clone(), workers, began: Instant::now(), state: Mutex::default() }))
    }

    /// Lets a speech in, at once or within the queue's time. It needs `cost` seconds of a worker for a second of audio.
    ///
    /// # Errors
    /// 503.
    pub(crate) async fn enter(&self, client: Client, cost: f64) -> Result<Place, Failure> {
        let options = &self.0.options;
        let (enter, entered) = oneshot::channel();
        {
            let mut state = self.state();
            if state.waiting.is_empty() && self.fits(&state, client, cost) {
                return Ok(self.admit(&mut state, client, cost));
            }
            if !state.make_room(client, options.queue) {
                return Err(no_room());
            }
            state.waiting.push(Waiting { client, cost, enter });
            self.fill(&mut state);
        }
        match tokio::time::timeout(options.queue_timeout, entered).await {
            Ok(Ok(place)) => Ok(place),
            // Its place in the queue was given to a client that had none.
            Ok(Err(_)) | Err(_) => Err(no_room()),
        }
    }

    /// Requests that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting.iter().filter(|waiting| !waiting.enter.is_closed()).count()
    }

    /// What the speeches inside need of the workers' time, 1 being all of it.
    pub(crate) fn load(&self) -> f64 {
        let now = self.now();
        // Of none, `sum` is -0.
        (self.state().inside.iter().map(|inside| inside.cost_at(now)).sum::<f64>() + 0.0)
            / self.0.options.workers.max(1) as f64
    }

    /// Whether there is room for one more: of all there is, or of the client's own fair share. A client that has more than
    /// that has to make do with less when others come.
    fn fits(&self, state: &State, client: Client, cost: f64) -> bool {
        let Options { workers, max_streams, max_load, .. } = self.0.options;
        let now = self.now();
        let (mut all, mut own) = ((0.0, 0), (0.0, 0));
        let mut clients = HashMap::from([(client, ())]);
        for inside in &state.inside {
            let cost = inside.cost_at(now);
            all = (all.0 + cost, all.1 + 1);
            clients.insert(inside.client, ());
            if inside.client == client {
                own = (own.0 + cost, own.1 + 1);
            }
        }
        let room = |(used, speeches): (f64, usize), sharers: usize| {
            let time = workers as f64 * max_load / sharers as f64;
            speeches < max_streams / sharers && (max_load == 0.0 || used + cost <= time)
        };
        if max_load > 0.0 && all.1 > 0 && self.0.workers.backlog() > LONGEST_BACKLOG {
            return false;
        }
        // One alone is served, however long it takes.
        (all.1 == 0 && max_streams > 0) || room(all, 1) || room(own, clients.len())
    }

    fn admit(&self, state: &mut State, client: Client, cost: f64) -> Place {
        let inside = Arc::new(Inside { client, cost, served: WANTS.into() });
        state.inside.push(inside.clone());
        Place { entrance: self.clone(), inside, left: false }
    }

    /// Lets in those who wait, as far as there is room; first the client that has least inside.
    fn fill(&self, state: &mut State) {
        state.waiting.retain(|waiting| !waiting.enter.is_closed());
        loop {
            let inside = |client| state.inside.iter().filter(|inside| inside.client == client).count();
            let fitting = (0..state.waiting.len())
                .filter(|&i| self.fits(state, state.waiting[i].client, state.waiting[i].cost))
                .min_by_key(|&i| inside(state.waiting[i].client));
            let Some(next) = fitting else { return };
            let Waiting { client, cost, enter } = state.waiting.remove(next);
            let place = self.admit(state, client, cost);
            if let Err(mut place) = enter.send(place) {
                state.leave(&place.inside);
                // Dropped, it would want the lock that we hold.
                place.left = true;
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(RESTS - 1)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn cost_at(&self, now: u64) -> f64 {
        let idle = match self.served.load(Ordering::Relaxed) {
            WANTS => false,
            RESTS => true,
            served => now.saturating_sub(served) > STALLED.as_millis() as u64,
        };
        if idle { 0.0 } else { self.cost }
    }
}

impl State {
    /// Makes room in the queue for one of a client's requests: free room, or that of a client with more requests in it.
    fn make_room(&mut self, client: Client, queue: usize) -> bool {
        self.waiting.retain(|waiting| !waiting.enter.is_closed());
        if self.waiting.len() < queue {
            return true;
        }
        let mut requests = HashMap::new();
        for waiting in &self.waiting {
            *requests.entry(waiting.client).or_insert(0usize) += 1;
        }
        let own = requests.get(&client).copied().unwrap_or_default();
        let Some((greediest, most)) = requests.into_iter().max_by_key(|&(client, requests)| (requests, client)) else {
            return false;
        };
        if own + 1 >= most {
            return false;
        }
        let last = self.waiting.iter().rposition(|waiting| waiting.client == greediest);
        last.map(|last| self.waiting.remove(last)).is_some()
    }

    fn leave(&mut self, gone: &Arc<Inside>) {
        self.inside.retain(|inside| !Arc::ptr_eq(inside, gone));
    }
}

fn no_room() -> Failure {
    Failure::busy("the server has as many speeches to make as it can; try again in a second")
}

/// A speech's place inside, until it is dropped.
pub(crate) struct Place {
    entrance: Entrance,
    inside: Arc<Inside>,
    left: bool,
}

impl Place {
    pub(crate) fn client(&self) -> Client {
        self.inside.client
    }

    /// Its reader wants the next chunk.
    pub(crate) fn wants(&self) {
        self.inside.served.store(WANTS, Ordering::Relaxed);
    }

    /// Its reader has the next chunk.
    pub(crate) fn served(&self) {
        self.inside.served.store(self.entrance.now(), Ordering::Relaxed);
    }

    /// There is nothing to speak for now: others may have its share.
    pub(crate) fn rests(&self) {
        self.inside.served.store(RESTS, Ordering::Relaxed);
        self.entrance.fill(&mut self.entrance.state());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.left {
            return;
        }
        let mut state = self.entrance.state();
        state.leave(&self.inside);
        self.entrance.fill(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn entrance(set: impl FnOnce(&mut Options)) -> Entrance {
        let mut options = Options { workers: 1, max_load: 1.0, queue: 2, ..Options::default() };
        options.queue_timeout = Duration::from_secs(600);
        set(&mut options);
        Entrance::new(&options, Workers::new(1))
    }

    fn inside(entrance: &Entrance) -> usize {
        entrance.state().inside.len()
    }

    fn enter(entrance: &Entrance, client: usize, cost: f64) -> Option<Result<Place, Failure>> {
        entrance.enter(Client::Key(client), cost).now_or_never()
    }

    #[tokio::test]
    async fn as_many_as_can_be_made_in_real_time() {
        let entrance = entrance(|options| options.queue = 0);
        let four: Vec<_> = (0..4).map(|_| enter(&entrance, 0, 0.25).unwrap().unwrap()).collect();
        assert_eq!((inside(&entrance), entrance.load()), (4, 1.0));
        let refused = enter(&entrance, 0, 0.25).unwrap().err().unwrap();
        assert_eq!(refused.status().as_u16(), 503);
        assert_eq!(refused.response().headers()["retry-after"], "1");
        drop(four);
        // However slow a voice is, one is let in.
        let slow = enter(&entrance, 0, 7.0).unwrap().unwrap();
        assert!(enter(&entrance, 0, 0.1).unwrap().is_err());
        drop(slow);
        assert_eq!((inside(&entrance), entrance.load()), (0, 0.0));
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_moves_on() {
        let entrance = entrance(|_| {});
        let inside = enter(&entrance, 0, 1.0).unwrap().unwrap();
        let mut first = Box::pin(entrance.enter(Client::Key(0), 1.0));
        let mut second = Box::pin(entrance.enter(Client::Key(0), 1.0));
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
        assert_eq!(entrance.waiting(), 2);
        assert!(enter(&entrance, 0, 1.0).unwrap().is_err(), "the queue is full");
        // One who leaves makes room.
        drop(first);
        assert_eq!(entrance.waiting(), 1);
        drop(inside);
        assert!(second.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_has_a_deadline() {
        let entrance = entrance(|options| options.queue_timeout = Duration::from_millis(75));
        let inside = enter(&entrance, 0, 1.0).unwrap().unwrap();
        assert!(entrance.enter(Client::Key(0), 1.0).await.is_err());
        assert_eq!(entrance.waiting(), 0);
        drop(inside);
        assert!(enter(&entrance, 0, 1.0).unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_client_gets_its_share_however_many_another_has() {
        let entrance = entrance(|_| {});
        let many: Vec<_> = (0..4).map(|_| enter(&entrance, 0, 0.25).unwrap().unwrap()).collect();
        let mut greedy: Vec<_> = (0..2).map(|_| Box::pin(entrance.enter(Client::Key(0), 0.25))).collect();
        assert!(greedy.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        // Inside, up to half; in the queue, in place of one of the other's.
        let _others: Vec<_> = (0..2).map(|_| enter(&entrance, 1, 0.25).unwrap().unwrap()).collect();
        let mut third = Box::pin(entrance.enter(Client::Key(1), 0.25));
        assert!((&mut third).now_or_never().is_none());
        assert!(greedy.pop().unwrap().now_or_never().unwrap().is_err());
        assert!(greedy.pop().unwrap().now_or_never().is_none());
        drop(many);
    }

    #[tokio::test]
    async fn a_reader_who_stalls_gives_its_share_to_others() {
        let entrance = entrance(|options| options.queue = 0);
        let place = enter(&entrance, 0, 1.0).unwrap().unwrap();
        place.served();
        assert!(enter(&entrance, 0, 1.0).unwrap().is_err());
        place.inside.served.store(0, Ordering::Relaxed);
        assert_eq!(place.inside.cost_at(STALLED.as_millis() as u64 + 1), 0.0);
        place.wants();
        assert_eq!(place.inside.cost_at(u64::MAX - 1), 1.0);
    }

    #[tokio::test]
    async fn who_waits_for_text_gives_its_share_to_others() {
        let entrance = entrance(|_| {});
        let place = enter(&entrance, 0, 1.0).unwrap().unwrap();
        let mut other = Box::pin(entrance.enter(Client::Key(0), 1.0));
        assert!((&mut other).now_or_never().is_none());
        place.rests();
        assert!(other.now_or_never().unwrap().is_ok());
        assert_eq!(entrance.load(), 0.0, "the other has left too");
        place.wants();
        assert_eq!(entrance.load(), 1.0);
    }
}
