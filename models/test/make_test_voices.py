#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Make the tiny test voices of this folder and their goldens.

The voices are VITS networks built by Piper's own model code (`piper.train.vits`) in small
dimensions with random weights, and exported the way `piper.train.export_onnx` does. The goldens are
what ONNX Runtime says on the unmodified voices with both noise scales 0.

The published voices came from torch 1.13, which has no wheel without CUDA on PyPI, so with Python 3.11:

    pip install "torch==1.13.1" "numpy<2" onnx onnxruntime "piper-tts==1.8.0"
    python make_test_voices.py            # writes beside this file

A newer torch (2.15 tried) makes the same voices with slightly other nodes; the samples then differ by
rounding errors.
"""

import inspect
import json
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from piper.config import PhonemeType, PiperConfig
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP, phonemes_to_ids
from piper.phonemize_espeak import EspeakPhonemizer
from piper.train.vits.models import (
    ResidualCouplingBlock,
    StochasticDurationPredictor,
    SynthesizerTrn,
)

HERE = Path(__file__).resolve().parent
DEFAULT_VOICE = "../en_US-slt-tiny.onnx"  # relative to HERE

# The two decoders of Piper: "2" is that of x_low, low and medium, "1" that of high.
DECODERS = {
    "2": dict(
        resblock="2",
        resblock_kernel_sizes=(3, 5, 7),
        resblock_dilation_sizes=((1, 2), (2, 6), (3, 12)),
        upsample_rates=(8, 8, 4),
        upsample_kernel_sizes=(16, 16, 8),
    ),
    "1": dict(
        resblock="1",
        resblock_kernel_sizes=(3, 7, 11),
        resblock_dilation_sizes=((1, 3, 5), (1, 3, 5), (1, 3, 5)),
        upsample_rates=(8, 8, 2, 2),
        upsample_kernel_sizes=(16, 16, 4, 4),
    ),
}

# Dimensions of Piper's medium voice; `build` takes others.
FULL = dict(
    inter_channels=192,
    hidden_channels=192,
    filter_channels=768,
    n_heads=2,
    n_layers=6,
    kernel_size=3,
)


def random_ids(rng, phonemes):
    """Ids in Piper's shape: start, pad, then each phoneme and a pad, end."""
    known = sorted(i for ids in DEFAULT_PHONEME_ID_MAP.values() for i in ids if i > 2)
    return [1, 0] + [i for p in rng.choice(known, phonemes) for i in (int(p), 0)] + [2]


