"""Databases as sources that refuse, are out of reach, or must not be quoted."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tenantry.sync.errors import AuthError, NetworkError, SyncError, ValidationError
from tenantry.sync.remote import LOOPBACK, Reach
from tenantry.sync.rules import parse_source
from tests.support.source_worlds import SqlWorld
from tests.support.sources import (
    LOCAL,
    Secrets,
    all_rows,
    first_page,
    opened,
    told_in_full,
)


@pytest.fixture
def postgres_world(postgres_url: str, tmp_path: Path) -> SqlWorld:
    (tmp_path / "files").mkdir()
    return SqlWorld(tmp_path / "files", postgres_url)


async def error_of(world: SqlWorld, **collection: Any) -> SyncError:
    source = world.source_of({"name": "orders", **collection}, 10)
    with pytest.raises(SyncError) as caught:
        async with opened(source, reach=world.reach) as reader:
            await all_rows(reader, source.collections[0])
    return caught.value


async def test_a_login_that_is_refused_is_an_auth_error(postgres_world: SqlWorld) -> None:
    url = postgres_world.url.replace("//postgres@", "//nobody-here@")
    source = parse_source(
        {
            "type": "sql",
            "url": url,
            "collections": [{"name": "orders", "table": "orders", "key": "id"}],
        }
    )

    async with opened(source, reach=postgres_world.reach) as reader:
        (check,) = await reader.check()

    assert not check.is_ok
    assert check.error_type in ("AUTH_ERROR", "NETWORK_ERROR")
    assert "nobody-here" not in check.error


async def refusal_of(url: str, reach: Reach) -> SyncError:
    source = parse_source(
        {
            "type": "sql",
            "url": "secret:crm-database",
            "collections": [{"name": "orders", "table": "orders", "key": "id"}],
        }
    )

    async def read_one() -> None:
        async with opened(source, reach=reach, secrets=Secrets({"crm-database": url})) as reader:
            await first_page(reader, source.collections[0])

    with pytest.raises(SyncError) as caught:
        await read_one()
    return caught.value


@pytest.mark.parametrize(
    "url, told",
    [
        ("postgresql+psycopg://127.0.0.1/crm", "127.0.0.1 is no public address"),
        ("postgresql+psycopg://localhost/crm", "localhost is no public address"),
        ("postgresql+psycopg://[::1]/crm", "::1 is no public address"),
        ("mysql+pymysql://10.0.0.1/crm", "10.0.0.1 is no public address"),
        ("postgresql+psycopg://8.8.8.8,127.0.0.1/crm", "wants one host"),
        ("postgresql+psycopg:///crm", "wants one host"),
        ("postgresql+psycopg:///crm?host=/tmp", "a socket of this machine"),
        ("postgresql+psycopg://8.8.8.8/crm?host=127.0.0.1", "the host belongs before"),
        ("postgresql+psycopg://8.8.8.8/crm?hostaddr=127.0.0.1", "the parameter hostaddr"),
        ("postgresql+psycopg://8.8.8.8/crm?service=x", "the parameter service"),
        ("postgresql+psycopg://8.8.8.8/crm?passfile=x", "the parameter passfile"),
        ("mssql+pyodbc:///?odbc_connect=x", "the parameter odbc_connect"),
        ("mysql+pymysql://8.8.8.8/crm?read_default_file=x", "the parameter read_default_file"),
        ("sqlite:///acme/x.db?mode=rw", "wants sqlite:///PATH"),
        ("sqlite://", "within SYNC_FILES_ROOT"),
        ("sqlite:///:memory:", "within SYNC_FILES_ROOT"),
        ("sqlite:////etc/passwd", "within SYNC_FILES_ROOT"),
        ("sqlite:///../data/tenantry.db", "within SYNC_FILES_ROOT"),
        ("sqlite:///other/x.db", "outside of the folder acme"),
        ("sqlite+aiosqlite:///acme/x.db", "wants sqlite:///PATH"),
        ("duckdb:///acme/x.db", "databases of this kind are not read"),
        ("nothing", "is no URL of a database"),
        ("postgresql+psycopg://8.8.8.8:port/crm", "is no URL of a database"),
        ("mysql+pymysql://8.8.8.8/crm", "mysql+pymysql is not installed here"),
        ("postgresql+nothing://8.8.8.8/crm", "postgresql+nothing is not installed here"),
        ("postgresql+psycopg_async://8.8.8.8/crm", "is asynchronous"),
    ],
)
async def test_an_address_that_is_out_of_reach_or_no_address_is_refused(
    url: str, told: str, tmp_path: Path
) -> None:
    for tenant_id in ("acme", "other"):
        (tmp_path / tenant_id).mkdir()
        (tmp_path / tenant_id / "x.db").touch()

    error = await refusal_of(url, Reach(files_root=tmp_path))

    assert told in error.message
    assert isinstance(error, ValidationError)


async def test_a_database_that_is_not_there_is_a_network_error() -> None:
    error = await refusal_of("postgresql+psycopg://127.0.0.1:1/crm", Reach(networks=LOOPBACK))

    assert isinstance(error, NetworkError)


async def test_a_password_is_told_nowhere() -> None:
    url = "postgresql+psycopg://reader:hunter22@127.0.0.1:1/crm"

    for reach in (Reach(networks=LOOPBACK), Reach()):
        assert "hunter22" not in told_in_full(await refusal_of(url, reach))
    for broken in (url.replace("1/crm", "port/crm"), url.replace("psycopg", "nothing")):
        assert "hunter22" not in told_in_full(await refusal_of(broken, LOCAL))


async def test_a_row_that_the_database_quotes_is_told_nowhere(postgres_world: SqlWorld) -> None:
    postgres_world.run("CREATE TABLE orders AS SELECT 'hunter22' AS id")

    error = await error_of(postgres_world, query="SELECT id::int AS id FROM orders", key="id")

    assert isinstance(error, ValidationError)
    assert "SQLSTATE 22P02" in error.message
    assert "hunter22" not in told_in_full(error)


async def test_a_secret_that_is_not_there_is_named() -> None:
    source = parse_source(
        {
            "type": "sql",
            "url": "secret:crm-database",
            "collections": [{"name": "orders", "table": "orders", "key": "id"}],
        }
    )

    with pytest.raises(AuthError, match="secret:crm-database: is not stored"):
        async with opened(source):
            pass


async def test_who_has_not_installed_the_library_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [one for one in sys.modules if one.startswith("tenantry.sync.remote.sql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)

    error = await refusal_of("sqlite:///acme/x.db", Reach())

    assert isinstance(error, ValidationError)
    assert "install tenantry[sources]" in error.message
