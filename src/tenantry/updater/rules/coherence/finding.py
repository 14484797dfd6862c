"""Where checks put what they find."""

from typing import Any

from tenantry.updater.model import Fault, Row


class Findings:
    """The faults found so far."""

    def __init__(self) -> None:
        self.faults = list[Fault]()

    def add(self, code: str, row: Row, message: str, **details: Any) -> None:
        """Take a fault of a row."""
        self.faults.append(
            Fault(code=code, table=row.table, row_id=row.id, message=message, details=details)
        )
