//! A graph that is given a sentence in turns, and computes no column twice.
//!
//! A convolution's output lags behind its input by what it looks ahead. So each tensor of a stage has a lag: the columns
//! that will be there at the end, but are not known yet. Convolutions keep the columns that they look back at, sums wait
//! for the later of their inputs, and everything else treats each column alone. What all turns give together is what
//! the graph gives for the whole.

mod delay;
mod kept;

use std::collections::HashMap;

use tract_onnx::tract_core::ops::array::{Pad, PadMode, Slice};
use tract_onnx::tract_hir::internal::*;

use super::kernels::{DirectConv, DirectDeconv};
use super::reach::{Dependence, Field, dependences, through};
pub(super) use delay::Delay;
use delay::Shift;
pub(super) use kept::{Kept, Last, Past, Streamed};

/// The streamed form of a decluttered model, and how many frames its output lags behind its inputs; `None` where an op's
/// output is not known column by column.
pub(super) fn streamed(model: &TypedModel, time: &Symbol) -> TractResult<Option<(TypedModel, usize)>> {
    let known = dependences(model, time)?;
    let target = TypedModel { symbols: model.symbols.clone(), ..TypedModel::default() };
    let mut rewrite = Rewrite { model, time, target, wires: HashMap::new(), symbols: HashMap::new() };
    for id in model.eval_order()? {
        let node = model.node(id);
        if !rewrite.node(node, &known)? {
            return Ok(None);
        }
    }
    let wired = |of: &[OutletId]| of.iter().map(|o| rewrite.wires.get(o).map(|wire| wire.outlet)).collect();
    let (Some(inputs), Some(outputs)): (Option<Vec<_>>, Option<Vec<_>>) = (wired(&model.inputs), wired(&model.outputs))
    else {
        return Ok(None);
    };
    let output = model.outputs.first().and_then(|output| rewrite.wires.get(output));
    let Some(Wire { pace: Some(pace), .. }) = output else { return Ok(None) };
    let lag = (pace.lag as usize).div_ceil(pace.rate as usize);
    let mut target = rewrite.target;
    target.select_output_outlets(&outputs)?;
    target.set_input_outlets(&inputs)?;
    Ok(Some((target, lag)))
}

/// Where a tensor is in the streamed model.
#[derive(Clone, Copy)]
struct Wire {
    outlet: OutletId,
    /// If it has columns.
    pace: Option<Pace>,
}

/// How a tensor's columns come.
#[derive(Clone, Copy, PartialEq)]
struct Pace {
    axis: usize,
    /// For each frame.
    rate: i64,
    /// So many less are known.
    lag: i64,
}

struct Rewrite<'a> {
    model: &'a TypedModel,
    time: &'a Symbol,
    target: TypedModel,
    wires: HashMap<OutletId, Wire>,
    /// Columns of a turn, by rate and lag.
    symbols: HashMap<(i64, i64), Symbol>,
}

