//! Constants of which exporters write the same one again for every use: a quarter of a megabyte in Piper's voices.

use std::collections::{HashMap, HashSet};

use prost::Message;
use tract_onnx::pb::GraphProto;

/// Keeps one node of all `Constant`s with the same value, where nodes hold no graphs of their own.
pub(super) fn share(graph: &mut GraphProto) {
    if graph.node.iter().flat_map(|node| &node.attribute).any(|a| a.g.is_some() || !a.graphs.is_empty()) {
        return;
    }
    let outputs: HashSet<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
    let mut known: HashMap<Vec<u8>, String> = HashMap::new();
    let mut same: HashMap<String, String> = HashMap::new();
    // Nodes are sorted, so the first comes before all uses of the others.
    graph.node.retain(|node| {
        let ("Constant", [attribute], [name]) = (&node.op_type[..], &node.attribute[..], &node.output[..]) else {
            return true;
        };
        if outputs.contains(name.as_str()) {
            return true;
        }
        let first = known.entry(attribute.encode_to_vec()).or_insert_with(|| name.clone());
        if first == name {
            return true;
        }
        same.insert(name.clone(), first.clone());
        false
    });
    for name in graph.node.iter_mut().flat_map(|node| &mut node.input) {
        if let Some(first) = same.get(name) {
            name.clone_from(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use tract_onnx::pb::{AttributeProto, NodeProto, ValueInfoProto};

    use super::*;

    fn constant(name: &str, value: i64) -> NodeProto {
        NodeProto {
            op_type: "Constant".to_owned(),
            output: vec![name.to_owned()],
            attribute: vec![AttributeProto { name: "value_int".to_owned(), i: value, ..Default::default() }],
            ..Default::default()
        }
    }

    fn add(a: &str, b: &str) -> NodeProto {
        let input = vec![a.to_owned(), b.to_owned()];
        NodeProto { op_type: "Add".to_owned(), input, output: vec![format!("{a}{b}")], ..Default::default() }
    }

    fn graph() -> GraphProto {
        GraphProto {
            node: vec![
                constant("a", 1),
                constant("b", 2),
                constant("c", 1),
                add("a", "b"),
                add("c", "c"),
                constant("d", 1),
                add("d", "x"),
            ],
            output: vec![ValueInfoProto { name: "d".to_owned(), ..Default::default() }],
            ..Default::default()
        }
    }

    #[test]
    fn one_of_each_value() {
        let mut shared = graph();
        share(&mut shared);
        let inputs = |graph: &GraphProto| -> Vec<String> { graph.node.iter().map(|n| n.input.join(" ")).collect() };
        // An output keeps its node.
        assert_eq!(inputs(&shared), ["", "", "a b", "a a", "", "d x"]);
        let mut with_graph = graph();
        with_graph.node[3].attribute = vec![AttributeProto { g: Some(GraphProto::default()), ..Default::default() }];
        let before = with_graph.clone();
        share(&mut with_graph);
        assert_eq!(with_graph, before);
    }
}
