"""The collections that a source declares, each read field by field."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from tenantry.sync.model import Collection, Deletes, Phase
from tenantry.sync.rules.collections import DEFAULTS, cycle_among
from tenantry.sync.rules.fields import NEEDED, Fields, check_text, refuse
from tenantry.sync.rules.query import MAX_QUERY_CHARACTERS, trimmed, why_no_query

SourceType = Literal["http", "sql", "files"]

MAX_COLLECTIONS: Final = 100
MAX_KEY_FIELDS: Final = 8
MAX_FIELD_CHARACTERS: Final = 128
MAX_SCHEMA_BYTES: Final = 64 * 1024
FILE_SUFFIXES: Final = (".jsonl", ".csv", ".parquet")
TENANT: Final = "{tenant}"
"""What a path has in the place of the tenant's id."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}", re.ASCII)
_TABLE: Final = re.compile(
    r"[A-Za-z_][A-Za-z0-9_$]{0,127}(\.[A-Za-z_][A-Za-z0-9_$]{0,127}){0,2}", re.ASCII
)
_URL_PATH: Final = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+", re.ASCII)

_WANTS_ITEM: Final = "an object such as {name, key, …}"
_WANTS_NAME: Final = "1 to 63 letters, digits, - and _, beginning with a letter"
_WANTS_KEY: Final = "the field, or the list of 1 to 8 fields, that tell a row from all others"
_WANTS_FIELD: Final = f"the name of a field, 1 to {MAX_FIELD_CHARACTERS} characters"
_WANTS_URL_PATH: Final = 'a path such as "/tenants/{tenant}/invoices"'
_WANTS_TABLE: Final = "a table, as orders or sales.orders"
_WANTS_QUERY: Final = "a single SELECT or WITH without comments"
_WANTS_SCHEMA: Final = "a JSON Schema, an object"
_WANTS_FILE: Final = f"a file within the source's path that ends in {', '.join(FILE_SUFFIXES)}"


def parse_collections(fields: Fields, source_type: SourceType) -> tuple[Collection, ...]:
    """Return the collections of a source; raises `Invalid`."""
    wants = f"a list of 1 to {MAX_COLLECTIONS} collections"
    items = fields.items("collections", wants=wants, most=MAX_COLLECTIONS)
    path = fields.path("collections")
    names = [item.get("name") for item in items if isinstance(item, Mapping)]
    collections = [
        _collection(Fields(item, path=f"{path}[{index}]", wants=_WANTS_ITEM), source_type, names)
        for index, item in enumerate(items)
    ]

    _check_twice(path, collections)
    _check_dependencies(path, collections)
    return tuple(collections)


def why_no_path(path: str) -> str:
    """Return why `path` is none within a folder, "" where it is one."""
    if path.startswith(("/", "~")) or "\\" in path or ":" in path:
        return "it must not begin at a root"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "each part of it is a name"
    return ""


def _collection(fields: Fields, source_type: SourceType, names: Sequence[Any]) -> Collection:
    name = fields.text("name", wants=_WANTS_NAME, most=63)
    if not _NAME.fullmatch(name):
        refuse(fields.path("name"), name, _WANTS_NAME)
    # A collection of the default set needs to say only what is otherwise with it.
    known = DEFAULTS.get(name)
    upstream = known if source_type == "http" else None

    key = upstream.key if upstream and not fields.has("key") else _key(fields)
    fields.raw("key", None, wants=_WANTS_KEY)
    phase: Phase = fields.choice(
        "phase", known.phase if known else "background", "essential", "background"
    )
    deletes: Deletes = fields.choice("deletes", "deactivate", "deactivate", "keep")
    cursor = fields.text("cursor", None, wants=_WANTS_FIELD, most=MAX_FIELD_CHARACTERS)
    declared = Collection(
        name=name,
        phase=phase,
        key=key,
        cursor=cursor,
        depends_on=_depends_on(fields, known, names),
        deletes=deletes,
        schema=_schema(fields),
        **_PLACES[source_type](fields, upstream),
    )
    fields.finish()
    return declared


def _key(fields: Fields) -> tuple[str, ...]:
    path = fields.path("key")
    value = fields.raw("key", wants=_WANTS_KEY)
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        refuse(path, value, _WANTS_KEY)
    if not 1 <= len(names) <= MAX_KEY_FIELDS:
        refuse(path, value, _WANTS_KEY, shown=f"{len(names)} fields")
    for index, name in enumerate(names):
        check_text(f"{path}[{index}]", name, wants=_WANTS_FIELD, most=MAX_FIELD_CHARACTERS)
        if name in names[:index]:
            refuse(f"{path}[{index}]", name, "each field once")
    return tuple(names)


