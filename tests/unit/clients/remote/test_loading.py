"""Each client in files by itself: what is wrong with one stops no other."""

from pathlib import Path
from typing import Any

import pytest

from tenantry.clients.model import Loaded, LoadFailure
from tenantry.clients.remote import load, load_tenants, read
from tests.support.clients import acme, write_json


def loaded(*paths: Path, **options: Any) -> list[Loaded | LoadFailure]:
    return load(paths, **{"client_vars": (), "environ": {}, **options})


def one(path: Path, **options: Any) -> Loaded:
    (found,) = loaded(path, **options)
    assert isinstance(found, Loaded), found
    return found


def failure(*paths: Path, **options: Any) -> str:
    (found,) = loaded(*paths, **options)
    assert isinstance(found, LoadFailure), found
    return found.errors[0].message


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "name, text",
    [
        ("acme.yaml", "key: acme\nroutes:\n  - path: /\n"),
        ("acme.yml", "{key: acme, routes: [{path: /}]}"),
        ("acme.json", '\ufeff{"key": "acme", "routes": [{"path": "/"}]}'),
        ("acme.toml", 'key = "acme"\n[[routes]]\npath = "/"\n'),
    ],
)
def test_a_client_is_a_file_in_any_of_three_forms(name: str, text: str, tmp_path: Path) -> None:
    found = one(write(tmp_path / name, text))

    assert found.raw == {"key": "acme", "routes": [{"path": "/"}]}
    assert found.origin == str(tmp_path / name)
    assert (found.key, found.tenant) == ("acme", None)


@pytest.mark.parametrize("clients", [[acme(), acme(key="b")], {"clients": [acme(), acme(key="b")]}])
def test_a_file_may_hold_several_clients(clients: Any, tmp_path: Path) -> None:
    found = loaded(write_json(tmp_path / "all.json", clients))

    assert [each.key for each in found] == ["acme", "b"]


