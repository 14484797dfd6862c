"""GET, PUT and DELETE of one name: what the hot door and the ordinary routes both call."""

from collections.abc import Sequence

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
    unsealed,
)
from tenantry.configs.model import (
    ConfigCommand,
    ConfigEntry,
    Explanation,
    Idempotency,
    SetConfigValue,
    token_of,
)
from tenantry.configs.service import ConfigStore
from tenantry.web import Answer, Headers


class Caller(msgspec.Struct, frozen=True):
    """Who asks, for which tenant, with which headers."""

    principal: Principal
    tenant_id: str
    headers: Headers

    @property
    def wants_json(self) -> bool:
        """Whether the JSON form is asked for."""
        return accepts_json(self.headers.get(b"accept"))


async def get_one(
    store: ConfigStore,
    caller: Caller,
    name: str,
    *,
    at: str | None = None,
    own_only: bool = False,
) -> Answer:
    """Answer `GET /config/{name}`."""
    await reach_awaited(store, caller.headers)
    principal, tenant_id = caller.principal, caller.tenant_id
    if at is None:
        entry = store.get(principal, tenant_id, name, own_only=own_only)
    else:
        position = await moment_to_position(store, at, field="at")
        entry = await store.at(principal, tenant_id, name, position, own_only=own_only)
    return await entry_answer(store, caller, entry)


async def explain_one(
    store: ConfigStore, caller: Caller, name: str, *, at: str | None
) -> Explanation:
    """Answer `GET /config/{name}?explain=true`."""
    await reach_awaited(store, caller.headers)
    principal, tenant_id = caller.principal, caller.tenant_id
    if at is None:
        return await store.explain(principal, tenant_id, name)
    position = await moment_to_position(store, at, field="at")
    return await store.explain(principal, tenant_id, name, position=position)


def get_present(store: ConfigStore, caller: Caller, name: str) -> Answer | None:
    """Answer a GET of the present value, from memory; None where that is not enough."""
    entry = store.get(caller.principal, caller.tenant_id, name)
    return None if entry.is_secret else _answer(caller, entry)


async def entry_answer(store: ConfigStore, caller: Caller, entry: ConfigEntry) -> Answer:
    """Answer with a setting, opened where it is a secret that the caller may see."""
    if entry.is_secret:
        value = await store.reveal(caller.principal, caller.tenant_id, entry)
        if value is not None:
            return unsealed(_answer(caller, msgspec.structs.replace(entry, value=value)))
    return _answer(caller, entry)


def _answer(caller: Caller, entry: ConfigEntry) -> Answer:
    token = token_of(entry, caller.tenant_id)
    if is_unchanged(caller.headers, token):
        return unchanged_reply(entry, token)
    return entry_reply(entry, token, as_json=caller.wants_json)


async def put_one(store: ConfigStore, caller: Caller, name: str, body: bytes) -> Answer:
    """Answer `PUT /config/{name}`."""
    sent = read_value(body, caller.headers.get(b"content-type"))
    command = SetConfigValue(
        name,
        sent.value,
        write_condition(caller.headers),
        is_secret=sent.is_secret,
        is_forced=sent.is_forced,
    )
    entry = await store.put_json(
        caller.principal,
        caller.tenant_id,
        command,
        idempotency=await idempotency_of(
            store, caller, [command], method="PUT", path=name, body=body
        ),
    )
    return stored_reply(entry, as_json=caller.wants_json)


async def delete_one(
    store: ConfigStore, caller: Caller, name: str, *, is_shredded: bool = False
) -> Answer:
    """Answer `DELETE /config/{name}`."""
    principal, tenant_id = caller.principal, caller.tenant_id
    delete = store.shred if is_shredded else store.delete
    entry = await delete(
        principal,
        tenant_id,
        name,
        condition=write_condition(caller.headers),
        idempotency=await idempotency_of(
            store, caller, method="DELETE", path=name, body=b"shred" if is_shredded else b""
        ),
    )
    return deleted_reply(entry)


async def idempotency_of(
    store: ConfigStore,
    caller: Caller,
    commands: Sequence[ConfigCommand] = (),
    *,
    method: str,
    path: str,
    body: bytes = b"",
) -> Idempotency | None:
    """Read `Idempotency-Key` of a write to `path`, whose body holds `commands`."""
    if b"idempotency-key" not in caller.headers:
        return None
    key = await store.digest_key(
        caller.tenant_id,
        [command.name for command in commands],
        has_secret=any(isinstance(c, SetConfigValue) and c.is_secret for c in commands),
    )
    return idempotency(
        caller.headers,
        actor=caller.principal.id,
        method=method,
        tenant_id=caller.tenant_id,
        name=path,
        body=body,
        digest_key=key,
    )


async def reach_awaited(store: ConfigStore, headers: Headers) -> None:
    """Wait for the position that the reader has seen elsewhere, where it names one."""
    if (position := awaited_position(headers)) is not None:
        await store.reach(position)


async def moment_to_position(store: ConfigStore, text: str, *, field: str) -> int:
    """Return the position that a moment of the URL names; raises `Invalid`."""
    kind, value = moment(text, field=field)
    return value if kind == "position" else await store.position_at(value)
