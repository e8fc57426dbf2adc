"""Wyoming's own client, as Home Assistant uses it: whole and streamed."""

import asyncio
import unittest

from server import Server
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

TEXT = "The first sentence is here. The second one comes after it, and it is longer."
VOICE = SynthesizeVoice(name="en_US-slt-tiny")


class Wyoming(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def client(self) -> AsyncTcpClient:
        return AsyncTcpClient("127.0.0.1", self.server.wyoming_port)

    async def event(self, client: AsyncTcpClient):
        event = await asyncio.wait_for(client.read_event(), 60)
        self.assertIsNotNone(event, "the connection ended")
        self.assertFalse(Error.is_type(event.type), event)
        return event

    async def group(self, client: AsyncTcpClient) -> bytes:
        """The samples from one audio-start to its audio-stop."""
        event = await self.event(client)
        self.assertTrue(AudioStart.is_type(event.type), event)
        start = AudioStart.from_event(event)
        self.assertEqual((start.rate, start.width, start.channels), (22050, 2, 1))
        samples = b""
        while not AudioStop.is_type((event := await self.event(client)).type):
            chunk = AudioChunk.from_event(event)
            self.assertEqual((chunk.rate, chunk.timestamp), (22050, len(samples) // 2 * 1000 // 22050))
            samples += chunk.audio
        return samples

    async def test_describes_itself(self):
        async with self.client() as client:
            await client.write_event(Describe().event())
            info = Info.from_event(await self.event(client))
            program = info.tts[0]
            self.assertTrue(program.installed and program.supports_synthesize_streaming)
            voice = {voice.name: voice for voice in program.voices}[VOICE.name]
            self.assertEqual((voice.languages, voice.speakers), (["en_US"], None))
            await client.write_event(Ping(text="there?").event())
            self.assertEqual(Pong.from_event(await self.event(client)).text, "there?")

    async def test_speaks_a_whole_text(self):
        async with self.client() as client:
            for voice in [None, VOICE, SynthesizeVoice(language="en_US")]:
                await client.write_event(Synthesize(text=TEXT, voice=voice).event())
                self.assertEqual(await self.group(client), self.server.samples(TEXT))

    async def test_speaks_a_document(self):
        async with self.client() as client:
            lengths = []
            for text in ["One two.", '<speak>One <break time="1s"/> two.</speak>']:
                await client.write_event(Synthesize(text=text, voice=VOICE, text_format="ssml" if "<" in text else None).event())
                lengths.append(len(await self.group(client)) / 2 / 22050)
        self.assertAlmostEqual(lengths[1] - lengths[0], 1, delta=0.5)

    async def test_speaks_a_text_while_it_comes(self):
        heard = asyncio.Event()

        async def write(client: AsyncTcpClient):
            await client.write_event(SynthesizeStart(voice=VOICE).event())
            for word in TEXT[:40].split(" "):
                await client.write_event(SynthesizeChunk(text=f"{word} ").event())
            # Were the first sentence not spoken before the rest is there, nothing more would happen.
            await asyncio.wait_for(heard.wait(), 60)
            await client.write_event(SynthesizeChunk(text=TEXT[40:]).event())
            # As Home Assistant does for servers that do not stream.
            await client.write_event(Synthesize(text=TEXT, voice=VOICE).event())
            await client.write_event(SynthesizeStop().event())

        async with self.client() as client:
            writer = asyncio.create_task(write(client))
            kinds, samples = [], b""
            while not SynthesizeStopped.is_type((event := await self.event(client)).type):
                kinds.append(event.type)
                if AudioChunk.is_type(event.type):
                    samples += AudioChunk.from_event(event).audio
                    heard.set()
            await writer
            self.assertEqual((kinds.count("audio-start"), kinds.count("audio-stop")), (1, 1))
            said = "".join(f"{word} " for word in TEXT[:40].split(" ")) + TEXT[40:]
            self.assertEqual(samples, self.server.samples(said))

    async def test_an_error_has_a_code_and_ends_the_connection(self):
        for request, code in [
            (Synthesize(text="a", voice=SynthesizeVoice(name="nobody")), "invalid_request"),
            (Synthesize(text="a " * 5000), "too_long"),
        ]:
            async with self.client() as client:
                await client.write_event(request.event())
                event = await asyncio.wait_for(client.read_event(), 60)
                self.assertTrue(Error.is_type(event.type), event)
                self.assertEqual(Error.from_event(event).code, code)
                self.assertIsNone(await asyncio.wait_for(client.read_event(), 60))


if __name__ == "__main__":
    unittest.main()
