//! A file that is not all here yet.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use same_file::Handle;

use crate::{Digest, Error, ErrorKind, Result};

/// Bytes of an ETag that is worth keeping.
const MAX_ETAG: usize = 256;

/// What is here of a file: `.FILE.part` beside `FILE`, and in `.FILE.part.etag` which version it is of. It is locked as long
/// as this lives, against other threads and other processes, and unlocked by the system however they end.
pub(crate) struct Part {
    target: PathBuf,
    path: PathBuf,
    file: File,
    bytes: u64,
    etag: Option<String>,
}

impl Part {
    /// What an earlier download left, or nothing yet.
    pub(crate) fn open(target: PathBuf) -> Result<Self> {
        let path = beside(&target, ".part");
        let wrong = |e: &io::Error| Error::writing(&path, e);
        // Writing must not go elsewhere.
        if path.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
            fs::remove_file(&path).map_err(|e| wrong(&e))?;
        }
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|e| wrong(&e))?;
        let busy = || {
            let name = target.file_name().unwrap_or_default().display();
            Error::new(ErrorKind::Busy, format!("{name} is being fetched already; wait for that to end"))
        };
        match file.try_lock() {
            // Some network file systems know no locks.
            Ok(()) => {}
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(wrong(&e)),
            Err(TryLockError::WouldBlock) => return Err(busy()),
        }
        // Between opening and locking it, another may have put it in place.
        let ours = file.try_clone().and_then(Handle::from_file).map_err(|e| wrong(&e))?;
        if Handle::from_path(&path).ok() != Some(ours) {
            return Err(busy());
        }
        let bytes = file.seek(SeekFrom::End(0)).map_err(|e| wrong(&e))?;
        let etag = fs::read_to_string(beside(&target, ".part.etag")).ok().filter(|etag| is_strong(etag));
        Ok(Self { target, path, file, bytes, etag })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How much is here.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The version that it is of, if that is known.
    pub(crate) fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// Begins again, with a file of this version.
    pub(crate) fn restart(&mut self, etag: Option<&str>) -> Result<()> {
        self.etag = etag.filter(|etag| is_strong(etag)).map(str::to_owned);
        self.bytes = 0;
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|e| Error::writing(&self.path, &e))?;
        let sidecar = beside(&self.target, ".part.etag");
        match &self.etag {
            Some(etag) => fs::write(&sidecar, etag).map_err(|e| Error::writing(&sidecar, &e)),
            None => {
                forget(&sidecar);
                Ok(())
            }
        }
    }

    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<()> {
        // After an error the file ends where writing did, and is gone on with from there.
        self.file.write_all(piece).map_err(|e| Error::writing(&self.path, &e))?;
        self.bytes += piece.len() as u64;
        Ok(())
    }

    pub(crate) fn has(&mut self, digest: &Digest) -> Result<bool> {
        let is = digest.is_of(&mut self.file).and_then(|is| self.file.seek(SeekFrom::End(0)).map(|_| is));
        is.map_err(|e| Error::reading(&self.path, &e))
    }

    /// Waits until all of it is on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|e| Error::writing(&self.path, &e))
    }

    /// Makes it the file.
    pub(crate) fn put_in_place(self) -> Result<()> {
        fs::rename(&self.path, &self.target).map_err(|e| Error::writing(&self.target, &e))?;
        forget(&beside(&self.target, ".part.etag"));
        Ok(())
    }

    /// Leaves nothing of it.
    pub(crate) fn discard(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Part {
    /// Where nothing is here, nothing is left. It is locked still, so it is nobody else's.
    fn drop(&mut self) {
        if self.bytes == 0 {
            forget(&self.path);
            forget(&beside(&self.target, ".part.etag"));
        }
    }
}

/// Whether an ETag tells versions apart to the byte (RFC 9110, section 8.8.3), and can be sent back.
fn is_strong(etag: &str) -> bool {
    let quoted = etag.len() >= 2 && etag.starts_with('"') && etag.ends_with('"');
    quoted && etag.len() <= MAX_ETAG && etag.bytes().all(|b| b.is_ascii_graphic())
}

fn beside(target: &Path, ending: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}{ending}"))
}

fn forget(path: &Path) {
    if let Err(e) = fs::remove_file(path)
        && e.kind() != io::ErrorKind::NotFound
    {
        log::warn!("{}: cannot be removed: {e}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn names(place: &TempDir) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn grows_over_several_openings() {
        let place = TempDir::new().unwrap();
        let target = place.path().join("a.onnx");
        let mut part = Part::open(target.clone()).unwrap();
        part.write(b"foreign").unwrap();
        part.restart(Some("\"1\"")).unwrap();
        part.write(b"ab").unwrap();
        drop(part);
        let mut part = Part::open(target.clone()).unwrap();
        assert_eq!((part.bytes(), part.etag()), (2, Some("\"1\"")));
        part.write(b"c").unwrap();
        assert!(part.has(&Digest::Md5("900150983cd24fb0d6963f7d28e17f72".to_owned())).unwrap());
        part.write(b"d").unwrap();
        part.put_in_place().unwrap();
        assert_eq!((fs::read(&target).unwrap().as_slice(), names(&place)), (&b"abcd"[..], vec!["a.onnx".to_owned()]));
    }

    #[test]
    fn only_strong_etags_are_kept() {
        let place = TempDir::new().unwrap();
        let target = place.path().join("a.onnx");
        let mut part = Part::open(target.clone()).unwrap();
        part.restart(Some("\"1\"")).unwrap();
        for etag in ["W/\"1\"", "", "\"", "1", "\"a b\"", "\"a\r\nx: y\"", &format!("\"{}\"", "x".repeat(300))] {
            part.restart(Some(etag)).unwrap();
            assert_eq!((part.etag(), names(&place).len()), (None, 1), "{etag}");
        }
        part.discard();
        assert!(names(&place).is_empty());
    }

    #[test]
    fn one_at_a_time() {
        let place = TempDir::new().unwrap();
        let target = place.path().join("a.onnx");
        let part = Part::open(target.clone()).unwrap();
        let busy = |target: &Path| Part::open(target.to_owned()).map(|_| ()).unwrap_err().kind();
        assert_eq!(busy(&target), ErrorKind::Busy);
        assert!(Part::open(place.path().join("b.onnx")).is_ok());
        part.put_in_place().unwrap();
        assert_eq!(Part::open(target).unwrap().bytes(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_folders_in_its_place() {
        let place = TempDir::new().unwrap();
        let elsewhere = place.path().join("elsewhere");
        fs::write(&elsewhere, "kept").unwrap();
        std::os::unix::fs::symlink(&elsewhere, place.path().join(".a.onnx.part")).unwrap();
        Part::open(place.path().join("a.onnx")).unwrap().write(b"x").unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"kept");
        fs::create_dir(place.path().join(".b.onnx.part")).unwrap();
        let error = Part::open(place.path().join("b.onnx")).map(|_| ()).unwrap_err();
        assert!(error.kind() == ErrorKind::Io && error.to_string().contains(".b.onnx.part"), "{error}");
    }
}
