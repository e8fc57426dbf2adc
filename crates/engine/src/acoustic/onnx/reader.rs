//! Messages of protobuf (<https://protobuf.dev/programming-guides/encoding/>), found in a file without reading it whole.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use prost::Message;

use crate::{Error, ErrorKind, Result};

/// The most nodes and initializers that are read; Piper's graphs have about 6,500.
const MAX_ITEMS: usize = 200_000;
/// The largest of a graph's parts.
const MAX_ITEM_BYTES: u64 = 256 << 20;

/// Where the bytes of a voice come from: a file, or memory.
pub(crate) trait Source: Read + Seek + Send {
    /// Only these bytes will be read from now on.
    fn keep(&mut self, _: &[Range<u64>]) {}
}

impl Source for File {}
impl<T: AsRef<[u8]> + Send> Source for Cursor<T> {}

/// A file of messages.
pub(super) struct Reader(BufReader<Box<dyn Source>>);

/// One field of a message.
pub(super) struct Field {
    pub(super) number: u64,
    pub(super) value: Value,
    /// All of its bytes, its number included.
    pub(super) whole: Range<u64>,
}

/// What a field holds.
pub(super) enum Value {
    Varint(u64),
    Bytes(Range<u64>),
}

impl Reader {
    pub(super) fn new(source: Box<dyn Source>) -> Self {
        Self(BufReader::new(source))
    }

    /// Bytes of the file.
    pub(super) fn length(&mut self) -> Result<u64> {
        self.0.seek(SeekFrom::End(0)).map_err(unreadable)
    }

    /// Only these bytes will be read from now on.
    pub(super) fn keep(&mut self, spans: &[Range<u64>]) {
        self.0.get_mut().keep(spans);
    }

    /// The fields of the message that fills `span`, without their contents.
    pub(super) fn fields(&mut self, span: Range<u64>) -> Result<Vec<Field>> {
        let mut fields = Vec::new();
        let mut at = span.start;
        self.seek(at)?;
        while at < span.end {
            let start = at;
            let key = self.varint(&mut at)?;
            let value = match key & 7 {
                0 => Value::Varint(self.varint(&mut at)?),
                1 => self.skip(&mut at, 8, span.end)?,
                2 => {
                    let length = self.varint(&mut at)?;
                    self.skip(&mut at, length, span.end)?
                }
                5 => self.skip(&mut at, 4, span.end)?,
                wire => return Err(not_onnx(&format!("wire type {wire} at byte {at}"))),
            };
            if fields.len() == MAX_ITEMS {
                return Err(not_onnx(&format!("more than {MAX_ITEMS} items")));
            }
            fields.push(Field { number: key >> 3, value, whole: start..at });
        }
        Ok(fields)
    }

    /// The message that fills `span`.
    pub(super) fn message<M: Message + Default>(&mut self, span: Range<u64>) -> Result<M> {
        let mut bytes = Vec::new();
        self.append(span, &mut bytes)?;
        decode(&bytes)
    }

    /// Appends the bytes of `span`.
    pub(super) fn append(&mut self, span: Range<u64>, to: &mut Vec<u8>) -> Result<()> {
        let length = span.end - span.start;
        if length > MAX_ITEM_BYTES {
            let message = format!("a part of the voice has {length} bytes; the limit is {MAX_ITEM_BYTES}");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        self.seek(span.start)?;
        let start = to.len();
        to.resize(start + length as usize, 0);
        self.0.read_exact(to.get_mut(start..).unwrap_or_default()).map_err(unreadable)
    }

    /// The f32 that fill `span`, least significant byte first.
    pub(super) fn floats(&mut self, span: Range<u64>) -> Result<Vec<f32>> {
        const BLOCK: usize = 1 << 16;
        let mut left = (span.end - span.start) as usize / 4 * 4;
        let mut floats = Vec::with_capacity(left / 4);
        let mut block = vec![0; BLOCK.min(left)];
        self.seek(span.start)?;
        while left > 0 {
            block.truncate(left);
            self.0.read_exact(&mut block).map_err(unreadable)?;
            floats.extend(block.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)));
            left -= block.len();
        }
        Ok(floats)
    }

    fn varint(&mut self, at: &mut u64) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.0.read_exact(&mut byte).map_err(unreadable)?;
            *at += 1;
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(value);
            }
        }
        Err(not_onnx(&format!("a number at byte {at} has no end")))
    }

    fn skip(&mut self, at: &mut u64, length: u64, end: u64) -> Result<Value> {
        let start = *at;
        if length > end.saturating_sub(start) {
            return Err(not_onnx(&format!("it is truncated: {length} bytes announced at byte {start}")));
        }
        *at += length;
        self.0.seek_relative(length as i64).map_err(unreadable)?;
        Ok(Value::Bytes(start..*at))
    }

    fn seek(&mut self, to: u64) -> Result<()> {
        let here = self.0.stream_position().map_err(unreadable)?;
        self.0.seek_relative(to as i64 - here as i64).map_err(unreadable)
    }
}

/// A message from its bytes.
pub(super) fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|e| not_onnx("a part of it is malformed").with_source(e))
}

pub(crate) fn not_onnx(why: &str) -> Error {
    Error::new(ErrorKind::Voice, format!("the voice is no ONNX model: {why}"))
}

fn unreadable(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        not_onnx("it is truncated")
    } else {
        Error::new(ErrorKind::Io, "the voice cannot be read").with_source(error)
    }
}
