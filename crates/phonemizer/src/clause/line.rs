//! A clause as a line of words: small letters, one space between words, and what spaces and capitals have said as flags
//! (the first half of `TranslateClause`).

use std::ops::Range;

use super::{FIRST_VERBATIM, LAST_VERBATIM, SPOKEN_ELLIPSIS, characters::Characters, reader::Written};
use crate::{
    chars::{self, CodePoint, is_alphanumeric, is_ascii_digit, is_bracket, is_letter, is_lower, is_space, is_upper},
    dictionary::word,
    language::Options,
    phonemes::WordStart,
    words::{Line, WordEntry},
};

/// The most words of a clause, and the most bytes of its line (`N_CLAUSE_WORDS`, `N_TR_SOURCE`).
const MAX_WORDS: usize = 300;
const MAX_BYTES: usize = 800;

const SPACE: u32 = b' ' as u32;
const APOSTROPHE: u32 = b'\'' as u32;

/// A clause in words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) line: Line,
    /// The words, and one more that is empty.
    pub(super) words: Vec<WordEntry>,
    /// Where each stands in the text, in bytes.
    pub(super) places: Vec<Range<usize>>,
}

/// The clause being read.
struct Builder<'c> {
    written: &'c Written,
    options: &'c Options,
    /// `en`
    language: &'c str,
    characters: Characters<'c>,
    line: Vec<u8>,
    words: Vec<WordEntry>,
    places: Vec<Range<usize>>,
    /// Where the next character of the clause is, and where the last ends that is no space or bracket.
    at: usize,
    visible_end: usize,
    /// The character before in the clause, and one that stands for it.
    prev_in: u32,
    prev_in_save: u32,
    /// The last two characters of the line.
    prev_out: u32,
    prev_out2: u32,
    next_in: u32,
    next_length: usize,
    /// A character that comes before the next one.
    inserted: u32,
    pre_pause: u32,
    pre_pause_add: u32,
    all_upper: u32,
    alphabetic: usize,
    letters: usize,
    word_flags: u32,
    next_word_flags: u32,
    single_quoted: bool,
    space_inserted: bool,
    syllable_marked: bool,
    decimal_seen: bool,
}

impl Words {
    pub(super) fn of(written: &Written, options: &Options, language: &str, characters: Characters) -> Self {
        let visible_end = visible_end(&written.text);
        let source = if visible_end > 0 { source_of(0) } else { 0 };
        let builder = Builder {
            written,
            options,
            language,
            characters,
            line: vec![0, b' ', b' '],
            words: vec![WordEntry { start: 3, source, ..WordEntry::default() }],
            places: vec![Range::default()],
            at: 0,
            visible_end,
            prev_in: SPACE,
            prev_in_save: 0,
            prev_out: SPACE,
            prev_out2: SPACE,
            next_in: 0,
            next_length: 0,
            inserted: 0,
            pre_pause: 0,
            pre_pause_add: 0,
            all_upper: word::ALL_UPPER,
            alphabetic: 0,
            letters: 0,
            word_flags: 0,
            next_word_flags: 0,
            single_quoted: false,
            space_inserted: false,
            syllable_marked: false,
            decimal_seen: false,
        };
        builder.build()
    }

    /// Writes the phonemes that stand for themselves to where their words begin.
    pub(super) fn write_verbatim(&self, verbatim: &[String], ipa: &mut String, starts: &mut [WordStart]) {
        let mut shift = 0;
        for start in starts {
            start.at += shift;
            let word = word_of(start.source).and_then(|word| self.words.get(word));
            let stand_in = word.map_or(0, |word| self.line.char(word.start).0);
            let index = stand_in.checked_sub(FIRST_VERBATIM).filter(|_| stand_in <= LAST_VERBATIM);
            if let Some(phonemes) = index.and_then(|index| verbatim.get(index as usize)) {
                ipa.insert_str(start.at, phonemes);
                shift += phonemes.len();
            }
        }
    }

    /// What stands after a hyphen is spoken as a part of the word before it.
    fn join_hyphenated(&mut self) {
        let mut whole = 0;
        for part in 1..self.count() {
            if self.words[part].flags & word::HYPHEN != 0 {
                self.take_place(whole, part);
            } else {
                whole = part;
            }
        }
    }

    /// A word stands for a later one too.
    pub(super) fn take_place(&mut self, word: usize, other: usize) {
        let end = self.places.get(other).filter(|place| place.start < place.end).map(|place| place.end);
        if let Some((place, end)) = self.places.get_mut(word).zip(end) {
            place.end = place.end.max(end);
        }
    }

    /// How many words there are.
    pub(super) fn count(&self) -> usize {
        self.words.len() - 1
    }
}

