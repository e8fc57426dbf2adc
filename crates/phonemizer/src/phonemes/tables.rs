//! The phonemes of each language, as `phontab` lists them.

use std::{borrow::Cow, fmt, sync::Arc};

use super::phoneme::{Kind, Phoneme};

/// Sizes in `phontab`, in bytes (`LoadPhData`, `PHONEME_TAB`).
const FILE_HEADER: usize = 4;
const TABLE_HEADER: usize = 4;
const TABLE_NAME: usize = 32;
const PHONEME: usize = 16;

/// Why data holds no phonemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidData {
    pub(crate) reason: &'static str,
}

impl fmt::Display for InvalidData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for InvalidData {}

fn invalid<T>(reason: &'static str) -> Result<T, InvalidData> {
    Err(InvalidData { reason })
}

/// Which of all tables' phonemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u16);

impl Id {
    pub(super) const NONE: Id = Id(u16::MAX);
}

/// The phonemes of all languages, and their programs.
#[derive(Debug)]
pub(crate) struct PhonemeTables {
    phonemes: Arc<[Phoneme]>,
    programs: Box<[u16]>,
    tables: Vec<Table>,
    names: Vec<Box<str>>,
    /// What stands for a number that no table has.
    empty: Table,
}

/// The phonemes of one language by their codes, those of the tables that it includes among them.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    phonemes: Arc<[Phoneme]>,
    ids: [Id; 256],
}

impl Table {
    /// The highest code, and one.
    pub(crate) fn len(&self) -> usize {
        self.ids.iter().rposition(|&id| id != Id::NONE).map_or(0, |last| last + 1)
    }

    pub(crate) fn get(&self, code: u8) -> Option<&Phoneme> {
        self.phonemes.get(usize::from(self.id(code).0))
    }

    pub(super) fn id(&self, code: u8) -> Id {
        self.ids[usize::from(code)]
    }

    /// As [`Table::get`], for where a phoneme is needed.
    pub(super) fn phoneme(&self, code: u8) -> &Phoneme {
        self.get(code).unwrap_or(&Phoneme::MISSING)
    }

    /// Puts another table's phonemes in place of its own, as far as that one's codes go.
    fn overlay(&mut self, other: &Table) {
        let Some(last) = other.ids.iter().rposition(|&id| id != Id::NONE) else { return };
        self.ids[..=last].copy_from_slice(&other.ids[..=last]);
    }

    /// All its phonemes, in the order of the codes by which they are found.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &Phoneme)> {
        (0..=u8::MAX).filter_map(|code| Some((code, self.get(code)?)))
    }
}

impl PhonemeTables {
    pub(crate) fn parse(phontab: &[u8], phonindex: &[u8]) -> Result<Self, InvalidData> {
        let programs = words(phonindex)?;
        let listed = Listing::parse(phontab, programs.len())?;
        let phonemes: Arc<[Phoneme]> = listed.phonemes.into();
        let empty = Table { phonemes: Arc::clone(&phonemes), ids: [Id::NONE; 256] };
        let mut tables = Vec::with_capacity(listed.tables.len());
        for number in 0..listed.tables.len() {
            let mut table = empty.clone();
            for &from in lineage(&listed.tables, number)?.iter().rev() {
                for id in listed.tables[from].phonemes.clone() {
                    table.ids[usize::from(phonemes[usize::from(id)].code)] = Id(id);
                }
            }
            tables.push(table);
        }
        let names = listed.tables.into_iter().map(|table| table.name).collect();
        Ok(PhonemeTables { phonemes, programs, tables, names, empty })
    }

    pub(crate) fn table_named(&self, name: &str) -> Option<u8> {
        self.names.iter().position(|known| **known == *name).and_then(|at| u8::try_from(at).ok())
    }

    /// The table of this number; an empty one if there is none.
    pub(crate) fn table(&self, number: u8) -> &Table {
        self.tables.get(usize::from(number)).unwrap_or(&self.empty)
    }

    pub(crate) fn name(&self, number: u8) -> &str {
        self.names.get(usize::from(number)).map_or("", |name| name)
    }

    pub(super) fn phoneme(&self, id: Id) -> &Phoneme {
        self.phonemes.get(usize::from(id.0)).unwrap_or(&Phoneme::MISSING)
    }

