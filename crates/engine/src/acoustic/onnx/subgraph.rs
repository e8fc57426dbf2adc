//! A piece of a graph, put away until a plan is made of it.

use std::collections::{HashMap, HashSet};

use prost::Message;
use prost::encoding::message;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto};

use super::reader::decode;
use crate::Result;

/// The field of a GraphProto that holds its nodes.
const NODE: u32 = 1;

/// Nodes as bytes: a tenth of the room that they take when they can be worked with.
pub(crate) struct Subgraph {
    graph: Vec<u8>,
    ir_version: i64,
    opset_import: Vec<OperatorSetIdProto>,
}

impl Subgraph {
    pub(super) fn new<'a>(
        nodes: impl Iterator<Item = &'a NodeProto>,
        ir_version: i64,
        opset_import: &[OperatorSetIdProto],
    ) -> Self {
        let mut graph = Vec::new();
        for node in nodes {
            message::encode(NODE, node, &mut graph);
        }
        Self { graph, ir_version, opset_import: opset_import.to_vec() }
    }

    /// The nodes, as a model without weights.
    pub(crate) fn model(&self) -> Result<ModelProto> {
        Ok(ModelProto {
            ir_version: self.ir_version,
            opset_import: self.opset_import.clone(),
            graph: Some(decode(&self.graph)?),
            ..Default::default()
        })
    }

    /// Puts other nodes in the place of these.
    pub(crate) fn replace(&mut self, graph: &GraphProto) {
        self.graph = graph.encode_to_vec();
    }
}

/// What nodes read and none of them gives.
pub(crate) fn reads<'a>(nodes: impl Iterator<Item = &'a NodeProto> + Clone) -> HashSet<String> {
    let given: HashSet<&str> = nodes.clone().flat_map(|node| &node.output).map(String::as_str).collect();
    nodes.flat_map(|node| &node.input).filter(|name| !given.contains(name.as_str())).cloned().collect()
}

/// Leaves out what `outputs` do not come from.
pub(crate) fn prune(nodes: &mut Vec<NodeProto>, outputs: &[String]) {
    let mut needed = HashSet::new();
    {
        let producer: HashMap<&str, usize> =
            nodes.iter().enumerate().flat_map(|(i, n)| n.output.iter().map(move |o| (o.as_str(), i))).collect();
        let mut open: Vec<&str> = outputs.iter().map(String::as_str).collect();
        while let Some(tensor) = open.pop() {
            if let Some(&i) = producer.get(tensor)
                && needed.insert(i)
            {
                open.extend(nodes[i].input.iter().map(String::as_str));
            }
        }
    }
    let mut i = 0..nodes.len();
    nodes.retain(|_| i.next().is_some_and(|i| needed.contains(&i)));
}
