//! Our own convolutions as tract ops, and the rewrite that puts them into a graph.
//!
//! They work on any number of columns at the same speed, so a stage with a symbolic length needs no plan for each
//! length (tract's own convolutions fall back to a slower path there).

mod convolution;
mod curve;
mod fuse;
mod gate;
mod norm;
mod rows;

pub(super) use convolution::{DirectConv, DirectDeconv};
pub(super) use curve::use_curves;
pub(super) use fuse::{fuse_activations, fuse_residuals};
pub(super) use gate::use_gates;
pub(super) use norm::use_norms;
pub(super) use rows::use_rows;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chanter_kernels::{Conv1d, Deconv1d, Form, Isa};
use tract_onnx::pb::GraphProto;
use tract_onnx::tract_core::ops::cnn::{Conv, Deconv, KernelFormat, PoolSpec};
use tract_onnx::tract_core::ops::konst::Const;
use tract_onnx::tract_core::ops::nn::DataFormat;
use tract_onnx::tract_core::ops::source::TypedSource;
use tract_onnx::tract_hir::internal::*;

use super::onnx::{Weights, prune, tensor};
use convolution::floats;

/// Replaces convolutions that the kernels can do, directly where their rounding is `magnified`. For a graph that is typed and not yet decluttered, with sources in the
/// place of the `unread` weights; those that no kernel needs are constants afterwards.
pub(super) fn use_kernels(
    model: &mut TypedModel,
    cache: &KernelCache,
    weights: &mut Weights,
    unread: &HashSet<String>,
    magnified: bool,
) -> TractResult<()> {
    // Biases are cast.
    model.prop_consts()?;
    let form = cache.form(magnified);
    Pantry { cache, weights, unread, form }.put_kernels(model)?;
    for id in 0..model.nodes().len() {
        let node = model.node_mut(id);
        if node.op_is::<TypedSource>() && unread.contains(&node.name) && !node.outputs[0].successors.is_empty() {
            let weight = tensor(&weights.get(&node.name)?)?.into_arc_tensor();
            node.outputs[0].fact = TypedFact::try_from(weight.clone())?;
            node.op = Box::new(Const::new(weight)?);
        }
    }
    // Weights may also stand behind an Identity, or be made of constants.
    model.prop_consts()?;
    model.compact()?;
    Pantry { cache, weights, unread: &HashSet::new(), form }.put_kernels(model)
}

/// What kernels are made of.
struct Pantry<'a> {
    cache: &'a KernelCache,
    weights: &'a mut Weights,
    /// Names of weights that are still to be read.
    unread: &'a HashSet<String>,
    form: Option<Form>,
}

impl Pantry<'_> {
    /// Puts a kernel in the place of each convolution that one can do.
    fn put_kernels(&mut self, model: &mut TypedModel) -> TractResult<()> {
        if self.cache.is_off() {
            return Ok(());
        }
        for id in 0..model.nodes().len() {
            let node = model.node(id);
            let patch = if let Some(op) = node.op_as::<Conv>() {
                direct_conv(self, model, node, op)?
            } else if let Some(op) = node.op_as::<Deconv>() {
                direct_deconv(self, model, node, op)?
            } else {
                None
            };
            if let Some(patch) = patch {
                if let Some(name) = self.unread(model, node) {
                    self.weights.forget(name);
                }
                patch.apply(model)?;
            }
        }
        model.compact()
    }

    /// The unread weight that a convolution has.
    fn unread<'m>(&self, model: &'m TypedModel, convolution: &TypedNode) -> Option<&'m str> {
        let mut node = model.node(convolution.inputs[1].node);
        // So tract turns the weights of transposed ones.
        while node.op_is::<AxisOp>() && node.name.starts_with(&format!("{}.kernel_", convolution.name)) {
            node = model.node(node.inputs[0].node);
        }
        (node.op_is::<TypedSource>() && self.unread.contains(&node.name)).then_some(&node.name)
    }
}

/// The most floats of a transposed convolution's kernel: a quarter of a GiB.
const MAX_FLOATS: usize = 1 << 26;

