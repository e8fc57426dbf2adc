//! Where the translator finds espeak-ng's data: embedded in the program, and written out, since it reads files only.

use std::{env, fs, io, path::Path, path::PathBuf, sync::OnceLock};

use crate::Error;

/// The version of the data crates; part of the folder's name, so that programs of several versions do not meet.
const VERSION: &str = "0.2.0";

/// The languages that words in their scripts are handed to when another language meets them.
const SCRIPTS: [&str; 12] = ["ar", "bn", "gu", "hi", "hy", "ka", "kn", "ko", "ml", "pa", "si", "ta"];

/// What an embedded file is called, under the data folder, and what is in it.
type File = (&'static str, &'static [u8]);

fn dictionaries() -> impl Iterator<Item = File> {
    let files = espeak_ng_data_dict_en::ALL_FILES.iter();
    #[cfg(feature = "all-languages")]
    let files = files
        .chain(espeak_ng_data_dicts::ALL_FILES.iter().filter(|(name, _)| *name != "en_dict"))
        .chain(espeak_ng_data_dict_fo::ALL_FILES)
        .chain(espeak_ng_data_dict_ps::ALL_FILES)
        .chain(espeak_ng_data_dict_ru::ALL_FILES);
    files.copied()
}

/// The files that a language's phonemes come from, or `None` if it is not among the embedded ones.
///
/// Not simply all of them: the translator reads through whatever is under `lang/` several times a clause.
/// `phondata` is sound and not needed at all.
fn files_of(base: &str) -> Option<Vec<File>> {
    // These use the dictionary of another language.
    let dictionary = match base {
        "nb" => "no",
        "hyw" => "hy",
        "ltg" => "lv",
        other => other,
    };
    let is = |name: &str, language: &str| name.strip_suffix("_dict") == Some(language);
    dictionaries().find(|(name, _)| is(name, dictionary))?;

    let dictionaries = dictionaries()
        .filter(|(name, _)| is(name, dictionary) || is(name, "en") || SCRIPTS.iter().any(|script| is(name, script)));
    let core = espeak_ng_data_phonemes::ALL_FILES.iter().copied().filter(|(name, _)| match name.rsplit_once('/') {
        None => matches!(*name, "phontab" | "phonindex" | "intonations"),
        Some((folder, name)) => {
            folder.starts_with("lang") && name.split('-').next().is_some_and(|part| part == base || part == "en")
        }
    });
    Some(core.chain(dictionaries).collect())
}

/// A folder with the data of the language that `base` is the first part of the name of: `en`, `pt`, `cmn`. The first use on a machine writes it,
/// 2 to 11 MB; later ones look whether it is whole.
///
/// It is in the user's cache folder, or else in a fresh private one for temporary files, which then stays behind.
pub(crate) fn folder(base: &str) -> Result<PathBuf, Error> {
    let files = files_of(base).ok_or_else(|| Error::UnknownLanguage(base.into()))?;
    let cached = match cache_folder() {
        Some(cache) => install(&files, cache.join("chanter").join(format!("espeak-ng-data-{VERSION}")).join(base)),
        None => Err("there is no cache folder".into()),
    };
    cached.or_else(|cached| {
        let temporary = temporary_folder().and_then(|folder| install(&files, folder.join(base)));
        temporary.map_err(|temporary| Error::Data(format!("it cannot write its data: {cached}; {temporary}")))
    })
}

fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return named("LOCALAPPDATA");
    }
    let in_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(in_home)))
}

/// One private folder for this process.
fn temporary_folder() -> Result<&'static Path, String> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    if let Some(folder) = FOLDER.get() {
        return Ok(folder);
    }
    let made = tempfile::Builder::new().prefix("chanter-").tempdir();
    let made = made.map_err(|error| format!("{}: {error}", env::temp_dir().display()))?;
    Ok(FOLDER.get_or_init(|| made.keep()))
}

/// Writes every file that is missing or has the wrong length. Each appears under its name only when it is whole,
/// so any number of processes may do this at once.
fn install(files: &[File], folder: PathBuf) -> Result<PathBuf, String> {
    for (name, bytes) in files {
        let path = folder.join(name);
        write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(folder)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_whole = || fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() == bytes.len() as u64);
    if is_whole() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(file.path(), bytes)?;
    match file.persist(path) {
        // Where a file in use cannot be replaced, another process has been faster.
        Err(error) if !is_whole() => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Barrier, thread};

    fn is_complete(folder: &Path, files: &[File]) -> bool {
        files.iter().all(|(name, bytes)| fs::read(folder.join(name)).unwrap() == *bytes)
    }

    #[test]
    fn several_may_install_at_once_and_a_short_file_is_repaired() {
        let files = files_of("en").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    install(&files, folder.path().into()).unwrap();
                });
            }
        });
        assert!(is_complete(folder.path(), &files));

        fs::write(folder.path().join("phontab"), b"half").unwrap();
        install(&files, folder.path().into()).unwrap();
        assert!(is_complete(folder.path(), &files));
        let left = fs::read_dir(folder.path())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".tmp"));
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, b"").unwrap();
        let error = install(&files_of("en").unwrap(), blocked.clone()).unwrap_err();
        assert!(error.starts_with(&blocked.display().to_string()), "{error}");
    }

    #[test]
    fn only_embedded_languages_have_files() {
        assert!(files_of("en").unwrap().iter().any(|(name, _)| *name == "lang/gmw/en-US"));
        for unknown in ["", "xx", "en_dict", "..", "e"] {
            assert!(files_of(unknown).is_none(), "{unknown}");
        }
    }
}
