//! Which code multiplies here.

use tract_onnx::prelude::DatumType;
use tract_onnx::tract_core::internal::tract_linalg::mmm::MmmDispatch;

/// The instruction set of the convolutions, and the name of tract's kernel for a matrix product of the encoder's size: what a
/// build for WebAssembly has, and a portable kernel where it should not be.
pub fn kernels_in_use() -> [String; 2] {
    let tract = MmmDispatch::native().preferred_kernel(DatumType::F32, Some(192), Some(192), Some(120));
    let tract = tract.map_or_else(|| "generic".to_owned(), |kernel| kernel.name().to_owned());
    [format!("{:?}", chanter_kernels::Isa::best()), tract]
}
