"""Schemas over HTTP: of one name, and of a prefix."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, Parameter

from tenantry.base.codec import encode_json
from tenantry.base.instant import format_instant
from tenantry.configs.api.answering import AnyRequest, SettingName, response_of, wants_json
from tenantry.configs.api.many import told_target
from tenantry.configs.model import Rejection, Schema, SchemaTarget, SchemaTrial
from tenantry.configs.service import ConfigSchemas, told_violation
from tenantry.web import ActingPrincipal, ActingTenant, Answer

_JSON = b"application/json"
_TEXT = b"text/plain; charset=utf-8"

DryRun = Annotated[
    bool,
    Parameter(description="Set nothing: say which values, present and past, it would reject."),
]
Effective = Annotated[
    bool, Parameter(description="Every schema that values of the name must meet, with its layer.")
]


class SchemaJson(msgspec.Struct, omit_defaults=True):
    """A schema as it stands: of a `name` or of a `prefix`."""

    version: int
    position: int
    updated_at: str
    name: str | None = None
    prefix: str | None = None


class LayeredSchemaJson(msgspec.Struct, omit_defaults=True):
    """A schema that values of a name must meet, and the layer that has set it."""

    layer: Literal["own", "global"]
    schema: msgspec.Raw
    name: str | None = None
    prefix: str | None = None


class RejectionJson(msgspec.Struct):
    """A value that a schema would not let in."""

    tenant_id: str
    name: str
    version: int
    position: int
    is_present: bool
    violations: list[dict[str, Any]]


class TrialJson(msgspec.Struct, omit_defaults=True):
    """What a schema would reject: how many values of those checked, and the first thousand.

    And how many secrets were skipped, as whoever asks may not see them.
    """

    checked: int
    count: int
    rejected: list[RejectionJson]
    skipped: int = 0


def name_schema_handlers(schemas: ConfigSchemas) -> list[HTTPRouteHandler]:
    """Return the handlers of the schema of one name, for its router."""

    @get("/schema")
    async def get_name_schema(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
        *,
        effective: Effective = False,
    ) -> Response[bytes]:
        """Return the schema of a name."""
        if effective:
            layered = schemas.all_of(principal, tenant_id, setting)
            return response_of(_effective_reply(layered))
        target = SchemaTarget("name", setting)
        return response_of(_schema_reply(schemas.get(principal, tenant_id, target)))

    @put("/schema")
    async def put_name_schema(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
        *,
        dry_run: DryRun = False,
    ) -> Response[bytes]:
        """Set a JSON Schema (2020-12) that values of a name must meet from now on."""
        caller = _Setting(schemas, request, principal, tenant_id, SchemaTarget("name", setting))
        return await caller.put(dry_run=dry_run)

    @delete("/schema", status_code=200)
    async def delete_name_schema(
        principal: ActingPrincipal, tenant_id: ActingTenant, setting: SettingName
    ) -> Response[bytes]:
        """Delete the schema of a name."""
        target = SchemaTarget("name", setting)
        return response_of(_done(await schemas.delete(principal, tenant_id, target)))

    return [get_name_schema, put_name_schema, delete_name_schema]


def prefix_schema_handlers(schemas: ConfigSchemas) -> list[HTTPRouteHandler]:
    """Return the handlers of the schema of a prefix, for a router of settings."""

    @get("/schema")
    async def get_prefix_schema(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, prefix: FromQuery[str]
    ) -> Response[bytes]:
        """Return the schema of all names that start with a prefix."""
        target = SchemaTarget("prefix", prefix)
        return response_of(_schema_reply(schemas.get(principal, tenant_id, target)))

    @put("/schema")
    async def put_prefix_schema(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        prefix: FromQuery[str],
        dry_run: DryRun = False,
    ) -> Response[bytes]:
        """Set a JSON Schema (2020-12) that values of all names with a prefix must meet."""
        target = SchemaTarget("prefix", prefix)
        return await _Setting(schemas, request, principal, tenant_id, target).put(dry_run=dry_run)

    @delete("/schema", status_code=200)
    async def delete_prefix_schema(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, prefix: FromQuery[str]
    ) -> Response[bytes]:
        """Delete the schema of a prefix."""
        target = SchemaTarget("prefix", prefix)
        return response_of(_done(await schemas.delete(principal, tenant_id, target)))

    return [get_prefix_schema, put_prefix_schema, delete_prefix_schema]


class _Setting:
    """Somebody who sets a schema."""

    def __init__(
        self,
        schemas: ConfigSchemas,
        request: Request[Any, Any, Any],
        principal: Any,
        tenant_id: str,
        target: SchemaTarget,
    ) -> None:
        self._schemas = schemas
        self._request = request
        self._who = (principal, tenant_id, target)

    async def put(self, *, dry_run: bool) -> Response[bytes]:
        schema = await self._request.body()
        if dry_run:
            trial = await self._schemas.dry_run(*self._who, schema)
            return response_of(Answer(200, [(b"content-type", _JSON)], _trial(trial)))
        stored = await self._schemas.put(*self._who, schema)
        return response_of(_stored_reply(stored, as_json=wants_json(self._request)))


def _schema_reply(schema: Schema) -> Answer:
    return Answer(200, [(b"content-type", _JSON), *_validators(schema)], schema.schema)


def _stored_reply(schema: Schema, *, as_json: bool) -> Answer:
    if not as_json:
        return Answer(200, [(b"content-type", _TEXT), *_validators(schema)], b"OK")
    body = SchemaJson(
        schema.version,
        schema.position,
        format_instant(schema.updated_at),
        **told_target(schema.target),
    )
    return Answer(200, [(b"content-type", _JSON), *_validators(schema)], encode_json(body))


def _effective_reply(layered: list[tuple[Literal["own", "global"], Schema]]) -> Answer:
    body = [
        LayeredSchemaJson(layer, msgspec.Raw(schema.schema), **told_target(schema.target))
        for layer, schema in layered
    ]
    return Answer(200, [(b"content-type", _JSON)], encode_json(body))


def _done(position: int) -> Answer:
    return Answer(200, [(b"content-type", _TEXT), (b"x-position", b"%d" % position)], b"OK")


def _validators(schema: Schema) -> list[tuple[bytes, bytes]]:
    return [(b"etag", b'"%d"' % schema.version), (b"x-position", b"%d" % schema.position)]


def _trial(trial: SchemaTrial) -> bytes:
    rejected = [_rejection(each) for each in trial.rejected]
    return encode_json(TrialJson(trial.checked, trial.count, rejected, trial.skipped))


def _rejection(rejection: Rejection) -> RejectionJson:
    return RejectionJson(
        rejection.tenant_id,
        rejection.name,
        rejection.version,
        rejection.position,
        rejection.is_present,
        [told_violation(violation) for violation in rejection.violations],
    )
