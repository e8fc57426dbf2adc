//! A voice of Piper's form with as few nodes as that takes: a run of it costs a hundredth of a real one's.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};

/// Channels of all that has channels.
const C: i64 = 4;

/// The voice's graph and weights.
pub fn model() -> ModelProto {
    let plain = |op: &str, inputs: &str, output: &str| node(op, inputs, output, &[]);
    let float = |from: &str, to: &str| node("Cast", from, to, &[("to", &[1])]);
    let nodes = vec![
        // Encoder: rows of each id, and its duration.
        plain("Gather", "embedding input", "x"),
        plain("MatMul", "x projection", "rows"),
        node("Transpose", "x", "by_channel", &[("perm", &[0, 2, 1])]),
        node("Conv", "by_channel duration_weight", "logw", &[("pads", &[1, 1])]),
        plain("RandomNormalLike", "logw", "id_noise"),
        plain("Gather", "scales two", "noise_w"),
        plain("Mul", "id_noise noise_w", "scaled_id_noise"),
        plain("Add", "logw scaled_id_noise", "noisy_logw"),
        plain("Exp", "noisy_logw", "w"),
        plain("Gather", "scales one", "length_scale"),
        plain("Mul", "w length_scale", "scaled_w"),
        plain("Shape", "input", "input_shape"),
        plain("Gather", "input_shape one", "ids"),
        plain("Range", "zero ids one", "id_numbers"),
        plain("Unsqueeze", "input_lengths axis_one", "lengths"),
        plain("Less", "id_numbers lengths", "is_id"),
        float("is_id", "id_mask_2d"),
        plain("Unsqueeze", "id_mask_2d axis_one", "id_mask"),
        plain("Mul", "scaled_w id_mask", "masked_w"),
        plain("Ceil", "masked_w", "durations"),
        // The alignment path, which Chanter does not run.
        plain("Squeeze", "durations axis_one", "durations_2d"),
        plain("ReduceSum", "durations_2d axis_one", "count"),
        plain("CumSum", "durations_2d one", "ends"),
        plain("Range", "zero count one", "frame_numbers"),
        plain("Less", "frame_numbers count", "is_frame"),
        plain("Unsqueeze", "frame_numbers axis_one", "frame_column"),
        plain("Less", "frame_column ends", "is_before"),
        float("is_before", "path"),
        plain("MatMul", "path rows", "spread"),
        // Couple.
        float("is_frame", "frame_mask_2d"),
        plain("Unsqueeze", "frame_mask_2d axis_one", "frame_mask"),
        node("Transpose", "spread", "mean", &[("perm", &[0, 2, 1])]),
        plain("RandomNormalLike", "mean", "noise"),
        plain("Gather", "scales zero", "noise_scale"),
        plain("Mul", "noise noise_scale", "scaled_noise"),
        plain("Add", "mean scaled_noise", "prior"),
        node("Conv", "prior flow_weight", "flowed", &[("pads", &[1, 1])]),
        plain("Mul", "flowed frame_mask", "latents"),
        // Decoder.
        node("Conv", "latents first_weight first_bias", "first", &[("pads", &[2, 2]), ("dilations", &[2])]),
        plain("LeakyRelu", "first", "active"),
        node("ConvTranspose", "active up_weight", "up", &[("strides", &[4]), ("pads", &[2, 2])]),
        node("Conv", "up last_weight", "last", &[("pads", &[2, 2])]),
        plain("Tanh", "last", "output"),
    ];
    let scalar = |name: &str, value| TensorProto { dims: vec![], ..ints(name, &[value]) };
    let initializers = vec![
        floats("embedding", &[256, C]),
        floats("projection", &[C, C]),
        floats("duration_weight", &[1, C, 3]),
        floats("flow_weight", &[C, C, 3]),
        floats("first_weight", &[C, C, 3]),
        floats("first_bias", &[C]),
        floats("up_weight", &[C, 2, 8]),
        floats("last_weight", &[1, 2, 5]),
        scalar("zero", 0),
        scalar("one", 1),
        scalar("two", 2),
        ints("axis_one", &[1]),
    ];
    let info = |name: &str| ValueInfoProto { name: name.to_owned(), ..Default::default() };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { version: 15, ..Default::default() }],
        graph: Some(GraphProto {
            node: nodes,
            initializer: initializers,
            input: ["input", "input_lengths", "scales"].map(info).to_vec(),
            output: vec![info("output")],
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Its config: the ids of a to z are 3 to 28.
pub fn config() -> Vec<u8> {
    let mut ids = serde_json::json!({"_": [0], "^": [1], "$": [2], " ": [29], ",": [30]});
    for (i, letter) in ('a'..='z').enumerate() {
        ids[letter.to_string()] = serde_json::json!([i + 3]);
    }
    let config = serde_json::json!({
        "audio": {"sample_rate": 16000, "quality": "x_low"}, "phoneme_type": "text", "num_symbols": 256, "num_speakers": 1,
        "phoneme_id_map": ids, "phoneme_map": {"A": ["a", "b"]}, "speaker_id_map": {}, "default_speaker_id": 0,
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8}, "hop_length": 4,
        "language": {"code": "en_US"}, "espeak": {"voice": "en-us"},
    });
    config.to_string().into_bytes()
}

fn node(op: &str, inputs: &str, output: &str, attributes: &[(&str, &[i64])]) -> NodeProto {
    let attribute = |(name, values): &(&str, &[i64])| AttributeProto {
        name: (*name).to_owned(),
        // The one attribute here that is no list.
        r#type: if *name == "to" { AttributeType::Int } else { AttributeType::Ints } as i32,
        i: values[0],
        ints: if *name == "to" { vec![] } else { values.to_vec() },
        ..Default::default()
    };
    NodeProto {
        op_type: op.to_owned(),
        name: output.to_owned(),
        input: inputs.split(' ').map(str::to_owned).collect(),
        output: vec![output.to_owned()],
        attribute: attributes.iter().map(attribute).collect(),
        ..Default::default()
    }
}

/// Small numbers of both signs.
fn floats(name: &str, dims: &[i64]) -> TensorProto {
    let number = |i: i64| ((i * 37 + 11) % 64 - 32) as f32 / 64.0;
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: 1,
        raw_data: (0..dims.iter().product()).flat_map(|i| number(i).to_le_bytes()).collect(),
        ..Default::default()
    }
}

fn ints(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: vec![values.len() as i64],
        data_type: 7,
        int64_data: values.to_vec(),
        ..Default::default()
    }
}
