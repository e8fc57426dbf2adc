//! Curves of single numbers, with the processor's registers: tract's own go number by number.

use chanter_kernels::{Curve, Isa};
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math::{Cos, Floor, Sin, Tanh};
use tract_onnx::tract_hir::internal::*;

/// Puts our curves in the place of tract's. For a graph that nothing else is fused into any more.
pub(in super::super) fn use_curves(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default().with_rule_for("curve", ours).rewrite(&(), model)
}

fn ours(
    _: &(),
    model: &TypedModel,
    node: &TypedNode,
    _: &str,
    op: &ElementWiseOp,
) -> TractResult<Option<TypedModelPatch>> {
    let op = &op.0;
    let curve = match () {
        () if op.is::<Tanh>() => Curve::Tanh,
        () if op.is::<Sin>() => Curve::Sin,
        () if op.is::<Cos>() => Curve::Cos,
        () if op.is::<Floor>() => Curve::Floor,
        () => return Ok(None),
    };
    if model.outlet_fact(node.inputs[0])?.datum_type != f32::datum_type() {
        return Ok(None);
    }
    TypedModelPatch::replace_single_op(model, node, &node.inputs, OfEach(curve)).map(Some)
}

/// A curve of each number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OfEach(Curve);

impl Op for OfEach {
    fn name(&self) -> StaticName {
        format!("{:?}", self.0).into()
    }
    op_as_typed_op!();
}

impl EvalOp for OfEach {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut numbers = args_1!(inputs).into_tensor();
        self.0.apply(Isa::best(), numbers.try_as_plain_ram_mut()?.as_slice_mut()?);
        Ok(tvec!(numbers.into_tvalue()))
    }
    op_out_of_plan!();
}

impl TypedOp for OfEach {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(inputs[0].datum_type.fact(inputs[0].shape.clone())))
    }
    as_op!();
}

#[cfg(test)]
mod tests {
    use super::super::super::small_graphs::{node, normal, run, stage};

    #[test]
    fn curves_are_ours_and_right() {
        type Of = fn(f32) -> f32;
        let all: [(&str, Of); 4] = [("Tanh", f32::tanh), ("Sin", f32::sin), ("Cos", f32::cos), ("Floor", f32::floor)];
        let x: Vec<f32> = normal(3 * 11).iter().map(|x| 4.0 * x).collect();
        for (name, truth) in all {
            let stage = stage(3, &[node(name, "x", "y", vec![])], &[]);
            let ours = stage.plan.model.model().nodes().iter().any(|node| node.op_is::<super::OfEach>());
            let (shape, y) = run(&stage, 3, &x);
            assert!(ours && shape == [1, 3, 11], "{name}");
            assert!(x.iter().zip(&y).all(|(&x, &y)| (truth(x) - y).abs() < 1e-6), "{name}");
        }
    }
}
