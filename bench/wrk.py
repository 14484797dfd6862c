"""wrk: the load, what it asks for, and what it found."""

import base64
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

SETTINGS: Final = 1_000
"""Names that are read and written."""
CONNECTIONS: Final = 32

_LONGEST_SECONDS: Final = 600

_LUA: Final = """\
-- Everything is rendered before the clock starts, so that the load costs as little as it can.
local method, headers, paths, bodies = "{method}", {headers}, {paths}, {bodies}
local requests, at = {{}}, 0

function init(_)
  for number = 1, math.max(#paths, #bodies) do
    local path = paths[(number - 1) % #paths + 1]
    requests[number] = wrk.format(method, path, headers, bodies[number])
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}}\\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


class Traffic(msgspec.Struct, frozen=True):
    """The requests of one kind to one server, sent over and over."""

    name: str
    method: str
    paths: tuple[str, ...]
    bodies: tuple[str, ...] = ()
    token: str = ""
    """What each request shows; nothing, where it is empty."""


class Load(msgspec.Struct, frozen=True):
    """What one run of wrk found; times in µs, of which half and 99 % of the answers are within."""

    requests: int
    microseconds: int
    refused: int
    broken: int
    p50: int
    p99: int

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.microseconds * 1e6


def has_wrk() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def tenantry_traffic(token: str) -> tuple[Traffic, Traffic]:
    """Return the GETs and the PUTs of our server, which wants `token`."""
    paths = tuple(f"/config/{_name(number)}" for number in range(SETTINGS))
    bodies = tuple(
        msgspec.json.encode({"value": _value(number)}).decode() for number in range(SETTINGS)
    )
    return (
        Traffic("our-get", "GET", paths, token=token),
        Traffic("our-put", "PUT", paths, bodies, token),
    )


def etcd_traffic() -> tuple[Traffic, Traffic]:
    """Return the GETs and the PUTs of etcd's JSON gateway, where both are a POST."""
    keys = [_base64(_name(number)) for number in range(SETTINGS)]
    gets = tuple(msgspec.json.encode({"key": key}).decode() for key in keys)
    puts = tuple(
        msgspec.json.encode({"key": key, "value": _base64(_value(number))}).decode()
        for number, key in enumerate(keys)
    )
    return (
        Traffic("etcd-get", "POST", ("/v3/kv/range",), gets),
        Traffic("etcd-put", "POST", ("/v3/kv/put",), puts),
    )


def load(
    folder: Path, port: int, traffic: Traffic, seconds: int, *, connections: int = CONNECTIONS
) -> Load:
    """Send `traffic` for so long; an answer that is not a success is an error of the benchmark."""
    command = _command(folder, port, traffic, seconds, connections)
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return _found(ran.stdout, traffic)


@contextmanager
def loaded(folder: Path, port: int, traffic: Traffic) -> Iterator[None]:
    """Send `traffic` in the background while the block runs."""
    command = _command(folder, port, traffic, _LONGEST_SECONDS, CONNECTIONS)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
        finally:
            # Interrupted, it still tells what it found.
            process.send_signal(signal.SIGINT)
        _found(process.communicate()[0], traffic)


def _command(
    folder: Path, port: int, traffic: Traffic, seconds: int, connections: int
) -> list[str]:
    script = folder / f"{traffic.name}.lua"
    script.write_text(_script(traffic))
    # One thread, so that the server has the other core.
    sizes = ["-t1", f"-c{connections}", f"-d{seconds}s"]
    return ["wrk", *sizes, "--script", str(script), f"http://127.0.0.1:{port}"]


def _script(traffic: Traffic) -> str:
    return _LUA.format(
        method=traffic.method,
        headers=_headers(traffic),
        paths=_table(traffic.paths),
        bodies=_table(traffic.bodies),
    )


def _headers(traffic: Traffic) -> str:
    fields = []
    if traffic.bodies:
        fields.append('["Content-Type"] = "application/json"')
    if traffic.token:
        fields.append(f'["Authorization"] = "Bearer {traffic.token}"')
    return "{" + ", ".join(fields) + "}"


def _table(texts: tuple[str, ...]) -> str:
    return "{" + ", ".join(f"[==[{text}]==]" for text in texts) + "}"


def _found(output: str, traffic: Traffic) -> Load:
    found = msgspec.json.decode(output.splitlines()[-1], type=Load)
    assert found.requests > 0, f"{traffic.name}: no answer at all"
    assert not found.refused, f"{traffic.name}: {found.refused} answers were no success"
    assert not found.broken, f"{traffic.name}: {found.broken} connections or requests broke"
    return found


def _name(number: int) -> str:
    return f"key-{number}"


def _value(number: int) -> str:
    return f"the value of key {number:04d}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