/// Whose code computes a voice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kernels {
    /// Our own, where there is any.
    #[default]
    Own,
    /// Our own, with fewer weights in memory: as many as the voice has, but for the decoder, where the time goes.
    Compact,
    /// Our own, each sum as it is defined: the same to the bit however a sentence is cut.
    Direct,
    /// tract's alone, on the unmodified graph: much slower, and the measure of the other.
    Off,
}

/// The convolutions of a stage by name, so that its plans share packed weights.
#[derive(Default)]
pub(super) struct KernelCache {
    kernels: Kernels,
    known: Mutex<HashMap<String, DirectConv>>,
}

impl Kernels {
    /// For a stage that is not the decoder.
    pub(super) fn beside_decoder(self) -> Self {
        if self == Self::Compact { Self::Direct } else { self }
    }
}

impl KernelCache {
    pub(super) fn new(kernels: Kernels) -> Self {
        Self { kernels, known: Mutex::default() }
    }

    /// Whether the graph is left as it is.
    pub(super) fn is_off(&self) -> bool {
        self.kernels == Kernels::Off
    }

    /// How convolutions are computed; `None` for what pays.
    fn form(&self, magnified: bool) -> Option<Form> {
        (magnified || self.kernels == Kernels::Direct).then_some(Form::Direct)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, DirectConv>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves out of a graph what `outputs` do not come from, be it the weights of known convolutions, whose places are
    /// marked for [`apply`](Self::apply).
    pub(super) fn hollow(&self, graph: &mut GraphProto, outputs: &[String]) {
        let known = self.known();
        for node in graph.node.iter_mut().filter(|node| known.contains_key(&node.name)) {
            "Identity".clone_into(&mut node.op_type);
            node.attribute.clear();
            node.input.truncate(1);
        }
        prune(&mut graph.node, outputs);
    }

    /// Puts known convolutions into a [hollowed](Self::hollow) graph that was just parsed.
    pub(super) fn apply(&self, model: &mut InferenceModel) {
        let known = self.known();
        for id in 0..model.nodes().len() {
            let Some(conv) = known.get(&model.node(id).name) else { continue };
            model.node_mut(id).op = expand(conv.clone());
        }
    }
}

/// The constant at `outlet`, as floats.
fn konst(model: &TypedModel, outlet: OutletId) -> TractResult<Option<Arc<Tensor>>> {
    let fact = model.outlet_fact(outlet)?;
    Ok(fact.konst.clone().filter(|k| k.datum_type() == f32::datum_type()))
}

/// The bias of a convolution as one float a channel; `None` where it is no constant of that form.
fn bias(model: &TypedModel, outlet: OutletId, channels: usize) -> TractResult<Option<Vec<f32>>> {
    let Some(bias) = konst(model, outlet)? else { return Ok(None) };
    let bias = bias.try_as_plain_ram()?.as_slice::<f32>()?;
    Ok(match bias.len() {
        1 => Some(vec![bias[0]; channels]),
        n if n == channels => Some(bias.to_vec()),
        _ => None,
    })
}

/// Whether `[1, C, T]` in f32 goes in, with one group of one spatial axis.
fn is_plain_1d(model: &TypedModel, node: &TypedNode, pool: &PoolSpec, group: usize, oihw: bool) -> TractResult<bool> {
    let input = model.outlet_fact(node.inputs[0])?;
    Ok(group == 1
        && oihw
        && pool.rank() == 1
        && pool.data_format == DataFormat::NCHW
        && input.datum_type == f32::datum_type()
        && input.rank() == 3
        && input.shape[0].is_one())
}

fn direct_conv(
    pantry: &mut Pantry<'_>,
    model: &TypedModel,
    node: &TypedNode,
    op: &Conv,
) -> TractResult<Option<TypedModelPatch>> {
    let pool = &op.pool_spec;
    let plain = is_plain_1d(model, node, pool, op.group, op.kernel_fmt == KernelFormat::OIHW)?;
    if !plain || pool.stride(0) != 1 || op.q_params.is_some() {
        return Ok(None);
    }
    let Some(bias) = bias(model, node.inputs[2], pool.output_channels)? else { return Ok(None) };
    let weights = match (pantry.unread(model, node), konst(model, node.inputs[1])?) {
        (Some(name), _) => pantry.weights.floats(name)?,
        (None, Some(weights)) => floats(&weights)?.to_vec(),
        (None, None) => return Ok(None),
    };
    let (taps, dilation) = (pool.kernel_shape[0], pool.dilation(0));
    // With stride 1 the padding is the same for every length; any that is long enough tells it.
    let probe = 2 * taps * dilation;
    let padding = pool.computed_padding(&[probe]).remove(0);
    let conv = DirectConv {
        conv: Arc::new(Conv1d::with_form(
            Isa::best(),
            pantry.form,
            &weights,
            &bias,
            pool.input_channels,
            taps,
            dilation,
        )),
        taps,
        dilation,
        padding: (padding.pad_before, padding.pad_after),
        leaky: None,
        streamed: None,
        waits: tvec!(),
    };
    pantry.cache.known().insert(node.name.clone(), conv.clone());
    replace(model, node, conv)
}

fn direct_deconv(
    pantry: &mut Pantry<'_>,
    model: &TypedModel,
    node: &TypedNode,
    op: &Deconv,
) -> TractResult<Option<TypedModelPatch>> {
    let pool = &op.pool_spec;
    let oihw = op.kernel_format == KernelFormat::OIHW;
    if !is_plain_1d(model, node, pool, op.group, oihw)? || pool.dilation(0) != 1 {
        return Ok(None);
    }
    let Some(bias) = bias(model, node.inputs[2], pool.output_channels)? else { return Ok(None) };
    let (taps, stride, adjustment) = (pool.kernel_shape[0], pool.stride(0), op.adjustments[0]);
    let padding = pool.padding.compute_for_deconv(&[16usize], &[taps], &[1], &[stride], &[adjustment])?.remove(0);
    // An output adjustment adds columns at the end; those that no tap reaches are beyond what the kernel makes.
    let Some(after) = padding.pad_after.checked_sub(adjustment) else { return Ok(None) };
    let (channels, outputs) = (pool.input_channels, pool.output_channels);
    // The kernel fills the taps up to whole strides.
    if outputs * channels * taps.next_multiple_of(stride) > MAX_FLOATS {
        return Ok(None);
    }
    let by_channel = match (pantry.unread(model, node), konst(model, node.inputs[1])?) {
        (Some(name), _) => pantry.weights.floats(name)?,
        (None, Some(weights)) => {
            // tract has turned them: [outputs, channels, taps].
            let weights = floats(&weights)?;
            let mut by_channel = vec![0.0; weights.len()];
            for o in 0..outputs {
                for c in 0..channels {
                    let (from, to) = ((o * channels + c) * taps, (c * outputs + o) * taps);
                    by_channel[to..to + taps].copy_from_slice(&weights[from..from + taps]);
                }
            }
            by_channel
        }
        (None, None) => return Ok(None),
    };
    let deconv = DirectDeconv {
        deconv: Arc::new(Deconv1d::with_form(Isa::best(), pantry.form, &by_channel, &bias, channels, taps, stride)),
        taps,
        stride,
        cropped: (padding.pad_before, after),
        leaky: None,
        streamed: None,
    };
    replace(model, node, deconv)
}

/// A patch that puts `op`, which reads the first input alone, in the place of `node`, if it has the same shape.
fn replace(model: &TypedModel, node: &TypedNode, op: impl TypedOp) -> TractResult<Option<TypedModelPatch>> {
    let facts = op.output_facts(&[model.outlet_fact(node.inputs[0])?])?;
    if facts[0].shape != node.outputs[0].fact.shape {
        return Ok(None);
    }
    let mut patch = TypedModelPatch::default();
    let input = patch.tap_model(model, node.inputs[0])?;
    let output = patch.wire_node(&node.name, op, &[input])?;
    patch.shunt_outside(model, node.id.into(), output[0])?;
    Ok(Some(patch))
}

#[cfg(test)]
mod tests {
    use super::super::small_graphs::{Value, floats_weight, ints, model, node, normal, run, some_weight, stage};
    use super::*;
    use tract_onnx::pb::{NodeProto, TensorProto};

