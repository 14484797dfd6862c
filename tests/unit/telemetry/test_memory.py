import os
from pathlib import Path

import pytest

from tenantry.telemetry.memory import memory_limit, memory_ratio

PAGE = os.sysconf("SC_PAGE_SIZE")
MEGABYTE = 1024 * 1024


def system(root: Path, files: dict[str, str]) -> Path:
    present = {
        "proc/self/statm": f"1000 {100 * MEGABYTE // PAGE} 10 1 0 50 0",
        "proc/meminfo": f"MemFree: 1 kB\nMemTotal: {1000 * 1024} kB\n",
    } | files
    for name, text in present.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_a_control_group_the_limit_is_the_machine(tmp_path: Path) -> None:
    assert memory_ratio(system(tmp_path, {})) == pytest.approx(0.1)


def test_the_narrowest_control_group_around_us_is_the_limit(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/outer/inner\n",
        "sys/fs/cgroup/outer/memory.max": f"{200 * MEGABYTE}\n",
        "sys/fs/cgroup/outer/inner/memory.max": "max\n",
    }
    assert memory_ratio(system(tmp_path, files)) == pytest.approx(0.5)


def test_a_containers_own_mount_is_found_under_a_foreign_path(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/docker/0123\n",
        "sys/fs/cgroup/memory.max": str(400 * MEGABYTE),
    }
    assert memory_ratio(system(tmp_path, files)) == pytest.approx(0.25)


def test_the_older_control_groups_are_read_too(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "7:cpu,memory:/a\n3:pids:/a\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        "sys/fs/cgroup/memory/a/memory.limit_in_bytes": str(125 * MEGABYTE),
    }
    assert memory_ratio(system(tmp_path, files)) == pytest.approx(0.8)


def test_a_system_that_tells_nothing_has_no_ratio(tmp_path: Path) -> None:
    assert memory_ratio(tmp_path) is None
    assert memory_limit(tmp_path) is None


def test_the_limit_is_told_without_what_is_used_of_it(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/a\n",
        "sys/fs/cgroup/a/memory.max": str(300 * MEGABYTE),
    }
    assert memory_limit(system(tmp_path, files)) == 300 * MEGABYTE
