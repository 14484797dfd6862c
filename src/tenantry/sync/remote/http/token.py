"""The token that requests of a source carry, and a fresh one where it was refused."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Auth, BearerAuth, ServiceToken
from tenantry.sync.remote.http.answer import decode_answer
from tenantry.sync.remote.http.pool import Tokens
from tenantry.sync.remote.port import SecretReader
from tenantry.sync.remote.secrets import read_secret, sendable
from tenantry.sync.rules import name_of

PostForm = Callable[[str, dict[str, str]], Awaitable[bytes]]


class Bearer(Protocol):
    """Where the token comes from."""

    async def token(self) -> str | None:
        """Return the token to send, None for none."""
        ...

    async def refreshed(self, refused: str) -> str | None:
        """Return the token to send in the place of one that was refused, None to give up."""
        ...


class NoToken:
    """A source that wants none."""

    async def token(self) -> str | None:
        """Return None."""
        return None

    async def refreshed(self, refused: str) -> str | None:  # noqa: ARG002 - the protocol's
        """Return None: there is no other."""
        return None


class StoredToken:
    """A token that is kept as a secret; it is read again after a refusal."""

    def __init__(self, *, auth: BearerAuth, secret: SecretReader) -> None:
        self._name = name_of(auth.bearer)
        self._secret = secret
        self._token: str | None = None
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Return the token as it was when it was first needed, or last refused."""
        async with self._lock:
            if self._token is None:
                self._token = await read_secret(self._secret, self._name)
            return self._token

    async def refreshed(self, refused: str) -> str:
        """Return the token as it is now."""
        async with self._lock:
            if self._token == refused:
                self._token = await read_secret(self._secret, self._name)
        return await self.token()


class FetchedToken:
    """A token that is asked for with client credentials, by all runs of this process together.

    It is kept for the tenant, the source and the very credentials, so that another secret takes
    effect at once and nobody is sent a token that was got for somebody else.
    """

    def __init__(
        self,
        *,
        declared: ServiceToken,
        owner: tuple[str, str],
        secret: SecretReader,
        tokens: Tokens,
        post: PostForm,
    ) -> None:
        self._declared = declared
        self._owner = owner
        self._secret = secret
        self._tokens = tokens
        self._post = post
        self._client_secret: str | None = None
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Return the token that is kept, or a new one."""
        async with self._lock:
            return await self._token()

    async def refreshed(self, refused: str) -> str:
        """Return another token than the one that was refused."""
        async with self._lock:
            if self._client_secret is not None:
                self._tokens.drop(self._key(self._client_secret), refused)
            # It may be the credentials that were replaced.
            self._client_secret = None
            return await self._token()

    async def _token(self) -> str:
        if self._client_secret is None:
            name = name_of(self._declared.client_secret)
            self._client_secret = await read_secret(self._secret, name)
        key = self._key(self._client_secret)
        if (kept := self._tokens.get(key)) is not None:
            return kept

        form = {
            "grant_type": "client_credentials",
            "client_id": self._declared.client_id,
            "client_secret": self._client_secret,
        }
        if self._declared.scope is not None:
            form["scope"] = self._declared.scope
        token = _token_in(await self._post(self._declared.url, form))
        self._tokens.keep(key, token)
        return token

    def _key(self, client_secret: str) -> tuple[str, ...]:
        declared = self._declared
        digest = hashlib.sha256(client_secret.encode()).hexdigest()
        return (*self._owner, declared.url, declared.client_id, declared.scope or "", digest)


def bearer_of(
    auth: Auth | None,
    *,
    owner: tuple[str, str],
    secret: SecretReader,
    tokens: Tokens,
    post: PostForm,
) -> Bearer:
    """Return where the token of a source comes from; `owner` is the tenant and the source's URL."""
    if auth is None:
        return NoToken()
    if isinstance(auth, BearerAuth):
        return StoredToken(auth=auth, secret=secret)
    return FetchedToken(
        declared=auth.service_token, owner=owner, secret=secret, tokens=tokens, post=post
    )


def _token_in(body: bytes) -> str:
    token = decode_answer(body, where="service_token").get("access_token")
    if not isinstance(token, str):
        raise ValidationError("service_token: access_token: is missing, wants text")
    return sendable(token, "service_token: access_token")
