//! Packed voices: smaller, the same to whoever runs them, and next to the same to whoever hears them.

#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, unreachable_pub, missing_docs)]
#[path = "../../../fuzz/src/lib.rs"]
mod attack;
mod common;

use std::fs;

use attack::edits::{Dice, edited};
use attack::smallest;
use chanter_engine::{Chunking, ErrorKind, Input, Pace, Packed, Speaker, Voice, Weights, pack};
use common::{bigger_voices, model, some_ids, speak, without_noise};
use prost::Message;
use tract_onnx::pb::{AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};

const BOTH: [Weights; 2] = [Weights::Int8, Weights::F16];

/// A voice's `.onnx` and `.onnx.json`.
fn files(path: &std::path::Path) -> [Vec<u8>; 2] {
    [fs::read(path).unwrap(), fs::read(format!("{}.json", path.display())).unwrap()]
}

fn tiny(name: &str) -> [Vec<u8>; 2] {
    files(&model("test").join(name))
}

fn decoded(model: &[u8]) -> (ModelProto, GraphProto) {
    let mut model = ModelProto::decode(model).unwrap();
    let graph = model.graph.take().unwrap();
    (model, graph)
}

fn sentences() -> impl Iterator<Item = Vec<i64>> {
    [23, 61, 90].into_iter().map(|count| some_ids(count as u64, count))
}

/// Durations and samples without noise, at the pace of `like` if there is one.
fn spoken(model: &[u8], config: &[u8], like: Option<&[(Vec<usize>, Vec<f32>)]>) -> Vec<(Vec<usize>, Vec<f32>)> {
    let pace = Pace::default();
    let voice = pace.voice(model.to_vec(), config).unwrap();
    let mut settings = without_noise();
    let speak = |(i, ids): (usize, Vec<i64>)| {
        settings.speaker = Some(Speaker::Id(i as i64 % i64::from(voice.config().num_speakers.max(1))));
        if let Some(like) = like {
            pace.give(like[i].0.clone());
        }
        let spoken = speak(&voice, Input::PhonemeIds(vec![ids]), &settings, Chunking::default());
        (pace.own(), spoken.samples())
    };
    sentences().enumerate().map(speak).collect()
}

/// Whether a packed voice is what it must be: at most so far from the original, in dB, and with so many percent of its
/// durations.
fn check(name: &str, [model, config]: &[Vec<u8>; 2], weights: Weights, percent: usize) -> Packed {
    let packed = pack(model, config, weights).unwrap();
    let (before, after) = (decoded(model), decoded(&packed.model));
    assert_eq!((&before.1.input, &before.1.output), (&after.1.input, &after.1.output), "{name}");
    assert_eq!((before.0.ir_version, before.0.opset_import), (after.0.ir_version, after.0.opset_import), "{name}");
    let embedded = after.0.metadata_props.iter().find(|entry| entry.key == "piper_config").unwrap();
    assert_eq!(embedded.value.as_bytes(), config, "{name}");
    sorted(name, &after.1);
    assert_eq!(
        [packed.int8 > 0, packed.f16 > packed.int8],
        [weights == Weights::Int8, weights == Weights::F16],
        "{name}"
    );

    let expected = spoken(model, config, None);
    let found = spoken(&packed.model, config, Some(&expected));
    let (mut energy, mut error, mut equal, mut ids) = (0.0, 0.0, 0, 0);
    for ((durations, samples), (own, others)) in expected.iter().zip(&found) {
        assert_eq!(samples.len(), others.len(), "{name}");
        equal += durations.iter().zip(own).filter(|(a, b)| a == b).count();
        ids += durations.len();
        energy += samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        error += samples.iter().zip(others).map(|(&x, &y)| f64::from(x - y).powi(2)).sum::<f64>();
    }
    let decibels = 10.0 * (error / energy).log10();
    let allowed = if weights == Weights::Int8 { -35.0 } else { -60.0 };
    assert!(decibels <= allowed && decibels > -110.0, "{name} {weights:?}: {decibels} dB");
    assert!(equal * 100 >= ids * percent, "{name} {weights:?}: {equal} of {ids} durations");
    packed
}

/// Every value is made before it is read, and once.
fn sorted(name: &str, graph: &GraphProto) {
    let mut known: std::collections::HashSet<&str> = graph.initializer.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(known.len(), graph.initializer.len(), "{name}: a weight twice");
    known.extend(graph.input.iter().map(|input| input.name.as_str()));
    for node in &graph.node {
        for input in node.input.iter().filter(|input| !input.is_empty()) {
            assert!(known.contains(input.as_str()), "{name}: {} reads {input} too early", node.name);
        }
        for output in &node.output {
            assert!(known.insert(output), "{name}: {output} is made twice");
        }
    }
}

