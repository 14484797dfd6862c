"""GET, PUT and DELETE of one name: what the hot door and the ordinary routes both call."""

import msgspec

from tenantry.base import Principal
from tenantry.configs.api.body import read_value
from tenantry.configs.api.conditions import (
    awaited_position,
    idempotency,
    is_unchanged,
    moment,
    write_condition,
)
from tenantry.configs.api.reply import (
    accepts_json,
    deleted_reply,
    entry_reply,
    stored_reply,
    unchanged_reply,
)
from tenantry.configs.model import ConfigEntry
from tenantry.configs.service import ConfigStore
from tenantry.web import Answer, Headers


class Caller(msgspec.Struct, frozen=True):
    """Who asks, for which tenant, with which headers."""

    principal: Principal
    tenant_id: str
    headers: Headers


async def get_one(
    store: ConfigStore, caller: Caller, name: str, *, at: str | None = None
) -> Answer:
    """Answer `GET /config/{name}`."""
    await reach_awaited(store, caller.headers)

    if at is None:
        return get_present(store, caller, name)

    position = await moment_to_position(store, at, field="at")
    return _answer(caller, await store.at(caller.principal, caller.tenant_id, name, position))


def get_present(store: ConfigStore, caller: Caller, name: str) -> Answer:
    """Answer a GET of the present value, from memory."""
    return _answer(caller, store.get(caller.principal, caller.tenant_id, name))


def _answer(caller: Caller, entry: ConfigEntry) -> Answer:
    if is_unchanged(caller.headers, entry.version):
        return unchanged_reply(entry)
    return entry_reply(entry, as_json=accepts_json(caller.headers.get(b"accept")))


async def put_one(store: ConfigStore, caller: Caller, name: str, body: bytes) -> Answer:
    """Answer `PUT /config/{name}`."""
    entry = await store.put_json(
        caller.principal,
        caller.tenant_id,
        name,
        read_value(body, caller.headers.get(b"content-type")),
        condition=write_condition(caller.headers),
        idempotency=idempotency(
            caller.headers, method="PUT", tenant_id=caller.tenant_id, name=name, body=body
        ),
    )
    return stored_reply(entry, as_json=accepts_json(caller.headers.get(b"accept")))


async def delete_one(store: ConfigStore, caller: Caller, name: str) -> Answer:
    """Answer `DELETE /config/{name}`."""
    entry = await store.delete(
        caller.principal,
        caller.tenant_id,
        name,
        condition=write_condition(caller.headers),
        idempotency=idempotency(
            caller.headers, method="DELETE", tenant_id=caller.tenant_id, name=name, body=b""
        ),
    )
    return deleted_reply(entry)


async def reach_awaited(store: ConfigStore, headers: Headers) -> None:
    """Wait for the position that the reader has seen elsewhere, where it names one."""
    if (position := awaited_position(headers)) is not None:
        await store.reach(position)


async def moment_to_position(store: ConfigStore, text: str, *, field: str) -> int:
    """Return the position that a moment of the URL names; raises `Invalid`."""
    kind, value = moment(text, field=field)
    return value if kind == "position" else await store.position_at(value)
