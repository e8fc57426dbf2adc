//! Lines as they come, each in pieces: what is there of one can be spoken before the rest is written.

use std::io::{self, BufRead};

/// The lines of an input.
pub(crate) struct Lines<R> {
    input: R,
    /// The bytes of a character that is not whole yet.
    begun: Vec<u8>,
}

/// Why a line cannot be read.
#[derive(Debug)]
pub(crate) enum Trouble {
    Read(io::Error),
    NotUtf8,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, begun: Vec::new() }
    }

    /// The next line; none at the end. The one before must have been read to its end.
    pub(crate) fn line(&mut self) -> Option<Pieces<'_, R>> {
        // What cannot be read is told with the first piece.
        let ended = loop {
            match self.input.fill_buf() {
                Ok(bytes) => break bytes.is_empty(),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break false,
            }
        };
        (!ended).then(|| Pieces { lines: self, ended: false, begun: false, space: String::new() })
    }
}

/// The pieces of one line, without the white space around it: as much as has come when one is asked for.
pub(crate) struct Pieces<'l, R> {
    lines: &'l mut Lines<R>,
    ended: bool,
    /// Something other than white space has come.
    begun: bool,
    /// White space that belongs to the line if more of it comes.
    space: String,
}

impl<R: BufRead> Pieces<'_, R> {
    /// What has come, as far as its characters are whole.
    fn read(&mut self) -> Result<String, Trouble> {
        let Lines { input, begun } = &mut *self.lines;
        let bytes = match input.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(String::new()),
            bytes => bytes.map_err(Trouble::Read)?,
        };
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        self.ended = bytes.is_empty() || line.len() < bytes.len();
        begun.extend_from_slice(line);
        let read = line.len() + usize::from(line.len() < bytes.len());
        input.consume(read);
        whole_characters(begun, self.ended)
    }

    /// Takes off what is around the line.
    fn trimmed(&mut self, mut text: &str) -> String {
        if !self.begun {
            // Windows begins files with a byte order mark.
            text = text.trim_start_matches('\u{feff}').trim_start();
            self.begun = !text.is_empty();
        }
        let inner = text.trim_end();
        let space = text.get(inner.len()..).unwrap_or_default();
        if inner.is_empty() {
            self.space.push_str(space);
            return String::new();
        }
        std::mem::replace(&mut self.space, space.to_owned()) + inner
    }
}

impl<R: BufRead> Iterator for Pieces<'_, R> {
    type Item = Result<String, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.read() {
                Ok(text) => {
                    let piece = self.trimmed(&text);
                    if !piece.is_empty() {
                        return Some(Ok(piece));
                    }
                }
                Err(trouble) => {
                    self.ended = true;
                    return Some(Err(trouble));
                }
            }
        }
        None
    }
}

/// A whole input as it comes, for what is not made of lines.
pub(crate) struct Document<R> {
    input: R,
    begun: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Document<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, begun: Vec::new(), ended: false }
    }

    fn read(&mut self) -> Result<String, Trouble> {
        let bytes = match self.input.fill_buf() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(String::new()),
            bytes => bytes.map_err(Trouble::Read)?,
        };
        self.ended = bytes.is_empty();
        self.begun.extend_from_slice(bytes);
        let read = bytes.len();
        self.input.consume(read);
        whole_characters(&mut self.begun, self.ended)
    }
}

impl<R: BufRead> Iterator for Document<R> {
    type Item = Result<String, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let piece = self.read();
            self.ended |= piece.is_err();
            if piece.as_ref().map_or(true, |piece| !piece.is_empty()) {
                return Some(piece);
            }
        }
        None
    }
}

/// Takes what has come, as far as its characters are whole.
fn whole_characters(begun: &mut Vec<u8>, ended: bool) -> Result<String, Trouble> {
    let whole = match std::str::from_utf8(begun) {
        Ok(all) => all.len(),
        Err(e) if e.error_len().is_none() && !ended => e.valid_up_to(),
        Err(_) => return Err(Trouble::NotUtf8),
    };
    let rest = begun.split_off(whole);
    String::from_utf8(std::mem::replace(begun, rest)).map_err(|_| Trouble::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Drops<'t>(&'t [u8], usize);

    impl io::Read for Drops<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let (now, later) = self.0.split_at(self.1.min(to.len()).min(self.0.len()));
            to[..now.len()].copy_from_slice(now);
            self.0 = later;
            Ok(now.len())
        }
    }

    fn lines(bytes: &[u8], drop: usize) -> Vec<Vec<String>> {
        let mut lines = Lines::new(io::BufReader::new(Drops(bytes, drop)));
        let mut all = Vec::new();
        while let Some(line) = lines.line() {
            all.push(line.map(|piece| piece.unwrap_or_else(|trouble| format!("{trouble:?}"))).collect());
        }
        all
    }

    #[test]
    fn lines_are_trimmed_however_they_come() {
        let text = "\u{feff} One é line. \r\n\n  \t\r\n\u{feff}two  two\n three";
        let expected = ["One é line.", "", "", "two  two", "three"];
        for drop in [1, 2, 3, 5, 100] {
            let lines: Vec<String> = lines(text.as_bytes(), drop).iter().map(|line| line.concat()).collect();
            assert_eq!(lines, expected, "{drop} bytes at a time");
        }
        assert!(lines(b"", 1).is_empty());
        assert_eq!(lines(b"\n", 1), [Vec::<String>::new()]);
    }

    #[test]
    fn a_piece_is_what_has_come() {
        // The é is cut in two.
        assert_eq!(lines("ab cé".as_bytes(), 5), [["ab c", "é"]]);
        assert_eq!(lines("ab  c".as_bytes(), 3), [["ab", "  c"]]);
    }

    #[test]
    fn a_document_comes_as_it_is() {
        let text = "\u{feff} é\n\n ü ";
        for drop in [1, 2, 3, 100] {
            let document = Document::new(io::BufReader::new(Drops(text.as_bytes(), drop)));
            assert_eq!(document.map(Result::unwrap).collect::<String>(), text, "{drop} bytes at a time");
        }
        let broken = Document::new(io::BufReader::new(Drops(b"ab\xff cd", 2)));
        assert!(matches!(broken.last(), Some(Err(Trouble::NotUtf8))));
    }

    #[test]
    fn what_is_no_text_is_told() {
        for bytes in [&b"ab\xff cd"[..], b"ab\xc3", b"ab\xc3\ncd"] {
            let pieces = lines(bytes, 2).concat();
            assert!(pieces.contains(&"NotUtf8".to_owned()), "{pieces:?}");
        }
    }
}
