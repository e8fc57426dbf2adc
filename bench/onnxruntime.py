#!/usr/bin/env python3
"""Chanter beside ONNX Runtime: the same voices, the same phoneme ids, no noise, one thread each.

Both are measured in turns, so that whatever else the machine does hits both; each number is the best of a few runs,
and the ratios of several rounds are given with their spread. Below 1, Chanter takes less.

To install what it needs, and to run it:

    python3 -m venv .venv && .venv/bin/pip install onnxruntime numpy
    cargo build --release -p chanter-cli
    .venv/bin/python bench/onnxruntime.py [VOICE.onnx ...]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MIB = 1 << 20

# What is compared: its name, of Chanter, of ONNX Runtime, how to print one.
COMPARED = [
    ("whole speech", "total_seconds", "total_seconds", "seconds"),
    ("first chunk, to whole speech", "first_audio_seconds", "total_seconds", "seconds"),
    ("a speech, of all threads together", "seconds_a_speech", "seconds_a_speech", "seconds"),
    ("first speech after loading: first chunk, to whole", "cold_first_audio_seconds", "cold_total_seconds", "seconds"),
    ("loading", "load_seconds", "load_seconds", "seconds"),
    ("peak memory of the process", "peak_memory_bytes", "peak_memory_bytes", "bytes"),
    ("peak memory, to it without Python and NumPy", "peak_memory_bytes", "own_memory_bytes", "bytes"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voices", nargs="*", type=Path, metavar="VOICE", help="voices beside the built-in one")
    parser.add_argument("--ids", nargs="+", type=int, default=[120, 300], help="lengths of sentence (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often the two take turns (%(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="speeches in a turn, the best of which counts (%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="speeches at once, each on a thread (%(default)s)")
    parser.add_argument("--flop", action="store_true", help="count operations for --json; takes the package onnx")
    parser.add_argument("--chanter", type=Path, default=ROOT / "target/release/chanter", help="the program to measure")
    parser.add_argument("--json", action="store_true", help="print JSON, every round included")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(speak_with_onnxruntime(**json.load(sys.stdin))))
        return
    if min(args.rounds, args.runs, args.threads) < 1:
        parser.error("there must be a round, a run and a thread")
    if not args.chanter.is_file():
        parser.error(f"{args.chanter} is not there: build it with cargo build --release -p chanter-cli")
    for voice in args.voices:
        if not voice.is_file() or not Path(f"{voice}.json").is_file():
            parser.error(f"{voice} is not there, or has no {voice.name}.json beside it")
    results = []
    for voice in [ROOT / "models/en_US-slt-tiny.onnx", *args.voices]:
        for ids in args.ids:
            result = compare(args, voice, ids)
            results.append(result)
            if not args.json:
                show(result)
    if args.json:
        print(json.dumps(results))


def compare(args: argparse.Namespace, voice: Path, ids: int) -> dict:
    """Lets the two take turns, and takes the ratios of each round."""
    config = json.loads(Path(f"{voice}.json").read_text(encoding="utf-8"))
    command = [args.chanter, "bench", "--json", "-m", voice, "--ids", str(ids)]
    # This one only tells the ids, and has the file in the system's cache for both.
    phoneme_ids = report_of([*command, "--runs", "1"])["phoneme_ids"]
    work = {"voice": str(voice), "ids": phoneme_ids, "speaker": config.get("default_speaker_id") or 0}
    often = {"runs": args.runs, "threads": args.threads}
    ours = [f"--runs={args.runs}", f"--speeches={args.threads}"]
    child = [sys.executable, Path(__file__).resolve(), "--child"]
    turns = {
        "chanter": lambda: report_of([*command, *ours]),
        "onnxruntime": lambda: report_of(child, json.dumps({**work, **often})),
    }
    measured = []
    for number in range(args.rounds):
        # Who goes first changes, too.
        order = list(turns) if number % 2 == 0 else list(reversed(turns))
        measured.append({name: turns[name]() for name in order})
    ours, theirs = measured[0]["chanter"], measured[0]["onnxruntime"]
    if ours["samples"] != theirs["samples"]:
        told = f"{ours['samples']} samples, onnxruntime {theirs['samples']}"
        print(f"{voice}: not the same work: chanter makes {told}", file=sys.stderr)
    for turn in measured:
        our = turn["chanter"]
        our.pop("phoneme_ids")
        our["seconds_a_speech"] = our["audio_seconds"] / our["audio_seconds_a_second"]
    return {
        "voice": voice.stem,
        "ids": len(phoneme_ids),
        "threads": args.threads,
        "flop": args.flop and report_of(child, json.dumps({**work, "runs": 0, "threads": 0}))["flop"],
        "audio_seconds": ours["audio_seconds"],
        "onnxruntime": theirs["version"],
        "ratios": {name: ratios(measured, our, their) for name, our, their, _ in COMPARED},
        "rounds": measured,
    }


def ratios(measured: list, our: str, their: str) -> "dict | None":
    each = [(turn["chanter"][our], turn["onnxruntime"][their]) for turn in measured]
    if not all(ours and theirs for ours, theirs in each):
        return None  # This system does not tell.
    each = sorted(ours / theirs for ours, theirs in each)
    return {"median": statistics.median(each), "least": each[0], "most": each[-1]}


def report_of(command: list, given: str = "") -> dict:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        told = done.stderr.strip().splitlines() or ["it does not say why"]
        sys.exit(f"{command[0]} failed: {told[-1]}")
    return json.loads(done.stdout)


def show(result: dict) -> None:
    rounds = result["rounds"]
    print(f"{result['voice']}: {result['ids']} ids, {result['audio_seconds']:.2f} s of audio,", end=" ")
    print(f"{len(rounds)} rounds, onnxruntime {result['onnxruntime']}")
    print(f"  {'':50} {'chanter':>10} {'onnxruntime':>12}  ratio (least to most)")
    for name, our, their, unit in COMPARED:
        ratio = result["ratios"][name]
        if ratio is None or (our == "seconds_a_speech" and result["threads"] == 1):
            continue
        ours = statistics.median(turn["chanter"][our] for turn in rounds)
        theirs = statistics.median(turn["onnxruntime"][their] for turn in rounds)
        spread = f"{ratio['median']:.3f} ({ratio['least']:.3f} to {ratio['most']:.3f})"
        print(f"  {name:50} {printed(ours, unit):>10} {printed(theirs, unit):>12}  {spread}")
    print(flush=True)


def printed(value: float, unit: str) -> str:
    return f"{value / MIB:.1f} MiB" if unit == "bytes" else f"{value * 1000:.1f} ms"


def speak_with_onnxruntime(voice: str, ids: list, speaker: int, runs: int, threads: int) -> dict:
    """In a process of its own, so that its memory is its own. Without a run, only operations are counted."""
    from flop import flop

    # This file has the name of what it needs.
    sys.path = [folder for folder in sys.path if Path(folder or ".").resolve() != HERE]
    import numpy

    before = memory("VmRSS")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # Of what it left out when it simplified the graph, nobody needs to know.

    def timed(work) -> tuple:
        start = time.perf_counter()
        done = work()
        return time.perf_counter() - start, done

    load, session = timed(lambda: onnxruntime.InferenceSession(voice, options, providers=["CPUExecutionProvider"]))
    inputs = {
        "input": numpy.array([ids], numpy.int64),
        "input_lengths": numpy.array([len(ids)], numpy.int64),
        "scales": numpy.array([0, 1, 0], numpy.float32),
    }
    if any(needed.name == "sid" for needed in session.get_inputs()):
        inputs["sid"] = numpy.array([speaker], numpy.int64)
    if not runs:
        return {"flop": flop(voice, inputs)}
    output = session.get_outputs()[0].name

    def speak(_=None) -> tuple:
        return timed(lambda: session.run([output], inputs)[0])

    cold, samples = speak()
    many = range(runs * threads)
    # A single one has no thread of its own, which would have a heap of its own.
    each = map if threads == 1 else ThreadPoolExecutor(threads).map
    all_seconds, speeches = timed(lambda: [seconds for seconds, _ in each(speak, many)])
    peak = memory("VmHWM")
    return {
        "version": onnxruntime.__version__,
        "load_seconds": load,
        "cold_total_seconds": cold,
        "total_seconds": min(speeches),
        "seconds_a_speech": all_seconds / len(many),
        "samples": samples.size,
        "peak_memory_bytes": peak,
        "own_memory_bytes": peak and before and peak - before,
    }


def memory(field: str) -> "int | None":
    """What Linux tells of this process's memory, in bytes."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), None)


if __name__ == "__main__":
    main()
