"""A real server for clients to be tried with."""

import os
import re
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = Path(os.environ.get("TARGET", ROOT / "target")) / "release" / "chanter-server"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Server:
    """Runs from construction to `stop`, with a voice that is ready."""

    def __init__(self, *flags: str):
        self.wyoming_port = free_port()
        command = [PROGRAM, "--port", "0", "--wyoming-port", str(self.wyoming_port), *flags]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        log = ""
        for line in self._process.stderr:
            log += line
            if "ready to speak" in line:
                break
        else:
            raise RuntimeError(f"chanter-server ended: {log}")
        self.url = re.search(r"http://\S+", log).group()
        # A pipe that nobody reads would fill up.
        threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def samples(self, text: str) -> bytes:
        """What the server itself makes of a text, over HTTP."""
        request = urllib.request.Request(f"{self.url}/synthesize-stream", text.encode(), {"content-type": "text/plain"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()[44:]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._process.stderr.close()
