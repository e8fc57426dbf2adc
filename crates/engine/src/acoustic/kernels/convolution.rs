//! Our own convolutions as tract ops. In a stream, each keeps the columns that it will look back at.

use std::sync::Arc;

use chanter_kernels::{Columns, Conv1d, Deconv1d, Fused, Residual};
use tract_onnx::tract_hir::internal::*;

use super::super::streaming::{Kept, Past, Streamed};

/// Zeros before and after a row.
type Padding = (usize, usize);

/// A convolution of `[1, C, T]`; all further inputs are added to its output.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct DirectConv {
    pub(super) conv: Arc<Conv1d>,
    pub(in super::super) taps: usize,
    pub(in super::super) dilation: usize,
    pub(in super::super) padding: Padding,
    pub(super) leaky: Option<f32>,
    /// In a stream, the columns that a turn gives.
    pub(super) streamed: Option<TDim>,
    /// Of what is added in a stream, whether it comes before the output that it is added to, and has to wait.
    pub(super) waits: TVec<bool>,
}

impl Eq for DirectConv {}

impl DirectConv {
    /// The same in a stream, giving so many columns in a turn.
    pub(in super::super) fn streamed(&self, columns: TDim) -> Self {
        Self { streamed: Some(columns), ..self.clone() }
    }

    /// Convolves a row of so many `columns`, and adds what else there is; of each of these, what came before.
    fn convolve(
        &self,
        input: Columns<'_>,
        columns: usize,
        residuals: TVec<TValue>,
        past: &[Past],
    ) -> TractResult<TVec<TValue>> {
        let shape = [1, self.conv.output_channels(), self.conv.output_columns(columns)];
        let mut residuals: TVec<Arc<Tensor>> = residuals.into_iter().map(IntoArcTensor::into_arc_tensor).collect();
        let waits = |i: usize| past.get(i).filter(|_| self.waits.get(i) == Some(&true));
        for (i, residual) in residuals.iter().enumerate() {
            ensure!(waits(i).is_some() || *residual.shape() == shape, "a residual of another shape");
        }
        // A residual that nobody else reads becomes the output.
        let onto = (0..residuals.len()).find(|&i| waits(i).is_none() && Arc::get_mut(&mut residuals[i]).is_some());
        let mut output = match onto {
            Some(i) => std::mem::take(&mut residuals[i]).into_tensor(),
            None => Tensor::zero::<f32>(&shape)?,
        };
        let residual = |i: usize| -> TractResult<Residual<'_>> {
            Ok(match waits(i) {
                Some(past) => {
                    Residual::First(Columns { before: 0, past: past.rows(), new: floats(&residuals[i])?, after: 0 })
                }
                None if onto == Some(i) => Residual::Output,
                None => Residual::Whole(floats(&residuals[i])?),
            })
        };
        let residuals = (0..residuals.len()).map(residual).collect::<TractResult<TVec<_>>>()?;
        let fused = Fused { leaky: self.leaky, residuals: &residuals };
        self.conv.run(input, fused, output.try_as_plain_ram_mut()?.as_slice_mut()?);
        Ok(tvec!(output.into_tvalue()))
    }
}

impl Op for DirectConv {
    fn name(&self) -> StaticName {
        "DirectConv".into()
    }
    op_as_typed_op!();
}

impl EvalOp for DirectConv {
    fn eval(&self, _ctx: &EvalContext, mut inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let row = inputs.remove(0);
        let (before, after) = self.padding;
        let columns = before + columns(&row, self.conv.channels())? + after;
        self.convolve(Columns { before, past: &[], new: floats(&row)?, after }, columns, inputs, &[])
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        if self.streamed.is_some() { Ok(None) } else { self.eval(&EvalContext::out_of_plan(), inputs).map(Some) }
    }

    fn state(&self, _ctx: &EvalContext) -> TractResult<Option<Box<dyn OpState>>> {
        Ok(self.streamed.as_ref().map(|_| Kept::of(self)))
    }
}

impl Streamed for DirectConv {
    /// Of the input, and of what is added.
    type Past = (Past, TVec<Past>);

    fn start(&self) -> Self::Past {
        let waiting = Past::zeros(self.conv.output_channels(), 0);
        (Past::zeros(self.conv.channels(), self.padding.0), self.waits.iter().map(|_| waiting.clone()).collect())
    }

    fn turn(&self, past: &mut Self::Past, last: bool, mut inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (past, waiting) = past;
        let row = inputs.remove(0);
        let new = floats(&row)?;
        let after = if last { self.padding.1 } else { 0 };
        let count = past.columns() + columns(&row, self.conv.channels())? + after;
        let input = Columns { before: 0, past: past.rows(), new, after };
        // Others may become the output, if nobody holds them.
        let wait: TVec<Option<TValue>> = inputs.iter().zip(&self.waits).map(|(r, &w)| w.then(|| r.clone())).collect();
        let given = self.convolve(input, count, inputs, waiting)?;
        let done = self.conv.output_columns(count);
        past.push(new, done);
        for (waiting, residual) in waiting.iter_mut().zip(&wait) {
            if let Some(residual) = residual {
                waiting.push(floats(residual)?, done);
            }
        }
        Ok(given)
    }
}