impl Rewrite<'_> {
    /// Puts a node into the target, if it can be streamed.
    fn node(&mut self, node: &TypedNode, known: &HashMap<OutletId, Dependence>) -> TractResult<bool> {
        for slot in 0..node.outputs.len() {
            if known.get(&OutletId::new(node.id, slot)) == Some(&Dependence::All) {
                return Ok(false);
            }
        }
        if self.model.inputs.iter().any(|input| input.node == node.id) {
            let outlet = self.target.add_source(&node.name, node.outputs[0].fact.clone())?;
            self.know(node, 0, outlet, self.pace(known, node, 0, 0));
            return Ok(true);
        }
        let pace = node.inputs.first().and_then(|input| self.wires.get(input)).and_then(|wire| wire.pace);
        let streamed = match pace {
            // What reads it may be a shift; what else does finds nothing.
            Some(pace) if node.op_as::<Pad>().is_some_and(|op| op.pads.get(pace.axis) != Some(&(0, 0))) => {
                return Ok(true);
            }
            Some(pace) if node.op_is::<DirectConv>() || node.op_is::<DirectDeconv>() => self.convolution(node, pace)?,
            None if node.op_is::<Slice>() => self.shift(node)?,
            _ => None,
        };
        if let Some(wire) = streamed {
            self.wires.insert(node.id.into(), wire);
            return Ok(true);
        }
        self.pointwise(node, known)
    }

    fn know(&mut self, node: &TypedNode, slot: usize, outlet: OutletId, pace: Option<Pace>) {
        self.wires.insert(OutletId::new(node.id, slot), Wire { outlet, pace });
    }

    /// The pace of an output that lags by so many columns.
    fn pace(&self, known: &HashMap<OutletId, Dependence>, node: &TypedNode, slot: usize, lag: i64) -> Option<Pace> {
        match known.get(&OutletId::new(node.id, slot)) {
            Some(&Dependence::Field(Field { axis, rate, .. })) => Some(Pace { axis, rate, lag }),
            _ => None,
        }
    }

    /// The columns of a turn. Lags of whole frames share a symbol, whatever the rate.
    fn columns(&mut self, rate: i64, lag: i64) -> TDim {
        if lag == 0 {
            return TDim::from(self.time.clone()) * rate;
        }
        let (rate, key) = if lag % rate == 0 { (rate, (1, lag / rate)) } else { (1, (rate, lag)) };
        let symbols = &self.target.symbols;
        TDim::from(self.symbols.entry(key).or_insert_with(|| symbols.new_with_prefix("T")).clone()) * rate
    }

    /// A convolution whose output is as long as its input, or `stride` times that.
    fn convolution(&mut self, node: &TypedNode, pace: Pace) -> TractResult<Option<Wire>> {
        let (op, pace): (Box<dyn TypedOp>, _) = if let Some(op) = node.op_as::<DirectConv>() {
            let pace = Pace { lag: pace.lag + op.padding.1 as i64, ..pace };
            if op.padding.0 + op.padding.1 != (op.taps - 1) * op.dilation || node.inputs.len() > 1 {
                return Ok(None);
            }
            (Box::new(op.streamed(self.columns(pace.rate, pace.lag))), pace)
        } else if let Some(op) = node.op_as::<DirectDeconv>() {
            let stride = op.stride as i64;
            let (rate, lag) = (pace.rate * stride, pace.lag * stride + op.cropped.0 as i64);
            if op.cropped.0 + op.cropped.1 + op.stride != op.taps {
                return Ok(None);
            }
            (Box::new(op.streamed(self.columns(rate, lag))), Pace { rate, lag, ..pace })
        } else {
            return Ok(None);
        };
        let Some(Wire { outlet, .. }) = self.wires.get(&node.inputs[0]) else { return Ok(None) };
        let outlet = self.target.wire_node(&node.name, op, &[*outlet])?[0];
        Ok(Some(Wire { outlet, pace: Some(pace) }))
    }

    /// Zeros at one end, and as much left out at the other.
    fn shift(&mut self, node: &TypedNode) -> TractResult<Option<Wire>> {
        let pad = self.model.node(node.inputs[0].node);
        let (Some(slice), Some(op)) = (node.op_as::<Slice>(), pad.op_as::<Pad>()) else { return Ok(None) };
        let Some(&Wire { outlet, pace: Some(pace) }) = self.wires.get(&pad.inputs[0]) else { return Ok(None) };
        let (axis, PadMode::Constant(value)) = (pace.axis, &op.mode) else { return Ok(None) };
        let elsewhere = op.pads.iter().enumerate().any(|(other, pads)| other != axis && *pads != (0, 0));
        let length = &self.model.outlet_fact(pad.inputs[0])?.shape[axis];
        let same_length = slice.axis == axis && slice.end.clone() - &slice.start == *length;
        let (Ok(start), Some(&(before, after))) = (slice.start.to_i64(), op.pads.get(axis)) else { return Ok(None) };
        let by = before as i64 - start;
        // No more than the zeros that there are.
        let within = by <= before as i64 && -by <= after as i64;
        if elsewhere || !same_length || !within || value.cast_to_scalar::<f32>()? != 0.0 {
            return Ok(None);
        }
        let pace = Pace { lag: pace.lag + (-by).max(0), ..pace };
        let shift = Shift { axis, by: by as isize, columns: self.columns(pace.rate, pace.lag) };
        let outlet = self.target.wire_node(&node.name, shift, &[outlet])?[0];
        Ok(Some(Wire { outlet, pace: Some(pace) }))
    }

    /// An op that treats each column alone; inputs wait for the one that lags most.
    fn pointwise(&mut self, node: &TypedNode, known: &HashMap<OutletId, Dependence>) -> TractResult<bool> {
        let paces: TVec<Option<Pace>> =
            node.inputs.iter().map(|input| self.wires.get(input).and_then(|wire| wire.pace)).collect();
        let lag = paces.iter().flatten().map(|pace| pace.lag).max().unwrap_or(0);
        let rate = paces.iter().flatten().map(|pace| pace.rate).next().unwrap_or(1);
        let mut mapping = HashMap::new();
        for (ix, (input, pace)) in node.inputs.iter().zip(&paces).enumerate() {
            let Some(&Wire { mut outlet, .. }) = self.wires.get(input) else { return Ok(false) };
            if let Some(pace) = pace {
                for slot in 0..node.outputs.len() {
                    let field = Field { axis: pace.axis, rate, before: 0, after: 0 };
                    let through = through(self.model, node, ix, slot, field)?;
                    if pace.rate != rate || !through.is_some_and(|f| f.after == 0 && f.before == f.rate / rate - 1) {
                        return Ok(false);
                    }
                }
                if pace.lag < lag {
                    let fact = self.target.outlet_fact(outlet)?;
                    let sizes = |dims: &[TDim]| dims.iter().product::<TDim>().to_usize().ok();
                    let (before, of) = (sizes(&fact.shape[..pace.axis]), sizes(&fact.shape[pace.axis + 1..]));
                    let (Some(before @ 1..), Some(of @ 1..), true) = (before, of, fact.datum_type == f32::datum_type())
                    else {
                        return Ok(false);
                    };
                    let (lag, columns) = ((lag - pace.lag) as usize, self.columns(rate, lag));
                    let delay = Delay { axis: pace.axis, lag, around: (before, of), columns };
                    outlet = self.target.wire_node(format!("{}.delay{ix}", node.name), delay, &[outlet])?[0];
                }
            }
            mapping.insert(*input, outlet);
        }
        let mut subs = HashMap::new();
        if lag % rate == 0 {
            subs.insert(self.time.clone(), self.columns(1, lag / rate));
        }
        let outlets = node.op.set_symbols(self.model, node, &mut self.target, &mapping, &subs)?;
        for (slot, outlet) in outlets.into_iter().enumerate() {
            let pace = self.pace(known, node, slot, lag);
            let pace = pace.map(|pace| Pace { lag: lag * (pace.rate / rate), ..pace });
            if let Some(pace) = pace
                && self.columns(pace.rate, pace.lag) != self.target.outlet_fact(outlet)?.shape[pace.axis]
            {
                return Ok(false);
            }
            self.know(node, slot, outlet, pace);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::super::small_graphs::{Value, ints, ints_weight, node, normal, run, some_weight, stage};
    use super::super::stage::{Stage, floats, tensor};
    use tract_onnx::pb::{NodeProto, TensorProto};
    use tract_onnx::prelude::*;

    const CHANNELS: usize = 2;

    fn conv(from: &str, weights: &str, to: &str, pads: [i64; 2], dilation: i64) -> NodeProto {
        let attributes = vec![("pads", ints(pads)), ("dilations", ints([dilation]))];
        node("Conv", &format!("{from} {weights} b"), to, attributes)
    }

    fn deconv(from: &str, weights: &str, to: &str, stride: i64, pads: i64) -> NodeProto {
        node(
            "ConvTranspose",
            &format!("{from} {weights} b"),
            to,
            vec![("strides", ints([stride])), ("pads", ints([pads; 2]))],
        )
    }

    fn weights() -> Vec<TensorProto> {
        vec![
            some_weight("w3", &[2, 2, 3]),
            some_weight("w5", &[2, 2, 5]),
            some_weight("t8", &[2, 2, 8]),
            some_weight("t2", &[2, 2, 2]),
            some_weight("b", &[2]),
            some_weight("each", &[1, 2, 1]),
            ints_weight("late", &[0, 0, 1, 0, 0, 0]),
            ints_weight("early", &[0, 0, 0, 0, 0, 1]),
            ints_weight("zero", &[0]),
            ints_weight("one", &[1]),
            ints_weight("last", &[-1]),
            ints_weight("end", &[i64::MAX]),
            ints_weight("axis", &[2]),
        ]
    }

    /// Graphs of x, `[1, 2, T]`, that can be streamed.
    fn graphs() -> Vec<(&'static str, Vec<NodeProto>)> {
        let op = |op: &str, inputs: &str, to: &str| node(op, inputs, to, vec![]);
        let leaky = |from: &str, to: &str| node("LeakyRelu", from, to, vec![("alpha", Value::Float(0.1))]);
        vec![
            ("each column alone", vec![op("Mul", "x each", "y")]),
            ("a convolution", vec![conv("x", "w3", "y", [1, 1], 1)]),
            ("one that looks far ahead", vec![conv("x", "w5", "y", [0, 12], 3)]),
            ("one that looks back", vec![conv("x", "w5", "y", [12, 0], 3)]),
            ("a residual", vec![leaky("x", "a"), conv("a", "w5", "c", [4, 4], 2), op("Add", "c x", "y")]),
            (
                "branches of other lags",
                vec![
                    conv("x", "w3", "a", [1, 1], 1),
                    op("Add", "a x", "s"),
                    conv("s", "w5", "c", [8, 8], 4),
                    op("Add", "c s", "d"),
                    conv("x", "w3", "e", [2, 2], 2),
                    op("Add", "d e", "f"),
                    op("Mul", "f x", "y"),
                ],
            ),
            ("a transposed one", vec![deconv("x", "t8", "y", 4, 2)]),
            ("without overlap", vec![deconv("x", "t2", "y", 2, 0)]),
            (
                "two transposed ones with a residual between",
                vec![
                    deconv("x", "t8", "a", 4, 2),
                    conv("a", "w5", "c", [4, 4], 2),
                    op("Add", "c a", "d"),
                    deconv("d", "t2", "e", 2, 0),
                    conv("e", "w3", "y", [3, 3], 3),
                ],
            ),
            ("late", vec![op("Pad", "x late", "p"), op("Slice", "p zero last axis", "s"), op("Add", "s x", "y")]),
            ("early", vec![op("Pad", "x early", "p"), op("Slice", "p one end axis", "s"), op("Add", "s x", "y")]),
        ]
    }

    /// What the stage gives for x, `[2, columns]`, in turns of these lengths and then of one each.
    fn in_turns(stage: &Stage, x: &[f32], turns: &[usize]) -> Vec<Vec<f32>> {
        let columns = x.len() / CHANNELS;
        let mut stream = stage.stream("test").unwrap().expect("a stream");
        let (mut rows, mut at) = (vec![Vec::new(); CHANNELS], 0);
        let mut turns = turns.iter().copied().chain(std::iter::repeat(1));
        while at < columns {
            let end = (at + turns.next().unwrap()).min(columns);
            let part: Vec<f32> = x.chunks(columns).flat_map(|row| &row[at..end]).copied().collect();
            let part = tensor(&[1, CHANNELS, end - at], &part).unwrap();
            let given = stream.push("test", tvec!(part), end == columns).unwrap().remove(0);
            let width = given.shape()[2];
            for (row, given) in rows.iter_mut().zip(floats("test", &given).unwrap().chunks(width.max(1))) {
                row.extend_from_slice(given);
            }
            at = end;
        }
        rows
    }

    #[test]
    fn all_turns_together_give_the_whole_to_the_bit() {
        for (name, nodes) in graphs() {
            let stage = stage(CHANNELS, &nodes, &weights());
            for columns in [1, 2, 5, 13, 40] {
                let x = normal(CHANNELS * columns);
                let (shape, whole) = run(&stage, CHANNELS, &x);
                for turns in [&[40][..], &[1], &[7, 2, 9, 1, 30], &[20, 3], &[39, 1]] {
                    let rows = in_turns(&stage, &x, turns);
                    let expected: Vec<&[f32]> = whole.chunks(shape[2]).collect();
                    assert!(rows == expected, "{name}: {columns} columns in turns of {turns:?}");
                }
            }
        }
    }

    #[test]
    fn what_mixes_columns_is_not_streamed() {
        let shares = node("Softmax", "x", "y", vec![("axis", Value::Int(2))]);
        let shortened = conv("x", "w3", "y", [0, 0], 1);
        for nodes in [[shares], [shortened]] {
            assert!(stage(CHANNELS, &nodes, &weights()).stream("test").unwrap().is_none());
        }
    }
}
