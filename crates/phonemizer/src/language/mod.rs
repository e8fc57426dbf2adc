//! Languages: what differs between them besides their data, and the voice definitions that choose among it.

mod alphabets;
mod defaults;
mod definition;
mod letters;
mod options;
mod tables;
mod transposition;
mod voices;

pub(crate) use alphabets::{Alphabet, DONT_NAME, NO_SYMBOL, NOT_CODE, NOT_LETTERS, WORDS, alphabet_of};
pub(crate) use options::{Letters, Options, StressRule, Transposition, breaks, numbers, numbers2, stress_flags};
pub(crate) use voices::resolve;

use definition::{Lines, Values};

/// A voice definition that espeak-ng would not survive, or that names no language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidVoice;

/// A phoneme that a voice says instead of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplacementRule {
    /// The mnemonics as the definition writes them; espeak-ng compares the first four bytes.
    pub(crate) old: String,
    /// `NULL` for none.
    pub(crate) new: String,
    /// Bit 0 only at the end of a word, bit 1 not in a stressed syllable, bit 2 only at the start of a word.
    pub(crate) when: u8,
}

/// How one voice speaks one language.
#[derive(Debug, Clone)]
pub(crate) struct Language {
    /// The voice's name, or the code where there is none: `en-us`.
    pub(crate) name: String,
    /// The language alone, by which the engine knows some of its special cases: `en`.
    pub(crate) code: String,
    pub(crate) options: Options,
    /// Whose dictionary it uses.
    pub(crate) dictionary: String,
    pub(crate) phoneme_table: String,
    /// The first that fits a phoneme counts.
    pub(crate) replacements: Vec<ReplacementRule>,
}

impl Language {
    /// Bytes of a line of a definition that are read at once (`path_home` is `char[160]`, the buffer 30 longer).
    const LONGEST_LINE: usize = 189;
    /// Bytes of a language's, dictionary's or phoneme table's name.
    const LONGEST_NAME: usize = 39;
    /// Bytes of a phoneme's mnemonic.
    const LONGEST_MNEMONIC: usize = 11;
    const MAX_REPLACEMENTS: usize = 60;

    /// The language of a voice, by the text of its definition (a file of `lang/`).
    pub(crate) fn from_voice(name: &str, definition: &str) -> Result<Self, InvalidVoice> {
        let mut language: Option<Self> = None;
        for (keyword, values) in Lines::new(definition, Self::LONGEST_LINE) {
            match &mut language {
                Some(language) => language.read(keyword, values)?,
                // The first line with a language sets everything; what stands before it counts for nothing.
                None if keyword == b"language" => language = Self::first(values)?,
                None => {}
            }
        }
        let mut language = language.ok_or(InvalidVoice)?;
        language.name = name.into();
        Ok(language)
    }

    /// A language by its code, without a voice: how words of another language are spoken.
    pub(crate) fn bare(code: &str) -> Self {
        Self {
            name: code.into(),
            code: code.into(),
            options: tables::options(code),
            dictionary: tables::dictionary(code).into(),
            phoneme_table: code.into(),
            replacements: Vec::new(),
        }
    }

    fn first(mut values: Values<'_>) -> Result<Option<Self>, InvalidVoice> {
        let tag = name_of(values.word())?;
        if tag == "variant" {
            return Ok(None);
        }
        let code = tag.split('-').find(|part| !part.is_empty()).ok_or(InvalidVoice)?;
        // A voice has the dictionary that it names, whatever its language has by itself.
        Ok(Some(Self { dictionary: code.into(), ..Self::bare(code) }))
    }

