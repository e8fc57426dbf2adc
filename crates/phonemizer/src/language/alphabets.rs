//! Scripts: what they are called, where their letters are, and which language reads them (`tr_languages.c`).

use std::ops::RangeInclusive;

/// A script, by its range of code points.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alphabet {
    /// The dictionary entry with its name.
    pub(crate) name: &'static str,
    /// The code point that stands for it among languages' options.
    pub(crate) offset: u32,
    pub(crate) range: RangeInclusive<u32>,
    /// The language that reads its letters; empty if there is none.
    pub(crate) language: &'static str,
    pub(crate) flags: u8,
}

/// The script's name is not spoken (`AL_…` in `translate.h`).
pub(crate) const DONT_NAME: u8 = 0x01;
/// Its language does not read single letters.
pub(crate) const NOT_LETTERS: u8 = 0x02;
/// Its language reads words.
pub(crate) const WORDS: u8 = 0x04;
/// The number of an unknown character is not spoken.
pub(crate) const NOT_CODE: u8 = 0x08;
/// Neither "symbol" nor "character" is said.
pub(crate) const NO_SYMBOL: u8 = 0x10;

// The scripts that languages' options name.
pub(crate) const GREEK: u32 = 0x380;
pub(crate) const CYRILLIC: u32 = 0x420;
pub(crate) const ARMENIAN: u32 = 0x530;
pub(crate) const ARABIC: u32 = 0x600;
pub(crate) const DEVANAGARI: u32 = 0x900;
pub(crate) const BENGALI: u32 = 0x980;
pub(crate) const GURMUKHI: u32 = 0xa00;
pub(crate) const GUJARATI: u32 = 0xa80;
pub(crate) const ORIYA: u32 = 0xb00;
pub(crate) const TAMIL: u32 = 0xb80;
pub(crate) const TELUGU: u32 = 0xc00;
pub(crate) const KANNADA: u32 = 0xc80;
pub(crate) const MALAYALAM: u32 = 0xd00;
pub(crate) const SINHALA: u32 = 0xd80;
pub(crate) const GEORGIAN: u32 = 0x10a0;
pub(crate) const KOREAN: u32 = 0x1100;
pub(crate) const ETHIOPIC: u32 = 0x1200;
pub(crate) const CHINESE: u32 = 0x3100;
pub(crate) const HANGUL: u32 = 0xa700;

/// By ascending ranges that do not overlap.
static ALPHABETS: [Alphabet; 28] = [
    alphabet("_el", GREEK, 0x380..=0x3ff, "el", DONT_NAME | NOT_LETTERS | WORDS),
    alphabet("_cyr", CYRILLIC, 0x400..=0x52f, "", 0),
    alphabet("_hy", ARMENIAN, 0x530..=0x58f, "hy", WORDS),
    alphabet("_he", 0x590, 0x590..=0x5ff, "he", 0),
    alphabet("_ar", ARABIC, 0x600..=0x6ff, "", 0),
    alphabet("_syc", 0x700, 0x700..=0x74f, "", 0),
    alphabet("_hi", DEVANAGARI, 0x900..=0x97f, "hi", WORDS),
    alphabet("_bn", BENGALI, 0x980..=0x9ff, "bn", WORDS),
    alphabet("_gur", GURMUKHI, 0xa00..=0xa7f, "pa", WORDS),
    alphabet("_gu", GUJARATI, 0xa80..=0xaff, "gu", WORDS),
    alphabet("_or", ORIYA, 0xb00..=0xb7f, "", 0),
    alphabet("_ta", TAMIL, 0xb80..=0xbff, "ta", WORDS),
    alphabet("_te", TELUGU, 0xc00..=0xc7f, "te", 0),
    alphabet("_kn", KANNADA, 0xc80..=0xcff, "kn", WORDS),
    alphabet("_ml", MALAYALAM, 0xd00..=0xd7f, "ml", WORDS),
    alphabet("_si", SINHALA, 0xd80..=0xdff, "si", WORDS),
    alphabet("_th", 0xe00, 0xe00..=0xe7f, "", 0),
    alphabet("_lo", 0xe80, 0xe80..=0xeff, "", 0),
    alphabet("_ti", 0xf00, 0xf00..=0xfff, "", 0),
    alphabet("_my", 0x1000, 0x1000..=0x109f, "", 0),
    alphabet("_ka", GEORGIAN, 0x10a0..=0x10ff, "ka", WORDS),
    alphabet("_ko", KOREAN, 0x1100..=0x11ff, "ko", WORDS),
    alphabet("_eth", ETHIOPIC, 0x1200..=0x139f, "", 0),
    alphabet("_braille", 0x2800, 0x2800..=0x28ff, "", NO_SYMBOL),
    alphabet("_ja", 0x3040, 0x3040..=0x30ff, "", NOT_CODE),
    alphabet("_zh", CHINESE, 0x3100..=0x9fff, "", NOT_CODE),
    alphabet("_ko", HANGUL, 0xa700..=0xd7ff, "ko", NOT_CODE | WORDS),
    alphabet("_shaw", 0x10450, 0x10450..=0x1047f, "en", 0),
];

const fn alphabet(
    name: &'static str,
    offset: u32,
    range: RangeInclusive<u32>,
    language: &'static str,
    flags: u8,
) -> Alphabet {
    Alphabet { name, offset, range, language, flags }
}

/// The script that a character belongs to; Latin and many others are not listed.
pub(crate) fn alphabet_of(code_point: u32) -> Option<&'static Alphabet> {
    let index = ALPHABETS.partition_point(|alphabet| *alphabet.range.end() < code_point);
    ALPHABETS.get(index).filter(|alphabet| alphabet.range.contains(&code_point))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_alphabets() {
        let name = |c: char| alphabet_of(c.into()).map(|alphabet| alphabet.name);
        assert_eq!(name('a'), None);
        assert_eq!(name('\u{37f}'), None);
        assert_eq!(name('\u{380}'), Some("_el"));
        assert_eq!(name('ж'), Some("_cyr"));
        assert_eq!(name('\u{52f}'), Some("_cyr"));
        assert_eq!(name('\u{750}'), None);
        assert_eq!(name('你'), Some("_zh"));
        assert_eq!(name('한'), Some("_ko"));
        assert_eq!(name('\u{10480}'), None);
        assert_eq!(alphabet_of(u32::MAX), None);
        assert!(ALPHABETS.is_sorted_by(|a, b| a.range.end() < b.range.start()));
    }
}
