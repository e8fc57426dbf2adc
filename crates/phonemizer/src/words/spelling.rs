//! A word by the rules of its spelling (`TranslateRules`).

use super::{LONGEST_BYTES, LONGEST_PHONEMES, Line, Session, Tr};
use crate::{
    chars,
    dictionary::{Flags, Match, Matching, Word, ending, first, word},
    language::{WORDS, alphabet_of},
    letters::without_accent,
    phonemes::{Kind, code},
};

/// The first letters with diereses that begin a syllable of their own (`diereses_list`).
const DIERESES: [u32; 6] = [0xe4, 0xeb, 0xef, 0xf6, 0xfc, 0xff];
/// The last of the letters that a Latin alphabet is known by.
const LAST_LATIN: u32 = 0x241;

/// How far the rules have come.
struct Reading {
    start: usize,
    at: usize,
    letters: usize,
    digits: usize,
}

/// Which rules there are for a letter.
#[derive(Clone, Copy, PartialEq)]
enum Rules {
    /// Those of a letter of the language's own alphabet, or of two letters.
    Special,
    /// Those of its first byte.
    OfLetter,
    /// None but those that are for all.
    ForAll,
}

/// What is to be done after a letter that no rule knows.
enum Unknown {
    /// It goes on, with these phonemes.
    Say(Vec<u8>),
    /// The word has been changed, or what was read of it is void.
    Again,
    /// The word belongs to another language, or must be spelled.
    Stop,
}

