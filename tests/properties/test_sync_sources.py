"""Sources: what is written is read again, and what is wrong is named by its whole path."""

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.errors import Invalid
from tenantry.sync.model import (
    BearerAuth,
    Collection,
    FilesSource,
    HttpSource,
    Phase,
    ServiceToken,
    ServiceTokenAuth,
    Source,
    SqlSource,
)
from tenantry.sync.rules import levels, parse_source
from tenantry.sync.rules.query import why_no_query
from tests.support.sources import source_value

Path = tuple[str | int, ...]

LETTERS = st.sampled_from(string.ascii_letters)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True)
FIELDS = st.text(
    st.characters(categories=["L", "N", "P", "S"], codec="utf-8"), min_size=1, max_size=20
)
REFERENCES = FIELDS.filter(lambda name: "/" not in name).map(lambda name: f"secret:{name}")
URLS = st.sampled_from(
    ["http://127.0.0.1:9000", "https://crm.example.com/api/wrapper", "https://[2001:db8::1]:8443/x"]
)
SQL_URLS = st.sampled_from(
    ["sqlite:///acme/crm.db", "postgresql+psycopg://reader@db.example.com:5432/crm?sslmode=require"]
)
SEGMENTS = st.from_regex(r"[A-Za-z0-9_-]{1,10}", fullmatch=True)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
SCHEMAS = st.none() | st.dictionaries(FIELDS, st.integers(0, 9) | FIELDS, max_size=3)
PHASES: st.SearchStrategy[Phase] = st.sampled_from(["essential", "background"])
JUNK: tuple[Any, ...] = ({"junk": 1}, [[]], [{}], -1.5, True, None, "", "\x00", "a\nb")


