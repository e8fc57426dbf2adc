//! A piece of a voice's graph as a tract plan.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::{NodeProto, TypeProto, ValueInfoProto, tensor_proto, type_proto};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::array::MultiBroadcastTo;
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops::source::Source;

use super::border::check_nodes;
use super::kernels::{KernelCache, fuse_activations, fuse_residuals, use_gates, use_kernels, use_norms, use_rows};
use super::onnx::{Subgraph, Weights, tensor as tensor_of};
use super::profile::timed;
use super::reach::reach;
use super::spline_op::register;
use super::stages::Reach;
use super::streaming::{Last, streamed};
use crate::{Error, ErrorKind, Result};

/// The most numbers of a tensor: a GiB of f32.
const MAX_TENSOR: f64 = 268_435_456.0;

/// One axis of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Of this length.
    Fixed(usize),
    /// Of as many positions as there are frames.
    Time,
}

/// An input of a piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StageInput {
    pub(super) name: String,
    pub(super) datum_type: DatumType,
    pub(super) shape: Vec<Axis>,
}

impl StageInput {
    pub(super) fn new(name: &str, datum_type: DatumType, shape: &[Axis]) -> Self {
        Self { name: name.to_owned(), datum_type, shape: shape.to_vec() }
    }
}

/// A piece that runs.
pub(super) struct Stage {
    plan: Arc<TypedRunnableModel>,
    /// Facts of the random inputs, which follow the others.
    pub(super) random: Vec<TypedFact>,
    /// Facts of the outputs.
    pub(super) outputs: Vec<TypedFact>,
    /// How far the first output looks, and its positions for each frame; `None` for all frames.
    pub(super) reach: Option<(Reach, usize)>,
    /// Nodes of the plan, constants aside.
    pub(super) nodes: usize,
    /// Whether it can be given its inputs in turns.
    pub(super) streams: bool,
}

/// A piece that is given its inputs in turns.
pub(super) struct StageStream(TypedSimpleState);

impl StageStream {
    /// Takes more columns, and gives those that are known by now: after the `last`, all.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`], with tract's reason.
    pub(super) fn push(&mut self, what: &'static str, inputs: TVec<TValue>, last: bool) -> Result<TVec<TValue>> {
        self.0.turn_state.shared.insert(Last(last));
        guard(|| self.0.run_plan_with_eval(inputs, timed(what))).map_err(|e| failed(what, e))
    }
}

fn failed(what: &str, error: TractError) -> Error {
    Error::new(ErrorKind::Inference, format!("the voice's {what} failed")).with_source(error)
}

impl Stage {
    /// Makes a plan of a graph. Random nodes become inputs, after the others.
    ///
    /// # Errors
    /// [`ErrorKind::Voice`], with tract's reason.
    pub(super) fn new(
        what: &str,
        graph: &Subgraph,
        weights: &mut Weights,
        inputs: &[StageInput],
        random: &[String],
        outputs: &[String],
        kernels: &KernelCache,
    ) -> Result<Self> {
        guard(|| build(graph, weights, inputs, random, outputs, kernels))
            .map_err(|e| Error::new(ErrorKind::Voice, format!("the voice's {what} cannot be prepared")).with_source(e))
    }

    /// Runs once.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`], with tract's reason.
    pub(super) fn run(&self, what: &'static str, inputs: TVec<TValue>) -> Result<TVec<TValue>> {
        guard(|| self.plan.spawn()?.run_plan_with_eval(inputs, timed(what))).map_err(|e| failed(what, e))
    }

    /// Begins a sentence that comes in turns; `None` for a piece that needs all that it looks at in one.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) fn stream(&self, what: &str) -> Result<Option<StageStream>> {
        let stream = || guard(|| self.plan.spawn()).map(StageStream).map_err(|e| failed(what, e));
        self.streams.then(stream).transpose()
    }
}

