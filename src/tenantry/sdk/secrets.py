"""Secrets that were fetched: each at most once a version, in memory only."""

import threading
from typing import Any, Final

from tenantry.sdk.client import ConfigClient
from tenantry.sdk.connection import Connection
from tenantry.sdk.errors import Denied, NotFound
from tenantry.sdk.model import SECRET_TEXT, ConfigChange
from tenantry.sdk.tree import LayeredTree

_TIMEOUT_SECONDS: Final = 10.0


class RevealedSecrets:
    """The values of a replica's secrets; what is not there yet is fetched. Safe between threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._client: ConfigClient | None = None
        # By name: the position of the change that made it, and the value.
        self._values: dict[str, tuple[int, Any]] = {}

    def reveal(self, entry: ConfigChange) -> Any:
        """Return the value of a secret.

        Raises `KeyError` where it was deleted meanwhile, `Denied` where whoever asks may not see
        it, and what a `ConfigClient` raises.
        """
        kept = self._values.get(entry.name)
        if kept is not None and kept[0] == entry.position:
            return kept[1]

        try:
            found = self._open().entry(entry.name)
        except NotFound as error:
            raise KeyError(entry.name) from error
        if found.value == SECRET_TEXT:
            raise Denied(f"{entry.name} is a secret, and this token lacks configs:reveal")
        if found.position == entry.position:
            self._values[entry.name] = (found.position, found.value)
        return found.value

    def forget(self, name: str) -> None:
        """Drop the value of a name that has changed."""
        self._values.pop(name, None)

    def keep_only(self, tree: LayeredTree) -> None:
        """Drop every value that is not that of `tree`."""
        for name, (position, _) in list(self._values.items()):
            entry = tree.find(name)
            if entry is None or entry.position != position:
                self._values.pop(name, None)

    def close(self) -> None:
        """Drop every value, and close the connections; a later `reveal` opens them anew."""
        with self._lock:
            client, self._client = self._client, None
            self._values.clear()
        if client is not None:
            client.close()

    def _open(self) -> ConfigClient:
        with self._lock:
            if self._client is None:
                self._client = ConfigClient(
                    server=self._connection.address,
                    token=self._connection.token,
                    tenant=self._connection.tenant,
                    verify=self._connection.verify,
                    timeout_seconds=_TIMEOUT_SECONDS,
                )
            return self._client
