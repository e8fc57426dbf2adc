//! Text to clauses, by the rules of espeak-ng 1.52's `ReadClause`, as far as they hold for the way that Piper calls it: plain text, no spoken punctuation.

use std::ops::Range;

use super::{
    SPOKEN_ELLIPSIS,
    marks::{Kind, mark_of},
};
use crate::{
    chars,
    language::{Language, numbers},
};

/// espeak-ng cuts a clause that grows longer than this, in bytes, at the next character that is no letter or digit,
const LONG: usize = 725;
/// and here at the latest.
const LONGEST: usize = 796;

/// How a language differs in where its clauses end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    /// A dot after a number makes it an ordinal (`NUM_ORDINAL_DOT`).
    ordinal_dot: bool,
    /// A sentence can begin with a small letter (`lowercase_sentence`).
    small_sentences: bool,
    persian: bool,
    /// It has a word for three dots.
    pub(crate) says_ellipsis: bool,
}

impl Habits {
    pub(crate) fn of(language: &Language) -> Self {
        Self {
            ordinal_dot: language.options.numbers & numbers::ORDINAL_DOT != 0,
            small_sentences: language.options.lowercase_sentence,
            persian: language.options.joiner_is_hyphen,
            says_ellipsis: false,
        }
    }
}

/// A clause as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Its text without the mark that ends it, and a space, in UTF-8.
    pub(crate) text: Vec<u8>,
    /// Where the character of each byte stands in the text.
    pub(crate) places: Vec<Range<usize>>,
    /// Capital and small letters.
    pub(crate) capitals: usize,
    pub(crate) smalls: usize,
    /// A full stop ends it, and not one after a number.
    pub(crate) dot_after: bool,
    /// The mark that Piper puts after its phonemes.
    pub(crate) terminator: Option<char>,
    pub(crate) ends_sentence: bool,
    /// Where the next clause begins, in bytes.
    pub(crate) end: usize,
}

/// Reads a text clause by clause; of the text it looks only at what it needs.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    text: &'t str,
    habits: Habits,
    at: usize,
    begun: bool,
}

