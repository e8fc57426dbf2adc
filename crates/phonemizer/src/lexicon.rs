//! Words that a user wants read differently.
//!
//! A lexicon is a text, a line for each entry: what is written, a tab, and how it is read.
//!
//! ```text
//! # What stands before any section holds for every language.
//! Chanter<TAB>/tʃˈæntɚ/
//! [en]
//! SQL<TAB>sequel
//! New York<TAB>[[nˌuː jˈɔːɹk]]
//! ```
//!
//! Between slashes or double brackets stand phonemes; anything else is a respelling, which is read in place of the word.
//! A section `[en]` holds for `en-us` too. An entry without capitals holds however the text is capitalised, one with
//! capitals only as it is written. Of several entries the longest counts, then the one written exactly so, then the one
//! of the closer language, then the last.

use std::{collections::HashMap, fmt, ops::Range, sync::Arc};

/// Bytes of a lexicon.
const MAX_BYTES: usize = 16 << 20;
/// Entries of a lexicon.
const MAX_ENTRIES: usize = 200_000;
/// Bytes of what is written.
const MAX_WRITTEN: usize = 200;
/// Bytes of how it is read.
const MAX_READ: usize = 1000;

/// How something is read instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// As these phonemes, of the International Phonetic Alphabet.
    Phonemes(String),
    /// As this text would be.
    Text(String),
}

/// The words of all languages. Cloning is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon(Arc<HashMap<String, Arc<Section>>>);

/// The words that hold for one language. Cloning is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LanguageLexicon(Arc<[Arc<Section>]>);

/// The entries of one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Section {
    entries: HashMap<String, Replacement>,
    /// The bytes of the longest entry that begins with this run of letters, in small letters.
    longest: HashMap<String, usize>,
}

impl Lexicon {
    /// Reads a lexicon.
    ///
    /// # Errors
    /// Names the first line that is none, and the limit that is exceeded.
    pub fn parse(text: &str) -> Result<Self, LexiconError> {
        if text.len() > MAX_BYTES {
            return Err(LexiconError { line: None, kind: LexiconErrorKind::TooLarge });
        }
        let mut sections: HashMap<String, Section> = HashMap::new();
        let mut language = String::new();
        let mut count = 0;
        // Some editors begin files with a byte order mark.
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let at_line = |kind| LexiconError { line: Some(index + 1), kind };
            match Line::read(line).map_err(at_line)? {
                Line::Nothing => {}
                Line::Section(name) => language = name,
                Line::Entry(written, replacement) => {
                    count += 1;
                    if count > MAX_ENTRIES {
                        return Err(at_line(LexiconErrorKind::TooManyEntries));
                    }
                    sections.entry(language.clone()).or_default().add(written, replacement);
                }
            }
        }
        Ok(Self(Arc::new(sections.into_iter().map(|(name, section)| (name, Arc::new(section))).collect())))
    }

    /// Reads a lexicon from the bytes of a file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and names the line that is not UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LexiconError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            LexiconError { line: Some(line), kind: LexiconErrorKind::NotUtf8 }
        })?;
        Self::parse(text)
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What holds for a language, such as `en-us`: its own section, then `en`, then what holds for all.
    pub fn for_language(&self, language: &str) -> LanguageLexicon {
        let mut name = language_name(language);
        let mut sections = Vec::new();
        loop {
            sections.extend(self.0.get(&name).cloned());
            if name.is_empty() {
                return LanguageLexicon(sections.into());
            }
            name.truncate(name.rfind('-').unwrap_or(0));
        }
    }
}

impl LanguageLexicon {
    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These words, and those of `base` where these say nothing.
    pub fn over(&self, base: &Self) -> Self {
        Self(self.0.iter().chain(base.0.iter()).cloned().collect())
    }

    /// The longest entry that stands at `at`, the beginning of a word, and ends with a word; where it stands in the text,
    /// and how it is read.
    pub fn find(&self, text: &str, at: usize) -> Option<(Range<usize>, &Replacement)> {
        let rest = text.get(at..)?;
        let inside_a_word = text.get(..at)?.chars().next_back().is_some_and(is_of_word);
        let first = first_run(rest);
        if first.is_empty() || (inside_a_word && rest.starts_with(is_of_word)) {
            return None;
        }
        let first = small(first);
        let found = self.0.iter().filter_map(|section| section.find(rest, &first));
        // Of equals, the first section's.
        let (len, _, replacement) = found.reduce(|a, b| if (b.0, b.1) > (a.0, a.1) { b } else { a })?;
        Some((at..at + len, replacement))
    }
}

impl Section {
    fn add(&mut self, written: String, replacement: Replacement) {
        let longest = self.longest.entry(small(first_run(&written))).or_default();
        *longest = written.len().max(*longest);
        self.entries.insert(written, replacement);
    }

