//! A piece of a voice's graph that runs: at once, or in turns.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::*;

use super::plan::Plan;
use super::profile::timed;
use super::streaming::Last;
use crate::{Error, ErrorKind, Result};

/// A piece that runs.
pub(super) struct Stage {
    pub(super) plan: Plan,
}

/// A piece that is given its inputs in turns.
pub(super) struct StageStream(TypedSimpleState);

impl StageStream {
    /// Takes more columns, and gives those that are known by now: after the `last`, all.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`], with tract's reason.
    pub(super) fn push(&mut self, what: &'static str, inputs: TVec<TValue>, last: bool) -> Result<TVec<TValue>> {
        self.0.turn_state.shared.insert(Last(last));
        guard(|| self.0.run_plan_with_eval(inputs, timed(what))).map_err(|e| failed(what, e))
    }
}

fn failed(what: &str, error: TractError) -> Error {
    Error::new(ErrorKind::Inference, format!("the voice's {what} failed")).with_source(error)
}

impl Stage {
    /// Has its plan made.
    ///
    /// # Errors
    /// [`ErrorKind::Voice`], with tract's reason.
    pub(super) fn new(what: &str, plan: impl FnOnce() -> TractResult<Plan>) -> Result<Self> {
        guard(plan)
            .map(|plan| Self { plan })
            .map_err(|e| Error::new(ErrorKind::Voice, format!("the voice's {what} cannot be prepared")).with_source(e))
    }

    /// Runs once.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`], with tract's reason.
    pub(super) fn run(&self, what: &'static str, inputs: TVec<TValue>) -> Result<TVec<TValue>> {
        guard(|| self.plan.model.spawn()?.run_plan_with_eval(inputs, timed(what))).map_err(|e| failed(what, e))
    }

    /// Begins a sentence that comes in turns; `None` for a piece that needs all that it looks at in one.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) fn stream(&self, what: &str) -> Result<Option<StageStream>> {
        let stream = || guard(|| self.plan.model.spawn()).map(StageStream).map_err(|e| failed(what, e));
        self.plan.streams.then(stream).transpose()
    }
}

/// A tensor of the given shape, which `values` must fill.
pub(super) fn tensor<T: Datum + Copy>(shape: &[usize], values: &[T]) -> Result<TValue> {
    Tensor::from_shape(shape, values)
        .map(IntoTValue::into_tvalue)
        .map_err(|e| Error::new(ErrorKind::Inference, "a stage's input has another shape").with_source(e))
}

/// The numbers of a stage's output.
///
/// # Errors
/// [`ErrorKind::Inference`] where one is not finite.
pub(super) fn floats<'a>(what: &str, value: &'a TValue) -> Result<&'a [f32]> {
    let floats = value
        .try_as_plain_ram()
        .and_then(|v| v.as_slice::<f32>())
        .map_err(|e| Error::new(ErrorKind::Inference, format!("the voice's {what} gave no f32")).with_source(e))?;
    if floats.iter().all(|x| x.is_finite()) {
        Ok(floats)
    } else {
        Err(Error::new(ErrorKind::Inference, format!("the voice's {what} gave a number that is not finite")))
    }
}

/// Runs tract on an untrusted graph: what it panics at becomes an error.
fn guard<T>(f: impl FnOnce() -> TractResult<T>) -> TractResult<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        bail!("{}", text.unwrap_or("a panic"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::small_graphs::{node, run, some_weight, stage};
    use super::*;

    #[test]
    fn a_panic_of_tract_is_an_error() {
        let error = guard(|| -> TractResult<()> { panic!("too much: {}", 1) }).unwrap_err();
        assert_eq!(error.to_string(), "too much: 1");
        assert_eq!(guard(|| -> TractResult<()> { panic!("plain") }).unwrap_err().to_string(), "plain");
        assert_eq!(guard(|| Ok(5)).unwrap(), 5);
    }

    #[test]
    fn inputs_of_another_shape_are_errors() {
        assert_eq!(tensor(&[1, 3], &[0.0; 2]).unwrap_err().kind(), ErrorKind::Inference);
        let stage = stage(2, &[node("Conv", "x w", "y", vec![])], &[some_weight("w", &[1, 2, 1])]);
        assert_eq!(run(&stage, 2, &[0.5; 8]).0, [1, 1, 4]);
        let wrong = stage.run("test", tvec!(tensor(&[1, 3, 4], &[0.0; 12]).unwrap())).unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::Inference);
    }

    #[test]
    fn numbers_that_are_none_are_errors() {
        let value = |x: f32| tensor(&[3], &[0.0, x, 1.0]).unwrap();
        assert_eq!(floats("test", &value(2.0)).unwrap(), [0.0, 2.0, 1.0]);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let value = value(bad);
            let error = floats("test", &value).unwrap_err();
            assert!(error.kind() == ErrorKind::Inference && error.to_string().contains("not finite"), "{error}");
        }
        assert!(floats("test", &tensor(&[1], &[1i64]).unwrap()).unwrap_err().to_string().contains("no f32"));
    }
}
