//! How far each position of a graph's output looks into its input: the receptive field, computed from the graph.

use std::collections::HashMap;

use tract_onnx::tract_core::ops::array::{DynSlice, MultiBroadcastTo, Pad, PadMode, Slice};
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::cnn::{Conv, Deconv};
use tract_onnx::tract_core::ops::downsample::Downsample;
use tract_onnx::tract_core::ops::fft::Stft;
use tract_onnx::tract_core::ops::nn::{RmsNorm, Softmax};
use tract_onnx::tract_core::ops::scan::Scan;
use tract_onnx::tract_hir::internal::*;

use super::kernels::{DirectConv, DirectDeconv};
use super::stages::Reach;

/// Of a tensor along time: position `p` depends on input frames `f` with `p - before <= f * rate <= p + after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) axis: usize,
    /// Positions for each input frame.
    pub(super) rate: i64,
    pub(super) before: i64,
    pub(super) after: i64,
}

/// What is known of a tensor's dependence on time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dependence {
    /// The same for all frames.
    None,
    /// On a stretch of frames.
    Field(Field),
    /// On all frames, or on which ones is not known: the op that made it so.
    All,
}

/// The reach of a model whose inputs and output have `time` as a dimension, and the output's positions for each frame.
///
/// `None` where the output needs all frames (a running sum), or has no time.
pub(super) fn reach(model: &TypedModel, time: &Symbol) -> TractResult<Option<(Reach, usize)>> {
    let known = dependences(model, time)?;
    let output = model.outputs.first().context("a model without output")?;
    let Some(Dependence::Field(field)) = known.get(output) else { return Ok(None) };
    if model.outlet_fact(*output)?.shape.get(field.axis).and_then(|dim| rate(dim, time)) != Some(field.rate) {
        return Ok(None);
    }
    // Frames [a, b) give positions [a * rate, b * rate).
    let left = field.before.max(0) / field.rate;
    let right = (field.after + field.rate - 1).max(0) / field.rate;
    let (Ok(left), Ok(right), Ok(hop)) = (left.try_into(), right.try_into(), field.rate.try_into()) else {
        return Ok(None);
    };
    Ok(Some((Reach { left, right }, hop)))
}

/// How every tensor of a model depends on time.
pub(super) fn dependences(model: &TypedModel, time: &Symbol) -> TractResult<HashMap<OutletId, Dependence>> {
    let mut known: HashMap<OutletId, Dependence> = HashMap::new();
    for id in model.eval_order()? {
        let node = model.node(id);
        let is_input = model.inputs.iter().any(|i| i.node == id);
        for slot in 0..node.outputs.len() {
            let dependence = if is_input {
                of_input(&node.outputs[slot].fact, time)
            } else {
                match of_node(model, node, slot, &known)? {
                    Dependence::None => of_constant(node, slot, time)?,
                    dependence => dependence,
                }
            };
            known.insert(OutletId::new(id, slot), dependence);
        }
    }
    Ok(known)
}

fn of_input(fact: &TypedFact, time: &Symbol) -> Dependence {
    let axis = fact.shape.iter().position(|dim| dim.symbols().contains(time));
    axis.map_or(Dependence::None, |axis| Dependence::Field(Field { axis, rate: 1, before: 0, after: 0 }))
}

/// What reads no input can still differ from window to window: by the count of frames, or by their position.
fn of_constant(node: &TypedNode, slot: usize, time: &Symbol) -> TractResult<Dependence> {
    let fact = &node.outputs[slot].fact;
    if let Some(konst) = &fact.konst
        && konst.datum_type() == TDim::datum_type()
        && konst.try_as_plain_ram()?.as_slice::<TDim>()?.iter().any(|dim| dim.symbols().contains(time))
    {
        return Ok(Dependence::All);
    }
    let Some(axis) = fact.shape.iter().position(|dim| dim.symbols().contains(time)) else {
        return Ok(Dependence::None);
    };
    // The same numbers, spread over all frames; from there on they have ends, as an input has.
    let rate = rate(&fact.shape[axis], time).filter(|_| node.op_is::<MultiBroadcastTo>());
    Ok(rate.map_or(Dependence::All, |rate| Dependence::Field(Field { axis, rate, before: 0, after: 0 })))
}

