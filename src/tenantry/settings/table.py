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
_STREAM_URLS = Kind(
    "list",
    parse.endpoints,
    "wss://HOST/PATH or ws://HOST/PATH without a password, or up to 16 of them of different hosts, "
    "separated by commas",
    mask=masked_url,
)
_COLLECTIONS = Kind(
    "list",
    parse.collections,
    "names such as app.bsky.feed.post or app.bsky.graph.*, separated by commas, at most 100, or *",
)
_DIDS = Kind(
    "list", parse.dids, "DIDs such as did:web:example.com, separated by commas, at most 10000"
)
_FILE = Kind.path()
_KEY = Kind("key", parse.key, "base64 of 32 bytes, as `openssl rand -base64 32` prints it")
_NETWORKS = Kind(
    "list",
    parse.networks,
    "IP addresses and networks such as 127.0.0.1 or 10.0.0.0/8, separated by commas",
)
_SOURCE_NETWORKS = Kind(
    "list",
    parse.networks,
    "IP addresses and networks such as 10.1.2.3 or 10.0.0.0/8, separated by commas",
)
_ROLES = Kind(
    "list", parse.roles, "web, worker and collector, or some of them, separated by commas"
)
_LIMITS = Kind(
    "limits", parse.limits, "TENANT=NUMBER for each tenant, separated by commas: acme=1000,demo=20"
)
_CLIENT_KEYS = Kind("list", parse.client_keys, "keys of clients, separated by commas")
_TENANTS = Kind("list", parse.tenants, "ids of tenants, separated by commas")
_ADDRESS = Kind("address", parse.address, "HOST:PORT, such as localhost:7233")
_NAMESPACE = Kind("name", parse.namespace, "1 to 255 letters, digits, hyphens, dots and underlines")
_VARIABLES = Kind(
    "list",
    parse.variables,
    "names of variables (letters, digits, underlines), separated by commas",
)
_ZONE = Kind("time zone", parse.timezone, "an IANA time zone, such as America/New_York")
_MODULES = Kind(
    "list", parse.modules, "names of Python modules such as acme.demo, separated by commas"
)
_SECONDS = Kind.number(0, 3600, of="seconds")
_SLUG = Kind(
    "slug",
    parse.tenant,
    "1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen, and not global",
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
        default="550e8400-e29b-41d4-a716-446655440000",
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
        meaning="Requests a minute to `/config` and of flags for each principal; 0: any number.",
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
        kind=_STREAM_URLS,
        default="wss://jetstream2.us-east.bsky.network/subscribe",
        meaning="Jetstream hosts that the collector subscribes to, one at a time, in this order; "
        "the next ones where one fails or leaves something out.",
        is_secret=True,
    ),
    Setting(
        variable="JETSTREAM_COLLECTION",
        kind=_COLLECTIONS,
        default="*",
        meaning="Collections that the collector asks for; `*` is all of them.",
    ),
    Setting(
        variable="JETSTREAM_DIDS",
        kind=_DIDS,
        default="",
        meaning="Users whose events the collector asks for. By default everybody.",
    ),
    Setting(
        variable="JETSTREAM_WIRE",
        kind=Kind.choice("auto", "v1", "v2"),
        default="auto",
        meaning="Protocol of the hosts; `auto` takes what the URL's path says, and finds it out "
        "where that says nothing.",
    ),
    Setting(
        variable="JETSTREAM_COMPRESS",
        kind=_BOOLEAN,
        default="true",
        meaning="Whether frames are asked for compressed, with zstd.",
    ),
    Setting(
        variable="JETSTREAM_ZSTD_DICTIONARY",
        kind=_FILE,
        default="",
        meaning="Dictionary that v1 compresses with. By default none, and v1 is not compressed; "
        "v2 brings its own.",
    ),
    Setting(
        variable="COLLECTOR_TENANT",
        kind=_SLUG,
        default="",
        meaning="Tenant whose the collected data are. By default `DEFAULT_TENANT`.",
    ),
    Setting(
        variable="ATPROTO_SERVICE",
        kind=_SERVICE_URL,
        default="https://public.api.bsky.app",
        meaning="The AT Protocol service that strategies look users up in.",
        is_secret=True,
    ),
    Setting(
        variable="ATPROTO_RATE_LIMIT",
        kind=Kind.integer(1, 10_000),
        default="10",
        meaning="Requests a second to `ATPROTO_SERVICE`.",
    ),
    Setting(
        variable="USE_TEMPORAL_FOR_AUTH",
        kind=_BOOLEAN,
        default="",
        meaning="Whether a login's sync goes through Temporal. By default it does not, unless the "
        "flag `sync-method` says so; `false` wins over that flag, `true` does not.",
    ),
    Setting(
        variable="TEMPORAL_AUTH_TIMEOUT_MS",
        kind=Kind.integer(1, 3_600_000),
        default="60000",
        meaning="How long a login waits for Temporal, in milliseconds, before the sync is done "
        "directly.",
    ),
    Setting(
        variable="TEMPORAL_TENANTS",
        kind=_TENANTS,
        default="",
        meaning="Tenants that `USE_TEMPORAL_FOR_AUTH` is meant for. By default all.",
    ),
    Setting(
        variable="TEMPORAL_ENABLED",
        kind=_BOOLEAN,
        default="false",
        meaning="Whether there is a Temporal server to use at all.",
    ),
    Setting(
        variable="TEMPORAL_ADDRESS",
        kind=_ADDRESS,
        default="localhost:7233",
        meaning="Where Temporal's frontend listens.",
    ),
    Setting(
        variable="TEMPORAL_NAMESPACE",
        kind=_NAMESPACE,
        default="default",
        meaning="Namespace of Temporal that workflows run in.",
    ),
    Setting(
        variable="SYNC_TIMEOUT_MS",
        kind=Kind.integer(1, 3_600_000),
        default="60000",
        meaning="How long the essential part of a direct sync may take, in milliseconds.",
    ),
    Setting(
        variable="SYNC_MAX_AGE_SECONDS",
        kind=Kind.integer(0, 31_536_000),
        default="900",
        meaning="How old a tenant's data may be at a login; older data are used and refreshed "
        "behind it.",
    ),
    Setting(
        variable="SYNC_FILES_ROOT",
        kind=Kind.path("folder"),
        default="",
        meaning="Folder under which sources may read files. By default none may.",
    ),
    Setting(
        variable="SYNC_ALLOWED_NETWORKS",
        kind=_SOURCE_NETWORKS,
        default="",
        meaning="Private addresses that sources may be at. By default none; with `DEV` those of "
        "this machine.",
    ),
    Setting(
        variable="DATABASE_UPDATER_LOG_LEVEL",
        kind=Kind.choice("debug", "info", "warn", "warning", "error"),
        default="info",
        meaning="Lines below this level are not written into `logs/database-updater-DATE.log`.",
    ),
    Setting(
        variable="DATABASE_UPDATER_TIMEZONE",
        kind=_ZONE,
        default="America/New_York",
        meaning="Time zone of updaters' schedules and business hours, where a tenant names none.",
    ),
    Setting(
        variable="DATABASE_UPDATER_MODULES",
        kind=_MODULES,
        default="",
        meaning="Python modules that register updaters of your own, by a function `register`.",
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
        meaning="What the process does: `web` answers requests, `worker` works beside them, "
        "`collector` collects from `JETSTREAM_ENDPOINT` and carries strategies on.",
        flag="--roles",
    ),
    Setting(
        variable="TENANTRY_CONFIG",
        kind=_FILE,
        default="",
        meaning="TOML file of settings, in place of `tenantry.toml` in the working directory.",
    ),
)
