//! The names of letters and symbols (`LookupLetter`, `LookupAccentedLetter` in `numbers.c`).

use super::{ENGLISH, Line, Role, Session, Tr, Words, is_switch, stress::Control};
use crate::{chars, dictionary::first, phonemes::code};

/// Follows a letter that is not the last of its word (`RULE_SPELLING`).
const SPELLING: u8 = 31;

/// Letters, what they are without their accents, and the names in the list of the first and the second accent.
const ACCENTED: &[(&str, &str, &str, &str)] = &[
    ("àèìòù", "aeiou", "_grv", ""),
    ("áéíóúýćĺńŕśź", "aeiouyclnrsz", "_acu", ""),
    ("âêîôûĉĝĥĵŝŵŷ", "aeioucghjswy", "_cir", ""),
    ("ãñõĩũɫ", "anoiul", "_tld", ""),
    ("äëïöüÿ", "aeiouy", "_dia", ""),
    ("åů", "au", "_rng", ""),
    ("çģķļņŗşţ", "cgklnrst", "_ced", ""),
    ("øđħłŧʡ", "odhltʔ", "_stk", ""),
    ("āēīōū", "aeiou", "_mcn", ""),
    ("ăĕğĭŏŭ", "aegiou", "_brv", ""),
    ("ąęįų", "aeiu", "_ogo", ""),
    ("ċėġŀż", "ceglz", "_dot", ""),
    ("čďěľňřšťž", "cdelnrstz", "_hac", ""),
    ("őű", "ou", "_ac2", ""),
    ("ɐɒɥɯɹɺʇʌʍʎʖʞ", "aαhmrɼtvwyʔk", "_tur", ""),
    ("ɓɗɚɠɦɱʄʋʠ", "bdəghmjvq", "_hok", ""),
    ("ɕʆʑʓʝ", "cʃzʒj", "_crl", ""),
    ("ɖɭɳɽʂʈʐ", "dlnrstz", "_rfx", ""),
    ("ɘɜɿʅʕ", "eɛɾʃʔ", "_rev", ""),
    ("ɝ", "ɛ", "_hok", "_rev"),
    ("ɟɨɬɵʉ", "jilou", "_bar", ""),
    ("ɢɪɴʀʏʙʜʟ", "ginrybhl", "_smc", ""),
    ("ɻ", "r", "_rfx", "_tur"),
    ("ʁ", "r", "_tur", "_smc"),
    ("ʛ", "g", "_hok", "_smc"),
    ("ʢ", "ʔ", "_stk", "_rev"),
];

/// Ligatures, their two letters, and the name of an accent.
const LIGATURES: &[(char, &str, &str)] = &[
    ('æ', "ae", ""),
    ('ĳ', "ij", ""),
    ('œ', "oe", ""),
    ('ɮ', "lz", ""),
    ('ɶ', "oe", "_smc"),
    ('ʣ', "dz", ""),
    ('ʥ', "dz", "_crl"),
    ('ʦ', "ts", ""),
    ('ʨ', "ts", "_crl"),
];

/// Superscript and subscript characters, and the plain ones.
const RAISED: (&str, &str) = (
    "ª²³¹ºʰʱʲʳʴʵʶʷʸˀˁˠˡˢˣ⁰ⁱ⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₔₕₖₗₘₙₚₛₜ",
    "a231ohɦjrɹɻʁwyʔʕɣlsx0i456789+-=()n0123456789+-=()aeoxəhklmnpst",
);

/// The place of a character in one string, in the other.
fn counterpart(c: u32, from: &str, to: &str) -> Option<u32> {
    let index = from.chars().position(|from| u32::from(from) == c)?;
    to.chars().nth(index).map(u32::from)
}

/// The plain character of a superscript or subscript one (`IsSuperscript`).
pub(super) fn superscript(c: u32) -> Option<u32> {
    counterpart(c, RAISED.0, RAISED.1)
}

/// A letter with accents, taken apart.
struct Parts {
    letter: u32,
    second: Option<u32>,
    accents: [&'static str; 2],
}

fn parts(letter: u32) -> Option<Parts> {
    let accented = ACCENTED.iter().find_map(|(letters, plain, first, second)| {
        Some(Parts { letter: counterpart(letter, letters, plain)?, second: None, accents: [first, second] })
    });
    accented.or_else(|| {
        let (_, pair, accent) = LIGATURES.iter().find(|ligature| u32::from(ligature.0) == letter)?;
        let mut pair = pair.chars().map(u32::from);
        Some(Parts { letter: pair.next()?, second: pair.next(), accents: ["_lig", accent] })
    })
}

/// A letter alone: `_`, the letter, a space and maybe another byte. Without the first it is the letter as a word.
fn alone(letter: u32, after: Option<u8>) -> (Line, usize) {
    let mut name = vec![b'_'];
    chars::write(letter, &mut name);
    name.push(b' ');
    name.extend(after);
    Line::of(&name)
}

impl Session<'_> {
    /// The name of a letter that is spoken by itself; `next` is the byte after it. Empty if it has none, a switch if another
    /// language has it.
    pub(super) fn letter_name(&mut self, tr: &Tr, letter: u32, next: u8, phonemes: &mut Vec<u8>, non_initial: bool) {
        phonemes.clear();
        if letter <= 32 || chars::is_white(letter) {
            self.look_up_symbol(tr, format!("_#{letter} ").as_bytes(), phonemes);
            return;
        }
        self.plain_name(tr, letter, Some(if next == b' ' { next } else { SPELLING }), phonemes);
        if phonemes.is_empty() {
            self.accented_letter(tr, letter, phonemes);
        }
        if !phonemes.is_empty() && !is_switch(phonemes) {
            let control = Control { symbol: non_initial, ..Control::default() };
            self.set_word_stress(tr, phonemes, Some(&[0; 2]), control);
        }
    }

