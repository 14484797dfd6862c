"""Where a node's master key is kept, and how another takes its place there."""

import os
import stat
from pathlib import Path
from typing import Final, Protocol

from tenantry.operations.errors import MasterKeyRefused
from tenantry.settings import Secret, Settings
from tenantry.vault import MasterKey

FILE_NAME: Final = "master.key"

_SECRET_BYTES: Final = 32
_LONGEST_FILE: Final = 1_000
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class MasterKeySource(Protocol):
    """What keeps a node's master key; everything blocks, and raises `MasterKeyRefused`."""

    @property
    def name(self) -> str | None:
        """What an operator knows it by: `MASTER_KEY`, or a path; None where there is no key."""
        ...

    def find(self) -> MasterKey | None:
        """Return the present key, changing nothing."""
        ...

    def present(self) -> MasterKey | None:
        """Return the present key; one that is ours to make is made where there is none."""
        ...

    def pending(self) -> MasterKey | None:
        """Return the key that is to take the place of the present one, if a rotation has begun."""
        ...

    def prepare(self, given: MasterKey | None) -> MasterKey:
        """Begin a rotation and return the key to rotate to, which nothing can lose from here on."""
        ...

    def settle(self) -> None:
        """End the rotation: what was pending is the present key."""
        ...


class KeySetting:
    """The key is the setting `MASTER_KEY`, or there is none: only an operator can change it."""

    def __init__(self, *, present: MasterKey | None, pending: MasterKey | None) -> None:
        self._present = present
        self._pending = pending

    @property
    def name(self) -> str | None:
        """The variable."""
        return None if self._present is None else "MASTER_KEY"

    def find(self) -> MasterKey | None:
        """Return the key of the settings."""
        return self._present

    def present(self) -> MasterKey | None:
        """Return the key of the settings."""
        return self._present

    def pending(self) -> MasterKey | None:
        """Return the setting `NEW_MASTER_KEY`."""
        return self._pending

    def prepare(self, given: MasterKey | None) -> MasterKey:
        """Return the key that the operator has."""
        if given is None:
            raise MasterKeyRefused(
                "MASTER_KEY is set, so only you can replace it: set NEW_MASTER_KEY for this command"
            )
        return given

    def settle(self) -> None:
        """Nothing: the operator sets `MASTER_KEY`."""


class KeyFile:
    """The key is a file that only its owner may read, made where there is none.

    A rotation writes the new one beside it first and puts it in its place last. Whatever happens
    between, both are there, and the data keys tell which one counts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending_path = path.with_name(f"{path.name}.new")

    @property
    def name(self) -> str | None:
        """The path."""
        return str(self._path)

    def find(self) -> MasterKey | None:
        """Return the key of the file, None where there is no file."""
        return _read(self._path)

    def present(self) -> MasterKey | None:
        """Return the key of the file, which is made where there is none."""
        return _read(self._path) or _create(self._path)

    def pending(self) -> MasterKey | None:
        """Return the key of the file beside it."""
        return _read(self._pending_path)

    def prepare(self, given: MasterKey | None) -> MasterKey:
        """Write the new key beside the present one, or return what a broken rotation left there."""
        if given is not None:
            raise MasterKeyRefused(
                f"the master key is the file {self._path}, which gets a new key by itself: "
                "NEW_MASTER_KEY is for where MASTER_KEY is set"
            )
        return self.pending() or _create(self._pending_path)

    def settle(self) -> None:
        """Put the file beside it in its place."""
        try:
            self._pending_path.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            raise _unusable(self._path, error) from error


def master_key_source(settings: Settings) -> MasterKeySource:
    """Return where the settings say that the master key is kept."""
    if settings.master_key is not None or settings.node_env == "production":
        return KeySetting(
            present=_of_setting(settings.master_key), pending=_of_setting(settings.new_master_key)
        )
    return KeyFile(settings.data_dir / FILE_NAME)


def master_key_of(settings: Settings) -> MasterKey | None:
    """Return the master key of the settings: `MASTER_KEY`, or the file, made where there is none.

    None in production without `MASTER_KEY`. Raises `MasterKeyRefused`.
    """
    return master_key_source(settings).present()


def _of_setting(secret: Secret | None) -> MasterKey | None:
    return MasterKey(secret.reveal()) if secret is not None else None


def _read(path: Path) -> MasterKey | None:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_LONGEST_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error

    if mode & _OTHERS:
        raise MasterKeyRefused(
            f"{path} has mode {mode:04o}, so others than its owner may use the master key: "
            f"chmod 600 {path}"
        )
    try:
        return MasterKey.from_base64(content.decode("ascii"))
    except ValueError:
        # Not chained: the cause of a wrong character quotes the content.
        raise MasterKeyRefused(
            f"{path} is no master key, which is one line of base64 of 32 bytes: "
            "put the right one there"
        ) from None


def _create(path: Path) -> MasterKey:
    """Make a key at `path`: it appears there whole, and never in the place of another."""
    key = MasterKey(os.urandom(_SECRET_BYTES))
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Whoever had our number before was killed in the middle of this.
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{key.to_base64()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            # Unlike a rename, a link never replaces.
            path.hardlink_to(partial)
        finally:
            partial.unlink()
        _sync_folder(path.parent)
    except FileExistsError:
        return _required(path)
    except OSError as error:
        raise _unusable(path, error) from error
    return key


def _required(path: Path) -> MasterKey:
    """Return the key that another process was faster to make."""
    key = _read(path)
    if key is None:
        raise MasterKeyRefused(f"{path} came and went: another process works on its folder")
    return key


def _sync_folder(folder: Path) -> None:
    """Make what was named or renamed in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: Path, error: OSError) -> MasterKeyRefused:
    return MasterKeyRefused(f"{path} cannot be used: {error.strerror}")
