//! A word's phonemes: from the list, as a number, by its letters, or by the rules, with prefixes and endings taken off
//! (`TranslateWord`, `TranslateWord3`).

use super::{
    DEEPEST, LONGEST_BYTES, LONGEST_PHONEMES, Line, Session, Tr, Words, is_switch,
    list::Listed,
    spelled::stress_spelling,
    stress::{Control, PRIMARY, SECONDARY},
};
use crate::{
    chars::{self, CodePoint},
    dictionary::{Flags, asked, ending, first, word},
    language::{alphabet_of, numbers, numbers2, stress_flags},
    phonemes::code,
};

/// A word while it is translated.
struct Work<'t> {
    tr: &'t Tr,
    /// Where the word begins, and where what is left of it does when letters or a prefix are gone.
    start: usize,
    rest: usize,
    /// How many letters it has, and its first and last.
    length: usize,
    first: u32,
    last: u32,
    word_flags: u32,
    flags: Flags,
    /// Flags of the last look-up without a prefix or an ending.
    stem_flags: Flags,
    phonemes: Vec<u8>,
    /// Phonemes of letters that were spelled because no word begins like this, of prefixes, and of endings.
    spelled: Vec<u8>,
    prefix: Vec<u8>,
    ending: Vec<u8>,
    /// A prefix has flags of its own, or the last was of this type.
    prefix_flags: bool,
    prefix_type: u32,
    /// The type of the first ending.
    ending_type: u32,
    unpronouncable: bool,
}

/// A word that is done before its stress is set, with these flags.
struct Done(u32);

