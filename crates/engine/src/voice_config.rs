//! A voice's `.onnx.json`, every field of it; what Piper's `config.py` and its older C++ `piper.cpp` read.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use serde_json::{Map, Value};

use crate::{Error, ErrorKind, Result};

/// Bytes of a config; above stands an error. The longest of the published ones, of 904 speakers, has 50 kB.
pub const MAX_CONFIG_BYTES: usize = 4 << 20;

/// The phoneme that begins a sentence.
pub const BOS: &str = "^";
/// The phoneme that ends it.
pub const EOS: &str = "$";
/// The phoneme that stands between all others.
pub const PAD: &str = "_";

/// A voice's config, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceConfig {
    /// Samples a second, from `audio.sample_rate`.
    pub sample_rate: u32,
    /// `x_low`, `low`, `medium` or `high`, from `audio.quality`.
    pub quality: Option<String>,
    /// What the voice was trained on.
    pub dataset: Option<String>,
    /// The language it speaks, for people.
    pub language: Language,
    /// The language as espeak-ng calls it, from `espeak.voice`; always there for [`PhonemeType::Espeak`].
    pub espeak_voice: Option<String>,
    /// What its phonemes are.
    pub phoneme_type: PhonemeType,
    /// The ids of each phoneme. Has [`BOS`], [`EOS`] and [`PAD`]; all ids are below `num_symbols`.
    pub phoneme_id_map: BTreeMap<String, Vec<i64>>,
    /// Phonemes that are replaced before they become ids. Older voices have it; Piper's Python ignores it, its C++ does not.
    pub phoneme_map: BTreeMap<String, Vec<String>>,
    /// How many ids the network knows.
    pub num_symbols: u32,
    /// How many speakers it knows.
    pub num_speakers: u32,
    /// The ids of speakers who have names.
    pub speaker_id_map: BTreeMap<String, i64>,
    /// Who speaks if nobody is named.
    pub default_speaker_id: i64,
    /// How it speaks unless asked otherwise.
    pub inference: Inference,
    /// Samples for each latent frame.
    pub hop_length: Option<u32>,
    /// Sequences of phonemes that are one phoneme to this voice.
    pub vowel_clusters: BTreeSet<Vec<String>>,
    /// The version of Piper that trained it.
    pub piper_version: Option<String>,
}

/// A language, as people see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Language {
    /// `en_US`
    pub code: Option<String>,
    /// `en`
    pub family: Option<String>,
    /// `US`
    pub region: Option<String>,
    /// `English`
    pub name_native: Option<String>,
    /// `English`
    pub name_english: Option<String>,
    /// `United States`
    pub country_english: Option<String>,
}

/// What a voice's phonemes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhonemeType {
    /// Phonemes as espeak-ng gives them.
    Espeak,
    /// The code points of the text.
    Text,
    /// Chinese syllables in parts.
    Pinyin,
    /// Phonemes of Piper's own Hebrew rules.
    Hebrew,
    /// Phonemes of OpenJTalk.
    Japanese,
    /// Phonemes of TLTK.
    Thai,
}

/// The numbers that a request can override.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// Variation of the sound.
    pub noise_scale: f32,
    /// Durations are multiplied by it.
    pub length_scale: f32,
    /// Variation of the durations, from `noise_w`.
    pub noise_w_scale: f32,
    /// Seconds of silence after each of these phonemes; from older voices.
    pub phoneme_silence: BTreeMap<String, f32>,
}

impl VoiceConfig {
    /// The name of the [pack](crate::Packs) of its language; none for a voice whose phonemes are not espeak-ng's.
    #[cfg(feature = "espeak")]
    pub fn pack(&self) -> Option<String> {
        let language = self.espeak_voice.as_deref().filter(|_| self.phoneme_type == PhonemeType::Espeak)?;
        Some(chanter_phonemizer::pack_of(language))
    }