/// A tensor of the given shape, which `values` must fill.
pub(super) fn tensor<T: Datum + Copy>(shape: &[usize], values: &[T]) -> Result<TValue> {
    Tensor::from_shape(shape, values)
        .map(IntoTValue::into_tvalue)
        .map_err(|e| Error::new(ErrorKind::Inference, "a stage's input has another shape").with_source(e))
}

/// The numbers of a stage's output.
///
/// # Errors
/// [`ErrorKind::Inference`] where one is not finite.
pub(super) fn floats<'a>(what: &str, value: &'a TValue) -> Result<&'a [f32]> {
    let floats = value
        .try_as_plain_ram()
        .and_then(|v| v.as_slice::<f32>())
        .map_err(|e| Error::new(ErrorKind::Inference, format!("the voice's {what} gave no f32")).with_source(e))?;
    if floats.iter().all(|x| x.is_finite()) {
        Ok(floats)
    } else {
        Err(Error::new(ErrorKind::Inference, format!("the voice's {what} gave a number that is not finite")))
    }
}

/// Runs tract on an untrusted graph: what it panics at becomes an error.
fn guard<T>(f: impl FnOnce() -> TractResult<T>) -> TractResult<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        bail!("{}", text.unwrap_or("a panic"))
    })
}

fn build(
    graph: &Subgraph,
    weights: &mut Weights,
    inputs: &[StageInput],
    random: &[String],
    outputs: &[String],
    kernels: &KernelCache,
) -> TractResult<Stage> {
    let mut proto = graph.model()?;
    let graph = proto.graph.get_or_insert_default();
    kernels.hollow(graph, outputs);
    check_nodes(&graph.node, weights)?;
    // How a sentence is cut must not be heard.
    let in_windows = inputs.iter().any(|input| input.shape.contains(&Axis::Time));
    let magnified = magnifies(&graph.node);
    for node in &mut graph.node {
        // tract tells RandomNormalLike from RandomNormal by the node's name.
        if node.op_type == "RandomNormalLike" {
            node.name.push_str("Like");
        } else if node.op_type == "RandomNormal" {
            node.name.push('_');
        }
    }
    graph.input = inputs.iter().map(|i| value_info(&i.name, i.datum_type)).collect();
    let mut onnx = tract_onnx::onnx();
    register(&mut onnx);
    let parsed = onnx.parse(&proto, None)?;
    drop(proto);
    let mut model = parsed.model;
    kernels.apply(&mut model);
    // What the nodes read and nothing gives are weights. The large ones wait until a kernel asks for them, so that
    // they are not all there twice.
    let mut unread = HashSet::new();
    for name in &parsed.unresolved_inputs {
        let outlet = parsed.outlets_by_name.get(name).copied().context("a weight without a place")?;
        if model.outlet_successors(outlet).is_empty() {
            continue;
        }
        if let Some(shape) = weights.large(name) {
            model.set_outlet_fact(outlet, f32::fact(shape).into())?;
            unread.insert(model.node(outlet.node).name.clone());
            continue;
        }
        let weight = tensor_of(&weights.get(name)?)?.into_arc_tensor();
        model.set_outlet_fact(outlet, TypedFact::try_from(weight.clone())?.into())?;
        model.node_mut(outlet.node).op = Box::new(Const::new(weight)?);
    }
    let outlet = |name: &String| {
        parsed.outlets_by_name.get(name).copied().with_context(|| format!("tensor `{name}` is missing"))
    };
    let time = model.symbols.new_with_prefix("T");
    for input in inputs {
        let shape: TVec<TDim> = input
            .shape
            .iter()
            .map(|axis| match axis {
                Axis::Fixed(length) => length.to_dim(),
                Axis::Time => time.clone().into(),
            })
            .collect();
        model.set_outlet_fact(outlet(&input.name)?, InferenceFact::dt_shape(input.datum_type, shape))?;
    }
    model.select_output_outlets(&outputs.iter().map(outlet).collect::<TractResult<Vec<_>>>()?)?;
    // The shapes of random tensors come from what they are made like; once known, they are inputs.
    model.analyse(false)?;
    fold(&mut model)?;
    let sources = inputs.iter().map(|i| &i.name).chain(random).map(outlet).collect::<TractResult<Vec<_>>>()?;
    model.set_input_outlets(&sources)?;
    // Not by `compact`, which in a debug build is not content with its own order.
    for &source in &sources {
        put_instead(&mut model, source.node, Box::new(Source::new()));
    }
    let mut model = model.into_typed()?;
    let masks = assume_true(&mut model)?;
    use_kernels(&mut model, kernels, weights, &unread, in_windows && magnified)?;
    let mut model = if kernels.is_off() {
        // Some graphs with a speaker tract cannot simplify; they run as they come.
        model.clone().into_decluttered().unwrap_or(model)
    } else {
        model.into_decluttered()?
    };
    check_sizes(&model, &time)?;
    let mut streams = false;
    if !kernels.is_off() {
        fuse_activations(&mut model)?;
    }
    let mut reach = reach(&model, &time)?;
    if let Some((reach, _)) = &mut reach
        && !kernels.is_off()
        && let Some((in_turns, lag)) = streamed(&model, &time)?
    {
        (model, reach.right, streams) = (in_turns, lag, true);
    }
    if !kernels.is_off() {
        fuse_residuals(&mut model)?;
        use_norms(&mut model)?;
        use_gates(&mut model)?;
        use_rows(&mut model)?;
    }
    let model = if kernels.is_off() { model } else { model.into_optimized()? };
    let nodes = model.nodes().iter().filter(|n| !n.op_is::<Const>()).count();
    let facts = |outlets: &[OutletId]| -> TractResult<Vec<TypedFact>> {
        outlets.iter().map(|&o| model.outlet_fact(o).cloned()).collect()
    };
    let random = facts(&model.inputs[inputs.len() - masks..])?;
    let outputs = facts(&model.outputs)?;
    Ok(Stage { plan: model.into_runnable()?, random, outputs, reach, nodes, streams })
}