    /// The longest entry that `text` begins with: its length there, whether it is written exactly so, and how it is read.
    fn find(&self, text: &str, first: &str) -> Option<(usize, bool, &Replacement)> {
        let longest = *self.longest.get(first)?;
        let mut found = None;
        // The text with single spaces, as it is and in small letters.
        let (mut exact, mut folded) = (String::new(), String::new());
        for (at, c) in text.char_indices() {
            if c.is_whitespace() {
                if !exact.ends_with(' ') {
                    exact.push(' ');
                    folded.push(' ');
                }
                continue;
            }
            exact.push(c);
            folded.extend(c.to_lowercase());
            if exact.len().min(folded.len()) > longest {
                break;
            }
            let end = at + c.len_utf8();
            if ends_word(text, end) {
                let as_written = self.entries.get(&exact).map(|replacement| (end, true, replacement));
                let in_small = || self.entries.get(&folded).map(|replacement| (end, false, replacement));
                found = as_written.or_else(in_small).or(found);
            }
        }
        found
    }
}

/// A line of a lexicon.
enum Line {
    Nothing,
    Section(String),
    Entry(String, Replacement),
}

impl Line {
    fn read(line: &str) -> Result<Self, LexiconErrorKind> {
        let line = line.trim_matches(' ');
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(Self::Nothing);
        }
        let Some((written, read)) = line.split_once('\t') else {
            let section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let name = section.map(language_name).ok_or(LexiconErrorKind::NoTab)?;
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let is_name = !name.is_empty() && name.len() <= MAX_WRITTEN && name.chars().all(plain);
            return if is_name { Ok(Self::Section(name)) } else { Err(LexiconErrorKind::NoLanguage) };
        };
        if written.len() > MAX_WRITTEN || read.len() > MAX_READ {
            return Err(LexiconErrorKind::TooLong);
        }
        let written: Vec<&str> = written.split_whitespace().collect();
        let written = written.join(" ");
        if written.is_empty() {
            return Err(LexiconErrorKind::NoWord);
        }
        Ok(Self::Entry(written, replacement(read.trim())?))
    }
}

fn replacement(read: &str) -> Result<Replacement, LexiconErrorKind> {
    let between = |open: &str, close: &str| Some(read.strip_prefix(open)?.strip_suffix(close).map(str::trim));
    let phonemes = match between("/", "/").or_else(|| between("[[", "]]")) {
        None if read.is_empty() || read.contains('\t') => return Err(LexiconErrorKind::NoReading),
        None => return Ok(Replacement::Text(read.to_owned())),
        Some(phonemes) => phonemes.ok_or(LexiconErrorKind::Unclosed)?,
    };
    // Brackets stand around what is no phoneme: the flags of other languages.
    let is_phoneme = |c: char| !c.is_control() && !"()[]/".contains(c);
    if phonemes.is_empty() || !phonemes.chars().all(is_phoneme) {
        return Err(LexiconErrorKind::NoPhonemes);
    }
    Ok(Replacement::Phonemes(phonemes.to_owned()))
}