def test_a_folder_is_a_client_with_a_file_for_each_of_its_parts(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    write(folder / "config.yaml", "key: acme\nname: Acme\n")
    write(folder / "routes.yaml", "- path: /\n  public: on\n")
    write(folder / "menus.yml", "menus:\n  - key: main\n")
    write(folder / "feature-flags.toml", '[[featureFlags]]\nfeature = "a"\n')
    write_json(folder / "auth_config.json", [{"provider": "LOCAL"}])
    write(folder / "authentication" / "users.yaml", "[]")
    write(folder / "theme-options.yaml", "palette: {}")
    write(folder / ".hidden.yaml", "]")
    write(folder / "README.md", "# Acme")

    assert one(folder).raw == {
        "key": "acme",
        "name": "Acme",
        "routes": [{"path": "/", "public": "on"}],
        "menus": [{"key": "main"}],
        "featureFlags": [{"feature": "a"}],
        "auth_config": [{"provider": "LOCAL"}],
        "users": [],
        "themeOptions": {"palette": {}},
    }
    assert one(folder).origin == str(folder)


@pytest.mark.parametrize(
    "files, told",
    [
        (
            {"config.yaml": "key: a\nroutes: []", "routes.yaml": "[]"},
            "routes.yaml: routes is in config.yaml too, wants it in one file",
        ),
        (
            {"config.yaml": "key: a", "users.yaml": "[]", "authentication/users.yaml": "[]"},
            "authentication/users.yaml: users is in users.yaml too, wants it in one file",
        ),
        (
            {"config.yaml": "key: a", "rotues.yaml": "[]"},
            "rotues.yaml: is no part of a client; did you mean routes.yaml?",
        ),
        (
            {"config.yaml": "key: a", "routes.yaml": ""},
            "routes.yaml: says nothing; leave it out, or write [] for none",
        ),
        ({"config.yaml": "[]"}, "config.yaml: wants a mapping of a client's fields"),
        (
            {"config.yaml": "key: a", "config.json": "{}"},
            "x: has config.json and config.yaml, wants one of them",
        ),
        ({"routes.yaml": "[]"}, "x: has routes.yaml and no config.yaml, wants one beside it"),
        (
            {"config.yaml": "key: a", "routes.yaml": "- path: /\n  path: /b"},
            "routes.yaml:2: 0 > path appears twice, wants each key once",
        ),
    ],
)
def test_a_folder_that_says_nothing_clear_is_refused(
    files: dict[str, str], told: str, tmp_path: Path
) -> None:
    # Q19
    for name, text in files.items():
        write(tmp_path / "x" / name, text)

    assert failure(tmp_path / "x") == told


def test_a_folder_of_clients_has_files_and_folders(tmp_path: Path) -> None:
    write_json(tmp_path / "b.json", acme(key="b"))
    write_json(tmp_path / "a" / "config.json", acme(key="a"))
    write_json(tmp_path / "more" / "c.json", acme(key="c"))
    write(tmp_path / "notes.txt", "nothing")
    write(tmp_path / ".git" / "d.json", "}")
    write(tmp_path / "tool.py", "raise SystemExit")

    assert [each.key for each in loaded(tmp_path)] == ["a", "b", "c"]


def test_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", acme(key="a"))
    write(tmp_path / "b.yaml", "key: [")
    write_json(tmp_path / "c.json", acme(key="c"))
    found = loaded(tmp_path)

    assert [type(each) for each in found] == [Loaded, LoadFailure, Loaded]
    assert isinstance(found[1], LoadFailure)
    assert found[1].key == "b"
    assert found[1].errors[0].file == str(tmp_path / "b.yaml")
    assert found[1].errors[0].message == "b.yaml:2: did not find expected node content"


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("a.json", b'{"key": "a",}', "a.json:1: "),
        ("a.json", b'{"a": {"key": 1, "key": 2}}', "a.json: a > key appears twice"),
        ("a.json", b'{"a": NaN}', "a.json: got NaN, wants JSON"),
        (
            "a.json",
            b'{"a": ' + b"[" * 999 + b"]" * 999 + b"}",
            "a.json: is nested too deep, wants at most 200",
        ),
        ("a.json", b"", "a.json: got nothing, wants a mapping of fields"),
        ("a.yaml", b"# nothing", "a.yaml: got nothing, wants a mapping of fields"),
        ("a.yaml", b"text", "a.yaml: got what is no mapping, wants a mapping of fields"),
        ("a.yaml", b"key: a\nname: \xff", "a.yaml:2: got bytes that are not UTF-8, wants UTF-8"),
        ("a.toml", b"key = ", "a.toml: Invalid value (at end of document)"),
        ("a.toml", b"a = 2024-01-01", "a.toml: $.a: a: got a date that JSON cannot say"),
        ("a.toml", b"a = nan", "a.toml: $.a: a: got a float that JSON cannot say"),
        ("a.txt", b"key: a", "a.txt: wants a folder, or a file that ends in .yaml"),
        ("a.py", b"config = {}", "a.py: is a Python module, which is not run here"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    name: str, content: bytes, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    assert failure(tmp_path / name).startswith(told)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert failure(tmp_path / "a.yaml") == "a.yaml: there is no such file or folder"


def test_placeholders_stay_and_what_they_stand_for_stands_beside_them(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", acme(avatar="${CDN}/a.png", siteUrl="${SITE:http://x}"))
    found = one(path, client_vars=["CDN", "SITE"], environ={"CDN": "secret-cdn"})

    assert found.raw["avatar"] == "${CDN}/a.png"
    assert found.variables == {"CDN": "secret-cdn"}
    assert "secret-cdn" not in repr(found)


def test_an_unset_variable_is_an_error_of_its_client_alone(tmp_path: Path) -> None:
    # Q19
    write_json(tmp_path / "a.json", acme(key="a", avatar="${CDN}"))
    write_json(tmp_path / "b.json", acme(key="b"))
    found = loaded(tmp_path, client_vars=["CDN"])

    assert isinstance(found[0], LoadFailure)
    assert found[0].errors[0].path == "$.avatar"
    assert found[1].key == "b"


def test_two_files_for_one_client_are_both_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", acme())
    write_json(tmp_path / "b.json", acme(key="ACME"))
    found = loaded(tmp_path)

    assert [type(each) for each in found] == [LoadFailure, LoadFailure]
    assert isinstance(found[0], LoadFailure)
    assert str(tmp_path / "b.json") in found[0].errors[0].message


def test_a_list_names_those_that_are_enabled(tmp_path: Path) -> None:
    for key in ("a", "b", "c"):
        write_json(tmp_path / f"{key}.json", acme(key=key))
    write(tmp_path / "broken.yaml", "[")
    write_json(tmp_path / "enabled-clients.reactory.json", ["A", "c", "z"])
    found = loaded(tmp_path)

    assert [each.key for each in found] == ["a", "c", "z"]
    assert isinstance(found[2], LoadFailure)
    assert found[2].errors[0].message == "z: is enabled, and nothing here declares it"


def test_settings_name_those_that_are_enabled_too(tmp_path: Path) -> None:
    for key in ("a", "b"):
        write_json(tmp_path / f"{key}.json", acme(key=key))

    assert [each.key for each in loaded(tmp_path, enabled=["b"])] == ["b"]


def test_a_list_that_cannot_be_read_enables_nobody(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", acme())
    write(tmp_path / "enabled-clients.yaml", "a: 1\nb: 2")

    assert failure(tmp_path) == "enabled-clients.yaml: wants a list of keys of clients"


def test_each_tenant_has_a_folder(tmp_path: Path) -> None:
    write_json(tmp_path / "t1" / "acme.json", acme())
    write_json(tmp_path / "t2" / "acme" / "config.json", acme())
    write_json(tmp_path / "t2" / "other.json", acme(key="other", tenant="t3"))
    write_json(tmp_path / "own.json", acme(tenant="t4"))
    found = load_tenants(tmp_path, client_vars=(), environ={})

    assert [(each.tenant, each.key, type(each)) for each in found] == [
        ("t4", "acme", Loaded),
        ("t1", "acme", Loaded),
        ("t2", "acme", Loaded),
        ("t2", "other", LoadFailure),
    ]


def test_a_folder_of_tenants_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert load_tenants(tmp_path / "none", client_vars=(), environ={}) == []


def test_a_module_exposes_its_config_to_who_allows_it(tmp_path: Path) -> None:
    path = write(tmp_path / "acme.py", "config = {'key': 'acme', 'routes': ({'path': '/'},)}")

    assert one(path, allow_python=True).raw == {"key": "acme", "routes": [{"path": "/"}]}
    assert [each.key for each in loaded(tmp_path, allow_python=True)] == ["acme"]
    assert loaded(tmp_path) == []


@pytest.mark.parametrize(
    "text, told",
    [
        ("\nx = 1 / 0", "a.py:2: ZeroDivisionError: division by zero"),
        ("x =", "a.py:1: SyntaxError: "),
        ("x = 1", "a.py: got 'no config in it', wants a module that has `config`"),
        ("config = {'a': {1}}", "a.py: config: $.a: a: got a set that JSON cannot say"),
    ],
)
def test_a_module_that_cannot_be_used_says_why(text: str, told: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", text)

    assert failure(path, allow_python=True).startswith(told)


def test_a_link_that_leads_back_is_not_followed_and_one_that_leads_nowhere_is_told(
    tmp_path: Path,
) -> None:
    write_json(tmp_path / "acme.json", acme())
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "back").symlink_to(tmp_path)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")

    found = load([tmp_path], client_vars=(), environ={})
    assert [each.key for each in found] == ["acme", "gone"]
    assert isinstance(found[1], LoadFailure)
    assert found[1].errors[0].message == "gone.yaml: there is no such file or folder"


def test_files_may_be_read_without_looking_anything_up(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", acme(siteUrl="${SITE}"))
    write_json(tmp_path / "b.json", acme())

    assert [each.key for each in read([tmp_path])] == ["acme", "acme"]
