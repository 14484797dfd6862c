"""From what the setting `sync:source` says to a source, or to what is wrong with it."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from tenantry.sync.model import (
    SECRET_PREFIX,
    Auth,
    BearerAuth,
    FilesSource,
    HttpSource,
    ServiceToken,
    ServiceTokenAuth,
    Source,
    SqlSource,
)
from tenantry.sync.rules.collections import DEFAULT_COLLECTIONS
from tenantry.sync.rules.declared import parse_collections, why_no_path
from tenantry.sync.rules.fields import NEEDED, Fields, check_text, refuse

MAX_URL_CHARACTERS: Final = 2048
MAX_SECRET_NAME_CHARACTERS: Final = 512
MAX_HTTP_PAGE: Final = 1000
MAX_ROWS_PAGE: Final = 10_000
MIN_TIMEOUT_SECONDS: Final = 0.1
MAX_TIMEOUT_SECONDS: Final = 600.0

_TYPES: Final = ("http", "sql", "files")
_WANTS_REFERENCE: Final = (
    'a reference such as "secret:crm-token"; store the value itself with '
    "`tenantry config set crm-token --secret`"
)
_WANTS_BASE: Final = "an http or https URL without user, password, query and fragment"
_WANTS_SQL_URL: Final = (
    'a URL without a password such as "postgresql+psycopg://reader@db.example.com/crm", or a '
    'reference to a secret that holds a whole one, such as "secret:crm-database"'
)
_WANTS_PATH: Final = "a path within SYNC_FILES_ROOT, of names with / between them"
_WANTS_SINCE: Final = "the name of a query parameter"
_PARAMETER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]*", re.ASCII)
_OUR_PARAMETERS: Final = frozenset({"cursor", "limit", "page"})
_SQL_SCHEME: Final = re.compile(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?", re.ASCII)


def parse_source(value: Any) -> Source:
    """Return the source that a JSON value declares.

    Raises `Invalid`, which names a field by its whole path, what it got and what it wants; a value
    that may be a secret is never told.
    """
    fields = Fields(value, path="", wants="an object such as {type, base_url, …}")
    match fields.choice("type", NEEDED, *_TYPES):
        case "http":
            source: Source = _http(fields)
        case "sql":
            source = _sql(fields)
        case _:
            source = _files(fields)
    fields.finish()
    return source


def name_of(reference: str) -> str:
    """Return the name of the setting that a reference to a secret means."""
    return reference.removeprefix(SECRET_PREFIX)


def _http(fields: Fields) -> HttpSource:
    base_url = _base_url(fields.path("base_url"), _url(fields, "base_url", _WANTS_BASE))
    auth = _auth(fields)
    collections = (
        parse_collections(fields, "http") if fields.has("collections") else DEFAULT_COLLECTIONS
    )
    fields.raw("collections", None, wants="a list")

    since = fields.text("since", None, wants=_WANTS_SINCE, most=100)
    if since is not None:
        if not _PARAMETER.fullmatch(since) or since in _OUR_PARAMETERS:
            refuse(fields.path("since"), since, f"{_WANTS_SINCE}, and not page, limit or cursor")
        if not any(collection.cursor for collection in collections):
            wants = "a collection with a cursor, which it is compared with"
            refuse(fields.path("since"), since, wants)

    return HttpSource(
        base_url=base_url,
        auth=auth,
        page_size=fields.count("page_size", 100, least=1, most=MAX_HTTP_PAGE),
        paging=fields.choice("paging", "page", "page", "cursor"),
        etag=fields.choice("etag", "page", "page", "collection"),
        since=since,
        timeout_seconds=_timeout(fields),
        collections=collections,
    )


def _sql(fields: Fields) -> SqlSource:
    url = fields.text("url", wants=_WANTS_SQL_URL, most=MAX_URL_CHARACTERS, is_private=True)
    path = fields.path("url")
    if url.startswith(SECRET_PREFIX):
        _check_reference(path, url)
    else:
        _check_sql_url(path, url)
    return SqlSource(
        url=url,
        page_size=fields.count("page_size", 1000, least=1, most=MAX_ROWS_PAGE),
        timeout_seconds=_timeout(fields),
        collections=parse_collections(fields, "sql"),
    )


def _files(fields: Fields) -> FilesSource:
    path = fields.text("path", wants=_WANTS_PATH, most=1024)
    if why := why_no_path(path):
        refuse(fields.path("path"), path, f"{_WANTS_PATH}: {why}")
    return FilesSource(
        path=path,
        page_size=fields.count("page_size", 1000, least=1, most=MAX_ROWS_PAGE),
        collections=parse_collections(fields, "files"),
    )


def _auth(fields: Fields) -> Auth | None:
    wants = '{"bearer": "secret:…"} or {"service_token": {…}}'
    value = fields.raw("auth", None, wants=wants)
    if value is None:
        return None

    auth = Fields(value, path=fields.path("auth"), wants=wants)
    if auth.has("bearer") == auth.has("service_token"):
        refuse(fields.path("auth"), value, f"either {wants}")
    if auth.has("bearer"):
        found: Auth = BearerAuth(bearer=_reference(auth, "bearer"))
        auth.raw("service_token", None, wants=wants)
    else:
        found = ServiceTokenAuth(service_token=_service_token(auth))
        auth.raw("bearer", None, wants=wants)
    auth.finish()
    return found


def _service_token(auth: Fields) -> ServiceToken:
    wants = "{url, client_id, client_secret, scope?}"
    fields = Fields(
        auth.raw("service_token", wants=wants), path=auth.path("service_token"), wants=wants
    )
    token = ServiceToken(
        url=_base_url(fields.path("url"), _url(fields, "url", _WANTS_BASE)),
        client_id=fields.text("client_id", wants="1 to 500 characters", most=500),
        client_secret=_reference(fields, "client_secret"),
        scope=fields.text("scope", None, wants="1 to 1000 characters", most=1000),
    )
    fields.finish()
    return token


def _reference(fields: Fields, name: str) -> str:
    value: str = fields.text(name, wants=_WANTS_REFERENCE, most=MAX_URL_CHARACTERS, is_private=True)
    _check_reference(fields.path(name), value)
    return value


def _check_reference(path: str, value: str) -> None:
    # Whatever stands here may be the secret itself, so none of it is told.
    if not value.startswith(SECRET_PREFIX):
        refuse(path, value, _WANTS_REFERENCE, shown="a text that is no reference to a secret")
    name = name_of(value)
    if "/" in name:
        refuse(path, value, _WANTS_REFERENCE, shown="a name with / in it")
    check_text(path, name, wants=_WANTS_REFERENCE, most=MAX_SECRET_NAME_CHARACTERS, is_private=True)


def _url(fields: Fields, name: str, wants: str) -> str:
    url: str = fields.text(name, wants=wants, most=MAX_URL_CHARACTERS, is_private=True)
    return url


def _base_url(path: str, url: str) -> str:
    """Return `url` without a slash at its end."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        refuse(path, url, _WANTS_BASE, shown="what is no URL")

    if "@" in parts.netloc:
        refuse(path, url, _WANTS_BASE, shown="a URL with a user or a password")
    if parts.scheme not in ("http", "https"):
        refuse(path, url, _WANTS_BASE)
    if not host or port == 0 or re.search(r"[\s\\]", url):
        refuse(path, url, _WANTS_BASE, shown="a URL without a host, or with blanks in it")
    if "?" in url or "#" in url:
        refuse(path, url, _WANTS_BASE, shown="a URL with a query or a fragment")
    return url.rstrip("/")


def _check_sql_url(path: str, url: str) -> None:
    scheme, separator, _ = url.partition("://")
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        refuse(path, url, _WANTS_SQL_URL, shown="what is no URL")

    if not separator or not _SQL_SCHEME.fullmatch(scheme):
        refuse(path, url, _WANTS_SQL_URL, shown="what is neither a URL nor a reference to a secret")
    query = parse_qsl(parts.query, keep_blank_values=True)
    if password is not None or any("pass" in name.lower() for name, _ in query):
        refuse(path, url, _WANTS_SQL_URL, shown="a URL with a password in it")


def _timeout(fields: Fields) -> float:
    return fields.number(
        "timeout_seconds", 30.0, least=MIN_TIMEOUT_SECONDS, most=MAX_TIMEOUT_SECONDS
    )
