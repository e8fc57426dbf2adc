//! Where the time of a speech goes: op by op.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tract_onnx::tract_core::plan::eval;
use tract_onnx::tract_hir::internal::*;

/// The time of all ops of one kind in one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpTime {
    /// encoder, couple or decoder.
    pub stage: &'static str,
    /// The op's name in the prepared graph.
    pub op: String,
    /// How often one ran.
    pub calls: u64,
    /// How long all of these took.
    pub time: Duration,
}

type Times = BTreeMap<(&'static str, StaticName), (u64, Duration)>;

thread_local! {
    static TIMES: RefCell<Option<Times>> = const { RefCell::new(None) };
}

/// Does `work`, and tells the time of all ops that it ran on this thread, the longest first. Not in WebAssembly, which has
/// no clock of its own.
pub fn profiled<T>(work: impl FnOnce() -> T) -> (T, Vec<OpTime>) {
    TIMES.set(Some(Times::new()));
    let done = work();
    let mut times: Vec<OpTime> = Vec::new();
    for ((stage, op), (calls, time)) in TIMES.take().unwrap_or_default() {
        times.push(OpTime { stage, op: op.into_owned(), calls, time });
    }
    times.sort_by_key(|op| std::cmp::Reverse(op.time));
    (done, times)
}

/// How a stage runs an op.
pub(super) fn timed(
    stage: &'static str,
) -> impl FnMut(&EvalContext, Option<&mut (dyn OpState + 'static)>, &TypedNode, TVec<TValue>) -> TractResult<TVec<TValue>>
{
    let wanted = TIMES.with_borrow(Option::is_some);
    move |ctx, state, node, inputs| {
        if !wanted {
            return eval(ctx, state, node, inputs);
        }
        let start = Instant::now();
        let given = eval(ctx, state, node, inputs);
        let time = start.elapsed();
        TIMES.with_borrow_mut(|times| {
            let of_op = times.get_or_insert_default().entry((stage, node.op.name())).or_default();
            *of_op = (of_op.0 + 1, of_op.1 + time);
        });
        given
    }
}