    /// Reads a config. Fields that are not known are left aside.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] names the field that is missing or wrong and what was expected; [`ErrorKind::Limit`] says that the config is too long.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        if json.len() > MAX_CONFIG_BYTES {
            let message = format!("the voice's config has {} bytes; the limit is {MAX_CONFIG_BYTES}", json.len());
            return Err(Error::new(ErrorKind::Limit, message));
        }
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let value: Value = serde_json::from_slice(json)
            .map_err(|error| Error::new(ErrorKind::Config, format!("the voice's config is not JSON: {error}")))?;
        let root = Field { path: String::new(), value: &value };
        root.object()?;

        let phoneme_type = phoneme_type(&root.get("phoneme_type"))?;
        let espeak_voice =
            root.optional("espeak")?.and_then(|espeak| espeak.optional("voice").transpose()).transpose()?;
        let espeak_voice = espeak_voice.map(|voice| voice.text()).transpose()?.filter(|voice| !voice.is_empty());
        if phoneme_type == PhonemeType::Espeak && espeak_voice.is_none() {
            return Err(root.get("espeak").get("voice").wrong("the name of an espeak-ng voice, such as \"en-us\""));
        }
        let audio = root.get("audio");
        let num_symbols = root.get("num_symbols").integer(1..=1 << 20)?;
        let num_speakers = root.get("num_speakers").integer(1..=1 << 20)?;
        let speaker = 0..=num_speakers - 1;

        Ok(Self {
            sample_rate: audio.get("sample_rate").integer(1..=192_000)? as u32,
            quality: audio.optional_text("quality")?,
            dataset: root.optional_text("dataset")?,
            language: language(&root)?,
            espeak_voice,
            phoneme_type,
            phoneme_id_map: phoneme_id_map(&root.get("phoneme_id_map"), num_symbols)?,
            phoneme_map: root.optional_map("phoneme_map", Field::phonemes)?,
            num_symbols: num_symbols as u32,
            num_speakers: num_speakers as u32,
            speaker_id_map: root.optional_map("speaker_id_map", |id| id.integer(speaker.clone()))?,
            default_speaker_id: root.optional_integer("default_speaker_id", speaker.clone())?.unwrap_or(0),
            inference: inference(&root)?,
            hop_length: root.optional_integer("hop_length", 1..=1 << 16)?.map(|hop| hop as u32),
            vowel_clusters: vowel_clusters(&root)?,
            piper_version: root.optional_text("piper_version")?,
        })
    }

    /// The id of the speaker of this name.
    pub fn speaker_id(&self, name: &str) -> Option<i64> {
        self.speaker_id_map.get(name).copied()
    }

    /// The ids of a phoneme; none if the voice does not know it.
    pub(crate) fn ids_of(&self, phoneme: &str) -> Option<&[i64]> {
        self.phoneme_id_map.get(phoneme).map(Vec::as_slice)
    }
}

fn phoneme_type(field: &Field) -> Result<PhonemeType> {
    if field.value.is_null() {
        return Ok(PhonemeType::Espeak);
    }
    match field.value.as_str() {
        Some("espeak") => Ok(PhonemeType::Espeak),
        Some("text") => Ok(PhonemeType::Text),
        Some("pinyin") => Ok(PhonemeType::Pinyin),
        Some("hebrew") => Ok(PhonemeType::Hebrew),
        Some("japanese") => Ok(PhonemeType::Japanese),
        Some("thai") => Ok(PhonemeType::Thai),
        _ => Err(field.wrong("one of \"espeak\", \"text\", \"pinyin\", \"hebrew\", \"japanese\", \"thai\"")),
    }
}

/// The description of the language, or only its code.
fn language(root: &Field) -> Result<Language> {
    match root.optional("language")? {
        None => Ok(Language::default()),
        Some(Field { value: Value::String(code), .. }) => {
            Ok(Language { code: Some(code.clone()), ..Language::default() })
        }
        Some(language) => Ok(Language {
            code: language.optional_text("code")?,
            family: language.optional_text("family")?,
            region: language.optional_text("region")?,
            name_native: language.optional_text("name_native")?,
            name_english: language.optional_text("name_english")?,
            country_english: language.optional_text("country_english")?,
        }),
    }
}

