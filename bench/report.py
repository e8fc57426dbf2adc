#!/usr/bin/env python3
"""All that is compared with ONNX Runtime, in one run, written into docs/BENCHMARKS.md and docs/benchmarks: `cargo xtask bench report`.

It calls onnxruntime.py and www/bench/run.js for their JSON, keeps all of it in target/bench.json, and draws from that.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from plot import plot

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
CHANTER = TARGET / "release/chanter"
BUILT_IN = ROOT / "models/en_US-slt-tiny.onnx"
KEPT = TARGET / "bench.json"
PLOT = ROOT / "docs/benchmarks/ratios.svg"
PAGE = ROOT / "docs/BENCHMARKS.md"
MARKS = ("<!-- report -->", "<!-- end of the report -->")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voices", nargs="*", type=Path, metavar="VOICE", help="voices beside the built-in one")
    parser.add_argument("--rounds", type=int, default=5, help="how often the two take turns (%(default)s)")
    parser.add_argument("--native", action="store_true", help="leave out the browser, whose build takes long")
    parser.add_argument("--draw", action="store_true", help="measure nothing: draw anew what was measured last")
    args = parser.parse_args()
    if not args.draw:
        KEPT.write_text(json.dumps(measure([voice.resolve() for voice in args.voices], args.rounds, not args.native)))
    measured = json.loads(KEPT.read_text(encoding="utf-8"))
    write(measured)
    print(f"{PAGE.relative_to(ROOT)} and {PLOT.relative_to(ROOT)} are written")


# What is measured.


def measure(voices: list, rounds: int, browser: bool) -> dict:
    sets = instruction_sets()
    peaks = [peak(), None]

    def native(*flags, **environment) -> list:
        told = " ".join([*flags, *(f"{name}={value}" for name, value in environment.items())])
        print(f"beside onnxruntime {told}", flush=True)
        command = [sys.executable, HERE / "onnxruntime.py", *voices, "--json", "--chanter", CHANTER]
        return output_of([*command, "--rounds", str(rounds), *flags], **environment)

    measured = {
        "machine": machine(sets[0]),
        "versions": {"Chanter": version(CHANTER), "rustc": version("rustc")},
        "date": time.strftime("%Y-%m-%d"),
        "rounds": rounds,
        "native": native("--flop"),
        "lesser": native("--ids", "120", CHANTER_ISA="avx2") if sets[0] == "AVX-512" else [],
        "together": native("--ids", "120", "--threads", "2") if (os.cpu_count() or 1) > 1 else [],
        "profiles": [profile(voice) for voice in [BUILT_IN, *voices]],
        "browser": {},
    }
    for build in ["simd", "relaxed"] if browser else []:
        print(f"beside onnxruntime-web, {build}", flush=True)
        command = ["node", ROOT / "www/bench/run.js", "--json", "--engine", build, "--rounds", str(rounds)]
        measured["browser"][build] = output_of([*command, BUILT_IN, *voices], TARGET=TARGET)
    # Others may have held the core back at one of the two times.
    peaks[1] = peak()
    measured["peak"] = max(peaks, key=lambda flop: flop or 0)
    return measured


def output_of(command: list, **environment) -> list:
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[1]} failed")
    return json.loads(done.stdout)


def peak() -> "float | None":
    """What a core does at most, in FLOP a second, by a program compiled for it; nothing where that cannot be."""
    program = TARGET / "peak"
    flags = ["--edition", "2024", "-C", "opt-level=3", "-C", "target-cpu=native"]
    built = subprocess.run(["rustc", *flags, HERE / "peak.rs", "-o", program], capture_output=True, check=False)
    return float(subprocess.check_output([program])) if built.returncode == 0 else None


def profile(voice: Path) -> dict:
    """Where the time of a speech goes, if `chanter bench` tells."""
    command = [CHANTER, "bench", "--json", "--profile", "-m", voice]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    parts = json.loads(done.stdout).get("profile", []) if done.returncode == 0 else []
    return {"voice": voice.stem, "parts": parts}


def machine(instructions: str) -> str:
    lines = cpuinfo()
    name = next((value for key, value in lines if key == "model name"), platform.processor() or platform.machine())
    return f"{name} ({instructions}, {os.cpu_count()} cores, {platform.system()})"


def version(program: "Path | str") -> str:
    return subprocess.check_output([program, "--version"], text=True).split()[1]


def instruction_sets() -> list:
    """Those that Chanter has kernels for, the best first."""
    flags = next((value.split() for key, value in cpuinfo() if key in ("flags", "Features")), [])
    sets = {"AVX-512": ["avx512f"], "AVX2": ["avx2", "fma"], "NEON": ["asimd"]}
    return [name for name, needed in sets.items() if all(flag in flags for flag in needed)] or [platform.machine()]


def cpuinfo() -> list:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [[part.strip() for part in line.split(":", 1)] for line in lines if ":" in line]


# What is written.


def write(measured: dict) -> None:
    groups = compared(measured)
    told = f"{measured['machine']}, {measured['date']}; below 1, Chanter takes less"
    PLOT.parent.mkdir(exist_ok=True)
    bars = [(heading, [(name, ratio) for name, _, _, ratio in rows]) for heading, rows in groups]
    PLOT.write_text(plot("Chanter's time and memory to ONNX Runtime's", told, bars), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(MARKS[0])[0], page.split(MARKS[1])[1]
    lines = [*heading_of(measured), *table_of(groups), *factors_of(measured), *limits_of(measured), *profiles_of(measured)]
    PAGE.write_text("\n\n".join([before + MARKS[0], *lines, MARKS[1] + after]), encoding="utf-8")


def compared(measured: dict) -> list:
    """Headings and their rows: name, of Chanter, of ONNX Runtime, the ratio."""
    groups = {}

    def add(result: dict, name: str, of: str, ours: str, theirs: str, unit: str = "ms") -> None:
        ratio = result["ratios"][of]
        if ratio:
            sides = [(turn["chanter"][ours], turn["onnxruntime"][theirs]) for turn in result["rounds"]]
            row = (name, *(printed(statistics.median(side), unit) for side in zip(*sides)), ratio)
            groups.setdefault(result["voice"], []).append(row)

    whole, part = "total_seconds", "first_audio_seconds"
    for result in measured["native"]:
        ids = f"{result['ids']} ids"
        add(result, f"whole speech, {ids}", "whole speech", whole, whole)
        add(result, f"first chunk to whole, {ids}", "first chunk, to whole speech", part, whole)
    # Neither depends much on the sentence: the first of each voice tells.
    for result in {result["voice"]: result for result in reversed(measured["native"])}.values():
        add(result, "loading", "loading", "load_seconds", "load_seconds")
        own = "peak memory, to it without Python and NumPy"
        add(result, "memory, without Python", own, "peak_memory_bytes", "own_memory_bytes", "MiB")
    for result in measured["lesser"]:
        add(result, "whole speech, Chanter by AVX2", "whole speech", whole, whole)
    for result in measured["together"]:
        each = "seconds_a_speech"
        add(result, f"{result['threads']} speeches at once, each", "a speech, of all threads together", each, each)
    for build, results in measured["browser"].items():
        for result in results:
            rows = groups[result["voice"]]
            for name, of in [(f"browser, {build}: whole", "whole"), (f"browser, {build}: click to sound", "heard")]:
                # A page plays by the build that it chooses itself, the same in both.
                if of == "whole" or build == list(measured["browser"])[-1]:
                    side = result[of]
                    rows.append((name, *(printed(side[who] / 1000, "ms") for who in ("ours", "peer")), side))
    return list(groups.items())


def printed(value: float, unit: str) -> str:
    return f"{value / (1 << 20):.1f} MiB" if unit == "MiB" else f"{value * 1000:.1f} ms"


def heading_of(measured: dict) -> list:
    versions = {**measured["versions"], "onnxruntime": measured["native"][0]["onnxruntime"]}
    for results in measured["browser"].values():
        versions |= {"onnxruntime-web": results[0]["peer"], "Chromium": results[0]["browser"]}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [
        f"### Figures: {measured['machine']}",
        f"{measured['date']}, {measured['rounds']} rounds, one thread each; {told}.",
        f"![Bars of the ratios in the table below]({PLOT.relative_to(PAGE.parent)})",
    ]


def table_of(groups: list) -> list:
    rows = [
        (voice, name, ours, theirs, f"{ratio['median']:.2f}", f"{ratio['least']:.2f} to {ratio['most']:.2f}")
        for voice, rows in groups
        for name, ours, theirs, ratio in rows
    ]
    return [table(["voice", "what", "Chanter", "ONNX Runtime", "ratio", "least to most"], rows)]


def factors_of(measured: dict) -> list:
    """Chanter's time for a speech over how long that sounds."""
    native = [
        (result, "native", statistics.median(turn["chanter"]["total_seconds"] for turn in result["rounds"]))
        for result in measured["native"]
    ]
    browser = [
        (result, f"browser, {build}", result["whole"]["ours"] / 1000)
        for results in zip(*measured["browser"].values())
        for build, result in zip(measured["browser"], results)
    ]
    rows = []
    for result, where, seconds in native + browser:
        audio = result["audio_seconds"]
        rows.append((result["voice"], f"{result['ids']} ids, {audio:.1f} s", where, f"{seconds / audio:.4f}"))
    return ["Chanter's real-time factor:", table(["voice", "speech", "where", "real-time factor"], rows)]


