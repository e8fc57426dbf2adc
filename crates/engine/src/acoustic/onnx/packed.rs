//! Weights that are stored as int8 or float16, and the node that makes floats of them: done here, one by one, and not
//! by tract, which would hold both forms of all.

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{NodeProto, TensorProto};
use tract_onnx::prelude::TractResult;

use super::weights::tensor;
use crate::{Error, ErrorKind, Result};

/// How a weight is stored.
#[derive(Clone)]
pub(super) enum Packed {
    /// Times a scale, for all numbers or for each position on an axis, from a zero point on: ONNX's DequantizeLinear
    /// (<https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html>).
    Linear { numbers: String, scale: String, zero_point: Option<String>, axis: i64 },
    /// As another type, mostly float16: a Cast.
    Cast(String),
}

impl Packed {
    /// What `node` makes of weights, under which name; `None` where it is no such node.
    pub(super) fn new(node: &NodeProto, is_weight: impl Fn(&str) -> bool) -> Option<(String, Self)> {
        let [output] = &*node.output else { return None };
        if !node.input.iter().all(|input| is_weight(input)) {
            return None;
        }
        let attribute = |name: &str| node.attribute.iter().find(|attribute| attribute.name == name);
        let packed = match (node.op_type.as_str(), &*node.input) {
            ("DequantizeLinear", [numbers, scale, zero_point @ ..]) if attribute("block_size").is_none() => {
                Self::Linear {
                    numbers: numbers.clone(),
                    scale: scale.clone(),
                    zero_point: zero_point.first().cloned(),
                    axis: attribute("axis").map_or(1, |axis| axis.i),
                }
            }
            ("Cast", [numbers]) if attribute("to").is_some_and(|to| to.i == DataType::Float as i64) => {
                Self::Cast(numbers.clone())
            }
            _ => return None,
        };
        Some((output.clone(), packed))
    }

    /// The weight whose shape it has.
    pub(super) fn numbers(&self) -> &str {
        match self {
            Self::Linear { numbers, .. } | Self::Cast(numbers) => numbers,
        }
    }

    /// The weights that it is made of.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &str> {
        let (first, scale, zero_point) = match self {
            Self::Linear { numbers, scale, zero_point, .. } => (numbers, Some(scale), zero_point.as_ref()),
            Self::Cast(numbers) => (numbers, None, None),
        };
        [Some(first), scale, zero_point].into_iter().flatten().map(String::as_str)
    }

    /// The weight as f32.
    pub(super) fn floats(&self, mut get: impl FnMut(&str) -> Result<TensorProto>) -> Result<TensorProto> {
        match self {
            Self::Cast(numbers) => {
                let stored = get(numbers)?;
                Ok(weight(floats(&stored)?, stored.dims))
            }
            Self::Linear { numbers, scale, zero_point, axis } => {
                let (stored, scale) = (get(numbers)?, floats(&get(scale)?)?);
                let zeros = match zero_point {
                    Some(zero_point) => integers(&get(zero_point)?)?,
                    None => vec![0; scale.len()],
                };
                // Positions on the axis, and the numbers that lie between two of them; one position for a single scale.
                let dims = &stored.dims;
                let (positions, inner) = if scale.len() == 1 {
                    (1, dims.iter().product::<i64>())
                } else {
                    let axis = if *axis < 0 { axis + dims.len() as i64 } else { *axis };
                    let at = usize::try_from(axis).ok().filter(|at| *at < dims.len());
                    let at = at.ok_or_else(|| wrong(format!("there is no axis {axis} in the shape {dims:?}")))?;
                    (dims[at] as usize, dims[at + 1..].iter().product::<i64>())
                };
                if scale.len() != positions || zeros.len() != positions {
                    let found = format!("{} scales and {} zero points", scale.len(), zeros.len());
                    return Err(wrong(format!("{found} for {positions} positions on the axis {axis}")));
                }
                let mut numbers = Vec::with_capacity(dims.iter().product::<i64>() as usize);
                each_integer(&stored, inner.max(1) as usize, |at, number| {
                    let at = at % positions;
                    numbers.push(f32::from(number - zeros[at]) * scale[at]);
                })?;
                Ok(weight(numbers, stored.dims))
            }
        }
    }
}

fn weight(float_data: Vec<f32>, dims: Vec<i64>) -> TensorProto {
    TensorProto { dims, data_type: DataType::Float as i32, float_data, ..Default::default() }
}

fn floats(of: &TensorProto) -> Result<Vec<f32>> {
    let floats = || -> TractResult<Vec<f32>> {
        let tensor = tensor(of)?;
        Ok(tensor.cast_to::<f32>()?.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
    };
    floats().map_err(|e| wrong("numbers that cannot become f32".to_owned()).with_source(e))
}

fn integers(of: &TensorProto) -> Result<Vec<i16>> {
    let mut integers = Vec::new();
    each_integer(of, 1, |_, integer| integers.push(integer))?;
    Ok(integers)
}

/// Calls for each of a weight's numbers, which are of eight bits, with the number of its row of `row` numbers.
fn each_integer(of: &TensorProto, row: usize, mut call: impl FnMut(usize, i16)) -> Result<()> {
    fn rows<T: Copy>(of: &[T], row: usize, integer: impl Fn(T) -> i16, call: &mut impl FnMut(usize, i16)) {
        for (i, row) in of.chunks(row).enumerate() {
            row.iter().for_each(|&x| call(i, integer(x)));
        }
    }
    match DataType::try_from(of.data_type) {
        Ok(DataType::Int8 | DataType::Uint8) if of.raw_data.is_empty() => {
            rows(&of.int32_data, row, |x| x.clamp(-128, 255) as i16, &mut call);
        }
        Ok(DataType::Int8) => rows(&of.raw_data, row, |x| i16::from(x as i8), &mut call),
        Ok(DataType::Uint8) => rows(&of.raw_data, row, i16::from, &mut call),
        other => return Err(wrong(format!("quantized numbers of the type {other:?} are not known"))),
    }
    Ok(())
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::Voice, what)
}