fn phoneme_id_map(field: &Field, num_symbols: i64) -> Result<BTreeMap<String, Vec<i64>>> {
    let ids = |phoneme: Field| phoneme.list()?.map(|id| id.integer(0..=num_symbols - 1)).collect::<Result<Vec<_>>>();
    let map = field.map(ids)?;
    for needed in [BOS, EOS, PAD] {
        if map.get(needed).is_none_or(Vec::is_empty) {
            return Err(field.item(needed).wrong("a list of at least one id"));
        }
    }
    Ok(map)
}

fn inference(root: &Field) -> Result<Inference> {
    let nothing = Value::Null;
    let field = root.optional("inference")?.unwrap_or(Field { path: "inference".into(), value: &nothing });
    let number = |name: &str, range, default| match field.optional(name)? {
        Some(number) => number.number(range),
        None => Ok(default),
    };
    Ok(Inference {
        noise_scale: number("noise_scale", 0.0..=5.0, 0.667)?,
        length_scale: number("length_scale", 0.05..=20.0, 1.0)?,
        noise_w_scale: number("noise_w", 0.0..=5.0, 0.8)?,
        phoneme_silence: field.optional_map("phoneme_silence", |seconds| seconds.number(0.0..=60.0))?,
    })
}

fn vowel_clusters(root: &Field) -> Result<BTreeSet<Vec<String>>> {
    match root.optional("vowel_clusters")? {
        None => Ok(BTreeSet::new()),
        // Piper writes no clusters as `{}` at times.
        Some(Field { value: Value::Object(none), .. }) if none.is_empty() => Ok(BTreeSet::new()),
        Some(clusters) => clusters.list()?.map(|cluster| cluster.phonemes()).collect(),
    }
}

/// A value of the config, and the way to it.
struct Field<'v> {
    path: String,
    value: &'v Value,
}

