//! An ONNX file, read without holding it: the graph's structure at once, the weights when a stage asks for them.
//!
//! Field numbers are those of onnx.proto (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>).

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto};

use crate::{Error, ErrorKind, Result};

/// The largest voice that is read: Piper's largest are about 120 MB.
const MAX_BYTES: u64 = 1 << 30;
/// The most nodes and initializers that are read; Piper's graphs have about 6,500.
const MAX_ITEMS: usize = 200_000;
/// The largest of a graph's parts that is no weight.
const MAX_ITEM_BYTES: u64 = 256 << 20;

/// Where the bytes of a voice come from: a file, or memory.
pub(crate) trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// The structure of an ONNX graph, and the places of its weights.
pub(crate) struct OnnxFile {
    source: BufReader<Box<dyn Source>>,
    pub(crate) nodes: Vec<NodeProto>,
    pub(crate) inputs: Vec<ValueInfoProto>,
    pub(crate) outputs: Vec<ValueInfoProto>,
    initializers: HashMap<String, Range<u64>>,
    ir_version: i64,
    opset_import: Vec<OperatorSetIdProto>,
}

impl OnnxFile {
    /// Reads the structure of the graph.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] above 1 GiB; [`ErrorKind::Voice`] for bytes that are no ONNX graph.
    pub(crate) fn open(source: Box<dyn Source>) -> Result<Self> {
        let mut file = Self {
            source: BufReader::new(source),
            nodes: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            initializers: HashMap::new(),
            ir_version: 0,
            opset_import: Vec::new(),
        };
        let length = file.source.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if length > MAX_BYTES {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the voice has {length} bytes; the limit is {MAX_BYTES}"),
            ));
        }
        if length == 0 {
            return Err(not_onnx("it is empty"));
        }
        let mut graph = None;
        for field in file.fields(0..length)? {
            match (field.number, field.value) {
                (1, Value::Varint(version)) => file.ir_version = version as i64,
                (7, Value::Bytes(span)) => graph = Some(span),
                (8, Value::Bytes(span)) => {
                    let opset = file.message(span)?;
                    file.opset_import.push(opset);
                }
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| not_onnx("it holds no graph"))?;
        for field in file.fields(graph)? {
            let Value::Bytes(span) = field.value else { continue };
            match field.number {
                1 => {
                    let node = file.message(span)?;
                    file.nodes.push(node);
                }
                5 => {
                    let name = file.tensor_name(span.clone())?;
                    file.initializers.insert(name, span);
                }
                11 => {
                    let input = file.message(span)?;
                    file.inputs.push(input);
                }
                12 => {
                    let output = file.message(span)?;
                    file.outputs.push(output);
                }
                _ => {}
            }
        }
        Ok(file)
    }

    /// Whether `name` is a weight of the graph.
    pub(crate) fn is_initializer(&self, name: &str) -> bool {
        self.initializers.contains_key(name)
    }

    /// Bytes that a weight takes in the file; `None` where there is none of this name.
    pub(crate) fn initializer_bytes(&self, name: &str) -> Option<u64> {
        self.initializers.get(name).map(|span| span.end - span.start)
    }

    /// A graph of its own from some of the nodes, without the weights that they read.
    pub(crate) fn extract(&self, nodes: &[usize]) -> ModelProto {
        let node = nodes.iter().filter_map(|&i| self.nodes.get(i).cloned()).collect();
        ModelProto {
            ir_version: self.ir_version,
            opset_import: self.opset_import.clone(),
            graph: Some(GraphProto { node, ..Default::default() }),
            ..Default::default()
        }
    }

    /// A weight, by name.
    pub(crate) fn weight(&mut self, name: &str) -> Result<TensorProto> {
        let span = self.initializers.get(name).cloned();
        let span = span.ok_or_else(|| Error::new(ErrorKind::Voice, format!("tensor `{name}` is missing")))?;
        let tensor: TensorProto = self.message(span)?;
        if tensor.data_location.unwrap_or_default() != 0 {
            let message = format!("weight `{name}` lies in another file; a Piper voice is one file");
            return Err(Error::new(ErrorKind::Voice, message));
        }
        check_shape(name, &tensor)?;
        Ok(tensor)
    }

    /// Bytes of the weights that some of the nodes read.
    pub(crate) fn weight_bytes(&self, nodes: &[usize]) -> u64 {
        let read: HashSet<&String> =
            nodes.iter().filter_map(|&i| self.nodes.get(i)).flat_map(|node| &node.input).collect();
        read.into_iter().filter_map(|name| self.initializers.get(name)).map(|span| span.end - span.start).sum()
    }

    /// Forgets all other nodes; indices stay what they were.
    pub(crate) fn keep_only(&mut self, nodes: &[usize]) {
        let keep: HashSet<usize> = nodes.iter().copied().collect();
        for (i, node) in self.nodes.iter_mut().enumerate() {
            if !keep.contains(&i) {
                *node = NodeProto::default();
            }
        }
    }

    fn message<M: Message + Default>(&mut self, span: Range<u64>) -> Result<M> {
        let length = span.end - span.start;
        if length > MAX_ITEM_BYTES {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("a part of the voice has {length} bytes; the limit is {MAX_ITEM_BYTES}"),
            ));
        }
        let mut bytes = vec![0; length as usize];
        self.seek(span.start)?;
        self.source.read_exact(&mut bytes).map_err(unreadable)?;
        M::decode(&bytes[..]).map_err(|e| not_onnx("a part of it is malformed").with_source(e))
    }

    fn tensor_name(&mut self, span: Range<u64>) -> Result<String> {
        for field in self.fields(span)? {
            if let (8, Value::Bytes(name)) = (field.number, field.value) {
                let mut bytes = vec![0; (name.end - name.start).min(4096) as usize];
                self.seek(name.start)?;
                self.source.read_exact(&mut bytes).map_err(unreadable)?;
                return String::from_utf8(bytes).map_err(|e| not_onnx("a name is not UTF-8").with_source(e));
            }
        }
        Ok(String::new())
    }

    /// The fields of the message that fills `span`, without their contents.
    fn fields(&mut self, span: Range<u64>) -> Result<Vec<Field>> {
        let mut fields = Vec::new();
        let mut at = span.start;
        self.seek(at)?;
        while at < span.end {
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
            fields.push(Field { number: key >> 3, value });
        }
        Ok(fields)
    }

    fn varint(&mut self, at: &mut u64) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.source.read_exact(&mut byte).map_err(unreadable)?;
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
        self.source.seek_relative(length as i64).map_err(unreadable)?;
        Ok(Value::Bytes(start..*at))
    }

    fn seek(&mut self, to: u64) -> Result<()> {
        let here = self.source.stream_position().map_err(unreadable)?;
        self.source.seek_relative(to as i64 - here as i64).map_err(unreadable)
    }
}

