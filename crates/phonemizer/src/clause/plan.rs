//! The words of a clause, one after the other, to the list of their phonemes (the second half of `TranslateClause`, and
//! `TranslateWord2`).

use super::{ELLIPSIS, FIRST_VERBATIM, LAST_VERBATIM, SPOKEN_ELLIPSIS, line::Words as ClauseWords};
use crate::{
    chars::{self, is_alphabetic},
    dictionary::{first, word},
    language::breaks,
    phonemes::{Kind, Planned, code, synth},
    words::{LONGEST_BYTES, Line, Role, Session, WordEntry, Words},
};

/// The most phonemes of a clause (`N_PHONEME_LIST`), and the room that a word may need at its end.
const MAX_PHONEMES: usize = 1000;
const ROOM: usize = 7 + 2;

/// The source of the pauses at the end, which end the last word.
const END: u16 = 1;

/// The line in which a long number is taken apart may have so many bytes.
const NUMBER_BYTES: usize = 150 - 20;
/// From more digits than these on a number is broken into groups, up to so many.
const SHORT_NUMBER: usize = 4;
const LONG_NUMBER: usize = 32;

/// Plans the phonemes of a clause.
pub(super) fn plan(session: &mut Session, clause: &mut ClauseWords, planned: &mut Vec<Planned>) {
    planned.clear();
    planned.push(Planned { code: code::PAUSE_SHORT, ..Planned::default() });
    let mut planner = Planner { session, planned };
    let count = clause.count();
    let mut index = 0;
    while index < count && planner.has_room(ROOM) {
        index = planner.next_word(clause, index) + 1;
    }
    for _ in 0..2 {
        planned.push(Planned { code: code::PAUSE, source: END, ..Planned::default() });
    }
}

struct Planner<'p, 'a> {
    session: &'p mut Session<'a>,
    planned: &'p mut Vec<Planned>,
}

impl Planner<'_, '_> {
    fn has_room(&self, for_more: usize) -> bool {
        self.planned.len() < MAX_PHONEMES - for_more
    }

