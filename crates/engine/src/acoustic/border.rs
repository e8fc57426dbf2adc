//! What tract takes on trust and must not be given: nodes that make it work without end or without measure.
//!
//! What it merely panics at needs no place here: that becomes an error where it happens.

use tract_onnx::pb::{AttributeProto, NodeProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::*;

/// Checks a node of a file.
pub(super) fn check_node(node: &NodeProto) -> TractResult<()> {
    if node.op_type == "Transpose"
        && let Some(perm) = attribute(node, "perm")
    {
        let mut sorted = perm.ints.clone();
        sorted.sort_unstable();
        let is_permutation = sorted.iter().copied().eq(0..sorted.len() as i64);
        ensure!(is_permutation, "the Transpose `{}` has a perm that is no permutation: {:?}", node.name, perm.ints);
    }
    Ok(())
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}