/// Whether an exponential magnifies the rounding of a convolution.
fn magnifies(nodes: &[NodeProto]) -> bool {
    let producers: HashMap<&String, &NodeProto> =
        nodes.iter().flat_map(|node| node.output.iter().map(move |output| (output, node))).collect();
    let mut seen = HashSet::new();
    let mut open: Vec<&NodeProto> = nodes.iter().filter(|node| node.op_type == "Exp").collect();
    while let Some(node) = open.pop() {
        match node.op_type.as_str() {
            "Conv" | "ConvTranspose" => return true,
            // Of a shape no number matters: VITS's flow takes the exponential of zeros that are shaped as a convolution.
            "Shape" => continue,
            _ => {}
        }
        open.extend(node.input.iter().filter(|input| seen.insert(*input)).filter_map(|input| producers.get(input)));
    }
    false
}

/// Makes constants of what the analysis has found out, mostly shapes, so that nobody computes them again.
fn fold(model: &mut InferenceModel) -> TractResult<()> {
    for id in 0..model.nodes().len() {
        let node = model.node(id);
        let [output] = &*node.outputs else { continue };
        if node.op_is::<Const>() {
            continue;
        }
        let Some(value) = output.fact.value.concretize() else { continue };
        put_instead(model, id, Box::new(Const::new(value)?));
    }
    Ok(())
}

