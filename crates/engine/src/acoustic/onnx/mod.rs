//! An ONNX file, read without holding it: the graph's structure at once, the weights when a stage asks for them.
//!
//! Field numbers are those of onnx.proto (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>).

mod packed;
mod reader;
mod subgraph;
mod weights;

use std::collections::HashMap;

use tract_onnx::pb::{NodeProto, OperatorSetIdProto, StringStringEntryProto, ValueInfoProto};

pub(crate) use reader::Source;
pub(crate) use reader::not_onnx;
use reader::{Reader, Value};
pub(crate) use subgraph::{Subgraph, prune, reads};
pub(crate) use weights::{Weights, floats, tensor};

use crate::{Error, ErrorKind, Result};

/// The largest voice that is read: Piper's largest are about 120 MB.
const MAX_BYTES: u64 = 1 << 30;

/// The structure of an ONNX graph, and the places of its weights.
pub(crate) struct OnnxFile {
    /// Each is named after its first output, as no other is.
    pub(crate) nodes: Vec<NodeProto>,
    pub(crate) inputs: Vec<ValueInfoProto>,
    pub(crate) outputs: Vec<ValueInfoProto>,
    pub(crate) weights: Weights,
    ir_version: i64,
    opset_import: Vec<OperatorSetIdProto>,
}

impl OnnxFile {
    /// Reads the structure of the graph.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] above 1 GiB; [`ErrorKind::Voice`] for bytes that are no ONNX graph.
    pub(crate) fn open(source: Box<dyn Source>) -> Result<Self> {
        let mut reader = Reader::new(source);
        let (mut ir_version, mut opset_import, mut graph) = (0, Vec::new(), None);
        for field in model_fields(&mut reader)? {
            match (field.number, field.value) {
                (1, Value::Varint(version)) => ir_version = version as i64,
                (7, Value::Bytes(span)) => graph = Some(span),
                (8, Value::Bytes(span)) => opset_import.push(reader.message(span)?),
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| not_onnx("it holds no graph"))?;
        let (mut nodes, mut inputs, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        let mut initializers = HashMap::new();
        for field in reader.fields(graph)? {
            let Value::Bytes(span) = field.value else { continue };
            match field.number {
                1 => {
                    let mut node: NodeProto = reader.message(span)?;
                    if let Some(output) = node.output.first() {
                        node.name.clone_from(output);
                    }
                    nodes.push(node);
                }
                5 => {
                    let (name, place) = weights::Place::read(&mut reader, span)?;
                    initializers.insert(name, place);
                }
                11 => inputs.push(reader.message(span)?),
                12 => outputs.push(reader.message(span)?),
                _ => {}
            }
        }
        let mut weights = Weights::new(reader, initializers);
        weights.unpack(&mut nodes);
        Ok(Self { nodes, inputs, outputs, weights, ir_version, opset_import })
    }

    /// A graph of its own from some of the nodes.
    pub(crate) fn subgraph(&self, nodes: &[usize]) -> Subgraph {
        let nodes = nodes.iter().filter_map(|&i| self.nodes.get(i));
        Subgraph::new(nodes, self.ir_version, &self.opset_import)
    }

    /// The weights, without the rest.
    pub(crate) fn into_weights(self) -> Weights {
        self.weights
    }
}

/// What a file says of itself under a key (`metadata_props`); `None` where it says nothing.
///
/// # Errors
/// As [`OnnxFile::open`].
pub(crate) fn metadata(source: Box<dyn Source>, key: &str) -> Result<Option<String>> {
    let mut reader = Reader::new(source);
    for field in model_fields(&mut reader)? {
        if let (14, Value::Bytes(span)) = (field.number, field.value) {
            let entry: StringStringEntryProto = reader.message(span)?;
            if entry.key == key {
                return Ok(Some(entry.value));
            }
        }
    }
    Ok(None)
}

/// The fields of the whole file.
fn model_fields(reader: &mut Reader) -> Result<Vec<reader::Field>> {
    let length = reader.length()?;
    if length > MAX_BYTES {
        let message = format!("the voice has {length} bytes; the limit is {MAX_BYTES}");
        return Err(Error::new(ErrorKind::Limit, message));
    }
    if length == 0 {
        return Err(not_onnx("it is empty"));
    }
    reader.fields(0..length)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Cursor, Read, Seek, SeekFrom};

    use prost::Message;

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
        let weights_of_file = &mut file.weights;
        assert!(["w", "unused"].iter().all(|name| weights_of_file.contains(name)) && !weights_of_file.contains("a"));
        // In any order, and again.
        for _ in 0..2 {
            assert_eq!(weights_of_file.get("unused").unwrap().int64_data, [7]);
            assert_eq!(weights_of_file.get("w").unwrap(), weights[0]);
        }
        assert_eq!(weights_of_file.get("v").unwrap_err().to_string(), "tensor `v` is missing");
        assert_eq!(weights_of_file.bytes("w"), Some(weights[0].encoded_len() as u64));
        // Once the file is gone, what was held.
        weights_of_file.hold(&["w".to_owned(), "x".to_owned()].into()).unwrap();
        weights_of_file.keep_only([]);
        assert_eq!(weights_of_file.get("w").unwrap(), weights[0]);
        assert!(weights_of_file.get("unused").is_err());

        let extracted = file.subgraph(&[1]).model().unwrap();
        assert_eq!(extracted.graph.unwrap().node, nodes[1..]);
        assert_eq!(extracted.opset_import[0].version, 15);
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

    impl Source for Endless {}

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
        impl Source for Shrinks {}
        let bytes = model(&[node("Tanh", "x", "y", vec![])], &[]).encode_to_vec();
        assert!(message(OnnxFile::open(Box::new(Shrinks(Cursor::new(bytes))))).contains("truncated"));
    }
}
