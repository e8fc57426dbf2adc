//! What stands beside a mark.

/// Whether a mark beside this character is inside a word. Where words have no spaces between them it cannot be told, and is
/// taken not to be.
pub(crate) fn is_word(c: char) -> bool {
    let unspaced =
        matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..);
    c.is_alphanumeric() && !unspaced
}

/// Whether emphasis can begin before this character.
pub(crate) fn begins_word(c: char) -> bool {
    c.is_alphanumeric() || "\"'“„‘«‹([{<`*_~$€£¿¡&!#@.…".contains(c)
}
