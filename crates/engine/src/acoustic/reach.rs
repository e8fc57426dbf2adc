//! How far each position of a graph's output looks into its input: the receptive field, computed from the graph.

use std::collections::HashMap;

use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice};
use tract_onnx::tract_core::ops::change_axes::AxisOp;
use tract_onnx::tract_core::ops::cnn::Conv;
use tract_onnx::tract_core::ops::downsample::Downsample;
use tract_onnx::tract_hir::internal::*;

use super::kernel_ops::{DirectConv, DirectDeconv};
use super::stages::Reach;

/// Of a tensor along time: position `p` depends on input frames `f` with `p - before <= f * rate <= p + after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    axis: usize,
    /// Positions for each input frame.
    rate: i64,
    before: i64,
    after: i64,
}

/// What is known of a tensor's dependence on time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dependence {
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
    let mut known: HashMap<OutletId, Dependence> = HashMap::new();
    for id in model.eval_order()? {
        let node = model.node(id);
        let is_input = model.inputs.iter().any(|i| i.node == id);
        for slot in 0..node.outputs.len() {
            let dependence =
                if is_input { of_input(&node.outputs[slot].fact, time) } else { of_node(model, node, slot, &known)? };
            known.insert(OutletId::new(id, slot), dependence);
        }
    }
    let output = model.outputs.first().context("a model without output")?;
    let Some(Dependence::Field(field)) = known.get(output) else { return Ok(None) };
    // Frames [a, b) give positions [a * rate, b * rate).
    let left = field.before.max(0) / field.rate;
    let right = (field.after + field.rate - 1).max(0) / field.rate;
    Ok(Some((Reach { left: left as usize, right: right as usize }, field.rate as usize)))
}

