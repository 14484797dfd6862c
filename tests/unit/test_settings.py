from pathlib import Path
from typing import Any

import pytest

from tenantry.settings import (
    SETTINGS,
    Problem,
    Secret,
    Settings,
    SettingsError,
    is_loopback,
    load_settings,
    masked_url,
)


def load(cwd: Path, overrides: dict[str, Any] | None = None, /, **environ: str) -> Settings:
    return load_settings(environ, cwd=cwd, overrides=overrides, is_terminal=False)


def problems(cwd: Path, overrides: dict[str, Any] | None = None, /, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(cwd, overrides, **environ)
    assert str(caught.value).splitlines()[1:] == [f"  {one}" for one in caught.value.problems]
    return [str(problem) for problem in caught.value.problems]


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings(
        api_host="127.0.0.1",
        api_port=4000,
        database_url=f"sqlite:///{tmp_path}/data/tenantry.db",
        data_dir=tmp_path / "data",
        log_level="info",
        log_format="json",
        log_file=None,
        debug=False,
        dev=False,
        default_tenant="550e8400-e29b-41d4-a716-446655440000",
        db_pool_min=1,
        db_pool_max=8,
        db_readers=2,
        db_queue_max=10_000,
        db_query_timeout_ms=30_000,
        enable_circuit_breaker=True,
        enable_rate_limit=True,
        api_rate_limit=100,
        config_rate_limit=0,
        tenant_rate_limits=None,
        memory_limit_mb=None,
        metrics_port=None,
        trusted_proxies=None,
        jetstream_endpoint=("wss://jetstream2.us-east.bsky.network/subscribe",),
        jetstream_collection=("*",),
        jetstream_dids=None,
        jetstream_wire="auto",
        jetstream_compress=True,
        jetstream_zstd_dictionary=None,
        collector_tenant="550e8400-e29b-41d4-a716-446655440000",
        atproto_service="https://public.api.bsky.app",
        atproto_rate_limit=10,
        use_temporal_for_auth=None,
        temporal_auth_timeout_ms=60_000,
        temporal_tenants=None,
        temporal_enabled=False,
        temporal_address="localhost:7233",
        temporal_namespace="default",
        sync_timeout_ms=60_000,
        sync_max_age_seconds=900,
        sync_files_root=None,
        sync_allowed_networks=None,
        database_updater_log_level="info",
        database_updater_timezone="America/New_York",
        database_updater_modules=None,
        drain_seconds=10.0,
        drain_notice_seconds=0.0,
        snapshot_every=10_000,
        idempotency_hours=24,
        session_hours=12,
        clients_dir=tmp_path / "data" / "clients",
        clients_enabled=None,
        client_vars=None,
        node_env="development",
        master_key=None,
        new_master_key=None,
        roles=("web", "worker"),
        tenantry_config=None,
    )


def test_every_row_of_the_table_is_a_field_and_every_field_a_row() -> None:
    assert {setting.field for setting in SETTINGS} == set(Settings.__struct_fields__)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        load(tmp_path).dev = True  # type: ignore[misc]  # that is the promise


def test_the_stronger_source_wins(tmp_path: Path) -> None:
    (tmp_path / "tenantry.toml").write_text("api_port = 1\nDB_READERS = 1\ndb_pool_max = 1\n")
    (tmp_path / ".env").write_text("API_PORT=2\nDB_READERS=2\nexport SNAPSHOT_EVERY='2'\n")

    settings = load(tmp_path, {"API_PORT": 4, "DEV": None}, API_PORT="3", DB_READERS="3")

    assert settings.api_port == 4
    assert settings.db_readers == 3
    assert settings.snapshot_every == 2
    assert settings.db_pool_max == 1


def test_a_toml_file_is_found_by_its_variable_and_has_values_of_its_own_types(
    tmp_path: Path,
) -> None:
    (tmp_path / "other.toml").write_text(
        'dev = true\nroles = ["worker", "web"]\ndrain_seconds = 2.5\napi_port = 0\n'
    )

    settings = load(tmp_path, TENANTRY_CONFIG="other.toml")

    assert (settings.dev, settings.roles) == (True, ("web", "worker"))
    assert (settings.drain_seconds, settings.api_port) == (2.5, 0)
    assert settings.tenantry_config == tmp_path / "other.toml"


def test_every_problem_is_reported_at_once_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "tenantry.toml").write_text(
        'api_prot = 1\ndb_readers = "many"\nroles = [1]\nLOG_LEVEL = "info"\nlog_level = "info"\n'
    )
    (tmp_path / ".env").write_text("DRAIN_SECONDS=nan\n'\n")

    assert problems(tmp_path, {"API_PORT": 70_000}, NODE_ENV="staging") == [
        f".env ({tmp_path}/.env): got line 2, which cannot be read, wants NAME=value on each line",
        (
            "api_prot (tenantry.toml): got an unknown name, wants a known setting; "
            "did you mean API_PORT?"
        ),
        "LOG_LEVEL (tenantry.toml): got it twice, wants one spelling of it",
        (
            "ROLES (tenantry.toml): got a list, "
            "wants web, worker and collector, or some of them, separated by commas"
        ),
        "API_PORT (command line): got '70000', wants an integer from 0 to 65535",
        "DB_READERS (tenantry.toml): got 'many', wants an integer from 1 to 64",
        "DRAIN_SECONDS (.env): got 'nan', wants a number of seconds from 0 to 3600",
        "NODE_ENV (environment): got 'staging', wants development, test or production",
    ]


