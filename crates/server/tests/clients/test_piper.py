"""What Piper's documentation tells clients to send, a generation at a time; and Piper's own server beside ours."""

import contextlib
import io
import json
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
import wave

from server import ROOT, Server, free_port

TEXT = "This is a test. It has two sentences."
VOICE = ROOT / "models" / "en_US-slt-tiny.onnx"


def curl(*arguments: str) -> bytes:
    return subprocess.run(["curl", "--silent", "--show-error", "--fail", *arguments], check=True, capture_output=True).stdout


def get(url: str, body: object = None) -> bytes:
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


class Generations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.samples = cls.server.samples(TEXT)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def check(self, file: bytes):
        with wave.open(io.BytesIO(file)) as speech:
            self.assertEqual((speech.getframerate(), speech.getsampwidth(), speech.getnchannels()), (22050, 2, 1))
            self.assertEqual(speech.getnframes(), len(self.samples) // 2)
            self.assertEqual(speech.readframes(speech.getnframes()), self.samples)

    def test_rhasspy(self):
        """README_http.md of rhasspy/piper: a text in the query, or plain."""
        self.check(curl("-G", "--data-urlencode", f"text={TEXT}", self.server.url))
        self.check(curl("--data", TEXT, self.server.url))

    def test_up_to_1_4(self):
        """JSON to the root."""
        body = json.dumps({"text": TEXT})
        self.check(curl("-X", "POST", "-H", "Content-Type: application/json", "-d", body, self.server.url))

    def test_since(self):
        """docs/API_HTTP.md of piper1-gpl: JSON to /synthesize."""
        fields = {"text": TEXT, "voice": "en_US-slt-tiny", "length_scale": 1.0, "noise_scale": 0.667, "noise_w_scale": 0.8}
        body = json.dumps(fields)
        url = f"{self.server.url}/synthesize"
        self.check(curl("-X", "POST", "-H", "Content-Type: application/json", "-d", body, url))

    def test_proposed_streams(self):
        """A header of unknown length, then the same samples."""
        for path, body in [("/synthesize", {"text": TEXT, "realtime": True}), ("/?streaming=true", {"text": TEXT}), ("/stream", {"text": TEXT})]:
            stream = get(self.server.url + path, body)
            self.assertEqual((stream[4:8], stream[44:]), (b"\xff" * 4, self.samples), path)


class BesidePiper(unittest.TestCase):
    """The real `python -m piper.http_server` with the same voice."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.piper = f"http://127.0.0.1:{(port := free_port())}"
        command = [sys.executable, "-m", "piper.http_server", "--host", "127.0.0.1", "--port", str(port), "--model", VOICE]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        for _ in range(600):
            with contextlib.suppress(urllib.error.URLError):
                get(f"{cls.piper}/voices")
                return
            time.sleep(0.1)
        raise RuntimeError("Piper's server did not start")

    def test_voices(self):
        theirs, ours = (json.loads(get(f"{url}/voices")) for url in (self.piper, self.server.url))
        # Ours says more of a voice.
        theirs, ours = theirs[VOICE.stem], ours[VOICE.stem]
        self.assertLessEqual(theirs.pop("inference").items(), ours.pop("inference").items())
        self.assertEqual(theirs, {name: ours.get(name) for name in theirs})

    def test_info(self):
        def info(url: str) -> dict:
            get(f"{url}/synthesize", {"text": TEXT})
            return json.loads(get(f"{url}/info"))

        theirs, ours = info(self.piper), info(self.server.url)
        self.assertEqual(set(theirs), set(ours))
        self.assertEqual(theirs["voice"], ours["voice"] | {"name": theirs["voice"]["name"]})
        self.assertEqual(set(theirs["last"]), set(ours["last"]))
        self.assertEqual(ours["last"]["text"], theirs["last"]["text"])
        self.assertEqual(ours["last"]["phonemes"], theirs["last"]["phonemes"])
        # Theirs has alignments only of voices that were changed for it; there they begin and end with marks of their own.
        alignments = ours["last"]["alignments"]
        self.assertEqual([each["phoneme"] for each in alignments if each["phoneme"] not in "^$"], ours["last"]["phonemes"])
        seconds = sum(each["seconds"] for each in alignments)
        self.assertAlmostEqual(seconds, len(self.server.samples(TEXT)) / 2 / 22050, places=6)

    def test_speech_is_as_long(self):
        def seconds(url: str) -> float:
            with wave.open(io.BytesIO(get(f"{url}/synthesize", {"text": TEXT, "noise_scale": 0, "noise_w_scale": 0}))) as speech:
                return speech.getnframes() / speech.getframerate()

        self.assertAlmostEqual(seconds(self.piper), seconds(self.server.url), delta=0.02)

    def test_errors(self):
        for body in [{}, {"text": " "}, {"text": "a", "speaker_id": "x"}]:
            with self.subTest(body), self.assertRaises(urllib.error.HTTPError) as raised:
                get(f"{self.server.url}/synthesize", body)
            self.assertEqual(raised.exception.code, 400)
            self.assertIn("message", json.loads(raised.exception.read())["error"])


if __name__ == "__main__":
    unittest.main()