/// A character of the text, where it stands, and where the next one does. Past the end it is `'\0'`.
#[derive(Debug, Clone, Copy)]
struct Seen {
    c: char,
    at: usize,
    next: usize,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str, habits: Habits) -> Self {
        Self { text, habits, at: 0, begun: false }
    }

    fn see(&self, at: usize) -> Seen {
        match self.text.get(at..).and_then(|rest| rest.chars().next()) {
            // To espeak-ng these two mean the end of the text and an embedded command.
            Some(c @ ('\0' | '\u{1}')) => Seen { c: ' ', at, next: at + c.len_utf8() },
            Some(c) => Seen { c, at, next: at + c.len_utf8() },
            None => Seen { c: '\0', at: self.text.len(), next: self.text.len() },
        }
    }

    /// The first character from `from` on that is no white space, and the line ends before it.
    fn skip_space(&self, from: Seen) -> (Seen, usize) {
        let (mut seen, mut lines) = (from, 0);
        while is_space(seen.c) {
            lines += usize::from(seen.c == '\n');
            seen = self.see(seen.next);
        }
        (seen, lines)
    }

    fn read(&mut self) -> Written {
        let mut written = Written::default();
        let (mut last, mut this) = (' ', ' ');
        let mut ahead = self.see(self.at);
        let mut any_alnum = false;
        let mut in_word_mark = false;

        while ahead.at < self.text.len() {
            let before = std::mem::replace(&mut last, this);
            this = ahead.c;
            let start = ahead.at;
            ahead = self.see(ahead.next);

            match this {
                // A Tibetan mark between syllables.
                '\u{f0b}' => this = ' ',
                // A Malayalam virama before a joiner is another letter to espeak-ng.
                '\u{d4d}' if ahead.c == '\u{200d}' => this = '\u{d4e}',
                '\u{ad}' => continue,
                '\u{640}' | '\u{200d}' if self.habits.persian => continue,
                '\u{200c}' if self.habits.persian => this = '-',
                '\u{200c}' => continue,
                _ => {}
            }
            if this.is_alphanumeric() {
                any_alnum = true;
            } else if std::mem::take(&mut in_word_mark) {
                this = ' ';
            }

            if chars::is_upper(this.into()) {
                written.capitals += 1;
            } else if chars::is_alphabetic(this.into()) {
                written.smalls += 1;
            }

            if this == '\n' {
                let (next, lines) = self.skip_space(ahead);
                if lines > 0 {
                    // A blank line ends a paragraph.
                    return self.ended(written, None, true, next);
                }
                ahead = next;
            }

            if this == '.' && ahead.c == '.' {
                let mut after = self.see(ahead.next);
                while after.c == '.' {
                    this = '…';
                    after = self.see(after.next);
                }
                if this == '…' {
                    ahead = after;
                }
            }

            if let Some(mark) = mark_of(this) {
                // Of several marks in a row, as in "?!", the first one counts.
                while mark_of(ahead.c).is_some() {
                    ahead = self.see(ahead.next);
                }
                if mark.kind == Kind::InWord {
                    in_word_mark = true;
                    continue;
                }
                let stands_free = is_space(ahead.c) || is_bracket(ahead.c) || ahead.at == self.text.len();
                if stands_free || mark.needs_no_space {
                    let (next, lines) = self.skip_space(ahead);
                    if lines > 1 {
                        return self.ended(written, None, true, next);
                    }
                    if lines == 1 || self.ends_clause(Around { before, last, this, next }, any_alnum) {
                        let after_number = last.is_ascii_digit() && !chars::is_letter(next.c.into());
                        written.dot_after = this == '.' && !after_number;
                        if mark.kind == Kind::Ellipsis && self.habits.says_ellipsis {
                            written.text.push(b' ');
                            chars::write(SPOKEN_ELLIPSIS, &mut written.text);
                            written.places.resize(written.text.len(), start..ahead.at);
                        }
                        return self.ended(written, mark.terminator(), mark.kind.ends_sentence(), next);
                    }
                    if this == '.' && !any_alnum {
                        this = ' ';
                    }
                    if is_space(ahead.c) {
                        ahead.next = next.at;
                    }
                }
            }

            chars::write(this.into(), &mut written.text);
            written.places.resize(written.text.len(), start..ahead.at);
            let length = written.text.len();
            if (length > LONG && !is_letter(this) && !this.is_ascii_digit()) || length >= LONGEST {
                return self.ended(written, None, false, ahead);
            }
        }
        self.ended(written, None, true, ahead)
    }

    fn ended(&mut self, mut written: Written, terminator: Option<char>, ends_sentence: bool, next: Seen) -> Written {
        self.at = next.at;
        let end = written.places.last().map_or(next.at, |place| place.end);
        written.text.push(b' ');
        written.places.push(end..end);
        Written { terminator, ends_sentence, end: next.at, ..written }
    }

    /// Whether a mark with a space or a bracket after it ends the clause when the next word is on the same line.
    fn ends_clause(&self, around: Around, any_alnum: bool) -> bool {
        let Around { before, last, this, next } = around;
        if !any_alnum {
            return false;
        }
        if this != '.' {
            return true;
        }
        // "U.S.A.'s"
        if next.c == '\'' && self.see(next.next).c == 's' {
            return false;
        }
        if self.habits.ordinal_dot {
            let roman = is_roman(last) && (is_roman(before) || is_space(before));
            if roman || (last.is_ascii_digit() && (next.c.is_lowercase() || next.c == '-')) {
                return false;
            }
        }
        // Before a small letter the dot belongs to an abbreviation.
        !next.c.is_lowercase() || self.habits.small_sentences
    }
}

impl Iterator for Reader<'_> {
    type Item = Written;

    /// The next clause; an empty text has one, which is empty.
    fn next(&mut self) -> Option<Written> {
        if std::mem::replace(&mut self.begun, true) && self.at == self.text.len() {
            return None;
        }
        Some(self.read())
    }
}

/// A mark, the two characters before it and the first one after it that is no space.
#[derive(Clone, Copy)]
struct Around {
    before: char,
    last: char,
    this: char,
    next: Seen,
}

fn is_space(c: char) -> bool {
    chars::is_white(c.into())
}

fn is_bracket(c: char) -> bool {
    chars::is_bracket(c.into())
}

fn is_roman(c: char) -> bool {
    matches!(c, 'I' | 'V' | 'X' | 'L')
}