def build(decoder, channels, seed, speakers=1, gin=0, dims=FULL, flow=None, dp_flows=4, frames=2.5):
    """A VITS network with random weights: about `frames` frames an id, audio of modest loudness."""
    torch.manual_seed(seed)
    net = SynthesizerTrn(
        n_vocab=256,
        spec_channels=8,  # training only
        segment_size=32,  # training only
        p_dropout=0.1,
        n_speakers=speakers,
        gin_channels=gin,
        upsample_initial_channel=channels,
        **dims,
        **DECODERS[decoder],
    )
    hidden = dims["hidden_channels"]
    if flow is not None:  # (layers in each of the four flows' WaveNets)
        net.flow = ResidualCouplingBlock(dims["inter_channels"], hidden, 5, 1, flow, gin_channels=gin)
    if dp_flows != 4:
        net.dp = StochasticDurationPredictor(hidden, 192, 3, 0.5, dp_flows, gin_channels=gin)
    net.eval()

    with torch.no_grad():
        # What training starts at a constant (norms, the last layers of the flows) gets random values.
        for name, p in net.named_parameters():
            if p.numel() > 1 and p.std() == 0:
                spread = 0.02
                if name.startswith("dp.flows") and ".proj." in name:
                    spread = 0.5 * math.sqrt(192 / hidden)  # durations that vary
                elif name.startswith("flow.") and ".post." in name:
                    spread = 0.5 / math.sqrt(hidden)  # flows that are no identity
                p.add_(torch.randn_like(p) * spread)
        net.dec.remove_weight_norm()
        last = net.dec.conv_post.weight
        last.sub_(last.mean(dim=2, keepdim=True))  # no constant offset in the audio

        for name, p in net.dec.named_parameters():
            if name.endswith("bias"):
                p.mul_(0.1)  # or they drown what depends on the input

        # Calibrate on a few inputs: the durations by the predictor's last affine step, the loudness by the
        # last convolution (a deviation of 0.1 before the tanh).
        rng, logw, audio = np.random.default_rng(seed), [], []
        for k in range(8):
            ids = torch.LongTensor([random_ids(rng, (2, 60)[k % 2])])
            length = torch.LongTensor([ids.shape[1]])
            sid = torch.LongTensor([k // 2 % speakers]) if speakers > 1 else None
            g = net.emb_g(sid).unsqueeze(-1) if speakers > 1 else None
            x, _, _, mask = net.enc_p(ids, length)
            logw.append((net.dp(x, mask, g=g, reverse=True, noise_scale=0.0), ids, length, sid))
        all_logw = torch.cat([w.flatten() for w, *_ in logw])
        middle = all_logw.mean()
        scale = min(1.0, 0.7 / (all_logw - middle).abs().max().item())
        affine = net.dp.flows[0]  # backwards: logw = (x - m) * exp(-logs)
        affine.m.add_((middle - math.log(frames - 0.5) / scale) * torch.exp(affine.logs))
        affine.logs.sub_(math.log(scale))
        for _, ids, length, sid in logw:
            out = net.infer(ids, length, sid, noise_scale=0.0, noise_scale_w=0.0)[0]
            audio.append(torch.atanh(out.clamp(-0.999999, 0.999999)).flatten())
        last.mul_(0.1 / torch.cat(audio).std())
    return net


def export(net, path, **more):
    """The call of `piper.train.export_onnx`, on a network instead of a checkpoint."""

    def forward(text, text_lengths, scales, sid=None):
        audio = net.infer(
            text,
            text_lengths,
            sid=sid,
            noise_scale=scales[0],
            length_scale=scales[1],
            noise_scale_w=scales[2],
        )[0]
        return audio.unsqueeze(1)

    net.forward = forward
    text = torch.randint(0, net.n_vocab, (1, 50), dtype=torch.long)
    lengths = torch.LongTensor([text.size(1)])
    sid = torch.LongTensor([0]) if net.n_speakers > 1 else None
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        more.setdefault("dynamo", False)  # a newer torch: its new exporter stops at an assertion in the splines
    torch.onnx.export(
        net,
        (text, lengths, torch.FloatTensor([0.667, 1.0, 0.8]), sid),
        str(path),
        opset_version=15,
        input_names=["input", "input_lengths", "scales", "sid"],
        output_names=["output"],
        dynamic_axes={
            "input": {0: "batch_size", 1: "phonemes"},
            "input_lengths": {0: "batch_size"},
            "output": {0: "batch_size", 2: "time"},
        },
        **more,
    )


def write_config(path, quality, sample_rate, speakers=None):
    """`<voice>.onnx.json`: what Piper writes, with the fields its published voices add."""
    config = PiperConfig(
        num_symbols=256,
        num_speakers=max(1, len(speakers or {})),
        sample_rate=sample_rate,
        espeak_voice="en-us",
        phoneme_id_map=DEFAULT_PHONEME_ID_MAP,
        phoneme_type=PhonemeType.ESPEAK,
        speaker_id_map=speakers or {},
        piper_version="1.8.0",
    ).to_dict()
    config["audio"]["quality"] = quality
    config["phoneme_map"] = {}
    config["language"] = {
        "code": "en_US",
        "family": "en",
        "region": "US",
        "name_native": "English",
        "name_english": "English",
        "country_english": "United States",
    }
    config["dataset"] = path.stem
    text = json.dumps(config, ensure_ascii=False, indent=1)
    path.with_suffix(".onnx.json").write_text(text + "\n", encoding="utf-8")


class Voice:
    """An exported voice in ONNX Runtime."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options)
        # A second session, with the durations (the one Ceil, before and after rounding) as outputs too.
        model = onnx.load(str(path))
        ceil = [n for n in model.graph.node if n.op_type == "Ceil"]
        self.ceil = [ceil[0].input[0], ceil[0].output[0]] if len(ceil) == 1 else []
        for name in self.ceil:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        self.with_durations = onnxruntime.InferenceSession(model.SerializeToString(), options)
        self.multi = any(i.name == "sid" for i in self.session.get_inputs())

    def speak(self, ids, length_scale=1.0, speaker=None):
        """(samples, durations, how near the durations come to being rounded the other way)"""
        feeds = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([0.0, length_scale, 0.0], np.float32),
        }
        if self.multi:
            feeds["sid"] = np.array([speaker or 0], np.int64)
        audio = self.session.run(["output"], feeds)[0].reshape(-1).astype("<f4")
        if not self.ceil:
            return audio, None, 1.0
        exact, rounded = (a.reshape(-1) for a in self.with_durations.run(self.ceil, feeds))
        exact = exact[exact != 0]  # the default voice gives some ids no time at all
        margin = float(np.abs(exact - np.round(exact)).min())
        return audio, [int(d) for d in rounded], margin


def steady_ids(voice, rng, phonemes, length_scale=1.0, speaker=None):
    """Random ids none of whose durations is so near a whole number that rounding errors decide it."""
    while True:
        ids = random_ids(rng, phonemes)
        if voice.speak(ids, length_scale, speaker)[2] > 1e-3:
            return ids


def golden(voice, name, ids, samples, length_scale=1.0, speaker=None):
    """One case of goldens.json; its samples go to the file `samples`."""
    audio, durations, margin = voice.speak(ids, length_scale, speaker)
    assert np.isfinite(audio).all() and 0.02 < np.abs(audio).max() < 0.99 and margin > 1e-3
    audio.tofile(HERE / samples)
    print(
        f"{samples}: {len(ids)} ids, {sum(durations)} frames of {min(durations)} to {max(durations)}"
        f" an id, {audio.size} samples, max {np.abs(audio).max():.3f}, rms {audio.std():.3f}"
    )
    return {
        "voice": name,
        "phoneme_ids": ids,
        "speaker_id": speaker,
        "scales": [0.0, length_scale, 0.0],
        "samples": samples,
        "count": int(audio.size),
        "durations": durations,
    }


def main():
    cases = []
    tiny = dict(inter_channels=8, hidden_channels=8, filter_channels=16, n_heads=2, n_layers=2, kernel_size=3)
    voices = {
        "tiny": dict(
            net=dict(decoder="2", channels=16, seed=1, dims=tiny, flow=2, frames=2.1),
            config=dict(quality="x_low", sample_rate=16000),
            cases=[(2, 1.0, None), (19, 1.3, None), (44, 0.8, None)],
        ),
        "tiny-multi": dict(
            net=dict(decoder="1", channels=16, seed=2, speakers=4, gin=16, dims=tiny, flow=2, dp_flows=3, frames=2.1),
            config=dict(
                quality="high",
                sample_rate=22050,
                speakers={"anna": 0, "ben": 1, "clara": 2, "david": 3},
            ),
            cases=[(2, 1.3, 0), (19, 0.8, 3)],
        ),
    }
    for name, spec in voices.items():
        path = HERE / f"{name}.onnx"
        export(build(**spec["net"]), path)
        write_config(path, **spec["config"])
        print(f"{path.name}: {path.stat().st_size} bytes")
        voice, rng = Voice(path), np.random.default_rng(7)
        for k, (phonemes, length_scale, speaker) in enumerate(spec["cases"], 1):
            ids = steady_ids(voice, rng, phonemes, length_scale, speaker)
            cases.append(golden(voice, path.name, ids, f"{name}-{k}.f32", length_scale, speaker))

    if (HERE / DEFAULT_VOICE).exists():
        config = json.loads((HERE / (DEFAULT_VOICE + ".json")).read_text(encoding="utf-8"))
        sentence = EspeakPhonemizer().phonemize("en-us", "Hello world.")[0]
        ids = phonemes_to_ids(sentence, config["phoneme_id_map"])
        cases.append(golden(Voice(HERE / DEFAULT_VOICE), DEFAULT_VOICE, ids, "slt-1.f32"))

    # One case a line.
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "goldens.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
