//! Words that are said letter by letter (`SpeakIndividualLetters`, `TranslateLetter`, `Unpronouncable`).

use super::{
    ENGLISH, LONGEST_PHONEMES, Line, Role, Session, Tr, is_switch, letter_names::superscript, stress::Control,
};
use crate::{
    chars,
    dictionary::{ending, word},
    language::{Alphabet, DONT_NAME, NO_SYMBOL, NOT_CODE, NOT_LETTERS, Options, alphabet_of},
    phonemes::code,
};

/// Stands before the name of each letter until the stress of all is set.
const LETTER: u8 = 0xff;
/// The first zero of the digits of each script.
const ZEROS: [u32; 16] =
    [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090];
/// English names of `a` to `f`, for the numbers of characters in languages that lack them.
const HEX_LETTERS: [&[u8]; 6] = [b"'e:j", b"b'i:", b"s'i:", b"d'i:", b"'i:", b"'ef"];
/// First code point of the Hangul syllables, of their initial, medial and final letters.
const HANGUL: std::ops::RangeInclusive<u32> = 0xac00..=0xd7af;
const BRAILLE: u32 = 0x2800;

/// Of several letters only some keep their main stress.
pub(super) fn stress_spelling(phonemes: &mut Vec<u8>, letters: usize, first_only: bool) {
    let mut previous = 0;
    let mut is_mark = |code: u8| {
        let mark = code == code::STRESS_P && previous != code::SWITCH;
        previous = code;
        mark
    };
    let marks = phonemes.iter().filter(|code| is_mark(**code)).count();
    let mut previous = 0;
    let mut count = 0;
    phonemes.retain_mut(|phoneme| {
        if *phoneme == code::STRESS_P && letters > 1 && previous != code::SWITCH {
            count += 1;
            let lowered = if first_only { count > 1 } else { count != marks && (count % 3 != 0 || count + 1 == marks) };
            if lowered {
                *phoneme = code::STRESS_3;
            }
        }
        if *phoneme == LETTER {
            return false;
        }
        previous = *phoneme;
        true
    });
}

/// The ASCII digit of a digit in another script (`NonAsciiNumber`).
fn ascii_digit(letter: u32) -> Option<u32> {
    let zero = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&letter))?;
    Some(letter - zero + u32::from(b'0'))
}

