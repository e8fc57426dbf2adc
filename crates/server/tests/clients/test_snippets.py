"""The examples of docs/INTERFACES.md, as they stand there but for the port."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from server import ROOT, Server

HERE = Path(__file__).parent
RUN = {
    "sh": lambda code: ["bash", "-euo", "pipefail", "-c", code],
    "python": lambda code: [sys.executable, "-c", code],
    "js": lambda code: ["node", "--input-type=module", "--eval", code],
}
BEGINS = {".wav": b"RIFF", ".mp3": b"\xff\xf3", ".opus": b"OggS", ".flac": b"fLaC", ".srt": b"1\n00:00:", ".txt": b"0.058 0."}


class Snippets(unittest.TestCase):
    def test_each_makes_its_file(self):
        server = Server()
        self.addCleanup(server.stop)
        snippets = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs/INTERFACES.md").read_text(), re.DOTALL)
        self.assertEqual({language for language, _ in snippets}, set(RUN))
        for language, code in snippets:
            with self.subTest(code), tempfile.TemporaryDirectory() as folder:
                # Node looks for packages from there.
                os.symlink(HERE / "node_modules", Path(folder, "node_modules"))
                code = code.replace("http://127.0.0.1:8080", server.url)
                subprocess.run(RUN[language](code), cwd=folder, check=True)
                files = [file for file in Path(folder).iterdir() if file.is_file()]
                self.assertTrue(files)
                for file in files:
                    self.assertTrue(file.read_bytes().startswith(BEGINS[file.suffix]), file.name)


if __name__ == "__main__":
    unittest.main()
