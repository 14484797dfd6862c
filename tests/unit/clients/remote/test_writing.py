"""What is written is what people read, and reads back as the same."""

from pathlib import Path

import pytest

from tenantry.clients.model import Loaded
from tenantry.clients.remote import Form, load, write_client
from tests.support.clients import acme


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_client_is_written_and_read_again(form: Form, tmp_path: Path) -> None:
    raw = acme(siteUrl="on", avatar="2024-01-01", themeOptions={"a": [1.5, None, "012", {}]})
    paths = write_client(raw, tmp_path / "out", form)

    assert paths == [tmp_path / "out" / f"acme.{form}"]
    (found,) = load(paths, client_vars=(), environ={})
    assert isinstance(found, Loaded)
    assert found.raw == raw


def test_yaml_is_written_in_the_order_in_which_one_reads(tmp_path: Path) -> None:
    (path,) = write_client({"routes": [{"path": "/", "key": "home"}], "key": "acme"}, tmp_path)

    assert path.read_text() == "key: acme\nroutes:\n- key: home\n  path: /\n"


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_client(acme(name="x" * 10_000), tmp_path)
    write_client(acme(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["acme.yaml"]
    assert "xxx" not in (tmp_path / "acme.yaml").read_text()
