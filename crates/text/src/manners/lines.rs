//! What a line is by how it begins (CommonMark 0.31, chapter 4, and the tables of GitHub).

use crate::cursor::{Cursor, Look, Miss};

use super::addresses::address;

/// Bytes of a line that are looked at to tell what it is.
const LONGEST: usize = 512;
const BULLETS: &str = "-*+•‣◦▪●○·";

/// What a line begins with, without the spaces before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Text, or nothing at all.
    Plain,
    /// A number and a dot or bracket, as items of a list have and other lines too.
    Number(u32),
    /// So many bytes that make it a heading.
    Heading(usize),
    /// So many bytes that make it an item of a list.
    Item(usize),
    /// So many bytes that make it a quotation.
    Quote(usize),
    /// A row of a table.
    Row,
    /// So many bytes, the whole line, that are only drawn.
    Drawn(usize),
    /// So many bytes, the whole line, that say where a link leads.
    Definition(usize),
    /// So many bytes that say which footnote follows.
    Footnote(usize),
    /// A line that begins code: its bytes with the line's end, its mark, how often that stands there, and whether this is text after all.
    Fence { len: usize, mark: char, count: usize, read: bool },
}

/// What the line begins with.
pub(crate) fn begin(line: &str, whole: bool) -> Look<Begin> {
    let cursor = Cursor::new(line, whole, LONGEST);
    let Some(first) = cursor.peek()? else { return Ok(Begin::Plain) };
    let tries: &[fn(Cursor<'_>) -> Look<Begin>] = match first {
        '#' => &[heading],
        '>' => &[quote],
        '-' | '*' | '_' => &[drawn, item],
        '=' => &[drawn],
        '|' => &[drawn, row],
        ':' => &[drawn],
        '`' | '~' => &[fence],
        '0'..='9' => &[number],
        '[' => &[footnote, definition],
        c if BULLETS.contains(c) => &[item],
        _ => &[],
    };
    for attempt in tries {
        match attempt(cursor.clone()) {
            Err(Miss::Not) => {}
            other => return other,
        }
    }
    Ok(Begin::Plain)
}

/// Whether the line, without the spaces before it, is blank.
pub(crate) fn is_blank(line: &str, whole: bool) -> Look<bool> {
    let mut cursor = Cursor::new(line, whole, LONGEST);
    cursor.eat(|c| c == '\r')?;
    Ok(cursor.peek()?.is_none_or(|c| c == '\n'))
}

/// The length of a line that ends a fence.
pub(crate) fn closing_fence(line: &str, whole: bool, mark: char, count: usize) -> Look<usize> {
    let mut cursor = Cursor::new(line, whole, LONGEST);
    if cursor.take_while(|c| c == mark)?.len() < count {
        return Err(Miss::Not);
    }
    at_end(&mut cursor)
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Bytes up to the line's end, if only spaces stand before it.
fn at_end(cursor: &mut Cursor<'_>) -> Look<usize> {
    cursor.take_while(|c| is_space(c) || c == '\r')?;
    if cursor.peek()?.is_none_or(|c| c == '\n') { Ok(cursor.at()) } else { Err(Miss::Not) }
}

fn heading(mut cursor: Cursor<'_>) -> Look<Begin> {
    let mut count = 0;
    while cursor.eat(|c| c == '#')? {
        count += 1;
        if count > 6 {
            return Err(Miss::Not);
        }
    }
    if cursor.peek()?.is_some_and(is_space) {
        cursor.take_while(is_space)?;
        return Ok(Begin::Heading(cursor.at()));
    }
    Err(Miss::Not)
}

/// `>5` is a comparison.
fn quote(mut cursor: Cursor<'_>) -> Look<Begin> {
    cursor.expect('>')?;
    match cursor.peek()? {
        Some(c) if is_space(c) => cursor.eat(is_space).map(|_| Begin::Quote(cursor.at())),
        Some(c) if c.is_alphabetic() || "\n\r>\"'“„«".contains(c) => Ok(Begin::Quote(cursor.at())),
        None => Ok(Begin::Quote(cursor.at())),
        _ => Err(Miss::Not),
    }
}

/// A rule, the line under a heading, and the one between a table's head and body.
fn drawn(mut cursor: Cursor<'_>) -> Look<Begin> {
    let first = cursor.peek()?.unwrap_or_default();
    let (mut count, mut bars, mut others) = (0, 0, 0);
    while let Some(c) = cursor.peek()?.filter(|&c| is_space(c) || "-*_=|:".contains(c)) {
        match c {
            '-' if first == '|' || first == ':' => count += 1,
            '|' => bars += 1,
            ':' => others += 1,
            c if c == first => count += 1,
            c if is_space(c) => {}
            _ => return Err(Miss::Not),
        }
        cursor.next()?;
    }
    let table = matches!(first, '-' | '|' | ':') && bars > 0 && count > 0;
    if !table && (count < 3 || bars + others > 0) {
        return Err(Miss::Not);
    }
    at_end(&mut cursor).map(Begin::Drawn)
}

fn item(mut cursor: Cursor<'_>) -> Look<Begin> {
    let mark = cursor.next()?;
    if !BULLETS.contains(mark) || !cursor.eat(is_space)? {
        return Err(Miss::Not);
    }
    cursor.take_while(is_space)?;
    let after = cursor.peek()?;
    // "+ 5" is arithmetic.
    if after.is_none_or(|c| c == '\n' || c == '\r') || mark == '+' && !after.is_some_and(char::is_alphabetic) {
        return Err(Miss::Not);
    }
    let len = cursor.at();
    // What is to be ticked off.
    if after == Some('[') {
        cursor.next()?;
        let boxed = cursor.eat(|c| " xX".contains(c))? && cursor.eat(|c| c == ']')? && cursor.eat(is_space)?;
        return Ok(Begin::Item(if boxed { cursor.at() } else { len }));
    }
    Ok(Begin::Item(len))
}

fn row(mut cursor: Cursor<'_>) -> Look<Begin> {
    cursor.expect('|')?;
    if cursor.eat(is_space)? { Ok(Begin::Row) } else { Err(Miss::Not) }
}

fn number(mut cursor: Cursor<'_>) -> Look<Begin> {
    let mut number = 0_u32;
    while let Some(digit) = cursor.peek()?.and_then(|c| c.to_digit(10)) {
        cursor.next()?;
        number = number.checked_mul(10).and_then(|n| n.checked_add(digit)).filter(|n| *n < 10_000).ok_or(Miss::Not)?;
    }
    if cursor.eat(|c| c == '.' || c == ')')? && cursor.eat(is_space)? {
        Ok(Begin::Number(number))
    } else {
        Err(Miss::Not)
    }
}

fn fence(mut cursor: Cursor<'_>) -> Look<Begin> {
    let mark = cursor.peek()?.unwrap_or_default();
    let count = cursor.take_while(|c| c == mark)?.len();
    if count < 3 {
        return Err(Miss::Not);
    }
    let info = cursor.take_while(|c| c != '\n')?;
    if mark == '`' && info.contains('`') {
        return Err(Miss::Not);
    }
    cursor.eat(|c| c == '\n')?;
    let language = info.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let read = matches!(language.as_str(), "" | "text" | "txt" | "plain" | "plaintext" | "markdown" | "md");
    Ok(Begin::Fence { len: cursor.at(), mark, count, read })
}

/// `[^1]: `
fn footnote(mut cursor: Cursor<'_>) -> Look<Begin> {
    cursor.expect('[')?;
    cursor.expect('^')?;
    cursor.take_while(|c| c != ']' && !c.is_whitespace())?;
    cursor.expect(']')?;
    cursor.expect(':')?;
    cursor.take_while(is_space)?;
    Ok(Begin::Footnote(cursor.at()))
}

/// `[name]: https://example.com "title"`
fn definition(mut cursor: Cursor<'_>) -> Look<Begin> {
    cursor.expect('[')?;
    cursor.take_while(|c| !"[]\n".contains(c))?;
    cursor.expect(']')?;
    cursor.expect(':')?;
    cursor.take_while(is_space)?;
    let start = cursor.at();
    let rest = cursor.take_while(|c| c != '\n')?;
    let leads = rest.starts_with(['/', '#', '<']) || address(rest, true).is_ok();
    if leads && cursor.at() > start { Ok(Begin::Definition(cursor.at())) } else { Err(Miss::Not) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_by_how_they_begin() {
        for (line, expected) in [
            ("", Begin::Plain),
            ("# Title", Begin::Heading(2)),
            ("###### \tx", Begin::Heading(8)),
            ("####### x", Begin::Plain),
            ("#1 is", Begin::Plain),
            ("> quoted", Begin::Quote(2)),
            (">quoted", Begin::Quote(1)),
            (">5 is", Begin::Plain),
            ("- item", Begin::Item(2)),
            ("* **item**", Begin::Item(2)),
            ("-5 degrees", Begin::Plain),
            ("+ 5", Begin::Plain),
            ("+ five", Begin::Item(2)),
            ("•\titem", Begin::Item(4)),
            ("- [x] done", Begin::Item(6)),
            ("- [link](x)", Begin::Item(2)),
            ("- - -\nx", Begin::Drawn(5)),
            ("***", Begin::Drawn(3)),
            ("**bold**", Begin::Plain),
            ("--", Begin::Plain),
            ("---x", Begin::Plain),
            ("====\n", Begin::Drawn(4)),
            ("=5", Begin::Plain),
            ("|---|:-:|\n", Begin::Drawn(9)),
            ("---|---", Begin::Drawn(7)),
            (":-- | --:", Begin::Drawn(9)),
            ("| a | b |", Begin::Row),
            ("|x| < 5", Begin::Plain),
            ("12. x", Begin::Number(12)),
            ("1) x", Begin::Number(1)),
            ("1.5 x", Begin::Plain),
            ("12345. x", Begin::Plain),
            ("```rust\n", Begin::Fence { len: 8, mark: '`', count: 3, read: false }),
            ("~~~~", Begin::Fence { len: 4, mark: '~', count: 4, read: true }),
            ("```x``` y", Begin::Plain),
            ("[a]: https://b.c", Begin::Definition(16)),
            ("[Ann]: hello", Begin::Plain),
            ("[^1]: Note", Begin::Footnote(6)),
        ] {
            assert_eq!(begin(line, true), Ok(expected), "{line:?}");
            for (at, _) in line.char_indices() {
                let early = begin(&line[..at], false);
                assert!(early == Err(Miss::More) || early == Ok(expected), "{line:?} to {at}: {early:?}");
            }
        }
    }
}
