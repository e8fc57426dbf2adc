#!/usr/bin/env python3
"""A packed voice in ONNX Runtime: is it valid, what does it cost, and does Chanter say the same?

Checks the file with onnx.checker and its inputs and outputs against the original's; compares the two in ONNX Runtime
without noise, with the original's durations in both; and compares Chanter with ONNX Runtime on the packed file.

    python3 -m venv .venv && .venv/bin/pip install onnx onnxruntime numpy
    cargo build --release -p chanter-cli
    target/release/chanter pack VOICE.onnx -o PACKED.onnx
    .venv/bin/python bench/packed.py VOICE.onnx PACKED.onnx
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A file beside this one has the name of what is needed.
sys.path = [folder for folder in sys.path if Path(folder or ".").resolve() != HERE]

import numpy
import onnx
import onnxruntime

LENGTHS = (20, 40, 60, 80, 100, 120, 160, 200, 250, 300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", type=Path)
    parser.add_argument("packed", type=Path, help="with its PACKED.onnx.json beside it")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="Chanter to ONNX Runtime (%(default)s)")
    parser.add_argument("--chanter", type=Path, default=HERE.parent / "target/release/chanter")
    args = parser.parse_args()

    onnx.checker.check_model(str(args.packed), full_check=True)
    original, packed = onnx.load(args.original), onnx.load(args.packed)
    config = Path(f"{args.packed}.json").read_text(encoding="utf-8")
    embedded = [entry.value for entry in packed.metadata_props if entry.key == "piper_config"]
    if embedded != [config]:
        sys.exit("the embedded config is not that beside the file")
    if ends(original) != ends(packed):
        sys.exit(f"other inputs or outputs: {ends(packed)}, not {ends(original)}")

    sentences = [ids_of(args.chanter, args.packed, length) for length in LENGTHS]
    speakers = json.loads(config).get("num_speakers") or 1
    one, other, whole = Paced(original), Paced(packed), session(packed)
    equal = energy = error = 0
    furthest = 0.0
    for number, ids in enumerate(sentences):
        speaker = number % speakers
        durations = one.durations(ids, speaker)
        equal += int((durations == other.durations(ids, speaker)).sum())
        expected = one.speak(ids, speaker, durations).astype(numpy.float64)
        energy += (expected**2).sum()
        error += ((expected - other.speak(ids, speaker, durations)) ** 2).sum()
        theirs = whole.run(["output"], inputs(whole, ids, speaker))[0].ravel()
        ours = speak_with_chanter(args.chanter, args.packed, ids, speaker)
        if ours.size != theirs.size:
            sys.exit(f"{len(ids)} ids: Chanter makes {ours.size} samples, ONNX Runtime {theirs.size}")
        furthest = max(furthest, float(numpy.abs(ours - theirs).max()))
    count = sum(map(len, sentences))
    print(f"{args.packed}: valid; onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}")
    print(f"  bytes: {args.original.stat().st_size} to {args.packed.stat().st_size}")
    print(f"  durations equal: {100 * equal / count:.2f} % of {count} ids")
    print(f"  error to the original: {10 * numpy.log10(max(error / energy, 1e-20)):.2f} dB")
    print(f"  Chanter to ONNX Runtime on the packed file: {furthest:.1e}")
    if furthest > args.tolerance:
        sys.exit(f"Chanter and ONNX Runtime differ by more than {args.tolerance}")


def ends(model: onnx.ModelProto) -> tuple:
    """What goes in and out, apart from weights that are listed among the inputs."""
    weights = {weight.name for weight in model.graph.initializer} | {n for node in model.graph.node for n in node.output}
    inputs = [entry for entry in model.graph.input if entry.name not in weights]
    return tuple(tuple((e.name, e.type.SerializeToString()) for e in side) for side in (inputs, model.graph.output))


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def inputs(of: onnxruntime.InferenceSession, ids: list, speaker: int) -> dict:
    given = {
        "input": numpy.array([ids], numpy.int64),
        "input_lengths": numpy.array([len(ids)], numpy.int64),
        "scales": numpy.array([0, 1, 0], numpy.float32),
        "sid": numpy.array([speaker], numpy.int64),
    }
    return {name: given[name] for name in (i.name for i in of.get_inputs()) if name in given}


class Paced:
    """A voice that tells its durations and can be given others: what its Ceil makes becomes an input."""

    def __init__(self, model: onnx.ModelProto):
        cut = onnx.ModelProto()
        cut.CopyFrom(model)
        (self.name,) = durations_of(cut.graph)
        for node in cut.graph.node:
            if self.name in node.output:
                node.output[0] = "own_durations"
        unknown = onnx.helper.make_tensor_value_info
        cut.graph.input.append(unknown(self.name, onnx.TensorProto.FLOAT, None))
        cut.graph.output.append(unknown("own_durations", onnx.TensorProto.FLOAT, None))
        self.session = session(cut)

    def run(self, output: str, ids: list, speaker: int, durations: numpy.ndarray) -> numpy.ndarray:
        given = {**inputs(self.session, ids, speaker), self.name: durations}
        return self.session.run([output], given)[0]

    def durations(self, ids: list, speaker: int) -> numpy.ndarray:
        return self.run("own_durations", ids, speaker, numpy.ones((1, 1, len(ids)), numpy.float32))

    def speak(self, ids: list, speaker: int, durations: numpy.ndarray) -> numpy.ndarray:
        return self.run("output", ids, speaker, durations).ravel()


def durations_of(graph: onnx.GraphProto) -> set:
    """The Ceil that is summed."""
    summed = {name for node in graph.node if node.op_type in ("ReduceSum", "CumSum") for name in node.input}
    return {node.output[0] for node in graph.node if node.op_type == "Ceil" and node.output[0] in summed}


def ids_of(chanter: Path, voice: Path, length: int) -> list:
    command = [chanter, "bench", "--json", "--runs", "1", "-m", voice, "--ids", str(length)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["phoneme_ids"]


def speak_with_chanter(chanter: Path, voice: Path, ids: list, speaker: int) -> numpy.ndarray:
    quiet = ["--noise-scale", "0", "--noise-w", "0", "--length-scale", "1"]
    command = [chanter, "speak", "-m", voice, "--json-input", "--output-raw", "--sample-format", "f32", *quiet]
    line = json.dumps({"phoneme_ids": ids, "speaker_id": speaker})
    spoken = subprocess.run(command, input=line.encode(), capture_output=True, check=True).stdout
    return numpy.frombuffer(spoken, numpy.float32)


if __name__ == "__main__":
    main()