def _depends_on(fields: Fields, known: Collection | None, names: Sequence[Any]) -> tuple[str, ...]:
    wants = "a list of names of other collections"
    value = fields.raw("depends_on", None, wants=wants)
    if value is None:
        return tuple(name for name in known.depends_on if name in names) if known else ()
    if not isinstance(value, list | tuple) or len(value) > MAX_COLLECTIONS:
        refuse(fields.path("depends_on"), value, wants)
    for index, name in enumerate(value):
        path = f"{fields.path('depends_on')}[{index}]"
        check_text(path, name, wants="the name of another collection", most=63)
        if name in value[:index]:
            refuse(path, name, "each name once")
    return tuple(value)


def _schema(fields: Fields) -> dict[str, Any] | None:
    value = fields.raw("schema", None, wants=_WANTS_SCHEMA)
    if value is None:
        return None
    path = fields.path("schema")
    if not isinstance(value, Mapping):
        refuse(path, value, _WANTS_SCHEMA)
    try:
        size = len(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError):
        refuse(path, value, _WANTS_SCHEMA, shown="what JSON cannot say")
    if size > MAX_SCHEMA_BYTES:
        refuse(path, value, f"at most {MAX_SCHEMA_BYTES} bytes as JSON", shown=f"{size} bytes")
    return dict(value)


def _http_place(fields: Fields, known: Collection | None) -> dict[str, Any]:
    path = fields.text("path", known.path if known else NEEDED, wants=_WANTS_URL_PATH, most=500)
    parts = path.replace(TENANT, "tenant").split("/")
    if not _URL_PATH.fullmatch(path.replace(TENANT, "tenant")) or {".", ".."} & set(parts):
        refuse(fields.path("path"), path, _WANTS_URL_PATH)
    return {
        "path": path,
        "is_single": fields.flag("is_single", default=known.is_single if known else False),
    }


def _sql_place(fields: Fields, _: Collection | None) -> dict[str, Any]:
    table = fields.text("table", None, wants=_WANTS_TABLE, most=400)
    query = fields.raw("query", None, wants=_WANTS_QUERY)
    if (table is None) == (query is None):
        refuse(fields.path("table"), table, "either a table or a query", shown="both or neither")
    if table is not None:
        if not _TABLE.fullmatch(table):
            refuse(fields.path("table"), table, _WANTS_TABLE)
        return {"table": table}

    path = fields.path("query")
    if not isinstance(query, str) or not 1 <= len(query) <= MAX_QUERY_CHARACTERS:
        refuse(path, query, f"{_WANTS_QUERY}, of 1 to {MAX_QUERY_CHARACTERS} characters")
    if why := why_no_query(query):
        refuse(path, query, _WANTS_QUERY, shown=why)
    return {"query": trimmed(query)}


def _file_place(fields: Fields, _: Collection | None) -> dict[str, Any]:
    file = fields.text("file", wants=_WANTS_FILE, most=500)
    if why_no_path(file) or not file.endswith(FILE_SUFFIXES):
        refuse(fields.path("file"), file, _WANTS_FILE)
    return {"file": file}


_PLACES: Final[Mapping[str, Callable[[Fields, Collection | None], dict[str, Any]]]] = {
    "http": _http_place,
    "sql": _sql_place,
    "files": _file_place,
}


def _check_twice(path: str, collections: Sequence[Collection]) -> None:
    first: dict[str, int] = {}
    for index, collection in enumerate(collections):
        at = first.setdefault(collection.name, index)
        if at != index:
            wants = f"each name once: it is {path}[{at}] already"
            refuse(f"{path}[{index}].name", collection.name, wants)


def _check_dependencies(path: str, collections: Sequence[Collection]) -> None:
    by_name = {collection.name: collection for collection in collections}
    for index, collection in enumerate(collections):
        for place, name in enumerate(collection.depends_on):
            where = f"{path}[{index}].depends_on[{place}]"
            other = by_name.get(name)
            if other is None:
                refuse(where, name, f"one of {', '.join(sorted(by_name))}")
            if collection.phase == "essential" and other.phase != "essential":
                refuse(where, name, "an essential collection, since this one is essential")

    if cycle := cycle_among(collections):
        at = next(i for i, collection in enumerate(collections) if collection.name == cycle[0])
        wants = "no collection that depends on itself"
        refuse(f"{path}[{at}].depends_on", None, wants, shown=" > ".join(cycle))
