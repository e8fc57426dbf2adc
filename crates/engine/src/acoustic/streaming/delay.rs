//! Ops that hold columns back.

use std::ops::Range;

use tract_onnx::tract_hir::internal::*;

use super::kept::{Kept, Past, Streamed};

/// Holds a tensor's last columns back until a turn later, as many as another tensor lags behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Delay {
    pub(in super::super) axis: usize,
    pub(super) lag: usize,
    /// Numbers before, and of, a column.
    pub(super) around: (usize, usize),
    /// The columns that a turn gives.
    pub(super) columns: TDim,
}

/// Moves a tensor along its columns; what goes beyond its ends is left out, and zeros follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) axis: usize,
    /// Towards the end, or if below zero towards the start.
    pub(super) by: isize,
    /// The columns that a turn gives.
    pub(super) columns: TDim,
}

impl Streamed for Delay {
    type Past = Past;

    fn start(&self) -> Past {
        Past::zeros(self.around.0, 0)
    }

    fn turn(&self, past: &mut Past, last: bool, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let new = args_1!(inputs);
        let column = self.around.1;
        let held = past.columns() / column;
        let columns = held + new.shape()[self.axis];
        let known = if last { columns } else { columns.saturating_sub(self.lag) };
        let mut shape: TVec<usize> = new.shape().into();
        shape[self.axis] = known;
        let mut output = Tensor::zero::<f32>(&shape)?;
        let new = new.try_as_plain_ram()?.as_slice::<f32>()?;
        if known > 0 {
            let (old, width) = (past.columns(), (columns - held) * column);
            let mut view = output.try_as_plain_ram_mut()?;
            for (row, to) in view.as_slice_mut::<f32>()?.chunks_exact_mut(known * column).enumerate() {
                let (head, rest) = to.split_at_mut(old.min(known * column));
                head.copy_from_slice(&past.rows()[row * old..][..head.len()]);
                rest.copy_from_slice(&new[row * width..][..rest.len()]);
            }
        }
        past.push(new, known * column);
        Ok(tvec!(output.into_tvalue()))
    }
}

impl Streamed for Shift {
    /// What goes on to the next turn, and how many columns are still to be left out.
    type Past = (Option<Tensor>, usize);

    fn start(&self) -> Self::Past {
        (None, self.by.min(0).unsigned_abs())
    }

    fn turn(&self, (past, ahead): &mut Self::Past, last: bool, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let new = args_1!(inputs);
        let mut shape: TVec<usize> = new.shape().into();
        shape[self.axis] = self.by.unsigned_abs();
        let zeros = Tensor::zero_dt(new.datum_type(), &shape)?;
        let columns = new.shape()[self.axis];
        if self.by > 0 {
            let all = Tensor::stack_tensors(self.axis, &[past.as_ref().unwrap_or(&zeros), &*new])?;
            *past = Some(part(&all, self.axis, columns..all.shape()[self.axis])?);
            return Ok(tvec!(part(&all, self.axis, 0..columns)?.into_tvalue()));
        }
        let left_out = columns.min(*ahead);
        *ahead -= left_out;
        let known = part(&new, self.axis, left_out..columns)?;
        Ok(tvec!(if last { Tensor::stack_tensors(self.axis, &[&known, &zeros])? } else { known }.into_tvalue()))
    }
}

/// Some columns of a tensor; there may be none.
fn part(of: &Tensor, axis: usize, columns: Range<usize>) -> TractResult<Tensor> {
    if !columns.is_empty() {
        return of.slice(axis, columns.start, columns.end);
    }
    let mut shape: TVec<usize> = of.shape().into();
    shape[axis] = 0;
    Tensor::zero_dt(of.datum_type(), &shape)
}

macro_rules! streamed_op {
    ($op:ident) => {
        impl Op for $op {
            fn name(&self) -> StaticName {
                stringify!($op).into()
            }
            op_as_typed_op!();
        }

        impl EvalOp for $op {
            not_out_of_plan!();

            fn state(&self, _ctx: &EvalContext) -> TractResult<Option<Box<dyn OpState>>> {
                Ok(Some(Kept::of(self)))
            }
        }

        impl TypedOp for $op {
            fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
                let mut shape = inputs[0].shape.clone();
                shape.set(self.axis, self.columns.clone());
                Ok(tvec!(inputs[0].datum_type.fact(shape)))
            }
            as_op!();
        }
    };
}

streamed_op!(Delay);
streamed_op!(Shift);
