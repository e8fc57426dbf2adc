//! Characters as espeak-ng sees them: its properties of code points (`common.c`, ucd-tools' `ctype.c`) and UTF-8 that is
//! read forwards and backwards inside lines of bytes.

/// A code point of a line; bytes that are no UTF-8 give numbers that are no `char`.
pub(crate) type CodePoint = u32;

fn as_char(c: CodePoint) -> char {
    char::from_u32(c).unwrap_or('\0')
}

/// `iswalpha`
pub(crate) fn is_alphabetic(c: CodePoint) -> bool {
    if c < 0x80 { (c as u8).is_ascii_alphabetic() } else { as_char(c).is_alphabetic() }
}

/// `iswalnum`
pub(crate) fn is_alphanumeric(c: CodePoint) -> bool {
    as_char(c).is_alphanumeric()
}

/// `iswupper`
pub(crate) fn is_upper(c: CodePoint) -> bool {
    if c < 0x80 { (c as u8).is_ascii_uppercase() } else { as_char(c).is_uppercase() || is_titlecase(c) }
}

/// `iswlower`
pub(crate) fn is_lower(c: CodePoint) -> bool {
    if c < 0x80 { (c as u8).is_ascii_lowercase() } else { as_char(c).is_lowercase() || is_titlecase(c) }
}

/// `Lt`: ǅ ǈ ǋ ǲ and Greek letters with a iota.
fn is_titlecase(c: CodePoint) -> bool {
    matches!(c, 0x1c5 | 0x1c8 | 0x1cb | 0x1f2 | 0x1f88..=0x1f8f | 0x1f98..=0x1f9f | 0x1fa8..=0x1faf | 0x1fbc | 0x1fcc | 0x1ffc)
}

/// `iswdigit`: ASCII only.
pub(crate) fn is_ascii_digit(c: CodePoint) -> bool {
    (0x30..=0x39).contains(&c)
}

/// `IsDigit`: ASCII and Devanagari.
pub(crate) fn is_digit(c: CodePoint) -> bool {
    is_ascii_digit(c) || (0x966..=0x96f).contains(&c)
}

/// `IsAlpha`: letters and signs that stand in words.
pub(crate) fn is_letter(c: CodePoint) -> bool {
    if c < 0x300 {
        return is_alphabetic(c);
    }
    if is_alphabetic(c) {
        return true;
    }
    match c {
        // Indic scripts and Sinhala.
        0x901..=0xdf7 => c & 0x7f < 0x64 || c == 0xa70 || c == 0xa71 || (0xd7a..=0xd7f).contains(&c),
        // Combining accents, vowel marks of Hebrew and Arabic, Tibetan, jamo, Braille, ideographs.
        0x300..=0x36f | 0x5b0..=0x5c2 | 0x605 | 0x64b..=0x65e | 0x670 => true,
        // Symbols and emoji are words by themselves.
        0x2600..=0x27bf | 0x1f000..=0x1fbff => true,
        0xf40..=0xfbc | 0x1100..=0x11ff | 0x2800..=0x28ff | 0x3041..=0xa700 => true,
        _ => false,
    }
}

/// `iswspace`: white space that a line may break at.
pub(crate) fn is_white(c: CodePoint) -> bool {
    if c < 0x80 {
        return c == 0x20 || (9..=13).contains(&c);
    }
    as_char(c).is_whitespace() && !matches!(c, 0xa0 | 0x2007 | 0x202f)
}

/// `IsSpace`: white space, box drawing, specials.
pub(crate) fn is_space(c: CodePoint) -> bool {
    matches!(c, 0x2500..0x25a0 | 0xfff9..=0xffff) || is_white(c)
}

/// `IsBracket`: brackets, quotes and dashes.
pub(crate) fn is_bracket(c: CodePoint) -> bool {
    const BRACKETS: &str = "()[]{}<>\"'`«»《》";
    (0x2014..=0x201f).contains(&c) || c == 0xe03c || (c != 0 && BRACKETS.contains(as_char(c)))
}

/// `ucd_tolower`
pub(crate) fn lower(c: CodePoint) -> CodePoint {
    if c < 0x80 {
        return (c as u8).to_ascii_lowercase().into();
    }
    single(as_char(c).to_lowercase(), c)
}

/// `ucd_toupper`
pub(crate) fn upper(c: CodePoint) -> CodePoint {
    single(as_char(c).to_uppercase(), c)
}

/// A case that needs several code points is none to espeak-ng, but for İ, which becomes i.
fn single(mut cased: impl ExactSizeIterator<Item = char>, c: CodePoint) -> CodePoint {
    if c == 0x130 {
        return 'i'.into();
    }
    match (cased.next(), cased.next()) {
        (Some(one), None) => one.into(),
        _ => c,
    }
}

/// `utf8_in`: the character at `at` or, among the later bytes of one, after it, and how many bytes it has.
pub(crate) fn read(bytes: &[u8], mut at: usize) -> (CodePoint, usize) {
    while bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at += 1;
    }
    read_from_start(bytes, at)
}

/// `utf8_in2` backwards: the character that `at` is in.
pub(crate) fn read_back(bytes: &[u8], mut at: usize) -> (CodePoint, usize) {
    while at > 0 && bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at -= 1;
    }
    read_from_start(bytes, at)
}

#[inline]
fn read_from_start(bytes: &[u8], at: usize) -> (CodePoint, usize) {
    let first = byte(bytes, at);
    let (mut c, more) = match first {
        0..=0xbf => return (first.into(), 1),
        0xc0..=0xdf => (CodePoint::from(first & 0x1f), 1),
        0xe0..=0xef => (CodePoint::from(first & 0xf), 2),
        0xf0..=0xf7 => (CodePoint::from(first & 7), 3),
        _ => return (first.into(), 1),
    };
    for read in 1..=more {
        match byte(bytes, at + read) {
            0 => return (c, read),
            next => c = (c << 6) + CodePoint::from(next & 0x3f),
        }
    }
    (c, more + 1)
}

/// The byte at a position, 0 where there is none.
#[inline]
pub(crate) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// `utf8_out`: appends a character; a space for a number that is none.
pub(crate) fn write(c: CodePoint, bytes: &mut Vec<u8>) {
    let c = if c >= 0x11_0000 { ' ' } else { char::from_u32(c).unwrap_or(' ') };
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_read_both_ways() {
        let text = "aé€😀".as_bytes();
        assert_eq!(read(text, 1), (0xe9, 2));
        assert_eq!(read(text, 2), (0x20ac, 3));
        assert_eq!(read_back(text, 2), (0xe9, 2));
        assert_eq!(read_back(text, 9), (0x1f600, 4));
        assert_eq!(read(text, 10), (0, 1));
        assert_eq!(read(&[0xe2, 0x82], 0), (0x82, 2));
    }

    #[test]
    fn properties_are_those_of_espeak_ng() {
        assert!(is_letter(0x301) && is_letter('ß'.into()) && !is_letter('1'.into()) && is_letter(0x4e00));
        assert!(is_space(0x2500) && !is_space(0xa0) && is_white(0x3000));
        assert!(is_bracket('—'.into()) && is_bracket('"'.into()) && !is_bracket('–'.into()) && !is_bracket(0));
        assert_eq!((lower('İ'.into()), upper('ß'.into()), lower('Ä'.into())), ('i'.into(), 'ß'.into(), 'ä'.into()));
    }
}
