"""The one table of what can be set."""

from tenantry.base.secret import masked_url
from tenantry.base.setting import Kind, Setting
from tenantry.settings import parse

_BOOLEAN = Kind.boolean()
_DATABASE_URL = Kind(
    "URL",
    parse.database_url,
    "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    mask=masked_url,
)
_SERVICE_URL = Kind(
    "URL",
    parse.service_url("https", "http"),
    "https://HOST or http://HOST, without a password",
    mask=masked_url,
)
_STREAM_URL = Kind(
    "URL",
    parse.service_url("wss", "ws"),
    "wss://HOST/PATH or ws://HOST/PATH, without a password",
    mask=masked_url,
)
_COLLECTIONS = Kind(
    "list",
    parse.collections,
    "names such as app.bsky.feed.post or app.bsky.graph.*, separated by commas, at most 100",
)
_FILE = Kind.path()
_KEY = Kind("key", parse.key, "base64 of 32 bytes, as `openssl rand -base64 32` prints it")
_NETWORKS = Kind(
    "list",
    parse.networks,
    "IP addresses and networks such as 127.0.0.1 or 10.0.0.0/8, separated by commas",
)
_ROLES = Kind("list", parse.roles, "web, worker or both, separated by commas")
_LIMITS = Kind(
    "limits", parse.limits, "TENANT=NUMBER for each tenant, separated by commas: acme=1000,demo=20"
)
_CLIENT_KEYS = Kind("list", parse.client_keys, "keys of clients, separated by commas")
_VARIABLES = Kind(
    "list",
    parse.variables,
    "names of variables (letters, digits, underlines), separated by commas",
)
_SECONDS = Kind.number(0, 3600, of="seconds")
_SLUG = Kind(
    "slug",
    parse.slug,
    "1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen",
)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        variable="API_HOST",
        kind=Kind.host(),
        default="127.0.0.1",
        meaning="Address the server listens on.",
        flag="--host",
    ),
    Setting(
        variable="API_PORT",
        kind=Kind.integer(0, parse.HIGHEST_PORT),
        default="4000",
        meaning="Port the server listens on; 0 picks a free one.",
        flag="--port",
    ),
    Setting(
        variable="DATABASE_URL",
        kind=_DATABASE_URL,
        default="",
        meaning="Where everything is stored: an SQLite file or a PostgreSQL database. "
        "By default the file `tenantry.db` in `DATA_DIR`.",
        flag="--database",
        is_secret=True,
    ),
    Setting(
        variable="DATA_DIR",
        kind=Kind.path("folder"),
        default="./data",
        meaning="Folder of what a server keeps on disk.",
        flag="--data",
    ),
    Setting(
        variable="LOG_LEVEL",
        kind=Kind.choice("debug", "info", "warning", "error"),
        default="info",
        meaning="Lines below this level are not written.",
    ),
    Setting(
        variable="LOG_FORMAT",
        kind=Kind.choice("json", "text", "pretty"),
        default="",
        meaning="Form of a log line. By default `pretty` on a terminal and `json` elsewhere.",
    ),
    Setting(
        variable="LOG_FILE",
        kind=_FILE,
        default="",
        meaning="File that log lines are appended to, in place of standard error.",
    ),
    Setting(
        variable="DEBUG",
        kind=_BOOLEAN,
        default="false",
        meaning="Makes `LOG_LEVEL` `debug`, whatever else it says.",
    ),
    Setting(
        variable="DEV",
        kind=_BOOLEAN,
        default="false",
        meaning="Everybody who connects is root; on a loopback address only, never in production.",
        flag="--dev",
    ),
    Setting(
        variable="DEFAULT_TENANT",
        kind=_SLUG,
        default="default",
        meaning="Tenant of a request that names none, with `DEV`.",
    ),
    Setting(
        variable="DB_POOL_MIN",
        kind=Kind.integer(1, 1000),
        default="1",
        meaning="PostgreSQL connections kept open.",
    ),
    Setting(
        variable="DB_POOL_MAX",
        kind=Kind.integer(1, 1000),
        default="8",
        meaning="PostgreSQL connections at most.",
    ),
    Setting(
        variable="DB_READERS",
        kind=Kind.integer(1, 64),
        default="2",
        meaning="SQLite reader threads.",
    ),
    Setting(
        variable="DB_QUEUE_MAX",
        kind=Kind.integer(1, 1_000_000),
        default="10000",
        meaning="Units that may wait for the database; a request beyond them gets a 503.",
    ),
    Setting(
        variable="DB_QUERY_TIMEOUT_MS",
        kind=Kind.integer(100, 3_600_000),
        default="30000",
        meaning="How long one unit may run in the database, in milliseconds, before it is ended.",
    ),
    Setting(
        variable="ENABLE_CIRCUIT_BREAKER",
        kind=_BOOLEAN,
        default="true",
        meaning="`false` lets every call through and only counts.",
    ),
    Setting(
        variable="ENABLE_RATE_LIMIT",
        kind=_BOOLEAN,
        default="true",
        meaning="`false` turns every limit of requests off.",
    ),
    Setting(
        variable="API_RATE_LIMIT",
        kind=Kind.integer(0, 1_000_000_000),
        default="100",
        meaning="Requests a minute to `/api` for each principal; 0: any number. Not with `DEV`.",
    ),
    Setting(
        variable="CONFIG_RATE_LIMIT",
        kind=Kind.integer(0, 1_000_000_000),
        default="0",
        meaning="Requests a minute to `/config` for each principal; 0: any number.",
    ),
    Setting(
        variable="TENANT_RATE_LIMITS",
        kind=_LIMITS,
        default="",
        meaning="What `API_RATE_LIMIT` is on behalf of these tenants.",
    ),
    Setting(
        variable="MEMORY_LIMIT_MB",
        kind=Kind.integer(1, 100_000_000),
        default="",
        meaning="Memory the process may take; from 80 % on it is degraded. By default what its "
        "control group, or else the machine, has.",
    ),
    Setting(
        variable="METRICS_PORT",
        kind=Kind.integer(0, parse.HIGHEST_PORT),
        default="",
        meaning="Port of `API_HOST` that answers `/metrics` and the probes, and nothing else; "
        "0 picks a free one. By default only `API_PORT` answers them.",
    ),
    Setting(
        variable="TRUSTED_PROXIES",
        kind=_NETWORKS,
        default="",
        meaning="Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. By default "
        "nobody's are.",
    ),
    Setting(
        variable="JETSTREAM_ENDPOINT",
        kind=_STREAM_URL,
        default="wss://jetstream2.us-east.bsky.network/subscribe",
        meaning="Where the collector subscribes; the collector comes with a later release.",
        is_secret=True,
    ),
    Setting(
        variable="JETSTREAM_COLLECTION",
        kind=_COLLECTIONS,
        default="app.bsky.feed.post",
        meaning="Collections that the collector asks for.",
    ),
    Setting(
        variable="ATPROTO_SERVICE",
        kind=_SERVICE_URL,
        default="https://public.api.bsky.app",
        meaning="The AT Protocol service that the collector looks users up in.",
        is_secret=True,
    ),
    Setting(
        variable="ATPROTO_RATE_LIMIT",
        kind=Kind.integer(1, 10_000),
        default="10",
        meaning="Requests a second to `ATPROTO_SERVICE`.",
    ),
    Setting(
        variable="DRAIN_SECONDS",
        kind=_SECONDS,
        default="10.0",
        meaning="How long a stop waits for requests under way.",
    ),
    Setting(
        variable="DRAIN_NOTICE_SECONDS",
        kind=_SECONDS,
        default="0.0",
        meaning="How long a stopping server still answers, not ready, before it closes its port.",
    ),
    Setting(
        variable="SNAPSHOT_EVERY",
        kind=Kind.integer(1, 100_000_000),
        default="10000",
        meaning="Events between two snapshots of a projection.",
    ),
    Setting(
        variable="IDEMPOTENCY_HOURS",
        kind=Kind.integer(1, 8760),
        default="24",
        meaning="How long a retry with the same `Idempotency-Key` gets the first result.",
    ),
    Setting(
        variable="SESSION_HOURS",
        kind=Kind.integer(1, 720),
        default="12",
        meaning="How long a login lasts.",
    ),
    Setting(
        variable="CLIENTS_DIR",
        kind=Kind.path("folder"),
        default="",
        meaning="Folder of declared clients, with a folder for each tenant. By default the folder "
        "`clients` in `DATA_DIR`.",
    ),
    Setting(
        variable="CLIENTS_ENABLED",
        kind=_CLIENT_KEYS,
        default="",
        meaning="Clients in `CLIENTS_DIR` that a start applies. By default it applies all.",
    ),
    Setting(
        variable="CLIENT_VARS",
        kind=_VARIABLES,
        default="",
        meaning="Environment variables that `${NAME}` may stand for where clients are declared in "
        "files. By default there are none.",
    ),
    Setting(
        variable="NODE_ENV",
        kind=Kind.choice("development", "test", "production"),
        default="development",
        meaning="What the process is for; `production` refuses `DEV`.",
    ),
    Setting(
        variable="MASTER_KEY",
        kind=_KEY,
        default="",
        meaning="Key that wraps the keys of secrets. By default the file `master.key` in "
        "`DATA_DIR`, made by the first start; with `NODE_ENV` `production` none, and then there "
        "are no secrets.",
        is_secret=True,
    ),
    Setting(
        variable="NEW_MASTER_KEY",
        kind=_KEY,
        default="",
        meaning="Key that `tenantry keys rotate-master` puts in the place of `MASTER_KEY`.",
        is_secret=True,
    ),
    Setting(
        variable="ROLES",
        kind=_ROLES,
        default="web,worker",
        meaning="What the process does: `web`, `worker` or both, separated by commas.",
        flag="--roles",
    ),
    Setting(
        variable="TENANTRY_CONFIG",
        kind=_FILE,
        default="",
        meaning="TOML file of settings, in place of `tenantry.toml` in the working directory.",
    ),
)