fn is_letter(c: char) -> bool {
    chars::is_letter(c.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Clauses as `text|mark` each, with `.` after those that end a sentence.
    fn clauses(language: &str, text: &str) -> Vec<String> {
        let show = |written: Written| {
            let mark = written.terminator.map(String::from).unwrap_or_default();
            let end = if written.ends_sentence { "." } else { "" };
            let text = String::from_utf8(written.text).unwrap();
            format!("{}|{mark}{end}", text.strip_suffix(' ').unwrap())
        };
        Reader::new(text, habits(language)).map(show).collect()
    }

    fn habits(language: &str) -> Habits {
        let definition = format!("language {language}\n{}", if language == "ka" { "lowercaseSentence\n" } else { "" });
        Habits::of(&Language::from_voice(language, &definition).unwrap())
    }

    // The marks and the ends of sentences are those that espeak-ng 1.52 gives in piper-tts 1.8.0.
    #[test]
    fn clauses_end_where_espeak_ng_ends_them() {
        for (language, text, expected) in [
            ("en-us", "", &["|."][..]),
            ("en-us", " ", &[" |."]),
            ("en-us", "Hello", &["Hello|."]),
            ("en-us", "Hello world. ", &["Hello world|.."]),
            ("en-us", "Hello, world", &["Hello|,", "world|."]),
            ("en-us", "Hello\n\nWorld", &["Hello|.", "World|."]),
            ("en-us", "Hello.\n\nWorld", &["Hello|.", "World|."]),
            ("en-us", "Hello,\n\nWorld", &["Hello|.", "World|."]),
            ("en-us", "Hello,\nworld", &["Hello|,", "world|."]),
            ("en-us", "Hello\nWorld", &["Hello\nWorld|."]),
            ("en-us", "Hello... world", &["Hello|", "world|."]),
            ("en-us", "a…b", &["a|", "b|."]),
            ("en-us", "Dr. Smith went. home", &["Dr|..", "Smith went. home|."]),
            ("en-us", "3.14 and 1,000.", &["3.14 and 1,000|.."]),
            ("en-us", "\"Go!\" Then left.", &["\"Go|!.", "\" Then left|.."]),
            ("en-us", "one - two – three—four", &["one - two |;", "three—four|."]),
            ("en-us", "What?! No", &["What|?.", "No|."]),
            ("en-us", "U.S.A.'s best. X", &["U.S.A.'s best|..", "X|."]),
            ("en-us", "Qué ¿sí?", &["Qué |", "sí|?."]),
            ("en-us", "a:b: c; d", &["a:b|:", "c|;", "d|."]),
            ("en-us", "1. First\n2. Second\n", &["1|..", "First\n2|..", "Second\n|."]),
            ("en-us", ". Hello", &["  Hello|."]),
            ("en-us", ", Hello", &[", Hello|."]),
            ("en-us", "你好。世界！", &["你好|.", "世界|."]),
            ("en-us", "a\0b\x01c", &["a b c|."]),
            ("en-us", "so\u{ad}ft", &["soft|."]),
            ("de", "am 3. mai. Und", &["am 3. mai|..", "Und|."]),
            ("de", "Ludwig XIV. Der", &["Ludwig XIV. Der|."]),
            ("en-us", "Louis XIV. The", &["Louis XIV|..", "The|."]),
            ("hu", "december 2., szerda", &["december 2. szerda|."]),
            ("ka", "abc. def", &["abc|..", "def|."]),
            ("fa", "a\u{200c}b\u{640}", &["a-b|."]),
            ("hy", "Ինչ՞ ա, ա", &["Ինչ ա|,", "ա|."]),
        ] {
            assert_eq!(clauses(language, text), expected, "{language}: {text:?}");
        }
    }

    #[test]
    fn a_long_clause_is_cut_between_words() {
        let cut = clauses("en-us", &"word ".repeat(400));
        assert_eq!(cut.len(), 3);
        assert!(cut[0].ends_with("word |") && cut[0].len() < 740 && cut[2].ends_with("|."));
        let one_word = clauses("en-us", &"a".repeat(2000));
        assert_eq!(one_word.iter().map(String::len).collect::<Vec<_>>(), [797, 797, 410]);
    }

    proptest! {
        #[test]
        fn clauses_tile_the_text_and_begin_anew_after_sentences(text in r"([ .,!?…a-zA-B3\n'(]|\PC){0,80}", language in prop_oneof!["en", "de", "hu", "fa"]) {
            let habits = habits(&language);
            let whole: Vec<Written> = Reader::new(&text, habits).collect();
            prop_assert_eq!(whole.last().map(|clause| clause.end), Some(text.len()));
            let mut at = 0;
            for (index, clause) in whole.iter().enumerate() {
                prop_assert!(clause.end >= at && text.is_char_boundary(clause.end) && clause.text.len() < LONGEST + 4);
                at = clause.end;
                if clause.ends_sentence && at < text.len() {
                    let moved = |place: Range<usize>| place.start + at..place.end + at;
                    let rest: Vec<Written> = Reader::new(&text[at..], habits)
                        .map(|clause| Written { end: clause.end + at, places: clause.places.into_iter().map(moved).collect(), ..clause })
                        .collect();
                    prop_assert_eq!(&rest[..], &whole[index + 1..]);
                }
            }
        }
    }
}
