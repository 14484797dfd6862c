"""What there is on this machine: room on the disk, a folder to write to, files to open."""

import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from tenantry.telemetry import memory_limit, memory_ratio


class MachineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; None for what the system does not tell, or what has no limit.

    `data_dir_problem` says why DATA_DIR cannot be written to, or made; sizes are in bytes.
    """

    python: tuple[int, int, int]
    free_bytes: int
    total_bytes: int
    data_dir_exists: bool
    data_dir_problem: str | None
    memory_limit: int | None
    memory_ratio: float | None
    open_files: int | None


def measure_machine(
    data_dir: Path, *, memory_limit_mb: int | None, is_serving: bool
) -> MachineFacts:
    """Measure it; blocks. Writes and removes a nameless file in `data_dir`, and makes no folder."""
    nearest = _nearest(data_dir)
    usage = shutil.disk_usage(nearest)
    limit = memory_limit() if memory_limit_mb is None else memory_limit_mb * 1024 * 1024
    return MachineFacts(
        python=python_version(),
        free_bytes=usage.free,
        total_bytes=usage.total,
        data_dir_exists=nearest == data_dir,
        data_dir_problem=_writing_problem(data_dir, nearest),
        memory_limit=limit,
        memory_ratio=memory_ratio(limit_bytes=limit),
        open_files=open_files(is_serving=is_serving),
    )


def python_version() -> tuple[int, int, int]:
    """Return the version of the interpreter."""
    return sys.version_info[:3]


def open_files(*, is_serving: bool) -> int | None:
    """Return how many files a server may open: it raises its own limit as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = soft if is_serving else hard
    return None if limit == resource.RLIM_INFINITY else limit


def _nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest thing around it that is there."""
    # What may not even be looked at counts as not being there; `Path.exists` would raise.
    return next(path for path in (folder, *folder.parents) if os.path.exists(path))  # noqa: PTH110


def _writing_problem(folder: Path, nearest: Path) -> str | None:
    if not nearest.is_dir():
        return f"{nearest} is not a folder"
    if nearest != folder:
        may_make = os.access(nearest, os.W_OK | os.X_OK)
        return None if may_make else f"it is not there, and {nearest} belongs to somebody else"
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