fn of_input(fact: &TypedFact, time: &Symbol) -> Dependence {
    let axis = fact.shape.iter().position(|dim| dim.symbols().contains(time));
    axis.map_or(Dependence::None, |axis| Dependence::Field(Field { axis, rate: 1, before: 0, after: 0 }))
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
fn through(model: &TypedModel, node: &TypedNode, ix: usize, slot: usize, field: Field) -> TractResult<Option<Field>> {
    let Field { axis, rate, before, after } = field;
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
        let (stride, taps, cropped) = (op.stride as i64, op.taps as i64, op.cropped.0 as i64);
        return Ok(Some(Field {
            axis,
            rate: rate * stride,
            before: before * stride + taps - 1 - cropped,
            after: after * stride + cropped,
        }));
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
    // Whatever else keeps the axis apart from all others treats each position alone.
    let (inputs, outputs) = model.node_facts(node.id)?;
    let mapping = node.op.axes_mapping(&inputs, &outputs)?;
    Ok(mapping.track_axis((InOut::In(ix), axis), InOut::Out(slot))?.map(|axis| Field { axis, ..field }))
}

fn convolved(field: Field, taps: usize, dilation: usize, padding: usize) -> Field {
    let (reach, padding) = (((taps - 1) * dilation) as i64, padding as i64);
    Field { before: field.before + padding, after: field.after + reach - padding, ..field }
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

    use super::super::load::load;
    use super::super::noise::{NoiseOf, NormalStream};
    use super::super::stages::{Encoding, Frames, Networks, Scales};
    use super::*;

    fn models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
    }

    fn networks(path: &Path) -> Networks {
        load(Box::new(File::open(path).unwrap()), 64).unwrap().0
    }

    fn normal(seed: u64, count: usize) -> Vec<f32> {
        let mut numbers = Vec::new();
        NormalStream::new(seed, 0, NoiseOf::Frames).fill(&mut numbers, count);
        numbers
    }

    fn encoding(networks: &Networks) -> Encoding {
        let scales = Scales { noise: 0.667, length: 1.0, noise_w: 0.0 };
        let mut noise = NormalStream::new(0, 0, NoiseOf::Durations);
        networks.encoder.encode(&[1, 0, 20, 0, 30, 0, 2], 0, scales, &mut noise).unwrap()
    }

    /// Which frames of what `stage` gives change with frame `at` of what it is given.
    ///
    /// Both are a row for each frame; `stage` is to give the same numbers for the same rows.
    fn changed(before: &[Vec<f32>], after: &[Vec<f32>]) -> Range<usize> {
        assert_eq!(before.len(), after.len());
        let differ = |at: &usize| before[*at].iter().zip(&after[*at]).any(|(a, b)| a.to_bits() != b.to_bits());
        let all: Vec<usize> = (0..before.len()).filter(differ).collect();
        all.first().copied().unwrap_or(0)..all.last().map_or(0, |last| last + 1)
    }

    /// A frame changes those frames alone that look at it; `tight` says that the farthest of them do change, to
    /// within a frame, on a side at least.
    fn check(what: &str, reach: Reach, at: usize, changed: Range<usize>, tight: bool) {
        let looking = at - reach.right..at + reach.left + 1;
        assert!(changed.contains(&at), "{what}: the frame itself, {at}, did not change: {changed:?}");
        assert!(
            looking.start <= changed.start && changed.end <= looking.end,
            "{what}: frame {at} changed {changed:?}, which is not in {looking:?}"
        );
        if tight {
            let (left, right) = (changed.start - looking.start, looking.end - changed.end);
            assert!(left.min(right) <= 1, "{what}: frame {at} changed {changed:?} alone of {looking:?}");
        }
    }

    fn check_decoder(name: &str, networks: &Networks, strength: f32, tight: bool) {
        let decoder = &networks.decoder;
        let globals = encoding(networks).globals.decoder;
        let reach = decoder.reach();
        // So far from both ends that no end is seen.
        let (count, at) = (2 * (reach.left + reach.right) + 9, reach.left + reach.right + 4);
        let channels = networks.couple.latent_channels();
        let latents: Vec<f32> = normal(1, channels * count);
        let mut other = latents.clone();
        for (x, n) in other.iter_mut().skip(at).step_by(count).zip(normal(2, channels)) {
            *x += strength * n;
        }
        let frames = |latents: &[f32]| -> Vec<Vec<f32>> {
            let samples = decoder.decode(latents, count, &globals).unwrap();
            samples.chunks(decoder.hop()).map(<[f32]>::to_vec).collect()
        };
        check(&format!("{name}, decoder"), reach, at, changed(&frames(&latents), &frames(&other)), tight);
    }

    fn check_couple(name: &str, networks: &Networks, strength: f32, tight: bool) {
        let couple = &networks.couple;
        let Encoding { rows, durations, globals } = encoding(networks);
        let Some(reach) = couple.reach() else { panic!("{name}: the couple's reach is not known") };
        let (count, at) = (2 * (reach.left + reach.right) + 9, reach.left + reach.right + 4);
        let channels: Vec<usize> = rows.iter().map(|rows| rows.len() / durations.len()).collect();
        let rows: Vec<Vec<f32>> = channels.iter().map(|c| normal(3, c * count)).collect();
        let noise: Vec<Vec<f32>> = couple.noise_channels().iter().map(|c| normal(4, c * count)).collect();
        let frames = |rows: &[Vec<f32>], noise: &[Vec<f32>]| -> Vec<Vec<f32>> {
            let noise = noise.iter().map(Vec::as_slice).collect();
            let latents = couple.couple(Frames { count, rows: rows.to_vec(), noise }, &globals.couple).unwrap();
            (0..count).map(|at| latents.iter().skip(at).step_by(count).copied().collect()).collect()
        };
        let plain = frames(&rows, &noise);
        let change = |rows: &[f32], channels: usize, strength: f32| -> Vec<f32> {
            let mut rows = rows.to_vec();
            for (x, n) in rows[at * channels..][..channels].iter_mut().zip(normal(5, channels)) {
                *x += strength * n;
            }
            rows
        };
        for (i, channels) in channels.iter().enumerate() {
            let mut rows = rows.clone();
            // Some of these are logarithms.
            rows[i] = change(&rows[i], *channels, strength.min(3.0));
            let what = format!("{name}, couple, rows {i}");
            check(&what, reach, at, changed(&plain, &frames(&rows, &noise)), tight);
        }
        for (i, channels) in couple.noise_channels().iter().enumerate() {
            let mut noise = noise.clone();
            noise[i] = change(&noise[i], *channels, strength);
            let what = format!("{name}, couple, noise {i}");
            check(&what, reach, at, changed(&plain, &frames(&rows, &noise)), tight);
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
            check_couple(name, &networks, 1000.0, true);
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
            check_couple(name, &networks, 1000.0, true);
        }
    }
}
