"""What is read into Structs is read by many threads, and kills none of them."""

import subprocess
import sys

import pytest

# Types that nobody has read into yet, each of many fields: what takes long goes wrong often.
_READ = """
import sys, threading
import msgspec
from tenantry.base.structs import resolve_structs

sys.setswitchinterval(1e-6)
fields = [(f"field_{n}", dict[str, int] | None, None) for n in range(30)]
for number in range(100):
    item = msgspec.defstruct(f"Item{number}", fields, module="tenantry.example")
    items = [(f"items_{n}", tuple[item, ...], ()) for n in range(30)]
    kind = msgspec.defstruct(f"Kind{number}", items, module="tenantry.example")
    resolve_structs()
    told = {f"items_{n}": [{f"field_{m}": {"a": 1} for m in range(30)}] for n in range(30)}
    barrier = threading.Barrier(8)

    def read():
        barrier.wait()
        assert msgspec.convert(told, kind).items_0

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

_RESOLVED = """
import gc
import msgspec
import {module}
{then}

def all_of(kind):
    for each in kind.__subclasses__():
        yield each
        yield from all_of(each)

def is_resolved(kind):
    return any(type(held).__name__ == "StructInfo" for held in gc.get_referents(kind))

def is_readable(kind):
    try:
        msgspec.json.Decoder(kind)
    except (TypeError, NameError):
        return False
    return True

ours = [each for each in all_of(msgspec.Struct) if each.__module__.startswith("tenantry.")]
unresolved = [each for each in ours if not is_resolved(each)]
late = [each for each in unresolved if is_readable(each)]
assert len(ours) > 50, len(ours)
assert not late, late
"""

_BUILD = """
from pathlib import Path
from tempfile import TemporaryDirectory
from tenantry.app import build_application
from tenantry.settings import load_settings

with TemporaryDirectory() as folder:
    told = {"DATA_DIR": folder, "TEMPORAL_ENABLED": True}
    build_application(load_settings({}, cwd=Path(folder), overrides=told))
"""


def test_structs_that_are_resolved_are_read_by_many_threads_at_once() -> None:
    _run(_READ)


@pytest.mark.parametrize(
    "module, then",
    [("tenantry.app", _BUILD), ("tenantry.sdk", "")],
    ids=["application", "client"],
)
def test_all_structs_are_resolved_before_there_are_threads(module: str, then: str) -> None:
    _run(_RESOLVED.format(module=module, then=then))


def _run(program: str) -> None:
    # A process of its own: what goes wrong here is a segmentation fault.
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2_000:]