def test_a_problem_is_a_value_for_programs_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, API_PORT="x")

    wants = "an integer from 0 to 65535"
    assert caught.value.problems == (Problem("API_PORT", "environment", "'x'", wants),)
    assert caught.value.details == {
        "problems": [
            {"variable": "API_PORT", "source": "environment", "got": "'x'", "wants": wants}
        ]
    }
    assert str(caught.value).startswith("1 setting is wrong:\n")


@pytest.mark.parametrize(
    "variable, value",
    [
        ("API_PORT", ""),
        ("API_PORT", "-1"),
        ("API_PORT", "80.0"),
        ("API_PORT", "٣"),
        ("API_HOST", "http://localhost"),
        ("API_HOST", "a b"),
        ("DEV", "maybe"),
        ("DEBUG", "app:*"),
        ("DEFAULT_TENANT", "-acme"),
        ("DEFAULT_TENANT", "Acme"),
        ("DEFAULT_TENANT", "global"),
        ("DEFAULT_TENANT", "a" * 64),
        ("DB_POOL_MIN", "0"),
        ("DRAIN_SECONDS", "-0.1"),
        ("DRAIN_SECONDS", "inf"),
        ("LOG_LEVEL", "verbose"),
        ("LOG_FORMAT", "xml"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.1,"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "fe80::1%eth0"),
        ("TRUSTED_PROXIES", "::ffff:10.0.0.1"),
        ("ROLES", "web,cook"),
        ("CLIENTS_ENABLED", "acme,-"),
        ("CLIENT_VARS", "CDN-ROOT"),
        ("CLIENT_VARS", "CDN_ROOT,"),
        ("ROLES", ","),
        ("JETSTREAM_ENDPOINT", "https://jetstream.example.com/subscribe"),
        ("JETSTREAM_ENDPOINT", "wss://user:pass@jetstream.example.com/subscribe"),
        ("JETSTREAM_ENDPOINT", "wss://one.example.com/subscribe,"),
        ("JETSTREAM_ENDPOINT", "wss://one.example.com/subscribe,wss://one.example.com/other"),
        ("JETSTREAM_ENDPOINT", ",".join(f"ws://{n}.example.com" for n in range(17))),
        ("JETSTREAM_COLLECTION", "*,app.bsky.feed.post"),
        ("JETSTREAM_COLLECTION", "posts"),
        ("JETSTREAM_DIDS", "someone.example"),
        ("JETSTREAM_DIDS", "did:web:one.example,"),
        ("JETSTREAM_DIDS", ",".join(f"did:web:{n}.example" for n in range(10_001))),
        ("JETSTREAM_WIRE", "v3"),
        ("COLLECTOR_TENANT", "global"),
        ("DATA_DIR", "a\0b"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "sqlite://data.db"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgresql:d"),
        ("DATABASE_URL", "postgresql://h:port/d"),
        ("DATABASE_URL", "postgresql://h:70000/d"),
    ],
)
def test_a_value_that_would_not_work_is_refused(variable: str, value: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, **{variable: value})
    assert problem.startswith(f"{variable} (environment): got ")


@pytest.mark.parametrize(
    "variable, value, loaded",
    [
        ("API_HOST", "[::1]", "::1"),
        ("API_HOST", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - allowed without DEV
        ("API_PORT", " 80 ", 80),
        ("DEV", "Yes", True),
        ("DEV", "0", False),
        ("LOG_LEVEL", "WARNING", "warning"),
        (
            "TRUSTED_PROXIES",
            "127.0.0.1, 10.0.0.0/8,2001:DB8::/32,127.0.0.1/32",
            ("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"),
        ),
        ("ROLES", "worker, worker", ("worker",)),
        ("ROLES", "collector,web", ("web", "collector")),
        (
            "JETSTREAM_ENDPOINT",
            "wss://one.example.com/subscribe, ws://127.0.0.1:6008, ws://127.0.0.1:6008",
            ("wss://one.example.com/subscribe", "ws://127.0.0.1:6008"),
        ),
        ("JETSTREAM_COLLECTION", "*", ("*",)),
        ("JETSTREAM_COLLECTION", "app.bsky.*, a.b.c", ("app.bsky.*", "a.b.c")),
        ("JETSTREAM_DIDS", "did:web:a.example,did:web:a.example", ("did:web:a.example",)),
        ("JETSTREAM_WIRE", "V2", "v2"),
        ("COLLECTOR_TENANT", "acme", "acme"),
        ("CLIENTS_ENABLED", "Acme, shop.eu,acme", ("acme", "shop.eu")),
        ("CLIENT_VARS", "CDN_ROOT, apiRoot,CDN_ROOT", ("CDN_ROOT", "apiRoot")),
        ("DATABASE_URL", "postgres://u:p@h:5432/d", "postgres://u:p@h:5432/d"),
        ("DATABASE_URL", "postgresql:///d?host=/run", "postgresql:///d?host=/run"),
        ("DATABASE_URL", "sqlite:////var/x.db", "sqlite:////var/x.db"),
    ],
)
def test_a_value_that_works_is_read(
    variable: str, value: str, loaded: object, tmp_path: Path
) -> None:
    assert getattr(load(tmp_path, **{variable: value}), variable.lower()) == loaded


def test_relative_paths_are_of_the_working_directory(tmp_path: Path) -> None:
    settings = load(
        tmp_path, DATA_DIR="store", DATABASE_URL="sqlite:///x.db", LOG_FILE="log", CLIENTS_DIR="fe"
    )

    assert settings.data_dir == tmp_path / "store"
    assert settings.clients_dir == tmp_path / "fe"
    assert settings.database_url == f"sqlite:///{tmp_path}/x.db"
    assert settings.log_file == tmp_path / "log"


def test_debug_lowers_the_level_whatever_it_is(tmp_path: Path) -> None:
    assert load(tmp_path, DEBUG="true", LOG_LEVEL="error").log_level == "debug"


def test_the_log_is_pretty_on_a_terminal_only(tmp_path: Path) -> None:
    def log_format(**environ: str) -> str:
        return load_settings(environ, cwd=tmp_path, is_terminal=True).log_format

    assert log_format() == "pretty"
    assert log_format(LOG_FORMAT="text") == "text"
    assert log_format(LOG_FILE="log") == "json"
    assert load(tmp_path).log_format == "json"


def test_what_is_collected_is_the_default_tenants_unless_another_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, DEFAULT_TENANT="acme").collector_tenant == "acme"
    assert load(tmp_path, DEFAULT_TENANT="acme", COLLECTOR_TENANT="b").collector_tenant == "b"


def test_the_dictionary_is_looked_for_in_the_working_directory(tmp_path: Path) -> None:
    settings = load(tmp_path, JETSTREAM_ZSTD_DICTIONARY="words.dict")
    assert settings.jetstream_zstd_dictionary == tmp_path / "words.dict"


def test_a_secret_in_one_of_several_addresses_is_not_shown(tmp_path: Path) -> None:
    hosts = "wss://one.example.com/subscribe,wss://two.example.com/subscribe?password=letmein"
    shown = load(tmp_path, JETSTREAM_ENDPOINT=hosts).summary()["JETSTREAM_ENDPOINT"]
    assert shown == hosts.replace("letmein", "[redacted]")


def test_a_pool_cannot_be_smaller_than_its_least(tmp_path: Path) -> None:
    assert problems(tmp_path, DB_POOL_MIN="9") == [
        "DB_POOL_MIN (environment): got 9, wants at most DB_POOL_MAX, which is 8"
    ]


def test_tenants_have_no_limits_where_nobody_has_one(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, TENANT_RATE_LIMITS="acme=20", API_RATE_LIMIT="0")
    assert problem.startswith("TENANT_RATE_LIMITS (environment): got acme=20, wants an API_RATE_LI")


def test_dev_on_an_address_that_others_reach_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, {"DEV": True}, API_HOST="0.0.0.0")  # noqa: S104 - is refused
    assert "a loopback address" in problem
    assert "everybody who connects is root" in problem


def test_dev_in_production_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, DEV="true", NODE_ENV="production")
    assert problem.startswith("DEV (environment): got true, wants false")


