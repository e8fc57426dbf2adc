//! Bytes of a pack to its parts. What is inside a dictionary or a phoneme table is checked where it is used.

use std::borrow::Cow;
use std::ops::Range;

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::PackError;
use super::write::{HEADER, MAGIC, STORED, Tag, VERSION};

/// The body is a zlib stream; [`STORED`] is the other form.
pub(super) const DEFLATED: u8 = 1;
/// No pack may hold more; the largest, Russian, holds 9 MB.
const LARGEST: usize = 32 << 20;
/// Of English there are 12: its name, its dictionary and 10 voices.
const MOST_SECTIONS: usize = 256;
const LONGEST_NAME: usize = 64;

/// Whether the checksum is looked at. What lies in the program itself is as good as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    Checked,
    BuiltIn,
}

/// What all languages share.
#[derive(Debug)]
pub(crate) struct SharedPack {
    /// `phontab`
    pub(crate) tables: Cow<'static, [u8]>,
    /// `phonindex`
    pub(crate) programs: Cow<'static, [u8]>,
}

impl SharedPack {
    pub(crate) fn parse(bytes: Cow<'static, [u8]>, trust: Trust) -> Result<Self, PackError> {
        let sections = Sections::parse(bytes, trust)?;
        Ok(Self {
            tables: sections.one(Tag::PhonemeTables, "phoneme tables")?,
            programs: sections.one(Tag::PhonemePrograms, "phoneme programs")?,
        })
    }
}

/// A dictionary and the voices that use it.
#[derive(Debug)]
pub(crate) struct LanguagePack {
    /// `en`
    pub(crate) name: String,
    /// Each voice's file under `lang/`, such as `gmw/en-US`, and its definition.
    pub(crate) voices: Vec<(String, String)>,
    pub(crate) dictionary: Cow<'static, [u8]>,
}

impl LanguagePack {
    pub(crate) fn parse(bytes: Cow<'static, [u8]>, trust: Trust) -> Result<Self, PackError> {
        let sections = Sections::parse(bytes, trust)?;
        sections.one(Tag::Name, "name")?;
        let name = sections.texts(Tag::Name).flatten().find(|name| is_name(name)).ok_or(PackError::Invalid("name"))?;
        let voices = sections.texts(Tag::Voice).map(definition).collect::<Option<Vec<_>>>();
        Ok(Self {
            name: name.to_owned(),
            voices: voices.ok_or(PackError::Invalid("voice"))?,
            dictionary: sections.one(Tag::Dictionary, "dictionary")?,
        })
    }
}

fn definition(voice: Option<&str>) -> Option<(String, String)> {
    let (file, definition) = voice?.split_once('\0')?;
    is_name(file).then(|| (file.to_owned(), definition.to_owned()))
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain)
}

struct Sections {
    body: Cow<'static, [u8]>,
    sections: Vec<(u8, Range<usize>)>,
}

impl Sections {
    fn parse(bytes: Cow<'static, [u8]>, trust: Trust) -> Result<Self, PackError> {
        let body = body(bytes, trust)?;
        let mut sections = Vec::new();
        let mut at = 0;
        while at < body.len() {
            let header = body.get(at..).and_then(|rest| rest.first_chunk()).ok_or(PackError::Truncated)?;
            let &[tag, a, b, c, d] = header;
            let start = at + header.len();
            let end = start.checked_add(u32::from_le_bytes([a, b, c, d]) as usize);
            at = end.filter(|end| *end <= body.len()).ok_or(PackError::Truncated)?;
            if sections.len() == MOST_SECTIONS {
                return Err(PackError::Invalid("number of sections"));
            }
            sections.push((tag, start..at));
        }
        Ok(Self { body, sections })
    }

