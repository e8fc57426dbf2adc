//! Writes phonemes in the International Phonetic Alphabet.

use super::{
    code,
    list::Listed,
    phoneme::{Kind, Phoneme},
    planned::{FINAL_PAUSES, level, synth},
    program::{Effects, MAX_STEPS, Program},
    spoken::{Spoken, WordStart},
    tables::{PhonemeTables, Table},
};

const PRIMARY_STRESS: char = 'ˈ';
const SECONDARY_STRESS: char = 'ˌ';

/// The characters from U+0020 to U+007F of mnemonics, which are Kirshenbaum's, in IPA (`ipa1`).
const KIRSHENBAUM: [char; 96] = [
    ' ', '!', '"', 'ʰ', '$', '%', 'æ', 'ˈ', '(', ')', 'ɾ', '+', 'ˌ', '-', '.', '/', //
    'ɒ', '1', '2', 'ɜ', '4', '5', '6', '7', 'ɵ', '9', 'ː', 'ʲ', '<', '=', '>', 'ʔ', //
    'ə', 'ɑ', 'β', 'ç', 'ð', 'ɛ', 'F', 'ɢ', 'ħ', 'ɪ', 'ɟ', 'K', 'ɫ', 'ɱ', 'ŋ', 'ɔ', //
    'Φ', 'ɣ', 'ʀ', 'ʃ', 'θ', 'ʊ', 'ʌ', 'œ', 'χ', 'ø', 'ʒ', '\u{32a}', '\\', ']', '^', '_', //
    '`', 'a', 'b', 'c', 'd', 'e', 'f', 'ɡ', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '{', '|', '}', '\u{303}', '\u{7f}',
];

impl Spoken<'_> {
    /// Writes all but the first phoneme and the final pauses.
    pub(super) fn write(&self, list: &mut [Listed], table: &Table, out: &mut String, words: &mut Vec<WordStart>) {
        let mut steps = MAX_STEPS;
        for at in 1..list.len().saturating_sub(FINAL_PAUSES) {
            let entry = list[at];
            if entry.spaced {
                out.push(' ');
            }
            if entry.source != 0 {
                words.push(WordStart { at: out.len(), source: entry.source });
            }
            let effects =
                Program { tables: self.tables, table, list, at, start: at, steps: &mut steps, changing: None }.run();
            Writer { tables: self.tables, table, entry, effects, out }.write();
        }
    }
}

/// Writes one phoneme.
struct Writer<'a> {
    tables: &'a PhonemeTables,
    table: &'a Table,
    entry: Listed,
    effects: Effects,
    out: &'a mut String,
}

impl Writer<'_> {
    fn write(mut self) {
        let Listed { flags, stress, tone, kind, .. } = self.entry;
        let phoneme = *self.entry.phoneme(self.tables);
        let is_syllable = flags & synth::SYLLABLE != 0;
        if is_syllable && stress > level::UNSTRESSED {
            self.out.push(if stress > level::SECONDARY { PRIMARY_STRESS } else { SECONDARY_STRESS });
        }
        self.write_name(&phoneme);
        if phoneme.code == code::SWITCH {
            return;
        }
        let table = self.table;
        if flags & synth::LENGTHEN != 0 {
            self.write_name(table.phoneme(code::LENGTHEN));
        }
        if is_syllable && kind != Kind::Vowel {
            self.write_name(table.phoneme(code::SYLLABIC));
        }
        if tone != 0 {
            self.write_name(table.phoneme(tone));
        }
    }

    /// The name of `phoneme`; but if the phoneme in the list has one of its own in IPA, that is written for its marks
    /// as well.
    fn write_name(&mut self, phoneme: &Phoneme) {
        match phoneme.code {
            code::END_WORD => return,
            code::SWITCH => {
                self.out.push('(');
                self.out.push_str(self.tables.name(self.entry.tone));
                self.out.push(')');
                return;
            }
            _ => {}
        }
        let name = match self.effects.name() {
            // No name at all.
            [b' ', ..] => return,
            // Tells where ties go between letters.
            [..b' ', name @ ..] => name,
            name => name,
        };
        if name.is_empty() {
            self.write_mnemonic(phoneme);
        } else {
            self.out.push_str(&String::from_utf8_lossy(name));
        }
    }

    fn write_mnemonic(&mut self, phoneme: &Phoneme) {
        for (at, character) in phoneme.characters().enumerate() {
            match character {
                // What comes after is the variant.
                b'/' => return,
                // A pause.
                b'_' if at == 0 => return,
                // Of a consonant it means aspiration.
                b'#' if phoneme.is_vowel() => return,
                b'0'..=b'9' if at > 0 => {}
                b' '..=0x7f => self.out.push(KIRSHENBAUM[usize::from(character - b' ')]),
                _ => self.out.push(char::from(character)),
            }
        }
    }
}
