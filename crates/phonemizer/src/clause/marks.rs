//! The characters that can end a clause: espeak-ng's own properties of code points, from `src/ucd-tools/src/proplist.c` (1.52).

/// What a mark does to the clause before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Period,
    Question,
    Exclamation,
    Comma,
    Colon,
    /// Semicolons, and the dashes that are longer than a hyphen.
    Semicolon,
    /// `…`: a pause without a mark of its own.
    Ellipsis,
    /// `¿` and `¡`: they end what comes before them, also without a mark.
    Inverted,
    Paragraph,
    /// Armenian tone marks, which stand inside a word.
    InWord,
}

/// A clause mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    /// It ends the clause with no space after it, as `。` does. Such a mark is then not among the phonemes:
    /// Piper's `espeakbridge` compares all the bits of the clause's type, this one included.
    pub(crate) needs_no_space: bool,
}

impl Kind {
    /// Whether the clause also ends its sentence.
    pub(crate) fn ends_sentence(self) -> bool {
        matches!(self, Kind::Period | Kind::Question | Kind::Exclamation | Kind::Paragraph)
    }
}

impl Mark {
    /// The punctuation mark that Piper adds to the phonemes.
    pub(crate) fn terminator(self) -> Option<char> {
        if self.needs_no_space {
            return None;
        }
        match self.kind {
            Kind::Period => Some('.'),
            Kind::Question => Some('?'),
            Kind::Exclamation => Some('!'),
            Kind::Comma => Some(','),
            Kind::Colon => Some(':'),
            Kind::Semicolon => Some(';'),
            Kind::Ellipsis | Kind::Inverted | Kind::Paragraph | Kind::InWord => None,
        }
    }
}

/// The mark that a character is, if any.
pub(crate) fn mark_of(c: char) -> Option<Mark> {
    // Nearly every character of a text is one of these.
    if c.is_ascii_alphanumeric() || c == ' ' {
        return None;
    }
    let (kind, needs_no_space) = match c {
        '.' | '\u{6d4}' | '\u{701}' | '\u{704}' | '\u{1362}' | '\u{166e}' | '\u{1803}' | '\u{1809}' => {
            (Kind::Period, false)
        }
        '\u{2488}'..='\u{249b}' | '\u{2cf9}' | '\u{2cfe}' | '\u{2e33}' | '\u{2e3c}' | '\u{a4ff}' => {
            (Kind::Period, false)
        }
        '\u{a60e}' | '\u{a6f3}' | '\u{fe12}' | '\u{fe52}' | '\u{ff61}' | '\u{16af5}' | '\u{1bc9f}' => {
            (Kind::Period, false)
        }
        '\u{1da88}' | '\u{1f100}' | '\u{e002e}' => (Kind::Period, false),
        '\u{589}' | '\u{964}' | '\u{df4}' | '\u{f0d}' | '。' | '．' => (Kind::Period, true),

        '?' | '\u{37e}' | '\u{61f}' | '\u{709}' | '\u{1367}' | '\u{1945}' | '\u{2047}' => (Kind::Question, false),
        '\u{2753}'..='\u{2754}' | '\u{2cfa}'..='\u{2cfb}' | '\u{a60f}' | '\u{a6f7}' => (Kind::Question, false),
        '\u{fe16}' | '\u{fe56}' | '\u{11143}' | '\u{1e95f}' | '\u{e003f}' => (Kind::Question, false),
        '？' => (Kind::Question, true),

        '!' | '\u{703}' | '\u{7f9}' | '\u{1944}' | '\u{203c}' | '\u{2755}' | '\u{2757}' => (Kind::Exclamation, false),
        '\u{2762}'..='\u{2763}' | '\u{fe15}' | '\u{fe57}' | '\u{1e95e}' | '\u{e0021}' => (Kind::Exclamation, false),
        '！' => (Kind::Exclamation, true),

        ',' | '\u{55d}' | '\u{60c}' | '\u{702}' | '\u{7f8}' | '\u{f14}' | '\u{1363}' | '\u{1802}' => {
            (Kind::Comma, false)
        }
        '\u{1808}' | '\u{2e32}' | '\u{2e34}' | '\u{2e41}' | '\u{a4fe}' | '\u{a60d}' | '\u{a6f5}' => {
            (Kind::Comma, false)
        }
        '\u{fe10}'..='\u{fe11}' | '\u{fe50}'..='\u{fe51}' | '\u{ff64}' | '\u{1144d}' => (Kind::Comma, false),
        '\u{1da87}' | '\u{1f101}'..='\u{1f10a}' | '\u{e002c}' => (Kind::Comma, false),
        '、' | '，' => (Kind::Comma, true),

        ':' | '\u{706}'..='\u{707}' | '\u{1365}'..='\u{1366}' | '\u{1804}' | '\u{2982}' => (Kind::Colon, false),
        '\u{a6f4}' | '\u{fe13}' | '\u{fe55}' | '\u{12471}'..='\u{12472}' | '\u{1da8a}' => (Kind::Colon, false),
        '\u{e003a}' => (Kind::Colon, false),
        '：' => (Kind::Colon, true),

        ';' | '\u{387}' | '\u{61b}' | '\u{708}' | '\u{1364}' | '\u{204f}' | '\u{2e35}' | '\u{a6f6}' => {
            (Kind::Semicolon, false)
        }
        '\u{fe14}' | '\u{fe54}' | '\u{1da89}' | '\u{e003b}' => (Kind::Semicolon, false),
        '–'..='—' | '\u{2e3a}'..='\u{2e3b}' | '\u{fe31}'..='\u{fe32}' => (Kind::Semicolon, false),
        '；' => (Kind::Semicolon, true),

        '…' | '\u{eaf}' | '\u{1801}' | '\u{22ee}'..='\u{22f1}' | '\u{fe19}' => (Kind::Ellipsis, true),
        '¿' | '¡' => (Kind::Inverted, true),
        '\u{700}' | '\u{965}' | '\u{f0e}' | '\u{10fb}' | '\u{1368}' | '\u{2029}' => (Kind::Paragraph, false),
        '\u{55b}'..='\u{55c}' | '\u{55e}' => (Kind::InWord, false),
        _ => return None,
    };
    Some(Mark { kind, needs_no_space })
}
