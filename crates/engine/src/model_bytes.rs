//! The bytes of a model as they arrive, in pages that are given back once they have been read.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::{Error, ErrorKind, Result};

/// Bytes of a page: few enough to be given back soon, enough that their room can hold a convolution's weights.
const PAGE: usize = 1 << 18;

/// A model in memory, for [`Voice::from_model_bytes`](crate::Voice::from_model_bytes): while a voice is loaded, its room
/// is given back piece by piece, so that model and voice are never whole in memory together.
#[derive(Debug, Default)]
pub struct ModelBytes {
    /// All but the last are full; given back where `None`.
    pages: Vec<Option<Vec<u8>>>,
    length: usize,
    position: u64,
}

impl ModelBytes {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] where there is no memory for them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.fill(bytes.len(), |part, room| room.copy_from_slice(&bytes[part]))
    }

    /// Adds `count` bytes, which `copy` puts in place: it gets ranges of them, one after another, and room for each.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn fill(&mut self, count: usize, mut copy: impl FnMut(Range<usize>, &mut [u8])) -> Result<()> {
        let mut done = 0;
        while done < count {
            let used = self.length % PAGE;
            if used == 0 {
                let mut page = Vec::new();
                page.try_reserve_exact(PAGE).map_err(|_| no_memory(self.length + count - done))?;
                self.pages.push(Some(page));
            }
            let Some(Some(page)) = self.pages.last_mut() else { break };
            let part = (PAGE - used).min(count - done);
            page.resize(used + part, 0);
            copy(done..done + part, &mut page[used..]);
            done += part;
            self.length += part;
        }
        Ok(())
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

fn no_memory(bytes: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("there is no memory for a voice of {bytes} bytes"))
}

impl Read for ModelBytes {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.position).unwrap_or(usize::MAX);
        let Some(page) = self.pages.get(at / PAGE).filter(|_| at < self.length) else { return Ok(0) };
        let page = page.as_ref().ok_or_else(|| io::Error::other("these bytes were given back"))?;
        let count = page[at % PAGE..].as_ref().read(to)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for ModelBytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.length as u64, by),
            SeekFrom::Current(by) => (self.position, by),
        };
        self.position = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl crate::acoustic::load::Source for ModelBytes {
    fn keep(&mut self, spans: &[Range<u64>]) {
        let mut wanted = vec![false; self.pages.len()];
        for span in spans.iter().filter(|span| !span.is_empty()) {
            let pages = span.start as usize / PAGE..=(span.end - 1) as usize / PAGE;
            wanted.get_mut(pages).unwrap_or_default().fill(true);
        }
        for (page, _) in self.pages.iter_mut().zip(wanted).filter(|(_, wanted)| !wanted) {
            *page = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|i| (i * i / 7) as u8).collect()
    }

    #[test]
    fn what_was_pushed_is_read() {
        let all = bytes(3 * PAGE + 100);
        let mut model = ModelBytes::default();
        assert!(model.is_empty());
        for piece in all.chunks(70_001) {
            model.push(piece).unwrap();
        }
        assert_eq!(model.len(), all.len());
        let mut read = Vec::new();
        model.read_to_end(&mut read).unwrap();
        assert!(read == all);
        let mut some = [0; 9];
        assert_eq!(model.seek(SeekFrom::End(-105)).unwrap(), (3 * PAGE - 5) as u64);
        model.read_exact(&mut some).unwrap();
        assert_eq!(some, all[3 * PAGE - 5..][..9]);
        assert_eq!(model.seek(SeekFrom::Current(4)).unwrap(), (3 * PAGE + 8) as u64);
        assert!(model.seek(SeekFrom::Current(i64::MIN)).is_err());
        model.seek(SeekFrom::Start(u64::MAX)).unwrap();
        assert_eq!(model.read(&mut some).unwrap(), 0);
    }

    #[test]
    fn pages_that_nobody_wants_are_given_back() {
        use crate::acoustic::load::Source;
        let all = bytes(5 * PAGE);
        let mut model = ModelBytes::default();
        model.push(&all).unwrap();
        let at = |page: usize| (page * PAGE) as u64;
        model.keep(&[at(1) + 5..at(1) + 6, 0..0, at(3) - 1..at(3) + 1]);
        let there: Vec<bool> = model.pages.iter().map(Option::is_some).collect();
        assert_eq!(there, [false, true, true, true, false]);
        let mut byte = [0];
        model.seek(SeekFrom::Start(at(3) - 1)).unwrap();
        model.read_exact(&mut byte).unwrap();
        assert_eq!(byte[0], all[3 * PAGE - 1]);
        model.seek(SeekFrom::Start(0)).unwrap();
        assert!(model.read_exact(&mut byte).unwrap_err().to_string().contains("given back"));
    }
}
