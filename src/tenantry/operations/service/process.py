"""What the process itself is like: its memory, its processor time, and how late its loop runs."""

from collections import deque
from collections.abc import Callable
from typing import Final

from tenantry.reliability import CheckOutcome
from tenantry.telemetry import memory_ratio

MEMORY_DEGRADED: Final = 0.8
"""The part of its memory from which on a process is degraded."""

LAG_DEGRADED_SECONDS: Final = 0.5
CPU_DEGRADED: Final = 0.98
SAMPLES: Final = 5
"""A loop or a processor counts as overloaded when so many samples in a row say so."""


class ProcessFigures:
    """The latest samples of this process; `memory` returns what part of its memory it uses."""

    def __init__(self, *, memory: Callable[[], float | None] = memory_ratio) -> None:
        self._memory = memory
        self._lags: deque[float] = deque(maxlen=SAMPLES)
        self._shares: deque[float] = deque(maxlen=SAMPLES)

    def note(self, *, lag_seconds: float, cpu_share: float) -> None:
        """Take in a sample: how late the loop was, and what part of its processors was used."""
        self._lags.append(lag_seconds)
        self._shares.append(cpu_share)

    async def check(self) -> CheckOutcome:
        """Say whether the process has room left, and what it lacks otherwise."""
        lacks = list(filter(None, (self._memory_lack(), self._loop_lack(), self._cpu_lack())))
        return CheckOutcome("degraded", ", ".join(lacks)) if lacks else CheckOutcome("healthy")

    def _memory_lack(self) -> str | None:
        ratio = self._memory()
        is_short = ratio is not None and ratio >= MEMORY_DEGRADED
        return f"uses {ratio:.0%} of its memory" if is_short else None

    def _loop_lack(self) -> str | None:
        least = _least(self._lags)
        return f"runs {least * 1000:,.0f} ms late" if least >= LAG_DEGRADED_SECONDS else None

    def _cpu_lack(self) -> str | None:
        least = _least(self._shares)
        return f"uses {least:.0%} of its processors" if least >= CPU_DEGRADED else None


def _least(samples: deque[float]) -> float:
    """Return what all samples reach; nought until there are enough."""
    return min(samples) if len(samples) == SAMPLES else 0.0