#[cfg(test)]
mod tests {
    use super::super::super::small_graphs::{Value, file, floats_weight, model, node};
    use super::*;

    fn stored(name: &str, data_type: DataType, dims: &[i64], raw_data: &[u8]) -> TensorProto {
        let (name, dims, raw_data) = (name.to_owned(), dims.to_vec(), raw_data.to_vec());
        TensorProto { name, dims, data_type: data_type as i32, raw_data, ..Default::default() }
    }

    /// The weight that a node makes of weights, in a graph that adds it to its input.
    fn made(made: NodeProto, weights: &[TensorProto]) -> Result<TensorProto> {
        let mut file = file(&model(&[made, node("Add", "x w", "y", vec![])], weights));
        assert_eq!(file.nodes.len(), 1, "the node is left out");
        assert!(file.weights.contains("w"));
        // As it is, and once the file is gone.
        let made = file.weights.get("w")?;
        file.weights.hold(&["w".to_owned()].into())?;
        file.weights.keep_only([]);
        assert_eq!(file.weights.get("w")?, made);
        Ok(made)
    }

    fn linear(inputs: &str, axis: Option<i64>) -> NodeProto {
        node("DequantizeLinear", inputs, "w", axis.map(|axis| ("axis", Value::Int(axis))).into_iter().collect())
    }

    #[test]
    fn quantized_weights_become_floats() {
        let bytes = [0, 1, 2, 253, 254, 255];
        let scales = floats_weight("s", &[2], &[1.0, 10.0]);
        for (kind, axis, shape, expected) in [
            (DataType::Int8, Some(0), [2, 3], [0.0, 1.0, 2.0, -30.0, -20.0, -10.0]),
            (DataType::Int8, Some(-1), [3, 2], [0.0, 10.0, 2.0, -30.0, -2.0, -10.0]),
            (DataType::Int8, None, [3, 2], [0.0, 10.0, 2.0, -30.0, -2.0, -10.0]),
            (DataType::Uint8, Some(0), [2, 3], [0.0, 1.0, 2.0, 2530.0, 2540.0, 2550.0]),
        ] {
            let weights = [stored("q", kind, &shape, &bytes), scales.clone()];
            let made = made(linear("q s", axis), &weights).unwrap();
            assert_eq!((made.float_data.as_slice(), made.dims.as_slice()), (&expected[..], &shape[..]));
        }
        let zeros =
            [stored("q", DataType::Uint8, &[2, 3], &bytes), scales, stored("z", DataType::Uint8, &[2], &[1, 255])];
        assert_eq!(made(linear("q s z", Some(0)), &zeros).unwrap().float_data, [-1.0, 0.0, 1.0, -20.0, -10.0, 0.0]);
        let single = [stored("q", DataType::Int8, &[2, 3], &bytes), floats_weight("s", &[], &[0.5])];
        assert_eq!(made(linear("q s", None), &single).unwrap().float_data, [0.0, 0.5, 1.0, -1.5, -1.0, -0.5]);
    }

    #[test]
    fn halves_become_floats() {
        // 1, -2, and the least above 0.
        let half = stored("h", DataType::Float16, &[3], &[0, 0x3c, 0, 0xc0, 1, 0]);
        let cast = node("Cast", "h", "w", vec![("to", Value::Int(1))]);
        assert_eq!(made(cast, &[half]).unwrap().float_data, [1.0, -2.0, 2f32.powi(-24)]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let quantized = || stored("q", DataType::Int8, &[2, 3], &[0; 6]);
        let scales = |count: usize| floats_weight("s", &[count as i64], &vec![1.0; count]);
        for (node, weights, said) in [
            (linear("q s", Some(0)), vec![quantized(), scales(3)], "3 scales and 3 zero points for 2 positions"),
            (linear("q s", Some(2)), vec![quantized(), scales(2)], "no axis 2"),
            (linear("q s", Some(-3)), vec![quantized(), scales(2)], "no axis"),
            (linear("q s z", Some(0)), vec![quantized(), scales(2), stored("z", DataType::Int8, &[1], &[0])], "1 zero"),
            (linear("q s", Some(0)), vec![floats_weight("q", &[2, 3], &[0.0; 6]), scales(2)], "type Ok(Float)"),
            (linear("q s", Some(0)), vec![stored("q", DataType::Int8, &[2, 3], &[0; 5]), scales(2)], "holds 5 numbers"),
        ] {
            let error = made(node, &weights).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Voice);
            assert!(format!("{error:#}").contains(said), "{error:#}");
        }
    }
}
