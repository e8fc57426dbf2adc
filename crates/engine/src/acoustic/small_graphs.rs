//! ONNX graphs that are small enough to be written in a test.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // test code outside of any #[test]

use std::io::Cursor;

use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};
use tract_onnx::prelude::*;

use super::kernels::KernelCache;
use super::noise::{NoiseOf, NormalStream};
use super::onnx::OnnxFile;
use super::plan::{Axis, Plan, StageInput};
use super::stage::{Stage, floats, tensor};

/// An attribute's value.
pub(super) enum Value {
    Int(i64),
    Ints(Vec<i64>),
    Float(f32),
    Text(&'static str),
}

pub(super) fn ints<const N: usize>(values: [i64; N]) -> Value {
    Value::Ints(values.to_vec())
}

/// A node: its op, its inputs and its output with a space between, its attributes.
pub(super) fn node(op: &str, inputs: &str, output: &str, attributes: Vec<(&str, Value)>) -> NodeProto {
    let attribute = |(name, value): (&str, Value)| {
        let mut attribute = AttributeProto { name: name.to_owned(), ..Default::default() };
        let kind = match value {
            Value::Int(i) => {
                attribute.i = i;
                AttributeType::Int
            }
            Value::Ints(ints) => {
                attribute.ints = ints;
                AttributeType::Ints
            }
            Value::Float(f) => {
                attribute.f = f;
                AttributeType::Float
            }
            Value::Text(text) => {
                attribute.s = text.into();
                AttributeType::String
            }
        };
        attribute.r#type = kind as i32;
        attribute
    };
    NodeProto {
        // `-` is an input that is left out.
        input: inputs.split(' ').map(|name| name.trim_matches('-').to_owned()).collect(),
        output: output.split(' ').map(str::to_owned).collect(),
        name: output.to_owned(),
        op_type: op.to_owned(),
        attribute: attributes.into_iter().map(attribute).collect(),
        ..Default::default()
    }
}

pub(super) fn floats_weight(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: 1,
        raw_data: values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ..Default::default()
    }
}

pub(super) fn ints_weight(name: &str, values: &[i64]) -> TensorProto {
    let dims = vec![values.len() as i64];
    TensorProto { name: name.to_owned(), dims, data_type: 7, int64_data: values.to_vec(), ..Default::default() }
}

/// A weight of positive numbers, so that no two ways from an input to an output cancel each other.
pub(super) fn some_weight(name: &str, dims: &[i64]) -> TensorProto {
    let values: Vec<f32> = normal(dims.iter().product::<i64>() as usize).iter().map(|x| 0.1 + x.abs()).collect();
    floats_weight(name, dims, &values)
}

pub(super) fn normal(count: usize) -> Vec<f32> {
    let mut numbers = Vec::new();
    NormalStream::new(count as u64, 0, NoiseOf::Frames).fill(&mut numbers, count);
    numbers
}

pub(super) fn model(nodes: &[NodeProto], weights: &[TensorProto]) -> ModelProto {
    let info = |name: &str| ValueInfoProto { name: name.to_owned(), ..Default::default() };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { version: 15, ..Default::default() }],
        graph: Some(GraphProto {
            node: nodes.to_vec(),
            initializer: weights.to_vec(),
            input: vec![info("x")],
            output: vec![info("y")],
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(super) fn file(model: &ModelProto) -> OnnxFile {
    OnnxFile::open(Box::new(Cursor::new(model.encode_to_vec()))).unwrap()
}

/// From x, `[1, channels, T]`, to y.
pub(super) fn stage(channels: usize, nodes: &[NodeProto], weights: &[TensorProto]) -> Stage {
    let all: Vec<usize> = (0..nodes.len()).collect();
    let x = StageInput::new("x", f32::datum_type(), &[Axis::Fixed(1), Axis::Fixed(channels), Axis::Time]);
    let mut file = file(&model(nodes, weights));
    let (graph, outputs, kernels) = (file.subgraph(&all), ["y".to_owned()], KernelCache::default());
    Stage::new("test", || Plan::new(&graph, &mut file.weights, &[x], &[], &outputs, &kernels))
        .unwrap_or_else(|e| panic!("{e:#}"))
}

/// What a stage makes of x, `[channels, columns]`: the shape and the numbers of y.
pub(super) fn run(stage: &Stage, channels: usize, x: &[f32]) -> (Vec<usize>, Vec<f32>) {
    let x = tensor(&[1, channels, x.len() / channels], x).unwrap();
    let y = stage.run("test", tvec!(x)).unwrap_or_else(|e| panic!("{e:#}")).remove(0);
    (y.shape().to_vec(), floats("test", &y).unwrap().to_vec())
}
