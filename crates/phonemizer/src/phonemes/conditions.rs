//! What programs ask about the phonemes around.

use super::{
    code,
    list::Listed,
    phoneme::{Kind, Phoneme, flag},
    planned::{level, synth},
    program::Program,
};

/// Which phoneme a condition is about, by its number; in the second word of a condition there are more.
mod which {
    pub(super) const PREVIOUS: u16 = 0;
    pub(super) const NEXT: u16 = 2;
    pub(super) const NEXT_2: u16 = 3;
    /// From here on in the same word only.
    pub(super) const NEXT_IN_WORD: u16 = 4;
    pub(super) const PREVIOUS_IN_WORD: u16 = 5;
    /// In the first word of a condition: the second word tells.
    pub(super) const IN_SECOND_WORD: u16 = 6;
    pub(super) const NEXT_2_IN_WORD: u16 = 6;
    pub(super) const NEXT_VOWEL: u16 = 7;
    pub(super) const PREVIOUS_VOWEL: u16 = 8;
    pub(super) const NEXT_3_IN_WORD: u16 = 9;
    pub(super) const PREVIOUS_2_IN_WORD: u16 = 10;
    /// The number of those that fit in the first word.
    pub(super) const COUNT: u16 = 7;
}

/// What is asked, in bits 5 to 7 of a condition.
mod about {
    pub(super) const KIND: u16 = 0x00;
    pub(super) const PLACE: u16 = 0x20;
    pub(super) const FLAG: u16 = 0x40;
    pub(super) const OTHER: u16 = 0x80;
}

/// Other questions, in bits 0 to 4. Those below 5 are about stress.
mod other {
    pub(super) const SECONDARY: u16 = 3;
    pub(super) const PRIMARY: u16 = 4;
    pub(super) const AFTER_STRESS: u16 = 9;
    pub(super) const NOT_VOWEL: u16 = 10;
    pub(super) const FINAL_VOWEL: u16 = 11;
    pub(super) const VOICED: u16 = 12;
    pub(super) const FIRST_VOWEL: u16 = 13;
    pub(super) const SECOND_VOWEL: u16 = 14;
    pub(super) const TRANSLATION_GIVEN: u16 = 16;
    pub(super) const BREAK: u16 = 17;
    pub(super) const WORD_START: u16 = 18;
    pub(super) const WORD_END: u16 = 19;
}

/// Bits of `LOPT_REDUCE`.
mod reduce {
    /// Phonemes that the dictionary lists change as well.
    pub(super) const LISTED: u32 = 1;
    /// The most stressed syllable counts as stressed in words without stress.
    pub(super) const NOT_MOST_STRESSED: u32 = 2;
}

/// Which phoneme is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    At(usize),
    /// The copy of the vowel before, which has no neighbours.
    PreviousVowel,
}

/// The part of a level of stress that is the level.
const STRESS_LEVEL: u8 = 0xf;

