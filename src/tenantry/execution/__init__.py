"""Execution: phased work is carried out, here or durably, and who waits is told in time.

The port is what features use: work of essential steps, background steps and a closing one, made of
functions that bear being called again. `InlineExecutor` runs them as tasks of this process.
`tenantry.execution.temporal` has Temporal run them, survives the process, and is imported by
whoever wants it alone. This package knows no product noun, keeps no state of its own, and neither
decides nor prevents that the same is done twice: fencing is its caller's business.
"""

from tenantry.execution.backoff import Backoff
from tenantry.execution.inline import InlineExecutor
from tenantry.execution.port import (
    Executor,
    ExecutorUnavailable,
    Outcome,
    Payload,
    Running,
    Step,
    StepContext,
    StepFailed,
    StepFunction,
    Steps,
    Work,
)

__all__ = [
    "Backoff",
    "Executor",
    "ExecutorUnavailable",
    "InlineExecutor",
    "Outcome",
    "Payload",
    "Running",
    "Step",
    "StepContext",
    "StepFailed",
    "StepFunction",
    "Steps",
    "Work",
]