    fn read(&mut self, keyword: &[u8], mut values: Values<'_>) -> Result<(), InvalidVoice> {
        match keyword {
            b"dictionary" => set(&mut self.dictionary, values)?,
            b"phonemes" => set(&mut self.phoneme_table, values)?,
            b"replace" => self.replace(values)?,
            b"dictrules" => self.options.conditions |= values.bits().ok_or(InvalidVoice)? as u32,
            b"stressOpt" => self.options.stress_flags |= values.bits().ok_or(InvalidVoice)? as u32,
            b"numbers" => self.numbers(values)?,
            b"stressRule" => self.stress_rule(values),
            b"words" => {
                let options = &mut self.options;
                assign(&mut [&mut options.word_gap, &mut options.vowel_pause], values);
            }
            b"lowercaseSentence" => self.options.lowercase_sentence = true,
            b"spellingStress" => self.options.spelling_stress = true,
            b"apostrophe" => assign(&mut [&mut self.options.apostrophe], values),
            b"brackets" => {
                // Less than no pause is none.
                self.options.bracket_pause =
                    values.number().map_or(self.options.bracket_pause, |pause| pause.max(0) as u32);
            }
            b"l_dieresis" => self.options.diereses = values.number().map_or(self.options.diereses, |on| on != 0),
            b"l_prefix" => self.options.prefixes = values.number().map_or(self.options.prefixes, |on| on != 0),
            b"l_regressive_v" => assign(&mut [&mut self.options.regressive_voicing], values),
            b"l_unpronouncable" => assign(&mut [&mut self.options.unpronouncable], values),
            // The rest is sound, or about the voice.
            _ => {}
        }
        Ok(())
    }

    fn replace(&mut self, mut values: Values<'_>) -> Result<(), InvalidVoice> {
        let Some((when, old)) = values.number().zip(values.word()) else { return Ok(()) };
        let new = values.word().unwrap_or(b"NULL");
        if old.len().max(new.len()) > Self::LONGEST_MNEMONIC {
            return Err(InvalidVoice);
        }
        if self.replacements.len() < Self::MAX_REPLACEMENTS {
            self.replacements.push(ReplacementRule { old: string(old)?, new: string(new)?, when: when as u8 });
        }
        Ok(())
    }

    fn numbers(&mut self, values: Values<'_>) -> Result<(), InvalidVoice> {
        let bits = values.bits().ok_or(InvalidVoice)?;
        self.options.numbers |= bits as u32;
        self.options.numbers2 |= (bits >> 32) as u32;
        self.options.set_separators();
        Ok(())
    }

    fn stress_rule(&mut self, mut values: Values<'_>) {
        let Some(rule) = values.number() else { return };
        self.options.stress_rule = rule.into();
        let stress = |number: i32| number.clamp(0, i32::from(u8::MAX)) as u8;
        let Some(one) = values.number() else { return };
        self.options.unstressed_wd1 = stress(one);
        let Some(more) = values.number() else { return };
        self.options.unstressed_wd2 = stress(more);
    }
}

/// Sets options, in order, to as many numbers as there are.
fn assign(options: &mut [&mut u32], mut values: Values<'_>) {
    for option in options {
        let Some(number) = values.number() else { return };
        **option = number as u32;
    }
}

fn set(name: &mut String, mut values: Values<'_>) -> Result<(), InvalidVoice> {
    if let Some(word) = values.word() {
        *name = name_of(Some(word))?;
    }
    Ok(())
}

fn name_of(word: Option<&[u8]>) -> Result<String, InvalidVoice> {
    let word = word.filter(|word| word.len() <= Language::LONGEST_NAME);
    string(word.ok_or(InvalidVoice)?)
}