    /// Whether the list has phonemes for a symbol as a word.
    pub(crate) fn has_symbol(&mut self, symbol: u32) -> bool {
        self.say_symbol(symbol);
        !self.phonemes.is_empty()
    }

    /// The phonemes of a symbol as a word of the list, into `self.phonemes` (`LookupCharName`).
    pub(crate) fn say_symbol(&mut self, symbol: u32) {
        let main = self.main.clone();
        let mut name = Vec::new();
        chars::write(symbol, &mut name);
        let (line, at) = Line::of(&name);
        let mut phonemes = Vec::new();
        let mut flags = [0; 2];
        self.look_up(&main, &line, at, &mut phonemes, &mut flags, 0, &Words::none());
        self.set_word_stress(&main, &mut phonemes, Some(&flags), Control::default());
        self.phonemes = phonemes;
    }

    /// `_x` in the list, or `x`, or `x` by the rules.
    fn plain_name(&mut self, tr: &Tr, letter: u32, after: Option<u8>, phonemes: &mut Vec<u8>) {
        let (mut line, at) = alone(letter, after);
        if self.look_up_symbol_in(tr, &line, at, phonemes) != 0 {
            return;
        }
        line.set(at, b' ');
        if self.look_up_symbol_in(tr, &line, at + 1, phonemes) == 0 {
            self.apply_rules(tr, &mut line, at + 1, phonemes, None, 0, None);
        }
    }

    /// What a symbol inside a text is called: its name in the list, nothing where the list knows it as a mark only, and
    /// a switch to English if only English has a name for it.
    pub(super) fn symbol_in_text(&mut self, tr: &Tr, symbol: u32, phonemes: &mut Vec<u8>) {
        phonemes.clear();
        let (mut line, at) = alone(symbol, None);
        line.set(at, 0);
        if self.look_up_symbol_in(tr, &line, at + 1, phonemes) != 0 {
            return;
        }
        line.set(at, b'_');
        let mut name = Vec::new();
        if self.look_up_symbol_in(tr, &line, at, &mut name) != 0 || tr.is(ENGLISH) {
            return;
        }
        let english = self.call(Role::Third, ENGLISH);
        if english.is_some_and(|english| self.look_up_symbol_in(&english, &line, at + 1, &mut name) != 0) {
            *phonemes = vec![code::SWITCH];
        }
        self.back_to_main();
    }

    /// A letter with accents: the letter and the names of its accents.
    pub(super) fn accented_letter(&mut self, tr: &Tr, letter: u32, phonemes: &mut Vec<u8>) {
        let Some(parts) = parts(letter) else { return };
        let [mut accent, mut accent2, mut name, mut name2] = [const { Vec::new() }; 4];
        let flags = self.look_up_symbol(tr, parts.accents[0].as_bytes(), &mut accent);
        if flags == 0 {
            return;
        }
        self.plain_name(tr, parts.letter, None, &mut name);
        if name.is_empty() {
            return;
        }
        phonemes.clear();
        if !parts.accents[1].is_empty() {
            let flags = self.look_up_symbol(tr, parts.accents[1].as_bytes(), &mut accent2);
            if flags & first::ACCENT_BEFORE != 0 {
                phonemes.append(&mut accent2);
            }
        }
        if let Some(second) = parts.second {
            self.plain_name(tr, second, None, &mut name2);
            phonemes.extend_from_slice(&accent);
            phonemes.push(code::PAUSE_VSHORT);
            phonemes.extend_from_slice(&name);
            phonemes.push(code::STRESS_P);
            phonemes.extend_from_slice(&name2);
            phonemes.extend_from_slice(&accent2);
        } else if tr.language.options.accents & 1 != 0 || flags & first::ACCENT_BEFORE != 0 {
            phonemes.extend_from_slice(&accent);
            phonemes.extend_from_slice(&[code::PAUSE_VSHORT, code::STRESS_P]);
            phonemes.extend_from_slice(&name);
        } else {
            phonemes.push(code::STRESS_2);
            phonemes.extend_from_slice(&name);
            phonemes.push(code::PAUSE_VSHORT);
            phonemes.extend_from_slice(&accent);
            phonemes.push(code::PAUSE_VSHORT);
        }
    }
}
