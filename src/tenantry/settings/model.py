"""The settings of one process as a value."""

from pathlib import Path
from typing import Literal

import msgspec

from tenantry.base.secret import Secret
from tenantry.settings.table import SETTINGS


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a process is told from outside; `SETTINGS` says what each field means."""

    api_host: str
    api_port: int
    database_url: str
    data_dir: Path
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["json", "text", "pretty"]
    log_file: Path | None
    debug: bool
    dev: bool
    default_tenant: str
    db_pool_min: int
    db_pool_max: int
    db_readers: int
    db_queue_max: int
    db_query_timeout_ms: int
    enable_circuit_breaker: bool
    enable_rate_limit: bool
    api_rate_limit: int
    config_rate_limit: int
    tenant_rate_limits: dict[str, int] | None
    memory_limit_mb: int | None
    metrics_port: int | None
    trusted_proxies: tuple[str, ...] | None
    jetstream_endpoint: tuple[str, ...]
    jetstream_collection: tuple[str, ...]
    jetstream_dids: tuple[str, ...] | None
    jetstream_wire: Literal["auto", "v1", "v2"]
    jetstream_compress: bool
    jetstream_zstd_dictionary: Path | None
    collector_tenant: str
    atproto_service: str
    atproto_rate_limit: int
    use_temporal_for_auth: bool | None
    temporal_auth_timeout_ms: int
    temporal_tenants: tuple[str, ...] | None
    temporal_enabled: bool
    temporal_address: str
    temporal_namespace: str
    sync_timeout_ms: int
    sync_max_age_seconds: int
    sync_files_root: Path | None
    sync_allowed_networks: tuple[str, ...] | None
    database_updater_log_level: Literal["debug", "info", "warn", "warning", "error"]
    database_updater_timezone: str
    database_updater_modules: tuple[str, ...] | None
    drain_seconds: float
    drain_notice_seconds: float
    snapshot_every: int
    idempotency_hours: int
    session_hours: int
    clients_dir: Path
    clients_enabled: tuple[str, ...] | None
    client_vars: tuple[str, ...] | None
    node_env: Literal["development", "test", "production"]
    master_key: Secret | None
    new_master_key: Secret | None
    roles: tuple[str, ...]
    tenantry_config: Path | None

    def summary(self) -> dict[str, str]:
        """Return every setting as text, by variable, with no password in it."""
        return {
            setting.variable: setting.show(getattr(self, setting.field)) for setting in SETTINGS
        }
