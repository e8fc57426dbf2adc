//! Pictures among letters (Unicode Technical Standard 51).

/// Whether this is a picture by itself: emoji, their flags and shades, and dingbats, but no signs that are read, such as
/// arrows, `©`, `♯` and numbers in circles.
pub(crate) fn is_picture(c: char) -> bool {
    match c {
        '\u{1f000}'..='\u{1faff}' => true,
        '\u{266d}'..='\u{266f}' | '\u{2776}'..='\u{2793}' => false,
        '\u{2600}'..='\u{27bf}' => true,
        '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}' | '\u{23e9}'..='\u{23fa}' => true,
        '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' => true,
        _ => false,
    }
}

/// Whether this only says how the character before it looks: as a picture, on a key, as a flag.
pub(crate) fn is_look(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}')
}
