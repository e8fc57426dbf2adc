//! The voices in memory. They are loaded at first need, and the longest unused one makes room for another.
//!
//! A request must not wait for what another one does: the runtime ends a request's work when its client leaves, and runs
//! what it wakes on its behalf. So who waits for another's load looks again at intervals of its own, and takes over what
//! nobody carries on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chanter_engine::Voice;
use chanter_http::Failure;
use worker::{Date, Delay};

use super::{Found, Place, Result, read};
use crate::journal;
use crate::site::Site;

const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// A load that nothing was heard of for so long is given up; one piece, or the making of plans, takes less.
const SILENCE_MS: u64 = 10_000;
/// So long a request waits for its voice.
const PATIENCE_MS: u64 = 60_000;

/// A voice, kept in memory at least as long as this is.
#[derive(Clone)]
pub(crate) struct Held(Rc<Loaded>);

struct Loaded {
    id: String,
    voice: Voice,
}

impl Held {
    pub(crate) fn voice(&self) -> &Voice {
        &self.0.voice
    }
}

/// A load under way, and how it ended.
#[derive(Default)]
struct Load {
    heard: Cell<u64>,
    ended: RefCell<Option<Result<Held>>>,
}

#[derive(Default)]
struct Shelf {
    /// The longest unused first.
    held: Vec<(Held, bool)>,
    /// One at a time: two would need the memory of both.
    load: Option<(String, Rc<Load>)>,
}

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::default();
}

/// The voice, from memory or loaded now.
pub(super) async fn voice(site: &Rc<Site>, found: &Found) -> Result<Held, Failure> {
    let unready = || Failure::not_ready(format!("the voice {:?} could not be loaded", found.name));
    let began = now();
    let mut waits_for: Option<Rc<Load>> = None;
    loop {
        if let Some(held) = SHELF.with_borrow_mut(|shelf| shelf.take_up(&found.id)) {
            return Ok(held);
        }
        if let Some(load) = &waits_for
            && let Some(ended) = load.ended.borrow().clone()
        {
            return ended.map_err(|_| unready());
        }
        let begun = SHELF.with_borrow_mut(|shelf| shelf.begin(found, site.options.max_voices, now()));
        match begun {
            Begun::Now(load) => {
                carry_out(site, found.clone(), load.clone());
                waits_for = Some(load);
            }
            Begun::Before(load) => waits_for = Some(load),
            Begun::NotYet => waits_for = None,
        }
        if now() > began + PATIENCE_MS {
            return Err(Failure::not_ready("all voices that fit in memory are speaking"));
        }
        Delay::from(LOOK_AGAIN).await;
    }
}

/// Loads in the background: the client that was first may leave.
fn carry_out(site: &Rc<Site>, found: Found, load: Rc<Load>) {
    let background = site.clone();
    site.context.wait_until(async move {
        // What waited in this turn of the loop, such as other requests, comes first.
        Delay::from(Duration::ZERO).await;
        let voice = read(&background.env, &found, || load.heard.set(now())).await;
        let ended = voice.map(|voice| Held(Rc::new(Loaded { id: found.id.clone(), voice })));
        if let Err(why) = &ended {
            journal::error("a voice could not be loaded", format!("{}: {why}", found.name));
        }
        #[cfg(feature = "probe")]
        crate::probe::voice_loaded(&found.name);
        SHELF.with_borrow_mut(|shelf| shelf.end(&load, ended, matches!(found.place, Place::BuiltIn)));
    });
}

enum Begun {
    /// By this call, which has to carry it out.
    Now(Rc<Load>),
    /// By another request.
    Before(Rc<Load>),
    /// Not before another voice is loaded, or has spoken.
    NotYet,
}

impl Shelf {
    fn take_up(&mut self, id: &str) -> Option<Held> {
        let at = self.held.iter().position(|(held, _)| held.0.id == id)?;
        let taken = self.held.remove(at);
        self.held.push(taken.clone());
        Some(taken.0)
    }