/// A language as espeak-ng names it, without a variant: `en_US+f3` is `en-us`.
fn language_name(name: &str) -> String {
    let name = name.split('+').next().unwrap_or_default().trim();
    name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The letters that a text begins with, an apostrophe between two of them included; one character if it is no letter.
fn first_run(text: &str) -> &str {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).find(|&end| ends_word(text, end));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Whether a word can end at `end`: not between two characters of one word.
fn ends_word(text: &str, end: usize) -> bool {
    let (Some(before), Some(after)) = (text.get(..end), text.get(end..)) else { return false };
    let mut after = after.chars();
    match (before.chars().next_back(), after.next()) {
        (Some(last), Some(next)) if is_of_word(last) => {
            let joins = is_apostrophe(next) && after.next().is_some_and(is_of_word);
            !is_of_word(next) && !joins
        }
        (Some(last), Some(next)) if is_apostrophe(last) && is_of_word(next) => {
            !before.chars().rev().nth(1).is_some_and(is_of_word)
        }
        _ => true,
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// Letters, digits, and the signs that are written on or between letters.
fn is_of_word(c: char) -> bool {
    let is_accent = matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{64b}'..='\u{65f}' | '\u{640}');
    let is_indic_sign = matches!(c, '\u{901}'..='\u{df7}') && u32::from(c) & 0x7f < 0x64;
    let joins = matches!(c, '\u{ad}' | '\u{200c}' | '\u{200d}');
    c.is_alphanumeric() || is_accent || is_indic_sign || joins
}

fn small(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Why a text is no lexicon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexiconError {
    /// Its line, from 1; none if it is about the whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: LexiconErrorKind,
}

impl LexiconError {
    /// Whether it is too large rather than wrong.
    pub fn is_limit(&self) -> bool {
        matches!(self.kind, LexiconErrorKind::TooLarge | LexiconErrorKind::TooManyEntries)
    }
}

/// What is wrong with a lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LexiconErrorKind {
    /// The bytes are not UTF-8.
    NotUtf8,
    /// It is larger than a lexicon may be.
    TooLarge,
    /// It has more entries than a lexicon may have.
    TooManyEntries,
    /// An entry is longer than one may be.
    TooLong,
    /// Neither an entry nor a section nor a comment.
    NoTab,
    /// A section that names no language.
    NoLanguage,
    /// An entry for nothing.
    NoWord,
    /// An entry that does not say how it is read.
    NoReading,
    /// Phonemes without the mark at their end.
    Unclosed,
    /// No phonemes where some should be, or what can be none.
    NoPhonemes,
}

impl fmt::Display for LexiconErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("it is not UTF-8; save the lexicon as UTF-8"),
            Self::TooLarge => write!(f, "a lexicon has at most {MAX_BYTES} bytes"),
            Self::TooManyEntries => write!(f, "a lexicon has at most {MAX_ENTRIES} entries"),
            Self::TooLong => write!(f, "a word has at most {MAX_WRITTEN} bytes, what is read for it {MAX_READ}"),
            Self::NoTab => f.write_str("there is no tab between a word and how it is read"),
            Self::NoLanguage => f.write_str("between [ and ] stands a language, such as [en-us]"),
            Self::NoWord => f.write_str("there is no word before the tab"),
            Self::NoReading => {
                f.write_str("after the tab stands how the word is read: /phonemes/, [[phonemes]] or other words")
            }
            Self::Unclosed => f.write_str("phonemes that begin with / end with /, and with ]] after [["),
            Self::NoPhonemes => {
                f.write_str("there are no phonemes, or some that can be none: brackets, slashes, control characters")
            }
        }
    }
}

