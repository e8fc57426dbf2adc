//! The duration predictor's splines as one op.
//!
//! An exporter makes of each spline some 600 nodes that select, scatter and gather by masks. They take most of the
//! time to prepare an encoder, have shapes that depend on data, and in some voices an index out of range.

use std::collections::{HashMap, HashSet};

use tract_onnx::model::ParsingContext;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::*;

use super::onnx::{OnnxFile, Weights, tensor as tensor_of};
use super::spline::{LEAST, Spline};

/// So many comparisons are looked at, each at the cost of the whole graph; Piper's voices have fewer than 20.
const MAX_CANDIDATES: usize = 200;

/// So many nodes are looked at between two that belong together: a file can have cycles.
const MAX_STEPS: usize = 32;

/// Bytes of a weight that can be one number.
const MAX_SCALAR_BYTES: u64 = 1024;

/// The op's name in a graph.
const NAME: &str = "InverseSpline";

/// Puts one node in the place of each spline's many. What is not of the form that VITS's exports share stays as it is.
pub(super) fn replace_splines(file: &mut OnnxFile) {
    for found in find(file) {
        let attribute = |name: &str, value: f32| AttributeProto {
            name: name.to_owned(),
            r#type: AttributeType::Float as i32,
            f: value,
            ..Default::default()
        };
        for output in file.nodes.iter_mut().flat_map(|n| &mut n.output).filter(|o| **o == found.output) {
            output.push_str(".unused");
        }
        file.nodes.push(NodeProto {
            op_type: NAME.to_owned(),
            name: format!("{}/{NAME}", found.output),
            input: vec![found.parameters, found.x],
            output: vec![found.output],
            attribute: vec![attribute("tail", found.spline.tail), attribute("divisor", found.spline.divisor)],
            ..Default::default()
        });
    }
}

/// Makes the op known to tract.
pub(super) fn register(onnx: &mut tract_onnx::Onnx) {
    onnx.op_register.insert(NAME, |_: &ParsingContext, node: &NodeProto| {
        let spline = Spline { tail: node.get_attr("tail")?, divisor: node.get_attr("divisor")? };
        Ok((expand(InverseSpline(spline)), vec![]))
    });
}

/// A spline in a graph.
struct Found {
    /// `[1, 3 K - 1, N]`.
    parameters: String,
    /// `[1, 1, N]`, as the output.
    x: String,
    output: String,
    spline: Spline,
}

/// Each spline begins where `x`, the second half of a Split, is compared with the tail, and ends where its output is
/// put together with the first half again. Its parameters come from a Conv, times the mask, by way of two Softmax.
fn find(file: &mut OnnxFile) -> Vec<Found> {
    let nodes = &file.nodes;
    let producer: HashMap<&str, &NodeProto> =
        nodes.iter().flat_map(|n| n.output.iter().map(move |o| (o.as_str(), n))).collect();
    let mut found = Vec::new();
    let compares = nodes.iter().filter(|n| n.op_type == "LessOrEqual" && n.input.len() == 2);
    for compare in compares.take(MAX_CANDIDATES) {
        found.extend(find_one(&mut file.weights, nodes, &producer, compare));
    }
    found
}

fn find_one(
    weights: &mut Weights,
    nodes: &[NodeProto],
    producer: &HashMap<&str, &NodeProto>,
    compare: &NodeProto,
) -> Option<Found> {
    let x = compare.input[0].as_str();
    let tail = constant(weights, producer, &compare.input[1])?;
    let split = producer.get(x).filter(|n| n.op_type == "Split" && n.output.len() == 2 && n.output[1] == x)?;
    let kept = split.output[0].as_str();
    let joined = nodes.iter().find(|n| n.op_type == "Concat" && n.input.len() == 2 && n.input[0] == kept)?;
    let output = joined.input[1].as_str();

    let mut parameters = None;
    let mut divisor = None;
    let mut softmaxes = 0;
    let mut seen = HashSet::from([x, kept]);
    let mut open = vec![output];
    while let Some(tensor) = open.pop() {
        let Some(node) = producer.get(tensor) else { continue };
        if node.op_type == "Softmax" {
            softmaxes += 1;
            least_is_usual(weights, nodes, producer, tensor)?;
            let (from, by) = behind_softmax(weights, producer, node)?;
            if parameters.is_some_and(|p| p != from) || divisor.is_some_and(|d| d != by) {
                return None;
            }
            (parameters, divisor) = (Some(from), Some(by));
            continue;
        }
        if node.op_type == "Conv" {
            continue;
        }
        open.extend(node.input.iter().map(String::as_str).filter(|t| seen.insert(t)));
    }
    (softmaxes == 2 && tail > 0.0).then_some(())?;
    let spline = Spline { tail, divisor: divisor? };
    Some(Found { parameters: parameters?.to_owned(), x: x.to_owned(), output: output.to_owned(), spline })
}

/// The masked output of the Conv that a Softmax comes from, and what it was divided by on the way.
fn behind_softmax<'a>(
    weights: &mut Weights,
    producer: &HashMap<&str, &'a NodeProto>,
    softmax: &'a NodeProto,
) -> Option<(&'a str, f32)> {
    let mut tensor = softmax.input.first()?.as_str();
    let mut divisor = 1.0;
    for _ in 0..MAX_STEPS {
        let node = producer.get(tensor)?;
        match node.op_type.as_str() {
            "Div" => divisor = constant(weights, producer, node.input.get(1)?)?,
            "GatherND" | "Slice" | "Transpose" | "Reshape" | "Identity" => {}
            "Mul" => {
                let of_conv = |t: &String| producer.get(t.as_str()).is_some_and(|n| n.op_type == "Conv");
                return node.input.iter().any(of_conv).then_some((tensor, divisor));
            }
            _ => return None,
        }
        tensor = node.input.first()?;
    }
    None
}

