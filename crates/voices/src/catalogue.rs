//! Catalogues of voices: files of the shape of Piper's `voices.json`. What they say is checked, not trusted.

use chanter_engine::{Language, MAX_CONFIG_BYTES};
use serde_json::{Map, Value};

use crate::address::Address;
use crate::names::{is_key, is_path};
use crate::{Digest, Error, ErrorKind, Result, speaks};

/// Bytes of a catalogue; Piper's has some 300 kB.
pub(crate) const MAX_CATALOGUE_BYTES: u64 = 8 << 20;
/// Bytes of a model; the largest published ones have 120 MB.
pub(crate) const MAX_MODEL_BYTES: u64 = 1 << 31;
const MAX_VOICES: usize = 10_000;
const MAX_ALIASES: usize = 20;

/// Voices that can be had.
#[derive(Debug, Clone)]
pub struct Catalogue {
    json: Vec<u8>,
    address: String,
    voices: Vec<Listed>,
}

/// A voice in a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// `de_DE-thorsten-medium`: what it is called once it is there.
    pub key: String,
    /// `thorsten`.
    pub name: String,
    /// Always with a code.
    pub language: Language,
    /// `x_low`, `low`, `medium` or `high`; empty if the catalogue does not say.
    pub quality: String,
    /// At least 1.
    pub num_speakers: u32,
    /// Older keys.
    pub aliases: Vec<String>,
    /// `KEY.onnx`.
    pub model: RemoteFile,
    /// `KEY.onnx.json`.
    pub config: RemoteFile,
}

/// A file that a catalogue lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    pub(crate) address: Address,
    /// How long it is.
    pub bytes: u64,
    /// What it hashes to, if the catalogue says: SHA-256 where it has one, else MD5.
    pub digest: Option<Digest>,
}

impl Catalogue {
    /// The address of Piper's own.
    pub const PIPER: &str = "https://huggingface.co/rhasspy/piper-voices/resolve/main/voices.json";

    /// Reads one that came from `address`, to which its files are relative. Entries that make no sense are left out.
    ///
    /// # Errors
    /// [`ErrorKind::Catalogue`] if the address is none, if this is no catalogue, or if nothing in it makes sense.
    pub fn parse(json: Vec<u8>, address: &str) -> Result<Self> {
        let address = Address::parse(address)?;
        let shown = address.shown();
        let wrong = |why: &str| Error::new(ErrorKind::Catalogue, format!("{shown} is no catalogue of voices: {why}"));
        if json.len() as u64 > MAX_CATALOGUE_BYTES {
            return Err(wrong(&format!("it has more than {MAX_CATALOGUE_BYTES} bytes")));
        }
        let entries: Map<String, Value> =
            serde_json::from_slice(&json).map_err(|e| wrong(&format!("it is not JSON with an entry for each: {e}")))?;
        if entries.len() > MAX_VOICES {
            return Err(wrong(&format!("it has more than {MAX_VOICES} voices")));
        }
        let voices: Vec<_> = entries.iter().filter_map(|(key, entry)| listed(key, entry, &address)).collect();
        if voices.len() < entries.len() {
            log::debug!("{shown}: {} entries make no sense", entries.len() - voices.len());
        }
        if voices.is_empty() && !entries.is_empty() {
            return Err(wrong("none of its entries makes sense"));
        }
        Ok(Self { json, address: shown, voices })
    }

    /// The file itself, as it came.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// All its voices, by key.
    pub fn voices(&self) -> &[Listed] {
        &self.voices
    }

    /// A voice by its key, or by an older one.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn find(&self, key: &str) -> Result<&Listed> {
        let by_key = self.voices.iter().find(|voice| voice.key == key);
        let found = by_key.or_else(|| self.voices.iter().find(|voice| voice.aliases.iter().any(|alias| alias == key)));
        found.ok_or_else(|| {
            let key: String = key.chars().take(80).collect();
            let like = |voice: &&Listed| voice.key.to_lowercase().contains(&key.to_lowercase());
            let near: Vec<_> = self.voices.iter().filter(like).take(5).map(|voice| voice.key.as_str()).collect();
            let hint = if near.is_empty() || key.is_empty() {
                String::new()
            } else {
                format!("; there is {}", near.join(", "))
            };
            Error::new(ErrorKind::NotFound, format!("there is no voice {key:?} in {}{hint}", self.address))
        })
    }
}

impl Listed {
    /// The code of its language, `de_DE`.
    pub fn language_code(&self) -> &str {
        self.language.code.as_deref().unwrap_or_default()
    }

    /// Whether it is one for this language, see [`speaks`].
    pub fn speaks(&self, language: &str) -> bool {
        speaks(self.language_code(), language)
    }

