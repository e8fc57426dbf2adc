//! The text of a voice definition, read as `voices.c` reads it.

/// The lines of a definition that say something: a keyword and what stands after it.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    longest: usize,
}

impl<'a> Lines<'a> {
    /// Lines with more than `longest` bytes go on as lines of their own, as they do where espeak-ng has a buffer that
    /// is one byte longer.
    pub(super) fn new(definition: &'a str, longest: usize) -> Self {
        Self { rest: definition.as_bytes(), longest }
    }

    fn next_line(&mut self) -> Option<&'a [u8]> {
        let limit = self.rest.len().min(self.longest);
        let (reachable, _) = self.rest.split_at(limit);
        let length = reachable.iter().position(|&byte| byte == b'\n').map_or(limit, |end| end + 1);
        let (line, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!line.is_empty()).then_some(line)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], Values<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = without_comment(self.next_line()?);
            let length = line.iter().position(|&byte| is_space(byte)).unwrap_or(line.len());
            let (keyword, value) = line.split_at(length);
            if !keyword.is_empty() {
                return Some((keyword, Values(value)));
            }
        }
    }
}

fn without_comment(line: &[u8]) -> &[u8] {
    if line.first() == Some(&b'#') {
        return &[];
    }
    let length = line.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    let line = line.split_at(length).0;
    let comment = line.windows(2).position(|two| two == b"//");
    let end = line.iter().position(|&byte| byte == 0);
    line.split_at(line.len().min(comment.unwrap_or(usize::MAX)).min(end.unwrap_or(usize::MAX))).0
}

/// What stands after a keyword, read from left to right.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    /// All of it, but no spaces before it.
    pub(super) fn text(self) -> &'a [u8] {
        self.after_space()
    }

    /// The next word.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        let rest = self.after_space();
        let length = rest.iter().position(|&byte| is_space(byte)).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(length);
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }

    /// The next decimal number. What is too large wraps like C's `int`.
    pub(super) fn number(&mut self) -> Option<i32> {
        let rest = self.after_space();
        let (negative, digits) = match rest.split_first() {
            Some((b'-', digits)) => (true, digits),
            Some((b'+', digits)) => (false, digits),
            _ => (false, rest),
        };
        let length = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        let (digits, rest) = digits.split_at(length);
        if digits.is_empty() {
            return None;
        }
        self.0 = rest;
        let digits = digits.iter().map(|digit| i64::from(digit - b'0'));
        let number = match negative {
            true => digits.fold(0_i64, |number, digit| number.saturating_mul(10).saturating_sub(digit)),
            false => digits.fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(digit)),
        };
        Some(number as i32)
    }

    /// A list of numbers from 1 to 63, as the bits of one; others do not count. `None` if it is no such list: there
    /// espeak-ng does not return.
    pub(super) fn bits(mut self) -> Option<u64> {
        let mut bits = 0;
        loop {
            self.0 = self.after_space();
            if self.0.is_empty() {
                return Some(bits);
            }
            let number = Values(self.0).number().unwrap_or(0);
            let is_bit = number > 0;
            if (1..64).contains(&number) {
                bits |= 1 << number;
            }
            // The first character of a number may be its sign.
            let rest = self.0.get(usize::from(is_bit)..).unwrap_or_default();
            let rest_length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
            if !is_bit && rest_length == 0 {
                return None;
            }
            self.0 = rest.split_at(rest_length).1;
        }
    }

    fn after_space(self) -> &'a [u8] {
        let length = self.0.iter().position(|&byte| !is_space(byte)).unwrap_or(self.0.len());
        self.0.split_at(length).1
    }
}

/// As C's `isspace`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(String, String)> {
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Lines::new(text, 20).map(|(keyword, values)| (string(keyword), string(values.text()))).collect()
    }

    #[test]
    fn comments_and_indented_lines_say_nothing() {
        let text = "#a b\n// c\n indented\nname  x y \t// z\n\n\nflag\nlast \0 1\nend";
        let expected = [("name", "x y \t"), ("flag", ""), ("last", ""), ("end", "")];
        assert_eq!(lines(text), expected.map(|(keyword, value)| (keyword.to_owned(), value.to_owned())));
        assert_eq!(lines("name 3456789012345678901234\n").len(), 2);
        assert_eq!(lines(""), []);
    }

    #[test]
    fn numbers_as_c_reads_them() {
        let mut values = Values(b" 03 -4 +5 x 6");
        assert_eq!(
            [values.number(), values.number(), values.number(), values.number()],
            [Some(3), Some(-4), Some(5), None]
        );
        assert_eq!((values.word(), values.number(), values.word()), (Some(&b"x"[..]), Some(6), None));
        assert_eq!(Values(b"99999999999999999999").number(), Some(-1));
        assert_eq!(Values(b"-99999999999999999999").number(), Some(0));
        assert_eq!(Values(b"4294967298").number(), Some(2));
        assert_eq!(Values(b"-").number(), None);
    }

    #[test]
    fn lists_of_bits() {
        assert_eq!(Values(b" 1 3  63 64 0 0x2").bits(), Some(1 << 1 | 1 << 3 | 1 << 63));
        assert_eq!(Values(b"+2+3").bits(), Some(1 << 2 | 1 << 3));
        assert_eq!(Values(b"").bits(), Some(0));
        for endless in ["1,2", "-1", "1 -", "+", "é"] {
            assert_eq!(Values(endless.as_bytes()).bits(), None, "{endless}");
        }
    }
}
