"""One bash into which commands are typed, as at a terminal."""

from __future__ import annotations

import os
import pty
import secrets
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType


class Shell:
    """A bash in ``folder``.  Its input is a terminal where nobody answers questions."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        script, self._script = os.pipe()
        self._output, output = os.pipe()
        self._terminal, terminal = pty.openpty()
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", f"/dev/fd/{script}"],
            cwd=folder,
            env=environment,
            stdin=terminal,
            stdout=output,
            stderr=output,
            pass_fds=[script],
            start_new_session=True,
        )
        for descriptor in (script, output, terminal):
            os.close(descriptor)
        self._read = b""

    def __enter__(self) -> Shell:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The session is this shell and all that it started, servers too.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for descriptor in (self._script, self._output, self._terminal):
            os.close(descriptor)

    def type(self, command: str, patience: float) -> tuple[int, list[str], Path]:
        """The exit code, what was printed meanwhile, and the folder where the shell is then.

        TimeoutError if the command does not end.
        """
        mark = secrets.token_hex(8)
        # In one string: a shell that reads its script as it goes has the rest of it already.
        os.write(self._script, f"{command}\nprintf '\\n%s %s %s\\n' {mark} $? \"$PWD\"\n".encode())
        printed = self._until(lambda text: f"\n{mark} " in text, patience)
        before, _, rest = printed.partition(f"\n{mark} ")
        code, _, folder = rest.partition("\n")[0].partition(" ")
        return int(code), before.splitlines(), Path(folder)

    def wait_for(self, shown: Callable[[list[str]], bool], patience: float) -> list[str]:
        """What a server prints, until it has printed what is shown."""
        return self._until(lambda text: shown(text.splitlines()), patience).splitlines()

    def _until(self, enough: Callable[[str], bool], patience: float) -> str:
        text, deadline = "", time.monotonic() + patience
        while not (enough(text) and (not text or text.endswith("\n"))):
            ready, _, _ = select.select([self._output], [], [], deadline - time.monotonic())
            chunk = os.read(self._output, 65536) if ready else b""
            if not chunk:
                raise TimeoutError(f"it did not end in {patience:.0f} s; so far:\n{text}")
            self._read += chunk
            whole = self._read.decode("utf-8", "ignore")
            self._read = self._read[len(whole.encode("utf-8")) :]
            text += whole
        return text
