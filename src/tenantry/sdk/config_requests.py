"""Every request there is about settings: the one core of both clients.

Each method returns a request and says what its answer is read as; the clients have methods of the
same names, which send it. What is not a success raises a kind of `RequestFailed`.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from tenantry.base import new_id
from tenantry.sdk.errors import Invalid
from tenantry.sdk.model import (
    Changeset,
    ConfigCommand,
    ConfigDiff,
    ConfigEntry,
    ConfigRecord,
    Explanation,
    Layer,
    Moment,
    SchemaReport,
)
from tenantry.sdk.reply import Reply, decode, error_of, position_of
from tenantry.sdk.request import (
    ROOT,
    Request,
    condition_headers,
    json_body,
    moment_text,
    path_of,
    target_of,
)

PAGE_SIZE: Final = 5_000
"""How many settings one request of `all` asks for."""

_NONE_THERE: Final = "0"
_JSON_BODY: Final = ("Content-Type", "application/json")


class Page(msgspec.Struct, frozen=True):
    """A part of the tree, and the cursor that leads to the next."""

    values: dict[str, Any]
    next_cursor: str | None


class _Item(msgspec.Struct):
    name: str
    value: Any


class ConfigRequests:
    """Makes requests; `new_key` makes the idempotency key of a write that was given none."""

    def __init__(self, *, new_key: Callable[[], str] = new_id) -> None:
        self._new_key = new_key

    def get(
        self, name: str, *, at: Moment | None = None, layer: Layer | None = None
    ) -> Request[Any]:
        """Return the value of a setting; `layer="own"` leaves out what is only inherited."""
        return Request(method="GET", target=_one(name, at=at, layer=layer), read=_read_value)

    def entry(
        self, name: str, *, at: Moment | None = None, layer: Layer | None = None
    ) -> Request[ConfigEntry]:
        """Return a setting with its version, position, time and layer."""
        return Request(method="GET", target=_one(name, at=at, layer=layer), read=_read_entry)

    def at(self, name: str, moment: Moment, *, layer: Layer | None = None) -> Request[ConfigEntry]:
        """Return a setting as it was at a moment, what happened then included."""
        return self.entry(name, at=moment, layer=layer)

    def explain(self, name: str) -> Request[Explanation]:
        """Return a setting, and what every layer says of it."""
        target = target_of(path_of(name), explain="true")
        return Request(method="GET", target=target, read=_read_explanation)

    def put(
        self,
        name: str,
        value: Any,
        *,
        if_version: int | str | None = None,
        create_only: bool = False,
        idempotency_key: str | None = None,
        secret: bool = False,
        force: bool = False,
    ) -> Request[ConfigEntry]:
        """Store a value, and return the setting as it is then.

        `if_version` is a version or an entry's `token`: it must be the present one.
        `create_only`: there must be no value. `secret` seals the value; `force` does so for a name
        whose history is in the clear. Without a key of yours it gets one, so that a repetition
        after a lost answer stores nothing twice.
        """
        body: dict[str, Any] = {"value": value}
        if secret:
            body["secret"] = True
        if force:
            body["force"] = True
        return Request(
            method="PUT",
            target=path_of(name),
            headers=(
                _JSON_BODY,
                *condition_headers(if_version, create_only=create_only),
                _key(idempotency_key or self._new_key()),
            ),
            body=json_body(body),
            read=_read_entry,
        )

    def delete(
        self,
        name: str,
        *,
        if_version: int | str | None = None,
        shred: bool = False,
        idempotency_key: str | None = None,
    ) -> Request[int]:
        """Delete a setting, and return the position of that; its history stays.

        `shred` destroys the key of a secret, so that no version of it can be opened any more.
        """
        return Request(
            method="DELETE",
            target=target_of(path_of(name), shred="true" if shred else None),
            headers=(*condition_headers(if_version), _key(idempotency_key or self._new_key())),
            read=position_of,
        )

    def page(
        self, *, prefix: str, at: Moment | None, layer: Layer | None, cursor: str | None
    ) -> Request[Page]:
        """Return one page of the tree; it begins at `cursor`, or with the first name."""
        target = target_of(
            ROOT,
            prefix=prefix,
            limit=PAGE_SIZE,
            cursor=cursor,
            at=None if at is None else moment_text(at),
            layer=layer,
        )
        return Request(method="GET", target=target, read=_read_page)

    def history(self, name: str) -> Request[list[ConfigRecord]]:
        """Return everything that ever happened to a setting, oldest first."""
        return Request(method="GET", target=path_of(name, "history"), read=_read_history)

    def diff(
        self,
        before: Moment,
        after: Moment,
        *,
        prefix: str = "",
        layer: Layer | None = None,
    ) -> Request[list[ConfigDiff]]:
        """Return what differs between two moments, by name."""
        target = target_of(
            f"{ROOT}/diff",
            from_=moment_text(before),
            to=moment_text(after),
            prefix=prefix,
            layer=layer,
        )
        return Request(method="GET", target=target, read=_read_diff)

    def change(
        self, changes: Iterable[ConfigCommand], *, idempotency_key: str | None = None
    ) -> Request[Changeset]:
        """Store all of the changes or, where one is refused, none.

        Without an idempotency key it is sent once: then an `Unreachable` leaves open what became
        of it.
        """
        return _write(ROOT, {"changes": list(changes)}, idempotency_key)

    def rollback(
        self, name: str, version: int, *, idempotency_key: str | None = None
    ) -> Request[Changeset]:
        """Store the value of an earlier version anew, and its schema; history stays as it is."""
        return _write(path_of(name, "rollback"), {"version": version}, idempotency_key)

    def rollback_all(
        self,
        to: Moment,
        *,
        prefix: str = "",
        expected_position: int | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Changeset]:
        """Bring the tenant's own settings back to what they were at a moment, in one changeset.

        `expected_position` refuses it where the log has gone on since.
        """
        body: dict[str, Any] = {"to": to if isinstance(to, int) else moment_text(to)}
        if prefix:
            body["prefix"] = prefix
        if expected_position is not None:
            body["expected_position"] = expected_position
        return _write(f"{ROOT}/rollback", body, idempotency_key)

    def get_schema(self, name: str | None = None, *, prefix: str | None = None) -> Request[Any]:
        """Return the JSON Schema of a name, or of every name with a prefix."""
        return Request(method="GET", target=_schema(name, prefix), read=_read_any)

    def put_schema(
        self, schema: Any, name: str | None = None, *, prefix: str | None = None
    ) -> Request[None]:
        """Store the JSON Schema that values of a name, or of every name with a prefix, must meet.

        Refused where a present value does not meet it.
        """
        return Request(
            method="PUT",
            target=_schema(name, prefix),
            headers=(_JSON_BODY,),
            body=json_body(schema),
            read=_read_nothing,
        )

    def check_schema(
        self, schema: Any, name: str | None = None, *, prefix: str | None = None
    ) -> Request[SchemaReport]:
        """Return which values, present and past, a schema would reject, and store nothing."""
        return Request(
            method="PUT",
            target=_schema(name, prefix, dry_run="true"),
            headers=(_JSON_BODY,),
            body=json_body(schema),
            read=_read_report,
        )

    def delete_schema(self, name: str | None = None, *, prefix: str | None = None) -> Request[None]:
        """Delete the schema of a name, or of every name with a prefix; it is sent once."""
        return Request(
            method="DELETE",
            target=_schema(name, prefix),
            # No key of its own: a repetition would be told that there is none.
            is_repeatable=False,
            read=_read_nothing,
        )

    def wait(self, name: str, *, version: int | str, seconds: float) -> Request[ConfigEntry | None]:
        """Return the setting once its version is another; None where the time passes before."""
        token = str(version)

        def read(reply: Reply) -> ConfigEntry | None:
            if reply.status == 304:  # noqa: PLR2004 - Not Modified
                return None
            if reply.is_success:
                return _read_entry(reply)
            # Whoever waits for the first version is told at the end that there is none.
            if token == _NONE_THERE:
                return None
            raise error_of(reply)

        target = target_of(path_of(name), wait=f"{round(seconds * 1000)}ms", version=token)
        return Request(
            method="GET",
            target=target,
            read=read,
            wait_seconds=seconds,
            accepts=frozenset({304, 404}),
        )


def _one(name: str, *, at: Moment | None, layer: Layer | None) -> str:
    return target_of(path_of(name), at=None if at is None else moment_text(at), layer=layer)


def _schema(name: str | None, prefix: str | None, **query: str) -> str:
    if (name is None) == (prefix is None):
        raise Invalid("schema: got a name and a prefix or neither, wants one of them")
    if name is not None:
        return target_of(path_of(name, "schema"), **query)
    # Not left out where it is empty: the schema of every name there is.
    target = target_of(f"{ROOT}/schema", **query)
    joined = target_of("", prefix=prefix).removeprefix("?") or "prefix="
    return f"{target}{'&' if '?' in target else '?'}{joined}"


def _write(path: str, body: Any, idempotency_key: str | None) -> Request[Changeset]:
    key = () if idempotency_key is None else (_key(idempotency_key),)
    return Request(
        method="POST",
        target=path,
        headers=(_JSON_BODY, *key),
        body=json_body(body),
        is_repeatable=idempotency_key is not None,
        read=_read_changeset,
    )


def _key(idempotency_key: str) -> tuple[str, str]:
    if not idempotency_key.isascii() or not idempotency_key.isprintable():
        raise Invalid(f"idempotency_key: got {idempotency_key!a}, wants visible ASCII characters")
    return ("Idempotency-Key", idempotency_key)


def _read_value(reply: Reply) -> Any:
    return _read_entry(reply).value


def _read_entry(reply: Reply) -> ConfigEntry:
    return decode(reply.body, ConfigEntry)


def _read_explanation(reply: Reply) -> Explanation:
    return decode(reply.body, Explanation)


def _read_history(reply: Reply) -> list[ConfigRecord]:
    return decode(reply.body, list[ConfigRecord])


def _read_diff(reply: Reply) -> list[ConfigDiff]:
    return decode(reply.body, list[ConfigDiff])


def _read_changeset(reply: Reply) -> Changeset:
    return decode(reply.body, Changeset)


def _read_report(reply: Reply) -> SchemaReport:
    return decode(reply.body, SchemaReport)


def _read_any(reply: Reply) -> Any:
    return decode(reply.body, Any)


def _read_nothing(reply: Reply) -> None:
    """Leave the body of a success unread."""


def _read_page(reply: Reply) -> Page:
    items = decode(reply.body, list[_Item])
    return Page({item.name: item.value for item in items}, _cursor_of(reply))


def _cursor_of(reply: Reply) -> str | None:
    link = reply.headers.get("link", "")
    if 'rel="next"' not in link:
        return None
    target = link.partition("<")[2].partition(">")[0]
    # Only the cursor is taken from it: whoever wrote the answer must not choose where we ask.
    return parse_qs(urlsplit(target).query).get("cursor", [None])[0]