/// Whether what is added to the scaled softmax is VITS's least size of a bin.
fn least_is_usual(
    weights: &mut Weights,
    nodes: &[NodeProto],
    producer: &HashMap<&str, &NodeProto>,
    softmax: &str,
) -> Option<()> {
    let reader = |tensor: &str, op: &str| nodes.iter().find(|n| n.op_type == op && n.input.iter().any(|i| i == tensor));
    let sum = reader(reader(softmax, "Mul")?.output.first()?, "Add")?;
    let least = sum.input.iter().find_map(|t| constant(weights, producer, t))?;
    ((least - LEAST).abs() < 1e-6).then_some(())
}

/// A constant of one f32.
fn constant(weights: &mut Weights, producer: &HashMap<&str, &NodeProto>, name: &str) -> Option<f32> {
    let mut name = name;
    for _ in 0..MAX_STEPS {
        match producer.get(name) {
            Some(node) if node.op_type == "Identity" => name = node.input.first()?,
            _ => break,
        }
    }
    let tensor: TensorProto = match producer.get(name) {
        Some(node) if node.op_type == "Constant" => node.attribute.first()?.t.clone()?,
        Some(_) => return None,
        None if weights.bytes(name)? <= MAX_SCALAR_BYTES => weights.get(name).ok()?,
        None => return None,
    };
    let tensor = tensor_of(&tensor).ok()?;
    (tensor.len() == 1).then(|| tensor.cast_to_scalar::<f32>().ok()).flatten()
}

/// [`Spline::invert`] for each phoneme id.
#[derive(Debug, Clone, PartialEq)]
struct InverseSpline(Spline);

impl Eq for InverseSpline {}

impl Expansion for InverseSpline {
    fn name(&self) -> StaticName {
        NAME.into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 2)?;
        check_output_arity(outputs, 1)?;
        s.equals(&inputs[1].datum_type, &outputs[0].datum_type)?;
        s.equals(&inputs[1].shape, &outputs[0].shape)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        model.wire_node(prefix, self.clone(), inputs)
    }
}

impl Op for InverseSpline {
    fn name(&self) -> StaticName {
        NAME.into()
    }
    op_as_typed_op!();
}

impl EvalOp for InverseSpline {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (parameters, x) = args_2!(inputs);
        let [1, rows, ids] = *parameters.shape() else { bail!("spline parameters of shape {:?}", parameters.shape()) };
        ensure!(x.len() == ids && rows % 3 == 2, "{} splines for {} numbers", ids, x.len());
        let parameters = parameters.try_as_plain_ram()?.as_slice::<f32>()?;
        let mut output = x.into_tensor();
        let mut of_id = vec![0.0; rows];
        for (id, x) in output.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?.iter_mut().enumerate() {
            for (to, row) in of_id.iter_mut().zip(parameters.chunks_exact(ids)) {
                *to = row[id];
            }
            *x = self.0.invert(&of_id, *x);
        }
        Ok(tvec!(output.into_tvalue()))
    }
    op_out_of_plan!();
}

impl TypedOp for InverseSpline {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(inputs[1].without_value()))
    }
    as_op!();
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::super::cut::cut;
    use super::super::encoder::Encoder;
    use super::super::kernels::Kernels;
    use super::super::noise::{NoiseOf, NormalStream};
    use super::super::stages::{Encode, Encoding, Scales};
    use super::*;

    /// An encoding with a lot of noise in the durations, and how many splines were replaced.
    fn encode(voice: &'static [u8], replace: bool) -> (Encoding, usize) {
        let mut file = OnnxFile::open(Box::new(Cursor::new(voice))).unwrap();
        let nodes = file.nodes.len();
        if replace {
            replace_splines(&mut file);
        }
        let replaced = file.nodes.len() - nodes;
        let inputs: Vec<String> =
            file.inputs.iter().map(|i| i.name.clone()).filter(|name| !file.weights.contains(name)).collect();
        let cut = cut(&file.nodes, &inputs, "output").unwrap();
        let encoder = Encoder::new(file.subgraph(&cut.encoder.nodes), file.weights, Arc::new(cut), Kernels::Own);
        let ids: Vec<i64> = (0..100).map(|i| i * 7 % 120).collect();
        let mut noise = NormalStream::new(5, 0, NoiseOf::Durations);
        let scales = Scales { noise: 0.6, length: 20.0, noise_w: 3.0 };
        (encoder.encode(&ids, 1, scales, &mut noise).unwrap(), replaced)
    }

    #[test]
    fn equals_the_nodes_that_it_replaces() {
        let voices: [(&'static [u8], usize); 2] = [
            (include_bytes!("../../../../models/test/tiny.onnx"), 3),
            (include_bytes!("../../../../models/test/tiny-multi.onnx"), 2),
        ];
        for (voice, splines) in voices {
            let (ours, replaced) = encode(voice, true);
            let (graph, _) = encode(voice, false);
            assert_eq!(replaced, splines);
            assert_eq!(ours.rows, graph.rows);
            // Rounding may move a duration of some sixty frames over a border.
            let far: Vec<_> =
                ours.durations.iter().zip(&graph.durations).filter(|(a, b)| a.abs_diff(**b) > 1).collect();
            assert!(far.is_empty(), "{far:?}");
            let equal = ours.durations.iter().zip(&graph.durations).filter(|(a, b)| a == b).count();
            assert!(equal >= 98, "{equal} of 100 durations are equal");
        }
    }
}