impl TypedOp for DirectConv {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let columns = self.streamed.clone().unwrap_or_else(|| {
            inputs[0].shape[2].clone() + (self.padding.0 + self.padding.1) as i64
                - ((self.taps - 1) * self.dilation) as i64
        });
        Ok(tvec!(f32::fact([1.to_dim(), self.conv.output_channels().to_dim(), columns])))
    }
    as_op!();
}

impl Expansion for DirectConv {
    fn name(&self) -> StaticName {
        "DirectConv".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 1)?;
        s.equals(&inputs[0].datum_type, f32::datum_type())?;
        s.equals(&outputs[0].datum_type, f32::datum_type())?;
        s.given(&inputs[0].shape, move |s, shape| {
            let facts = self.output_facts(&[&f32::fact(&*shape)])?;
            s.equals(&outputs[0].shape, facts[0].shape.to_tvec())
        })
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        model.wire_node(prefix, self.clone(), inputs)
    }
}

/// A transposed convolution of `[1, C, T]`.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct DirectDeconv {
    pub(super) deconv: Arc<Deconv1d>,
    pub(in super::super) taps: usize,
    pub(in super::super) stride: usize,
    /// Columns left out before and after.
    pub(in super::super) cropped: Padding,
    pub(super) leaky: Option<f32>,
    /// In a stream, the columns that a turn gives.
    pub(super) streamed: Option<TDim>,
}

impl Eq for DirectDeconv {}

impl DirectDeconv {
    /// The same in a stream, giving so many columns in a turn.
    pub(in super::super) fn streamed(&self, columns: TDim) -> Self {
        Self { streamed: Some(columns), ..self.clone() }
    }

    /// So many columns of the output, from the one numbered `first` on.
    fn convolve(&self, input: Columns<'_>, first: usize, columns: usize) -> TractResult<TVec<TValue>> {
        let mut output = Tensor::zero::<f32>(&[1, self.deconv.output_channels(), columns])?;
        self.deconv.run(input, self.leaky, first, output.try_as_plain_ram_mut()?.as_slice_mut()?);
        Ok(tvec!(output.into_tvalue()))
    }
}

impl Op for DirectDeconv {
    fn name(&self) -> StaticName {
        "DirectDeconv".into()
    }
    op_as_typed_op!();
}

impl EvalOp for DirectDeconv {
    fn eval(&self, _ctx: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (before, after) = self.cropped;
        let columns = columns(&inputs[0], self.deconv.channels())?;
        let whole = if columns == 0 { 0 } else { (columns - 1) * self.stride + self.taps };
        let zeros = self.deconv.reach();
        let input = Columns { before: zeros, past: &[], new: floats(&inputs[0])?, after: zeros };
        self.convolve(input, before, whole.saturating_sub(before + after))
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        if self.streamed.is_some() { Ok(None) } else { self.eval(&EvalContext::out_of_plan(), inputs).map(Some) }
    }

    fn state(&self, _ctx: &EvalContext) -> TractResult<Option<Box<dyn OpState>>> {
        Ok(self.streamed.as_ref().map(|_| Kept::of(self)))
    }
}

impl Streamed for DirectDeconv {
    type Past = Past;

    fn start(&self) -> Past {
        Past::zeros(self.deconv.channels(), self.deconv.reach())
    }

    /// A stream has `stride` columns for each of the input, of which the first come when they can, and the last at the end.
    fn turn(&self, past: &mut Past, last: bool, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let new = floats(&inputs[0])?;
        let columns = columns(&inputs[0], self.deconv.channels())?;
        let before = self.cropped.0;
        let given = (past.seen() * self.stride).saturating_sub(before);
        let all = (past.seen() + columns) * self.stride;
        let known = if last { all } else { all.saturating_sub(before) };
        // The first column that these inputs give has the number seen * stride - before.
        let first = before.saturating_sub(past.seen() * self.stride);
        let after = if last { self.deconv.reach() } else { 0 };
        let input = Columns { before: 0, past: past.rows(), new, after };
        let output = self.convolve(input, first, known - given)?;
        past.push(new, columns);
        Ok(output)
    }
}

impl TypedOp for DirectDeconv {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let columns = self.streamed.clone().unwrap_or_else(|| {
            (inputs[0].shape[2].clone() - 1) * self.stride as i64 + self.taps as i64
                - (self.cropped.0 + self.cropped.1) as i64
        });
        Ok(tvec!(f32::fact([1.to_dim(), self.deconv.output_channels().to_dim(), columns])))
    }
    as_op!();
}

pub(super) fn floats(tensor: &Tensor) -> TractResult<&[f32]> {
    tensor.try_as_plain_ram()?.as_slice::<f32>()
}

/// T of `[1, C, T]`.
fn columns(tensor: &TValue, channels: usize) -> TractResult<usize> {
    match *tensor.shape() {
        [1, c, columns] if c == channels => Ok(columns),
        _ => bail!("a row of {channels} channels was expected, not {:?}", tensor.shape()),
    }
}
