//! The large f32 weights of a graph.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

use crate::acoustic::onnx::floats;
use crate::{Error, ErrorKind, Result};

/// The fewest numbers of a weight that is packed. What is smaller is little of a voice, and most of it sensitive.
const LEAST: usize = 1024;

/// A weight, with the axis of its outputs.
pub(super) struct Weight {
    pub(super) tensor: TensorProto,
    pub(super) numbers: usize,
    pub(super) axis: usize,
}

/// Takes the weights that can be packed out of a graph: initializers, and constants of which some exporters make nodes.
///
/// # Errors
/// [`ErrorKind::Voice`] where one does not hold as many numbers as its shape says.
pub(super) fn take(graph: &mut GraphProto) -> Result<Vec<Weight>> {
    let mut tensors: Vec<TensorProto> = graph.initializer.extract_if(.., |tensor| is_large(tensor)).collect();
    let mut axes = output_axes(graph);
    for mut node in graph.node.extract_if(.., |node| constant(node).is_some_and(is_large)) {
        let value = node.attribute.pop().and_then(|attribute| attribute.t);
        tensors.extend(value.map(|value| TensorProto { name: node.output.swap_remove(0), ..value }));
    }
    let weight = |tensor: TensorProto| {
        let rank = tensor.dims.len();
        let axis = axes.remove(&tensor.name).map_or(0, |axis| axis.of(rank));
        Weight::new(tensor, axis)
    };
    tensors.into_iter().map(weight).collect()
}

/// All names of values in a graph.
pub(super) fn names(graph: &GraphProto) -> HashSet<String> {
    let nodes = graph.node.iter().flat_map(|node| node.output.iter().chain(&node.input));
    let inputs = graph.input.iter().map(|input| &input.name);
    nodes.chain(inputs).chain(graph.initializer.iter().map(|tensor| &tensor.name)).cloned().collect()
}

impl Weight {
    fn new(tensor: TensorProto, axis: usize) -> Result<Self> {
        let numbers = numbers(&tensor);
        let held = if tensor.float_data.is_empty() { tensor.raw_data.len() / 4 } else { tensor.float_data.len() };
        let wrong = |what: &str| Err(Error::new(ErrorKind::Voice, format!("weight `{}` {what}", tensor.name)));
        if tensor.data_location.unwrap_or_default() != 0 {
            return wrong("lies in another file; a Piper voice is one file");
        }
        // Before anybody makes room for them.
        if held != numbers || !tensor.raw_data.len().is_multiple_of(4) {
            return wrong(&format!("of the shape {:?} holds {held} numbers", tensor.dims));
        }
        Ok(Self { tensor, numbers, axis })
    }

    /// Its numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Voice`] where one is not finite.
    pub(super) fn floats(&self) -> Result<Vec<f32>> {
        let floats = floats(&self.tensor);
        if floats.iter().any(|x| !x.is_finite()) {
            let message = format!("weight `{}` holds a number that is not finite", self.tensor.name);
            return Err(Error::new(ErrorKind::Voice, message));
        }
        Ok(floats)
    }
}

fn is_large(tensor: &TensorProto) -> bool {
    tensor.data_type == DataType::Float as i32 && tensor.dims.len() >= 2 && numbers(tensor) >= LEAST
}

/// How many numbers the shape says; 0 for an impossible shape.
fn numbers(tensor: &TensorProto) -> usize {
    let dims = tensor.dims.iter();
    dims.copied().try_fold(1, |n: usize, dim| n.checked_mul(usize::try_from(dim).ok()?)).unwrap_or(0)
}

/// The value of a `Constant`.
fn constant(node: &NodeProto) -> Option<&TensorProto> {
    match (&node.op_type[..], &node.attribute[..], &node.output[..]) {
        ("Constant", [attribute], [_]) => attribute.t.as_ref(),
        _ => None,
    }
}

/// An axis, counted from the first or from the last.
enum Axis {
    First(usize),
    Last(usize),
}

impl Axis {
    /// Of so many.
    fn of(&self, rank: usize) -> usize {
        match *self {
            Self::First(n) => n.min(rank - 1),
            Self::Last(n) => rank.saturating_sub(n).min(rank - 1),
        }
    }
}

