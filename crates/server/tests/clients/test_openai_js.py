"""OpenAI's own client of npm."""

import os
import subprocess
import unittest
from pathlib import Path

from server import Server


class OpenAIJs(unittest.TestCase):
    def test_all(self):
        server = Server()
        self.addCleanup(server.stop)
        command = ["node", "--test", Path(__file__).with_name("openai.js")]
        subprocess.run(command, env=os.environ | {"SERVER": server.url}, check=True)


if __name__ == "__main__":
    unittest.main()
