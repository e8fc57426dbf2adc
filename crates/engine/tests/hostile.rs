//! Files that are wrong, by accident or by design: each is an error with a name, or a voice that speaks, and in time.

#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, unreachable_pub, missing_docs)]
#[path = "../../../fuzz/src/lib.rs"]
mod attack;
mod common;

use std::fs;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use attack::edits::{Dice, edit_bytes, edited};
use attack::{checks, smallest};
use chanter_engine::{Error, ErrorKind, Result};
use common::model;
use prost::Message;
use tract_onnx::pb::{ModelProto, NodeProto, TensorProto, ValueInfoProto};

/// Far more than anything here takes: a case that takes longer does not end.
const PATIENCE: Duration = Duration::from_secs(180);

type Case = (String, Box<dyn FnOnce() -> Result<()> + Send>);

/// Runs each case; how each ended, in order.
///
/// What tract panics at is caught by the engine, so only a panic that comes out of a case is one.
fn run(cases: Vec<Case>) -> Vec<(String, Result<()>)> {
    let names: Vec<String> = cases.iter().map(|(name, _)| name.clone()).collect();
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name(QUIET.into());
    quiet_panics();
    let worker = thread.spawn(move || {
        for (_, case) in cases {
            let _ = sender.send(case());
        }
    });
    let mut ended = Vec::new();
    for name in names {
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => ended.push((name, result)),
            Err(RecvTimeoutError::Timeout) => panic!("{name}: does not end"),
            Err(RecvTimeoutError::Disconnected) => {
                let panic = worker.unwrap().join().unwrap_err();
                let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref().copied());
                panic!("{name}: {}", text.unwrap_or("a panic"));
            }
        }
    }
    ended
}

const QUIET: &str = "hostile";

/// Keeps the cases' panics off the terminal, and leaves the tests' own there.
fn quiet_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(QUIET) {
                usual(info);
            }
        }));
    });
}

fn dice(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..64).flat_map(|_| next().to_le_bytes()).collect()
}

/// More for a longer run: `HOSTILE_ROUNDS=100 cargo test --release --test hostile`.
fn rounds() -> u64 {
    std::env::var("HOSTILE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

fn of_smallest(name: String, model: Vec<u8>) -> Case {
    (name, Box::new(move || checks::voice(model, &smallest::config()).map(drop)))
}

fn of_tiny(name: String, model: Vec<u8>) -> Case {
    (name, Box::new(move || checks::voice(model, &read("test/tiny.onnx.json")).map(drop)))
}

fn read(name: &str) -> Vec<u8> {
    fs::read(model(name)).unwrap()
}

fn refused(ended: Vec<(String, Result<()>)>) -> Vec<(String, Error)> {
    ended.into_iter().map(|(name, result)| (name.clone(), result.expect_err(&name))).collect()
}

fn edits(whole: ModelProto, seeds: Range<u64>, config: Vec<u8>) -> Vec<Case> {
    let (whole, config) = (Arc::new(whole), Arc::new(config));
    let of_seed = |seed| -> Case {
        let (whole, config) = (whole.clone(), config.clone());
        let case = move || checks::voice(edited(&whole, &mut Dice::new(&dice(seed))), &config).map(drop);
        (format!("seed {seed}"), Box::new(case))
    };
    seeds.map(of_seed).collect()
}

#[test]
fn edits_of_the_smallest_voice() {
    let whole = smallest::model();
    assert!(checks::voice(whole.encode_to_vec(), &smallest::config()).unwrap() > 0, "it speaks as it is");
    let ended = run(edits(whole, 0..600 * rounds(), smallest::config()));
    let spoke = ended.iter().filter(|(_, result)| result.is_ok()).count();
    // Both ends of the road are seen.
    assert!(spoke > ended.len() / 20 && spoke < ended.len(), "{spoke} of {} spoke", ended.len());
}

/// A voice as Piper exports it: slower, so there are fewer.
#[test]
fn edits_of_a_tiny_voice() {
    let whole = ModelProto::decode(&read("test/tiny.onnx")[..]).unwrap();
    let ended = run(edits(whole, 0..30 * rounds(), read("test/tiny.onnx.json")));
    assert!(ended.iter().any(|(_, result)| result.is_ok()));
}

#[test]
fn edits_of_bytes() {
    let whole = smallest::model().encode_to_vec();
    let small = (0..400 * rounds()).map(|seed| {
        let (mut bytes, choices) = (whole.clone(), dice(2_000_000 + seed));
        let mut dice = Dice::new(&choices);
        for _ in 0..1 + seed % 3 {
            edit_bytes(&mut bytes, &mut dice);
        }
        of_smallest(format!("seed {seed}"), bytes)
    });
    run(small.collect());
    let whole = read("test/tiny.onnx");
    let tiny = (0..20 * rounds()).map(|seed| {
        let (mut bytes, choices) = (whole.clone(), dice(3_000_000 + seed));
        edit_bytes(&mut bytes, &mut Dice::new(&choices));
        of_tiny(format!("tiny, seed {seed}"), bytes)
    });
    run(tiny.collect());
}

#[test]
fn truncated() {
    for (whole, case) in [
        (smallest::model().encode_to_vec(), of_smallest as fn(String, Vec<u8>) -> Case),
        (read("test/tiny.onnx"), of_tiny),
        // Its weights come first.
        (read("en_US-slt-tiny.onnx"), of_tiny),
    ] {
        let first = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144];
        let steps = (1..40).map(|step| whole.len() * step / 40);
        let lengths: Vec<usize> = first.into_iter().chain(steps).chain([whole.len() - 1]).collect();
        let cases = lengths.into_iter().map(|length| case(format!("{length} bytes"), whole[..length].to_vec()));
        for (name, error) in refused(run(cases.collect())) {
            assert_eq!(error.kind(), ErrorKind::Voice, "{name}: {error:#}");
            let text = error.to_string();
            assert!(["truncated", "empty", "no graph"].iter().any(|why| text.contains(why)), "{name}: {text}");
        }
    }
}

#[test]
fn foreign_files() {
    let executable = fs::read(std::env::current_exe().unwrap()).unwrap();
    let files: [(&str, Vec<u8>); 10] = [
        ("nothing", vec![]),
        ("zeros", vec![0; 5000]),
        ("ones", vec![0xff; 5000]),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0\x08\x06\0\0\0".to_vec()),
        ("its own config", read("test/tiny.onnx.json")),
        ("an executable", executable[..executable.len().min(1 << 16)].to_vec()),
        ("a page", b"<!DOCTYPE html><title>404 Not Found</title>".to_vec()),
        (
            "a pointer of Git LFS",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 63201294\n".to_vec(),
        ),
        ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec()),
        ("a sound", b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec()),
    ];
    let cases = files.into_iter().map(|(name, bytes)| of_tiny(name.into(), bytes));
    for (name, error) in refused(run(cases.collect())) {
        assert_eq!(error.kind(), ErrorKind::Voice, "{name}: {error:#}");
        assert!(error.to_string().contains("no ONNX model"), "{name}: {error:#}");
    }
}