impl Session<'_> {
    /// Translates the word at `at`; the phonemes are left in `self.phonemes`. Gives the word's flags.
    ///
    /// With `text`, a word that the list replaces by other text is translated as that, and the text is given.
    pub(crate) fn translate_word(
        &mut self,
        tr: &Tr,
        line: &mut Line,
        at: usize,
        words: &mut Words,
        text: Option<&mut Vec<u8>>,
    ) -> u32 {
        if self.depth >= DEEPEST || !self.effort.step() {
            self.phonemes.clear();
            return 0;
        }
        self.depth += 1;
        let wants_text = text.is_some();
        let mut replacement = Vec::new();
        let flags = self.translate(tr, line, at, words, &mut replacement);
        if flags & first::TEXTMODE != 0 && wants_text {
            self.translate_replacement(tr, &replacement, words);
        }
        if let Some(text) = text {
            *text = replacement;
        }
        self.depth -= 1;
        flags
    }

    /// Translates the text that stands for a word.
    fn translate_replacement(&mut self, tr: &Tr, text: &[u8], words: &mut Words) {
        let (mut line, mut at) = Line::of(text);
        let mut all: Vec<u8> = Vec::new();
        let mut any = false;
        while line.at(at) != 0 && all.len() + 1 < LONGEST_PHONEMES {
            let (c, _) = line.char(at);
            if chars::is_upper(c) {
                words.add_flags(word::FIRST_UPPER);
                line.set(at, line.at(at).to_ascii_lowercase());
            } else {
                words.remove_flags(word::FIRST_UPPER);
            }
            let skip_words = self.skip_words;
            self.translate(tr, &mut line, at, words, &mut Vec::new());
            if any {
                all.push(code::END_WORD);
            }
            any = true;
            all.extend_from_slice(&self.phonemes);
            for _ in 0..=self.skip_words {
                let rest = line.from(at);
                let word = rest.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(rest.len());
                let spaces = rest.iter().skip(word).take_while(|byte| byte.is_ascii_whitespace()).count();
                at += word + spaces;
            }
            self.skip_words = skip_words;
        }
        if any {
            all.truncate(LONGEST_PHONEMES - 1);
            self.phonemes = all;
        }
    }

    fn translate(&mut self, tr: &Tr, line: &mut Line, at: usize, words: &mut Words, replacement: &mut Vec<u8>) -> u32 {
        let start = if line.at(at) == b' ' { at + 1 } else { at };
        let mut work = Work {
            tr,
            start,
            rest: start,
            length: 0,
            first: line.char(start).0,
            last: 0,
            word_flags: words.flags(0),
            flags: [0; 2],
            stem_flags: [0; 2],
            phonemes: Vec::new(),
            spelled: Vec::new(),
            prefix: Vec::new(),
            ending: Vec::new(),
            prefix_flags: false,
            prefix_type: 0,
            ending_type: 0,
            unpronouncable: false,
        };
        self.skip_words = 0;
        let mut end = start;
        while !matches!(line.at(end), 0 | b' ') {
            let (c, length) = line.char(end);
            work.last = c;
            work.length += 1;
            end += length;
        }
        work.rest = end;
        let kept = line.slice(at, end.min(at + LONGEST_BYTES - 1)).to_vec();

        match self.translate_unstressed(&mut work, line, words, end, replacement) {
            Err(Done(flags)) => return flags,
            Ok(()) => self.finish(&mut work, line, words),
        }
        line.put(at, &kept);
        work.flags[0]
    }

    /// The phonemes of the word and its parts.
    fn translate_unstressed(
        &mut self,
        work: &mut Work,
        line: &mut Line,
        words: &mut Words,
        end: usize,
        replacement: &mut Vec<u8>,
    ) -> Result<(), Done> {
        let tr = work.tr;
        let mut spell = 0;
        if work.length == 1 && work.word_flags & word::TRANSLATOR2 != 0 {
            // A single letter of another alphabet than its neighbour is called by its name.
            let (next, _) = line.char(end + 1);
            let same = |a: u32, b: u32| alphabet_of(a).map(|a| a.name) == alphabet_of(b).map(|b| b.name);
            if !chars::is_letter(next) || !same(work.last, next) {
                spell = 1;
            }
        }
        let mut found = self.in_list(work, line, words, end, replacement, &mut spell)?;
        if !found {
            found = self.as_number(work, line, words)?;
        }
        if work.word_flags & word::ALL_UPPER != 0
            && work.length > 1
            && chars::is_alphabetic(work.first)
            && !found
            && work.flags[0] & first::SKIPWORDS == 0
            && work.length < 4
        {
            // Capitals among small letters may be an abbreviation.
            let memory = self.memory(tr);
            if memory.smalls > 3 && memory.capitals <= memory.smalls {
                spell = 1;
            }
        }
        if spell > 0 {
            return Err(self.spell_whole(work, line, spell));
        }
        if !found {
            self.by_rules(work, line, words)?;
        }
        Ok(())
    }

    /// The first look-up: phonemes, other text, or flags only.
    fn in_list(
        &mut self,
        work: &mut Work,
        line: &mut Line,
        words: &Words,
        end: usize,
        replacement: &mut Vec<u8>,
        spell: &mut u32,
    ) -> Result<bool, Done> {
        let tr = work.tr;
        let taken = asked::ALLOW_TEXTMODE;
        let listed = self.look_up(tr, line, work.start, &mut work.phonemes, &mut work.flags, taken, words);
        let found = listed.found();
        if work.flags[0] & (first::ALLOW_DOT | first::NEEDS_DOT) != 0 && line.at(end + 1) == b'.' {
            line.set(end + 1, b' ');
        }
        if work.flags[0] & first::TEXTMODE != 0 {
            *replacement = match listed {
                Listed::Text(text) => text,
                _ => line.from(work.start).split(|byte| *byte == 0).next().unwrap_or_default().to_vec(),
            };
            return Err(Done(work.flags[0]));
        }
        if !found && work.flags[0] & first::SKIPWORDS != 0 && work.flags[0] & first::ABBREV == 0 {
            self.join_words(line, work.start);
        }
        if work.length == 1 && self.skip_words == 0 && self.join_dotted(line, work.start) {
            work.flags = [if self.skip_words > 0 { first::SKIPWORDS } else { 0 }, 0];
            *spell = 1;
        }
        if is_switch(&work.phonemes) {
            return Err(self.switch_to(&work.phonemes));
        }
        if !found && work.flags[0] & first::ABBREV != 0 {
            *spell = 1;
        }
        Ok(found)
    }

    /// Words that belong together and have no phonemes become one with hyphens.
    fn join_words(&mut self, line: &mut Line, start: usize) {
        let mut left = self.skip_words;
        let mut at = start;
        while left > 0 && at < line.bytes.len() {
            if line.at(at) == b' ' {
                line.set(at, b'-');
                left -= 1;
            }
            at += 1;
        }
    }

    /// Digits and Roman numbers.
    fn as_number(&mut self, work: &mut Work, line: &mut Line, words: &mut Words) -> Result<bool, Done> {
        let tr = work.tr;
        let options = &tr.language.options;
        let mut found = false;
        if chars::is_ascii_digit(work.first) {
            let mut phonemes = Vec::new();
            self.look_up_symbol(tr, b"_0lang", &mut phonemes);
            self.phonemes = phonemes;
            if is_switch(&self.phonemes) {
                return Err(Done(0));
            }
            if options.numbers2 & numbers2::ENGLISH_NUMERALS != 0 && words.flags(0) & word::CHAR_REPLACED == 0 {
                return Err(self.switch_to(&[code::SWITCH]));
            }
            found = self.number(tr, line, work.start, &mut work.phonemes, &mut work.flags, words, false);
        }
        let roman = options.numbers & numbers::ROMAN != 0
            || (options.numbers & numbers::ROMAN_CAPITALS != 0 && work.word_flags & word::ALL_UPPER != 0);
        if !found
            && work.word_flags & word::UPPERS != word::FIRST_UPPER
            && roman
            && (work.word_flags & word::LAST_WORD != 0 || words.flags(1) & word::NOSPACE == 0)
        {
            found = self.roman_number(tr, line, work.start, &mut work.phonemes, words);
            if found {
                work.flags[0] |= first::ABBREV;
            }
        }
        Ok(found)
    }

    /// The word is one of the language that the phonemes name.
    fn switch_to(&mut self, phonemes: &[u8]) -> Done {
        self.phonemes.clear();
        self.phonemes.extend_from_slice(phonemes);
        Done(0)
    }

    /// All its letters, by their names.
    fn spell_whole(&mut self, work: &mut Work, line: &mut Line, spell: u32) -> Done {
        work.phonemes.clear();
        if self.spell_letters(work.tr, line, work.start, &mut work.phonemes, spell).is_none() {
            return Done(if work.length > 1 { first::SPELLWORD } else { 0 });
        }
        self.phonemes.clone_from(&work.phonemes);
        if work.word_flags & word::TRANSLATOR2 != 0 {
            return Done(0);
        }
        self.add_plural(work.tr, work.word_flags, work.last);
        Done(work.flags[0] & first::SKIPWORDS)
    }

    fn by_rules(&mut self, work: &mut Work, line: &mut Line, words: &Words) -> Result<(), Done> {
        let tr = work.tr;
        work.rest = work.start;
        self.spell_unpronouncable(work, line)?;
        if line.at(work.rest) == b' ' || line.at(work.rest) == 0 {
            return Ok(());
        }
        if !work.spelled.is_empty() && line.at(work.rest) != b'\'' {
            line.set(work.rest - 1, b' ');
        }
        let (flags, word_flags) = (&mut work.flags, work.word_flags);
        let mut end_type =
            self.apply_rules(tr, line, work.rest, &mut work.phonemes, Some(&mut work.ending), word_flags, Some(flags));
        if is_switch(&work.phonemes) {
            return Err(self.switch_to(&work.phonemes));
        }
        if work.phonemes.is_empty() && work.ending.is_empty() {
            let (c, _) = line.char(work.rest);
            if work.length == 1 && (chars::is_letter(c) || super::letter_names::superscript(c).is_some()) {
                let spelled = self.spell_letters(tr, line, work.rest, &mut work.phonemes, 0);
                if spelled.is_some() {
                    self.phonemes.clone_from(&work.phonemes);
                }
                return Err(Done(0));
            }
        }
        let before = line.at(work.rest.wrapping_sub(1));
        let mut found = false;
        let before = self.remove_prefixes(work, line, words, &mut end_type, &mut found, before)?;
        if end_type != 0 && end_type & ending::PREFIX == 0 {
            self.remove_endings(work, line, words, end_type, &mut found, before)?;
        }
        line.set(work.rest.wrapping_sub(1), before);
        Ok(())
    }

    /// Letters at the start after which no word could go on are said by their names.
    fn spell_unpronouncable(&mut self, work: &mut Work, line: &mut Line) -> Result<(), Done> {
        let tr = work.tr;
        let mut position = 0;
        let mut left = usize::MAX;
        while (left < 3 && left > 0) || (work.length > 1 && self.is_unpronouncable(tr, line, work.rest, position)) {
            work.unpronouncable = true;
            if line.at(work.rest) == b'\'' {
                break;
            }
            work.rest += self.name_letter(tr, line, work.rest, &mut work.spelled, position > 0);
            position += 1;
            if is_switch(&work.spelled) {
                let to_default = work.spelled.get(1..) == Some(super::ENGLISH.as_bytes());
                let Done(flags) = self.switch_to(&work.spelled);
                return Err(Done(if to_default { first::SPELLWORD } else { flags }));
            }
            left = line.from(work.rest).iter().position(|byte| *byte == b' ').unwrap_or(0);
        }
        stress_spelling(&mut work.spelled, position, tr.language.options.spelling_stress);
        Ok(())
    }

    /// Takes prefixes off, as long as rules find some. Gives the byte before what is left of the word.
    fn remove_prefixes(
        &mut self,
        work: &mut Work,
        line: &mut Line,
        words: &Words,
        end_type: &mut u32,
        found: &mut bool,
        mut before: u8,
    ) -> Result<u8, Done> {
        let tr = work.tr;
        let mut confirm = true;
        for _ in 0..50 {
            if *end_type & ending::PREFIX == 0 {
                break;
            }
            if confirm && *end_type & ending::BREAK == 0 && !self.prefix_stays(work, line, end_type) {
                confirm = false;
                continue;
            }
            work.prefix_type = *end_type;
            if work.prefix_type & ending::VERB != 0 {
                self.memory(tr).expect_verb = 1;
            }
            line.set(work.rest.wrapping_sub(1), before);
            let mut characters = Vec::new();
            if work.prefix_type & ending::BREAK == 0 {
                for _ in 0..work.prefix_type & 0xf {
                    work.rest += 1;
                    while line.at(work.rest) & 0xc0 == 0x80 {
                        work.rest += 1;
                    }
                }
            } else {
                let count = (work.prefix_type & 0x3f) as usize;
                characters = line.slice(work.rest, work.rest + count).to_vec();
                // The last is the mark that separates them.
                characters.pop();
                work.rest += count;
            }
            before = line.at(work.rest.wrapping_sub(1));
            line.set(work.rest.wrapping_sub(1), b' ');
            confirm = true;
            work.word_flags |= word::PREFIX_REMOVED;
            if work.prefix_type & ending::BREAK != 0 {
                self.translate_broken_off(work, &characters, words, found);
            } else {
                let ending = std::mem::take(&mut work.ending);
                work.prefix.extend_from_slice(&ending);
            }
            work.ending.clear();
            *end_type = 0;
            let (rest, flags) = (work.rest, &mut work.stem_flags);
            *found = self.look_up(tr, line, rest, &mut work.phonemes, flags, ending::PREFIX, words).found();
            if work.flags[0] == 0 {
                work.flags = work.stem_flags;
            } else {
                work.prefix_flags = true;
            }
            if !*found {
                let word_flags = work.word_flags & (word::HYPHEN_AFTER | word::PREFIX_REMOVED);
                let flags = Some(&mut work.flags);
                *end_type = self.apply_rules(
                    tr,
                    line,
                    work.rest,
                    &mut work.phonemes,
                    Some(&mut work.ending),
                    word_flags,
                    flags,
                );
                if is_switch(&work.phonemes) {
                    line.set(work.rest.wrapping_sub(1), before);
                    return Err(self.switch_to(&work.phonemes));
                }
            }
        }
        Ok(before)
    }

    /// Whether a prefix is still one when an ending is gone; if not, the ending counts instead.
    fn prefix_stays(&mut self, work: &mut Work, line: &mut Line, end_type: &mut u32) -> bool {
        let tr = work.tr;
        let (mut phonemes, mut ending) = (Vec::new(), Vec::new());
        let word_flags = work.word_flags | word::NO_PREFIX;
        let flags = &mut work.flags;
        let other = self.apply_rules(tr, line, work.rest, &mut phonemes, Some(&mut ending), word_flags, Some(flags));
        if other == 0 {
            return true;
        }
        let (word, _) = self.remove_ending(tr, line, work.rest, other);
        let word_flags = work.word_flags;
        let flags = Some(&mut work.flags);
        *end_type =
            self.apply_rules(tr, line, work.rest, &mut work.phonemes, Some(&mut work.ending), word_flags, flags);
        line.put(work.rest, &word);
        if *end_type & ending::PREFIX == 0 {
            *end_type = other;
            work.phonemes = phonemes;
            work.ending = ending;
        }
        false
    }

    /// A part that a mark breaks off is a word of its own (Turkish apostrophes).
    fn translate_broken_off(&mut self, work: &mut Work, characters: &[u8], words: &Words, found: &mut bool) {
        let tr = work.tr;
        work.prefix = work.phonemes.clone();
        let (line, at) = Line::of(characters);
        *found = self.look_up(tr, &line, at, &mut work.phonemes, &mut work.flags, 0, words).found();
        if *found {
            work.prefix.clone_from(&work.phonemes);
        }
        if work.flags[0] & first::ABBREV != 0 {
            work.prefix.clear();
            self.spell_letters(tr, &line, at, &mut work.prefix, 1);
        }
    }

    /// Looks up what is left of the word; puts the whole one back where another language takes it over.
    fn look_up_stem(
        &mut self,
        work: &mut Work,
        line: &mut Line,
        at: usize,
        taken: u32,
        words: &Words,
        word: &[u8],
    ) -> Result<bool, Done> {
        let found = self.look_up(work.tr, line, at, &mut work.phonemes, &mut work.stem_flags, taken, words).found();
        if is_switch(&work.phonemes) {
            line.put(work.rest, word);
            return Err(self.switch_to(&work.phonemes));
        }
        if work.flags[0] == 0 {
            work.flags = work.stem_flags;
        }
        Ok(found)
    }

    /// Translates the word without its ending, maybe without several.
    fn remove_endings(
        &mut self,
        work: &mut Work,
        line: &mut Line,
        words: &Words,
        mut end_type: u32,
        found: &mut bool,
        before: u8,
    ) -> Result<(), Done> {
        let tr = work.tr;
        work.ending_type = end_type;
        let with_ending = work.phonemes.clone();
        let (word, mut taken) = self.remove_ending(tr, line, work.rest, end_type);
        let mut more = true;
        while more {
            more = false;
            work.phonemes.clear();
            if !work.prefix.is_empty() {
                line.set(work.rest.wrapping_sub(1), before);
                let looked = self.look_up_stem(work, line, work.start, taken, words, &word);
                line.set(work.rest.wrapping_sub(1), b' ');
                *found = looked?;
                if *found {
                    work.prefix.clear();
                } else if work.stem_flags[0] != 0 {
                    work.prefix_flags = true;
                }
            }
            if !*found {
                *found = self.look_up_stem(work, line, work.rest, taken, words, &word)?;
            }
            if *found {
                continue;
            }
            if end_type & ending::NOT_AGAIN != 0 {
                work.phonemes.clone_from(&with_ending);
                continue;
            }
            if taken & asked::SUFFIX != 0 {
                work.word_flags |= word::SUFFIX_REMOVED;
            }
            if end_type & ending::VOWEL != 0 {
                work.word_flags |= word::SUFFIX_VOWEL;
            }
            let word_flags = work.word_flags;
            let flags = Some(&mut work.flags);
            if end_type & ending::MORE != 0 {
                let last = work.ending.clone();
                let ending = Some(&mut work.ending);
                end_type = self.apply_rules(tr, line, work.rest, &mut work.phonemes, ending, word_flags, flags);
                work.ending.extend_from_slice(&last);
                if end_type != 0 && end_type & ending::PREFIX == 0 {
                    (_, taken) = self.remove_ending(tr, line, work.rest, end_type);
                    more = true;
                }
            } else {
                self.apply_rules(tr, line, work.rest, &mut work.phonemes, None, word_flags, flags);
                end_type = 0;
            }
            if is_switch(&work.phonemes) {
                line.put(work.rest, &word);
                line.set(work.rest.wrapping_sub(1), before);
                return Err(self.switch_to(&work.phonemes));
            }
        }
        if work.ending_type & ending::KEEP_STRESS == 0 {
            let ending = std::mem::take(&mut work.ending);
            self.append(tr, &mut work.phonemes, &ending, LONGEST_PHONEMES);
        }
        line.put(work.rest, &word);
        Ok(())
    }

    /// Puts the parts together, sets the stress, and notes what the word means for the next ones.
    fn finish(&mut self, work: &mut Work, line: &Line, words: &Words) {
        let tr = work.tr;
        let options = &tr.language.options;
        let whole = |work: &Work| {
            let mut all = [&work.spelled[..], &work.prefix, &work.phonemes].concat();
            all.truncate(LONGEST_PHONEMES - 1);
            all
        };
        let prefix_stressed = work.prefix.iter().any(|code| matches!(*code, code::STRESS_P | code::STRESS_P2));
        if work.prefix_flags || prefix_stressed {
            if options.prefixes || work.prefix_type & ending::KEEP_STRESS != 0 {
                let control = Control { tonic: Some(SECONDARY), ..Control::default() };
                self.set_word_stress(tr, &mut work.phonemes, Some(&work.flags), control);
                let marks = work.prefix.iter_mut().filter(|code| **code == code::STRESS_P);
                for mark in marks.skip(1) {
                    *mark = code::STRESS_3;
                }
            }
            let mut all = whole(work);
            self.set_word_stress(tr, &mut all, Some(&work.flags), Control::default());
            self.phonemes = all;
        } else {
            let control = Control { suffix_follows: !work.ending.is_empty(), ..Control::default() };
            self.set_word_stress(tr, &mut work.phonemes, Some(&work.flags), control);
            self.phonemes = whole(work);
        }
        self.phonemes.extend_from_slice(&work.ending);
        self.phonemes.truncate(LONGEST_PHONEMES - 1);

        if work.word_flags & word::LAST_WORD != 0 {
            work.flags[0] &= !first::PAUSE1;
        }
        self.stress_at_end(work, words);

        let verb_suffix = work.ending_type & ending::VERB_FOLLOWS != 0;
        let flags = work.flags;
        self.memory(tr).expect_after(&flags, verb_suffix, line.at(work.rest) != 0);
        if work.length == 1 && tr.is("en") && chars::is_alphabetic(work.first) && work.first != CodePoint::from('i') {
            // Before a dot a single letter is an abbreviation.
            work.flags[0] |= first::ALLOW_DOT;
        }
        self.open_or_close_vowel(options, &flags);
        if work.unpronouncable {
            work.flags[0] |= first::WAS_UNPRONOUNCABLE;
        }
    }

    /// Words that are stressed or unstressed at the end of a clause, and those after a hyphen.
    fn stress_at_end(&mut self, work: &mut Work, words: &Words) {
        let options = &work.tr.language.options;
        let mut phonemes = std::mem::take(&mut self.phonemes);
        let flags = work.flags[0];
        if work.word_flags & word::HYPHEN != 0 && options.stress_flags & stress_flags::HYPHEN_UNSTRESS != 0 {
            self.change_word_stress(&mut phonemes, SECONDARY, options);
        } else if words.flags(self.skip_words as usize) & word::LAST_WORD != 0 {
            if flags & (first::STRESS_END | first::STRESS_END2) != 0 {
                self.change_word_stress(&mut phonemes, PRIMARY, options);
            } else if flags & first::UNSTRESS_END != 0 {
                self.change_word_stress(&mut phonemes, SECONDARY, options);
            }
        }
        self.phonemes = phonemes;
    }
}
