"""Where the master key is kept: the setting, or a file of its owner alone."""

import base64
import os
import stat
from pathlib import Path

import pytest

from tenantry.operations import KeyFile, MasterKeyRefused, master_key_of, master_key_source
from tenantry.settings import Settings, load_settings
from tests.support.vaults import new_master


def settings(folder: Path, **environ: str) -> Settings:
    return load_settings(environ, cwd=folder)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "master.key"


def test_the_first_start_makes_a_file_that_only_its_owner_may_read(
    tmp_path: Path, path: Path
) -> None:
    master = master_key_of(settings(tmp_path))

    assert master is not None
    assert path.read_text() == f"{master.to_base64()}\n"
    assert mode_of(path) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_the_next_start_finds_it(tmp_path: Path) -> None:
    first, second = (master_key_of(settings(tmp_path)) for _ in range(2))

    assert first is not None
    assert second is not None
    assert first.fingerprint == second.fingerprint


def test_the_setting_wins_and_no_file_is_made(tmp_path: Path, path: Path) -> None:
    given = new_master()

    master = master_key_of(settings(tmp_path, MASTER_KEY=given.to_base64()))

    assert master is not None
    assert master.fingerprint == given.fingerprint
    assert not path.exists()


def test_production_without_the_setting_has_no_master_key(tmp_path: Path, path: Path) -> None:
    source = master_key_source(settings(tmp_path, NODE_ENV="production"))

    assert source.present() is None
    assert source.name is None
    assert not path.exists()


def test_to_look_is_not_to_make(tmp_path: Path, path: Path) -> None:
    assert master_key_source(settings(tmp_path)).find() is None
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, path: Path, mode: int) -> None:
    master_key_of(settings(tmp_path))
    path.chmod(mode)

    with pytest.raises(MasterKeyRefused, match=f"{mode:04o}.*chmod 600"):
        master_key_of(settings(tmp_path))


@pytest.mark.parametrize(
    "content", [b"", b"hunter2\n", b"\xff" * 44, base64.b64encode(bytes(31)), b"A" * 10_000]
)
def test_a_file_that_holds_no_key_is_refused_and_not_replaced(
    tmp_path: Path, path: Path, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(MasterKeyRefused, match=r"master\.key is no master key") as caught:
        master_key_of(settings(tmp_path))

    assert "hunter2" not in caught.value.message
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_refused(tmp_path: Path, path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(MasterKeyRefused, match="cannot be used"):
        master_key_of(settings(tmp_path))


def test_what_a_killed_first_start_has_left_is_in_nobodys_way(tmp_path: Path, path: Path) -> None:
    path.parent.mkdir()
    (path.parent / f".master.key.{os.getpid()}.partial").write_text("half")

    assert master_key_of(settings(tmp_path)) is not None
    assert mode_of(path) == 0o600


def test_a_rotation_has_the_new_key_on_the_disk_first_and_in_its_place_last(path: Path) -> None:
    file = KeyFile(path)
    old = file.present()
    new = file.prepare(None)

    assert old is not None
    assert file.present() is not None
    assert path.read_text() == f"{old.to_base64()}\n"
    assert (path.parent / "master.key.new").read_text() == f"{new.to_base64()}\n"
    assert mode_of(path.parent / "master.key.new") == 0o600

    file.settle()

    assert path.read_text() == f"{new.to_base64()}\n"
    assert file.pending() is None


def test_a_rotation_that_broke_off_is_taken_up_with_the_same_key(path: Path) -> None:
    first = KeyFile(path).prepare(None)

    assert KeyFile(path).prepare(None).fingerprint == first.fingerprint


def test_a_file_takes_no_key_from_outside_and_a_setting_needs_one(
    tmp_path: Path, path: Path
) -> None:
    with pytest.raises(MasterKeyRefused, match="by itself"):
        KeyFile(path).prepare(new_master())

    source = master_key_source(settings(tmp_path, MASTER_KEY=new_master().to_base64()))
    with pytest.raises(MasterKeyRefused, match="NEW_MASTER_KEY"):
        source.prepare(None)
