//! `<say-as>` (<https://www.w3.org/TR/ssml-sayas/>), as far as it can be said without knowing a language's words.

/// How an element's text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SayAs {
    /// As any text is.
    AsItStands,
    Characters,
    Digits,
    Telephone,
    Ordinal,
}

impl SayAs {
    /// What `interpret-as` asks for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "characters" | "spell-out" | "verbatim" | "letters" => Self::Characters,
            "digits" | "vxml:digits" => Self::Digits,
            "telephone" | "vxml:phone" => Self::Telephone,
            "ordinal" => Self::Ordinal,
            "cardinal" | "number" | "date" | "time" | "currency" | "unit" | "address" | "fraction" | "duration" => {
                Self::AsItStands
            }
            _ => return None,
        })
    }

    /// What is read, in a language; none where the text is read as it stands.
    pub(crate) fn read(self, text: &str, language: &str) -> Option<String> {
        match self {
            Self::AsItStands => None,
            Self::Characters => Some(spelled(text)),
            Self::Digits => Some(digits(text)),
            Self::Telephone => Some(telephone(text)),
            Self::Ordinal => ordinal(text.trim(), language),
        }
    }
}

/// Characters one by one. Capital letters are letters in every language, where small ones may be words; a comma keeps even
/// those from being read as one, as the A of English would be.
fn spelled(text: &str) -> String {
    let mut spelled = String::with_capacity(4 * text.len());
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if !spelled.is_empty() {
            spelled.push_str(", ");
        }
        let mut capital = c.to_uppercase();
        match (capital.next(), capital.next()) {
            (Some(capital), None) => spelled.push(capital),
            _ => spelled.push(c),
        }
    }
    spelled
}

/// Digits one by one.
fn digits(text: &str) -> String {
    let mut apart = String::with_capacity(2 * text.len());
    let mut before = ' ';
    for c in text.trim().chars() {
        let beside_digit = before.is_ascii_digit() || c.is_ascii_digit();
        if beside_digit && !before.is_whitespace() && !c.is_whitespace() {
            apart.push(' ');
        }
        apart.push(c);
        before = c;
    }
    apart
}

/// Digits one by one, with pauses where they are written apart.
fn telephone(text: &str) -> String {
    let groups = text.split(|c: char| !c.is_alphanumeric() && c != '+').filter(|group| !group.is_empty());
    groups.map(digits).collect::<Vec<_>>().join(", ")
}

/// A number with the ending that makes it an ordinal, in languages where that is always the same.
fn ordinal(number: &str, language: &str) -> Option<String> {
    if number.is_empty() || !number.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let language = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let ending = match language.as_str() {
        "en" => match number.as_bytes() {
            [.., b'1', _] => "th",
            [.., b'1'] => "st",
            [.., b'2'] => "nd",
            [.., b'3'] => "rd",
            _ => "th",
        },
        "es" | "it" | "pt" => "º",
        "fr" if number == "1" => "er",
        "fr" => "e",
        _ => return None,
    };
    Some(format!("{number}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said() {
        for (name, text, language, expected) in [
            ("characters", "abc 1ß", "en", Some("A, B, C, 1, ß")),
            ("spell-out", "é", "fr", Some("É")),
            ("digits", "a12b", "en", Some("a 1 2 b")),
            ("telephone", "+49 (30) 12-3", "de", Some("+ 4 9, 3 0, 1 2, 3")),
            ("ordinal", "1", "en-US", Some("1st")),
            ("ordinal", "112", "en", Some("112th")),
            ("ordinal", "22", "en", Some("22nd")),
            ("ordinal", "2", "fr", Some("2e")),
            ("ordinal", "2", "zh", None),
            ("ordinal", "two", "en", None),
            ("date", "2020-01-02", "en", None),
        ] {
            assert_eq!(SayAs::named(name).unwrap().read(text, language).as_deref(), expected, "{name} {text}");
        }
        assert_eq!(SayAs::named("song"), None);
    }
}
