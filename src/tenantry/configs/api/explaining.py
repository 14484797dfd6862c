"""Why a setting is what it is, and what has become different: explanations and differences."""

from collections.abc import AsyncIterator, Iterable
from typing import Literal

import msgspec

from tenantry.base.codec import encode_json
from tenantry.base.instant import format_instant
from tenantry.configs.api.listing import stream_items
from tenantry.configs.api.reply import JSON, validators
from tenantry.configs.model import ConfigEntry, Difference, Explanation, LayerOfEntry, token_of
from tenantry.web import Answer


class LayerJson(msgspec.Struct):
    """What one layer holds of a name, or has deleted: since when, and by whom."""

    layer: Literal["own", "global"]
    version: int
    position: int
    updated_at: str
    actor: str
    is_deleted: bool
    value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class ExplanationJson(msgspec.Struct, omit_defaults=True):
    """The JSON form of a setting with every layer behind it, the one that answers first."""

    name: str
    value: msgspec.Raw
    version: int
    position: int
    updated_at: str
    layer: Literal["own", "global"]
    layers: list[LayerJson]
    secret: bool = False


class TokensJson(msgspec.Struct):
    """The versions of a setting at two moments; null where there was none."""

    before: str | None
    after: str | None


class DifferenceJson(msgspec.Struct):
    """A setting that is not the same at two moments."""

    name: str
    versions: TokensJson
    before: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    after: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def explanation_reply(explanation: Explanation, *, tenant_id: str) -> Answer:
    """Answer `GET /config/{name}?explain=true`."""
    entry = explanation.entry
    body = ExplanationJson(
        name=entry.name,
        value=msgspec.Raw(entry.value),
        version=entry.version,
        position=entry.position,
        updated_at=format_instant(entry.updated_at),
        layer=entry.layer,
        layers=[_layer(layer) for layer in explanation.layers],
        secret=entry.is_secret,
    )
    headers = [(b"content-type", JSON), *validators(entry, token_of(entry, tenant_id))]
    return Answer(200, headers, encode_json(body))


def stream_differences(
    differences: Iterable[Difference], *, tenant_id: str
) -> AsyncIterator[bytes]:
    """Encode differences as one JSON array, letting others run between chunks."""
    return stream_items(_difference(difference, tenant_id) for difference in differences)


def _layer(layer: LayerOfEntry) -> LayerJson:
    entry = layer.entry
    return LayerJson(
        entry.layer,
        entry.version,
        entry.position,
        format_instant(entry.updated_at),
        layer.actor,
        entry.is_deleted,
        msgspec.UNSET if entry.is_deleted else msgspec.Raw(entry.value),
    )


def _difference(difference: Difference, tenant_id: str) -> bytes:
    before, after = difference.before, difference.after
    versions = TokensJson(_token(before, tenant_id), _token(after, tenant_id))
    return encode_json(DifferenceJson(difference.name, versions, _value(before), _value(after)))


def _token(entry: ConfigEntry | None, tenant_id: str) -> str | None:
    return token_of(entry, tenant_id) if entry else None


def _value(entry: ConfigEntry | None) -> msgspec.Raw | msgspec.UnsetType:
    return msgspec.Raw(entry.value) if entry else msgspec.UNSET