#[test]
fn packed_voices_speak_alike() {
    for name in ["tiny.onnx", "tiny-multi.onnx"] {
        let files = tiny(name);
        for weights in BOTH {
            // Of few weights, each counts for more.
            let packed = check(name, &files, weights, 98);
            // It can be packed again, and is the same.
            let again = pack(&packed.model, &files[1], weights).unwrap();
            assert_eq!((again.int8, again.f16), (0, 0), "{name}");
            assert!(again.model == packed.model, "{name}");
        }
    }
}

#[test]
fn bigger_voices_fit_their_bars() {
    let Some(folder) = bigger_voices() else { return };
    for (name, int8, f16) in [
        ("synthetic-medium.onnx", 17_000_000, 33_000_000),
        ("synthetic-x_low.onnx", 6_000_000, 11_000_000),
        ("synthetic-x_low_multi.onnx", 8_000_000, 14_500_000),
    ] {
        let files = files(&folder.join(name));
        for (weights, most) in [(Weights::Int8, int8), (Weights::F16, f16)] {
            let packed = check(name, &files, weights, 99);
            assert!(packed.model.len() <= most, "{name} {weights:?}: {} bytes", packed.model.len());
            let share = packed.f16 * 100 / (packed.int8 + packed.f16);
            assert_eq!(share, if weights == Weights::Int8 { 0 } else { 100 }, "{name}");
        }
    }
}

#[test]
fn what_is_packed_already_stays() {
    let [model, config] = files(&model("en_US-slt-tiny.onnx"));
    for weights in BOTH {
        let packed = pack(&model, &config, weights).unwrap();
        assert_eq!((packed.int8, packed.f16), (0, 0));
        let (before, after) = (decoded(&model).1, decoded(&packed.model).1);
        assert!(before.initializer == after.initializer);
    }
}

/// Exporters differ in where they put weights.
#[test]
fn weights_in_other_places() {
    let [tiny, config] = tiny("tiny-multi.onnx");
    for weights in BOTH {
        let plain = pack(&tiny, &config, weights).unwrap();
        let expected = spoken(&plain.model, &config, None);
        for (name, edit) in [
            ("listed among the inputs", listed as fn(&mut GraphProto)),
            ("nodes", nodes),
            ("behind an Identity", behind_identities),
            ("lists of floats", lists),
        ] {
            let (mut model, mut graph) = decoded(&tiny);
            edit(&mut graph);
            assert!(decoded(&tiny).1 != graph, "{name}: not edited");
            model.graph = Some(graph);
            let packed = pack(&model.encode_to_vec(), &config, weights).unwrap();
            assert_eq!((packed.int8, packed.f16), (plain.int8, plain.f16), "{name}");
            sorted(name, &decoded(&packed.model).1);
            assert!(spoken(&packed.model, &config, None) == expected, "{name}");
        }
    }
}

fn large(weight: &TensorProto) -> bool {
    weight.data_type == 1 && weight.dims.iter().product::<i64>() >= 1024
}

fn listed(graph: &mut GraphProto) {
    let names: Vec<String> = graph.initializer.iter().map(|weight| weight.name.clone()).collect();
    let floats = graph.input[2].clone();
    graph.input.extend(names.into_iter().map(|name| ValueInfoProto { name, ..floats.clone() }));
}