    /// How much there is to fetch.
    pub fn bytes(&self) -> u64 {
        self.model.bytes + self.config.bytes
    }
}

impl RemoteFile {
    /// Where it is, for messages: without password and query.
    pub fn url(&self) -> String {
        self.address.shown()
    }
}

fn listed(key: &str, entry: &Value, address: &Address) -> Option<Listed> {
    if !is_key(key) {
        return None;
    }
    let (mut model, mut config) = (None, None);
    for (path, file) in entry["files"].as_object()? {
        let name = path.rsplit('/').next()?;
        match name.strip_prefix(key) {
            Some(".onnx") => model = remote(path, file, MAX_MODEL_BYTES, address),
            Some(".onnx.json") => config = remote(path, file, MAX_CONFIG_BYTES as u64, address),
            _ => {}
        }
    }
    let aliases = entry["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let language = &entry["language"];
    Some(Listed {
        key: key.to_owned(),
        name: text(&entry["name"]).unwrap_or_else(|| key.to_owned()),
        language: Language {
            code: text(&language["code"]).or_else(|| key.split('-').next().map(str::to_owned)),
            family: text(&language["family"]),
            region: text(&language["region"]),
            name_native: text(&language["name_native"]),
            name_english: text(&language["name_english"]),
            country_english: text(&language["country_english"]),
        },
        quality: text(&entry["quality"]).unwrap_or_default(),
        num_speakers: entry["num_speakers"].as_u64().filter(|count| (1..100_000).contains(count)).unwrap_or(1) as u32,
        aliases: aliases.filter(|alias| is_key(alias)).take(MAX_ALIASES).map(str::to_owned).collect(),
        model: model?,
        config: config?,
    })
}

fn remote(path: &str, file: &Value, limit: u64, address: &Address) -> Option<RemoteFile> {
    let bytes = file["size_bytes"].as_u64().filter(|bytes| (1..=limit).contains(bytes))?;
    if !is_path(path) {
        return None;
    }
    // A digest that is none is a reason to distrust the entry, not to go without.
    let digest = match (&file["sha256"], &file["md5_digest"]) {
        (Value::Null, Value::Null) => None,
        (Value::Null, md5) => Some(Digest::Md5(Digest::hex(md5.as_str()?, 32)?)),
        (sha256, _) => Some(Digest::Sha256(Digest::hex(sha256.as_str()?, 64)?)),
    };
    Some(RemoteFile { address: address.join(path).ok()?, bytes, digest })
}

/// A short text for people, in one line.
fn text(value: &Value) -> Option<String> {
    let text: String = value.as_str()?.chars().filter(|c| !c.is_control()).take(100).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ADDRESS: &str = "https://a.example/main/voices.json";
    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

    /// An entry as Piper's catalogue has them.
    fn entry(key: &str) -> Value {
        let path = format!("pt/pt_PT/tugão/medium/{key}.onnx");
        json!({
            "key": key, "name": "tugão", "quality": "medium", "num_speakers": 1, "speaker_id_map": {},
            "language": {"code": "pt_PT", "family": "pt", "region": "PT", "name_native": "Português",
                "name_english": "Portuguese", "country_english": "Portugal"},
            "files": {
                path.clone(): {"size_bytes": 63_201_294, "md5_digest": MD5},
                format!("{path}.json"): {"size_bytes": 4_911, "md5_digest": MD5},
                "pt/pt_PT/tugão/medium/MODEL_CARD": {"size_bytes": 270, "md5_digest": MD5},
            },
            "aliases": ["pt-tugao-x-low"],
        })
    }

    fn parse(catalogue: &Value) -> Result<Catalogue> {
        Catalogue::parse(catalogue.to_string().into_bytes(), ADDRESS)
    }

    /// The voices of a catalogue of one good entry and one that `change` was done to.
    fn with(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut bad = entry("bad");
        change(&mut bad);
        let catalogue = parse(&json!({"bad": bad, "good": entry("good")})).unwrap();
        catalogue.voices().iter().map(|voice| voice.key.clone()).collect()
    }

    #[test]
    fn pipers_own_shape() {
        let key = "pt_PT-tugão-medium";
        let json = json!({key: entry(key)});
        let catalogue = parse(&json).unwrap();
        assert_eq!(catalogue.json(), json.to_string().as_bytes());
        let voice = catalogue.find(key).unwrap();
        assert_eq!(catalogue.find("pt-tugao-x-low").unwrap(), voice);
        assert_eq!((voice.name.as_str(), voice.quality.as_str(), voice.num_speakers), ("tugão", "medium", 1));
        assert!(voice.speaks("pt") && voice.speaks("pt-PT") && !voice.speaks("pt_BR"));
        assert_eq!(voice.language.name_native.as_deref(), Some("Português"));
        let url = "https://a.example/main/pt/pt_PT/tug%C3%A3o/medium/pt_PT-tug%C3%A3o-medium.onnx";
        assert_eq!(voice.model.url(), url);
        assert_eq!(voice.config.url(), format!("{url}.json"));
        assert_eq!((voice.bytes(), &voice.model.digest), (63_206_205, &Some(Digest::Md5(MD5.to_owned()))));
    }

    #[test]
    fn a_key_comes_before_an_alias() {
        let catalogue = parse(&json!({"a": entry("a"), "pt-tugao-x-low": entry("pt-tugao-x-low")})).unwrap();
        assert_eq!(catalogue.find("pt-tugao-x-low").unwrap().key, "pt-tugao-x-low");
        let error = catalogue.find("TUGAO").unwrap_err();
        assert!(
            error.kind() == ErrorKind::NotFound && error.to_string().ends_with("there is pt-tugao-x-low"),
            "{error}"
        );
        assert!(catalogue.find("").is_err() && catalogue.find("../a").is_err());
    }

    #[test]
    fn sha256_counts_where_there_is_one() {
        let sha256 = "a".repeat(64);
        let mut ours = entry("ours");
        for file in ours["files"].as_object_mut().unwrap().values_mut() {
            file["sha256"] = sha256.clone().into();
        }
        ours["files"]["pt/pt_PT/tugão/medium/ours.onnx.json"] = json!({"size_bytes": 1});
        let voice = parse(&json!({"ours": ours})).unwrap().voices()[0].clone();
        assert_eq!((voice.model.digest, voice.config.digest), (Some(Digest::Sha256(sha256)), None));
    }

    #[test]
    fn entries_without_sense_are_left_out() {
        let model = "pt/pt_PT/tugão/medium/bad.onnx";
        let moved = |to: &'static str| {
            move |bad: &mut Value| {
                let file = bad["files"].as_object_mut().unwrap().remove(model).unwrap();
                bad["files"][to] = file;
            }
        };
        assert_eq!(with(|_| {}), ["bad", "good"]);
        for path in
            ["../../bad.onnx", "/etc/bad.onnx", "a//bad.onnx", "https://b.example/bad.onnx", "..\\bad.onnx", "x"]
        {
            assert_eq!(with(moved(path)), ["good"], "{path}");
        }
        for size in [json!(0), json!(-1), json!(1.5), json!("1"), json!(MAX_MODEL_BYTES + 1), json!(1e300), Value::Null]
        {
            assert_eq!(with(|bad| bad["files"][model]["size_bytes"] = size.clone()), ["good"], "{size}");
        }
        for digest in [json!(""), json!(1), json!(MD5.to_uppercase()), json!([])] {
            assert_eq!(with(|bad| bad["files"][model]["md5_digest"] = digest.clone()), ["good"], "{digest}");
            assert_eq!(with(|bad| bad["files"][model]["sha256"] = digest.clone()), ["good"], "{digest}");
        }
        for whole in [json!(null), json!(1), json!([]), json!({}), json!({"files": []})] {
            assert_eq!(with(|bad| *bad = whole.clone()), ["good"], "{whole}");
        }
        for key in ["../../x", "..", ".x", "a/b", "a\\b", "a\nb", ""] {
            let found = parse(&json!({key: entry(key), "good": entry("good")})).unwrap();
            assert_eq!(found.voices().len(), 1, "{key}");
        }
        // What only people read is left out by itself.
        let strange =
            json!({"a": {"files": entry("a")["files"], "num_speakers": -1, "language": 5, "aliases": ["../x", 1]}});
        let voice = parse(&strange).unwrap().voices()[0].clone();
        assert_eq!((voice.name.as_str(), voice.num_speakers, voice.language_code()), ("a", 1, "a"));
        assert!(voice.aliases.is_empty());
    }

    #[test]
    fn what_is_no_catalogue() {
        let deep = "[".repeat(100_000);
        for json in ["", "{", "[]", "1", "<!doctype html>", "{\"a\": 1}", &deep, "{\"\\ud800\": 1}"] {
            let error = Catalogue::parse(json.into(), ADDRESS).unwrap_err();
            assert!(error.kind() == ErrorKind::Catalogue && error.to_string().contains("a.example"), "{error}");
        }
        let many: Map<_, _> = (0..=MAX_VOICES).map(|i| (i.to_string(), json!(1))).collect();
        assert!(parse(&many.into()).unwrap_err().to_string().contains("10000"));
        assert!(Catalogue::parse(vec![b' '; MAX_CATALOGUE_BYTES as usize + 1], ADDRESS).is_err());
        assert!(parse(&json!({})).unwrap().voices().is_empty());
    }
}