    const CHANNELS: usize = 3;

    /// What tract alone makes of it.
    fn reference(nodes: &[NodeProto], weights: &[TensorProto], x: &[f32]) -> (Vec<usize>, Vec<f32>) {
        let mut proto = model(nodes, weights);
        // Types are asked for of inputs, but not of outputs.
        proto.graph.as_mut().unwrap().input.clear();
        let parsed = tract_onnx::onnx().parse(&proto, None).unwrap();
        let mut tract = parsed.model;
        let source = parsed.outlets_by_name["x"];
        let shape = [1, CHANNELS, x.len() / CHANNELS];
        tract.set_input_outlets(&[source]).unwrap();
        tract.set_outlet_fact(source, f32::fact(shape).into()).unwrap();
        let plan = tract.into_typed().unwrap().into_runnable().unwrap();
        let y = plan.run(tvec!(Tensor::from_shape(&shape, x).unwrap().into_tvalue())).unwrap().remove(0);
        (y.shape().to_vec(), floats(&y).unwrap().to_vec())
    }

    /// The nodes that a stage keeps of a graph, x and what waits in a stream among them, and whether it gives what tract alone gives.
    fn check(name: &str, kept: usize, nodes: &[NodeProto], weights: &[TensorProto]) {
        let ours = stage(CHANNELS, nodes, weights);
        assert_eq!(ours.plan.nodes, kept, "{name}: nodes");
        for columns in [7, 16, 40] {
            let x = normal(CHANNELS * columns);
            let ((shape, ours), (expected_shape, expected)) = (run(&ours, CHANNELS, &x), reference(nodes, weights, &x));
            assert_eq!(shape, expected_shape, "{name} of {columns}");
            let far = ours.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 1e-4, "{name} of {columns}: {far} away");
        }
    }