/// A node without attributes.
fn bare(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.into(),
        input: inputs.iter().map(|&input| input.into()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

type Edit = fn(&mut ModelProto);

fn node<'a>(model: &'a mut ModelProto, output: &str) -> &'a mut NodeProto {
    model.graph.as_mut().unwrap().node.iter_mut().find(|n| n.output[0] == output).unwrap()
}

fn weight<'a>(model: &'a mut ModelProto, name: &str) -> &'a mut TensorProto {
    model.graph.as_mut().unwrap().initializer.iter_mut().find(|w| w.name == name).unwrap()
}

/// What is wrong, by which edit, and what the error must name.
fn wrong() -> Vec<(&'static str, Edit, &'static str)> {
    vec![
        ("a missing input", |m| drop(m.graph.as_mut().unwrap().input.remove(2)), "no input `scales`"),
        ("another input", |m| m.graph.as_mut().unwrap().input[0].name = "tokens".into(), "no input `input`"),
        (
            "an input more",
            |m| {
                let inputs = &mut m.graph.as_mut().unwrap().input;
                inputs.push(ValueInfoProto { name: "emotion".into(), ..inputs[0].clone() });
            },
            "`emotion`",
        ),
        ("no output", |m| m.graph.as_mut().unwrap().output.clear(), "no output"),
        ("another output", |m| m.graph.as_mut().unwrap().output[0].name = "y".into(), "`y`"),
        ("no graph", |m| m.graph = None, "no graph"),
        ("no nodes", |m| m.graph.as_mut().unwrap().node.clear(), "`output`"),
        ("a missing weight", |m| weight(m, "last_weight").name.clear(), "`last_weight` is missing"),
        ("a weight elsewhere", |m| weight(m, "up_weight").data_location = Some(1), "`up_weight` lies in another file"),
        ("a weight of fewer numbers", |m| weight(m, "embedding").dims[0] = 1 << 40, "`embedding`"),
        ("a weight of more dimensions", |m| weight(m, "embedding").dims = vec![1 << 40; 3], "`embedding`"),
        ("a weight below nothing", |m| weight(m, "projection").dims[1] = -4, "`projection`"),
        ("a weight of no type", |m| weight(m, "flow_weight").data_type = 0, "`flow_weight`"),
        ("a weight of an unknown type", |m| weight(m, "flow_weight").data_type = 999, "`flow_weight`"),
        ("a weight of broken numbers", |m| weight(m, "flow_weight").raw_data.truncate(101), "`flow_weight`"),
        ("an op that nobody has", |m| node(m, "up").op_type = "Levitate".into(), "Levitate"),
        ("a kernel of another shape", |m| weight(m, "last_weight").dims = vec![1, 5, 2], "decoder"),
        (
            "numbers that are none",
            |m| weight(m, "flow_weight").raw_data = f32::NAN.to_le_bytes().repeat(48),
            "couple gave a number that is not finite",
        ),
        (
            "durations that are none",
            |m| weight(m, "duration_weight").raw_data = f32::NAN.to_le_bytes().repeat(12),
            "duration",
        ),
        ("endless durations", |m| weight(m, "duration_weight").raw_data = 1e6f32.to_le_bytes().repeat(12), "duration"),
        // What would be work without end or without measure.
        ("a mirrored Transpose", |m| node(m, "mean").attribute[0].ints = vec![0, 2, 2], "`mean`"),
        ("a far dilation", |m| node(m, "first").attribute[1].ints = vec![1 << 62], "`first`"),
        ("a wide padding", |m| node(m, "first").attribute[0].ints = vec![1 << 40; 2], "`first`"),
        ("a long stride", |m| node(m, "up").attribute[0].ints = vec![1 << 40], "`up`"),
        ("no stride", |m| node(m, "up").attribute[0].ints = vec![0], "`up`"),
        ("a cycle", |m| node(m, "up").input[0] = "output".into(), "cycle"),
        (
            "an Identity of itself",
            |m| {
                let nodes = &mut m.graph.as_mut().unwrap().node;
                nodes.push(bare("Identity", &["tail"], "tail"));
                nodes.push(bare("LessOrEqual", &["x", "tail"], "inside"));
            },
            "cycle",
        ),
    ]
}

