"""Schemathesis sends what the OpenAPI document allows, and what it does not."""

import json
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

from server import Server

# Which fields go together, and which rates a format has, no schema says.
NOT_CHECKED = "positive_data_acceptance"


class OpenApi(unittest.TestCase):
    def test_answers_are_as_documented(self):
        server = Server()
        self.addCleanup(server.stop)
        with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
            paths = json.load(answer)["paths"].values()
        names = [operation["operationId"] for path in paths for operation in path.values()]
        self.assertEqual(len(names), len(set(names)), names)
        program = Path(sys.executable).with_name("schemathesis")
        document = f"{server.url}/openapi.json"
        command = [program, "run", document, "--exclude-checks", NOT_CHECKED, "--max-examples", "50", "--seed", "7", "--no-color"]
        # It leaves files of its own where it runs.
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run(command, capture_output=True, text=True, cwd=folder)
        self.assertEqual(run.returncode, 0, run.stdout)
        print("\n" + run.stdout[run.stdout.index(" SUMMARY ") :])


if __name__ == "__main__":
    unittest.main()
