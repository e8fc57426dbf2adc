//! Languages by their codes.

/// Whether a voice of the language `code` (`de_DE`, or `en-us` as espeak-ng has it) is one for `asked`: the same, or a variety
/// of it (`de`).
pub fn speaks(code: &str, asked: &str) -> bool {
    let plain = |code: &str| code.to_ascii_lowercase().replace('_', "-");
    let (code, asked) = (plain(code), plain(asked));
    !asked.is_empty() && code.strip_prefix(&asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varieties_of_a_language() {
        for (code, asked) in [("de_DE", "de"), ("de_DE", "de-de"), ("en-us", "en"), ("en-us", "en_US"), ("de", "de")] {
            assert!(speaks(code, asked), "{code} {asked}");
        }
        for (code, asked) in [("de_DE", ""), ("de", "de_DE"), ("de_AT", "de_DE"), ("deu", "de"), ("", "de")] {
            assert!(!speaks(code, asked), "{code} {asked}");
        }
    }
}