/// Where the last character ends that is heard. Words after it are no words of their own to espeak-ng, which marks where
/// they begin by where such characters stand (`CalcWordLength`).
fn visible_end(text: &[u8]) -> usize {
    let mut end = text.len();
    while end > 0 {
        let (c, length) = chars::read_back(text, end - 1);
        if !chars::is_white(c) && !is_bracket(c) && c != SPOKEN_ELLIPSIS {
            return end;
        }
        end = end.saturating_sub(length);
    }
    0
}

/// What a word's phonemes carry to say which it is; the number after means a part of it. 0 and 1 say nothing.
fn source_of(word: usize) -> u16 {
    (word as u16 + 1) * 2
}

/// The word of a source.
pub(super) fn word_of(source: u16) -> Option<usize> {
    usize::from(source / 2).checked_sub(1)
}

impl Builder<'_> {
    fn build(mut self) -> Words {
        let mut finished = false;
        while !finished && self.line.len() < MAX_BYTES - 1 {
            self.look_back();
            let from = self.at;
            let mut read = self.inserted;
            if self.inserted == 0 {
                let (c, length) = chars::read(&self.written.text, self.at);
                (read, self.at) = (c, self.at + length);
            }
            self.inserted = 0;
            let mut c = read;
            if c == 0 {
                finished = true;
                c = SPACE;
                (self.next_in, self.next_length) = (SPACE, 0);
            } else {
                (self.next_in, self.next_length) = chars::read(&self.written.text, self.at);
            }
            let Some(c) = self.replaced(c) else { continue };
            let c = self.decided(c);
            if is_space(c) {
                if self.prev_out == SPACE {
                    self.word_flags |= word::MULTIPLE_SPACES;
                    continue;
                }
                if read == 9 || read == 10 {
                    self.next_word_flags |= word::MULTIPLE_SPACES;
                }
                self.end_word();
                if self.space_inserted {
                    self.at = from;
                    self.inserted = 0;
                    self.space_inserted = false;
                }
            } else {
                self.write(c, from);
            }
            self.pre_pause = self.pre_pause.max(self.pre_pause_add);
            self.pre_pause_add = 0;
        }
        self.finish()
    }

    fn look_back(&mut self) {
        self.prev_out2 = self.prev_out;
        (self.prev_out, _) = chars::read_back(&self.line, self.line.len() - 1);
        if self.options.tone_numbers && is_ascii_digit(self.prev_out) && is_letter(self.prev_out2) {
            // A tone is part of its syllable.
            self.prev_out = 'a'.into();
        }
        if self.prev_in_save != 0 {
            self.prev_in = std::mem::take(&mut self.prev_in_save);
        } else if self.at > 0 {
            (self.prev_in, _) = chars::read_back(&self.written.text, self.at - 1);
        }
    }

    /// The character that is meant by one; none if it is left out.
    fn replaced(&mut self, mut c: u32) -> Option<u32> {
        let between_letters = is_letter(self.prev_out) && is_letter(self.next_in);
        match char::from_u32(c) {
            Some('\u{92}' | '´' | '’' | '′') => c = APOSTROPHE,
            Some('‘' | '?') if between_letters => c = APOSTROPHE,
            _ => {}
        }
        let rest = self.written.text.get(self.at..).unwrap_or_default();
        let (c, inserted) = self.characters.replace(c, self.prev_in, self.next_in, rest)?;
        if let Some(inserted) = inserted {
            self.inserted = inserted;
            self.next_in = inserted;
        }
        if self.characters.replaced() {
            self.word_flags |= word::CHAR_REPLACED;
        }
        Some(c)
    }

    fn is_inside_words(&self, c: u32) -> bool {
        char::from_u32(c).is_some_and(|c| self.options.punct_within_word.contains(&c))
    }

    /// A space before the character, which is then read again.
    fn space_before(&mut self) -> u32 {
        self.space_inserted = true;
        SPACE
    }

    /// What a character is in the line: itself, a small letter, or a space.
    fn decided(&mut self, mut c: u32) -> u32 {
        if !is_letter(c) && !is_space(c) && !self.is_inside_words(c) && is_letter(self.prev_out) {
            let tone = self.options.tone_numbers && is_ascii_digit(c) && !is_ascii_digit(self.next_in);
            if !tone {
                c = self.space_before();
            }
        }
        if is_ascii_digit(self.prev_out) {
            if !is_ascii_digit(c) && !matches!(u8::try_from(c), Ok(b'.' | b',' | b' ')) {
                c = self.space_before();
            }
        } else if self.prev_in == CodePoint::from(',') {
            if c == CodePoint::from(',') {
                c = SPACE;
            }
        } else {
            self.decimal_seen = false;
        }
        if is_letter(c) {
            return self.letter(c);
        }
        match u8::try_from(c) {
            Ok(b'-') => self.hyphen(),
            Ok(b'.') => self.dot(),
            Ok(b'\'') => self.apostrophe(),
            Ok(b'_') => SPACE,
            Ok(b'0'..=b'9') => self.digit(c),
            _ => c,
        }
    }

    fn letter(&mut self, mut c: u32) -> u32 {
        self.alphabetic += 1;
        let ideograph = self.options.ideographs && (c > 0x3040 || self.prev_out > 0x3040);
        if !is_letter(self.prev_out) || ideograph {
            let inside = self.is_inside_words(self.prev_out);
            if !inside {
                self.letters = 0;
            }
            if self.prev_out != SPACE && !inside {
                c = self.space_before();
                if !is_bracket(self.prev_out) {
                    self.next_word_flags |= word::NOSPACE;
                }
            } else {
                if is_upper(c) {
                    self.word_flags |= word::FIRST_UPPER;
                }
                let before = self.line.len().checked_sub(2).and_then(|at| self.line.get(at));
                let after_number = before.is_some_and(u8::is_ascii_digit) && !is_ascii_digit(self.prev_in);
                if self.prev_out == SPACE && after_number {
                    // "2 a" is not "2a".
                    self.extra_space();
                }
            }
        }
        if c != SPACE {
            self.letters += 1;
            c = self.break_between_alphabets(c);
        }
        if is_upper(c) {
            return self.capital(c);
        }
        let plural = self.all_upper != 0
            && self.letters > 2
            && self.language == "en"
            && c == CodePoint::from('s')
            && self.next_in == SPACE;
        if plural {
            self.all_upper |= word::HAS_PLURAL;
            if let Some(last) = self.line.last_mut().filter(|last| **last == b'\'') {
                *last = b' ';
            }
            return SPACE;
        }
        self.all_upper = 0;
        c
    }

    /// Latin letters and those of the language's own alphabet make no common words.
    fn break_between_alphabets(&mut self, c: u32) -> u32 {
        const LATIN_END: u32 = 0x250;
        let own = self.options.letters.offset;
        let from_own = c < LATIN_END && self.prev_out >= own;
        let to_own = c >= own && self.letters > 1 && self.prev_out < LATIN_END;
        if own > 0 && (from_own || to_own) && is_letter(self.prev_out) {
            self.word_flags |= word::HYPHEN_AFTER;
            self.next_word_flags |= word::HYPHEN;
            return self.space_before();
        }
        c
    }

    /// A capital letter may begin a new word: "CamelCase", "HTMLPage".
    fn capital(&mut self, c: u32) -> u32 {
        let c = self.options.lower(c);
        if self.options.caps_in_word {
            if !self.syllable_marked {
                self.inserted = c;
                self.syllable_marked = true;
                return 'ˈ'.into();
            }
        } else if is_lower(self.prev_in) {
            if self.prev_out != SPACE {
                self.prev_in_save = SPACE;
                return self.space_before();
            }
        } else if c != SPACE && is_upper(self.prev_in) && is_lower(self.next_in) {
            let (after_next, _) = chars::read(&self.written.text, self.at + self.next_length);
            let dutch_ij = self.language == "nl"
                && self.letters == 2
                && c == CodePoint::from('j')
                && self.prev_in == CodePoint::from('I');
            if !dutch_ij && self.prev_out != SPACE && is_letter(after_next) {
                self.prev_in_save = SPACE;
                self.next_word_flags |= word::NOSPACE;
                return self.space_before();
            }
        }
        c
    }

    fn hyphen(&mut self) -> u32 {
        if !is_space(self.prev_in) && is_letter(self.next_in) {
            if self.prev_out != SPACE {
                return self.space_before();
            }
            self.word_flags |= word::HYPHEN;
            if let Some(last) = self.last_word() {
                last.flags |= word::HYPHEN_AFTER;
            }
            return SPACE;
        }
        if self.prev_in == SPACE && self.next_in == SPACE {
            self.pre_pause_add = 4;
            return SPACE;
        }
        if self.next_in == CodePoint::from('-') {
            self.at += 1;
            self.pre_pause_add = 4;
            return SPACE;
        }
        if self.prev_out == SPACE && is_letter(self.prev_out2) && !is_letter(self.prev_in) {
            // "a -2" is not "a-2".
            self.extra_space();
        }
        '-'.into()
    }

    fn dot(&mut self) -> u32 {
        if self.prev_out == CodePoint::from('.') {
            return self.space_before();
        }
        let after_letter = is_letter(self.prev_in);
        let before_space = is_space(self.next_in) || self.next_in == CodePoint::from('-');
        let abbreviated = match self.last_word() {
            Some(last) if last.flags & word::NOSPACE == 0 && after_letter => {
                last.flags |= word::HAS_DOT;
                true
            }
            _ => false,
        };
        if abbreviated && before_space { SPACE } else { '.'.into() }
    }

    fn apostrophe(&mut self) -> u32 {
        let genitive = self.prev_in == CodePoint::from('.') && self.next_in == CodePoint::from('s');
        let apostrophe = self.options.apostrophe;
        let letter_before =
            char::from_u32(self.prev_in).is_some_and(|c| self.options.char_plus_apostrophe.contains(&c));
        let inside = (genitive || is_alphanumeric(self.prev_in)) && is_letter(self.next_in);
        let at_start = apostrophe & 1 != 0 && is_letter(self.next_in);
        let at_end = apostrophe & 2 != 0 && is_letter(self.prev_in);
        if inside || at_start || at_end {
            self.single_quoted = false;
            return APOSTROPHE;
        }
        if letter_before && self.prev_out2 == SPACE {
            self.single_quoted = false;
            if self.next_in == SPACE {
                self.at += 1;
            }
            return APOSTROPHE;
        }
        if self.prev_out != CodePoint::from('s') || self.single_quoted {
            self.single_quoted = is_space(self.prev_out);
            self.pre_pause_add = 4;
        }
        SPACE
    }

    fn digit(&mut self, c: u32) -> u32 {
        if self.options.tone_numbers && is_letter(self.prev_out) && !chars::is_digit(self.next_in) {
            return c;
        }
        if self.prev_out != SPACE && !is_ascii_digit(self.prev_out) {
            let separator = self.prev_out == CodePoint::from(self.options.decimal_sep);
            if !separator || (self.decimal_seen && self.options.decimal_sep == ',') {
                return self.space_before();
            }
            self.decimal_seen = true;
        } else if self.prev_out == SPACE && is_letter(self.prev_out2) && !is_letter(self.prev_in) {
            // "a 2" is not "a2".
            self.extra_space();
        }
        c
    }

    /// The word before the one that is being read.
    fn last_word(&mut self) -> Option<&mut WordEntry> {
        self.words.iter_mut().rev().nth(1)
    }

    fn current(&mut self) -> &mut WordEntry {
        // There is always one.
        let last = self.words.len() - 1;
        &mut self.words[last]
    }

    fn extra_space(&mut self) {
        self.line.push(b' ');
        self.current().start += 1;
    }

    fn write(&mut self, c: u32, from: usize) {
        if self.line.len() < MAX_BYTES - 4 {
            chars::write(c, &mut self.line);
        }
        let Some(place) = self.written.places.get(from.min(self.written.places.len().saturating_sub(1))) else {
            return;
        };
        if let Some(current) = self.places.last_mut() {
            let start = if current.start == current.end { place.start } else { current.start };
            *current = start..place.end.max(current.end);
        }
    }

    fn end_word(&mut self) {
        self.line.push(b' ');
        if self.words.len() >= MAX_WORDS || self.line.len() <= self.current().start {
            return;
        }
        if self.alphabetic == 0 {
            self.all_upper &= !word::ALL_UPPER;
        }
        let (pre_pause, flags) = (self.pre_pause, self.all_upper | self.word_flags);
        let current = self.current();
        current.pre_pause = pre_pause;
        current.flags |= flags;
        if pre_pause > 0 {
            // Words before a pause do not matter to what follows it.
            let start = current.start;
            current.start += 1;
            self.line.insert(start, b' ');
        }
        let source = if self.at <= self.visible_end { source_of(self.words.len()) } else { 0 };
        self.words.push(WordEntry { start: self.line.len(), source, ..WordEntry::default() });
        let end = self.places.last().map_or(0, |place| place.end);
        self.places.push(end..end);
        self.word_flags = std::mem::take(&mut self.next_word_flags);
        self.pre_pause = 0;
        self.all_upper = word::ALL_UPPER;
        self.alphabetic = 0;
        self.syllable_marked = false;
    }

    fn finish(mut self) -> Words {
        let clause_end = self.line.len() - 1;
        self.line.push(0);
        let count = self.words.len() - 1;
        self.words[0].pre_pause = 0;
        if count > 0 {
            let line = &self.line;
            let is_bracket = |entry: &WordEntry| {
                line.get(entry.start).is_some_and(|byte| byte.is_ascii() && is_bracket((*byte).into()))
            };
            let last = (1..count).rev().find(|index| !is_bracket(&self.words[*index])).unwrap_or(0);
            self.words[last].flags |= word::LAST_WORD;
            let last = &mut self.words[count - 1];
            // Not after ".mr" or "-mr".
            if self.written.dot_after && last.flags & word::NOSPACE == 0 {
                last.flags |= word::HAS_DOT;
            }
        }
        self.words[0].flags |= word::FIRST_WORD;
        let line = Line { bytes: self.line, clause_end: Some(clause_end) };
        let mut words = Words { line, words: self.words, places: self.places };
        words.join_hyphenated();
        words
    }
}
