"""Files as a source: JSONL, CSV and Parquet, from the one folder that is a tenant's own."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pytest
from pyarrow import parquet

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Source, SourcePage
from tenantry.sync.remote import Reach
from tenantry.sync.rules import parse_source
from tests.support.sources import all_pages, all_rows, first_page, next_page, opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "files"
    (root / "acme").mkdir(parents=True)
    return root


def files_source(file: str, *, path: str = "acme", page_size: int = 10) -> Source:
    return parse_source(
        {
            "type": "files",
            "path": path,
            "page_size": page_size,
            "collections": [{"name": "things", "file": file, "key": "id"}],
        }
    )


async def read(
    root: Path, file: str, *, path: str = "acme", page_size: int = 10, data_dir: Path | None = None
) -> list[dict[str, Any]]:
    source = files_source(file, path=path, page_size=page_size)
    async with opened(source, reach=Reach(files_root=root, data_dir=data_dir)) as reader:
        return await all_rows(reader, source.collections[0])


async def error_of(root: Path, file: str, **options: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        await read(root, file, **options)
    assert str(root) not in caught.value.message
    return caught.value.message


def lines(count: int, first: int = 0) -> str:
    return "".join(f'{{"id":{index},"x":"é"}}\n' for index in range(first, first + count))


async def test_jsonl_may_have_empty_lines_a_mark_and_no_end_of_line(root: Path) -> None:
    (root / "acme/a.jsonl").write_bytes(b'\xef\xbb\xbf{"id":1}\n\n  \n{"id":2}\r\n{"id":3}')

    assert await read(root, "a.jsonl", page_size=1) == [{"id": 1}, {"id": 2}, {"id": 3}]


@pytest.mark.parametrize(
    "content, told",
    [
        (b'{"id":1}\n{"id":\n', "line 2: is no JSON"),
        (b'{"id":1}\n{"id":"\xff"}\n', "line 2: holds bytes that are not UTF-8"),
        (b"[" * 300 + b"]" * 300, "line 1: is no JSON"),
        (b'{"id":NaN}', "line 1: is no JSON"),
        (b'{"id":1}\n[1]\n', "row 2: got a list, wants an object"),
        (b'{"id":1}\n{"x":"secret"}\n', "row 2: id: got nothing"),
        (b'{"id":"' + b"x" * 5_000_000 + b'"}', "line 1: is longer than"),
    ],
)
async def test_a_line_that_is_no_row_is_told_by_its_number(
    content: bytes, told: str, root: Path
) -> None:
    (root / "acme/a.jsonl").write_bytes(content)

    message = await error_of(root, "a.jsonl")

    assert message.startswith("things: a.jsonl")
    assert told in message
    assert "secret" not in message


async def test_lines_are_counted_across_pages(root: Path) -> None:
    (root / "acme/a.jsonl").write_text(lines(25) + "{")

    assert "line 26: is no JSON" in await error_of(root, "a.jsonl")


async def test_csv_may_have_quotes_line_breaks_and_empty_lines(root: Path) -> None:
    (root / "acme/a.csv").write_bytes(
        b'\xef\xbb\xbfid,"the words"\r\n1,"a ""b"",\nc"\r\n\r\n2,\r\n3,"x"'
    )

    assert await read(root, "a.csv", page_size=1) == [
        {"id": "1", "the words": 'a "b",\nc'},
        {"id": "2", "the words": ""},
        {"id": "3", "the words": "x"},
    ]


@pytest.mark.parametrize(
    "content, told",
    [
        ("id,x\n1,2\n3\n", "line 3: got 1 values, wants 2"),
        ("id,x\n1,2,3\n", "line 2: got 3 values, wants 2"),
        ("id,id\n1,2\n", "line 1: wants a header"),
        ("id,\n1,2\n", "line 1: wants a header"),
        ('id,x\n1,"secret\n', "is no CSV"),
        ('id,x\n1,"secret"y\n', "line 2: is no CSV"),
        ("id,x\n,secret\n", "row 1: id: got 0 characters"),
        ("id,x\n1," + "y" * 200_000, "too long"),
    ],
)
async def test_a_csv_that_is_none_is_told_by_its_line(content: str, told: str, root: Path) -> None:
    (root / "acme/a.csv").write_text(content)

    message = await error_of(root, "a.csv")

    assert told in message
    assert "secret" not in message


async def test_a_file_without_anything_is_an_empty_collection(root: Path) -> None:
    for file in ("a.csv", "a.jsonl"):
        (root / "acme" / file).touch()
        assert await read(root, file) == []


def write_parquet(path: Path, rows: Sequence[dict[str, Any]], *, group: int = 7) -> None:
    parquet.write_table(pa.Table.from_pylist(list(rows)), path, row_group_size=group)


async def test_values_of_parquet_are_what_json_can_say(root: Path) -> None:
    row = {
        "id": 1,
        "price": Decimal("12.30"),
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "day": date(2026, 1, 2),
        "bytes": b"\xde\xad",
        "tags": ["a", "b"],
        "where": {"city": "Lyon", "lot": None},
    }
    write_parquet(root / "acme/a.parquet", [row])

    assert await read(root, "a.parquet") == [
        {
            "id": 1,
            "price": "12.30",
            "at": "2026-01-02T03:04:05+00:00",
            "day": "2026-01-02",
            "bytes": "3q0=",
            "tags": ["a", "b"],
            "where": {"city": "Lyon", "lot": None},
        }
    ]


async def test_every_page_of_parquet_knows_how_many_rows_there_are(root: Path) -> None:
    write_parquet(root / "acme/a.parquet", [{"id": index} for index in range(33)])
    source = files_source("a.parquet")

    async with opened(source, reach=Reach(files_root=root)) as reader:
        pages = await all_pages(reader, source.collections[0])

    assert [len(page.rows) for page in pages] == [10, 10, 10, 3]
    assert {page.total for page in pages} == {33}


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all, and secret"])
async def test_what_is_no_parquet_is_told(content: bytes, root: Path) -> None:
    (root / "acme/a.parquet").write_bytes(content)

    message = await error_of(root, "a.parquet")

    assert message == "things: a.parquet: is no Parquet file that can be read"


async def test_who_has_not_installed_pyarrow_is_told_what_to_install(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "acme/a.parquet").touch()
    monkeypatch.delitem(sys.modules, "tenantry.sync.remote.files.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert "install tenantry[sources]" in await error_of(root, "a.parquet")


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
async def test_a_file_that_is_replaced_meanwhile_is_read_from_its_beginning(
    suffix: str, root: Path
) -> None:
    file = root / "acme" / f"a.{suffix}"
    _write(file, range(25))
    source = files_source(file.name)
    (things,) = source.collections

    async with opened(source, reach=Reach(files_root=root)) as reader:
        first = await first_page(reader, things)
        _write(file, range(100, 115))
        second = await next_page(reader, things, first)
        third = await next_page(reader, things, second)
        again = await first_page(reader, things, etag=first.etag)

    assert [int(row["id"]) for row in second.rows + third.rows] == list(range(100, 115))
    assert third.next_token is None
    # The next pass does not take the old etag for that of what was read in the end.
    assert again.etag != first.etag


async def test_a_file_that_changes_all_the_time_is_an_error(root: Path) -> None:
    file = root / "acme/a.jsonl"
    file.write_text(lines(50))
    source = files_source("a.jsonl")
    (things,) = source.collections

    async with opened(source, reach=Reach(files_root=root)) as reader:
        page: SourcePage = await first_page(reader, things)
        for count in range(3):
            file.write_text(lines(51 + count))
            page = await next_page(reader, things, page)
        file.write_text(lines(60))
        with pytest.raises(ValidationError, match=r"a\.jsonl has changed 4 times"):
            await next_page(reader, things, page)


def _write(file: Path, ids: range) -> None:
    if file.suffix == ".parquet":
        write_parquet(file, [{"id": index} for index in ids])
    elif file.suffix == ".csv":
        file.write_text("id\n" + "".join(f"{index}\n" for index in ids))
    else:
        file.write_text("".join(f"{json.dumps({'id': index})}\n" for index in ids))


async def test_the_folder_of_a_source_may_be_named_after_its_tenant(root: Path) -> None:
    (root / "acme/exports").mkdir()
    (root / "acme/exports/a.jsonl").write_text(lines(1))

    assert len(await read(root, "a.jsonl", path="{tenant}/exports")) == 1


async def test_no_source_reads_the_files_of_another_tenant(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other/a.jsonl").write_text(lines(1))
    (root / "acme-two").mkdir()
    (root / "acme-two/a.jsonl").write_text(lines(1))

    for path in ("other", "acme-two"):
        message = await error_of(root, "a.jsonl", path=path)
        assert "is outside of the folder acme in SYNC_FILES_ROOT" in message


async def test_a_file_that_is_not_there_is_told_without_the_folders_of_this_machine(
    root: Path,
) -> None:
    assert await error_of(root, "a.jsonl") == "acme/a.jsonl: No such file or directory"


async def test_no_file_is_read_where_no_root_is_set() -> None:
    source = files_source("a.jsonl")
    async with opened(source, reach=Reach()) as reader:
        with pytest.raises(ValidationError, match="set SYNC_FILES_ROOT"):
            await first_page(reader, source.collections[0])


@pytest.mark.parametrize("is_folder", [False, True])
async def test_a_link_leads_nowhere_outside(root: Path, *, is_folder: bool) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "a.jsonl").write_text(lines(1))
    if is_folder:
        (root / "acme/in").symlink_to(outside)
    else:
        (root / "acme/in").mkdir()
        (root / "acme/in/a.jsonl").symlink_to(outside / "a.jsonl")

    assert "is outside of the folder acme" in await error_of(root, "a.jsonl", path="acme/in")


async def test_a_tenants_folder_that_is_a_link_leads_nowhere_outside(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other/a.jsonl").write_text(lines(1))
    (root / "acme").rmdir()
    (root / "acme").symlink_to(root / "other")

    assert "is outside of the folder acme" in await error_of(root, "a.jsonl")


async def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    """So are volumes that a cluster mounts: each name is a link to the newest version."""
    (root / "acme/..2026").mkdir()
    (root / "acme/..2026/a.jsonl").write_text(lines(3))
    (root / "acme/a.jsonl").symlink_to("..2026/a.jsonl")

    assert len(await read(root, "a.jsonl")) == 3


async def test_a_link_in_a_circle_is_an_error(root: Path) -> None:
    (root / "acme/a.jsonl").symlink_to("a.jsonl")

    assert "acme/a.jsonl: " in await error_of(root, "a.jsonl")


@pytest.mark.parametrize("inside", [".", "acme", "acme/data"])
async def test_data_dir_is_never_read(inside: str, root: Path) -> None:
    (root / "acme/data").mkdir()
    (root / "acme/data/a.jsonl").write_text(lines(1))

    message = await error_of(root, "a.jsonl", path="acme/data", data_dir=root / inside)

    assert "is within DATA_DIR, which no source may read" in message


async def test_what_is_no_file_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "acme/a.jsonl")
    (root / "acme/b.jsonl").mkdir()

    assert await error_of(root, "a.jsonl") == "acme/a.jsonl: is no file"
    assert "acme/b.jsonl: " in await error_of(root, "b.jsonl")
