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
                    waits[reader] -= 1;
                    if waits[reader] == 0 {
                        order.push(reader);
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
        while let Some(i) = open.pop() {
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
