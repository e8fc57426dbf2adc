//! Digests that catalogues promise.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use md5::Md5;
use sha2::Sha256;

/// What a file's content must hash to, in small hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Digest {
    /// Of our own catalogues.
    Sha256(String),
    /// Of Piper's: it tells damage, not malice.
    Md5(String),
}

impl Digest {
    /// Of these digits; `None` if they are not `digits` many, small and hexadecimal.
    pub(crate) fn hex(text: &str, digits: usize) -> Option<String> {
        let hex = text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| text.to_owned())
    }

    /// Whether a file, from its start, has it.
    pub(crate) fn is_of(&self, file: &mut File) -> io::Result<bool> {
        file.seek(SeekFrom::Start(0))?;
        Ok(match self {
            Self::Sha256(promised) => *promised == hash::<Sha256>(file)?,
            Self::Md5(promised) => *promised == hash::<Md5>(file)?,
        })
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "SHA-256",
            Self::Md5(_) => "MD5",
        }
    }
}

/// The SHA-256 of all that there is to read, in small hexadecimal digits.
///
/// # Errors
/// Reading's.
pub fn sha256(reader: impl Read) -> io::Result<String> {
    hash::<Sha256>(reader)
}

fn hash<H: sha2::Digest>(mut reader: impl Read) -> io::Result<String> {
    let mut hasher = H::new();
    let mut piece = vec![0; 256 << 10];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            Ok(count) => hasher.update(&piece[..count]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"abc").unwrap();
        // FIPS 180-2, appendix B.1, and RFC 1321, appendix A.5.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        let md5 = "900150983cd24fb0d6963f7d28e17f72".to_owned();
        assert!(Digest::Sha256(sha256.clone()).is_of(&mut file).unwrap());
        assert!(Digest::Md5(md5.clone()).is_of(&mut file).unwrap());
        assert!(!Digest::Md5(md5.replace('9', "8")).is_of(&mut file).unwrap());
        assert_eq!(Digest::hex(&sha256, 64), Some(sha256.clone()));
        assert_eq!([&sha256.to_uppercase(), &sha256[1..], "g"].map(|text| Digest::hex(text, 64)), [None, None, None]);
    }
}