    /// Plans the word with a number, which may take others with it. Gives the number of the last.
    fn next_word(&mut self, clause: &mut ClauseWords, mut index: usize) -> usize {
        let options = self.session.main.translator.clone();
        let options = &options.language.options;
        let start = clause.words[index].start;
        let is_number = clause.line.at(start).is_ascii_digit();
        if is_number && options.break_numbers != breaks::THOUSANDS {
            index += join_groups(&mut clause.line, start, options.thousands_sep);
        }
        let rest = clause.line.bytes.get(start..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let last = clause.words.len() - 1;
        index = index.min(last.saturating_sub(1));
        let flags = if (SHORT_NUMBER + 1..=LONG_NUMBER).contains(&digits) {
            self.long_number(clause, index, start, digits)
        } else {
            self.plain_word(clause, index, start)
        };
        if flags & first::SKIPWORDS != 0 {
            for skipped in 1..=self.session.skip_words as usize {
                if let Some(word) = clause.words.get_mut(index + skipped) {
                    word.flags |= word::DELETE_WORD;
                    clause.take_place(index, index + skipped);
                }
            }
            self.session.skip_words = 0;
        }
        index
    }

    fn plain_word(&mut self, clause: &mut ClauseWords, index: usize, start: usize) -> u32 {
        self.session.pre_pause = 0;
        let pause = clause.words[index].pre_pause;
        let mut words = Words { all: &mut clause.words, at: index };
        let flags = self.word(&mut clause.line, start, &mut words, pause);
        if let Some(next) = words.all.get_mut(index + 1) {
            next.pre_pause = next.pre_pause.max(self.session.pre_pause);
        }
        if flags & first::SPELLWORD != 0 {
            let mut at = start;
            while !matches!(clause.line.at(at), 0 | b' ') {
                let (_, length) = clause.line.char(at);
                let mut letter = vec![0, b' ', b' '];
                letter.extend_from_slice(clause.line.bytes.get(at..at + length).unwrap_or_default());
                letter.resize(letter.len().max(10), b' ');
                letter.push(0);
                let mut letter = Line { bytes: letter, clause_end: None };
                self.word(&mut letter, 3, &mut Words { all: &mut clause.words, at: index }, 0);
                at += length;
            }
        }
        flags
    }

    /// A long number is said in groups.
    fn long_number(&mut self, clause: &mut ClauseWords, index: usize, start: usize, digits: usize) -> u32 {
        let translator = self.session.main.translator.clone();
        let options = &translator.language.options;
        if digits > options.max_digits as usize || clause.line.at(start) == b'0' {
            clause.words[index].flags |= word::INDIVIDUAL_DIGITS;
        }
        let entry = clause.words[index];
        let one_by_one = entry.flags & word::INDIVIDUAL_DIGITS != 0;
        let breaks_at = |left: usize| left < 32 && options.break_numbers >> left & 1 != 0;
        let mut groups = vec![b' '; 3];
        let mut words = Vec::new();
        let mut left = digits;
        let mut at = start;
        while groups.len() < NUMBER_BYTES {
            let c = clause.line.at(at);
            if !c.is_ascii_digit() && u32::from(c) != u32::from(options.decimal_sep) {
                break;
            }
            at += 1;
            groups.push(c);
            left = left.saturating_sub(1);
            if left > 0 && breaks_at(left) {
                words.push(entry);
                if options.thousands_sep != ' ' {
                    chars::write(options.thousands_sep.into(), &mut groups);
                }
                groups.push(b' ');
                if !one_by_one {
                    // Groups of one or two digits are made up to three.
                    if breaks_at(left - 1) {
                        groups.extend_from_slice(b"00");
                    }
                    if left >= 2 && breaks_at(left - 2) {
                        groups.push(b'0');
                    }
                }
            }
        }
        words.push(entry);
        words.push(clause.words.get(index + 1).copied().unwrap_or_default());
        let groups_end = words.len() - 1;
        for later in words.iter_mut().take(groups_end).skip(1) {
            later.flags &= !word::MULTIPLE_SPACES;
        }
        let end = groups.len();
        // A suffix may follow.
        let rest = clause.line.bytes.get(at..).unwrap_or_default();
        groups.extend(rest.iter().take(16).take_while(|byte| **byte != 0));
        groups.push(0);
        let mut line = Line { bytes: groups, clause_end: None };
        let mut flags = 0;
        let mut at = 3;
        let mut number = 0;
        while at < end {
            let pause = std::mem::take(&mut clause.words[index].pre_pause);
            flags = self.word(&mut line, at, &mut Words { all: &mut words, at: number }, pause);
            number += 1;
            at = (line.word_end_by_space(at) + 1).min(end);
        }
        flags
    }

    /// Adds the phonemes of the word at `at`, after a pause. Gives the flags of the word.
    fn word(&mut self, line: &mut Line, at: usize, words: &mut Words, mut pause: u32) -> u32 {
        let entry = words.all.get(words.at).copied().unwrap_or_default();
        if !self.has_room(2) {
            return 0;
        }
        if line.at(at) == 0 || entry.flags & word::DELETE_WORD != 0 {
            self.session.phonemes.clear();
            return 0;
        }
        if !self.has_room(ROOM) {
            return 0;
        }
        let main = self.session.main.clone();
        let memory = self.session.memory(&main);
        memory.prepause_timeout = memory.prepause_timeout.saturating_sub(1);

        if let Some(flags) = self.session.spoken_already(line.char(at).0) {
            return self.add(&entry, flags, pause, None);
        }
        let kept = line.bytes.get(at..line.word_end(at).min(at + LONGEST_BYTES)).unwrap_or_default().to_vec();
        let mut replacement = Vec::new();
        let mut flags = self.session.translate_word(&main, line, at, words, Some(&mut replacement));
        if flags & first::SPELLWORD != 0 {
            line.put(at, &kept);
            return flags;
        }
        if flags & first::COMBINE != 0 {
            flags = self.combined(line, at, words, flags);
        }
        let mut switched = None;
        if self.session.phonemes.first() == Some(&code::SWITCH) {
            for _ in 0..2 {
                line.put(at, &kept);
                let language = String::from_utf8_lossy(self.session.phonemes.get(1..).unwrap_or_default());
                let language = if language.is_empty() { "en".into() } else { language.into_owned() };
                let second = self.session.call(Role::Second, &language);
                switched = second.as_ref().map(|second| second.table);
                if let Some(second) = second {
                    if let Some(word) = words.all.get_mut(words.at) {
                        word.flags |= word::TRANSLATOR2;
                    }
                    flags = if replacement.is_empty() {
                        self.session.translate_word(&second, line, at, words, Some(&mut replacement))
                    } else {
                        let (mut line, at) = Line::of(&replacement);
                        self.session.translate_word(&second, &mut line, at - 1, words, None)
                    };
                }
                if self.session.phonemes.first() != Some(&code::SWITCH) {
                    break;
                }
            }
            if self.session.phonemes.first() == Some(&code::SWITCH) {
                return first::SPELLWORD;
            }
        }
        if entry.flags & word::HYPHEN == 0 {
            if flags & first::PAUSE1 != 0 {
                pause = pause.max(1);
            }
            let memory = self.session.memory(&main);
            let before = words.at.checked_sub(1).and_then(|before| words.all.get(before));
            let at_start = entry.flags & (word::LAST_WORD | word::FIRST_WORD) != 0
                || before.is_some_and(|before| before.flags & word::FIRST_WORD != 0);
            if flags & first::PREPAUSE != 0 && !at_start && memory.prepause_timeout == 0 {
                pause = pause.max(4);
                memory.prepause_timeout = 3;
            }
        }
        flags = self.add(&entry, flags, pause, switched);
        self.session.memory(&main).previous[0] = flags;
        flags
    }

    /// Says a preposition and the next word as one, if that is not too long (`CombineFlag`).
    fn combined(&mut self, line: &mut Line, at: usize, words: &mut Words, mut flags: u32) -> u32 {
        let main = self.session.main.clone();
        let limit = main.language.options.combine_words;
        let space = line.word_end_by_space(at);
        let (c, _) = line.char(space + 1);
        if !is_alphabetic(c) {
            return flags;
        }
        let alone = self.session.phonemes.clone();
        let mut next = Words { all: &mut *words.all, at: words.at + 1 };
        let next_flags = self.session.translate_word(&main, line, space + 1, &mut next, None);
        let foreign = self.session.phonemes.first() == Some(&code::SWITCH);
        let last = next.all.get(next.at).is_some_and(|word| word.flags & word::LAST_WORD != 0);
        if next_flags & first::WAS_UNPRONOUNCABLE != 0
            || foreign
            || (limit & 0x100 != 0 && next_flags & first::ALT == 0)
            || (limit & 0x200 != 0 && last)
        {
            self.session.phonemes = alone;
            return flags;
        }
        line.set(space, b'-');
        if let Some(word) = words.all.get_mut(words.at) {
            word.flags &= !word::ALL_UPPER;
        }
        flags = self.session.translate_word(&main, line, at, words, None);
        let syllables = self.session.phonemes.iter().filter(|code| self.session.kind(**code) == Kind::Vowel).count();
        if limit > 0 && syllables > (limit & 0x1f) as usize {
            line.set(space, b' ');
            return self.session.translate_word(&main, line, at, words, None);
        }
        if flags == 0 {
            flags = next_flags;
        }
        self.session.skip_words = 1;
        flags | first::SKIPWORDS
    }

    fn push(&mut self, code: u8) {
        self.planned.push(Planned { code, ..Planned::default() });
    }

    /// Adds the word's phonemes to the list, and gives its flags; stress marks become the stress of the next vowel, tones those of the last.
    fn add(&mut self, entry: &WordEntry, mut flags: u32, mut pause: u32, switched: Option<u8>) -> u32 {
        let mut phonemes = std::mem::take(&mut self.session.phonemes);
        while pause > 0 && self.has_room(ROOM) {
            if pause > 1 {
                self.push(code::PAUSE);
                pause -= 2;
            } else {
                self.push(code::PAUSE_NOLINK);
                pause -= 1;
            }
            let main = self.session.main.clone();
            self.session.memory(&main).previous = [0; 2];
        }
        let start = self.planned.len();
        if let Some(table) = switched {
            let begins_with_switch = phonemes.starts_with(&[code::PAUSE, code::SWITCH]);
            if self.planned.last().is_some_and(|last| last.code == code::SWITCH) {
                self.planned.pop();
            }
            if !begins_with_switch {
                self.planned.push(Planned { code: code::SWITCH, tone: table, ..Planned::default() });
            }
        }
        let hyphen = entry.flags & word::HYPHEN != 0;
        if hyphen && phonemes.first().is_some_and(|first| self.session.kind(*first) == Kind::Pause) {
            phonemes.remove(0);
        }
        let stress = self.add_phonemes(&phonemes, entry.source, &mut flags);
        if !hyphen && let Some(first) = self.planned.get_mut(start) {
            first.source = entry.source;
        }
        if switched.is_some() {
            self.session.back_to_main();
            let table = self.session.main.table;
            self.planned.push(Planned { code: code::SWITCH, tone: table, ..Planned::default() });
        }
        if flags & first::STRESS_END2 != 0
            && let Some(strongest) = self.planned.get_mut(stress.strongest)
        {
            strongest.flags |= synth::PROMOTE_STRESS;
        }
        self.session.phonemes = phonemes;
        flags
    }

    fn add_phonemes(&mut self, phonemes: &[u8], source: u16, flags: &mut u32) -> Stress {
        let main = self.session.main.clone();
        let from_list = *flags & first::FOUND != 0 && *flags & first::TEXTMODE == 0;
        let doubling = self.session.memory(&main).previous[0] & first::DOUBLING != 0;
        let mut stress = Stress { now: 0, next: 1, tone: 0, vowel: None, highest: -1, strongest: 0 };
        let mut new_source = 0;
        let mut is_first = true;
        let mut rest = phonemes.iter();
        while let Some(&phoneme) = rest.next() {
            if !self.has_room(3 + 2) {
                break;
            }
            if phoneme == 0xff {
                continue;
            }
            let Some(facts) = self.session.tables.table(self.session.table).get(phoneme) else { continue };
            let index = self.planned.len();
            match phoneme {
                code::SWITCH => {
                    let table = rest.next().copied().unwrap_or(self.session.main.table);
                    self.planned.push(Planned { code: phoneme, tone: table, ..Planned::default() });
                    self.session.table = table;
                }
                _ if facts.kind == Kind::Stress && facts.program == 0 => stress.next = facts.std_length as i8,
                _ if facts.kind == Kind::Stress => match stress.vowel.and_then(|at| self.planned.get_mut(at)) {
                    Some(vowel) => vowel.tone = phoneme,
                    None => stress.tone = phoneme,
                },
                code::SYLLABIC => {
                    stress.vowel = index.checked_sub(1);
                    if let Some(last) = self.planned.last_mut() {
                        last.flags |= synth::SYLLABLE;
                        last.stress = stress.next as u8;
                    }
                }
                code::LENGTHEN => {
                    if let Some(last) = self.planned.last_mut() {
                        last.flags |= synth::LENGTHEN;
                    }
                }
                code::END_WORD => new_source = source + 1,
                code::X1 => *flags |= first::DOUBLING,
                _ => {
                    let mut planned = Planned {
                        code: phoneme,
                        flags: if from_list { synth::DICTIONARY } else { 0 },
                        source: std::mem::take(&mut new_source),
                        ..Planned::default()
                    };
                    if facts.kind == Kind::Vowel {
                        self.add_vowel(&mut stress, &mut planned, index);
                    } else if is_first && doubling {
                        planned.flags |= synth::LENGTHEN;
                    }
                    planned.stress = stress.now as u8;
                    self.planned.push(planned);
                    is_first = false;
                }
            }
        }
        stress
    }

    fn add_vowel(&mut self, stress: &mut Stress, vowel: &mut Planned, index: usize) {
        stress.now = std::mem::replace(&mut stress.next, 1);
        if stress.vowel.is_some_and(|last| last + 1 != index)
            && let Some(consonant) = self.planned.last_mut()
        {
            consonant.stress = stress.now as u8;
        }
        vowel.flags |= synth::SYLLABLE;
        stress.vowel = Some(index);
        if stress.now > stress.highest {
            stress.highest = stress.now;
            stress.strongest = index;
        }
        vowel.tone = std::mem::take(&mut stress.tone);
    }
}

impl Session<'_> {
    /// The phonemes of a word that stands for phonemes, and its flags: those of three dots, or a pause for others to be put in.
    fn spoken_already(&mut self, stand_in: u32) -> Option<u32> {
        match stand_in {
            SPOKEN_ELLIPSIS => self.say_symbol(ELLIPSIS),
            FIRST_VERBATIM..=LAST_VERBATIM => self.phonemes = vec![code::PAUSE_VSHORT],
            _ => return None,
        }
        Some(first::FOUND)
    }
}

/// The stress of a word while its phonemes are added.
struct Stress {
    now: i8,
    /// Of the next vowel.
    next: i8,
    /// A tone that no vowel has yet.
    tone: u8,
    /// Where the last vowel is.
    vowel: Option<usize>,
    highest: i8,
    strongest: usize,
}

/// Writes the groups of a number, such as `1, 00, 000`, without the marks between them. Gives how many words are joined.
fn join_groups(line: &mut Line, start: usize, separator: char) -> usize {
    let mut number = Vec::new();
    let mut at = start;
    let mut joined = 0;
    while number.len() < NUMBER_BYTES {
        let byte = |index: usize| line.at(at + index);
        if byte(0).is_ascii_digit() {
            number.push(byte(0));
            at += 1;
        } else if u32::from(byte(0)) == u32::from(separator)
            && byte(1) == b' '
            && byte(2).is_ascii_digit()
            && byte(3) != b' '
            && byte(4) != b' '
        {
            at += 2;
            joined += 1;
        } else {
            for free in start..at {
                line.set(free, b' ');
            }
            line.put(start, &number);
            break;
        }
    }
    joined
}
