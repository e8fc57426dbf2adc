"""Every format, read by Debian's decoders: as long as the WAV, and the same speech. Prints what it found."""

import statistics
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

import numpy as np
from server import Server

TEXT = "The first sentence is here, and it is spoken. The second one comes after it; it is longer, and it has more words."
DECODERS = {
    "wav": {"ffmpeg": None},
    "flac": {"ffmpeg": None, "flac": ["flac", "--decode", "--stdout", "--silent", "-"]},
    "mp3": {"ffmpeg": None},
    "opus": {"ffmpeg": None, "opusdec": ["opusdec", "--quiet", "--force-wav", "-", "-"]},
    "aac": {"ffmpeg": None},
}


def ffmpeg(sound: bytes, *arguments: str, rate: int = 22_050) -> np.ndarray:
    command = ["ffmpeg", "-loglevel", "error", *arguments, "-i", "-", "-ac", "1", "-ar", str(rate), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, input=sound, check=True, capture_output=True).stdout, np.float32)


def bands(samples: np.ndarray) -> np.ndarray:
    """Levels in dB of 24 bands a third of an octave wide, from 100 Hz on, in frames of 23 ms; not below -60 dB of the loudest."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 512)[::256] * np.hanning(512)
    power = np.abs(np.fft.rfft(frames)) ** 2
    edges = np.unique(np.round(100 * 2 ** (np.arange(20) / 3) * 512 / 22_050).astype(int))
    levels = 10 * np.log10(np.stack([power[:, a:b].sum(1) for a, b in zip(edges, edges[1:])]) + 1e-12)
    return np.maximum(levels, levels.max() - 60)


def aligned(samples: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, int]:
    """The part of `samples` that is `reference`, and where it begins: a decoder's delay is no fault of the sound."""
    size = 1 << (len(samples) + len(reference)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(samples, size) * np.conj(np.fft.rfft(reference, size)), size)
    at = int(np.argmax(cross))
    at = at - size if at > size // 2 else at
    samples = np.pad(samples, (max(0, -at), len(reference)))[max(0, at) :]
    return samples[: len(reference)], at


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.reference = np.frombuffer(cls.server.samples(TEXT), np.int16).astype(np.float32) / 32768

    def open(self, **fields):
        query = urllib.parse.urlencode({"text": TEXT} | fields)
        return urllib.request.urlopen(f"{self.server.url}/synthesize-stream?{query}", timeout=60)

    def sound(self, **fields) -> bytes:
        with self.open(**fields) as answer:
            return answer.read()

    def compare(self, name: str, samples: np.ndarray) -> tuple[float, float]:
        off = (len(samples) - len(self.reference)) / 22_050
        part, at = aligned(samples, self.reference)
        correlation = float(np.corrcoef(part, self.reference)[0, 1])
        distance = float(np.sqrt(np.mean((bands(part) - bands(self.reference)) ** 2)))
        print(f"{name:<22}{off * 1000:>+9.1f} ms{at / 22.05:>+9.1f} ms{correlation:>10.5f}{distance:>9.2f} dB")
        self.assertLessEqual(abs(off), 0.020, name)
        self.assertLessEqual(abs(at) / 22_050, 0.020, name)
        return correlation, distance

    def test_decoders_hear_the_same_speech(self):
        print(f"\n{'format, decoder':<22}{'longer':>12}{'begins':>12}{'corr.':>10}{'spectrum':>12}")
        for format, decoders in DECODERS.items():
            sound = self.sound(format=format)
            for decoder, command in decoders.items():
                with self.subTest(format, decoder=decoder):
                    wav = subprocess.run(command, input=sound, check=True, capture_output=True).stdout if command else sound
                    correlation, distance = self.compare(f"{format}, {decoder}", ffmpeg(wav))
                    self.assertGreaterEqual(correlation, 0.99 if format in ("wav", "flac") else 0.9)
                    self.assertLess(distance, 6)

    def test_other_rates(self):
        for format, rates in [("pcm", [8000, 16000, 24000, 44100, 48000]), ("wav", [8000, 48000]), ("flac", [16000, 24000])]:
            for rate in rates:
                with self.subTest(format, rate=rate):
                    pcm = ["-f", "s16le", "-ar", str(rate), "-ac", "1"] if format == "pcm" else []
                    samples = ffmpeg(self.sound(format=format, sample_rate=rate), *pcm)
                    correlation, _ = self.compare(f"{format}, {rate} Hz", samples)
                    # Below 16 kHz some of the speech is gone, which is what was asked for.
                    self.assertGreaterEqual(correlation, 0.99 if rate >= 16_000 else 0.9)

    def test_flac_is_exact(self):
        decoded = subprocess.run(DECODERS["flac"]["flac"], input=self.sound(format="flac"), check=True, capture_output=True)
        self.assertTrue(decoded.stdout.endswith(self.server.samples(TEXT)))

    def test_first_sound_comes_before_the_last(self):
        """Times are printed; what is asserted is the order."""
        print(f"\n{'format':<10}{'first byte':>12}{'first sound':>13}{'whole':>9}   medians of 9, ms")
        for format in ["wav", "pcm", "flac", "mp3", "opus", "aac"]:
            rounds = [self.times(format) for _ in range(9)]
            first, sound, whole = (statistics.median(times) * 1000 for times in zip(*rounds))
            print(f"{format:<10}{first:>12.1f}{sound:>13.1f}{whole:>9.1f}")
            self.assertLess(sound, whole, format)

    def times(self, format: str) -> tuple[float, float, float]:
        began = time.perf_counter()
        with self.open(format=format) as answer:
            answer.read(1)
            first = time.perf_counter() - began
            # More than any format's header.
            answer.read(600)
            sound = time.perf_counter() - began
            answer.read()
            return first, sound, time.perf_counter() - began


if __name__ == "__main__":
    unittest.main()