/// How often `dim` is as long as `time`, if it is so for every length.
fn rate(dim: &TDim, time: &Symbol) -> Option<i64> {
    let of = |frames: i64| dim.eval(&SymbolValues::default().with(time, frames)).to_i64().ok();
    let rate = of(1)?;
    (rate > 0 && of(2)? == rate.checked_mul(2)? && of(1001)? == rate.checked_mul(1001)?).then_some(rate)
}

fn of_node(
    model: &TypedModel,
    node: &TypedNode,
    slot: usize,
    known: &HashMap<OutletId, Dependence>,
) -> TractResult<Dependence> {
    let inputs: TVec<Dependence> =
        node.inputs.iter().map(|i| known.get(i).copied().unwrap_or(Dependence::All)).collect();
    if inputs.contains(&Dependence::All) {
        return Ok(Dependence::All);
    }
    let mut sum = Dependence::None;
    for (ix, input) in inputs.iter().enumerate() {
        let Dependence::Field(field) = input else { continue };
        let Some(field) = through(model, node, ix, slot, *field)? else { return Ok(Dependence::All) };
        sum = match sum {
            Dependence::None => Dependence::Field(field),
            Dependence::Field(other) if other.axis == field.axis && other.rate == field.rate => {
                Dependence::Field(Field {
                    before: other.before.max(field.before),
                    after: other.after.max(field.after),
                    ..field
                })
            }
            _ => return Ok(Dependence::All),
        };
    }
    Ok(sum)
}

/// What the output of `node` has of the field that its input `ix` has; `None` for all frames.
pub(super) fn through(
    model: &TypedModel,
    node: &TypedNode,
    ix: usize,
    slot: usize,
    field: Field,
) -> TractResult<Option<Field>> {
    let Field { axis, before, after, .. } = field;
    if let Some(op) = node.op_as::<DirectConv>() {
        // Its further inputs are added to the output as they are.
        return Ok(Some(if ix == 0 { convolved(field, op.taps, op.dilation, op.padding.0) } else { field }));
    }
    if let Some(op) = node.op_as::<Conv>()
        && ix == 0
        && axis == op.pool_spec.data_format.h_axis()
    {
        let pool = &op.pool_spec;
        if pool.rank() != 1 || pool.stride(0) != 1 {
            return Ok(None);
        }
        let (taps, dilation) = (pool.kernel_shape[0], pool.dilation(0));
        let padding = pool.computed_padding(&[2 * taps * dilation]).remove(0).pad_before;
        return Ok(Some(convolved(field, taps, dilation, padding)));
    }
    if let Some(op) = node.op_as::<DirectDeconv>() {
        return Ok(Some(spread_out(field, op.taps, op.stride, op.cropped.0)));
    }
    if let Some(op) = node.op_as::<Deconv>()
        && ix == 0
        && axis == op.pool_spec.data_format.h_axis()
    {
        let pool = &op.pool_spec;
        if pool.rank() != 1 || pool.dilation(0) != 1 {
            return Ok(None);
        }
        let (taps, stride) = (pool.kernel_shape[0], pool.stride(0));
        let padding = pool.padding.compute_for_deconv(&[16usize], &[taps], &[1], &[stride], &op.adjustments)?;
        return Ok(Some(spread_out(field, taps, stride, padding[0].pad_before)));
    }
    if let Some(op) = node.op_as::<Slice>()
        && op.axis == axis
    {
        let Ok(start) = op.start.to_i64() else { return Ok(None) };
        return Ok(Some(Field { before: before - start, after: after + start, ..field }));
    }
    if let Some(op) = node.op_as::<Pad>()
        && let Some(&(pad, _)) = op.pads.get(axis)
    {
        let pad = pad as i64;
        let back = if matches!(op.mode, PadMode::Constant(_)) { -pad } else { pad };
        return Ok(Some(Field { before: before + pad, after: after + back, ..field }));
    }
    if let Some(op) = node.op_as::<Downsample>() {
        return Ok((op.axis != axis).then_some(field));
    }
    if let Some(op) = node.op_as::<AxisOp>() {
        return Ok(reshaped(op, field));
    }
    // These keep the axis apart from all others, and yet mix its positions or move them.
    let mixes = node.op_as::<Softmax>().is_some_and(|op| op.axes.contains(&axis))
        || node.op_as::<RmsNorm>().is_some_and(|op| op.axis == axis)
        || node.op_as::<DynSlice>().is_some_and(|op| op.axis == axis)
        || node.op_is::<Stft>()
        || node.op_is::<Scan>();
    if mixes {
        return Ok(None);
    }
    // Whatever else keeps it apart treats each position alone.
    let (inputs, outputs) = model.node_facts(node.id)?;
    let mapping = node.op.axes_mapping(&inputs, &outputs)?;
    Ok(mapping.track_axis((InOut::In(ix), axis), InOut::Out(slot))?.map(|axis| Field { axis, ..field }))
}

