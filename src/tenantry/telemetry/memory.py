"""How much memory this process may use, and what part of that it uses."""

import os
from pathlib import Path

# cgroup v1 writes "no limit" as the largest multiple of a page.
_UNLIMITED = 1 << 60


def memory_ratio(root: Path = Path("/"), *, limit_bytes: int | None = None) -> float | None:
    """Return resident memory over the limit; None where the system tells neither.

    The limit is `limit_bytes`, or else the smallest of the machine's memory and every control
    group's around us.
    """
    resident = _resident_bytes(root)
    limit = limit_bytes or memory_limit(root)
    if resident is None or limit is None:
        return None
    return resident / limit


def memory_limit(root: Path = Path("/")) -> int | None:
    """Return the smallest, in bytes, of the machine's memory and every control group's around us.

    None where the system tells neither.
    """
    limits = [limit for limit in (_machine_bytes(root), *_group_limits(root)) if limit]
    return min(limits, default=None)


def _resident_bytes(root: Path) -> int | None:
    pages = _read(root / "proc/self/statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if len(pages) > 1 else None


def _machine_bytes(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return None


def _group_limits(root: Path) -> list[int]:
    limits = []
    for line in _read(root / "proc/self/cgroup").splitlines():
        controllers, group = line.split(":", 2)[1:]
        if controllers == "":
            limits += _limits_up(root / "sys/fs/cgroup", group, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _limits_up(root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes")
    return limits


def _limits_up(mount: Path, group: str, name: str) -> list[int]:
    """Read the limit of `group` and of every group around it.

    Inside a container `group` is often the host's path, which does not exist here: what does
    is the mount itself.
    """
    inner = mount / group.strip("/")
    found = []
    for folder in (inner, *inner.parents):
        text = _read(folder / name).strip()
        if text.isdigit() and int(text) < _UNLIMITED:
            found.append(int(text))
        if folder == mount:
            break
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
