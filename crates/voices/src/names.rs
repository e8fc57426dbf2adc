//! What voices and their files may be called: names come from catalogues, from file systems and from requests.

use unicode_normalization::char::is_combining_mark;

/// Whether a voice in a folder may be called so: one part of a path, without a leading dot and without control characters.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 240
        && !name.starts_with('.')
        && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

/// Whether a voice in a catalogue may be called so. As the client library has it: letters, digits, and few marks.
pub(crate) fn is_key(key: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '_';
    key.starts_with(letter)
        && key.chars().count() <= 120
        && is_name(key)
        && key.chars().all(|c| letter(c) || matches!(c, '.' | '+' | ' ' | '(' | ')' | '-'))
}

/// Whether a path stays where it starts.
pub(crate) fn is_path(path: &str) -> bool {
    path.len() <= 2000 && path.split('/').all(is_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["en_US-lessac-medium", "pt_PT-tugão-medium", "a b (2)", "声", "x.y", "it's", "tuga\u{303}o"] {
            assert!(is_name(name), "{name}");
        }
        let long = "x".repeat(241);
        for name in ["", ".", "..", ".x", "../x", "a/b", "a\\b", "C:x", "a\0", "a\nb", "a\u{7f}", "a\u{85}b", &long] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn keys_and_paths() {
        for key in ["en_US-lessac-medium", "pt_PT-tugão-medium", "tuga\u{303}o", "a b (2)", "_x.y+z", "声"] {
            assert!(is_key(key) && is_name(key), "{key}");
        }
        let long = "x".repeat(121);
        for key in
            ["", "-x", " x", "(x)", ".x", "a/b", "a%2fb", "it's", "a?b", "a#b", "a&b", "a\nb", "a\u{202e}b", &long]
        {
            assert!(!is_key(key), "{key:?}");
        }
        for path in ["x.onnx", "pt/pt_PT/tugão/medium/pt_PT-tugão-medium.onnx"] {
            assert!(is_path(path), "{path}");
        }
        for path in ["", "/x", "x/", "a//b", "../x", "a/../x", "a/./x", "a\\b", "https://x/y", "//x/y", "a?b", "a%2e"] {
            assert!(!is_path(path), "{path:?}");
        }
        assert!(!is_path(&"a/".repeat(2000)));
    }
}
