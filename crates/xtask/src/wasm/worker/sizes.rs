//! What the Worker's script is made of: its size, and by the linker's map the share of each crate.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use crate::{Done, files, root};

/// What it may have, its voice apart.
const MOST: usize = 12 << 20;
/// Smaller shares are not named.
const LEAST: usize = 50_000;
const OTHERS: &str = "others";
/// Their parts made for others' types count as the others'.
const STANDARD: [&str; 4] = ["core", "alloc", "std", "hashbrown"];

/// Prints it.
///
/// # Errors
/// Where it is too large.
pub(super) fn report(folder: &Path, map: &Path) -> Done {
    let script = files::read(&folder.join("index.js"))?;
    let module = files::read(&folder.join("index_bg.wasm"))?;
    let map = String::from_utf8_lossy(&files::read(map)?).into_owned();
    println!("{:<32}{:>12}", "", "bytes");
    for (name, bytes) in shares(&map) {
        println!("{name:<32}{bytes:>12}");
    }
    let voice = files::read(&root().join("models/en_US-slt-tiny.onnx"))?.len();
    let bytes = script.len() + module.len();
    let without = bytes.saturating_sub(voice);
    println!("{:<32}{bytes:>12}, {} after gzip", "the script", gzip(&[script, module].concat())?);
    println!("{:<32}{without:>12}, of {MOST} at most", "without its voice");
    if without > MOST { Err("the Worker's script is too large".into()) } else { Ok(()) }
}

/// Bytes by crate, the largest first.
fn shares(map: &str) -> Vec<(String, usize)> {
    let mut shares: BTreeMap<String, usize> = BTreeMap::new();
    for line in map.lines() {
        let Some((bytes, symbol)) = piece(line) else { continue };
        *shares.entry(owner(symbol)).or_default() += bytes;
    }
    let (mut shares, small): (BTreeMap<_, _>, BTreeMap<_, _>) =
        shares.into_iter().partition(|(_, bytes)| *bytes >= LEAST);
    *shares.entry(OTHERS.to_owned()).or_default() += small.into_values().sum::<usize>();
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    shares
}

/// The size of an object's part, and its symbol: `address offset size object:(symbol)`.
fn piece(line: &str) -> Option<(usize, &str)> {
    let (columns, symbol) = line.split_once(":(")?;
    let size = columns.split_whitespace().nth(2)?;
    Some((usize::from_str_radix(size, 16).ok()?, symbol.strip_suffix(')')?))
}

/// The crate that a symbol, or the section with its name, is of.
fn owner(symbol: &str) -> String {
    let symbol = symbol.strip_prefix(".rodata.").unwrap_or(symbol);
    let name = rustc_demangle::demangle(symbol).to_string();
    let paths = name.match_indices("::").map(|(end, _)| {
        let path = &name[..end];
        let start = path.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        (start, &path[start..])
    });
    // A crate is what a path begins with.
    let crates = paths.filter(|(start, _)| !name[..*start].ends_with("::")).map(|(_, path)| path);
    let mut first = None;
    for name in crates.filter(|name| !name.is_empty()) {
        if !STANDARD.contains(&name) {
            return name.to_owned();
        }
        first.get_or_insert(name);
    }
    match first {
        Some(_) => "std".to_owned(),
        None if symbol.starts_with('.') => "constants".to_owned(),
        None => OTHERS.to_owned(),
    }
}

fn gzip(bytes: &[u8]) -> Result<usize, String> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map(|sent| sent.len()).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_map() {
        let map = "\
    Addr      Off     Size Out     In      Symbol
       -        a   c3500c CODE
       -       10    20000         /deps/a.o:(_ZN10tract_core3ops4pool17h0123456789abcdefE)
       -       10    20000                 _ZN10tract_core3ops4pool17h0123456789abcdefE
       -       30       10         /deps/a.o:(main)
  100000       30    10000         /deps/a.o:(.rodata._ZN10tract_core1x17h0123456789abcdefE)
";
        assert_eq!(shares(map), [("tract_core".to_owned(), 0x30000), (OTHERS.to_owned(), 0x10)]);
    }

    #[test]
    fn a_symbol_is_of_the_first_crate_that_is_not_rusts_own() {
        for (symbol, of) in [
            ("_ZN4core3ptr48drop_in_place$LT$tract_core..ops..pool..Pool$GT$17h0123456789abcdefE", "tract_core"),
            ("_ZN5alloc7raw_vec6finish17h0123456789abcdefE", "std"),
            ("_ZN56_$LT$prost..error..Error$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE", "prost"),
            (".rodata..Lanon.1", "constants"),
            ("memcpy", "others"),
        ] {
            assert_eq!(owner(symbol), of, "{symbol}");
        }
    }
}