    fn weights(outputs: i64, channels: i64, taps: i64) -> Vec<TensorProto> {
        vec![
            some_weight("w", &[outputs, channels, taps]),
            some_weight("b", &[outputs]),
            floats_weight("zero", &[], &[0.0]),
        ]
    }

    #[test]
    fn convolutions_are_replaced() {
        for (name, outputs, taps, attributes) in [
            ("of one tap", 5, 1, vec![]),
            ("padded", 5, 3, vec![("pads", ints([1, 1]))]),
            ("dilated", 2, 5, vec![("pads", ints([6, 6])), ("dilations", ints([3]))]),
            ("that looks back", 1, 7, vec![("pads", ints([6, 0]))]),
            ("that looks ahead, and further", 3, 4, vec![("pads", ints([1, 8]))]),
            ("that shortens", 3, 4, vec![]),
            ("same", 4, 6, vec![("auto_pad", Value::Text("SAME_UPPER"))]),
        ] {
            check(name, 2, &[node("Conv", "x w b", "y", attributes)], &weights(outputs, 3, taps));
        }
        check("without bias", 2, &[node("Conv", "x w", "y", vec![])], &weights(5, 3, 2));
    }

    #[test]
    fn transposed_convolutions_are_replaced() {
        for (name, outputs, taps, attributes) in [
            ("Piper's first", 2, 16, vec![("strides", ints([8])), ("pads", ints([4, 4]))]),
            ("Piper's last", 1, 4, vec![("strides", ints([2])), ("pads", ints([1, 1]))]),
            ("without overlap", 2, 3, vec![("strides", ints([3]))]),
            (
                "with an adjustment inside",
                2,
                5,
                vec![("strides", ints([3])), ("pads", ints([1, 2])), ("output_padding", ints([1]))],
            ),
        ] {
            check(name, 2, &[node("ConvTranspose", "x w b", "y", attributes)], &weights_transposed(outputs, taps));
        }
    }

    fn weights_transposed(outputs: i64, taps: i64) -> Vec<TensorProto> {
        vec![some_weight("w", &[3, outputs, taps]), some_weight("b", &[outputs])]
    }

