//! Cuts espeak-ng's compiled data down to what text to phonemes needs, and makes packs of it.

#[path = "build/corrections.rs"]
mod corrections;
#[path = "build/cut.rs"]
mod cut;
#[path = "build/voices.rs"]
mod voices;
#[path = "src/packs/write.rs"]
mod write;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use write::{HEADER, STORED, Tag};

type Files = &'static [(&'static str, &'static [u8])];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/packs/write.rs");

    let phonemes = espeak_ng_data_phonemes::ALL_FILES;
    let mut packs = vec![("shared".to_owned(), shared_pack(phonemes)?)];
    let mut definitions = voices::by_dictionary(phonemes)?;
    for (name, dictionary) in dictionaries() {
        let voices = definitions.remove(name).unwrap_or_default();
        packs.push((name.to_owned(), language_pack(name, dictionary, &voices)?));
    }

    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let mut list = "[".to_owned();
    for (name, pack) in packs {
        fs::write(folder.join(&name), pack)?;
        list += &format!("({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")) as &[u8]),");
    }
    fs::write(folder.join("built_in.rs"), list + "]")?;
    Ok(())
}

/// The compiled dictionaries by their names, `en` for the file `en_dict`.
fn dictionaries() -> BTreeMap<&'static str, &'static [u8]> {
    let crates: &[Files] = &[
        espeak_ng_data_dict_en::ALL_FILES,
        #[cfg(feature = "all-languages")]
        espeak_ng_data_dict_ru::ALL_FILES,
        #[cfg(feature = "all-languages")]
        espeak_ng_data_dicts::ALL_FILES,
    ];
    let files = crates.iter().flat_map(|files| files.iter());
    files.filter_map(|(file, bytes)| Some((file.strip_suffix("_dict")?, *bytes))).collect()
}

fn shared_pack(files: Files) -> Result<Vec<u8>, String> {
    let file = |name: &str| {
        files.iter().find(|(file, _)| *file == name).map(|(_, bytes)| *bytes).ok_or(format!("no {name} in the data"))
    };
    Ok(stored(&[(Tag::PhonemeTables, file("phontab")?), (Tag::PhonemePrograms, file("phonindex")?)]))
}

fn language_pack(name: &str, dictionary: &[u8], voices: &[(String, String)]) -> Result<Vec<u8>, String> {
    let dictionary = cut::dictionary(name, dictionary)?;
    let voices: Vec<String> = voices.iter().map(|(file, text)| format!("{file}\0{text}")).collect();
    let mut sections = vec![(Tag::Name, name.as_bytes())];
    sections.extend(voices.iter().map(|voice| (Tag::Voice, voice.as_bytes())));
    sections.push((Tag::Dictionary, &dictionary));
    Ok(stored(&sections))
}

/// A pack that is used where it lies in the program: it is there at once and is not held twice.
fn stored(sections: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (tag, content) in sections {
        body.push(*tag as u8);
        body.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
        body.extend(*content);
    }
    let mut pack = Vec::with_capacity(HEADER + body.len());
    pack.extend(write::header(STORED, &body));
    pack.extend(body);
    pack
}
