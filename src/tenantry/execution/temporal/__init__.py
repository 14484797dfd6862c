"""Execution by Temporal: durable, and the one door to its library, an extra of this package.

    connection = TemporalConnection(address="localhost:7233")
    worker = TemporalWorker(connection=connection, steps=steps)
    executor = TemporalExecutor(connection=connection, breaker=breakers.get("temporal"))

A worker and an executor of one connection hand over without a round trip. Histories hold what
payloads and messages hold, in clear, and nothing else of what a step sees.
"""

from tenantry.execution.temporal.connection import TemporalConnection
from tenantry.execution.temporal.executor import TemporalExecutor
from tenantry.execution.temporal.history import HistoryEvent, history
from tenantry.execution.temporal.running import TemporalRunning
from tenantry.execution.temporal.worker import TemporalWorker

__all__ = [
    "HistoryEvent",
    "TemporalConnection",
    "TemporalExecutor",
    "TemporalRunning",
    "TemporalWorker",
    "history",
]