/// Takes inputs that are masks for true at every frame, so that nobody multiplies by them; how many there were.
fn assume_true(model: &mut TypedModel) -> TractResult<usize> {
    let is_mask = |model: &TypedModel, input: OutletId| {
        model.outlet_fact(input).is_ok_and(|fact| fact.datum_type == bool::datum_type())
    };
    let (masks, inputs): (Vec<_>, Vec<_>) = model.inputs.iter().partition(|&&input| is_mask(model, input));
    for &mask in &masks {
        let shape = model.outlet_fact(mask)?.shape.clone();
        let mut patch = TypedModelPatch::default();
        let true_once = patch.add_const(
            format!("{}.true", model.node(mask.node).name),
            tensor0(true).broadcast_into_rank(shape.rank())?,
        )?;
        let all =
            patch.wire_node(format!("{}.all", model.node(mask.node).name), MultiBroadcastTo { shape }, &[true_once])?
                [0];
        patch.shunt_outside(model, mask, all)?;
        patch.apply(model)?;
    }
    model.set_input_outlets(&inputs)?;
    Ok(masks.len())
}

/// Puts an op that reads nothing in the place of a node's.
fn put_instead(model: &mut InferenceModel, id: usize, op: Box<dyn InferenceOp>) {
    let node = model.node_mut(id);
    node.op = op;
    for from in std::mem::take(&mut node.inputs) {
        model.node_mut(from.node).outputs[from.slot].successors.retain(|inlet| inlet.node != id);
    }
}

/// An error where a tensor of some hundred frames would not fit into any memory.
fn check_sizes(model: &TypedModel, time: &Symbol) -> TractResult<()> {
    let frames = SymbolValues::default().with(time, 256);
    for node in model.nodes() {
        for output in &node.outputs {
            let dims = output.fact.shape.iter().map(|dim| dim.eval(&frames).to_i64().unwrap_or(1) as f64);
            let size = dims.product::<f64>();
            ensure!(size <= MAX_TENSOR, "`{}` would give {size} numbers; the limit is {MAX_TENSOR}", node.name);
        }
    }
    Ok(())
}

fn value_info(name: &str, datum_type: DatumType) -> ValueInfoProto {
    let elem_type = if datum_type == i64::datum_type() {
        tensor_proto::DataType::Int64
    } else if datum_type == bool::datum_type() {
        tensor_proto::DataType::Bool
    } else {
        tensor_proto::DataType::Float
    };
    let tensor = type_proto::Tensor { elem_type: elem_type as i32, shape: None };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..Default::default() }),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::small_graphs::{node, run, some_weight, stage};
    use super::*;

    #[test]
    fn a_panic_of_tract_is_an_error() {
        let error = guard(|| -> TractResult<()> { panic!("too much: {}", 1) }).unwrap_err();
        assert_eq!(error.to_string(), "too much: 1");
        assert_eq!(guard(|| -> TractResult<()> { panic!("plain") }).unwrap_err().to_string(), "plain");
        assert_eq!(guard(|| Ok(5)).unwrap(), 5);
    }

    #[test]
    fn inputs_of_another_shape_are_errors() {
        assert_eq!(tensor(&[1, 3], &[0.0; 2]).unwrap_err().kind(), ErrorKind::Inference);
        let stage = stage(2, &[node("Conv", "x w", "y", vec![])], &[some_weight("w", &[1, 2, 1])]);
        assert_eq!(run(&stage, 2, &[0.5; 8]).0, [1, 1, 4]);
        let wrong = stage.run("test", tvec!(tensor(&[1, 3, 4], &[0.0; 12]).unwrap())).unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::Inference);
    }

    #[test]
    fn numbers_that_are_none_are_errors() {
        let value = |x: f32| tensor(&[3], &[0.0, x, 1.0]).unwrap();
        assert_eq!(floats("test", &value(2.0)).unwrap(), [0.0, 2.0, 1.0]);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let value = value(bad);
            let error = floats("test", &value).unwrap_err();
            assert!(error.kind() == ErrorKind::Inference && error.to_string().contains("not finite"), "{error}");
        }
        assert!(floats("test", &tensor(&[1], &[1i64]).unwrap()).unwrap_err().to_string().contains("no f32"));
    }
}