fn convolved(field: Field, taps: usize, dilation: usize, padding: usize) -> Field {
    let (reach, padding) = (((taps - 1) * dilation) as i64, padding as i64);
    Field { before: field.before + padding, after: field.after + reach - padding, ..field }
}

/// What a transposed convolution makes of a field, if it leaves out so many columns before.
fn spread_out(field: Field, taps: usize, stride: usize, cropped: usize) -> Field {
    let (taps, stride, cropped) = (taps as i64, stride as i64, cropped as i64);
    Field {
        axis: field.axis,
        rate: field.rate * stride,
        before: field.before * stride + taps - 1 - cropped,
        after: field.after * stride + cropped,
    }
}

fn reshaped(op: &AxisOp, field: Field) -> Option<Field> {
    let Field { axis, rate, before, after } = field;
    let AxisOp::Reshape(at, from, to) = op else {
        return op.transform_axis(axis).map(|axis| Field { axis, ..field });
    };
    if axis < *at {
        return Some(field);
    }
    if axis >= at + from.len() {
        return Some(Field { axis: axis + to.len() - from.len(), ..field });
    }
    // [T, k] to [T * k]: each position becomes k.
    if axis == *at && to.len() == 1 {
        let k = from[1..].iter().product::<TDim>().to_i64().ok()?;
        return Some(Field { axis, rate: rate * k, before: before * k + k - 1, after: after * k });
    }
    // [T * k] to [T, k]: k positions become one.
    if axis == *at && from.len() == 1 {
        let k = to[1..].iter().product::<TDim>().to_i64().ok()?;
        if k > 0 && rate % k == 0 {
            let up = |x: i64| (x + k - 1).div_euclid(k);
            return Some(Field { axis, rate: rate / k, before: up(before), after: up(after + k - 1) });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::ops::Range;
    use std::path::{Path, PathBuf};

    use super::super::kernels::Kernels;
    use super::super::load::load;
    use super::super::noise::{NoiseOf, NormalStream};
    use super::super::small_graphs::{Value, ints, ints_weight, node, normal, run, some_weight, stage};
    use super::super::stages::{Encoding, Frames, Networks, Scales, columns};
    use super::super::windows::Window;
    use super::*;
    use tract_onnx::pb::{NodeProto, TensorProto};

    fn models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
    }

    fn networks(path: &Path) -> Networks {
        load(Box::new(File::open(path).unwrap()), 64, Kernels::Direct).unwrap().0
    }

    fn encoding(networks: &Networks) -> Encoding {
        let scales = Scales { noise: 0.667, length: 1.0, noise_w: 0.0 };
        let mut noise = NormalStream::new(0, 0, NoiseOf::Durations);
        networks.encoder.encode(&[1, 0, 20, 0, 30, 0, 2], 0, scales, &mut noise).unwrap()
    }

    /// From the first to the last frame that differs.
    fn changed(before: &[Vec<f32>], after: &[Vec<f32>]) -> Range<usize> {
        assert_eq!(before.len(), after.len());
        let differ = |at: &usize| before[*at].iter().zip(&after[*at]).any(|(a, b)| a.to_bits() != b.to_bits());
        let all: Vec<usize> = (0..before.len()).filter(differ).collect();
        all.first().copied().unwrap_or(0)..all.last().map_or(0, |last| last + 1)
    }

    /// A frame changes those frames alone that look at it.
    fn check_inside(what: &str, reach: Reach, at: usize, changed: &Range<usize>) {
        let looking = at - reach.right..at + reach.left + 1;
        assert!(changed.contains(&at), "{what}: the frame itself, {at}, did not change: {changed:?}");
        assert!(
            looking.start <= changed.start && changed.end <= looking.end,
            "{what}: frame {at} changed {changed:?}, which is not in {looking:?}"
        );
    }

    /// The farthest of those frames do change, to within a frame, on a side at least: no more is computed than needs be.
    fn check_tight(what: &str, reach: Reach, at: usize, changed: &Range<usize>) {
        let (left, right) = (at - changed.start, changed.end - 1 - at);
        assert!(
            reach.right - left <= 1 || reach.left - right <= 1,
            "{what}: frame {at} changed {changed:?} alone, in spite of {reach:?}"
        );
    }

    fn check_decoder(name: &str, networks: &Networks, strength: f32, tight: bool) {
        let decoder = &networks.decoder;
        let globals = encoding(networks).globals.decoder;
        let reach = decoder.reach();
        // So far from both ends that no end is seen.
        let (count, at) = (2 * (reach.left + reach.right) + 9, reach.left + reach.right + 4);
        let channels = networks.couple.latent_channels();
        let latents: Vec<f32> = normal(channels * count);
        let mut other = latents.clone();
        for (x, n) in other.iter_mut().skip(at).step_by(count).zip(normal(channels)) {
            *x += strength * n;
        }
        let frames = |latents: &[f32]| -> Vec<Vec<f32>> {
            let samples = decoder.decode(latents, count, &globals).unwrap();
            samples.chunks(decoder.hop()).map(<[f32]>::to_vec).collect()
        };
        let (what, changed) = (format!("{name}, decoder"), changed(&frames(&latents), &frames(&other)));
        check_inside(&what, reach, at, &changed);
        if tight {
            check_tight(&what, reach, at, &changed);
        }
    }

    fn check_couple(name: &str, networks: &Networks) {
        let couple = &networks.couple;
        let Encoding { rows, durations, globals } = encoding(networks);
        let Some(reach) = couple.reach() else { panic!("{name}: the couple's reach is not known") };
        let (count, at) = (2 * (reach.left + reach.right) + 9, reach.left + reach.right + 4);
        let spread = rows.iter().map(|rows| rows.len() / durations.len());
        let channels: Vec<usize> = spread.chain(couple.noise_channels().iter().copied()).collect();
        let run = |inputs: &[Vec<f32>]| -> Vec<Vec<f32>> {
            let (rows, noise) = inputs.split_at(rows.len());
            let frames = Frames { count, rows: rows.to_vec(), noise: noise.iter().map(Vec::as_slice).collect() };
            let latents = couple.couple(frames, &globals.couple).unwrap();
            (0..count).map(|at| latents.iter().skip(at).step_by(count).copied().collect()).collect()
        };
        let mut widest = at..at + 1;
        // On a long way what is weak fades, what is strong saturates the gates, and what is added to much is lost.
        for (level, strength) in [(1.0, 1.0), (1.0, 100.0), (0.01, 1.0), (0.01, 100.0), (1e-4, 1e4), (1e-4, 10.0)] {
            let scaled = |c: &usize| normal(c * count).iter().map(|x| x * level).collect();
            let plain: Vec<Vec<f32>> = channels.iter().map(scaled).collect();
            let before = run(&plain);
            for (i, &channels) in channels.iter().enumerate() {
                let mut inputs = plain.clone();
                // Some of what is spread are logarithms.
                let strength: f32 = if i < rows.len() { 3.0 } else { strength };
                for (x, n) in inputs[i][at * channels..].iter_mut().zip(normal(channels)) {
                    *x += strength * n;
                }
                let changed = changed(&before, &run(&inputs));
                check_inside(&format!("{name}, couple, input {i}"), reach, at, &changed);
                widest = widest.start.min(changed.start)..widest.end.max(changed.end);
            }
        }
        check_tight(&format!("{name}, couple"), reach, at, &widest);
    }

    /// Frames before and after, and positions for each frame.
    type Known = Option<(usize, usize, usize)>;

    /// Graphs of x, `[1, 2, T]`, and what is known of y.
    fn small_graphs() -> Vec<(&'static str, Known, Vec<NodeProto>)> {
        let one = |op: &str, inputs: &str, to: &str| node(op, inputs, to, vec![]);
        let conv = |from: &str, to: &str, pads, dilation| {
            let attributes = vec![("pads", ints(pads)), ("dilations", ints([dilation]))];
            node("Conv", &format!("{from} w3 b"), to, attributes)
        };
        let grouped = node("Conv", "x w3g b", "y", vec![("group", Value::Int(2)), ("pads", ints([2, 0]))]);
        let deconv = |weights: &str, stride, pads, group| {
            let attributes =
                vec![("strides", ints([stride])), ("pads", ints([pads, pads])), ("group", Value::Int(group))];
            node("ConvTranspose", &format!("x {weights} b"), "y", attributes)
        };
        let over = |op: &str, axis: i64| node(op, "x", "y", vec![("axes", ints([axis])), ("keepdims", Value::Int(1))]);
        let softmax = |axis: i64| node("Softmax", "x", "y", vec![("axis", Value::Int(axis))]);
        let padded = |mode| {
            [node("Pad", "x around", "p", vec![("mode", Value::Text(mode))]), node("Conv", "p w5 b", "y", vec![])]
        };
        let swap = |from: &str, to: &str| node("Transpose", from, to, vec![("perm", ints([0, 2, 1]))]);
        let concat = |axis| node("Concat", "x a", "y", vec![("axis", Value::Int(axis))]);
        let pool = |op: &str| node(op, "x", "y", vec![("kernel_shape", ints([3])), ("pads", ints([1, 1]))]);
        vec![
            ("each alone", Some((0, 0, 1)), vec![one("Tanh", "x", "y")]),
            ("one tap", Some((0, 0, 1)), vec![one("Conv", "x w1 b", "y")]),
            ("three taps", Some((1, 1, 1)), vec![conv("x", "y", [1, 1], 1)]),
            ("dilated", Some((4, 4, 1)), vec![conv("x", "y", [4, 4], 4)]),
            ("back", Some((2, 0, 1)), vec![conv("x", "y", [2, 0], 1)]),
            ("ahead", Some((0, 2, 1)), vec![conv("x", "y", [0, 2], 1)]),
            ("in groups", Some((2, 0, 1)), vec![grouped]),
            ("in a row", Some((3, 1, 1)), vec![conv("x", "a", [2, 0], 1), conv("a", "y", [1, 1], 1)]),
            (
                "side by side",
                Some((6, 3, 1)),
                vec![conv("x", "a", [6, 0], 3), conv("x", "c", [3, 3], 3), one("Add", "a c", "y")],
            ),
            (
                "around an activation",
                Some((1, 1, 1)),
                vec![one("Relu", "x", "a"), conv("a", "c", [1, 1], 1), one("Add", "c x", "y")],
            ),
            ("zeros around", Some((2, 2, 1)), padded("constant").to_vec()),
            ("shortened", None, vec![one("Conv", "x w3 b", "y")]),
            ("a step of two", None, vec![node("Conv", "x w3 b", "y", vec![("strides", ints([2]))])]),
            ("transposed", Some((1, 1, 4)), vec![deconv("t8", 4, 2, 1)]),
            ("transposed, far", Some((2, 2, 2)), vec![deconv("t8", 2, 3, 1)]),
            ("transposed, no overlap", Some((0, 0, 3)), vec![deconv("t3", 3, 0, 1)]),
            ("transposed in groups", Some((1, 1, 4)), vec![deconv("t8g", 4, 2, 2)]),
            ("summed", None, vec![one("CumSum", "x two", "y")]),
            ("mean of frames", None, vec![over("ReduceMean", 2)]),
            ("mean of channels", Some((0, 0, 1)), vec![over("ReduceMean", 1)]),
            ("shares of frames", None, vec![softmax(2)]),
            ("shares of channels", Some((0, 0, 1)), vec![softmax(1)]),
            ("late", Some((1, 0, 1)), vec![one("Pad", "x before", "p"), one("Slice", "p zero last axis", "y")]),
            ("early", Some((0, 1, 1)), vec![one("Slice", "x one end axis", "s"), one("Pad", "s after", "y")]),
            ("one channel", Some((0, 0, 1)), vec![one("Slice", "x zero one one", "y")]),
            ("interleaved", Some((0, 0, 2)), vec![swap("x", "s"), one("Reshape", "s flat", "y")]),
            (
                "interleaved and back",
                Some((1, 1, 1)),
                vec![
                    swap("x", "s"),
                    one("Reshape", "s flat", "f"),
                    one("Reshape", "f pairs", "p"),
                    swap("p", "a"),
                    conv("a", "y", [1, 1], 1),
                ],
            ),
            ("one row after another", None, vec![one("Reshape", "x flat", "y")]),
            ("mixed channels", Some((0, 0, 1)), vec![swap("x", "s"), one("MatMul", "s m", "p"), swap("p", "y")]),
            ("mixed frames", None, vec![swap("x", "s"), one("MatMul", "s x", "y")]),
            ("more channels", Some((1, 1, 1)), vec![conv("x", "a", [1, 1], 1), concat(1)]),
            ("twice as long", None, vec![one("Tanh", "x", "a"), concat(2)]),
            ("repeated", None, vec![one("Tile", "x thrice", "y")]),
            ("one frame", None, vec![node("Gather", "x three", "y", vec![("axis", Value::Int(2))])]),
            ("largest near", None, vec![pool("MaxPool")]),
            ("mean near", None, vec![pool("AveragePool")]),
            ("normalised", None, vec![one("InstanceNormalization", "x b b", "y")]),
            // The same for all frames, but not for all lengths; and different for each frame, whatever is in it.
            (
                "by the length",
                None,
                vec![
                    one("Shape", "x", "s"),
                    node("Cast", "s", "f", vec![("to", Value::Int(1))]),
                    one("ReduceSum", "f", "n"),
                    one("Mul", "x n", "y"),
                ],
            ),
            (
                "by the position",
                None,
                vec![
                    one("Shape", "x", "s"),
                    node("Gather", "s index", "n", vec![("axis", Value::Int(0))]),
                    one("Range", "from n by", "r"),
                    node("Cast", "r", "f", vec![("to", Value::Int(1))]),
                    one("Add", "x f", "y"),
                ],
            ),
            (
                "beside a constant of its length",
                Some((1, 1, 1)),
                vec![
                    one("Shape", "x", "s"),
                    one("Expand", "b2 s", "e"),
                    node("Concat", "x e", "c", vec![("axis", Value::Int(1))]),
                    node("Conv", "c w4 b", "y", vec![("pads", ints([1, 1]))]),
                ],
            ),
        ]
    }

    fn small_weights() -> Vec<TensorProto> {
        let scalar = |name: &str, value| TensorProto { dims: vec![], ..ints_weight(name, &[value]) };
        let mut weights = vec![
            some_weight("w1", &[2, 2, 1]),
            some_weight("w3", &[2, 2, 3]),
            some_weight("w3g", &[2, 1, 3]),
            some_weight("w4", &[2, 4, 3]),
            some_weight("w5", &[2, 2, 5]),
            some_weight("t3", &[2, 2, 3]),
            some_weight("t8", &[2, 2, 8]),
            some_weight("t8g", &[2, 1, 8]),
            some_weight("b", &[2]),
            some_weight("b2", &[1, 2, 1]),
            some_weight("m", &[2, 2]),
            scalar("two", 2),
            scalar("three", 3),
            scalar("from", 0),
            scalar("index", 2),
            scalar("by", 1),
        ];
        let lists: [(&str, &[i64]); 11] = [
            ("around", &[0, 0, 2, 0, 0, 2]),
            ("before", &[0, 0, 1, 0, 0, 0]),
            ("after", &[0, 0, 0, 0, 0, 1]),
            ("zero", &[0]),
            ("one", &[1]),
            ("last", &[-1]),
            ("end", &[i64::MAX]),
            ("axis", &[2]),
            ("thrice", &[1, 1, 3]),
            ("flat", &[1, -1]),
            ("pairs", &[1, -1, 2]),
        ];
        weights.extend(lists.iter().map(|(name, values)| ints_weight(name, values)));
        weights
    }

    #[test]
    fn is_known_for_small_graphs() {
        for (name, known, nodes) in small_graphs() {
            let stage = stage(2, &nodes, &small_weights());
            let found = stage.plan.reach.map(|(reach, hop)| (reach.left, reach.right, hop));
            assert_eq!(found, known, "{name}");
            let Some((reach, hop)) = stage.plan.reach else { continue };
            let (count, at) = (30, 15);
            let x = normal(2 * count);
            // The positions of each frame, of all channels.
            let frames = |x: &[f32]| -> Vec<Vec<f32>> {
                let (shape, y) = run(&stage, 2, x);
                assert_eq!(shape.last(), Some(&(x.len() / 2 * hop)), "{name}");
                let of = |frame| y.chunks(x.len() / 2 * hop).flat_map(move |row| row[frame * hop..][..hop].to_vec());
                (0..x.len() / 2).map(|frame| of(frame).collect()).collect()
            };
            let whole = frames(&x);
            let mut other = x.clone();
            other[at] += 1.0;
            other[count + at] += 2.0;
            let changed = changed(&whole, &frames(&other));
            // To the frame; but what looks at other frames alone still has its own inside.
            let (first, last) = (at - reach.right, at + reach.left);
            assert!(changed.start == first || reach.right == 0 && changed.start > first, "{name}: {changed:?}");
            assert!(changed.end == last + 1 || reach.left == 0 && changed.end <= last, "{name}: {changed:?}");
            // A window gives what the whole gives.
            for start in 0..count {
                let window = Window::around(start..(start + 3).min(count), reach, count);
                let part = frames(&columns(&x, count, window.span.clone()));
                for (a, b) in part[window.kept()].concat().iter().zip(&whole[window.keep].concat()) {
                    assert!((a - b).abs() < 1e-4, "{name} at {start}: {a} is not {b}");
                }
            }
        }
    }

    #[test]
    fn is_what_piper_voices_look_at() {
        // As measured on the networks of real voices: 10.1 frames, and 12.7 in those of high quality.
        for (name, expected) in [("tiny", 11), ("tiny-multi", 13)] {
            let networks = networks(&models().join(format!("test/{name}.onnx")));
            let reach = networks.decoder.reach();
            assert!(reach.left.max(reach.right) <= expected, "{name}: {reach:?}");
            check_decoder(name, &networks, 100.0, true);
            check_couple(name, &networks);
        }
    }

    #[test]
    fn is_what_the_default_voice_looks_at() {
        let networks = networks(&models().join("en_US-slt-tiny.onnx"));
        assert_eq!(networks.couple.reach(), None, "it sums its frames");
        check_decoder("slt", &networks, 0.1, false);
    }

    #[test]
    fn is_what_voices_of_real_sizes_look_at() {
        let folder = models().join("../../shared/voices");
        if !folder.is_dir() {
            println!("skipped: there is no folder of bigger voices beside the repository");
            return;
        }
        for name in ["x_low", "x_low_multi", "medium"] {
            let networks = networks(&folder.join(format!("synthetic-{name}.onnx")));
            check_decoder(name, &networks, 100.0, true);
            check_couple(name, &networks);
        }
    }
}
