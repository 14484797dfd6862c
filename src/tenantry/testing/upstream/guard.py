"""Who may ask an upstream: a bearer token that never ends, or one that was fetched and does."""

import itertools
from collections.abc import Mapping


class Guard:
    """Knows the tokens that are good. Without `bearer` and `clients`, everybody may ask.

    `clients` are the ids of services and their secrets; a token that one fetches is good for
    `token_uses` requests, or until `expire`.
    """

    def __init__(
        self,
        *,
        bearer: str | None = None,
        clients: Mapping[str, str] | None = None,
        token_uses: int | None = None,
    ) -> None:
        self.bearer = bearer
        self.clients = dict(clients or {})
        self.token_uses = token_uses
        self.issued_count = 0
        self._left: dict[str, float] = {}
        self._ids = itertools.count(1)

    def admits(self, authorization: str | None) -> bool:
        """Whether a request may be answered; counts a use of its token."""
        if self.bearer is None and not self.clients:
            return True
        token = (authorization or "").removeprefix("Bearer ")
        if self.bearer is not None and token == self.bearer:
            return True
        if self._left.get(token, 0) <= 0:
            return False
        self._left[token] -= 1
        return True

    def issue(self, client_id: str, client_secret: str) -> str | None:
        """Return a new token, None for credentials that are wrong."""
        if self.clients.get(client_id) != client_secret or client_id not in self.clients:
            return None
        token = f"service-token-{next(self._ids)}"
        self._left[token] = float("inf") if self.token_uses is None else self.token_uses
        self.issued_count += 1
        return token

    def expire(self) -> None:
        """End every token that was issued."""
        self._left.clear()
