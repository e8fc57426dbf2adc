//! `packs FOLDER` writes the packs of all built-in languages as files, deflated, `en.pack` and so on.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use chanter_phonemizer::{built_in_packs, compressed_pack};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    let mut total = 0;
    for (name, pack) in built_in_packs().filter(|(name, _)| *name != "shared") {
        let file = compressed_pack(pack)?;
        total += file.len();
        fs::write(folder.join(name).with_extension("pack"), file)?;
    }
    println!("{total} bytes of packs in {}", folder.display());
    Ok(())
}
