"""The doors of a process: what answers at its ports."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tenantry import configs, operations, web
from tenantry.app.limits import CONFIG_PATHS
from tenantry.app.origins import PageOrigins
from tenantry.app.parts import Parts
from tenantry.clients import api as client_api
from tenantry.collector import api as collector_api
from tenantry.configs import api as config_api
from tenantry.flags import api as flag_api
from tenantry.operations import api as operations_api
from tenantry.sync import api as sync_api
from tenantry.tenants import api as access_api
from tenantry.updater import api as updater_api

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""A setting of a million characters, each of them written as two escapes, is 12 MB."""

_TAGS: Final = {
    "access": "Tenants, users, API keys, logins, and the audit of it all.",
    "clients": "White-label front ends: declared, planned, applied, rolled back, and served.",
    "configs": "Every setting of every tenant, with its history.",
    "flags": "Flags in flagd's format, evaluated over OFREP.",
    "operations": "Metrics, the database, the log, its backup and the master key.",
    "reliability": "Health, circuit breakers and limits.",
    "sync": "A tenant's data, brought up to date at login, and how that goes.",
    "collector": "The Bluesky Jetstream in one's own database, what it says, and who is found.",
    "updater": "Demo tenants that live: schedules, runs, their rows, and how to undo them.",
    "drill": "Failures on purpose, for `tenantry drill`.",
}


class Admission(NamedTuple):
    """What all doors ask alike before anything is done: who asks, on whose behalf, from where."""

    authenticator: web.Authenticator
    tenancy: web.Tenancy
    proxies: web.TrustedProxies | None
    cors: web.Cors


def admission_of(parts: Parts, *, local_token: str | None) -> Admission:
    """Build what every door of the process shares."""
    settings, access = parts.settings, parts.access
    proxies = settings.trusted_proxies
    origins: web.Origins = PageOrigins(access=access, runner=parts.client_runner)
    if settings.dev:
        origins = web.LoopbackOrigins()
    return Admission(
        authenticator=authenticator_of(parts, local_token=local_token),
        tenancy=web.Tenancy(default_tenant=settings.default_tenant, check=access.refuse_erased),
        # Without any, nothing is looked at.
        proxies=web.TrustedProxies(proxies) if proxies else None,
        cors=web.Cors(origins=origins),
    )


def authenticator_of(parts: Parts, *, local_token: str | None) -> web.Authenticator:
    """Return who proves who asks: by a key, a session or `local_token`; with `DEV` by nothing."""
    local = (
        web.DevelopmentAuthenticator()
        if parts.settings.dev
        else web.TokenAuthenticator(token=local_token)
    )
    return access_api.AccessAuthenticator(access=parts.access, local=local)


def compose_quick(parts: Parts, admission: Admission) -> config_api.ConfigQuickDoor | None:
    """Build what the server may ask before the ASGI application; None where nothing is hot."""
    if "web" not in parts.settings.roles:
        return None
    return config_api.ConfigQuickDoor(
        store=parts.config_store,
        authenticator=admission.authenticator,
        accounts=parts.accounts,
        tenancy=admission.tenancy,
        clock=parts.clock,
        proxies=admission.proxies,
        limits=parts.limits.about(*CONFIG_PATHS),
    )


def probe_handlers(parts: Parts, admission: Admission) -> list[Any]:
    """Return the routes that say how the process is, for whichever port."""
    return [
        *operations_api.probe_handlers(parts.health),
        *operations_api.health_handlers(parts.health, clock=parts.clock),
        *operations_api.metrics_handlers(parts.metrics, authenticator=admission.authenticator),
    ]


def compose_probes(parts: Parts, admission: Admission, probes: Sequence[Any]) -> web.AsgiApp | None:
    """Build what answers at `METRICS_PORT`: probes and metrics alone. None where there is none."""
    if parts.settings.metrics_port is None:
        return None
    inner = web.WebApp(
        handlers=probes,
        authenticator=admission.authenticator,
        clock=parts.clock,
        tenancy=admission.tenancy,
        tags={},
        declarations={},
        is_described=False,
    )
    return web.Frame(inner, accounts=parts.accounts, clock=parts.clock, proxies=admission.proxies)


