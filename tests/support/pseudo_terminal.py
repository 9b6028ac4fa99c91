"""Processes at a terminal of their own, as people have them."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# With no patience, whatever there is to see of quick work is seen.
AT_ONCE = (
    "import sys, time\n"
    "import zohohub_gen.progress as progress\n"
    "progress.PATIENCE = 0\n"
    "begin = progress.Display.begin\n"
    "def slow(self, *given):\n"
    "    begin(self, *given)\n"
    "    time.sleep(0.3)\n"
    "progress.Display.begin = slow\n"
    "from zohohub_gen.cli import main\n"
    "raise SystemExit(main())"
)


def on_a_terminal(arguments: Sequence[str], *codes: int, **more: str) -> str:
    """What a screen of 80 columns gets from a command that ends with 0, or a code of these."""
    import fcntl
    import pty
    import termios

    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    output = b""
    with subprocess.Popen(
        arguments, env={**os.environ, **more}, stdout=writing, stderr=writing
    ) as process:
        os.close(writing)
        deadline = time.monotonic() + 60
        while select.select([reading], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                chunk = os.read(reading, 65536)
            except OSError:  # what Linux says at the end
                break
            output += chunk
        process.kill()
    os.close(reading)
    assert process.returncode in (codes or (0,)), output
    return output.decode()


class Screen:
    """A process at a terminal of its own."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self._descriptor = descriptor
        self.process = process
        self.text = ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def wait_for(self, text: str) -> str:
        """Read until ``text`` comes; what came up to it."""
        deadline = time.monotonic() + 20
        while text not in self.text:
            ready, _, _ = select.select([self._descriptor], [], [], 1)
            assert time.monotonic() < deadline, self.text
            if not ready:
                continue
            try:
                chunk = os.read(self._descriptor, 65536)
            except OSError:  # what Linux says at the end
                chunk = b""
            assert chunk, self.text
            self.text += chunk.decode(errors="replace").replace("\r\n", "\n")
        before, _, self.text = self.text.partition(text)
        return before

    def wait(self) -> int:
        return self.process.wait(timeout=60)


@contextmanager
def terminal(arguments: Sequence[str], **more: str) -> Iterator[Screen]:
    """Begin a process that reads from a terminal and writes to it."""
    import pty

    reading, writing = pty.openpty()
    process = subprocess.Popen(
        arguments,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "200", **more},
        stdin=writing,
        stdout=writing,
        stderr=writing,
        start_new_session=True,
        # A shell that runs the tests in the background has Ctrl-C ignored, for children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(writing)
    try:
        yield Screen(reading, process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(reading)
