//! Which voice a name means.

use std::cmp::Reverse;

use super::definition::Lines;

/// How well a voice fits a name, worst first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Fit<'a> {
    /// One of its languages is like it; of equals the first by name counts.
    Language(i32, Reverse<&'a [u8]>),
    /// Its file has this name in its folder.
    FileName,
    /// Its file has this path, whatever the case.
    Path,
    /// It has this name.
    Name,
    /// Its file has this path.
    ExactPath,
}

/// The file of the voice that a name means, of all that there are with their definitions: as `espeak_SetVoiceByName`
/// finds it, or else `espeak_SetVoiceByProperties` by its language, which is what the program espeak-ng does.
///
/// A variant (`+f3`) does not count.
pub(crate) fn resolve<'a>(wanted: &str, voices: impl Iterator<Item = (&'a str, &'a str)>) -> Option<&'a str> {
    let (wanted, _variant) = wanted.split_once('+').unwrap_or((wanted, ""));
    let wanted = wanted.to_ascii_lowercase();
    if wanted.is_empty() {
        return None;
    }
    voices.filter_map(|(file, definition)| Some((fit(&wanted, file, definition)?, file))).max().map(|(_, file)| file)
}

fn fit<'a>(wanted: &str, file: &'a str, definition: &'a str) -> Option<Fit<'a>> {
    if file == wanted {
        return Some(Fit::ExactPath);
    }
    let voice = Voice::new(file, definition)?;
    if voice.name.eq_ignore_ascii_case(wanted.as_bytes()) {
        return Some(Fit::Name);
    }
    if file.eq_ignore_ascii_case(wanted) {
        return Some(Fit::Path);
    }
    let end = file.len().checked_sub(wanted.len()).and_then(|start| file.as_bytes().split_at_checked(start));
    if end.is_some_and(|(folder, name)| folder.ends_with(b"/") && name.eq_ignore_ascii_case(wanted.as_bytes())) {
        return Some(Fit::FileName);
    }
    let score = voice.score(wanted)?;
    Some(Fit::Language(score, Reverse(voice.name)))
}

struct Voice<'a> {
    name: &'a [u8],
    /// With priorities, small numbers first.
    languages: Vec<(&'a [u8], i32)>,
}

impl<'a> Voice<'a> {
    /// Bytes of a line that are read at once where voices are listed.
    const LONGEST_LINE: usize = 119;
    const DEFAULT_PRIORITY: i32 = 5;

    /// Voices without a language are not listed.
    fn new(file: &'a str, definition: &'a str) -> Option<Self> {
        let mut voice = Self { name: file.as_bytes(), languages: Vec::new() };
        for (keyword, mut values) in Lines::new(definition, Self::LONGEST_LINE) {
            match keyword {
                b"name" => voice.name = values.text(),
                b"language" => {
                    let language = values.word().unwrap_or_default();
                    // It is kept in a `char`.
                    let priority = values.number().map_or(Self::DEFAULT_PRIORITY, |number| (number as i8).into());
                    voice.languages.push((language, priority));
                }
                _ => {}
            }
        }
        (!voice.languages.is_empty()).then_some(voice)
    }

    /// How much its languages are like one; `None` if they are not. Each part that only one of both has costs as much
    /// as 50 steps of priority.
    fn score(&self, wanted: &str) -> Option<i32> {
        let parts = |language: &'a [u8]| language.split(|&byte| byte == b'-');
        let wanted = || wanted.as_bytes().split(|&byte| byte == b'-');
        let wanted_parts = wanted().count();
        let scores =
            self.languages.iter().take_while(|(_, priority)| *priority != 0).filter_map(|(language, priority)| {
                let alike = parts(language).zip(wanted()).take_while(|(part, wanted)| part == wanted).count();
                let different = parts(language).count() + wanted_parts - 2 * alike;
                (alike > 0).then(|| (5 - different as i32) * 100 - priority * 2)
            });
        scores.max().filter(|score| *score > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICES: [(&str, &str); 6] = [
        ("gmw/en", "name English (Great Britain)\nlanguage en-gb  2\nlanguage en 2\n"),
        ("gmw/en-US", "name English (America)\nlanguage en-us 2\nlanguage en 3\n"),
        ("gmw/en-GB-x-rp", "name English (Received Pronunciation)\nlanguage en-gb-x-rp\nlanguage en-gb  4\n"),
        ("roa/fr", "name French (France)\nlanguage fr-fr\nlanguage fr\n"),
        ("sit/cmn", "name Chinese\nlanguage cmn\nlanguage zh-cmn\nlanguage zh\n"),
        ("ko", "name Korean\nlanguage ko\n"),
    ];

    #[test]
    fn names_of_voices() {
        for (wanted, file) in [
            ("en", "gmw/en"),
            ("EN-US+f3", "gmw/en-US"),
            ("gmw/en-us", "gmw/en-US"),
            ("english (america)", "gmw/en-US"),
            ("en-gb-x-rp", "gmw/en-GB-x-rp"),
            ("en-gb", "gmw/en"),
            ("fr-fr", "roa/fr"),
            ("fr-xx", "roa/fr"),
            ("zh", "sit/cmn"),
            ("ko", "ko"),
        ] {
            assert_eq!(resolve(wanted, VOICES.into_iter()), Some(file), "{wanted}");
        }
        for unknown in ["", "+f3", "xx", "gmw", "/", "-", "..", "en-a-b-c-d-e-f", "é"] {
            assert_eq!(resolve(unknown, VOICES.into_iter()), None, "{unknown}");
        }
    }
}