impl fmt::Display for LexiconError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl std::error::Error for LexiconError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(replacement: &Replacement) -> String {
        match replacement {
            Replacement::Phonemes(phonemes) => format!("/{phonemes}/"),
            Replacement::Text(text) => text.clone(),
        }
    }

    fn found(lexicon: &str, language: &str, text: &str, at: usize) -> Option<(String, String)> {
        let lexicon = Lexicon::parse(lexicon).unwrap().for_language(language);
        let (range, replacement) = lexicon.find(text, at)?;
        Some((text[range].to_owned(), show(replacement)))
    }

    #[test]
    fn words_are_found_where_they_stand() {
        let lexicon = "sql\tsequel\nNew York\t/nuː jɔːɹk/\nnew\tnu\nC++\tsea plus plus\n.NET\tdot net\nPolish\tpoul ish\n\
            rock'n'roll\trock and roll\nétude\tay tude\nol'\told\nà la\t[[ a la ]]\nC\tsea\n";
        for (text, at, expected) in [
            ("SQL is", 0, Some(("SQL", "sequel"))),
            ("an Sql.", 3, Some(("Sql", "sequel"))),
            ("sqlite", 0, None),
            ("mysql", 2, None),
            ("New  York,", 0, Some(("New  York", "/nuː jɔːɹk/"))),
            ("New\nYork", 0, Some(("New\nYork", "/nuː jɔːɹk/"))),
            ("new york", 0, Some(("new", "nu"))),
            ("New Yorker", 0, Some(("New", "nu"))),
            ("C++ or", 0, Some(("C++", "sea plus plus"))),
            ("C# or", 0, Some(("C", "sea"))),
            ("c", 0, None),
            (".NET", 0, Some((".NET", "dot net"))),
            ("ASP.NET", 3, Some((".NET", "dot net"))),
            ("Polish", 0, Some(("Polish", "poul ish"))),
            ("polish", 0, None),
            ("POLISH", 0, None),
            ("Rock'n'Roll!", 0, Some(("Rock'n'Roll", "rock and roll"))),
            ("sql's", 0, None),
            ("sql'", 0, Some(("sql", "sequel"))),
            ("ol' man", 0, Some(("ol'", "old"))),
            ("ÉTUDE", 0, Some(("ÉTUDE", "ay tude"))),
            ("À la carte", 0, Some(("À la", "/a la/"))),
            ("sql\u{301}", 0, None),
            ("sql", 3, None),
            ("sql", 99, None),
            ("é", 1, None),
            (" sql", 0, None),
        ] {
            let expected = expected.map(|(text, read): (&str, &str)| (text.to_owned(), read.to_owned()));
            assert_eq!(found(lexicon, "en-us", text, at), expected, "{text:?}");
        }
    }

    #[test]
    fn sections_hold_for_their_language() {
        let lexicon = "\u{feff}# for all\r\nax\tall\r\nbx\tall\n\n[en]\nbx\ten\ncx\ten\ncx\tlast\n[en-US]\ncx\tus\nCx\tCapital\n[pt_BR]\nax\tbr\n";
        for (language, text, read) in [
            ("de", "ax", Some("all")),
            ("de", "cx", None),
            ("en", "bx", Some("en")),
            ("en", "cx", Some("last")),
            ("en_us+f3", "cx", Some("us")),
            ("en-us", "CX", Some("us")),
            ("en-us", "Cx", Some("Capital")),
            ("en-us", "bx", Some("en")),
            ("en-gb-x-rp", "cx", Some("last")),
            ("pt-br", "ax", Some("br")),
            ("pt", "ax", Some("all")),
            ("", "ax", Some("all")),
        ] {
            assert_eq!(found(lexicon, language, text, 0).map(|(_, read)| read).as_deref(), read, "{language} {text}");
        }
    }

    #[test]
    fn one_lexicon_over_another() {
        let of = |text| Lexicon::parse(text).unwrap().for_language("en");
        let both = of("ax\tmine\n").over(&of("[en]\nax\ttheirs\nax bx\ttheirs\nAX\tTHEIRS"));
        for (text, read) in [("ax", "mine"), ("ax bx", "theirs"), ("AX", "THEIRS")] {
            assert_eq!(both.find(text, 0).map(|(_, read)| show(read)).as_deref(), Some(read), "{text}");
        }
        assert!(of("").is_empty() && of("").find("ax", 0).is_none() && Lexicon::default().is_empty());
    }

    #[test]
    fn errors_name_the_line_and_the_remedy() {
        let long = format!("{}\tx", "a".repeat(MAX_WRITTEN + 1));
        for (text, line, kind) in [
            ("a\tb\nword", 2, LexiconErrorKind::NoTab),
            ("[en", 1, LexiconErrorKind::NoTab),
            ("[]", 1, LexiconErrorKind::NoLanguage),
            ("[../x]", 1, LexiconErrorKind::NoLanguage),
            ("word\t", 1, LexiconErrorKind::NoReading),
            (" \tread", 1, LexiconErrorKind::NoWord),
            ("word\t\t x\ty", 1, LexiconErrorKind::NoReading),
            ("#\n\nword\t/abc", 3, LexiconErrorKind::Unclosed),
            ("word\t[[abc]", 1, LexiconErrorKind::Unclosed),
            ("word\t/", 1, LexiconErrorKind::Unclosed),
            ("word\t//", 1, LexiconErrorKind::NoPhonemes),
            ("word\t/a(en)/", 1, LexiconErrorKind::NoPhonemes),
            (&long, 1, LexiconErrorKind::TooLong),
        ] {
            let error = Lexicon::parse(text).unwrap_err();
            assert_eq!(error, LexiconError { line: Some(line), kind }, "{text}");
            assert!(error.to_string().starts_with(&format!("line {line}: ")));
        }
        let error = Lexicon::from_bytes(b"a\tb\nb\tc\n\xff\tc").unwrap_err();
        assert_eq!(error, LexiconError { line: Some(3), kind: LexiconErrorKind::NotUtf8 });
        let many = "a\tb\n".repeat(MAX_ENTRIES + 1);
        let error = Lexicon::parse(&many).unwrap_err();
        assert_eq!(error, LexiconError { line: Some(MAX_ENTRIES + 1), kind: LexiconErrorKind::TooManyEntries });
        assert_eq!(Lexicon::parse(&"\n".repeat(MAX_BYTES + 1)).unwrap_err().line, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_lexicon_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Lexicon::from_bytes(&bytes);
        }

        #[test]
        fn any_text_is_searched(
            lexicon in r"([aA'İß.é \u{301}]{1,6}\t(/a/|b)\n|\[en\]\n){0,8}", text in r"([aA'İßẞ.é \n\u{301}]|\PC){0,20}",
        ) {
            let Ok(lexicon) = Lexicon::parse(&lexicon) else { return Ok(()) };
            let lexicon = lexicon.for_language("en-us");
            for at in 0..=text.len() {
                if let Some((range, _)) = lexicon.find(&text, at) {
                    prop_assert!(range.start == at && range.end > at && text.get(range.clone()).is_some());
                }
            }
        }

        #[test]
        fn what_is_entered_is_found(written in r"[a-zA-Z0-9éÉßäöП.+'-]{1,8}( [a-zA-Zé]{1,5}){0,2}", before in "( |, |\\()?") {
            let lexicon = Lexicon::parse(&format!("{written}\tx")).unwrap().for_language("de");
            let text = format!("{before}{written}, and");
            let (range, _) = lexicon.find(&text, before.len()).unwrap();
            prop_assert_eq!(&text[range], written);
        }
    }
}
