"""What the machine and the process are worth."""

from functools import partial
from typing import Final

from tenantry.operations.model import Finding

OLDEST_PYTHON: Final = (3, 11)

MEBIBYTE: Final = 1024 * 1024
DISK_FAIL_BYTES: Final = 100 * MEBIBYTE
DISK_WARNING_BYTES: Final = 1024 * MEBIBYTE
DISK_WARNING_PART: Final = 0.05

MEMORY_WARNING_PART: Final = 0.8
MEMORY_WARNING_BYTES: Final = 512 * MEBIBYTE

FEW_FILES: Final = 4096
"""A watcher, a client and a connection of the database are a file each."""

_finding: Final = partial(Finding, area="environment")


def python(version: tuple[int, int, int]) -> Finding:
    """Judge the interpreter."""
    text = ".".join(map(str, version))
    if version >= OLDEST_PYTHON:
        return _finding(component="Python", status="pass", message=text)
    return _finding(
        component="Python",
        status="fail",
        message=f"{text} is too old: 3.11 is the oldest that works",
        remedy="Install tenantry with Python 3.11 or newer.",
    )


def disk(folder: str, *, free_bytes: int, total_bytes: int) -> Finding:
    """Judge what room is left where `folder` is."""
    part = free_bytes / total_bytes if total_bytes else 0.0
    message = f"{_size(free_bytes)} ({part:.0%}) free for {folder}"
    is_short = free_bytes < DISK_WARNING_BYTES or part < DISK_WARNING_PART
    if not is_short:
        return _finding(component="Disk", status="pass", message=message)
    return _finding(
        component="Disk",
        status="fail" if free_bytes < DISK_FAIL_BYTES else "warning",
        message=message,
        remedy="Make room on that disk, or move DATA_DIR to a larger one.",
    )


def data_dir(folder: str, *, exists: bool, problem: str | None) -> Finding:
    """Judge whether DATA_DIR can be written to, or made; `problem` says why not."""
    if problem is not None:
        return _finding(
            component="Data directory",
            status="fail",
            message=f"{folder} cannot be written to: {problem}",
            remedy="Give the user of the server that folder (chown, chmod 700), "
            "or name another as DATA_DIR.",
        )
    told = "can be written to" if exists else "is not there yet: the first start makes it"
    return _finding(component="Data directory", status="pass", message=f"{folder} {told}")


def memory(*, limit_bytes: int | None, ratio: float | None) -> Finding:
    """Judge the memory that the process may use, and the part of it that it does use.

    None stands for what the system does not tell.
    """
    if limit_bytes is None or ratio is None:
        message = "the system does not tell how much there is"
        return _finding(component="Memory", status="pass", message=message)

    message = f"{ratio:.0%} of {_size(limit_bytes)} used"
    if ratio >= MEMORY_WARNING_PART:
        return _finding(
            component="Memory",
            status="warning",
            message=message,
            remedy="Give the process more memory, and MEMORY_LIMIT_MB with it where it is set.",
        )
    if limit_bytes < MEMORY_WARNING_BYTES:
        return _finding(
            component="Memory",
            status="warning",
            message=f"{message}, which is little",
            remedy="Give the process 512 MiB or more, and MEMORY_LIMIT_MB with it where it is set.",
        )
    return _finding(component="Memory", status="pass", message=message)


def open_files(limit: int | None) -> Finding:
    """Judge how many files the process may have open; None: any number."""
    if limit is None:
        return _finding(component="Open files", status="pass", message="any number")
    if limit >= FEW_FILES:
        return _finding(component="Open files", status="pass", message=f"up to {limit:,}")
    return _finding(
        component="Open files",
        status="warning",
        message=f"up to {limit:,}, which are few: each client that watches takes one",
        remedy=f"Raise the limit to {FEW_FILES} or more, with `ulimit -Hn` or `LimitNOFILE=`.",
    )


def _size(number: int) -> str:
    mebibytes = number / MEBIBYTE
    return f"{mebibytes / 1024:,.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:,.0f} MiB"  # noqa: PLR2004 - of a unit
