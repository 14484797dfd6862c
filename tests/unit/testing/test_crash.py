"""A process that was told where to die dies there, and nowhere before."""

import signal
import subprocess
import sys

PROGRAM = """
from tenantry.telemetry import emit
from tenantry.testing import crash_at

crash_at("tenantry.some.event", after=1, unit="wanted")
emit("tenantry.other.event", unit="wanted")
emit("tenantry.some.event", unit="other")
emit("tenantry.some.event", unit="wanted")
print("alive", flush=True)
emit("tenantry.some.event", unit="wanted")
print("still alive", flush=True)
"""

CALLED_OFF = """
from tenantry.telemetry import emit
from tenantry.testing import crash_at

crash_at("tenantry.some.event")()
emit("tenantry.some.event")
"""


def test_a_process_dies_at_the_named_point_and_not_before() -> None:
    died = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=False)

    assert died.returncode == -signal.SIGKILL
    assert died.stdout == b"alive\n"


def test_a_crash_that_is_called_off_does_not_happen() -> None:
    subprocess.run([sys.executable, "-c", CALLED_OFF], check=True)
