//! Characters that HTML writes by name or number.

use crate::cursor::{Cursor, Look, Miss};

/// Bytes of the longest that is looked for.
const LONGEST: usize = 16;

/// Those that are met in texts: of HTML's 2231 names, the letters of Latin 1, marks, signs and the four that hide markup.
#[rustfmt::skip]
const NAMES: &[(&str, char)] = &[
    ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", ' '), ("AMP", '&'), ("LT", '<'), ("GT", '>'),
    ("ensp", ' '), ("emsp", ' '), ("thinsp", ' '), ("shy", '\u{ad}'), ("zwj", '\u{200d}'), ("zwnj", '\u{200c}'),
    ("ndash", '–'), ("mdash", '—'), ("hellip", '…'), ("lsquo", '‘'), ("rsquo", '’'), ("sbquo", '‚'), ("ldquo", '“'), ("rdquo", '”'),
    ("bdquo", '„'), ("laquo", '«'), ("raquo", '»'), ("lsaquo", '‹'), ("rsaquo", '›'), ("bull", '•'), ("middot", '·'),
    ("copy", '©'), ("reg", '®'), ("trade", '™'), ("deg", '°'), ("micro", 'µ'), ("para", '¶'), ("sect", '§'), ("permil", '‰'),
    ("euro", '€'), ("pound", '£'), ("yen", '¥'), ("cent", '¢'), ("curren", '¤'), ("times", '×'), ("divide", '÷'), ("plusmn", '±'),
    ("minus", '−'), ("ne", '≠'), ("le", '≤'), ("ge", '≥'), ("asymp", '≈'), ("infin", '∞'), ("radic", '√'), ("sum", '∑'),
    ("larr", '←'), ("rarr", '→'), ("uarr", '↑'), ("darr", '↓'), ("harr", '↔'), ("rArr", '⇒'), ("lArr", '⇐'), ("num", '#'),
    ("frac12", '½'), ("frac14", '¼'), ("frac34", '¾'), ("sup1", '¹'), ("sup2", '²'), ("sup3", '³'), ("ordf", 'ª'), ("ordm", 'º'),
    ("iexcl", '¡'), ("iquest", '¿'), ("prime", '′'), ("Prime", '″'), ("dagger", '†'), ("Dagger", '‡'), ("not", '¬'),
    ("Agrave", 'À'), ("Aacute", 'Á'), ("Acirc", 'Â'), ("Atilde", 'Ã'), ("Auml", 'Ä'), ("Aring", 'Å'), ("AElig", 'Æ'), ("Ccedil", 'Ç'),
    ("Egrave", 'È'), ("Eacute", 'É'), ("Ecirc", 'Ê'), ("Euml", 'Ë'), ("Igrave", 'Ì'), ("Iacute", 'Í'), ("Icirc", 'Î'), ("Iuml", 'Ï'),
    ("ETH", 'Ð'), ("Ntilde", 'Ñ'), ("Ograve", 'Ò'), ("Oacute", 'Ó'), ("Ocirc", 'Ô'), ("Otilde", 'Õ'), ("Ouml", 'Ö'), ("Oslash", 'Ø'),
    ("Ugrave", 'Ù'), ("Uacute", 'Ú'), ("Ucirc", 'Û'), ("Uuml", 'Ü'), ("Yacute", 'Ý'), ("THORN", 'Þ'), ("szlig", 'ß'),
    ("agrave", 'à'), ("aacute", 'á'), ("acirc", 'â'), ("atilde", 'ã'), ("auml", 'ä'), ("aring", 'å'), ("aelig", 'æ'), ("ccedil", 'ç'),
    ("egrave", 'è'), ("eacute", 'é'), ("ecirc", 'ê'), ("euml", 'ë'), ("igrave", 'ì'), ("iacute", 'í'), ("icirc", 'î'), ("iuml", 'ï'),
    ("eth", 'ð'), ("ntilde", 'ñ'), ("ograve", 'ò'), ("oacute", 'ó'), ("ocirc", 'ô'), ("otilde", 'õ'), ("ouml", 'ö'), ("oslash", 'ø'),
    ("ugrave", 'ù'), ("uacute", 'ú'), ("ucirc", 'û'), ("uuml", 'ü'), ("yacute", 'ý'), ("thorn", 'þ'), ("yuml", 'ÿ'),
    ("OElig", 'Œ'), ("oelig", 'œ'), ("Scaron", 'Š'), ("scaron", 'š'), ("Yuml", 'Ÿ'),
];

/// The character that a text begins with by name or number, and the bytes that it takes.
pub(crate) fn entity(text: &str, whole: bool) -> Look<(char, usize)> {
    let mut cursor = Cursor::new(text, whole, LONGEST);
    cursor.expect('&')?;
    let start = cursor.at();
    let numbered = cursor.eat(|c| c == '#')?;
    let name = if numbered {
        cursor.take_while(|c| c.is_ascii_hexdigit() || matches!(c, 'x' | 'X'))?
    } else {
        cursor.take_while(|c| c.is_ascii_alphanumeric())?
    };
    let found = if numbered { numbered_char(name) } else { named(name) };
    let found = found.filter(|_| cursor.at() > start).ok_or(Miss::Not)?;
    cursor.expect(';')?;
    Ok((found, cursor.at()))
}

fn named(name: &str) -> Option<char> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// The character of a number as it stands between `&#` and `;`; none of one that is no text.
pub(crate) fn numbered_char(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    match char::from_u32(code.ok()?)? {
        '\u{a0}' => Some(' '),
        c if c.is_control() && !c.is_whitespace() => None,
        c => Some(c),
    }
}
