//! What ops keep from one turn of a stream to the next.

use tract_onnx::tract_hir::internal::*;

/// Says, in what a turn shares, whether the stream ends with it. A plan that is told nothing is given all there is.
pub(in super::super) struct Last(pub(in super::super) bool);

/// An op that is given a tensor's columns in turns.
pub(in super::super) trait Streamed: Op {
    /// What it keeps of past turns.
    type Past: std::fmt::Debug + Clone + Send + 'static;

    /// What it has before the first turn.
    fn start(&self) -> Self::Past;

    /// Takes more columns, and gives those that are known by now: after the `last`, all.
    fn turn(&self, past: &mut Self::Past, last: bool, inputs: TVec<TValue>) -> TractResult<TVec<TValue>>;
}

/// The state of a [`Streamed`] op, as tract holds it.
pub(in super::super) struct Kept<O: Streamed>(O::Past);

impl<O: Streamed> Kept<O> {
    pub(in super::super) fn of(op: &O) -> Box<dyn OpState> {
        Box::new(Self(op.start()))
    }
}

impl<O: Streamed> Clone for Kept<O> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<O: Streamed> std::fmt::Debug for Kept<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<O: Streamed> OpState for Kept<O> {
    fn eval(&mut self, ctx: &EvalContext, op: &dyn Op, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let op = op.downcast_ref::<O>().context("the state of another op")?;
        let last = ctx.shared.and_then(|shared| shared.get::<Last>()).is_none_or(|last| last.0);
        op.turn(&mut self.0, last, inputs)
    }

    fn reset_lanes(&mut self, _: &[LaneId]) -> TractResult<()> {
        bail!("a stream has a state of its own")
    }
}

/// Columns of `[channels, columns]` that will be looked back at.
#[derive(Debug, Clone)]
pub(in super::super) struct Past {
    channels: usize,
    rows: Vec<f32>,
    seen: usize,
}

impl Past {
    pub(in super::super) fn zeros(channels: usize, columns: usize) -> Self {
        Self { channels, rows: vec![0.0; channels * columns], seen: 0 }
    }

    pub(in super::super) fn rows(&self) -> &[f32] {
        &self.rows
    }

    pub(in super::super) fn columns(&self) -> usize {
        self.rows.len() / self.channels
    }

    /// Columns that were ever pushed.
    pub(in super::super) fn seen(&self) -> usize {
        self.seen
    }

    /// Appends columns, and lets go of so many of the oldest, or of all.
    pub(in super::super) fn push(&mut self, new: &[f32], done: usize) {
        let (old, columns) = (self.columns(), new.len() / self.channels);
        let mut rows = Vec::with_capacity(self.channels * (old + columns).saturating_sub(done));
        for channel in 0..self.channels {
            rows.extend(&self.rows[channel * old..][..old][done.min(old)..]);
            rows.extend(&new[channel * columns..][..columns][done.saturating_sub(old).min(columns)..]);
        }
        self.rows = rows;
        self.seen += columns;
    }
}
