//! Looking ahead in a text that may still grow.

/// Why something was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// It is not there.
    Not,
    /// That depends on text that is still to come.
    More,
}

/// What was found ahead.
pub(crate) type Look<T> = Result<T, Miss>;

/// A place in a text, and how far may be looked from it.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    whole: bool,
    /// What needs more bytes than this is not what was looked for, which bounds both the work and what is held back.
    bound: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str, whole: bool, bound: usize) -> Self {
        Self { text, at: 0, whole, bound }
    }

    /// Bytes that were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// What was read from `start` on.
    pub(crate) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The next character; none at the end of a whole text.
    pub(crate) fn peek(&self) -> Look<Option<char>> {
        if self.at >= self.bound {
            return Err(Miss::Not);
        }
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None if !self.whole => Err(Miss::More),
            c => Ok(c),
        }
    }

    /// Reads a character; that there is none is a miss.
    pub(crate) fn next(&mut self) -> Look<char> {
        let c = self.peek()?.ok_or(Miss::Not)?;
        self.at += c.len_utf8();
        Ok(c)
    }

    /// Reads a character if it is one of these.
    pub(crate) fn eat(&mut self, is: impl Fn(char) -> bool) -> Look<bool> {
        let eats = self.peek()?.is_some_and(is);
        if eats {
            self.next()?;
        }
        Ok(eats)
    }

    /// Reads this character, or misses.
    pub(crate) fn expect(&mut self, c: char) -> Look<()> {
        if self.next()? == c { Ok(()) } else { Err(Miss::Not) }
    }

    /// Reads characters as long as they are of these, and gives them.
    pub(crate) fn take_while(&mut self, is: impl Fn(char) -> bool) -> Look<&'t str> {
        let start = self.at;
        while self.eat(&is)? {}
        Ok(self.since(start))
    }
}

/// Whether a text begins so, in capitals or not; `prefix` is ASCII.
pub(crate) fn begins(text: &str, prefix: &str, whole: bool) -> Look<()> {
    let bytes = text.as_bytes();
    let seen = bytes.len().min(prefix.len());
    match (bytes.get(..seen), prefix.as_bytes().get(..seen)) {
        (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b) => Err(Miss::Not),
        _ if seen == prefix.len() => Ok(()),
        _ => Err(if whole { Miss::Not } else { Miss::More }),
    }
}
