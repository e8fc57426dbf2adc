//! Who may speak now. What a speech holds beside its voice is bounded by how many speak at the same time.

use std::collections::VecDeque;

/// Speeches, first come, first served: those at the front speak, the others wait.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    queue: VecDeque<u64>,
    next: u64,
}

impl Turns {
    /// Joins at the end; gives the number to ask with.
    pub(crate) fn join(&mut self) -> u64 {
        self.next += 1;
        self.queue.push_back(self.next);
        self.next
    }

    /// Whether it is among the first so many.
    pub(crate) fn may_speak(&self, number: u64, at_once: usize) -> bool {
        self.queue.iter().take(at_once).any(|n| *n == number)
    }

    /// Makes room for the next.
    pub(crate) fn leave(&mut self, number: u64) {
        self.queue.retain(|n| *n != number);
    }

    /// How many there are, waiting ones among them.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_speak_and_who_leaves_makes_room() {
        let mut turns = Turns::default();
        let [a, b, c] = [turns.join(), turns.join(), turns.join()];
        let speaking = |turns: &Turns| [a, b, c].map(|n| turns.may_speak(n, 2));
        assert_eq!(speaking(&turns), [true, true, false]);
        turns.leave(b);
        assert_eq!(speaking(&turns), [true, false, true]);
        turns.leave(a);
        turns.leave(a);
        assert_eq!((speaking(&turns), turns.len()), ([false, false, true], 1));
    }
}