/// Whether a weight has as many numbers as its shape says, before anybody makes room for them.
fn check_shape(name: &str, tensor: &TensorProto) -> Result<()> {
    let wrong = |what: String| Err(Error::new(ErrorKind::Voice, format!("weight `{name}` {what}")));
    let size = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float | DataType::Int32 | DataType::Uint32) => 4,
        Ok(DataType::Int64 | DataType::Uint64 | DataType::Double) => 8,
        Ok(DataType::Float16 | DataType::Int16 | DataType::Uint16) => 2,
        Ok(DataType::Int8 | DataType::Uint8 | DataType::Bool) => 1,
        Ok(other) => return wrong(format!("is of the type {other:?}, which is not known here")),
        Err(_) => return wrong(format!("is of the type {}, which ONNX does not have", tensor.data_type)),
    };
    let numbers = if tensor.raw_data.is_empty() {
        let lists = [tensor.float_data.len(), tensor.int32_data.len(), tensor.int64_data.len()];
        lists.into_iter().chain([tensor.double_data.len(), tensor.uint64_data.len()]).max().unwrap_or_default()
    } else if tensor.raw_data.len().is_multiple_of(size) {
        tensor.raw_data.len() / size
    } else {
        return wrong(format!("has {} bytes, which are no whole numbers", tensor.raw_data.len()));
    };
    let expected = tensor.dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(usize::try_from(dim).ok()?));
    if expected == Some(numbers) {
        Ok(())
    } else {
        wrong(format!("of the shape {:?} holds {numbers} numbers", tensor.dims))
    }
}