fn string(bytes: &[u8]) -> Result<String, InvalidVoice> {
    Ok(str::from_utf8(bytes).map_err(|_| InvalidVoice)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(definition: &str) -> Language {
        Language::from_voice("test", definition).unwrap()
    }

    #[test]
    fn a_voice_sets_its_language_first() {
        let american = "name English (America)\nwords 3\nlanguage en-us 2\nlanguage de 3\n\nphonemes en-us\ndictrules 3 6\n\
            replace 03 I  i // at the end\nreplace 00 h\n speed 80\nstressRule 4 2\n";
        let language = Language::from_voice("en-us", american).unwrap();
        assert_eq!(
            [&language.name, &language.code, &language.dictionary, &language.phoneme_table],
            ["en-us", "en", "en", "en-us"]
        );
        assert_eq!(language.options.conditions, 1 << 3 | 1 << 6);
        assert_eq!(language.options.word_gap, 0);
        assert_eq!(language.options.stress_rule, StressRule::Antepenultimate);
        assert_eq!((language.options.unstressed_wd1, language.options.unstressed_wd2), (2, 3));
        let rule = |old: &str, new: &str, when| ReplacementRule { old: old.into(), new: new.into(), when };
        assert_eq!(language.replacements, [rule("I", "i", 3), rule("h", "NULL", 0)]);
    }

    #[test]
    fn languages_differ() {
        let separators = |code: &str| {
            let options = Language::bare(code).options;
            (options.thousands_sep, options.decimal_sep)
        };
        assert_eq!(
            ["en", "de", "hr", "sk", "hu"].map(separators),
            [(',', '.'), ('.', ','), ('\0', ','), ('\0', ','), (' ', ',')]
        );
        assert_eq!(separators("xx"), (',', '.'));
        let thousands = voice("language xx\nnumbers 2 3").options;
        assert_eq!((thousands.thousands_sep, thousands.decimal_sep), ('\0', ','));

        let letters = Language::bare("ru").options.letters;
        assert_eq!((letters.offset, letters.bits[0x10], letters.bits[0x11]), (0x420, 0x81, 0x34));
        let hindi = Language::bare("hi").options;
        assert_eq!((hindi.letters.offset, hindi.letters.bits[0x4d], hindi.suffix_add_e), (0x900, 0x03, '\u{94d}'));
        assert_eq!(Language::bare("vi").options.letters.groups[0].map(<[char]>::len), Some(72));
        assert_eq!(Language::bare("es").options.transposition.map.map(|map| map[0xf1 - 0x60]), Some(0));
        assert_eq!(Language::bare("ru").options.transposition.pairs[0], 0x010c);
        assert!(Language::bare("fa").options.joiner_is_hyphen);
    }

    #[test]
    fn only_without_a_voice_has_serbian_the_dictionary_of_its_relatives() {
        assert_eq!(Language::bare("sr").dictionary, "hbs");
        assert_eq!(voice("language sr").dictionary, "sr");
        assert_eq!(voice("language nb\nphonemes no\ndictionary no\n").dictionary, "no");
    }

    #[test]
    fn hostile_definitions() {
        let long = "x".repeat(1000);
        for invalid in [
            "",
            "name only\n",
            "language",
            "language variant\n",
            "language -\n",
            &format!("language {long}\n"),
            &format!("language en\nphonemes {}\n", &long[..40]),
            "language en\nreplace 0 abcdefghijkl x\n",
            "language en\nnumbers 1,2\n",
            "language en\ndictrules -1\n",
            "language en\nstressOpt é\n",
        ] {
            assert_eq!(Language::from_voice("x", invalid).unwrap_err(), InvalidVoice, "{invalid}");
        }
        let odd = format!(
            "language en\n{long}\nbrackets -99999999999999999999999\nwords 4294967296 -1\nstressRule 77 -3 900\ndictrules 0 40 99\n\
            numbers 99999999999\nreplace\nreplace x\nphonemes\nl_unpronouncable\n\0numbers 3\n{}language fr\nwords",
            "replace 0 a b\n".repeat(100)
        );
        let language = voice(&odd);
        let options = &language.options;
        assert_eq!((options.bracket_pause, options.word_gap, options.vowel_pause), (0, 0, u32::MAX));
        assert_eq!((options.stress_rule, options.unstressed_wd1, options.unstressed_wd2), (StressRule::None, 0, 255));
        assert_eq!((options.conditions, options.decimal_sep, language.replacements.len()), (0, '.', 60));
        assert_eq!([&language.code, &language.phoneme_table], ["en", "en"]);
    }
}
