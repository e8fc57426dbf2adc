//! A weight in another type, and the node that gives it back.

use std::collections::HashSet;

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, NodeProto, TensorProto};
use tract_onnx::prelude::f16;

use super::int8::{Int8, quantise};
use super::weights::Weight;
use crate::Result;

/// Energy of a weight's error, to the weight's own, above which float16 does not carry it: -60 dB.
const F16_ERROR: f64 = 1e-6;

/// How a weight is stored.
pub(super) struct Stored {
    form: Form,
    /// Energy of the error, to that of the weight.
    pub(super) error: f64,
}

enum Form {
    Int8(Int8),
    F16(Vec<u8>),
    AsItWas,
}

impl Stored {
    /// As int8; as float16 where that takes no more bytes.
    ///
    /// # Errors
    /// As [`Weight::floats`].
    pub(super) fn int8(weight: &Weight) -> Result<Self> {
        let dims: Vec<usize> = weight.tensor.dims.iter().map(|&dim| dim as usize).collect();
        if weight.numbers + 4 * dims[weight.axis] >= 2 * weight.numbers {
            return Self::f16(weight);
        }
        let quantised = quantise(&weight.floats()?, &dims, weight.axis);
        Ok(Self { error: quantised.error, form: Form::Int8(quantised) })
    }

    /// As float16; as it was where its numbers are too large or too small for that.
    ///
    /// # Errors
    /// As [`Weight::floats`].
    pub(super) fn f16(weight: &Weight) -> Result<Self> {
        let (mut error, mut energy) = (0.0, f64::MIN_POSITIVE);
        let mut bytes = Vec::with_capacity(2 * weight.numbers);
        for x in weight.floats()? {
            let half = f16::from_f32(x);
            error += f64::from(x - half.to_f32()).powi(2);
            energy += f64::from(x).powi(2);
            bytes.extend(half.to_le_bytes());
        }
        let error = error / energy;
        let fits = error <= F16_ERROR;
        Ok(if fits { Self { form: Form::F16(bytes), error } } else { Self { form: Form::AsItWas, error: 0.0 } })
    }

    pub(super) fn bytes_a_number(&self) -> usize {
        match self.form {
            Form::Int8(_) => 1,
            Form::F16(_) => 2,
            Form::AsItWas => 4,
        }
    }

    /// Adds the weight to `initializers`, and gives the node that makes f32 of it, if it needs one.
    pub(super) fn put(
        self,
        weight: Weight,
        names: &mut HashSet<String>,
        initializers: &mut Vec<TensorProto>,
    ) -> Option<NodeProto> {
        let TensorProto { name, dims, .. } = weight.tensor;
        let mut put = |suffix: &str, data_type: DataType, dims: Vec<i64>, raw_data: Vec<u8>| {
            let name = unused(format!("{name}_{suffix}"), names);
            let data_type = data_type as i32;
            initializers.push(TensorProto { name: name.clone(), dims, data_type, raw_data, ..Default::default() });
            name
        };
        let (op, input, attribute) = match self.form {
            Form::Int8(Int8 { values, scales, .. }) => {
                let of_scales = vec![scales.len() as i64];
                let values = put("int8", DataType::Int8, dims, values.iter().map(|&q| q as u8).collect());
                let scales =
                    put("scale", DataType::Float, of_scales, scales.iter().flat_map(|s| s.to_le_bytes()).collect());
                ("DequantizeLinear", vec![values, scales], ("axis", weight.axis as i64))
            }
            Form::F16(bytes) => {
                ("Cast", vec![put("f16", DataType::Float16, dims, bytes)], ("to", DataType::Float as i64))
            }
            Form::AsItWas => {
                initializers.push(TensorProto { name, dims, ..weight.tensor });
                return None;
            }
        };
        let (attribute, i) = attribute;
        let attribute =
            AttributeProto { name: attribute.to_owned(), r#type: AttributeType::Int as i32, i, ..Default::default() };
        Some(NodeProto {
            name: format!("{}/{op}", input[0]),
            op_type: op.to_owned(),
            input,
            output: vec![name],
            attribute: vec![attribute],
            ..Default::default()
        })
    }
}

/// A name that no other value has, which it then is.
fn unused(mut name: String, names: &mut HashSet<String>) -> String {
    while !names.insert(name.clone()) {
        name.push('_');
    }
    name
}