impl Session<'_> {
    /// Adds the phonemes of the word at `start` to `phonemes`. Where the rules find a prefix or an ending, and `end_phonemes`
    /// are asked for, they get its phonemes, and its type is the result; the word has to be translated again without it.
    ///
    /// Phonemes that begin with a switch name the language that the word belongs to.
    pub(super) fn apply_rules(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        start: usize,
        phonemes: &mut Vec<u8>,
        mut end_phonemes: Option<&mut Vec<u8>>,
        word_flags: u32,
        mut flags: Option<&mut Flags>,
    ) -> u32 {
        let kept: Vec<u8> =
            line.from(start).iter().take(LONGEST_BYTES - 1).take_while(|byte| **byte != 0).copied().collect();
        let listed = flags.as_ref().map_or(0, |flags| flags[0]);
        let memory = self.memory(tr);
        memory.vowels = 0;
        memory.stressed = 0;
        if let Some(end_phonemes) = end_phonemes.as_deref_mut() {
            end_phonemes.clear();
        }
        let mut reading = Reading { start, at: start, letters: 0, digits: 0 };

        while !matches!(line.at(reading.at), 0 | b' ') && self.effort.step() {
            let (c, length) = line.char(reading.at);
            reading.letters += usize::from(chars::is_letter(c));
            if chars::is_digit(c) && (!tr.language.options.tone_numbers || reading.letters == 0) {
                self.digit(tr, line, &mut reading, length, phonemes);
                continue;
            }
            reading.digits = 0;
            let (mut best, rules) = self.best_match(tr, line, &mut reading, (c, length), word_flags, listed);
            let said;
            if rules != Rules::Special && best.points == 0 {
                let by_default = rules == Rules::ForAll;
                match self.unknown(tr, line, &mut reading, (c, length), by_default, phonemes) {
                    Unknown::Say(name) => said = name,
                    Unknown::Again => continue,
                    Unknown::Stop => {
                        if phonemes.is_empty()
                            && let Some(flags) = flags.as_deref_mut()
                        {
                            flags[0] |= first::SPELLWORD;
                            break;
                        }
                        if phonemes.is_empty() {
                            break;
                        }
                        return 0;
                    }
                }
                if said.is_empty() {
                    continue;
                }
                best = Match { points: 1, phonemes: &said, end_type: 0, silent_e: None, consumed: 0 };
            } else if best.points == 0 {
                continue;
            } else if rules != Rules::Special {
                self.memory(tr).repeats = 0;
            }
            if word_flags & word::UNPRON_TEST != 0 {
                return best.end_type | 1;
            }
            if best.phonemes.first() == Some(&code::SWITCH) && word_flags & word::DONT_SWITCH == 0 {
                phonemes.clear();
                phonemes.extend_from_slice(best.phonemes);
                return 0;
            }
            best.end_type &= !ending::UNPRONOUNCABLE;
            if best.end_type != 0
                && let Some(end_phonemes) = end_phonemes.as_deref_mut()
            {
                let prefix = best.end_type & ending::PREFIX != 0;
                if !(prefix && word_flags & word::NO_PREFIX != 0) {
                    if prefix && best.end_type & 0x7f == 0 {
                        best.end_type |= (reading.at - start) as u32;
                    }
                    end_phonemes.clear();
                    end_phonemes.extend_from_slice(best.phonemes);
                    line.put(start, &kept);
                    return best.end_type;
                }
            }
            if let Some(e) = best.silent_e {
                line.set(e, b'E');
            }
            self.append(tr, phonemes, best.phonemes, LONGEST_PHONEMES);
        }
        line.put(start, &kept);
        0
    }

    /// A digit is in the list, not in the rules.
    fn digit(&mut self, tr: &Tr, line: &Line, reading: &mut Reading, length: usize, phonemes: &mut Vec<u8>) {
        let mut name = vec![b'_'];
        name.extend_from_slice(line.slice(reading.at, reading.at + length));
        let mut digit = Vec::new();
        self.look_up_symbol(tr, &name, &mut digit);
        reading.digits += 1;
        if reading.digits >= 2 {
            digit.push(code::PAUSE_NOLINK);
            reading.digits = 0;
        }
        self.append(tr, phonemes, &digit, LONGEST_PHONEMES);
        reading.at += length;
    }

    /// The best rule for the letter that is being read, and of which it is; goes on behind what it consumes.
    fn best_match<'d>(
        &mut self,
        tr: &'d Tr,
        line: &Line,
        reading: &mut Reading,
        (c, length): (u32, usize),
        word_flags: u32,
        flags: u32,
    ) -> (Match<'d>, Rules) {
        let effort = self.effort.clone();
        let memory = &self.memories[tr.role as usize];
        let matching = Matching {
            effort: &effort,
            options: &tr.language.options,
            word_flags,
            flags,
            vowels: memory.vowels,
            stressed: memory.stressed,
            verb: memory.expect_verb > 0,
        };
        let dictionary = &tr.dictionary;
        let word = Word { line: &line.bytes, start: reading.start, at: reading.at };
        let mut look_up = |word: &[u8]| self.look_up_flags(tr, word);
        let mut rule = |rules, group_length| dictionary.best_rule(rules, word, group_length, &matching, &mut look_up);

        let first = line.at(reading.at);
        let offset = c.checked_sub(tr.language.options.letters.offset);
        let by_offset = offset.and_then(|offset| dictionary.rules_by_offset(offset));
        let mut best = None;
        if by_offset.is_some() {
            best = Some(rule(by_offset, length));
        } else {
            for rules in dictionary.rules_for_two([first, line.at(reading.at + 1)]) {
                let mut two = rule(Some(rules), 2);
                if two.points > 0 {
                    // For the letter more that fits.
                    two.points += 35;
                }
                let one = rule(dictionary.rules_for(first), 1);
                best = Some(if two.points >= one.points { two } else { one });
            }
        }
        let single = dictionary.rules_for(first);
        let rules = match (&best, single) {
            (Some(_), _) => Rules::Special,
            (None, Some(_)) => Rules::OfLetter,
            (None, None) => Rules::ForAll,
        };
        let best = best.unwrap_or_else(|| match single {
            Some(rules) => rule(Some(rules), 1),
            None => rule(dictionary.rules_for(0), 0),
        });
        reading.at += best.consumed;
        (best, rules)
    }

    /// A letter that no rule knows; `reading` stands behind its first byte.
    fn unknown(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        reading: &mut Reading,
        (c, length): (u32, usize),
        by_default: bool,
        phonemes: &mut Vec<u8>,
    ) -> Unknown {
        if by_default && let Some(done) = self.foreign(tr, line, reading, phonemes) {
            return done;
        }
        let mut said = Vec::new();
        if (0x300..=0x36f).contains(&c) {
            // A combining accent is not heard.
        } else if chars::is_letter(c) {
            if reading.letters > 1 || matches!(line.at((reading.at + length).wrapping_sub(1)), b'!'..=0x7f) {
                phonemes.clear();
                return Unknown::Stop;
            }
        } else {
            self.symbol_in_text(tr, c, &mut said);
        }
        reading.at += length - 1;
        Unknown::Say(said)
    }

    /// A letter that the language has no rules for at all: it may be of another alphabet, a bracket, or have an accent.
    fn foreign(&mut self, tr: &Tr, line: &mut Line, reading: &mut Reading, phonemes: &mut Vec<u8>) -> Option<Unknown> {
        let options = &tr.language.options;
        let (letter, length) = line.char(reading.at - 1);
        let mut switch_to = |language: &str| {
            phonemes.clear();
            phonemes.push(code::SWITCH);
            phonemes.extend_from_slice(language.as_bytes());
            Some(Unknown::Stop)
        };
        if options.letters.offset > 0 && letter <= LAST_LATIN && chars::is_alphabetic(letter) {
            return switch_to(super::ENGLISH);
        }
        if chars::is_bracket(letter) {
            self.pre_pause = self.pre_pause.max(options.bracket_pause);
        }
        if let Some(plain) = without_accent(letter)
            && (line.at(reading.at.wrapping_sub(2)) != b' ' || line.at(reading.at + length - 1) != b' ')
        {
            self.take_accent_off(line, reading.at - 1, length, plain);
            if options.diereses && DIERESES.contains(&letter) {
                reading.at -= 1;
                return Some(Unknown::Again);
            }
            phonemes.clear();
            reading.at = reading.start;
            let memory = self.memory(tr);
            memory.vowels = 0;
            memory.stressed = 0;
            return Some(Unknown::Again);
        }
        let alphabet = alphabet_of(letter).filter(|alphabet| alphabet.offset != options.letters.offset)?;
        if options.alt_alphabet == alphabet.offset {
            return switch_to(options.alt_alphabet_lang);
        }
        if alphabet.flags & WORDS != 0 {
            return switch_to(alphabet.language);
        }
        None
    }

    /// Puts a plain letter in the place of an accented one; the word becomes shorter.
    fn take_accent_off(&self, line: &mut Line, at: usize, length: usize, plain: u8) {
        let end = line.word_end(at);
        line.set(at, plain);
        let rest = line.slice(at + length, end).to_vec();
        line.put(at + 1, &rest);
        for free in at + 1 + rest.len()..end {
            line.set(free, b' ');
        }
    }

    /// Adds phonemes to those of a word, which must stay shorter than `limit`, and counts their vowels (`AppendPhonemes`).
    pub(super) fn append(&mut self, tr: &Tr, phonemes: &mut Vec<u8>, more: &[u8], limit: usize) {
        if phonemes.len() + more.len() >= limit {
            return;
        }
        let (mut vowels, mut stressed) = (0, 0);
        let mut unstressed_next = false;
        for &phoneme in more {
            let Some(facts) = self.phoneme(phoneme) else { continue };
            if facts.kind == Kind::Stress {
                unstressed_next |= facts.std_length < 4;
            } else if facts.kind == Kind::Vowel {
                if facts.flags & crate::phonemes::flag::UNSTRESSED == 0 && !unstressed_next {
                    stressed += 1;
                }
                unstressed_next = false;
                vowels += 1;
            }
        }
        let memory = self.memory(tr);
        memory.vowels += vowels;
        memory.stressed += stressed;
        phonemes.extend_from_slice(more);
    }
}
