//! Keys that open the server.

use std::fmt;
use std::str::FromStr;

/// Keys; none where everybody may call. They are never shown.
#[derive(Clone, Default)]
pub(crate) struct Keys(pub(super) Vec<String>);

impl Keys {
    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Keys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
        keys.map(|key| match key.chars().all(|c| c.is_ascii_graphic()) {
            true => Ok(key.to_owned()),
            false => Err("a key may have letters, digits and signs of ASCII only, without spaces".to_owned()),
        })
        .collect::<Result<_, _>>()
        .map(Self)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

/// The keys of a file.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_shown() {
        let keys: Keys = "one, two,".parse().unwrap();
        assert_eq!(keys.all(), ["one", "two"]);
        assert_eq!(format!("{keys:?}"), "2 keys");
        assert!(!"a b".parse::<Keys>().unwrap_err().contains("a b"));
        assert_eq!(lines("# c\n one \n\ntwo").collect::<Vec<_>>(), ["one", "two"]);
    }
}