/// For each value that some node takes as a weight, the axis that becomes channels of the node's output.
fn output_axes(graph: &GraphProto) -> HashMap<String, Axis> {
    let mut axes = HashMap::new();
    // Some exporters put an Identity before a weight that is used twice. Nodes are sorted, so it comes first.
    let mut same: HashMap<&str, &str> = HashMap::new();
    for node in &graph.node {
        let is_one = |name: &str| node.attribute.iter().any(|a| a.name == name && a.i == 1);
        for (i, name) in node.input.iter().enumerate() {
            let name = same.get(name.as_str()).copied().unwrap_or(name);
            let axis = match (node.op_type.as_str(), i) {
                ("Conv", 1) | ("Gather", 0) => Axis::First(0),
                ("ConvTranspose", 1) => Axis::First(1),
                ("MatMul", 1) => Axis::Last(1),
                ("MatMul", 0) => Axis::Last(2),
                ("Gemm", 1) => Axis::First(if is_one("transB") { 0 } else { 1 }),
                ("Identity", 0) => {
                    same.extend(node.output.first().map(|output| (output.as_str(), name)));
                    continue;
                }
                _ => continue,
            };
            axes.entry(name.to_owned()).or_insert(axis);
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::AttributeProto;

    use super::*;

    fn node(op: &str, input: &[&str], output: &str) -> NodeProto {
        let input = input.iter().map(|&name| name.to_owned()).collect();
        NodeProto { op_type: op.to_owned(), input, output: vec![output.to_owned()], ..Default::default() }
    }

    fn tensor(name: &str, dims: &[i64]) -> TensorProto {
        let numbers = dims.iter().product::<i64>() as usize;
        TensorProto {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type: 1,
            raw_data: vec![0; 4 * numbers],
            ..Default::default()
        }
    }

    #[test]
    fn large_weights_with_their_output_axes() {
        let mut constant = node("Constant", &[], "constant");
        constant.attribute = vec![AttributeProto { t: Some(tensor("", &[40, 50])), ..Default::default() }];
        let mut gemm = node("Gemm", &["x", "transposed"], "g2");
        gemm.attribute = vec![AttributeProto { name: "transB".to_owned(), i: 1, ..Default::default() }];
        let mut graph = GraphProto {
            node: vec![
                constant,
                node("Identity", &["behind"], "one"),
                node("Identity", &["one"], "two"),
                node("Conv", &["x", "conv", "bias"], "a"),
                node("ConvTranspose", &["x", "two"], "b"),
                node("MatMul", &["left", "right"], "c"),
                node("MatMul", &["x", "constant"], "d"),
                node("Gather", &["table", "ids"], "e"),
                node("Gemm", &["x", "gemm"], "g1"),
                gemm,
                node("Add", &["x", "added"], "h"),
            ],
            initializer: vec![
                tensor("conv", &[64, 8, 3]),
                tensor("bias", &[2048]),
                tensor("behind", &[16, 32, 4]),
                tensor("left", &[2, 32, 32]),
                tensor("right", &[2, 32, 32]),
                tensor("table", &[128, 8]),
                tensor("gemm", &[64, 32]),
                tensor("transposed", &[64, 32]),
                tensor("added", &[1, 64, 32]),
                tensor("small", &[1023, 1]),
                TensorProto { data_type: 3, ..tensor("ints", &[64, 32]) },
                tensor("impossible", &[1 << 40, 1 << 40]),
            ],
            ..Default::default()
        };
        let taken = take(&mut graph).unwrap();
        let found: Vec<_> = taken.iter().map(|w| (w.tensor.name.as_str(), w.axis, w.numbers)).collect();
        assert_eq!(
            found,
            [
                ("conv", 0, 1536),
                ("behind", 1, 2048),
                ("left", 1, 2048),
                ("right", 2, 2048),
                ("table", 0, 1024),
                ("gemm", 1, 2048),
                ("transposed", 0, 2048),
                ("added", 0, 2048),
                ("constant", 1, 2000),
            ]
        );
        let left: Vec<_> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(left, ["bias", "small", "ints", "impossible"]);
        assert!(graph.node.len() == 10 && graph.node.iter().all(|node| node.op_type != "Constant"));
    }

    #[test]
    fn what_is_no_weight_is_an_error() {
        let floats = |tensor| Weight::new(tensor, 0)?.floats();
        let good = tensor("w", &[32, 32]);
        assert_eq!(floats(good.clone()).unwrap(), [0.0; 1024]);
        let listed = TensorProto { raw_data: vec![], float_data: vec![0.5; 1024], ..good.clone() };
        assert_eq!(floats(listed).unwrap(), [0.5; 1024]);
        let mut nan = good.clone();
        nan.raw_data[4..8].copy_from_slice(&f32::NAN.to_le_bytes());
        for (bad, told) in [
            (TensorProto { raw_data: vec![0; 4095], ..good.clone() }, "holds 1023 numbers"),
            (TensorProto { raw_data: vec![0; 4097], ..good.clone() }, "[32, 32]"),
            (TensorProto { raw_data: vec![], ..good.clone() }, "holds 0 numbers"),
            (TensorProto { dims: vec![1 << 40, 1], ..good.clone() }, "holds 1024 numbers"),
            (TensorProto { data_location: Some(1), ..good.clone() }, "another file"),
            (nan, "not finite"),
        ] {
            let error = floats(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Voice);
            assert!(error.to_string().contains("weight `w`") && error.to_string().contains(told), "{error}");
        }
    }
}