    fn all(&self, tag: Tag) -> impl Iterator<Item = Range<usize>> + '_ {
        self.sections.iter().filter(move |(found, _)| *found == tag as u8).map(|(_, range)| range.clone())
    }

    fn texts(&self, tag: Tag) -> impl Iterator<Item = Option<&str>> {
        self.all(tag).map(|range| self.body.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()))
    }

    /// The one section of this tag; of a pack in the program not copied.
    fn one(&self, tag: Tag, what: &'static str) -> Result<Cow<'static, [u8]>, PackError> {
        let mut all = self.all(tag);
        let range = all.next().ok_or(PackError::Missing(what))?;
        if all.next().is_some() {
            return Err(PackError::Invalid(what));
        }
        Ok(match &self.body {
            Cow::Borrowed(body) => Cow::Borrowed(body.get(range).unwrap_or_default()),
            Cow::Owned(body) => Cow::Owned(body.get(range).unwrap_or_default().to_vec()),
        })
    }
}

/// What comes after the header, inflated.
pub(crate) fn body(pack: Cow<'static, [u8]>, trust: Trust) -> Result<Cow<'static, [u8]>, PackError> {
    if !pack.starts_with(&MAGIC) {
        return Err(PackError::NotAPack);
    }
    let header: &[u8; HEADER] = pack.first_chunk().ok_or(PackError::Truncated)?;
    let &[.., version, form, _, _, l0, l1, l2, l3, s0, s1, s2, s3] = header;
    if version != VERSION {
        return Err(PackError::Version(version));
    }
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let checksum = u32::from_le_bytes([s0, s1, s2, s3]);
    if length > LARGEST {
        return Err(PackError::TooLarge(length as u64));
    }
    let body = match form {
        STORED => after_header(pack),
        DEFLATED => Cow::Owned(inflated(pack.get(HEADER..).unwrap_or_default(), length)?),
        _ => return Err(PackError::Invalid("form")),
    };
    if body.len() != length {
        return Err(if body.len() < length { PackError::Truncated } else { PackError::Invalid("length") });
    }
    if trust == Trust::Checked && adler2::adler32_slice(&body) != checksum {
        return Err(PackError::Damaged);
    }
    Ok(body)
}

fn after_header(pack: Cow<'static, [u8]>) -> Cow<'static, [u8]> {
    match pack {
        Cow::Borrowed(pack) => Cow::Borrowed(pack.get(HEADER..).unwrap_or_default()),
        Cow::Owned(mut pack) => {
            pack.drain(..HEADER.min(pack.len()));
            Cow::Owned(pack)
        }
    }
}

fn inflated(stream: &[u8], length: usize) -> Result<Vec<u8>, PackError> {
    decompress_to_vec_zlib_with_limit(stream, length).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => PackError::Invalid("length"),
        TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => PackError::Truncated,
        _ => PackError::Damaged,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{built_in, compressed, write};
    use super::*;
    use proptest::prelude::*;

    fn english() -> &'static [u8] {
        built_in().find(|(name, _)| *name == "en").unwrap().1
    }

    fn body_of(sections: &[(Tag, &[u8])]) -> Vec<u8> {
        let section = |(tag, content): &(Tag, &[u8])| {
            [&[*tag as u8], (content.len() as u32).to_le_bytes().as_slice(), content].concat()
        };
        sections.iter().flat_map(section).collect()
    }

    fn pack(form: u8, body: &[u8]) -> Vec<u8> {
        let content =
            if form == DEFLATED { miniz_oxide::deflate::compress_to_vec_zlib(body, 6) } else { body.to_vec() };
        [write::header(form, body).as_slice(), &content].concat()
    }

    fn small(form: u8) -> Vec<u8> {
        let voice = b"gmw/xx\0name X\n";
        pack(form, &body_of(&[(Tag::Name, b"xx"), (Tag::Voice, voice), (Tag::Dictionary, &[7; 300])]))
    }

    fn parse(bytes: impl Into<Vec<u8>>) -> Result<LanguagePack, PackError> {
        LanguagePack::parse(Cow::Owned(bytes.into()), Trust::Checked)
    }

    #[test]
    fn both_forms_hold_the_same() {
        let file = compressed(english()).unwrap();
        assert!(file.len() < english().len() * 7 / 10, "{} of {}", file.len(), english().len());
        let (stored, deflated) = (parse(english()).unwrap(), parse(file).unwrap());
        assert_eq!((&stored.name, &stored.voices), (&deflated.name, &deflated.voices));
        assert_eq!(*stored.dictionary, *deflated.dictionary);
        assert_eq!(stored.name, "en");
        let american = stored.voices.iter().find(|(file, _)| file == "gmw/en-US").unwrap();
        assert!(american.1.contains("phonemes en-us\ndictrules 3 6\nreplace 03 I i\n"), "{american:?}");
    }

    #[test]
    fn what_is_in_the_program_is_not_copied() {
        let english = english();
        let pack = LanguagePack::parse(Cow::Borrowed(english), Trust::BuiltIn).unwrap();
        assert!(english.as_ptr_range().contains(&pack.dictionary.as_ptr()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |bytes: &[u8]| parse(bytes).map(|_| ()).unwrap_err();
        assert_eq!(error(b""), PackError::NotAPack);
        assert_eq!(error(b"PK"), PackError::NotAPack);
        assert_eq!(error(&MAGIC), PackError::Truncated);
        for form in [STORED, DEFLATED] {
            let good = small(form);
            assert_eq!(parse(good.clone()).unwrap().dictionary.len(), 300);
            for end in MAGIC.len()..good.len() {
                assert_eq!(error(&good[..end]), PackError::Truncated, "{end}");
            }
            let with = |at: usize, byte: u8| {
                let mut bytes = good.clone();
                bytes[at] = byte;
                error(&bytes)
            };
            assert_eq!(with(8, 2), PackError::Version(2));
            assert_eq!(with(9, 9), PackError::Invalid("form"));
            assert_eq!(with(15, 0xff), PackError::TooLarge(0xff00_0000 + with_length(&good)));
            assert_eq!(with(16, good[16].wrapping_add(1)), PackError::Damaged);
            assert_eq!(with(12, good[12] - 1), PackError::Invalid("length"));
        }
        let shared = built_in().next().unwrap();
        assert_eq!((shared.0, error(shared.1)), ("shared", PackError::Missing("name")));
        let shared = SharedPack::parse(Cow::Borrowed(english()), Trust::Checked);
        assert_eq!(shared.unwrap_err(), PackError::Missing("phoneme tables"));
        let sections = |sections: &[(Tag, &[u8])]| error(&pack(STORED, &body_of(sections)));
        assert_eq!(sections(&[(Tag::Name, b"xx")]), PackError::Missing("dictionary"));
        assert_eq!(sections(&[(Tag::Name, b"xx"), (Tag::Name, b"yy")]), PackError::Invalid("name"));
        assert_eq!(sections(&[(Tag::Name, b"../x"), (Tag::Dictionary, b"")]), PackError::Invalid("name"));
        assert_eq!(sections(&[(Tag::Name, b"x"), (Tag::Voice, b"x")]), PackError::Invalid("voice"));
        assert_eq!(sections(&[(Tag::Voice, b"x".as_slice()); 300]), PackError::Invalid("number of sections"));
        assert_eq!(error(&pack(STORED, &[1, 255, 255, 255, 255])), PackError::Truncated);
    }

    fn with_length(pack: &[u8]) -> u64 {
        u64::from(u32::from_le_bytes([pack[12], pack[13], pack[14], 0]))
    }

    #[test]
    fn a_small_file_does_not_become_a_large_one() {
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 40 << 20], 9);
        let mut bytes = small(DEFLATED);
        bytes.truncate(HEADER);
        bytes.extend(bomb);
        assert_eq!(parse(bytes).unwrap_err(), PackError::Invalid("length"));
    }

    proptest! {
        #[test]
        fn edited_packs_are_packs_or_errors(
            deflated in any::<bool>(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = small(if deflated { DEFLATED } else { STORED });
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            // Without the checksum more of it is reached.
            let _ = LanguagePack::parse(Cow::Owned(bytes.clone()), Trust::BuiltIn);
            let _ = SharedPack::parse(Cow::Owned(bytes.clone()), Trust::BuiltIn);
            let _ = parse(bytes);
        }
    }
}
