//! Edits of a voice, made by the bytes that a fuzzer, or a generator of random numbers, gives.

use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

/// Bytes as choices. There is always a next one: when all are used it is 0.
pub struct Dice<'a>(&'a [u8]);

impl<'a> Dice<'a> {
    /// Choices from these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn below(&mut self, n: usize) -> usize {
        let number = u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]);
        number as usize % n.max(1)
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn index<T>(&mut self, of: &[T]) -> Option<usize> {
        if of.is_empty() { None } else { Some(self.below(of.len())) }
    }

    /// A number such as nobody expects, or any small one.
    fn int(&mut self) -> i64 {
        let any = i64::from(self.byte()) - 64;
        let odd = [0, 1, -1, 2, 3, 255, 1 << 16, 1 << 20, 1 << 31, 1 << 40, i64::MAX, i64::MIN, i64::MAX / 2, any, any];
        self.of(&odd)
    }

    fn float(&mut self) -> f32 {
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE, 0.0, -1.0, 1e9, 100.0];
        self.of(&odd)
    }
}

/// `model` after one to four edits of its graph, and perhaps some of its bytes.
pub fn edited(model: &ModelProto, dice: &mut Dice) -> Vec<u8> {
    let mut model = model.clone();
    for _ in 0..1 + dice.below(4) {
        let donor = model.graph.clone().unwrap_or_default();
        if let Some(graph) = &mut model.graph {
            edit_graph(graph, &donor, dice);
        }
    }
    match dice.below(20) {
        0 => model.graph = None,
        1 => model.opset_import.iter_mut().for_each(|opset| opset.version = dice.int()),
        2 => model.opset_import.clear(),
        3 => model.ir_version = dice.int(),
        _ => {}
    }
    let mut bytes = model.encode_to_vec();
    if dice.below(4) == 0 {
        for _ in 0..1 + dice.below(3) {
            edit_bytes(&mut bytes, dice);
        }
    }
    bytes
}

fn edit_graph(graph: &mut GraphProto, donor: &GraphProto, dice: &mut Dice) {
    match dice.below(8) {
        0 => {
            let infos = if dice.below(2) == 0 { &mut graph.input } else { &mut graph.output };
            let Some(i) = dice.index(infos) else { return };
            match dice.below(3) {
                0 => drop(infos.remove(i)),
                1 => infos[i].name = a_tensor(donor, dice),
                _ => infos.push(infos[i].clone()),
            }
        }
        1..=3 => {
            let Some(i) = dice.index(&graph.initializer) else { return };
            match dice.below(8) {
                0 => drop(graph.initializer.remove(i)),
                _ => edit_weight(&mut graph.initializer[i], dice),
            }
        }
        _ => {
            let Some(i) = dice.index(&graph.node) else { return };
            match dice.below(8) {
                0 => drop(graph.node.remove(i)),
                1 => graph.node.push(donor.node[dice.below(donor.node.len())].clone()),
                _ => edit_node(&mut graph.node[i], donor, dice),
            }
        }
    }
}

/// The name of some tensor.
fn a_tensor(graph: &GraphProto, dice: &mut Dice) -> String {
    let tensors = graph.node.iter().flat_map(|node| &node.output).chain(graph.initializer.iter().map(|w| &w.name));
    let tensors: Vec<&String> = tensors.collect();
    dice.index(&tensors).map(|i| tensors[i].clone()).unwrap_or_default()
}

fn edit_node(node: &mut NodeProto, donor: &GraphProto, dice: &mut Dice) {
    match dice.below(7) {
        0 => node.op_type = donor.node[dice.below(donor.node.len())].op_type.clone(),
        1 => node.op_type = dice.of(&OPS).to_owned(),
        2 => {
            let tensors = if dice.below(4) == 0 { &mut node.output } else { &mut node.input };
            let Some(i) = dice.index(tensors) else { return };
            match dice.below(4) {
                0 => drop(tensors.remove(i)),
                1 => tensors[i].clear(),
                2 => tensors.push(tensors[i].clone()),
                _ => tensors[i] = a_tensor(donor, dice),
            }
        }
        3 => node.input.push(a_tensor(donor, dice)),
        4 => {
            // An attribute of another node.
            let other = &donor.node[dice.below(donor.node.len())];
            node.attribute.extend(other.attribute.iter().cloned());
        }
        _ => {
            let Some(i) = dice.index(&node.attribute) else { return };
            let attribute = &mut node.attribute[i];
            match dice.below(6) {
                0 => drop(node.attribute.remove(i)),
                1 => attribute.r#type = dice.int() as i32,
                2 => attribute.ints.push(dice.int()),
                3 => attribute.f = dice.float(),
                _ => {
                    attribute.i = dice.int();
                    if let Some(i) = dice.index(&attribute.ints) {
                        attribute.ints[i] = dice.int();
                    }
                    if let Some(tensor) = &mut attribute.t {
                        edit_weight(tensor, dice);
                    }
                }
            }
        }
    }
}

/// Ops that Piper's voices do not have, or that make much of little.
const OPS: [&str; 24] = [
    "ConstantOfShape",
    "Expand",
    "Tile",
    "Pad",
    "Resize",
    "Loop",
    "If",
    "Scan",
    "LSTM",
    "RandomUniform",
    "RandomNormal",
    "NonZero",
    "Identity",
    "Softmax",
    "CumSum",
    "Ceil",
    "ReduceSum",
    "Reshape",
    "Split",
    "Concat",
    "TopK",
    "OneHot",
    "NoSuchOp",
    "",
];

fn edit_weight(weight: &mut TensorProto, dice: &mut Dice) {
    match dice.below(9) {
        0 => weight.data_type = dice.below(24) as i32,
        1 => weight.data_type = dice.int() as i32,
        2 => weight.dims.push(dice.int()),
        3 => {
            if let Some(i) = dice.index(&weight.dims) {
                weight.dims[i] = dice.int();
            }
        }
        4 => drop(weight.dims.pop()),
        5 => weight.raw_data.truncate(dice.below(weight.raw_data.len() + 1)),
        6 => weight.data_location = Some(dice.int() as i32),
        _ => {
            let (float, int) = (dice.float(), dice.int());
            if let Some(i) = dice.index(&weight.int64_data) {
                weight.int64_data[i] = int;
            }
            let bytes = if weight.data_type == 1 { float.to_le_bytes().to_vec() } else { int.to_le_bytes().to_vec() };
            let at = dice.below(weight.raw_data.len() / bytes.len() + 1) * bytes.len();
            if let Some(place) = weight.raw_data.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(&bytes);
            }
        }
    }
}

/// One edit that knows nothing of what the bytes mean.
pub fn edit_bytes(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let length = bytes.len();
    // Half of all edits are near the start, where the structure is.
    let at = if dice.below(2) == 0 { dice.below(length.min(64)) } else { dice.below(length) };
    let end = (at + 1 + dice.below(16)).min(length);
    match dice.below(7) {
        _ if length == 0 => bytes.push(dice.byte()),
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes[at] = dice.byte(),
        2 => bytes[at..end].fill(0),
        // A number of nine bytes, or one without an end.
        3 => bytes[at..end].fill(0xff),
        4 => drop(bytes.drain(at..end)),
        5 => drop(bytes.splice(at..at, [dice.byte(), dice.byte(), dice.byte()])),
        _ => bytes.truncate(at),
    }
}
