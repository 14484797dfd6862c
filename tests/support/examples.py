"""The examples of a document, run in their order as its reader would run them.

- A `console` block that starts a server (`make run`, `tenantry serve …`) starts one; a second such
  block kills it first, as a power cut would. `tenantry dev temporal` starts a Temporal beside it.
  Other `console` blocks are only shown.
- `sh` blocks are run by bash, one session through the whole document, and `python` blocks as
  scripts, all in one folder, in which the server keeps its `./data`.
- A `text` block directly behind an example is its whole output; `…` stands for anything, and on a
  line of its own for any number of lines.
- A block of a list item is indented as the item is.
- The addresses that documents write are replaced by those of this run.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tests.support.repository import ROOT, relative
from tests.support.server import ServerProcess
from tests.support.temporal import free_port
from tests.support.waiting import wait_until

WRITTEN_DATABASE_URL = "postgresql://tenantry:secret@db.example.com/tenantry"
"""What documents write where a reader puts the URL of a PostgreSQL database."""

EXAMPLE_SECONDS = 30.0

_WRITTEN_ADDRESS = re.compile(r"(?:http://)?(?:127\.0\.0\.1|localhost):4000")
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_ANYTHING = "…"
_RUNNABLE = {"sh", "python"}
_WRITTEN_TEMPORAL_PORT = "7233"
_STARTS_TEMPORAL = re.compile(r"tenantry dev temporal\b")
_STARTS_SERVER = re.compile(r"(?:[A-Z_]+=\S+ )*(?:make run|tenantry serve)\b")


class Example(msgspec.Struct, frozen=True):
    """One block to run: where it stands, its code, and what it should print, if the page says so.

    `language` is `sh`, `python`, or `server` or `temporal` for a block that starts one.
    """

    document: Path
    line: int
    language: str
    code: str
    expected: str | None

    def __str__(self) -> str:
        """Return the place, as an editor opens it."""
        return f"{relative(self.document)}:{self.line}"


def examples_of(document: Path) -> list[Example]:
    """Return the examples of a document, in its order."""
    text = document.read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    examples = []

    for number, block in enumerate(blocks, 1):
        language = _language_of(block)
        if language is None:
            continue
        following = blocks[number] if number < len(blocks) else None
        is_output = (
            following is not None
            and following["language"] == "text"
            and not text[block.end() : following.start()].strip()
        )
        examples.append(
            Example(
                document=document,
                line=text.count("\n", 0, block.start()) + 1,
                language=language,
                code=_code_of(block),
                expected=_code_of(following) if following is not None and is_output else None,
            )
        )
    return examples


def is_as_expected(expected: str, actual: str) -> bool:
    """Whether `actual` is what a page shows; spaces at the ends of lines do not count."""
    pattern = "".join(map(_line_pattern, _lines(expected)))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(actual))) is not None


class Reader:
    """Somebody who follows a document in the empty `folder`; `database_url` is their PostgreSQL."""

    def __init__(self, folder: Path, *, database_url: str | None) -> None:
        self._folder = folder
        self._database_url = database_url
        self._server: ServerProcess | None = None
        self._address: str | None = None
        self._temporal_port: int | None = None
        self._open = ExitStack()
        self._session = folder / ".session"
        # On a terminal curl shows no progress; here it would.
        (folder / ".curlrc").write_text("silent\nshow-error\n")
        self._session.write_text("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def follow(self, example: Example) -> None:
        """Run one example; fails where it fails, or prints something else than the page says."""
        if example.language == "server":
            self._serve(example.code)
            return
        if example.language == "temporal":
            self._start_temporal()
            return
        if self._server is None and example.language == "sh":
            self._serve("make run")

        code, output = self._run(example)
        shown = f"{example}\n--- code\n{example.code}--- output\n{output}"
        assert code == 0, f"exit code {code}: {shown}"
        if example.expected is not None:
            expected = self._put_right(example.expected)
            assert is_as_expected(expected, output), f"{shown}\n--- expected\n{expected}"

    def _serve(self, code: str) -> None:
        if self._server is not None:
            self._server.signal(signal.SIGKILL)
            self._server.wait()
        environ, options = _environ_and_options(self._put_right(code))
        starts = self._starts_in(environ.get("LOG_FILE"))
        server = ServerProcess(self._folder, *options, **environ)
        self._server = self._open.enter_context(server)
        wait_until(lambda: "is ready at" in server.said(), timeout=EXAMPLE_SECONDS)
        if "LOG_FILE" in environ:
            # Lines are written a moment after what they tell of.
            file = environ["LOG_FILE"]
            wait_until(lambda: self._starts_in(file) > starts, timeout=EXAMPLE_SECONDS)
        self._address = server.record.address

    def _start_temporal(self) -> None:
        """Start one on a port that is free here, until the reader is done."""
        self._temporal_port = free_port()
        said = self._folder / "temporal.out"
        with said.open("w") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tenantry"),
                    "dev",
                    "temporal",
                    f"--port={self._temporal_port}",
                ],
                cwd=self._folder,
                env=self._environ(),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        self._open.callback(process.wait)
        self._open.callback(process.terminate)
        wait_until(lambda: "is ready at" in said.read_text(), timeout=EXAMPLE_SECONDS)

    def _starts_in(self, log_file: str | None) -> int:
        """Return how many starts of a server a log tells of."""
        path = self._folder / log_file if log_file else None
        return path.read_text().count("] Ready") if path and path.exists() else 0

    def _run(self, example: Example) -> tuple[int, str]:
        code = self._put_right(example.code)
        if example.language == "python":
            command = [sys.executable, "-c", code]
        else:
            # What a block assigns is there in the next one.
            script = f'set -a; . "{self._session}"\n{code}\nexport -p > "{self._session}"'
            command = ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=EXAMPLE_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout.decode()

    def _environ(self) -> Mapping[str, str]:
        programs = Path(sys.executable).parent
        return {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self._folder),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "LANG": "C.UTF-8",
            # A server that listens on port 4000 of this machine is somebody else's.
            "API_PORT": "0",
        }

    def _put_right(self, text: str) -> str:
        """Put the addresses of this run in the place of those that are written."""
        if self._address is not None:
            text = _WRITTEN_ADDRESS.sub(self._address, text)
        if self._temporal_port is not None:
            text = text.replace(_WRITTEN_TEMPORAL_PORT, str(self._temporal_port))
        if self._database_url is not None:
            text = text.replace(WRITTEN_DATABASE_URL, self._database_url)
        return text


def documents() -> Iterator[Path]:
    """Yield every document that has examples."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    yield from (page for page in pages if any(e.language in _RUNNABLE for e in examples_of(page)))


def _code_of(block: re.Match[str]) -> str:
    """Return the code of a block, which may stand in a list."""
    return re.sub(f"^{block['indent']}", "", block["code"], flags=re.MULTILINE)


def _language_of(block: re.Match[str]) -> str | None:
    language, code = block["language"], _code_of(block)
    if language in _RUNNABLE:
        return language
    if language != "console":
        return None
    if _STARTS_TEMPORAL.match(code):
        return "temporal"
    return "server" if _STARTS_SERVER.match(code) else None


def _environ_and_options(code: str) -> tuple[dict[str, str], list[str]]:
    """Return the settings and the options of the server that `code` starts."""
    words = shlex.split(code)
    settings = [word for word in words if re.match("[A-Z_]+=", word)]
    environ = dict(word.split("=", 1) for word in settings)
    if "make" in words:
        return environ, ["--dev", "--demo"]
    return environ, words[words.index("serve") + 1 :]


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _line_pattern(line: str) -> str:
    if line.strip() == _ANYTHING:
        return "(?:.*\n)*"
    return ".*".join(re.escape(part) for part in line.split(_ANYTHING)) + "\n"