#[test]
fn what_is_wrong_is_named() {
    let cases = wrong().into_iter().map(|(name, edit, _)| {
        let mut model = smallest::model();
        edit(&mut model);
        of_smallest(name.into(), model.encode_to_vec())
    });
    let named: Vec<&str> = wrong().into_iter().map(|(_, _, named)| named).collect();
    for ((name, error), named) in refused(run(cases.collect())).into_iter().zip(named) {
        assert!(format!("{error:#}").contains(named), "{name}: {error:#}");
    }
}

/// The work grows with the file, not faster.
#[test]
fn crowds_of_nodes() {
    let crowd = |make: &dyn Fn(usize) -> NodeProto| -> Vec<u8> {
        let mut model = smallest::model();
        let nodes = &mut model.graph.as_mut().unwrap().node;
        nodes.extend((0..20_000).map(make));
        model.encode_to_vec()
    };
    let cases = vec![
        of_smallest("masks".into(), crowd(&|i| bare("Mul", &["latents", "frame_mask"], &format!("more{i}")))),
        of_smallest("durations".into(), crowd(&|i| bare("Ceil", &["w"], &format!("more{i}")))),
        of_smallest("comparisons".into(), crowd(&|i| bare("LessOrEqual", &["x", "one"], &format!("more{i}")))),
        of_smallest("a chain".into(), crowd(&|i| bare("Identity", &[&format!("more{}", i + 1)], &format!("more{i}")))),
        of_smallest("the same again".into(), crowd(&|_| bare("Tanh", &["last"], "output"))),
    ];
    run(cases);
}

