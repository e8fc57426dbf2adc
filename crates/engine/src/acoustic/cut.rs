//! One ONNX graph cut into three: encoder, couple (what lies between spreading and decoding) and decoder.
//!
//! The cut follows the form that all Piper voices share, whatever their nodes are called:
//!
//! * the durations are the graph's `Ceil`, the number of frames is their `ReduceSum`;
//! * each `MatMul` of the alignment path with something per phoneme id *spreads* that over the frames;
//! * a comparison made of the number of frames alone is the *frame mask*;
//! * random nodes before the `Ceil` are noise of the durations, those after it are noise of the frames;
//! * the decoder begins at the last `Mul` by the frame mask that everything after it comes from;
//! * what depends on neither ids nor frames alone (the speaker) is computed by the encoder once: a *global*.

use std::collections::{BTreeSet, HashMap, HashSet};

use tract_onnx::pb::NodeProto;

use crate::{Error, ErrorKind, Result};

/// So many nodes are looked at for what is sought, each at the cost of the whole graph; of Piper's, the first is right.
const MAX_CANDIDATES: usize = 100;

/// A piece of the graph: which nodes, fed by which tensors, giving which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Piece {
    /// Indices of its nodes, ascending.
    pub(crate) nodes: Vec<usize>,
    /// Global tensors that it reads.
    pub(crate) globals: Vec<String>,
}

/// Where one graph is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// From ids to durations, to what is spread, and to the globals.
    pub(crate) encoder: Piece,
    /// From what was spread to the decoder's input.
    pub(crate) couple: Piece,
    /// From the decoder's input to samples.
    pub(crate) decoder: Piece,
    /// The graph's own inputs, of which the encoder reads some.
    pub(crate) inputs: Vec<String>,
    /// The `Ceil`'s output, f32 `[1, 1, N]`: frames for each id.
    pub(crate) durations: String,
    /// Random tensors of the encoder, `[1, C, N]`.
    pub(crate) id_noise: Vec<String>,
    /// Pairs of what is spread, `[1, N, C]`, and its spread form, `[1, T, C]`.
    pub(crate) spreads: Vec<(String, String)>,
    /// Boolean tensors `[1, T]`, true where there is a frame.
    pub(crate) masks: Vec<String>,
    /// Random tensors of the couple, `[1, C, T]`.
    pub(crate) frame_noise: Vec<String>,
    /// The decoder's input, `[1, C, T]`.
    pub(crate) latents: String,
    /// The samples.
    pub(crate) output: String,
}

