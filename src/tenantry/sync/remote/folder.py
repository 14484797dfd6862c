"""The one folder that a tenant's sources may read from."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from tenantry.sync.errors import ValidationError
from tenantry.sync.remote.reach import Reach
from tenantry.sync.rules import why_no_path

_TENANT: Final = "{tenant}"


def path_within(reach: Reach, tenant_id: str, path: str) -> Path:
    """Return what `path`, written from `SYNC_FILES_ROOT`, is with every link followed.

    It is in the root's folder of that tenant: what another tenant has, or another program, is none
    of this one's business. Raises `ValidationError`, which names no folder of this machine.
    """
    if reach.files_root is None:
        raise ValidationError(f"{path}: sources read no files here; set SYNC_FILES_ROOT")
    written = path.replace(_TENANT, tenant_id)
    if why := why_no_path(written):
        raise ValidationError(f"{path}: wants a path within SYNC_FILES_ROOT: {why}")

    try:
        root = reach.files_root.resolve(strict=True)
        target = (root / written).resolve(strict=True)
        kept = reach.data_dir.resolve() if reach.data_dir is not None else None
    except (OSError, RuntimeError) as error:
        raise _failure(path, error) from None
    if kept is not None and target.is_relative_to(kept):
        raise ValidationError(f"{path}: is within DATA_DIR, which no source may read")
    if not target.is_relative_to(root / tenant_id):
        told = f"is outside of the folder {tenant_id} in SYNC_FILES_ROOT"
        raise ValidationError(f"{path}: {told}, which is all that this tenant's sources may read")
    return target


def open_within(reach: Reach, tenant_id: str, path: str) -> BinaryIO:
    """Open a file for reading; raises `ValidationError`.

    Once the links are followed no part of the path may be one any more, so nobody can turn it away
    between the look and the opening.
    """
    target = path_within(reach, tenant_id, path)
    folder = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in target.parts[1:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # Without blocking: a pipe would wait for somebody who writes.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        file = os.fdopen(os.open(target.name, flags, dir_fd=folder), "rb")
    except OSError as error:
        raise _failure(path, error) from None
    finally:
        os.close(folder)

    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise ValidationError(f"{path}: is no file")
    return file


def _failure(path: str, error: Exception) -> ValidationError:
    known = isinstance(error, OSError) and error.errno is not None and error.errno != errno.ELOOP
    reason = (
        os.strerror(error.errno) if known and isinstance(error, OSError) and error.errno else ""
    )
    return ValidationError(f"{path}: {reason or 'is not what it was a moment ago'}")
