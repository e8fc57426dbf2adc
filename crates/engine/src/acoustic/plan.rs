//! From a piece of a voice's graph to a tract plan: parsed, typed, rewritten for our kernels and for turns.

use std::collections::{HashMap, HashSet};

use tract_onnx::model::ParseResult;
use tract_onnx::pb::{NodeProto, TypeProto, ValueInfoProto, tensor_proto, type_proto};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::array::MultiBroadcastTo;
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops::source::Source;

use super::border::check_nodes;
use super::kernels::{
    KernelCache, fuse_activations, fuse_residuals, use_curves, use_gates, use_kernels, use_norms, use_rows,
};
use super::onnx::{Subgraph, Weights, tensor as tensor_of};
use super::reach::reach;
use super::spline_op::register;
use super::stages::Reach;
use super::streaming::streamed;

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

/// A piece that can be run, and what is known of it.
pub(super) struct Plan {
    pub(super) model: Arc<TypedRunnableModel>,
    /// Facts of the random inputs, which follow the others.
    pub(super) random: Vec<TypedFact>,
    /// Facts of the outputs.
    pub(super) outputs: Vec<TypedFact>,
    /// How far the first output looks, and its positions for each frame; `None` for all frames.
    pub(super) reach: Option<(Reach, usize)>,
    /// Nodes, constants aside.
    pub(super) nodes: usize,
    /// Whether it can be given its inputs in turns.
    pub(super) streams: bool,
    /// Numbers of the largest tensor, for each frame.
    pub(super) widest: usize,
}

impl Plan {
    /// Makes a plan of a graph. Random nodes become inputs, after the others.
    ///
    /// # Errors
    /// tract's.
    pub(super) fn new(
        graph: &Subgraph,
        weights: &mut Weights,
        inputs: &[StageInput],
        random: &[String],
        outputs: &[String],
        kernels: &KernelCache,
    ) -> TractResult<Self> {
        let mut proto = graph.model()?;
        let graph = proto.graph.get_or_insert_default();
        kernels.hollow(graph, outputs);
        check_nodes(&graph.node, weights)?;
        // How a sentence is cut must not be heard.
        let in_windows = inputs.iter().any(|input| input.shape.contains(&Axis::Time));
        let magnified = in_windows && magnifies(&graph.node);
        name_random(&mut graph.node);
        graph.input = inputs.iter().map(|i| value_info(&i.name, i.datum_type)).collect();
        let mut onnx = tract_onnx::onnx();
        register(&mut onnx);
        let mut parsed = onnx.parse(&proto, None)?;
        drop(proto);
        kernels.apply(&mut parsed.model);
        let unread = put_weights(&mut parsed, weights)?;
        let time = parsed.model.symbols.new_with_prefix("T");
        let mut model = typed(parsed, &time, inputs, random, outputs)?;
        let masks = assume_true(&mut model)?;
        use_kernels(&mut model, kernels, weights, &unread, magnified)?;
        let (model, widest, reach, streams) = if kernels.is_off() {
            // Some graphs with a speaker tract cannot simplify; they run as they come.
            let model = model.clone().into_decluttered().unwrap_or(model);
            let (widest, reach) = (widest(&model, &time)?, reach(&model, &time)?);
            (model, widest, reach, false)
        } else {
            let model = model.into_decluttered()?;
            let widest = widest(&model, &time)?;
            let (model, reach, streams) = rewritten(model, &time)?;
            (model, widest, reach, streams)
        };
        let nodes = model.nodes().iter().filter(|n| !n.op_is::<Const>()).count();
        let facts = |outlets: &[OutletId]| -> TractResult<Vec<TypedFact>> {
            outlets.iter().map(|&o| model.outlet_fact(o).cloned()).collect()
        };
        let random = facts(&model.inputs[inputs.len() - masks..])?;
        let outputs = facts(&model.outputs)?;
        Ok(Self { model: model.into_runnable()?, random, outputs, reach, nodes, streams, widest })
    }
}

/// tract tells RandomNormalLike from RandomNormal by the node's name.
fn name_random(nodes: &mut [NodeProto]) {
    for node in nodes {
        if node.op_type == "RandomNormalLike" {
            node.name.push_str("Like");
        } else if node.op_type == "RandomNormal" {
            node.name.push('_');
        }
    }
}

/// Puts weights where the nodes read what nothing gives. The large ones wait until a kernel asks for them, so that they
/// are not all there twice: the names of those.
fn put_weights(parsed: &mut ParseResult, weights: &mut Weights) -> TractResult<HashSet<String>> {
    let model = &mut parsed.model;
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
    Ok(unread)
}

/// Gives types and shapes to all tensors, those of inputs by what is known of them.
fn typed(
    parsed: ParseResult,
    time: &Symbol,
    inputs: &[StageInput],
    random: &[String],
    outputs: &[String],
) -> TractResult<TypedModel> {
    let outlet = |name: &String| {
        parsed.outlets_by_name.get(name).copied().with_context(|| format!("tensor `{name}` is missing"))
    };
    let mut model = parsed.model;
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
    model.into_typed()
}

/// Puts our ops into a decluttered model, if it can be streamed for turns; its reach, and whether it is.
fn rewritten(mut model: TypedModel, time: &Symbol) -> TractResult<(TypedModel, Option<(Reach, usize)>, bool)> {
    fuse_activations(&mut model)?;
    let mut streams = false;
    let mut reach = reach(&model, time)?;
    if let Some((reach, _)) = &mut reach
        && let Some((in_turns, lag)) = streamed(&model, time)?
    {
        (model, reach.right, streams) = (in_turns, lag, true);
    }
    fuse_residuals(&mut model)?;
    use_norms(&mut model)?;
    use_gates(&mut model)?;
    use_rows(&mut model)?;
    use_curves(&mut model)?;
    Ok((model.into_optimized()?, reach, streams))
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

/// Numbers of the largest tensor for each frame; an error where one of some hundred frames would not fit into any memory.
fn widest(model: &TypedModel, time: &Symbol) -> TractResult<usize> {
    const FRAMES: i64 = 256;
    let frames = SymbolValues::default().with(time, FRAMES);
    let mut widest = 0.0f64;
    for node in model.nodes() {
        for output in &node.outputs {
            let dims = output.fact.shape.iter().map(|dim| dim.eval(&frames).to_i64().unwrap_or(1) as f64);
            let size = dims.product::<f64>();
            ensure!(size <= MAX_TENSOR, "`{}` would give {size} numbers; the limit is {MAX_TENSOR}", node.name);
            if output.fact.shape.iter().any(|dim| dim.symbols().contains(time)) {
                widest = widest.max(size);
            }
        }
    }
    Ok((widest / FRAMES as f64) as usize)
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