/// Cuts the graph of `nodes`, which has the given inputs (weights are not among them) and gives `output`.
///
/// # Errors
/// [`ErrorKind::Voice`] names the piece that was not found.
pub(crate) fn cut(nodes: &[NodeProto], inputs: &[String], output: &str) -> Result<Cut> {
    let graph = Graph::new(nodes)?;
    let find = |op: &str, among: &HashSet<usize>| -> Vec<usize> {
        (0..nodes.len()).filter(|i| nodes[*i].op_type == op && among.contains(i)).collect()
    };
    let needed = graph.ancestors(&[output], &HashSet::new());
    if needed.is_empty() {
        return Err(missing(&format!("the node that gives the output `{output}`")));
    }

    // Durations and frames.
    let (ceil, count) = find("Ceil", &needed)
        .into_iter()
        .take(MAX_CANDIDATES)
        .find_map(|ceil| Some((ceil, graph.frame_count(ceil)?)))
        .ok_or_else(|| missing("the durations (a Ceil whose ReduceSum is the number of frames)"))?;
    let framed = graph.descendants(&[first_output(&nodes[count])]);
    let of_inputs = graph.descendants(&inputs.iter().map(String::as_str).collect::<Vec<_>>());
    let of_ids = graph.descendants(&["input"]);

    // The alignment path and what it spreads.
    let sums: Vec<&str> = {
        let of_durations = graph.descendants(&[first_output(&nodes[ceil])]);
        find("CumSum", &of_durations).into_iter().map(|i| first_output(&nodes[i])).collect()
    };
    let of_sums = graph.descendants(&sums);
    let mut spread_nodes = Vec::new();
    for i in find("MatMul", &needed) {
        let [left, right] = nodes[i].input.as_slice() else { continue };
        if graph.is_in(left, &framed)
            && graph.is_in(left, &of_sums)
            && !graph.is_in(right, &framed)
            && graph.is_in(right, &of_ids)
        {
            spread_nodes.push(i);
        }
    }
    if spread_nodes.is_empty() {
        return Err(missing("the alignment path (a MatMul of the summed durations with encoder outputs)"));
    }
    let spreads: Vec<(String, String)> =
        spread_nodes.iter().map(|&i| (nodes[i].input[1].clone(), first_output(&nodes[i]).to_owned())).collect();

    // Noise.
    let random: Vec<usize> =
        (0..nodes.len()).filter(|i| needed.contains(i) && nodes[*i].op_type.starts_with("Random")).collect();
    if let Some(&i) = random.iter().find(|&&i| !nodes[i].op_type.starts_with("RandomNormal")) {
        return Err(missing(&format!("noise that is normal (there is a {})", nodes[i].op_type)));
    }
    let names = |of: &[usize]| -> Vec<String> { of.iter().map(|&i| first_output(&nodes[i]).to_owned()).collect() };
    let (frame_random, id_random): (Vec<usize>, Vec<usize>) = random.into_iter().partition(|i| framed.contains(i));
    let (id_noise, frame_noise) = (names(&id_random), names(&frame_random));

    // The frame mask: compared from the number of frames, before the path comes in.
    let sources: Vec<&str> =
        spreads.iter().map(|(_, s)| s.as_str()).chain(frame_noise.iter().map(String::as_str)).collect();
    let moving = graph.descendants(&sources);
    let is_mask = |i: &usize| {
        matches!(nodes[*i].op_type.as_str(), "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual")
            && framed.contains(i)
            && !of_sums.contains(i)
            && !moving.contains(i)
    };
    let masks: Vec<String> =
        names(&(0..nodes.len()).filter(|i| needed.contains(i)).filter(is_mask).collect::<Vec<_>>());
    if masks.is_empty() {
        return Err(missing("the frame mask (a comparison with the number of frames)"));
    }
    let of_masks = graph.descendants(&masks.iter().map(String::as_str).collect::<Vec<_>>());

    // The decoder: after the last Mul by the mask that all of it comes from.
    let cut_points: HashSet<&str> = sources.iter().copied().chain(masks.iter().map(String::as_str)).collect();
    let latents = graph
        .order
        .iter()
        .rev()
        .filter(|i| needed.contains(i) && nodes[**i].op_type == "Mul" && moving.contains(i))
        .filter(|i| nodes[**i].input.iter().any(|t| graph.is_in(t, &of_masks) && !graph.is_in(t, &moving)))
        .map(|&i| first_output(&nodes[i]))
        .take(MAX_CANDIDATES)
        .find(|latents| {
            let stop = HashSet::from([*latents]);
            let decoder = graph.ancestors(&[output], &stop);
            decoder.len() < needed.len()
                && graph.reads(&decoder).contains(latents)
                && decoder.iter().all(|&i| {
                    !nodes[i].output.iter().any(|t| cut_points.contains(t.as_str()))
                        && (!framed.contains(&i) || moving.contains(&i))
                })
                && graph.reads(&decoder).iter().all(|t| !cut_points.contains(t))
        })
        .ok_or_else(|| missing("the decoder's input (a Mul by the frame mask that all samples come from)"))?
        .to_owned();

    // The pieces. What is the same for all frames and comes from an input is a global, made by the encoder.
    let globals_of = |piece: &HashSet<usize>| -> Vec<String> {
        let mut names: Vec<String> = graph
            .reads(piece)
            .into_iter()
            .filter(|t| graph.is_input(t, inputs) || graph.is_in(t, &of_inputs) && !graph.is_in(t, &framed))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names
    };
    let piece = |outputs: &[&str], stop: &HashSet<&str>, hoist: bool| -> Piece {
        let mut inside = graph.ancestors(outputs, stop);
        let mut globals = Vec::new();
        if hoist {
            inside.retain(|i| framed.contains(i) || !of_inputs.contains(i));
            globals = globals_of(&inside);
            globals.retain(|g| !stop.contains(g.as_str()));
        }
        let nodes: BTreeSet<usize> = inside.into_iter().collect();
        Piece { nodes: nodes.into_iter().collect(), globals }
    };
    let decoder = piece(&[output], &HashSet::from([latents.as_str()]), true);
    // Noise nodes stay in their pieces: their shapes are known only when the piece is analysed.
    let couple_ends: HashSet<&str> =
        spreads.iter().map(|(_, s)| s.as_str()).chain(masks.iter().map(String::as_str)).collect();
    let couple = piece(&[&latents], &couple_ends, true);
    if let Some(&i) = couple.nodes.iter().find(|&&i| nodes[i].op_type == "Ceil" || i == count) {
        return Err(missing(&format!(
            "a couple that needs the frame mask alone (it reads `{}`)",
            first_output(&nodes[i])
        )));
    }
    let durations = first_output(&nodes[ceil]).to_owned();
    let encoder_outputs: Vec<&str> = [durations.as_str()]
        .into_iter()
        .chain(spreads.iter().map(|(from, _)| from.as_str()))
        .chain(couple.globals.iter().chain(&decoder.globals).map(String::as_str))
        .collect();
    let encoder = piece(&encoder_outputs, &HashSet::new(), false);
    if let Some(i) = encoder.nodes.iter().find(|i| framed.contains(i)) {
        return Err(missing(&format!(
            "an encoder that ends before the frames (it reads `{}`)",
            first_output(&nodes[*i])
        )));
    }
    Ok(Cut {
        encoder,
        couple,
        decoder,
        inputs: inputs.to_vec(),
        durations,
        id_noise,
        spreads,
        masks,
        frame_noise,
        latents,
        output: output.to_owned(),
    })
}

