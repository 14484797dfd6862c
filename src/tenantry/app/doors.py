"""The doors of a process: what answers at its ports."""

from collections.abc import Sequence
from typing import Any, Final

from tenantry import configs, operations, web
from tenantry.app.limits import CONFIG_PATHS
from tenantry.app.parts import Parts
from tenantry.configs import api as config_api
from tenantry.operations import api as operations_api
from tenantry.settings import Settings

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""A setting of a million characters, each of them written as two escapes, is 12 MB."""

_TAGS: Final = {
    "configs": "Every setting of every tenant, with its history.",
    "operations": "Metrics, the database, the log, its backup and the master key.",
    "reliability": "Health, circuit breakers and limits.",
    "drill": "Failures on purpose, for `tenantry drill`.",
}


def authenticator_of(settings: Settings, *, local_token: str | None) -> web.Authenticator:
    """Return who proves who asks: without `DEV`, only `local_token` is anybody."""
    if settings.dev:
        return web.DevelopmentAuthenticator()
    return web.TokenAuthenticator(token=local_token)


def compose_quick(
    parts: Parts, authenticator: web.Authenticator
) -> config_api.ConfigQuickDoor | None:
    """Build what the server may ask before the ASGI application; None where nothing is hot."""
    if "web" not in parts.settings.roles:
        return None
    return config_api.ConfigQuickDoor(
        store=parts.config_store,
        authenticator=authenticator,
        accounts=parts.accounts,
        default_tenant=parts.settings.default_tenant,
        clock=parts.clock,
        limits=parts.limits.about(*CONFIG_PATHS),
    )


def probe_handlers(parts: Parts, authenticator: web.Authenticator) -> list[Any]:
    """Return the routes that say how the process is, for whichever port."""
    return [
        *operations_api.probe_handlers(parts.health),
        *operations_api.health_handlers(parts.health, clock=parts.clock),
        *operations_api.metrics_handlers(parts.metrics, authenticator=authenticator),
    ]


def compose_probes(
    parts: Parts, authenticator: web.Authenticator, probes: Sequence[Any]
) -> web.AsgiApp | None:
    """Build what answers at `METRICS_PORT`: probes and metrics alone. None where there is none."""
    if parts.settings.metrics_port is None:
        return None
    inner = web.WebApp(
        handlers=probes,
        authenticator=authenticator,
        clock=parts.clock,
        default_tenant=parts.settings.default_tenant,
        tags={},
        declarations={},
        is_described=False,
    )
    return web.Frame(inner, accounts=parts.accounts, clock=parts.clock)


def compose_asgi(
    parts: Parts, authenticator: web.Authenticator, probes: Sequence[Any]
) -> web.AsgiApp:
    """Build what answers at `API_PORT`: all features, or probes alone where the role is not web."""
    inner = (
        _compose_features(parts, authenticator, probes)
        if "web" in parts.settings.roles
        else _compose_routes(parts, authenticator, probes)
    )
    return web.Frame(
        inner, accounts=parts.accounts, clock=parts.clock, max_body_bytes=MAX_BODY_BYTES
    )


def _compose_features(
    parts: Parts, authenticator: web.Authenticator, probes: Sequence[Any]
) -> web.AsgiApp:
    operator = operations.Operations(database=parts.database, clock=parts.clock)
    runtime = configs.ConfigRuntime(
        log=parts.log, runner=parts.config_runner, worker=parts.config_worker
    )
    handlers = [
        *probes,
        *operations_api.operations_handlers(operator, clock=parts.clock),
        *operations_api.key_handlers(parts.keys, clock=parts.clock),
        *operations_api.doctor_handlers(parts.doctor, clock=parts.clock),
        *operations_api.reliability_handlers(
            parts.breaker_control, parts.limits, clock=parts.clock
        ),
        *operations_api.drill_handlers(parts.drill, clock=parts.clock),
        *config_api.config_handlers(parts.config_store, parts.config_watches),
        *config_api.runtime_handlers(runtime, clock=parts.clock),
    ]
    return config_api.ConfigDoor(
        _compose_routes(parts, authenticator, handlers),
        store=parts.config_store,
        authenticator=authenticator,
        default_tenant=parts.settings.default_tenant,
        clock=parts.clock,
        limits=parts.limits.about(*CONFIG_PATHS),
    )


def _compose_routes(
    parts: Parts, authenticator: web.Authenticator, handlers: Sequence[Any]
) -> web.AsgiApp:
    return web.WebApp(
        handlers=handlers,
        authenticator=authenticator,
        clock=parts.clock,
        default_tenant=parts.settings.default_tenant,
        limits=parts.limits,
        tags=_TAGS,
        declarations={**operations_api.DECLARATIONS, **config_api.DECLARATIONS},
    )