    #[test]
    fn what_stands_beside_is_taken_in() {
        let leaky = |from: &str, to: &str| node("LeakyRelu", from, to, vec![("alpha", Value::Float(0.1))]);
        let conv = |from: &str, to: &str| node("Conv", from, to, vec![("pads", ints([2, 2]))]);
        let sum = |of: &str, to: &str| node("Add", of, to, vec![]);
        for (name, kept, nodes) in [
            ("an activation", 2, vec![leaky("x", "a"), conv("a w b", "y")]),
            ("a Relu", 2, vec![node("Relu", "x", "a", vec![]), conv("a w b", "y")]),
            ("a maximum", 2, vec![node("Max", "x zero", "a", vec![]), conv("a w b", "y")]),
            ("a residual", 2, vec![conv("x w b", "a"), sum("a x", "y")]),
            ("a residual before", 2, vec![conv("x w b", "a"), sum("x a", "y")]),
            ("both", 2, vec![leaky("x", "a"), conv("a w b", "c"), sum("c x", "y")]),
            ("a residual that is activated", 3, vec![leaky("x", "a"), conv("a w b", "c"), sum("c a", "y")]),
            ("two residuals", 3, vec![leaky("x", "l"), conv("x w b", "a"), sum("a x", "s"), sum("s l", "y")]),
            // Two is what a kernel adds at most.
            (
                "three residuals",
                5,
                vec![leaky("x", "l"), conv("x w b", "a"), sum("a x", "s"), sum("s l", "t"), sum("t x", "y")],
            ),
            (
                "a sum of two convolutions",
                3,
                vec![conv("x w b", "a"), sum("a x", "s"), leaky("x", "l"), conv("l w b", "d"), sum("d s", "y")],
            ),
        ] {
            check(name, kept, &nodes, &weights(3, 3, 5));
        }
        let deconv = node("ConvTranspose", "a w b", "y", vec![("strides", ints([2])), ("pads", ints([1, 1]))]);
        check("an activation of a transposed one", 2, &[leaky("x", "a"), deconv], &weights_transposed(2, 4));
    }

    /// Other uses of the same tensors must see what they saw.
    #[test]
    fn what_is_read_elsewhere_stays() {
        let conv = |from: &str, to: &str| node("Conv", from, to, vec![("pads", ints([2, 2]))]);
        let leaky = node("LeakyRelu", "x", "a", vec![("alpha", Value::Float(0.1))]);
        let product = node("Mul", "c a", "y", vec![]);
        check("an activation", 5, &[leaky, conv("a w b", "c"), product], &weights(3, 3, 5));
        let twice = [conv("x w b", "a"), node("Add", "a x", "s", vec![]), node("Mul", "a s", "y", vec![])];
        check("a convolution", 5, &twice, &weights(3, 3, 5));
        check("a sum with itself", 3, &[conv("x w b", "a"), node("Add", "a a", "y", vec![])], &weights(3, 3, 5));
        let row = [some_weight("w", &[3, 3, 5]), some_weight("b", &[3]), some_weight("r", &[1, 3, 1])];
        check("a sum with one column", 3, &[conv("x w b", "a"), node("Add", "a r", "y", vec![])], &row);
    }

    /// Left to tract: what is given must be the same.
    #[test]
    fn what_the_kernels_cannot_do_is_left() {
        for (name, channels, outputs, attributes) in [
            ("a stride", 3, 2, vec![("strides", ints([2]))]),
            ("groups", 1, 3, vec![("group", Value::Int(3)), ("pads", ints([1, 1]))]),
        ] {
            let nodes = [node("Conv", "x w b", "y", attributes)];
            let weights = weights(outputs, channels, 3);
            let (ours, x) = (stage(CHANNELS, &nodes, &weights), normal(CHANNELS * 11));
            let ((shape, ours), (expected_shape, expected)) =
                (run(&ours, CHANNELS, &x), reference(&nodes, &weights, &x));
            assert_eq!(shape, expected_shape, "{name}");
            assert!(ours.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4), "{name}");
        }
    }
}