fn nodes(graph: &mut GraphProto) {
    let taken: Vec<TensorProto> = graph.initializer.extract_if(.., |weight| large(weight)).collect();
    let constant = |weight: TensorProto| NodeProto {
        op_type: "Constant".into(),
        name: format!("{}/Constant", weight.name),
        output: vec![weight.name.clone()],
        attribute: vec![AttributeProto { name: "value".into(), r#type: 4, t: Some(weight), ..Default::default() }],
        ..Default::default()
    };
    graph.node.splice(0..0, taken.into_iter().map(constant));
}

fn behind_identities(graph: &mut GraphProto) {
    let mut identities = Vec::new();
    for weight in graph.initializer.iter_mut().filter(|weight| large(weight)) {
        let name = weight.name.clone();
        weight.name.push_str("_shared");
        identities.push(NodeProto {
            op_type: "Identity".into(),
            name: format!("{name}/Identity"),
            input: vec![weight.name.clone()],
            output: vec![name],
            ..Default::default()
        });
    }
    graph.node.splice(0..0, identities);
}

fn lists(graph: &mut GraphProto) {
    for weight in graph.initializer.iter_mut().filter(|weight| large(weight)) {
        let bytes = std::mem::take(&mut weight.raw_data);
        weight.float_data = bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect();
    }
}

#[test]
fn names_that_are_taken() {
    let mut model = smallest::model();
    let graph = model.graph.as_mut().unwrap();
    let (from, to) = ("first_bias", "embedding_f16");
    graph.initializer.iter_mut().find(|weight| weight.name == from).unwrap().name = to.into();
    for input in graph.node.iter_mut().flat_map(|node| &mut node.input).filter(|input| *input == from) {
        *input = to.into();
    }
    let packed = pack(&model.encode_to_vec(), &smallest::config(), Weights::F16).unwrap();
    assert_eq!(packed.f16, 1024);
    sorted("smallest", &decoded(&packed.model).1);
    assert!(Voice::from_bytes(packed.model, &smallest::config()).is_ok());
}

type Edit = fn(&mut ModelProto);

fn weight(model: &mut ModelProto) -> &mut TensorProto {
    let graph = model.graph.as_mut().unwrap();
    graph.initializer.iter_mut().find(|weight| weight.name == "embedding").unwrap()
}

#[test]
fn what_is_wrong_is_named() {
    let edits: [(Edit, &str); 9] = [
        (|m| m.graph = None, "no graph"),
        (|m| m.opset_import.clear(), "no opset"),
        (|m| m.opset_import[0].domain = "com.example".into(), "no opset"),
        (|m| m.opset_import[0].version = 12, "opset 12; int8 weights need 13"),
        (|m| m.functions = vec![FunctionProto::default()], "functions"),
        (|m| weight(m).raw_data.truncate(4000), "`embedding`"),
        (|m| weight(m).dims = vec![256, 5], "`embedding`"),
        (|m| weight(m).raw_data[..4].copy_from_slice(&f32::INFINITY.to_le_bytes()), "`embedding` holds a number"),
        (|m| weight(m).data_location = Some(1), "`embedding` lies in another file"),
    ];
    for (edit, told) in edits {
        let mut model = smallest::model();
        edit(&mut model);
        let error = pack(&model.encode_to_vec(), &smallest::config(), Weights::Int8).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Voice, "{told}: {error:#}");
        assert!(error.to_string().contains(told), "{told}: {error:#}");
    }
    let error = pack(&smallest::model().encode_to_vec(), b"{}", Weights::Int8).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

/// What float16 cannot hold stays f32.
#[test]
fn numbers_beyond_float16() {
    for factor in [1e6, 1e-9] {
        let mut model = smallest::model();
        for number in weight(&mut model).raw_data.as_chunks_mut().0 {
            *number = (f32::from_le_bytes(*number) * factor).to_le_bytes();
        }
        let bytes = model.encode_to_vec();
        let packed = pack(&bytes, &smallest::config(), Weights::F16).unwrap();
        assert_eq!((packed.f16, packed.int8), (0, 0));
        let embedding = |model: &[u8]| {
            let mut model = ModelProto::decode(model).unwrap();
            weight(&mut model).clone()
        };
        assert_eq!(embedding(&packed.model), embedding(&bytes));
    }
}

#[test]
fn hostile_files() {
    let whole = smallest::model().encode_to_vec();
    for bytes in [&[][..], &[0; 500], &[0xff; 500], b"RIFF\x24\x08\0\0WAVEfmt ", &smallest::config()] {
        assert_eq!(pack(bytes, &smallest::config(), Weights::Int8).unwrap_err().kind(), ErrorKind::Voice);
    }
    for length in (0..whole.len()).step_by(41) {
        let error = pack(&whole[..length], &smallest::config(), Weights::F16).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Voice, "{length} bytes: {error:#}");
    }
    // Edits may leave a voice that is none; whoever packs it notices or goes on, and does not panic.
    let mut packed = 0;
    for seed in 0..400u32 {
        let choices: Vec<u8> =
            (0..512).map(|i| (seed.wrapping_mul(2_654_435_761).rotate_left(i) >> 11) as u8).collect();
        let model = edited(&smallest::model(), &mut Dice::new(&choices));
        packed += usize::from(pack(&model, &smallest::config(), BOTH[seed as usize % 2]).is_ok());
    }
    assert!(packed > 20 && packed < 400, "{packed}");
}
