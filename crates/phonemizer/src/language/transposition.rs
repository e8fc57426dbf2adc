//! The numbers that letters have in compiled dictionaries.

use super::options::Transposition;

/// Letters of European languages in Latin script.
pub(super) const LATIN: Transposition = Transposition { min: 0x60, max: 0x17f, map: Some(&LATIN_NUMBERS), pairs: &[] };

/// Persian.
pub(super) const PERSIAN: Transposition =
    Transposition { min: 0x620, max: 0x6cc, map: Some(&PERSIAN_NUMBERS), pairs: &[] };

/// Arabic.
pub(super) const ARABIC: Transposition = Transposition { min: 0x600, max: 0x65f, map: None, pairs: &[] };

/// Russian and its neighbours.
pub(super) const CYRILLIC: Transposition = Transposition { min: 0x430, max: 0x451, map: None, pairs: &CYRILLIC_PAIRS };

/// Belarusian: Cyrillic letters numbered as if they were Latin ones.
pub(super) const BELARUSIAN: Transposition = Transposition { min: 0x430, max: 0x45e, ..LATIN };

static LATIN_NUMBERS: [u8; 0x120] = numbered(
    '\u{60}',
    &[
        ('a', 'z'),
        ('à', 'â'),
        ('å', 'ë'),
        ('í', 'î'),
        ('ó', 'ó'),
        ('ö', 'ö'),
        ('ø', 'ø'),
        ('ú', 'ú'),
        ('ü', 'ü'),
        ('ă', 'ă'),
        ('ą', 'ą'),
        ('ć', 'ć'),
        ('č', 'č'),
        ('đ', 'đ'),
        ('ę', 'ę'),
        ('ł', 'ł'),
        ('ń', 'ń'),
        ('ś', 'ś'),
        ('š', 'š'),
        ('ţ', 'ţ'),
        ('ź', 'ź'),
        ('ż', 'ż'),
        ('ž', 'ž'),
    ],
);

static PERSIAN_NUMBERS: [u8; 0xad] = numbered(
    '\u{620}',
    &[
        ('\u{621}', '\u{63a}'),
        ('\u{641}', '\u{651}'),
        ('\u{654}', '\u{654}'),
        ('پ', 'پ'),
        ('چ', 'چ'),
        ('ژ', 'ژ'),
        ('ک', 'ک'),
        ('گ', 'گ'),
        ('\u{6c0}', '\u{6c0}'),
        ('ی', 'ی'),
    ],
);

/// Numbers the letters of some ranges, beginning with 1; the others from `first` on have 0.
const fn numbered<const N: usize>(first: char, ranges: &[(char, char)]) -> [u8; N] {
    let mut numbers = [0; N];
    let mut next = 1;
    let mut range = 0;
    while range < ranges.len() {
        let (from, to) = ranges[range];
        let mut letter = from as usize;
        while letter <= to as usize {
            numbers[letter - first as usize] = next;
            next += 1;
            letter += 1;
        }
        range += 1;
    }
    numbers
}

static CYRILLIC_PAIRS: [u16; 29] = pairs([
    ['л', 'а'],
    ['н', 'а'],
    ['т', 'а'],
    ['а', 'в'],
    ['о', 'в'],
    ['н', 'е'],
    ['р', 'е'],
    ['в', 'и'],
    ['а', 'к'],
    ['о', 'к'],
    ['а', 'л'],
    ['и', 'л'],
    ['а', 'н'],
    ['е', 'н'],
    ['и', 'н'],
    ['н', 'н'],
    ['о', 'н'],
    ['ы', 'н'],
    ['в', 'о'],
    ['р', 'о'],
    ['с', 'о'],
    ['о', 'п'],
    ['р', 'п'],
    ['а', 'р'],
    ['е', 'р'],
    ['и', 'р'],
    ['о', 'р'],
    ['т', 'с'],
    ['я', 'с'],
]);

/// Each pair as the numbers of its letters, the second in the high byte.
const fn pairs<const N: usize>(letters: [[char; 2]; N]) -> [u16; N] {
    let mut pairs = [0; N];
    let mut pair = 0;
    while pair < N {
        let [first, second] = letters[pair];
        pairs[pair] = cyrillic(second) << 8 | cyrillic(first);
        pair += 1;
    }
    pairs
}

const fn cyrillic(letter: char) -> u16 {
    letter as u16 - 'а' as u16 + 1
}