fn missing(piece: &str) -> Error {
    Error::new(ErrorKind::Voice, format!("the voice is not of Piper's form: not found: {piece}"))
}

fn first_output(node: &NodeProto) -> &str {
    node.output.first().map_or("", String::as_str)
}

/// Who makes and who reads each tensor.
struct Graph<'a> {
    nodes: &'a [NodeProto],
    producer: HashMap<&'a str, usize>,
    readers: HashMap<&'a str, Vec<usize>>,
    /// Nodes, each after those that it reads from.
    order: Vec<usize>,
}

impl<'a> Graph<'a> {
    fn new(nodes: &'a [NodeProto]) -> Result<Self> {
        let mut producer = HashMap::new();
        let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, node) in nodes.iter().enumerate() {
            for t in node.output.iter().filter(|t| !t.is_empty()) {
                producer.insert(t.as_str(), i);
            }
            for t in node.input.iter().filter(|t| !t.is_empty()) {
                readers.entry(t).or_default().push(i);
            }
        }
        let mut graph = Self { nodes, producer, readers, order: Vec::new() };
        graph.order = graph.sort()?;
        Ok(graph)
    }

    /// Kahn's algorithm; an error where the graph has a cycle.
    fn sort(&self) -> Result<Vec<usize>> {
        let mut waits: Vec<usize> = self
            .nodes
            .iter()
            .map(|n| n.input.iter().filter(|t| self.producer.contains_key(t.as_str())).count())
            .collect();
        let mut order: Vec<usize> = (0..self.nodes.len()).filter(|&i| waits[i] == 0).collect();
        let mut next = 0;
        while let Some(&i) = order.get(next) {
            next += 1;
            for t in &self.nodes[i].output {
                if self.producer.get(t.as_str()) != Some(&i) {
                    continue;
                }
                for &reader in self.readers.get(t.as_str()).into_iter().flatten() {
                    match waits[reader] {
                        // A node that gives a tensor twice has been counted.
                        0 => {}
                        1 => {
                            waits[reader] = 0;
                            order.push(reader);
                        }
                        _ => waits[reader] -= 1,
                    }
                }
            }
        }
        if order.len() == self.nodes.len() {
            Ok(order)
        } else {
            Err(missing("an order of its nodes (there is a cycle)"))
        }
    }

    /// The nodes that `tensors` come from, not looking behind the tensors in `stop`.
    fn ancestors(&self, tensors: &[&str], stop: &HashSet<&str>) -> HashSet<usize> {
        let mut found = HashSet::new();
        let mut open: Vec<&str> = tensors.to_vec();
        while let Some(t) = open.pop() {
            if let Some(&i) = self.producer.get(t)
                && !stop.contains(t)
                && found.insert(i)
            {
                open.extend(self.nodes[i].input.iter().map(String::as_str));
            }
        }
        found
    }

    /// The nodes that read `tensors`, or what was made from them.
    fn descendants(&self, tensors: &[&str]) -> HashSet<usize> {
        let mut found = HashSet::new();
        let mut open: Vec<&str> = tensors.to_vec();
        while let Some(t) = open.pop() {
            for &i in self.readers.get(t).into_iter().flatten() {
                if found.insert(i) {
                    open.extend(self.nodes[i].output.iter().map(String::as_str));
                }
            }
        }
        // A tensor's own producer counts as coming from it, so that `is_in` holds for the tensor itself.
        found.extend(tensors.iter().filter_map(|t| self.producer.get(t)));
        found
    }

    /// What the nodes of `piece` read and do not make.
    fn reads(&self, piece: &HashSet<usize>) -> HashSet<&'a str> {
        piece
            .iter()
            .flat_map(|&i| &self.nodes[i].input)
            .map(String::as_str)
            .filter(|t| !t.is_empty() && self.producer.get(t).is_none_or(|i| !piece.contains(i)))
            .collect()
    }

    fn is_in(&self, tensor: &str, nodes: &HashSet<usize>) -> bool {
        self.producer.get(tensor).is_some_and(|i| nodes.contains(i))
    }

    fn is_input(&self, tensor: &str, inputs: &[String]) -> bool {
        !self.producer.contains_key(tensor) && inputs.iter().any(|i| i == tensor)
    }

    /// The `ReduceSum` of the durations, with at most a change of shape or type between.
    fn frame_count(&self, ceil: usize) -> Option<usize> {
        let mut open = vec![ceil];
        let mut seen = HashSet::new();
        while let Some(i) = open.pop() {
            if !seen.insert(i) {
                continue;
            }
            for &reader in self.readers.get(first_output(&self.nodes[i])).into_iter().flatten() {
                match self.nodes[reader].op_type.as_str() {
                    "ReduceSum" => return Some(reader),
                    "Squeeze" | "Unsqueeze" | "Reshape" | "Cast" | "Identity" | "Transpose" | "Flatten" => {
                        open.push(reader);
                    }
                    _ => {}
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use super::super::onnx::OnnxFile;
    use super::super::small_graphs::node;
    use super::*;

    /// The nodes of a voice in models/ and its inputs that are no weights.
    fn voice(name: &str) -> (Vec<NodeProto>, Vec<String>) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
        let file = OnnxFile::open(Box::new(File::open(path).unwrap())).unwrap();
        let inputs = file.inputs.iter().map(|i| i.name.clone()).filter(|name| !file.weights.contains(name)).collect();
        (file.nodes, inputs)
    }

    fn names(of: &[String]) -> Vec<&str> {
        of.iter().map(String::as_str).collect()
    }

    #[test]
    fn piper_voices_are_cut_where_they_are_known_to_join() {
        // The scale of the noise is one for the couple; of the speaker, each layer of its flows makes one more.
        for (name, of_couple, of_decoder) in [("test/tiny.onnx", 1, 0), ("test/tiny-multi.onnx", 9, 1)] {
            let (nodes, inputs) = voice(name);
            let cut = cut(&nodes, &inputs, "output").unwrap();
            assert_eq!(cut.durations, "/Ceil_output_0", "{name}");
            assert_eq!(cut.latents, "/Mul_7_output_0", "{name}");
            assert_eq!(cut.spreads.len(), 2, "{name}: mean and deviation");
            assert_eq!((cut.id_noise.len(), cut.frame_noise.len(), cut.masks.len()), (1, 1, 1), "{name}");
            assert_eq!(cut.decoder.globals.len(), of_decoder, "{name}: {:?}", cut.decoder.globals);
            assert_eq!(cut.couple.globals.len(), of_couple, "{name}: {:?}", cut.couple.globals);
            let op = |i: &usize| nodes[*i].op_type.as_str();
            assert!(cut.decoder.nodes.iter().any(|i| op(i) == "ConvTranspose"));
            assert!(!cut.couple.nodes.iter().chain(&cut.encoder.nodes).any(|i| op(i) == "ConvTranspose"));
            assert!(cut.encoder.nodes.iter().any(|i| op(i) == "Softmax"));
            assert!(!cut.couple.nodes.iter().any(|i| op(i) == "Softmax"));
            well_formed(name, &nodes, &cut);
        }
    }

    #[test]
    fn the_default_voice_is_cut() {
        let (nodes, inputs) = voice("en_US-slt-tiny.onnx");
        let cut = cut(&nodes, &inputs, "output").unwrap();
        assert_eq!(cut.spreads.len(), 1);
        assert!(cut.id_noise.is_empty());
        well_formed("slt", &nodes, &cut);
    }

    /// Each piece can be run from what it is given: nothing else is read, and nothing is computed twice but constants.
    fn well_formed(name: &str, nodes: &[NodeProto], cut: &Cut) {
        let graph = Graph::new(nodes).unwrap();
        let reads = |piece: &Piece| graph.reads(&piece.nodes.iter().copied().collect());
        let spread: Vec<&str> = cut.spreads.iter().map(|(_, spread)| spread.as_str()).collect();
        let given = [
            (&cut.encoder, names(&cut.inputs)),
            (&cut.couple, [&spread[..], &names(&cut.masks), &names(&cut.couple.globals)].concat()),
            (&cut.decoder, [&[cut.latents.as_str()][..], &names(&cut.decoder.globals)].concat()),
        ];
        for (piece, given) in given {
            assert!(piece.nodes.is_sorted() && !piece.nodes.is_empty(), "{name}");
            for tensor in reads(piece) {
                // What no node gives is a weight.
                let is_weight = !graph.producer.contains_key(tensor) && !cut.inputs.iter().any(|i| i == tensor);
                assert!(is_weight || given.contains(&tensor), "{name}: `{tensor}` is read and not given");
            }
        }
        let gives = |piece: &Piece, tensor: &str| graph.producer.get(tensor).is_some_and(|i| piece.nodes.contains(i));
        let of_encoder = cut.spreads.iter().map(|(from, _)| from).chain([&cut.durations]).chain(&cut.id_noise);
        for tensor in of_encoder.chain(&cut.couple.globals).chain(&cut.decoder.globals) {
            assert!(gives(&cut.encoder, tensor) || cut.inputs.contains(tensor), "{name}: the encoder lacks `{tensor}`");
        }
        assert!(gives(&cut.couple, &cut.latents) && gives(&cut.decoder, &cut.output), "{name}");
        assert!(cut.frame_noise.iter().all(|tensor| gives(&cut.couple, tensor)), "{name}");
        let constant = |i: &usize| matches!(nodes[*i].op_type.as_str(), "Constant" | "Identity" | "DequantizeLinear");
        let pieces = [&cut.encoder, &cut.couple, &cut.decoder];
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let twice: Vec<_> = pieces[one].nodes.iter().filter(|i| pieces[other].nodes.contains(i)).collect();
            assert!(twice.iter().all(|i| constant(i)), "{name}: twice: {:?}", twice.iter().map(|i| &nodes[**i].name));
        }
    }

    /// Whatever nodes and tensors are called, and in whatever order the file has them.
    #[test]
    fn names_and_order_do_not_matter() {
        for name in ["test/tiny.onnx", "test/tiny-multi.onnx", "en_US-slt-tiny.onnx"] {
            let (nodes, inputs) = voice(name);
            let before = cut(&nodes, &inputs, "output").unwrap();
            // The inputs' names are Piper's contract; all others go.
            let mut numbers: HashMap<String, String> = HashMap::new();
            let mut rename = |tensor: &mut String| {
                if !tensor.is_empty() && !inputs.contains(tensor) {
                    let next = format!("t{}", numbers.len() * 7919 % 100_003);
                    *tensor = numbers.entry(tensor.clone()).or_insert(next).clone();
                }
            };
            let mut renamed = nodes.clone();
            renamed.reverse();
            for node in &mut renamed {
                node.name.clear();
                node.input.iter_mut().chain(&mut node.output).for_each(&mut rename);
            }
            let after = cut(&renamed, &inputs, &numbers["output"]).unwrap();
            let last = nodes.len() - 1;
            let moved = |piece: &Piece| piece.nodes.iter().rev().map(|i| last - i).collect::<Vec<_>>();
            assert_eq!(after.encoder.nodes, moved(&before.encoder), "{name}");
            assert_eq!(after.couple.nodes, moved(&before.couple), "{name}");
            assert_eq!(after.decoder.nodes, moved(&before.decoder), "{name}");
            assert_eq!(after.latents, numbers[&before.latents], "{name}");
            assert_eq!(after.durations, numbers[&before.durations], "{name}");
            let sorted = |tensors: &[String]| -> Vec<String> {
                let mut tensors: Vec<String> = tensors.iter().map(|t| numbers.get(t).unwrap_or(t).clone()).collect();
                tensors.sort();
                tensors
            };
            let again = |tensors: &[String]| -> Vec<String> {
                let mut tensors = tensors.to_vec();
                tensors.sort();
                tensors
            };
            assert_eq!(again(&after.frame_noise), sorted(&before.frame_noise), "{name}");
            assert_eq!(again(&after.id_noise), sorted(&before.id_noise), "{name}");
            assert_eq!(again(&after.masks), sorted(&before.masks), "{name}");
            assert_eq!(again(&after.couple.globals), sorted(&before.couple.globals), "{name}");
        }
    }

    /// A graph of Piper's form, as small as it can be.
    fn smallest() -> Vec<NodeProto> {
        let plain = |op: &str, inputs: &str, output: &str| node(op, inputs, output, vec![]);
        vec![
            plain("Gather", "emb input", "x"),
            plain("Mul", "x weight", "rows"),
            plain("RandomNormalLike", "x", "id_noise"),
            plain("Add", "x id_noise", "w"),
            plain("Mul", "w scales", "scaled"),
            plain("Ceil", "scaled", "durations"),
            plain("ReduceSum", "durations", "count"),
            plain("CumSum", "durations one", "ends"),
            plain("Range", "zero count by", "numbers"),
            plain("Less", "numbers count", "mask"),
            plain("Cast", "mask", "frames"),
            plain("Less", "numbers ends", "before"),
            plain("Cast", "before", "path"),
            plain("MatMul", "path rows", "spread"),
            plain("RandomNormalLike", "spread", "noise"),
            plain("Add", "spread noise", "z"),
            plain("Mul", "z frames", "latents"),
            plain("Conv", "latents kernel", "sound"),
            plain("Tanh", "sound", "output"),
        ]
    }

    fn cut_small(nodes: &[NodeProto]) -> Result<Cut> {
        cut(nodes, &["input".into(), "input_lengths".into(), "scales".into()], "output")
    }

    #[test]
    fn the_smallest_graph_of_the_form() {
        let nodes = smallest();
        let cut = cut_small(&nodes).unwrap();
        assert_eq!(cut.encoder.nodes, [0, 1, 2, 3, 4, 5]);
        assert_eq!(cut.couple.nodes, [10, 14, 15, 16]);
        assert_eq!(cut.decoder.nodes, [17, 18]);
        assert_eq!((cut.durations.as_str(), cut.latents.as_str()), ("durations", "latents"));
        assert_eq!(cut.spreads, [("rows".into(), "spread".into())]);
        assert_eq!((names(&cut.id_noise), names(&cut.frame_noise)), (vec!["id_noise"], vec!["noise"]));
        assert_eq!(names(&cut.masks), ["mask"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let at = |nodes: &[NodeProto], output: &str| nodes.iter().position(|n| n.output[0] == output).unwrap();
        let other = |output: &'static str, op: &'static str| {
            move |nodes: &mut Vec<NodeProto>| {
                let at = at(nodes, output);
                nodes[at].op_type = op.into();
            }
        };
        let read = |output: &'static str, input: usize, from: &'static str| {
            move |nodes: &mut Vec<NodeProto>| {
                let at = at(nodes, output);
                nodes[at].input[input] = from.into();
            }
        };
        type Edit = Box<dyn Fn(&mut Vec<NodeProto>)>;
        let cases: Vec<(Edit, &str)> = vec![
            (Box::new(other("durations", "Floor")), "the durations (a Ceil"),
            (Box::new(other("count", "ReduceMax")), "whose ReduceSum is the number of frames"),
            (Box::new(other("ends", "Neg")), "the alignment path"),
            (Box::new(other("spread", "Mul")), "the alignment path (a MatMul"),
            (Box::new(other("mask", "Equal")), "the frame mask"),
            (Box::new(other("noise", "RandomUniformLike")), "noise that is normal (there is a RandomUniformLike)"),
            (Box::new(other("id_noise", "RandomUniformLike")), "there is a RandomUniformLike"),
            (Box::new(other("latents", "Add")), "the decoder's input (a Mul by the frame mask"),
            // Samples that do not come from the latents alone.
            (Box::new(|nodes| nodes.push(node("Add", "sound spread", "output", vec![]))), "the decoder's input"),
            // A cycle, and an output that nothing gives.
            (Box::new(read("x", 0, "output")), "there is a cycle"),
            (Box::new(read("x", 1, "x")), "there is a cycle"),
            (Box::new(|nodes| nodes.truncate(18)), "the node that gives the output `output`"),
            (Box::new(Vec::clear), "the node that gives the output `output`"),
            // An encoder that looks at the frames.
            (Box::new(read("rows", 1, "count")), "the alignment path"),
        ];
        for (edit, named) in cases {
            let mut nodes = smallest();
            edit(&mut nodes);
            let error = cut_small(&nodes).expect_err(named);
            assert_eq!(error.kind(), ErrorKind::Voice, "{named}");
            assert!(error.to_string().contains(named), "{named}: {error}");
        }
    }

    /// Names that are there twice, or empty, or nowhere, and nodes without outputs: an error or a cut, and no panic.
    #[test]
    fn nonsense_is_survived() {
        let nodes = smallest();
        for i in 0..nodes.len() {
            for j in 0..nodes.len() {
                let mut edited = nodes.clone();
                edited[i].output = edited[j].output.clone();
                let _ = cut_small(&edited);
                let mut edited = nodes.clone();
                edited[i].input = edited[j].output.clone();
                let _ = cut_small(&edited);
                let mut edited = nodes.clone();
                edited.swap(i, j);
                assert!(cut_small(&edited).is_ok(), "order does not matter: {i} and {j}");
            }
            let mut edited = nodes.clone();
            edited[i].output.clear();
            let _ = cut_small(&edited);
            let mut edited = nodes.clone();
            edited[i].input.clear();
            let _ = cut_small(&edited);
            // An output that is there twice.
            let mut edited = nodes.clone();
            let output = edited[i].output[0].clone();
            edited[i].output.push(output);
            assert!(cut_small(&edited).is_ok());
        }
    }

    /// Ways that part and meet again are gone once: there are 2^64 of them here.
    #[test]
    fn doubled_ways_are_gone_once() {
        let mut nodes = smallest();
        let mut last = "durations".to_owned();
        for i in 0..64 {
            let next = format!("same{i}");
            nodes.push(node("Reshape", &format!("{last} {last}"), &next, vec![]));
            last = next;
        }
        let count = nodes.iter().position(|n| n.output[0] == "count").unwrap();
        nodes[count].input[0] = last;
        assert!(cut_small(&nodes).is_ok());
    }
}
