//! When the end of a sentence is known in a text that still grows.
//!
//! A phonemizer looks a little beyond the end of a clause: at the marks and the white space that follow, which become
//! part of it, and then at [`FOLLOWERS`] characters. Once those are there, the clause is what it is in the whole text.

/// Characters after a clause's end that can change it.
pub(crate) const FOLLOWERS: usize = 2;

/// Plain characters after a mark that leave no doubt whether it ends something.
const SETTLED: usize = FOLLOWERS + 1;
/// Bytes that are read in vain, for each byte of the text.
const PATIENCE: usize = 100;

/// Whether a clause that ends at `end` has all the characters after it that can change it.
pub(crate) fn is_followed(text: &str, end: usize) -> bool {
    text.get(end..).is_some_and(|rest| rest.chars().nth(FOLLOWERS - 1).is_some())
}

/// Tries to read a sentence that had no end yet. Each reads the text from the sentence's beginning, so they are made only
/// where a mark is new, and in the long run only when the text has grown by half: the work stays in proportion to the text.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    /// How long the text was at the last one.
    last: usize,
    /// Up to where marks were looked for.
    seen: usize,
    /// There is a mark that was not tried with enough text after it.
    doubt: bool,
    /// The bytes that all tries have read.
    spent: usize,
}

impl Tries {
    /// Whether there is something new in `text` since the last try, which was on its beginning.
    pub(crate) fn is_worth_one(&mut self, text: &str) -> bool {
        self.doubt |= text.get(self.seen..).is_some_and(|new| new.contains(is_mark));
        self.seen = text.len();
        let affordable = self.spent <= PATIENCE * text.len();
        (self.doubt && affordable) || text.len() >= self.last + self.last / 2
    }

    /// It has no end yet.
    pub(crate) fn failed(&mut self, text: &str) {
        self.last = text.len();
        self.spent = self.spent.saturating_add(text.len());
        self.doubt = text.chars().rev().filter(|c| *c != ' ').take(SETTLED).any(is_mark);
    }
}

/// What may end a sentence, as far as can be told without knowing the language.
fn is_mark(c: char) -> bool {
    !c.is_alphanumeric() && c != ' '
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many tries a text gets that comes letter by letter and has no end, and the bytes that they read.
    fn tried(text: &str) -> (usize, usize) {
        let mut tries = Tries::default();
        let mut count = 0;
        for (at, c) in text.char_indices() {
            let text = &text[..at + c.len_utf8()];
            if tries.is_worth_one(text) {
                tries.failed(text);
                count += 1;
            }
        }
        (count, tries.spent)
    }

    #[test]
    fn marks_are_tried_until_they_are_settled() {
        let mut tries = Tries::default();
        let mut text = "Some words that are so many that half as many are not soon to come".to_owned();
        assert!(tries.is_worth_one(&text));
        tries.failed(&text);
        for (piece, worth) in [
            (" more", false),
            (".", true),
            (" ", true),
            ("A", true),
            ("n", true),
            ("d", true),
            (" so on", false),
            (", no", true),
        ] {
            text.push_str(piece);
            assert_eq!(tries.is_worth_one(&text), worth, "{text}");
            if worth {
                tries.failed(&text);
            }
        }
    }

    #[test]
    fn work_stays_in_proportion() {
        for text in ["no end ".repeat(30_000), ".".repeat(200_000), "a,".repeat(100_000), "é\n".repeat(70_000)] {
            let (_, spent) = tried(&text);
            assert!(spent < (PATIENCE + 5) * text.len(), "{} of {}: {:?}", spent, text.len(), &text[..9]);
        }
        let (count, _) = tried(&"no end ".repeat(30_000));
        assert!(count < 40, "{count}");
    }
}