impl<'v> Field<'v> {
    /// A field of this one; if there is none, it is null.
    fn get(&self, name: &str) -> Field<'v> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Field { path, value: self.value.get(name).unwrap_or(&Value::Null) }
    }

    /// The same for names that are data, not ours.
    fn item(&self, name: &str) -> Field<'v> {
        let short: String = name.chars().take(40).collect();
        Field { path: format!("{}[{short:?}]", self.path), value: self.value.get(name).unwrap_or(&Value::Null) }
    }

    fn optional(&self, name: &str) -> Result<Option<Field<'v>>> {
        if !self.value.is_null() {
            self.object()?;
        }
        Ok(Some(self.get(name)).filter(|field| !field.value.is_null()))
    }

    fn object(&self) -> Result<&'v Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.wrong("an object"))
    }

    fn list(&self) -> Result<impl Iterator<Item = Field<'v>>> {
        let list = self.value.as_array().ok_or_else(|| self.wrong("a list"))?;
        Ok(list.iter().enumerate().map(|(index, value)| Field { path: format!("{}[{index}]", self.path), value }))
    }

    fn map<T>(&self, read: impl Fn(Field<'v>) -> Result<T>) -> Result<BTreeMap<String, T>> {
        self.object()?.keys().map(|name| Ok((name.clone(), read(self.item(name))?))).collect()
    }

    fn optional_map<T>(&self, name: &str, read: impl Fn(Field<'v>) -> Result<T>) -> Result<BTreeMap<String, T>> {
        self.optional(name)?.map_or(Ok(BTreeMap::new()), |field| field.map(read))
    }

    fn text(&self) -> Result<String> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.wrong("a text"))
    }

    fn optional_text(&self, name: &str) -> Result<Option<String>> {
        self.optional(name)?.map(|field| field.text()).transpose()
    }

    fn integer(&self, range: RangeInclusive<i64>) -> Result<i64> {
        let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
        let number = self.value.as_i64().or_else(|| self.value.as_f64().and_then(whole));
        let expected = || self.wrong(&format!("a whole number from {} to {}", range.start(), range.end()));
        number.filter(|number| range.contains(number)).ok_or_else(expected)
    }

    fn optional_integer(&self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>> {
        self.optional(name)?.map(|field| field.integer(range)).transpose()
    }

    fn number(&self, range: RangeInclusive<f32>) -> Result<f32> {
        let number = self.value.as_f64().map(|number| number as f32);
        let expected = || self.wrong(&format!("a number from {} to {}", range.start(), range.end()));
        number.filter(|number| range.contains(number)).ok_or_else(expected)
    }

    /// A list of phonemes; a text stands for its code points.
    fn phonemes(self) -> Result<Vec<String>> {
        if let Some(text) = self.value.as_str() {
            return Ok(text.chars().map(String::from).collect());
        }
        if !self.value.is_array() {
            return Err(self.wrong("a list of phonemes"));
        }
        self.list()?.map(|phoneme| phoneme.text()).collect()
    }

    fn wrong(&self, expected: &str) -> Error {
        let path =
            if self.path.is_empty() { "the voice's config" } else { &format!("`{}` in the voice's config", self.path) };
        let found = match self.value {
            Value::Null => "is missing".to_owned(),
            Value::Array(_) => "is a list".to_owned(),
            Value::Object(_) => "is an object".to_owned(),
            Value::String(text) => format!("is {:?}", text.chars().take(40).collect::<String>()),
            plain => format!("is {plain}"),
        };
        Error::new(ErrorKind::Config, format!("{path} {found}; expected {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn least() -> Value {
        json!({
            "audio": {"sample_rate": 22050},
            "espeak": {"voice": "en-us"},
            "num_symbols": 256,
            "num_speakers": 1,
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [14]}
        })
    }

    fn read(value: &Value) -> Result<VoiceConfig> {
        VoiceConfig::from_json(value.to_string().as_bytes())
    }

    /// Sets the field at a path such as `audio.sample_rate`; a null removes nothing but reads as missing.
    fn with(path: &str, value: Value) -> Value {
        let mut config = least();
        let (parents, name) =
            path.rsplit_once('.').map_or((vec![], path), |(parents, name)| (parents.split('.').collect(), name));
        let mut place = &mut config;
        for parent in parents {
            if !place[parent].is_object() {
                place[parent] = json!({});
            }
            place = &mut place[parent];
        }
        place[name] = value;
        config
    }

    #[test]
    fn defaults() {
        let config = read(&least()).unwrap();
        assert_eq!(config.sample_rate, 22050);
        assert_eq!(config.phoneme_type, PhonemeType::Espeak);
        assert_eq!(config.espeak_voice.as_deref(), Some("en-us"));
        assert_eq!(config.default_speaker_id, 0);
        let inference =
            Inference { noise_scale: 0.667, length_scale: 1.0, noise_w_scale: 0.8, phoneme_silence: BTreeMap::new() };
        assert_eq!(config.inference, inference);
        assert_eq!((config.hop_length, config.quality, config.language), (None, None, Language::default()));
        assert!(config.phoneme_map.is_empty() && config.vowel_clusters.is_empty() && config.speaker_id_map.is_empty());
    }

    #[test]
    fn every_field() {
        let json = json!({
            "audio": {"sample_rate": 16000.0, "quality": "x_low"},
            "dataset": "slt",
            "language": {"code": "en_US", "family": "en", "region": "US", "name_native": "English", "name_english": "English", "country_english": "United States", "more": 1},
            "espeak": {"voice": "en-us"},
            "phoneme_type": "pinyin",
            "phoneme_map": {"c": ["k"], "ts": ["t", "s"], "x": "ab"},
            "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "aɪ": [3, 4]},
            "num_symbols": 5,
            "num_speakers": 3,
            "speaker_id_map": {"awb": 0, "rms": 2},
            "default_speaker_id": 1,
            "inference": {"noise_scale": 0, "length_scale": 1, "noise_w": 0.5, "phoneme_silence": {".": 1, ",": 0.25}},
            "hop_length": 200,
            "vowel_clusters": [["a", "ɪ"], "oʊ"],
            "piper_version": "1.0.0",
            "streaming": true
        });
        let config = read(&json).unwrap();
        assert_eq!(
            (config.sample_rate, config.quality.as_deref(), config.dataset.as_deref()),
            (16000, Some("x_low"), Some("slt"))
        );
        assert_eq!(config.language.country_english.as_deref(), Some("United States"));
        assert_eq!(config.phoneme_type, PhonemeType::Pinyin);
        assert_eq!(config.phoneme_map["ts"], ["t", "s"]);
        assert_eq!(config.phoneme_map["x"], ["a", "b"]);
        assert_eq!(config.ids_of("aɪ"), Some(&[3, 4][..]));
        assert_eq!((config.speaker_id("rms"), config.speaker_id("clb"), config.default_speaker_id), (Some(2), None, 1));
        assert_eq!(
            (config.inference.noise_scale, config.inference.length_scale, config.inference.noise_w_scale),
            (0.0, 1.0, 0.5)
        );
        assert_eq!(config.inference.phoneme_silence[","], 0.25);
        assert_eq!(config.hop_length, Some(200));
        assert_eq!(config.vowel_clusters, BTreeSet::from([vec!["a".into(), "ɪ".into()], vec!["o".into(), "ʊ".into()]]));
        assert_eq!(config.piper_version.as_deref(), Some("1.0.0"));
    }

    #[test]
    fn null_is_missing_where_a_field_may_be() {
        for path in [
            "audio.quality",
            "dataset",
            "language",
            "language.code",
            "phoneme_type",
            "phoneme_map",
            "speaker_id_map",
            "default_speaker_id",
            "inference",
            "inference.noise_scale",
            "inference.phoneme_silence",
            "hop_length",
            "vowel_clusters",
            "piper_version",
        ] {
            read(&with(path, Value::Null)).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        read(&with("vowel_clusters", json!({}))).unwrap();
        assert_eq!(read(&with("language", json!("de"))).unwrap().language.code.as_deref(), Some("de"));
        let mut text = with("phoneme_type", json!("text"));
        text["espeak"] = Value::Null;
        assert_eq!(read(&text).unwrap().espeak_voice, None);
    }

    #[test]
    fn errors_name_the_field_and_what_was_expected() {
        let map = |phoneme: &str, ids: Value| {
            let mut map = least()["phoneme_id_map"].clone();
            map[phoneme] = ids;
            map
        };
        for (path, value, named, expected) in [
            ("audio", json!(null), "audio.sample_rate", "a whole number"),
            ("audio.sample_rate", json!("fast"), "audio.sample_rate", "1 to 192000"),
            ("audio.sample_rate", json!(0), "audio.sample_rate", "1 to 192000"),
            ("audio.sample_rate", json!(1e9), "audio.sample_rate", "1 to 192000"),
            ("audio.sample_rate", json!(0.5), "audio.sample_rate", "1 to 192000"),
            ("audio.quality", json!(1), "audio.quality", "a text"),
            ("dataset", json!([]), "dataset", "a text"),
            ("language.code", json!(1), "language.code", "a text"),
            ("language", json!(1), "language", "an object"),
            ("espeak", json!(null), "espeak.voice", "espeak-ng voice"),
            ("espeak", json!("en"), "espeak", "an object"),
            ("espeak.voice", json!(""), "espeak.voice", "espeak-ng voice"),
            ("espeak.voice", json!(1), "espeak.voice", "a text"),
            ("phoneme_type", json!("klingon"), "phoneme_type", "\"thai\""),
            ("phoneme_type", json!(1), "phoneme_type", "\"espeak\""),
            ("num_symbols", json!(null), "num_symbols", "a whole number"),
            ("num_symbols", json!(-1), "num_symbols", "from 1"),
            ("num_symbols", json!(3), "phoneme_id_map[\"a\"][0]", "0 to 2"),
            ("num_speakers", json!(null), "num_speakers", "a whole number"),
            ("num_speakers", json!(0), "num_speakers", "from 1"),
            ("phoneme_id_map", json!(null), "phoneme_id_map", "an object"),
            ("phoneme_id_map", json!([]), "phoneme_id_map", "an object"),
            ("phoneme_id_map", map("^", json!(null)), "phoneme_id_map[\"^\"]", "a list"),
            ("phoneme_id_map", json!({"_": [0], "^": [1]}), "phoneme_id_map[\"$\"]", "at least one id"),
            ("phoneme_id_map", map("_", json!([])), "phoneme_id_map[\"_\"]", "at least one id"),
            ("phoneme_id_map", map("b", json!(3)), "phoneme_id_map[\"b\"]", "a list"),
            ("phoneme_id_map", map("b", json!([3, -1])), "phoneme_id_map[\"b\"][1]", "0 to 255"),
            ("phoneme_id_map", map("b", json!([256])), "phoneme_id_map[\"b\"][0]", "0 to 255"),
            ("phoneme_map", json!(["a"]), "phoneme_map", "an object"),
            ("phoneme_map", json!({"a": 1}), "phoneme_map[\"a\"]", "a list of phonemes"),
            ("phoneme_map", json!({"a": ["b", 1]}), "phoneme_map[\"a\"][1]", "a text"),
            ("speaker_id_map", json!({"rms": 1}), "speaker_id_map[\"rms\"]", "0 to 0"),
            ("default_speaker_id", json!(1), "default_speaker_id", "0 to 0"),
            ("inference", json!([]), "inference", "an object"),
            ("inference.noise_scale", json!("loud"), "inference.noise_scale", "a number"),
            ("inference.noise_scale", json!(-1), "inference.noise_scale", "0 to 5"),
            ("inference.length_scale", json!(0), "inference.length_scale", "0.05 to 20"),
            ("inference.noise_w", json!(1e300), "inference.noise_w", "0 to 5"),
            ("inference.phoneme_silence", json!({".": -1}), "inference.phoneme_silence[\".\"]", "0 to 60"),
            ("hop_length", json!(0), "hop_length", "from 1"),
            ("vowel_clusters", json!({"a": 1}), "vowel_clusters", "a list"),
            ("vowel_clusters", json!([1]), "vowel_clusters[0]", "a list of phonemes"),
            ("piper_version", json!(1), "piper_version", "a text"),
        ] {
            let error = read(&with(path, value.clone())).expect_err(path);
            let message = error.to_string();
            assert_eq!(error.kind(), ErrorKind::Config, "{message}");
            assert!(
                message.starts_with(&format!("`{named}`")) && message.contains(expected),
                "{path} = {value}: {message}"
            );
        }
    }

    #[test]
    fn what_is_no_config() {
        for json in ["", "{", "[]", "1", "null", "{\"audio\": NaN}"] {
            assert_eq!(VoiceConfig::from_json(json.as_bytes()).unwrap_err().kind(), ErrorKind::Config, "{json}");
        }
        assert_eq!(VoiceConfig::from_json("[".repeat(100_000).as_bytes()).unwrap_err().kind(), ErrorKind::Config);
        let long = VoiceConfig::from_json(&vec![b' '; MAX_CONFIG_BYTES + 1]).unwrap_err();
        assert_eq!(long.kind(), ErrorKind::Limit);
        assert!(long.to_string().contains(&MAX_CONFIG_BYTES.to_string()));
        let marked = [b"\xef\xbb\xbf", least().to_string().as_bytes()].concat();
        VoiceConfig::from_json(&marked).unwrap();
    }

    #[test]
    fn the_built_in_voice() {
        let config = VoiceConfig::from_json(include_bytes!("../../../models/en_US-slt-tiny.onnx.json")).unwrap();
        assert_eq!((config.sample_rate, config.num_symbols, config.hop_length), (22050, 256, Some(256)));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let name = prop_oneof!["[_^$a]", "\\PC{0,3}", Just("voice".to_owned()), Just("noise_w".to_owned())];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(name, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_panics(field in 0..16usize, value in any_value()) {
            let names = [
                "audio", "dataset", "language", "espeak", "phoneme_type", "phoneme_id_map", "phoneme_map", "num_symbols", "num_speakers",
                "speaker_id_map", "default_speaker_id", "inference", "hop_length", "vowel_clusters", "piper_version", "other",
            ];
            let _ = read(&with(names[field], value.clone()));
            let _ = read(&value);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = VoiceConfig::from_json(&bytes);
        }
    }
}