impl Program<'_> {
    /// Whether `condition` holds; `second` is the word after it.
    pub(super) fn holds(&mut self, condition: u16, second: u16) -> bool {
        let kind = condition >> 8 & 0xf;
        if kind >= 2 * which::COUNT {
            // About the way of synthesis: neither prevoicing nor Klatt nor MBROLA.
            return false;
        }
        let mut which = kind % which::COUNT;
        if which == which::IN_SECOND_WORD {
            which = second;
        }
        let Some(place) = self.place(which) else { return false };
        if self.changing.is_some() {
            self.look_up(place);
        }
        if kind < which::COUNT {
            let backwards = matches!(
                which,
                which::PREVIOUS | which::PREVIOUS_IN_WORD | which::PREVIOUS_VOWEL | which::PREVIOUS_2_IN_WORD
            );
            return self.is_phoneme(place, condition.to_le_bytes()[0], backwards);
        }
        self.answers(place, condition)
    }

    fn place(&self, which: u16) -> Option<Place> {
        let at = self.at;
        let same_word = |ahead: usize| (1..=ahead).all(|ahead| self.entry(at + ahead).source == 0);
        let ahead = |distance: usize| Some(Place::At(at + distance));
        match which {
            which::PREVIOUS => self.undeleted_before(),
            which::PREVIOUS_IN_WORD if self.entry(at).source != 0 => None,
            which::PREVIOUS_IN_WORD => self.undeleted_before(),
            which::NEXT => ahead(1),
            which::NEXT_2 => ahead(2),
            which::NEXT_IN_WORD => ahead(1).filter(|_| same_word(1)),
            which::NEXT_2_IN_WORD => ahead(2).filter(|_| same_word(2)),
            which::NEXT_3_IN_WORD => ahead(3).filter(|_| same_word(3)),
            which::NEXT_VOWEL => self.next_vowel(),
            which::PREVIOUS_VOWEL => self.previous_vowel().map(|_| Place::PreviousVowel),
            which::PREVIOUS_2_IN_WORD => {
                let before = self.before(at)?;
                let starts = self.entry(at).source != 0 || self.entry(before).source != 0;
                if starts { None } else { self.before(before).map(Place::At) }
            }
            _ => Some(Place::At(at)),
        }
    }

    fn before(&self, at: usize) -> Option<usize> {
        at.checked_sub(1).filter(|&before| before >= self.start)
    }

    /// The phoneme before, or the one before that if the former was deleted.
    fn undeleted_before(&self) -> Option<Place> {
        let before = self.before(self.at)?;
        if self.entry(before).code == code::CONTROL {
            return self.before(before).map(Place::At);
        }
        Some(Place::At(before))
    }

    fn next_vowel(&self) -> Option<Place> {
        for at in self.at + 1..self.list.len() {
            let entry = self.entry(at);
            if entry.source != 0 {
                return None;
            }
            if self.table.phoneme(entry.code).is_vowel() {
                return Some(Place::At(at));
            }
        }
        None
    }

    fn previous_vowel(&self) -> Option<&Listed> {
        self.changing.as_ref()?.vowel.as_ref()
    }

    fn entry(&self, at: usize) -> &Listed {
        self.list.get(at).unwrap_or(&Listed::NOTHING)
    }

    fn entry_of(&self, place: Place) -> &Listed {
        match place {
            Place::At(at) => self.entry(at),
            Place::PreviousVowel => self.previous_vowel().unwrap_or(&Listed::NOTHING),
        }
    }

    fn after(&self, place: Place) -> &Listed {
        match place {
            Place::At(at) => self.entry(at + 1),
            Place::PreviousVowel => &Listed::NOTHING,
        }
    }

    fn phoneme_of(&self, entry: &Listed) -> &Phoneme {
        self.tables.phoneme(entry.id)
    }

    /// Takes the phoneme from the table in use from now on.
    fn look_up(&mut self, place: Place) {
        let table = self.table;
        let entry = match place {
            Place::At(at) => self.list.get_mut(at),
            Place::PreviousVowel => self.changing.as_mut().and_then(|changing| changing.vowel.as_mut()),
        };
        if let Some(entry) = entry {
            entry.id = table.id(entry.code);
        }
    }

    /// Whether it is this phoneme, or a vowel of this type on the side that is looked at.
    fn is_phoneme(&self, place: Place, wanted: u8, backwards: bool) -> bool {
        let phoneme = self.phoneme_of(self.entry_of(place));
        if self.table.phoneme(wanted).mnemonic == phoneme.mnemonic {
            return true;
        }
        wanted == if backwards && phoneme.is_vowel() { phoneme.end_type } else { phoneme.start_type }
    }

    fn answers(&self, place: Place, condition: u16) -> bool {
        let phoneme = self.phoneme_of(self.entry_of(place));
        let value = condition & 0x1f;
        match condition & 0xe0 {
            about::KIND => phoneme.kind as u16 == value,
            about::PLACE => phoneme.flags >> flag::PLACE_SHIFT & 0xf == u32::from(value),
            about::FLAG => phoneme.flags >> value & 1 != 0,
            about::OTHER => self.answers_other(place, phoneme, value),
            _ => false,
        }
    }

    fn answers_other(&self, place: Place, phoneme: &Phoneme, question: u16) -> bool {
        match question {
            ..=other::PRIMARY => self.stress_is(place, question),
            other::AFTER_STRESS => self.is_after_stress(place),
            other::NOT_VOWEL => !phoneme.is_vowel(),
            other::FINAL_VOWEL => self.is_final_vowel(place),
            other::VOICED => matches!(phoneme.kind, Kind::Vowel | Kind::Liquid) || phoneme.flags & flag::VOICED != 0,
            other::FIRST_VOWEL => self.count_vowels(place) == 1,
            other::SECOND_VOWEL => self.count_vowels(place) == 2,
            other::TRANSLATION_GIVEN => self.entry_of(place).flags & synth::DICTIONARY != 0,
            other::BREAK => phoneme.kind == Kind::Pause,
            other::WORD_START => self.entry_of(place).source != 0,
            other::WORD_END => {
                let next = self.after(place);
                next.source != 0 || self.phoneme_of(next).kind == Kind::Pause
            }
            _ => false,
        }
    }

    /// Whether the phoneme itself is to change for its stress.
    pub(super) fn changes_if(&self, condition: u16) -> bool {
        let changes_listed = self.changing.as_ref().is_some_and(|changing| changing.reduce & reduce::LISTED != 0);
        (changes_listed || self.entry(self.at).flags & synth::DICTIONARY == 0)
            && self.stress_is(Place::At(self.at), condition)
    }

    /// Of a consonant the stress of the vowel after it counts.
    fn stress_is(&self, place: Place, condition: u16) -> bool {
        let is_vowel = |entry: &Listed| self.table.phoneme(entry.code).is_vowel();
        let Some(vowel) = [self.entry_of(place), self.after(place)].into_iter().find(|entry| is_vowel(entry)) else {
            return false;
        };
        let mut stress = vowel.stress & STRESS_LEVEL;
        if let Some(changing) = &self.changing
            && changing.reduce & reduce::NOT_MOST_STRESSED != 0
            && stress >= vowel.word_stress
        {
            stress = level::PRIMARY;
        }
        match condition {
            0 => stress < 1,
            1 => stress < 2,
            2 => stress < 4,
            other::SECONDARY => stress > level::SECONDARY,
            other::PRIMARY => stress >= vowel.word_stress,
            _ => false,
        }
    }

    /// Whether a stressed syllable comes before it in its word.
    fn is_after_stress(&self, place: Place) -> bool {
        let Place::At(mut at) = place else { return false };
        while self.entry(at).source == 0 {
            let Some(before) = self.before(at) else { return false };
            at = before;
            if self.entry(at).stress & STRESS_LEVEL >= level::PRIMARY {
                return true;
            }
        }
        false
    }

    /// Whether no vowel follows in its word.
    fn is_final_vowel(&self, place: Place) -> bool {
        let Place::At(at) = place else { return true };
        for entry in self.list.iter().skip(at + 1) {
            if entry.source != 0 {
                return true;
            }
            if self.phoneme_of(entry).is_vowel() {
                return false;
            }
        }
        true
    }

    /// How many vowels its word has up to it.
    fn count_vowels(&self, place: Place) -> usize {
        let is_vowel = |entry: &Listed| usize::from(self.phoneme_of(entry).is_vowel());
        let Place::At(at) = place else { return is_vowel(self.entry_of(place)) };
        let mut count = 0;
        for at in (self.start..=at.min(self.list.len())).rev() {
            let entry = self.entry(at);
            count += is_vowel(entry);
            if entry.source != 0 {
                break;
            }
        }
        count
    }
}