impl Session<'_> {
    /// Adds the names of all letters of the word at `at`; none if it belongs to another language, which is then left
    /// in `self.phonemes`.
    pub(super) fn spell_letters(
        &mut self,
        tr: &Tr,
        line: &Line,
        mut at: usize,
        phonemes: &mut Vec<u8>,
        spell: u32,
    ) -> Option<()> {
        debug_assert!(spell < 2, "pauses between letters are for modes that are not used");
        let mut letters = 0;
        while !matches!(line.at(at), 0 | b' ') {
            at += self.name_letter(tr, line, at, phonemes, letters > 0);
            letters += 1;
            if is_switch(phonemes) {
                self.phonemes.clone_from(phonemes);
                return None;
            }
        }
        stress_spelling(phonemes, letters, tr.language.options.spelling_stress);
        Some(())
    }

    /// Adds the name of the letter at `at`, and gives its length; phonemes that are a switch name another language.
    pub(super) fn name_letter(
        &mut self,
        tr: &Tr,
        line: &Line,
        at: usize,
        phonemes: &mut Vec<u8>,
        non_initial: bool,
    ) -> usize {
        let (mut letter, length) = line.char(at);
        let next = line.at(at + length);
        if letter & 0xf_ff00 == 0xe000 {
            // The private use area, for characters that mean something else.
            letter &= 0xff;
        }
        letter = tr.language.options.lower(letter);
        let mut name = Vec::new();
        self.letter_name(tr, letter, next, &mut name, non_initial);
        if name.is_empty() {
            letter = superscript(letter).unwrap_or(letter);
            self.letter_name(tr, letter, next, &mut name, non_initial);
        }
        if is_switch(&name) {
            *phonemes = name;
            return 0;
        }
        if name.is_empty()
            && let Some(digit) = ascii_digit(letter)
        {
            self.letter_name(tr, digit, 0, &mut name, non_initial);
        }
        let alphabet = alphabet_of(letter);
        let alphabet_name = alphabet.map(|alphabet| self.alphabet_name(tr, alphabet)).unwrap_or_default();
        if name.is_empty() {
            name = self.foreign_letter_name(tr, letter, next, alphabet, non_initial);
        }
        if name.is_empty() {
            name = self.letter_number(letter, alphabet);
        }
        if phonemes.len() + 1 + alphabet_name.len() + name.len() < LONGEST_PHONEMES {
            phonemes.push(LETTER);
            phonemes.extend_from_slice(&alphabet_name);
            phonemes.extend_from_slice(&name);
        }
        length
    }

    /// The name of an alphabet that is not the text's own, such as "Cyrillic", in its language or in English.
    fn alphabet_name(&mut self, tr: &Tr, alphabet: &Alphabet) -> Vec<u8> {
        let main = self.main.clone();
        let options = &main.language.options;
        let known = [options.letters.offset, options.alt_alphabet, options.our_alphabet];
        let mut name = Vec::new();
        if alphabet.flags & DONT_NAME != 0 || known.contains(&alphabet.offset) {
            return name;
        }
        if self.look_up_symbol(&main, alphabet.name.as_bytes(), &mut name) == 0 {
            let mut english_name = Vec::new();
            let Some(english) = self.call(Role::Third, ENGLISH) else { return name };
            self.look_up_symbol(&english, alphabet.name.as_bytes(), &mut english_name);
            if !english_name.is_empty() {
                return between_switches(&english_name, english.table, main.table);
            }
        } else if tr.role != Role::Main && !name.is_empty() {
            return between_switches(&name, main.table, tr.table);
        }
        name
    }

    /// The name of a letter in the language of its alphabet, or in English.
    fn foreign_letter_name(
        &mut self,
        tr: &Tr,
        letter: u32,
        next: u8,
        alphabet: Option<&Alphabet>,
        non_initial: bool,
    ) -> Vec<u8> {
        let options = &self.main.language.options;
        let language = match alphabet {
            Some(alphabet) if alphabet.offset != 0 && alphabet.offset == options.alt_alphabet => {
                options.alt_alphabet_lang
            }
            Some(alphabet) if !alphabet.language.is_empty() && alphabet.flags & NOT_LETTERS == 0 => alphabet.language,
            _ => ENGLISH,
        };
        let mut name = Vec::new();
        if language == tr.language.code && language != "ko" {
            return name;
        }
        let mut other = self.call(Role::Third, language);
        if let Some(translator) = other.clone() {
            if HANGUL.contains(&letter) {
                self.hangul(&translator, letter, &mut name);
            } else {
                self.letter_name(&translator, letter, next, &mut name, non_initial);
            }
            if is_switch(&name) {
                let language = String::from_utf8_lossy(name.get(1..).unwrap_or_default()).into_owned();
                other = self.call(Role::Third, &language);
                name.clear();
                if let Some(translator) = &other {
                    self.letter_name(translator, letter, next, &mut name, non_initial);
                }
            }
        }
        self.back_to_main();
        match other {
            Some(other) if !name.is_empty() => between_switches(&name, other.table, tr.table),
            _ => Vec::new(),
        }
    }

    /// A Hangul syllable by its letters.
    fn hangul(&mut self, korean: &Tr, syllable: u32, phonemes: &mut Vec<u8>) {
        let index = syllable - HANGUL.start();
        let (initial, medial, last) = (index / 28 / 21, index / 28 % 21, index % 28);
        let mut letters = Vec::new();
        if initial != 11 {
            chars::write(initial + 0x1100, &mut letters);
        }
        chars::write(medial + 0x1161, &mut letters);
        chars::write(last + 0x11a7, &mut letters);
        letters.push(b' ');
        let (mut line, at) = Line::of(&letters);
        self.apply_rules(korean, &mut line, at, phonemes, None, 0, None);
        self.set_word_stress(korean, phonemes, None, Control::default());
    }

    /// A character without a name: "letter" or "symbol" and its number.
    fn letter_number(&mut self, letter: u32, alphabet: Option<&Alphabet>) -> Vec<u8> {
        let main = self.main.clone();
        let flags = alphabet.map_or(0, |alphabet| alphabet.flags);
        let mut name = Vec::new();
        if flags & NO_SYMBOL == 0 {
            if chars::is_alphabetic(letter) {
                self.look_up_symbol(&main, b"_?A", &mut name);
            }
            if name.is_empty() && !chars::is_white(letter) {
                self.look_up_symbol(&main, b"_??", &mut name);
            }
            if name.is_empty() {
                // An unknown phoneme ends it.
                let _ = self.table().encode(b"l'et@", &mut name);
            }
        }
        if flags & NOT_CODE != 0 {
            return name;
        }
        let digits = if alphabet.is_some_and(|alphabet| alphabet.offset == BRAILLE) {
            (0..8).filter(|dot| letter >> dot & 1 != 0).map(|dot| char::from(b'1' + dot)).collect()
        } else {
            format!("{letter:x}")
        };
        for digit in digits.bytes() {
            name.push(code::PAUSE_VSHORT);
            let mut digit_name = Vec::new();
            self.letter_name(&main, digit.into(), 0, &mut digit_name, true);
            if let Some(letter) = digit.checked_sub(b'a')
                && (digit_name.is_empty() || is_switch(&digit_name))
            {
                digit_name.clear();
                let english = HEX_LETTERS.get(usize::from(letter)).copied().unwrap_or_default();
                let _ = self.table().encode(english, &mut digit_name);
            }
            name.extend_from_slice(&digit_name);
        }
        name.push(code::PAUSE);
        name
    }

    /// The English plural of an abbreviation in capitals (`addPluralSuffixes`).
    pub(super) fn add_plural(&mut self, tr: &Tr, word_flags: u32, last: u32) {
        if word_flags & word::HAS_PLURAL == 0 {
            return;
        }
        let ending: &[u8] = match u8::try_from(last) {
            Ok(b'f') => b"ss",
            Ok(b'h' | b's' | b'x') => b"iz",
            _ => b"zz",
        };
        let (mut line, at) = Line::of(ending);
        let mut phonemes = std::mem::take(&mut self.phonemes);
        self.apply_rules(tr, &mut line, at, &mut phonemes, None, 0, None);
        self.phonemes = phonemes;
    }

    /// Joins single letters with dots, such as `u . s . a .`, to one word; whether there are any (`CheckDottedAbbrev`).
    pub(super) fn join_dotted(&mut self, line: &mut Line, start: usize) -> bool {
        let mut joined = Vec::new();
        let mut count = 0;
        let mut at = start;
        loop {
            let (c, mut length) = line.char(at);
            let after = |index: usize| line.at(at + length + index);
            if after(0) != b' ' || !chars::is_letter(c) {
                break;
            }
            let (goes_on, genitive) = match (after(1), after(2), after(3)) {
                (b'.', b' ', _) => (true, false),
                (b'.', b'\'', b's') => (false, true),
                (b'.', ..) => break,
                _ if count > 0 => (false, false),
                _ => break,
            };
            if genitive {
                length += 2;
            }
            joined.extend_from_slice(line.slice(at, at + length));
            count += 1;
            at += length + if goes_on { 3 } else { 0 };
            if !goes_on {
                break;
            }
        }
        if count > 1 {
            line.put(start, &joined);
            for free in start + joined.len()..at {
                line.set(free, b' ');
            }
            self.skip_words = (count - 1) * 2;
        }
        count > 0
    }

    /// Whether no word can begin like the one at `at`, so that its first letter has to be said by its name.
    pub(super) fn is_unpronouncable(&mut self, tr: &Tr, line: &mut Line, at: usize, position: usize) -> bool {
        const LAST_LATIN: u32 = 0x241;
        let options = &tr.language.options;
        let (first, _) = line.char(at);
        if options.letters.offset > 0 && first < LAST_LATIN {
            return false;
        }
        if alphabet_of(first).is_some_and(|alphabet| alphabet.offset != options.letters.offset) {
            return false;
        }
        if options.unpronouncable == 1 || matches!(line.at(at), 0 | b' ' | b'\'') {
            return false;
        }
        let Some((mut vowel_at, first)) = first_vowel(line, at, position, options) else { return false };
        if vowel_at > 2 && options.unpronouncable == 2 {
            return self.rules_say_unpronouncable(tr, line, at);
        }
        if first == options.unpronouncable {
            vowel_at -= 1;
        }
        vowel_at > options.max_initial_consonants as usize + 1
    }

    fn rules_say_unpronouncable(&mut self, tr: &Tr, line: &mut Line, at: usize) -> bool {
        let before = line.at(at.wrapping_sub(1));
        line.set(at.wrapping_sub(1), b' ');
        let rule = self.apply_rules(tr, line, at, &mut Vec::new(), None, word::UNPRON_TEST, None);
        line.set(at.wrapping_sub(1), before);
        rule == 0 || rule & ending::UNPRONOUNCABLE != 0
    }
}

/// The number of the first letter that is a vowel, 9 if there is none, and the first letter; none for what is no word.
fn first_vowel(line: &Line, at: usize, position: usize, options: &Options) -> Option<(usize, u32)> {
    const APOSTROPHE: u32 = b'\'' as u32;
    let (mut count, mut index, mut first) = (0, at, 0);
    loop {
        let (c, length) = line.char(index);
        index += length;
        if matches!(c, 0 | 0x20) || (c == APOSTROPHE && (count > 1 || position > 0)) {
            return Some((9, first));
        }
        if count == 0 {
            first = c;
        }
        if c != APOSTROPHE || options.unpronouncable != 3 {
            count += 1;
        }
        if options.letters.is_vowel(c) {
            return Some((count, first));
        }
        if c != APOSTROPHE && !chars::is_alphabetic(c) {
            return None;
        }
    }
}

/// Phonemes of another table, with a pause before.
fn between_switches(phonemes: &[u8], table: u8, back: u8) -> Vec<u8> {
    let mut all = vec![code::PAUSE, code::SWITCH, table];
    all.extend_from_slice(phonemes);
    all.extend_from_slice(&[code::SWITCH, back]);
    all
}