struct Field {
    number: u64,
    value: Value,
}

enum Value {
    Varint(u64),
    Bytes(Range<u64>),
}

fn not_onnx(why: &str) -> Error {
    Error::new(ErrorKind::Voice, format!("the voice is no ONNX model: {why}"))
}

fn unreadable(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        not_onnx("it is truncated")
    } else {
        Error::new(ErrorKind::Io, "the voice cannot be read").with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::small_graphs::{file, floats_weight, ints_weight, model, node};
    use super::*;

    fn open(bytes: Vec<u8>) -> Result<OnnxFile> {
        OnnxFile::open(Box::new(Cursor::new(bytes)))
    }

    fn message(result: Result<OnnxFile>) -> String {
        let Err(error) = result else { panic!("accepted") };
        assert_eq!(error.kind(), ErrorKind::Voice, "{error:#}");
        format!("{error:#}")
    }

    #[test]
    fn the_structure_at_once_and_the_weights_when_asked() {
        let nodes = [node("Tanh", "x", "a", vec![]), node("Add", "a w", "y", vec![])];
        let weights = [floats_weight("w", &[1, 2, 1], &[1.5, -2.5]), ints_weight("unused", &[7])];
        let mut file = file(&model(&nodes, &weights));
        assert_eq!(file.nodes, nodes);
        assert_eq!((file.inputs[0].name.as_str(), file.outputs[0].name.as_str()), ("x", "y"));
        assert!(file.is_initializer("w") && file.is_initializer("unused") && !file.is_initializer("a"));
        // In any order, and again.
        for _ in 0..2 {
            assert_eq!(file.weight("unused").unwrap().int64_data, [7]);
            assert_eq!(file.weight("w").unwrap(), weights[0]);
        }
        assert_eq!(file.weight("v").unwrap_err().to_string(), "tensor `v` is missing");
        assert_eq!(file.weight_bytes(&[0]), 0);
        assert_eq!(file.weight_bytes(&[0, 1]), weights[0].encoded_len() as u64);

        let extracted = file.extract(&[1]);
        assert_eq!(extracted.graph.unwrap().node, nodes[1..]);
        assert_eq!(extracted.opset_import[0].version, 15);
        file.keep_only(&[1]);
        assert_eq!(file.nodes, [NodeProto::default(), nodes[1].clone()]);
    }

    /// Fields that are not known, of every wire type, are passed over; so it is in protobuf.
    #[test]
    fn unknown_fields_are_passed_over() {
        let whole = model(&[node("Tanh", "x", "y", vec![])], &[]).encode_to_vec();
        // Number 900, as a varint, eight bytes, two bytes, four bytes.
        let unknown: [&[u8]; 4] = [
            &[0xa0, 0x38, 0x80, 0x01],
            &[0xa1, 0x38, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0xa2, 0x38, 2, 9, 9],
            &[0xa5, 0x38, 1, 2, 3, 4],
        ];
        let bytes = [unknown.concat(), whole, unknown.concat()].concat();
        assert_eq!(open(bytes).unwrap().nodes.len(), 1);
    }

    #[test]
    fn what_is_malformed_is_said() {
        for (bytes, said) in [
            (vec![], "it is empty"),
            (vec![0x3a], "truncated"),
            (vec![0x3a, 5, 1], "truncated: 5 bytes announced"),
            // Announced lengths of 2^63 - 1 and of 2^64 - 1 bytes.
            ([&[0x3a][..], &[0xff; 8], &[0x7f]].concat(), "truncated"),
            ([&[0x3a][..], &[0xff; 9], &[1]].concat(), "truncated"),
            ([&[0x3a][..], &[0xff; 11]].concat(), "has no end"),
            (vec![0x3b, 1], "wire type 3"),
            (vec![0x08, 0x08], "no graph"),
            // A graph with a node that is none, and with a weight whose name is no text.
            (vec![0x3a, 4, 0x0a, 2, 0x0a, 9], "malformed"),
            (vec![0x3a, 5, 0x2a, 3, 0x42, 1, 0xff], "not UTF-8"),
        ] {
            let text = message(open(bytes.clone()));
            assert!(text.contains(said), "{bytes:?}: {text}");
        }
    }

    #[test]
    fn crowds_are_refused() {
        let items = [0x3a, 0xc2, 0x9a, 0x0c].into_iter().chain([0x0a, 0].into_iter().cycle().take(200_002));
        assert!(open(items.collect()).is_ok());
        let items = [0x3a, 0x84, 0xb5, 0x18].into_iter().chain([0x0a, 0].into_iter().cycle().take(400_004));
        assert!(message(open(items.collect())).contains("more than 200000 items"));
    }

    /// A source of so many bytes, all zero, that keeps none.
    struct Endless(u64, u64);

    impl Read for Endless {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let count = (to.len() as u64).min(self.0 - self.1) as usize;
            to[..count].fill(0);
            self.1 += count as u64;
            Ok(count)
        }
    }

    impl Seek for Endless {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.1 = match to {
                SeekFrom::Start(at) => at,
                SeekFrom::End(by) => self.0.saturating_add_signed(by),
                SeekFrom::Current(by) => self.1.saturating_add_signed(by),
            };
            Ok(self.1)
        }
    }

    #[test]
    fn large_files_are_refused_unread() {
        let Err(error) = OnnxFile::open(Box::new(Endless(MAX_BYTES + 1, 0))) else { panic!("accepted") };
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("1073741825"), "{error}");
    }

    /// What a file says of its length must not be believed: this one is shorter when it is read.
    #[test]
    fn files_that_shrink_are_truncated() {
        struct Shrinks(Cursor<Vec<u8>>);
        impl Read for Shrinks {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                self.0.read(to)
            }
        }
        impl Seek for Shrinks {
            fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
                let at = self.0.seek(to)?;
                Ok(if let SeekFrom::End(_) = to { at + 100 } else { at })
            }
        }
        let bytes = model(&[node("Tanh", "x", "y", vec![])], &[]).encode_to_vec();
        assert!(message(OnnxFile::open(Box::new(Shrinks(Cursor::new(bytes))))).contains("truncated"));
    }

    #[test]
    fn weights_hold_what_they_say() {
        let raw = |data_type: i32, dims: &[i64], bytes: usize| TensorProto {
            name: "w".into(),
            data_type,
            dims: dims.to_vec(),
            raw_data: vec![0; bytes],
            ..Default::default()
        };
        let good = [
            raw(1, &[2, 3], 24),
            raw(1, &[], 4),
            raw(1, &[0, 5], 0),
            raw(3, &[5], 5),
            raw(10, &[5], 10),
            raw(7, &[1], 8),
            TensorProto { float_data: vec![0.0; 6], ..raw(1, &[6], 0) },
            TensorProto { int32_data: vec![0; 2], ..raw(3, &[2], 0) },
            TensorProto { int64_data: vec![0; 2], ..raw(7, &[2], 0) },
            TensorProto { double_data: vec![0.0], ..raw(11, &[1, 1], 0) },
        ];
        for weight in good {
            file(&model(&[], std::slice::from_ref(&weight))).weight("w").unwrap_or_else(|e| panic!("{weight:?}: {e}"));
        }
        let bad = [
            (raw(1, &[2, 3], 20), "of the shape [2, 3] holds 5 numbers"),
            (raw(1, &[2, 3], 25), "has 25 bytes"),
            (raw(1, &[], 0), "holds 0 numbers"),
            (raw(1, &[-1, -6], 24), "of the shape [-1, -6]"),
            (raw(1, &[1 << 32, 1 << 32], 4), "of the shape"),
            (raw(1, &[i64::MAX, i64::MAX, 0], 4), "of the shape"),
            (raw(7, &[6], 24), "holds 3 numbers"),
            (raw(8, &[1], 4), "String"),
            (raw(0, &[1], 4), "Undefined"),
            (raw(77, &[1], 4), "the type 77"),
            (TensorProto { data_location: Some(1), ..raw(1, &[1], 4) }, "in another file"),
            (TensorProto { float_data: vec![0.0; 5], ..raw(1, &[6], 0) }, "holds 5 numbers"),
        ];
        for (weight, said) in bad {
            let error = file(&model(&[], std::slice::from_ref(&weight))).weight("w").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Voice);
            let text = error.to_string();
            assert!(text.contains("`w`") && text.contains(said), "{weight:?}: {text}");
        }
    }
}
