import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["tenantry.execution", "tenantry.execution.dev_server"])
def test_the_library_of_temporal_is_an_extra(module: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print('temporalio' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert told.stdout.strip() == "False"
