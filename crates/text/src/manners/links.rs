//! Links, images and footnotes' numbers of Markdown (CommonMark 0.31, chapters 6.3 and 6.4).

use std::ops::Range;

use crate::cursor::{Cursor, Look, Miss};

/// Bytes of a link. What is longer is none.
const LONGEST: usize = 1024;
/// Brackets within brackets.
const DEEPEST: usize = 3;

/// A link or an image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// What is read of it.
    pub(crate) read: Range<usize>,
    /// The bytes that it takes.
    pub(crate) len: usize,
}

/// The link that a text begins with.
pub(crate) fn link(text: &str, whole: bool) -> Look<Link> {
    let mut cursor = Cursor::new(text, whole, LONGEST);
    cursor.expect('[')?;
    let footnote = cursor.eat(|c| c == '^')?;
    let start = cursor.at();
    let mut open = 1;
    let end = loop {
        let at = cursor.at();
        match cursor.next()? {
            '\\' => {
                cursor.next()?;
            }
            '[' if open > DEEPEST => return Err(Miss::Not),
            '[' => open += 1,
            ']' => open -= 1,
            '\n' if cursor.peek()? == Some('\n') => return Err(Miss::Not),
            c if footnote && c.is_whitespace() => return Err(Miss::Not),
            _ => {}
        }
        if open == 0 {
            break at;
        }
    };
    if footnote {
        return Ok(Link { read: start..start, len: cursor.at() });
    }
    match cursor.peek()? {
        Some('(') => destination(&mut cursor)?,
        Some('[') => {
            cursor.next()?;
            cursor.take_while(|c| !"[]\n".contains(c))?;
            cursor.expect(']')?;
        }
        _ => return Err(Miss::Not),
    }
    Ok(Link { read: start..end, len: cursor.at() })
}

/// `(https://example.com "title")`
fn destination(cursor: &mut Cursor<'_>) -> Look<()> {
    cursor.expect('(')?;
    cursor.take_while(char::is_whitespace)?;
    if cursor.eat(|c| c == '<')? {
        cursor.take_while(|c| c != '>' && c != '\n')?;
        cursor.expect('>')?;
    } else {
        let mut open = 0;
        while let Some(c) = cursor.peek()?.filter(|c| !c.is_whitespace()) {
            match c {
                '(' if open == DEEPEST => return Err(Miss::Not),
                '(' => open += 1,
                ')' if open == 0 => break,
                ')' => open -= 1,
                _ => {}
            }
            cursor.next()?;
        }
    }
    cursor.take_while(char::is_whitespace)?;
    let quote = cursor.next()?;
    if quote == ')' {
        return Ok(());
    }
    let closing = if quote == '(' { ')' } else { quote };
    if !"\"'(".contains(quote) {
        return Err(Miss::Not);
    }
    cursor.take_while(|c| c != closing)?;
    cursor.expect(closing)?;
    cursor.take_while(char::is_whitespace)?;
    cursor.expect(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_brackets() {
        for (text, read, rest) in [
            ("[a](b) c", "a", " c"),
            ("[a b](https://x.y/(z) \"title\").", "a b", "."),
            ("[a](<b c> 'd')", "a", ""),
            ("[![alt](b)](c)", "![alt](b)", ""),
            ("[a][1]", "a", ""),
            ("[a][]", "a", ""),
            ("[^1] b", "", " b"),
            ("[a]()", "a", ""),
        ] {
            let found = link(text, true).unwrap();
            assert_eq!((&text[found.read], &text[found.len..]), (read, rest), "{text}");
        }
        for text in ["[a] b", "[a](see the text)", "[a", "[a](b", "[a\n\nb](c)", "[[[[[a]]]]](b)", "[^a b]", "[1], [2]"]
        {
            assert_eq!(link(text, true), Err(Miss::Not), "{text}");
        }
        for text in ["[", "[a", "[a]", "[a](", "[a](b", "[a](b ", "[a][", "[^"] {
            assert_eq!(link(text, false), Err(Miss::More), "{text}");
        }
        assert_eq!(link(&format!("[{}", "a".repeat(2 * LONGEST)), false), Err(Miss::Not));
    }
}
