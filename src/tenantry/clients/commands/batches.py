"""Many clients in few requests: as many in each as a server takes, and none stopped by another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tenantry.clients.commands.address import encoded
from tenantry.clients.commands.refusals import Refusal, refusals_of
from tenantry.clients.commands.source import Declared
from tenantry.terminal import Refused

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer, Http

MOST_CLIENTS: Final = 50
"""How many clients one request has at most."""
MOST_BYTES: Final = 4_000_000
"""How much JSON one request has at most, unless a single client is more than that."""


class Part(msgspec.Struct, frozen=True):
    """A client that is ready to be sent."""

    declared: Declared
    json: bytes


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A client that was refused, and what the server said of all that it refused with it."""

    refusal: Refusal
    code: str
    message: str
    origin: str


class Sent(msgspec.Struct):
    """What came of all requests so far: answers, and clients that were refused."""

    answers: "list[Answer]" = []
    failed: list[Failed] = []


def batches_of(
    clients: Sequence[Declared], *, most: int = MOST_CLIENTS, most_bytes: int = MOST_BYTES
) -> Iterator[list[Part]]:
    """Yield the clients in as few batches as their number and size allow, in their order."""
    batch: list[Part] = []
    size = 0
    for client in clients:
        part = Part(client, encoded(client.raw))
        if batch and (len(batch) == most or size + len(part.json) > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part.json)
    if batch:
        yield batch


def send_all(
    http: "Http",
    path: str,
    clients: Sequence[Declared],
    *,
    sent: Sent,
    tell: Callable[[int], None],
    **more: Any,
) -> None:
    """Post clients to a path, `more` beside them, and put into `sent` what comes of them.

    Where some of a batch are refused the others are sent again without them. `tell` hears how many
    are done. Raises what is about no client, such as a token that is not good for it.
    """
    done = 0
    for batch in batches_of(clients):
        _send(http, path, batch, sent=sent, more=more)
        done += len(batch)
        tell(done)


def _send(
    http: "Http", path: str, batch: Sequence[Part], *, sent: Sent, more: Mapping[str, Any]
) -> None:
    left = list(batch)
    while left:
        try:
            sent.answers.append(http.send("POST", path, body=_body_of(left, more)))
        except Refused as error:
            refused = {refusal.key.lower(): refusal for refusal in refusals_of(error)}
            out = [part for part in left if part.declared.key in refused]
            if not out:
                raise
            sent.failed += [
                Failed(
                    refusal=refused[part.declared.key],
                    code=error.code,
                    message=error.message,
                    origin=part.declared.origin,
                )
                for part in out
            ]
            left = [part for part in left if part.declared.key not in refused]
        else:
            return


def _body_of(batch: Sequence[Part], more: Mapping[str, Any]) -> bytes:
    variables: dict[str, str] = {}
    for part in batch:
        variables.update(part.declared.variables)
    return encoded(
        {
            "configs": [msgspec.Raw(part.json) for part in batch],
            "variables": variables,
            "origins": [part.declared.origin for part in batch],
            **more,
        }
    )
