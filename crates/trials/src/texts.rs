//! Texts that differ, so that no cache helps, and are the same in every run.

use fastrand::Rng;

const OPENINGS: &[&str] = &[
    "In the morning",
    "After the long meeting",
    "Near the old harbour",
    "Before anybody noticed",
    "On a quiet evening",
    "Without a second thought",
    "As the paper reported",
    "For the third time this year",
];
const WHO: &[&str] = &[
    "the young engineer",
    "our neighbour",
    "a tall stranger",
    "the committee",
    "her older brother",
    "the captain",
    "a group of students",
    "the new teacher",
    "every visitor",
    "the head of the library",
];
const DID: &[&str] = &[
    "carried",
    "found",
    "described",
    "repaired",
    "followed",
    "painted",
    "remembered",
    "opened",
    "measured",
    "praised",
];
const WHAT: &[&str] = &[
    "a wooden bridge",
    "the broken clock",
    "seven letters",
    "the narrow street",
    "an unusual machine",
    "the last train",
    "a basket of apples",
    "the second chapter",
    "two small boats",
    "the answer to the question",
];
const ENDS: &[&str] = &[
    "with great care.",
    "until it was dark.",
    "and said nothing more.",
    "for the first time.",
    "as if it were easy.",
    "in front of everybody.",
    "at half past four.",
    "and went home.",
];

/// A source of texts.
pub(crate) struct Texts(Rng);

impl Texts {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// Sentences of about this many characters altogether, and no more.
    pub(crate) fn next(&mut self, characters: usize) -> String {
        let mut text = self.sentence();
        loop {
            let sentence = self.sentence();
            if text.len() + 1 + sentence.len() > characters {
                return text;
            }
            text.push(' ');
            text.push_str(&sentence);
        }
    }

    fn sentence(&mut self) -> String {
        let mut one_of = |words: &[&'static str]| words[self.0.usize(..words.len())];
        format!("{}, {} {} {} {}", one_of(OPENINGS), one_of(WHO), one_of(DID), one_of(WHAT), one_of(ENDS))
    }
}