    fn begin(&mut self, found: &Found, most: usize, now: u64) -> Begun {
        if let Some((id, load)) = &self.load
            && now < load.heard.get() + SILENCE_MS
        {
            return if *id == found.id { Begun::Before(load.clone()) } else { Begun::NotYet };
        }
        self.load = None;
        if !matches!(found.place, Place::BuiltIn) && !self.make_room(most) {
            return Begun::NotYet;
        }
        let load = Rc::new(Load::default());
        load.heard.set(now);
        self.load = Some((found.id.clone(), load.clone()));
        Begun::Now(load)
    }

    /// Drops voices until there is room for one more; says whether there is.
    fn make_room(&mut self, most: usize) -> bool {
        loop {
            let others = || self.held.iter().enumerate().filter(|(_, (_, built_in))| !built_in);
            if others().count() < most {
                return true;
            }
            // One that speaks would stay in memory all the same.
            let Some((at, _)) = others().find(|(_, (held, _))| Rc::strong_count(&held.0) == 1) else { return false };
            self.held.remove(at);
        }
    }

    fn end(&mut self, load: &Rc<Load>, ended: Result<Held>, built_in: bool) {
        // One that was given up may end after all; then another has taken its place.
        if self.load.as_ref().is_some_and(|(_, current)| Rc::ptr_eq(current, load)) {
            self.load = None;
            if let Ok(held) = &ended {
                self.held.push((held.clone(), built_in));
            }
        }
        load.ended.replace(Some(ended));
    }
}

fn now() -> u64 {
    Date::now().as_millis()
}

#[cfg(test)]
mod tests {
    use super::super::built_in;
    use super::*;

    fn found(id: &str) -> Found {
        Found { name: id.to_owned(), id: id.to_owned(), place: Place::Bucket(1) }
    }

    fn loaded(id: &str) -> Held {
        Held(Rc::new(Loaded { id: id.to_owned(), voice: Voice::built_in().unwrap() }))
    }

    fn begin(shelf: &mut Shelf, id: &str, now: u64) -> Option<Rc<Load>> {
        match shelf.begin(&found(id), 1, now) {
            Begun::Now(load) => Some(load),
            _ => None,
        }
    }

    #[test]
    fn one_load_for_all_who_want_it() {
        let mut shelf = Shelf::default();
        let load = begin(&mut shelf, "a", 0).unwrap();
        assert!(matches!(shelf.begin(&found("a"), 1, 5), Begun::Before(same) if Rc::ptr_eq(&same, &load)));
        assert!(matches!(shelf.begin(&found("b"), 1, 5), Begun::NotYet));
        shelf.end(&load, Ok(loaded("a")), false);
        assert!(shelf.take_up("a").is_some() && load.ended.borrow().is_some());
    }

    #[test]
    fn a_failure_is_for_those_who_waited_only() {
        let mut shelf = Shelf::default();
        let load = begin(&mut shelf, "a", 0).unwrap();
        shelf.end(&load, Err("no".into()), false);
        assert!(shelf.take_up("a").is_none());
        assert!(begin(&mut shelf, "a", 1).is_some());
    }

    #[test]
    fn a_load_that_fell_silent_is_taken_over() {
        let mut shelf = Shelf::default();
        let old = begin(&mut shelf, "a", 0).unwrap();
        let new = begin(&mut shelf, "a", SILENCE_MS).unwrap();
        shelf.end(&old, Ok(loaded("a")), false);
        assert!(shelf.take_up("a").is_none(), "the old one counts no more");
        shelf.end(&new, Ok(loaded("a")), false);
        assert!(shelf.take_up("a").is_some());
    }

    #[test]
    fn the_longest_unused_makes_room_unless_it_speaks() {
        let mut shelf = Shelf::default();
        for id in ["a", "b"] {
            shelf.held.push((loaded(id), false));
        }
        shelf.held.push((loaded(&built_in::found().id), true));
        let speaking = shelf.take_up("b").unwrap();
        assert!(begin(&mut shelf, "c", 0).is_none());
        assert!(shelf.take_up("a").is_none() && shelf.take_up("b").is_some(), "a is gone, b speaks");
        drop(speaking);
        assert!(begin(&mut shelf, "c", 0).is_some());
        assert_eq!(shelf.held.len(), 1, "the built-in voice stays");
    }
}