    /// One word of the programs.
    pub(super) fn word(&self, at: usize) -> Option<u16> {
        self.programs.get(at).copied()
    }
}

/// The table in use, which changes within a clause.
///
/// A table that comes into use leaves those codes as they are that lie beyond its last one. Programs that look at words
/// of another language can see them.
#[derive(Debug, Clone)]
pub(super) struct InUse<'a> {
    tables: &'a PhonemeTables,
    number: u8,
    table: Cow<'a, Table>,
}

impl<'a> InUse<'a> {
    pub(super) fn new(tables: &'a PhonemeTables, number: u8) -> Self {
        InUse { tables, number, table: Cow::Borrowed(tables.table(number)) }
    }

    pub(super) fn select(&mut self, number: u8) {
        if number != self.number {
            self.table.to_mut().overlay(self.tables.table(number));
            self.number = number;
        }
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }
}

fn words(phonindex: &[u8]) -> Result<Box<[u16]>, InvalidData> {
    let (pairs, rest) = phonindex.as_chunks::<2>();
    if !rest.is_empty() {
        return invalid("phonindex is not a list of 16-bit words");
    }
    Ok(pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect())
}

/// One table as the file has it.
struct Listed {
    name: Box<str>,
    includes: Option<usize>,
    phonemes: std::ops::Range<u16>,
}

/// What the file holds.
struct Listing {
    tables: Vec<Listed>,
    phonemes: Vec<Phoneme>,
}

impl Listing {
    fn parse(phontab: &[u8], programs: usize) -> Result<Self, InvalidData> {
        let Some((&[count, ..], mut rest)) = phontab.split_first_chunk::<FILE_HEADER>() else {
            return invalid("phontab has no header");
        };
        let mut listing = Listing { tables: Vec::with_capacity(usize::from(count)), phonemes: Vec::new() };
        for _ in 0..count {
            listing.add_table(&mut rest, programs)?;
        }
        if listing.tables.is_empty() {
            return invalid("phontab has no tables");
        }
        Ok(listing)
    }

    fn add_table(&mut self, rest: &mut &[u8], programs: usize) -> Result<(), InvalidData> {
        let (&[count, includes, ..], after) = split::<TABLE_HEADER>(rest)?;
        let (name, mut after) = split::<TABLE_NAME>(after)?;
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        let Ok(name) = std::str::from_utf8(name) else {
            return invalid("the name of a table in phontab is not UTF-8");
        };
        // 255 tables of 255 phonemes fit.
        let start = self.phonemes.len() as u16;
        for _ in 0..count {
            let bytes;
            (bytes, after) = split::<PHONEME>(after)?;
            let phoneme = phoneme(bytes);
            if usize::from(phoneme.program) >= programs.max(1) {
                return invalid("a program of phontab lies outside phonindex");
            }
            self.phonemes.push(phoneme);
        }
        *rest = after;
        self.tables.push(Listed {
            name: name.into(),
            includes: usize::from(includes).checked_sub(1),
            phonemes: start..self.phonemes.len() as u16,
        });
        Ok(())
    }
}

fn split<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), InvalidData> {
    bytes.split_first_chunk().ok_or(InvalidData { reason: "phontab ends too early" })
}

fn phoneme(bytes: &[u8; PHONEME]) -> Phoneme {
    let &[m0, m1, m2, m3, f0, f1, f2, f3, p0, p1, code, kind, start_type, end_type, std_length, _] = bytes;
    Phoneme {
        mnemonic: u32::from_le_bytes([m0, m1, m2, m3]),
        flags: u32::from_le_bytes([f0, f1, f2, f3]),
        program: u16::from_le_bytes([p0, p1]),
        code,
        kind: Kind::from_number(kind),
        start_type,
        end_type,
        std_length,
    }
}

/// A table and those that it includes, one from the other; later ones give way to earlier ones.
fn lineage(tables: &[Listed], number: usize) -> Result<Vec<usize>, InvalidData> {
    let mut line = vec![number];
    let mut includes = tables[number].includes;
    while let Some(from) = includes {
        if from >= tables.len() {
            return invalid("a table of phontab includes one that is not there");
        }
        if line.len() == tables.len() {
            return invalid("tables of phontab include each other");
        }
        line.push(from);
        includes = tables[from].includes;
    }
    Ok(line)
}