def places(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    match kind:
        case "http":
            return st.fixed_dictionaries(
                {
                    "path": PATHS.map(lambda path: f"/tenants/{{tenant}}/{path}"),
                    "is_single": st.booleans(),
                }
            )
        case "sql":
            tables = st.from_regex(r"[a-z_][a-z0-9_]{0,9}(\.[a-z_]{1,9})?", fullmatch=True)
            return tables.map(lambda table: {"table": table}) | tables.map(
                lambda table: {"query": f"SELECT * FROM {table} AS it WHERE it.x = ':y'"}
            ).filter(lambda place: not why_no_query(place["query"]))
        case _:
            suffixes = st.sampled_from([".jsonl", ".csv", ".parquet"])
            return st.builds(lambda path, suffix: {"file": path + suffix}, PATHS, suffixes)


@st.composite
def collections(draw: st.DrawFn, kind: str) -> tuple[Collection, ...]:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    made: list[Collection] = []
    for name in names:
        phase = draw(PHASES)
        before = [one.name for one in made if phase == "background" or one.phase == "essential"]
        chosen = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
        made.append(
            Collection(
                name=name,
                phase=phase,
                key=tuple(draw(st.lists(FIELDS, min_size=1, max_size=8, unique=True))),
                cursor=draw(st.none() | FIELDS),
                depends_on=tuple(chosen),
                deletes=draw(st.sampled_from(["deactivate", "keep"])),
                schema=draw(SCHEMAS),
                **draw(places(kind)),
            )
        )
    return tuple(draw(st.permutations(made)))


@st.composite
def sources(draw: st.DrawFn) -> Source:
    kind = draw(st.sampled_from(["http", "sql", "files"]))
    among = draw(collections(kind))
    seconds = draw(st.floats(0.1, 600.0))
    if kind == "files":
        return FilesSource(
            path=draw(PATHS), page_size=draw(st.integers(1, 10_000)), collections=among
        )
    if kind == "sql":
        return SqlSource(
            url=draw(SQL_URLS | REFERENCES),
            page_size=draw(st.integers(1, 10_000)),
            timeout_seconds=seconds,
            collections=among,
        )
    tokens = st.builds(
        ServiceToken,
        url=URLS,
        client_id=FIELDS,
        client_secret=REFERENCES,
        scope=st.none() | FIELDS,
    )
    has_cursor = any(collection.cursor for collection in among)
    return HttpSource(
        base_url=draw(URLS),
        auth=draw(
            st.none()
            | st.builds(BearerAuth, bearer=REFERENCES)
            | st.builds(ServiceTokenAuth, service_token=tokens)
        ),
        page_size=draw(st.integers(1, 1000)),
        paging=draw(st.sampled_from(["page", "cursor"])),
        etag=draw(st.sampled_from(["page", "collection"])),
        since=draw(st.sampled_from([None, "updatedSince"])) if has_cursor else None,
        timeout_seconds=seconds,
        collections=among,
    )


@given(sources())
def test_a_source_that_is_written_is_read_as_it_was(source: Source) -> None:
    written = json.loads(json.dumps(source_value(source)))

    assert parse_source(written) == source


@given(sources())
def test_levels_hold_every_collection_once_and_behind_what_it_depends_on(source: Source) -> None:
    seen: set[str] = set()
    for level in levels(source.collections):
        for collection in level:
            assert seen.issuperset(collection.depends_on)
        seen |= {collection.name for collection in level}

    assert seen == {collection.name for collection in source.collections}


@given(sources(), st.data())
def test_a_value_of_another_kind_is_named_by_its_whole_path(
    source: Source, data: st.DataObject
) -> None:
    value = json.loads(json.dumps(source_value(source)))
    path = data.draw(st.sampled_from([one for one, _ in leaves(value) if "schema" not in one]))
    put(value, path, data.draw(st.sampled_from(JUNK)))

    # Some of it is good in some places: null for an optional field, true for a flag.
    field = field_refused(value)
    assert field is None or is_about(field, path)


@given(sources(), st.data())
def test_a_field_that_there_is_not_is_named_by_its_whole_path(
    source: Source, data: st.DataObject
) -> None:
    value = json.loads(json.dumps(source_value(source)))
    path = data.draw(st.sampled_from([one for one in objects(value) if "schema" not in one]))
    put(value, (*path, "nobody_knows"), 1)

    with pytest.raises(Invalid) as caught:
        parse_source(value)

    assert caught.value.details is not None
    assert caught.value.details["field"] == shown((*path, "nobody_knows"))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists) | st.text())
def test_anything_at_all_is_a_source_or_refused(value: Any) -> None:
    for whole in (
        value,
        {"type": value},
        {"type": "http", "base_url": value, "collections": value},
    ):
        with pytest.raises(Invalid):
            parse_source(whole)


@given(st.text(string.printable + "é'\"`$[]();", max_size=60))
def test_any_text_is_a_query_or_told_why_not(text: str) -> None:
    for query in (text, f"SELECT {text}"):
        assert isinstance(why_no_query(query), str)


def field_refused(value: Any) -> str | None:
    """Return the field that is told to be wrong, None where what is read can be written again."""
    try:
        read = parse_source(value)
    except Invalid as error:
        return str((error.details or {})["field"])
    assert parse_source(source_value(read)) == read
    return None


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the path to every value within another, lists and objects too."""
    if path:
        yield path, value
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, item in inner:
        yield from leaves(item, (*path, key))


def objects(value: Any) -> list[Path]:
    """Return the path to every object, that of the whole first."""
    return [(), *(path for path, item in leaves(value) if isinstance(item, dict))]


def put(value: Any, path: Path, item: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = item


def shown(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def is_about(field: str, path: Path) -> bool:
    """Whether a field is the one that was changed, one within it or the one around it.

    A change may also tell in another place: what depends on a collection that is called otherwise
    now, on one that is no longer essential, or compares with a cursor that is gone.
    """
    whole = shown(path)
    if field.startswith(whole) or whole.startswith(field):
        return True
    changed = path[-1]
    if changed == "type":
        return True
    return (changed in ("name", "phase") and "depends_on" in field) or (
        changed == "cursor" and field == "since"
    )
