"""OpenAI's own client of PyPI: formats, streaming, events, errors, lists."""

import base64
import json
import unittest

import openai
from server import Server

TEXT = "The first sentence is here. The second one comes after it, and it is longer."
# What the bytes of a format begin with.
MAGIC = {"mp3": b"\xff\xf3", "opus": b"OggS", "aac": b"\xff\xf1", "flac": b"fLaC", "wav": b"RIFF\xff\xff\xff\xffWAVE"}
TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg;codecs=opus", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav", "pcm": "audio/pcm"}


class OpenAI(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = openai.OpenAI(base_url=f"{cls.server.url}/v1", api_key="none", max_retries=0)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def speak(self, **fields) -> bytes:
        fields = {"model": "tts-1", "voice": "alloy", "input": TEXT} | fields
        return self.client.audio.speech.create(**fields).read()

    def test_each_format(self):
        for format, media_type in TYPES.items():
            with self.subTest(format):
                answer = self.client.audio.speech.with_raw_response.create(
                    model="gpt-4o-mini-tts", voice="nova", input=TEXT, response_format=format, instructions="Gladly."
                )
                self.assertEqual(answer.headers["content-type"], media_type)
                content = answer.content
                self.assertTrue(content.startswith(MAGIC.get(format, b"")), content[:16])
                self.assertGreater(len(content), 10_000)

    def test_mp3_unless_told_otherwise(self):
        self.assertEqual(self.speak(), self.speak(response_format="mp3"))

    def test_pcm_has_24_khz(self):
        native = len(self.server.samples(TEXT)) // 2
        self.assertEqual(len(self.speak(response_format="pcm")) // 2, -(-native * 24_000 // 22_050))

    def test_streams(self):
        request = self.client.audio.speech.with_streaming_response.create(
            model="tts-1", voice="alloy", input=TEXT, response_format="wav"
        )
        with request as answer:
            self.assertNotIn("content-length", answer.headers)
            pieces = list(answer.iter_bytes())
        self.assertGreater(len(pieces), 1)
        self.assertEqual(b"".join(pieces)[44:], self.server.samples(TEXT))

    def test_events(self):
        request = self.client.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts", voice="alloy", input=TEXT, response_format="wav", stream_format="sse"
        )
        with request as answer:
            self.assertEqual(answer.headers["content-type"], "text/event-stream")
            events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]
        *deltas, done = events
        self.assertGreater(len(deltas), 1)
        self.assertEqual({delta["type"] for delta in deltas}, {"speech.audio.delta"})
        audio = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
        self.assertEqual(audio, self.speak(response_format="wav"))
        self.assertEqual(done["type"], "speech.audio.done")
        usage = done["usage"]
        self.assertGreater(min(usage["input_tokens"], usage["output_tokens"]), 0)
        self.assertEqual(usage["total_tokens"], usage["input_tokens"] + usage["output_tokens"])

    def test_speed(self):
        slow, fast = (len(self.speak(response_format="pcm", speed=speed)) for speed in (0.5, 2))
        self.assertGreater(slow, 3 * fast)

    def test_errors_are_its_own_exceptions(self):
        for fields, param in [
            ({"input": ""}, "input"),
            ({"voice": "nobody"}, "voice"),
            ({"response_format": "mp4"}, "response_format"),
            ({"speed": 9}, "speed"),
            ({"stream_format": "smoke"}, "stream_format"),
        ]:
            with self.subTest(param), self.assertRaises(openai.BadRequestError) as raised:
                self.speak(**fields)
            error = raised.exception
            self.assertEqual((error.type, error.param), ("invalid_request_error", param))
            self.assertIn(param, error.message)
        with self.assertRaises(openai.NotFoundError):
            self.client.models.retrieve("gpt-9")

    def test_models(self):
        names = [model.id for model in self.client.models.list()]
        self.assertLessEqual({"tts-1", "tts-1-hd", "gpt-4o-mini-tts"}, set(names))
        self.assertEqual(self.client.models.retrieve("tts-1").object, "model")


class WithKey(unittest.TestCase):
    def test_key_is_the_clients(self):
        server = Server("--api-keys", "hidden", "--wyoming-without-keys")
        self.addCleanup(server.stop)
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="hidden", max_retries=0) as client:
            self.assertTrue(client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.").read())
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="guessed", max_retries=0) as client:
            with self.assertRaises(openai.AuthenticationError):
                client.audio.speech.create(model="tts-1", voice="alloy", input="Hello.")


if __name__ == "__main__":
    unittest.main()