#[test]
fn configs() {
    let whole = smallest::config();
    let model = || smallest::model().encode_to_vec();
    let value: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    let odd = [
        "null",
        "true",
        "-1",
        "0",
        "1e99",
        "1.5",
        "99999999999999999999",
        "\"\"",
        "\"x\"",
        "[]",
        "[[]]",
        "{}",
        "{\"\":[0]}",
    ];
    let mut cases: Vec<Case> = Vec::new();
    let mut add = |name: String, json: Vec<u8>| cases.push((name, Box::new(move || checks::config(&json, model))));
    for (name, inner) in value.as_object().unwrap() {
        for odd in odd {
            let odd: serde_json::Value = serde_json::from_str(odd).unwrap();
            let mut edited = value.clone();
            edited[name] = odd.clone();
            add(format!("{name} is {odd}"), edited.to_string().into_bytes());
            for below in inner.as_object().into_iter().flat_map(|inner| inner.keys()).take(6) {
                let mut edited = value.clone();
                edited[name][below] = odd.clone();
                add(format!("{name}.{below} is {odd}"), edited.to_string().into_bytes());
            }
        }
    }
    for seed in 0..300 * rounds() {
        let (mut bytes, choices) = (whole.clone(), dice(4_000_000 + seed));
        edit_bytes(&mut bytes, &mut Dice::new(&choices));
        add(format!("seed {seed}"), bytes);
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    add("depth".into(), deep.into_bytes());
    let ended = run(cases);
    assert!(ended.iter().any(|(_, result)| result.is_ok()) && ended.iter().any(|(_, result)| result.is_err()));
}

#[cfg(feature = "espeak")]
#[test]
fn packs() {
    let cases = (0..100 * rounds()).map(|seed| -> Case {
        let bytes = dice(6_000_000 + seed);
        let check = move || {
            attack::packs::edited(&bytes);
            attack::packs::any(bytes);
            Ok(())
        };
        (format!("seed {seed}"), Box::new(check))
    });
    for (name, result) in run(cases.collect()) {
        result.unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
}

#[cfg(feature = "espeak")]
#[test]
fn texts() {
    let mut json: serde_json::Value = serde_json::from_slice(&smallest::config()).unwrap();
    json["phoneme_type"] = "espeak".into();
    let config = Arc::new(chanter_engine::VoiceConfig::from_json(json.to_string().as_bytes()).unwrap());
    let whole = "One, two; [[ h@'loU ]] 3.5 km/h — “Ünïcödé”, 中文。 \u{200d}🦀 [[ ]] [[[x]]] ]] [[";
    let cases = (0..100 * rounds()).map(|seed| -> Case {
        let (mut bytes, choices, config) = (whole.as_bytes().to_vec(), dice(5_000_000 + seed), config.clone());
        let mut dice = Dice::new(&choices);
        for _ in 0..seed % 5 {
            edit_bytes(&mut bytes, &mut dice);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let check = move || {
            checks::text(&text, &config);
            Ok(())
        };
        (format!("seed {seed}"), Box::new(check))
    });
    for (name, result) in run(cases.collect()) {
        result.unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
}

#[test]
fn markup() {
    let texts = [
        "# A *b*\n\n- c `d` [e](f \"g\") ![h](i)\n1. j\n2. k\n\n> l\n\n```\nm\n```\n| n | o |\n|---|---|\n| p | 🦀é |\n",
        "<p lang=\"fr\">a<b>b</b>&amp;&#65; <img alt='c'><br/></p><ul><li>d</ul><script>e</script><!-- f --> https://g.h/i <j@k.l>",
        "<p>a <s xml:lang=\"de\">b</s></p><break time=\"1s\"/><prosody rate='fast' volume='+6dB'>c&amp;</prosody><mark name=\"d\"/>\
         <sub alias='e'>f</sub><say-as interpret-as='digits'>12</say-as><phoneme ph='gé'>h</phoneme><voice name='i'>j</voice><![CDATA[k]]>",
    ];
    let cases = (0..200 * rounds()).map(|seed| -> Case {
        let text = texts.get(seed as usize % texts.len()).copied().unwrap_or_default();
        let (mut bytes, choices) = (text.as_bytes().to_vec(), dice(8_000_000 + seed));
        let mut dice = Dice::new(&choices);
        for _ in 0..seed / 3 % 5 {
            edit_bytes(&mut bytes, &mut dice);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let check = move || {
            checks::markup(&text);
            Ok(())
        };
        (format!("seed {seed}"), Box::new(check))
    });
    for (name, result) in run(cases.collect()) {
        result.unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
}

/// Little that would be much: what is written down plainly is refused before it is computed.
#[test]
fn bombs() {
    let ints = |name: &str, values: &[i64]| TensorProto {
        name: name.into(),
        dims: vec![values.len() as i64],
        data_type: 7,
        int64_data: values.to_vec(),
        ..Default::default()
    };
    let mut cases = Vec::new();
    for size in [1i64 << 31, 1 << 33, 1 << 40, 1 << 62, i64::MAX] {
        let weights = [
            ints("shape", &[size]),
            ints("square", &[1 << 20, size >> 16]),
            ints("pads", &[0, 0, 0, 0, 0, size]),
            ints("times", &[1, 1, size]),
            TensorProto { dims: vec![], ..ints("end", &[size]) },
        ];
        for (op, inputs) in [
            ("ConstantOfShape", &["shape"][..]),
            ("ConstantOfShape", &["square"]),
            ("Expand", &["first_bias", "square"]),
            ("Tile", &["up_weight", "times"]),
            ("Tile", &["last", "times"]),
            ("Pad", &["up_weight", "pads"]),
            ("Pad", &["last", "pads"]),
            ("Range", &["zero", "end", "one"]),
        ] {
            let mut model = smallest::model();
            node(&mut model, "output").input[0] = "with_bomb".into();
            let graph = model.graph.as_mut().unwrap();
            graph.initializer.extend(weights.clone());
            graph.node.extend([bare(op, inputs, "bomb"), bare("Add", &["last", "bomb"], "with_bomb")]);
            cases.push(of_smallest(format!("{op} of {inputs:?}, {size}"), model.encode_to_vec()));
        }
    }
    for (name, error) in refused(run(cases)) {
        assert!(format!("{error:#}").contains("`bomb` would make"), "{name}: {error:#}");
    }
}
