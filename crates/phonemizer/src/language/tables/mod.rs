//! The options of each language, by family: only what differs from the default.

mod asian;
mod cyrillic;
mod european;
mod germanic;
mod indic;
mod others;
mod romance;
mod semitic;
mod slavic;
mod turkic;

use super::{
    alphabets,
    letters::Group,
    options::{Letters, Options, StressRule, breaks, numbers as num, numbers2 as num2, stress_flags as stress},
    transposition,
};

/// Values of [`Options::unpronouncable`] that are no letters.
mod unpronouncable {
    pub(super) const NO_CHECK: u32 = 1;
    pub(super) const BY_RULES: u32 = 2;
    pub(super) const NO_APOSTROPHE: u32 = 3;
}

/// Bits of [`Options::accents`].
mod accents {
    pub(super) const BEFORE_LETTER: u32 = 1;
    pub(super) const CAPITAL_AFTER: u32 = 2;
}

/// Bits of [`Options::regressive_voicing`].
mod voicing {
    pub(super) const REGRESSIVE: u32 = 0x01;
    /// Not beyond a [v].
    pub(super) const STOPS_AT_V: u32 = 0x02;
    /// Not from word to word.
    pub(super) const WITHIN_WORD: u32 = 0x04;
    /// Through liquids and nasals.
    pub(super) const THROUGH_SONORANTS: u32 = 0x08;
    pub(super) const DEVOICES_FINAL: u32 = 0x100;
}

/// Bits of [`Options::lengthen`].
mod lengthen {
    pub(super) const NOT_UNSTRESSED: u32 = 0x01;
    pub(super) const ONLY_PENULTIMATE: u32 = 0x02;
    pub(super) const ONLY_MOST_STRESSED: u32 = 0x10;
}

/// Bits of [`Options::reduce`].
mod reduce {
    /// Also phonemes from the dictionary's list.
    pub(super) const LISTED: u32 = 0x1;
    /// Not the strongest vowel of an unstressed word.
    pub(super) const NOT_STRONGEST: u32 = 0x2;
}

/// Bits of [`Options::combine_words`] above the number of syllables.
mod combine {
    /// Words marked `$alt2`, with some words marked `$alt`.
    pub(super) const ALT2_WITH_ALT: u32 = 0x100;
}

/// A bit of [`Options::alt`]: `$alt` and `$alt2` open and close the stressed vowel.
const ALT_STRESSED_VOWEL: u32 = 2;

/// A bit of [`Options::suffix`]: none without a syllable before it.
const SUFFIX_AFTER_SYLLABLE: u32 = 1;

/// Flags of [`Options::word_gap`].
mod gap {
    pub(super) const VERY_SHORT: u32 = 0x01;
    pub(super) const NO_LINKING: u32 = 0x08;
    /// How long a final vowel is does not depend on the next word.
    pub(super) const FINAL_VOWEL_ALONE: u32 = 0x20;
}

/// What the dictionary of a language is called, unless a voice names another.
pub(super) fn dictionary(code: &str) -> &str {
    match code {
        "bs" | "hr" | "sr" => "hbs",
        other => other,
    }
}

/// What differs in a language, by its short name.
pub(super) fn options(code: &str) -> Options {
    let mut options = match code {
        "af" => germanic::afrikaans(),
        "am" => semitic::amharic(),
        "an" => romance::aragonese(),
        "ar" => semitic::arabic(),
        "as" | "bn" => indic::bengali(),
        "az" => turkic::azerbaijani(),
        "be" => cyrillic::belarusian(),
        "bg" => cyrillic::bulgarian(),
        "bpy" => indic::bishnupriya(),
        "bs" | "hr" | "sr" => slavic::serbo_croatian(),
        "ca" => romance::catalan(),
        "chr" => others::cherokee(),
        "cmn" | "zh" => asian::chinese(),
        "cs" => slavic::czech(),
        "cy" => european::welsh(),
        "da" => germanic::danish(),
        "de" => germanic::german(),
        "el" => european::greek(),
        "en" => germanic::english(),
        "eo" => others::esperanto(),
        "es" => romance::spanish(),
        "et" | "fi" => european::finnish(),
        "eu" => european::basque(),
        "fa" => semitic::persian(),
        "fo" => germanic::faroese(),
        "fr" => romance::french(),
        "ga" | "gd" => european::gaelic(),
        "gn" => others::guarani(),
        "grc" => european::ancient_greek(),
        "gu" => indic::gujarati(),
        "hak" => asian::hakka(),
        "he" => semitic::hebrew(),
        "hi" | "mr" => indic::hindi(),
        "ht" => romance::haitian(),
        "hu" => european::hungarian(),
        "hy" => european::armenian(),
        "ia" => romance::interlingua(),
        "id" | "ms" => asian::indonesian(),
        "io" => others::ido(),
        "is" => germanic::icelandic(),
        "it" => romance::italian(),
        "jbo" => others::lojban(),
        "ka" => european::georgian(),
        "kk" => turkic::kazakh(),
        "kl" => others::greenlandic(),
        "kn" => indic::kannada(),
        "ko" => asian::korean(),
        "ku" => turkic::kurdish(),
        "ky" => Options::default(),
        "la" => romance::latin(),
        "lt" => european::lithuanian(),
        "ltg" | "lv" => european::latvian(),
        "mi" | "my" | "piqd" | "py" | "qu" | "quc" | "th" | "uz" => others::without_numbers(),
        "mk" => cyrillic::macedonian(),
        "ml" => indic::malayalam(),
        "mt" => semitic::maltese(),
        "nb" => germanic::norwegian(),
        "ne" => indic::nepali(),
        "nl" => germanic::dutch(),
        "om" => others::oromo(),
        "or" => indic::oriya(),
        "pa" => indic::punjabi(),
        "pap" => romance::papiamento(),
        "pl" => slavic::polish(),
        "pt" => romance::portuguese(),
        "ro" => romance::romanian(),
        "ru" | "uk" => cyrillic::russian(),
        "sd" | "ur" => indic::urdu(),
        "shn" => asian::shan(),
        "si" => indic::sinhala(),
        "sk" => slavic::slovak(),
        "sl" => slavic::slovenian(),
        "smj" => european::lule_saami(),
        "sq" => european::albanian(),
        "sv" => germanic::swedish(),
        "sw" | "tn" => others::swahili(),
        "ta" => indic::tamil(),
        "te" => indic::telugu(),
        "tr" => turkic::turkish(),
        "tt" => turkic::tatar(),
        "vi" => asian::vietnamese(),
        "xex" => others::xextan(),
        "yue" => asian::cantonese(),
        _ => Options { unpronouncable: unpronouncable::NO_CHECK, ..Options::default() },
    };
    options.set_separators();
    options
}
