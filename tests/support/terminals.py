"""A command line on a terminal of its own: what it shows, and what somebody types."""

import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.command_line import environment
from tests.support.waiting import wait_until

END_SECONDS = 30.0

_LOCAL_FLAGS = 3


class TerminalProcess:
    """`tenantry ARGUMENTS` in `cwd` on a terminal; killed at the end if it still runs."""

    def __init__(self, cwd: Path, *arguments: str, **environ: str) -> None:
        self._ours, theirs = pty.openpty()
        self._theirs: int | None = theirs
        self._shown = b""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tenantry", *arguments],
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment(), "TERM": "xterm-256color", "COLUMNS": "60", **environ},
            # Somebody who runs the tests has a terminal too, and it is not meant.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="terminal")
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.read_to_end()
        os.close(self._ours)

    @property
    def shown(self) -> str:
        """All that was shown so far."""
        return self._shown.decode().replace("\r\n", "\n")

    def shows_what_is_typed(self) -> bool:
        """Whether the terminal echoes."""
        assert self._theirs is not None, "it is gone"
        flags: int = termios.tcgetattr(self._theirs)[_LOCAL_FLAGS]
        return bool(flags & termios.ECHO)

    def answer(self, question: str, typed: str) -> None:
        """Wait until the end of what is shown is `question`, and type a line."""
        self.wait_for(question)
        os.write(self._ours, f"{typed}\n".encode())

    def wait_for(self, question: str) -> None:
        """Wait until the end of what is shown is `question`."""
        wait_until(lambda: self.shown.endswith(question), timeout=END_SECONDS)

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        return self._process.wait(END_SECONDS)

    def read_to_end(self) -> str:
        """Wait for the end, and return all that was shown; the terminal is gone then."""
        self.wait()
        if self._theirs is not None:
            os.close(self._theirs)
            self._theirs = None
        self._reader.join()
        return self.shown

    def _read(self) -> None:
        try:
            while part := os.read(self._ours, 4096):
                self._shown += part
        except OSError:  # how Linux says that nobody has the other end open any more
            return
