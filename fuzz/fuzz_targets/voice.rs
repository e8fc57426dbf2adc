//! Any bytes as a voice's `.onnx`: as they are, or as edits of a voice that speaks.

#![no_main]

use std::sync::LazyLock;

use chanter_fuzz::edits::{Dice, edited};
use chanter_fuzz::{checks, smallest};
use libfuzzer_sys::fuzz_target;
use tract_onnx::pb::ModelProto;

static MODEL: LazyLock<ModelProto> = LazyLock::new(smallest::model);

fuzz_target!(|data: &[u8]| {
    // tract's panics on nonsense are caught by the engine; libfuzzer's hook would end the process before that.
    static QUIET: std::sync::Once = std::sync::Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let model = match data.split_first() {
        Some((0, bytes)) => bytes.to_vec(),
        Some((_, choices)) => edited(&MODEL, &mut Dice::new(choices)),
        None => Vec::new(),
    };
    // A panic that is not caught is one of ours.
    let panicked = std::panic::catch_unwind(|| checks::voice(model, &smallest::config())).is_err();
    if panicked {
        std::process::abort();
    }
});