def compose_asgi(parts: Parts, admission: Admission, probes: Sequence[Any]) -> web.AsgiApp:
    """Build what answers at `API_PORT`: all features, or probes alone where the role is not web."""
    inner = (
        _compose_features(parts, admission, probes)
        if "web" in parts.settings.roles
        else _compose_routes(parts, admission, probes)
    )
    return web.Frame(
        inner,
        accounts=parts.accounts,
        clock=parts.clock,
        proxies=admission.proxies,
        cors=admission.cors,
        max_body_bytes=MAX_BODY_BYTES,
    )


def _compose_features(parts: Parts, admission: Admission, probes: Sequence[Any]) -> web.AsgiApp:
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
        *access_api.sign_in_handlers(parts.logins, clock=parts.clock),
        *access_api.tenant_handlers(parts.tenants, parts.export, clock=parts.clock),
        *access_api.user_handlers(parts.users, clock=parts.clock),
        *access_api.api_key_handlers(parts.api_keys, clock=parts.clock),
        *access_api.audit_handlers(parts.audit, clock=parts.clock),
        *client_api.declaration_handlers(
            parts.clients, parts.client_parts.views, parts.client_parts.drift, clock=parts.clock
        ),
        *client_api.view_handlers(
            parts.client_parts.views, parts.client_parts.drift, clock=parts.clock
        ),
        *client_api.app_handlers(
            parts.client_parts.front_ends,
            authenticator=admission.authenticator,
            tenancy=admission.tenancy,
            is_open=parts.settings.dev,
            clock=parts.clock,
        ),
        *sync_api.tenant_handlers(
            parts.sync_parts.syncing,
            parts.sync_parts.views,
            parts.sync_parts.upkeep,
            parts.sync_parts.deciding,
            clock=parts.clock,
        ),
        *sync_api.figure_handlers(
            parts.sync_parts.figures,
            parts.sync_parts.views,
            parts.sync_parts.upkeep,
            clock=parts.clock,
        ),
        *updater_api.running_handlers(
            control=parts.updater_parts.control,
            executing=parts.updater_parts.executing,
            undoing=parts.updater_parts.undoing,
            backfilling=parts.updater_parts.backfilling,
            explaining=parts.updater_parts.explaining,
            views=parts.updater_parts.views,
            clock=parts.clock,
        ),
        *updater_api.history_handlers(parts.updater_parts.views, clock=parts.clock),
        *updater_api.table_handlers(parts.updater_parts.tables, clock=parts.clock),
        *collector_api.collecting_handlers(
            control=parts.collector_parts.control,
            views=parts.collector_parts.views,
            replaying=parts.collector_parts.replaying,
            clock=parts.clock,
        ),
        *collector_api.analytics_handlers(parts.collector_parts.views, clock=parts.clock),
        *collector_api.strategy_handlers(parts.collector_parts.strategies, clock=parts.clock),
        *config_api.config_handlers(parts.config_store, parts.config_watches),
        *config_api.runtime_handlers(runtime, clock=parts.clock),
        *flag_api.ofrep_handlers(parts.flags, parts.flag_watches, clock=parts.clock),
        *flag_api.flagd_handlers(parts.flags),
    ]
    return config_api.ConfigDoor(
        _compose_routes(parts, admission, handlers),
        store=parts.config_store,
        authenticator=admission.authenticator,
        tenancy=admission.tenancy,
        clock=parts.clock,
        limits=parts.limits.about(*CONFIG_PATHS),
    )


def _compose_routes(parts: Parts, admission: Admission, handlers: Sequence[Any]) -> web.AsgiApp:
    return web.WebApp(
        handlers=handlers,
        authenticator=admission.authenticator,
        clock=parts.clock,
        tenancy=admission.tenancy,
        limits=parts.limits,
        tags=_TAGS,
        declarations={
            **operations_api.DECLARATIONS,
            **access_api.DECLARATIONS,
            **client_api.DECLARATIONS,
            **config_api.DECLARATIONS,
            **sync_api.DECLARATIONS,
            **flag_api.DECLARATIONS,
            **updater_api.DECLARATIONS,
            **collector_api.DECLARATIONS,
        },
    )