@pytest.mark.parametrize(
    "host, is_own",
    [
        ("localhost", True),
        ("127.0.0.53", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("::", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback_addresses_are_known(host: str, is_own: bool) -> None:  # noqa: FBT001 - a case
    assert is_loopback(host) == is_own


def test_a_named_file_that_is_missing_is_refused_and_an_unnamed_one_is_not(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, TENANTRY_CONFIG="missing.toml")
    assert problem.startswith(f"TENANTRY_CONFIG ({tmp_path}/missing.toml): got No such file")


def test_a_file_that_cannot_be_read_is_one_problem_among_others(tmp_path: Path) -> None:
    (tmp_path / "tenantry.toml").write_text("api_port = \n")
    (tmp_path / ".env").write_bytes(b"\xff\xfe=1\n")

    found = problems(tmp_path, API_PORT="x")
    assert [problem.split(" ")[0] for problem in found] == [".env", "tenantry.toml", "API_PORT"]


def test_a_file_cannot_name_another(tmp_path: Path) -> None:
    (tmp_path / "tenantry.toml").write_text('tenantry_config = "other.toml"\n')
    (problem,) = problems(tmp_path)
    assert "a file cannot name itself" in problem


def test_unknown_variables_of_the_environment_are_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_PROT=1\n")
    assert load(tmp_path, API_PROT="1", PATH="/bin").api_port == 4000


def test_an_env_file_is_taken_literally(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL='postgresql://u:${HOME}@h/d'\nDEV\n")
    assert load(tmp_path).database_url == "postgresql://u:${HOME}@h/d"


@pytest.mark.parametrize(
    "url, shown",
    [
        ("mysql://u:hunter2@h/d", "mysql://[redacted]"),
        ("hunter2", "[redacted]"),
        ("postgresql://u:hunter2/x@h/d", "postgresql://[redacted]"),
        ("postgresql://u:1/hunter2@h/d", "postgresql://[redacted]"),
    ],
)
def test_a_wrong_database_url_is_not_shown(url: str, shown: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, DATABASE_URL=url)
    assert f"got {shown}, wants " in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "url, shown",
    [
        ("postgresql://u:p@h:1/d", "postgresql://u:[redacted]@h:1/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://h/d?password=p&a=b", "postgresql://h/d?password=[redacted]&a=b"),
        ("postgresql://h?sslpassword=p", "postgresql://h?sslpassword=[redacted]"),
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
    ],
)
def test_a_database_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert masked_url(url) == shown


def test_the_summary_has_every_setting_and_no_password(tmp_path: Path) -> None:
    summary = load(tmp_path, DATABASE_URL="postgresql://u:hunter2@h/d").summary()

    assert list(summary) == [setting.variable for setting in SETTINGS]
    assert summary["DATABASE_URL"] == "postgresql://u:[redacted]@h/d"
    assert (summary["DEV"], summary["ROLES"], summary["LOG_FILE"]) == ("false", "web,worker", "")
    assert "hunter2" not in str(summary)


A_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_a_key_is_read_and_never_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, MASTER_KEY=A_KEY, NEW_MASTER_KEY=f" {A_KEY} ")

    assert settings.master_key == settings.new_master_key == Secret(bytes(range(32)))
    assert len({settings.master_key, settings.new_master_key}) == 1
    assert settings.summary()["MASTER_KEY"] == "[redacted]"
    assert load(tmp_path).summary()["MASTER_KEY"] == ""
    assert A_KEY not in repr(settings)
    assert repr(bytes(range(32))) not in repr(settings)


@pytest.mark.parametrize("text", ["hunter2", "ünter2", f"{A_KEY}A", A_KEY[:-4], "hunter2://x"])
def test_a_wrong_key_is_not_shown(text: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, MASTER_KEY=text)

    assert problem.startswith("MASTER_KEY (environment): got ")
    assert "wants base64 of 32 bytes" in problem
    assert text not in problem
