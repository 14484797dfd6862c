import resource
from pathlib import Path

import pytest

from tenantry.operations.service.machine import MachineFacts, measure_machine


def measured(folder: Path, *, memory_limit_mb: int | None = None) -> MachineFacts:
    return measure_machine(folder, memory_limit_mb=memory_limit_mb, is_serving=False)


def test_a_folder_is_measured_and_left_as_it_was(tmp_path: Path) -> None:
    facts = measured(tmp_path)

    assert facts.python >= (3, 11, 0)
    assert 0 < facts.free_bytes <= facts.total_bytes
    assert facts.data_dir_exists
    assert facts.data_dir_problem is None
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_is_not_there_is_measured_and_not_made(tmp_path: Path) -> None:
    facts = measured(tmp_path / "a" / "b")

    assert not facts.data_dir_exists
    assert facts.data_dir_problem is None
    assert facts.total_bytes == measured(tmp_path).total_bytes
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "data"):
        assert measured(folder).data_dir_problem == f"{tmp_path / 'file'} is not a folder"


def test_a_folder_that_nobody_can_write_to_is_a_problem() -> None:
    assert measured(Path("/proc")).data_dir_problem


def test_the_memory_limit_of_the_settings_is_the_limit(tmp_path: Path) -> None:
    facts = measured(tmp_path, memory_limit_mb=100_000)

    assert facts.memory_limit == 100_000 * 1024 * 1024
    assert facts.memory_ratio is not None
    assert 0 < facts.memory_ratio < 1


def test_without_one_it_is_what_there_is(tmp_path: Path) -> None:
    facts = measured(tmp_path)

    assert facts.memory_limit
    assert facts.memory_ratio


@pytest.mark.parametrize(
    "is_serving, limits, told",
    [
        (True, (1024, 65_536), 1024),
        (False, (1024, 65_536), 65_536),
        (False, (1024, resource.RLIM_INFINITY), None),
        (True, (resource.RLIM_INFINITY, resource.RLIM_INFINITY), None),
    ],
)
def test_a_server_may_open_what_it_has_and_a_start_what_it_can_get(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_serving: bool,
    limits: tuple[int, int],
    told: int | None,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)

    facts = measure_machine(tmp_path, memory_limit_mb=None, is_serving=is_serving)

    assert facts.open_files == told