def limits_of(measured: dict) -> list:
    peak = measured["peak"]
    if not peak:
        return []
    rows = []
    for result in measured["native"]:
        limit = result["flop"] / peak
        # The least: the limit knows of no other work, either.
        sides = [min(turn[side]["total_seconds"] for turn in result["rounds"]) for side in ("chanter", "onnxruntime")]
        times = [f"{seconds / limit:.2f}" for seconds in sides]
        rows.append((result["voice"], result["ids"], f"{result['flop'] / 1e9:.1f}", printed(limit, "ms"), *times))
    return [
        f"The limit, at {peak / 1e9:.0f} GFLOP/s of one core:",
        table(["voice", "ids", "GFLOP", "the limit", "Chanter, times it", "ONNX Runtime, times it"], rows),
    ]


def profiles_of(measured: dict) -> list:
    """The parts that take a hundredth or more."""
    rows = []
    for told in measured["profiles"]:
        parts = sorted(told["parts"], key=lambda part: -part["seconds"])
        whole = sum(part["seconds"] for part in parts)
        shares = [(part, part["seconds"] / whole) for part in parts]
        large = [(part, share) for part, share in shares if share >= 0.01]
        rows += [(told["voice"], part["stage"], part["op"], part["calls"], f"{share:.1%}") for part, share in large]
        if rest := sum(share for _, share in shares) - sum(share for _, share in large):
            rows.append((told["voice"], "", "all others", "", f"{rest:.1%}"))
    if not rows:
        return []
    return ["Where Chanter's time goes:", table(["voice", "stage", "operation", "calls", "share"], rows)]


def table(names: list, rows: list) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


if __name__ == "__main__":
    main()
