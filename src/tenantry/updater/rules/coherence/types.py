"""Types: whether the values of a batch are those that columns take."""

from typing import Any

import msgspec

from tenantry.updater.model import ROW_TYPES, Batch, Fault, TableName, Update


def check_types(batch: Batch) -> list[Fault]:
    """Find values that their column does not take, and changes of columns that there are not.

    It is slow, and only asked where a check could not make sense of a batch.
    """
    faults = list[Fault]()
    for change in batch.changes:
        if isinstance(change, Update):
            faults += _check(change.table, change.row_id, change.values)
        else:
            faults += _check(change.table, change.id, msgspec.structs.asdict(change))
    return faults


def _check(table: TableName, row_id: str, values: dict[str, Any]) -> list[Fault]:
    types = {field.name: field.type for field in msgspec.structs.fields(ROW_TYPES[table])}
    return [
        Fault(
            code="column-type",
            table=table,
            row_id=row_id,
            message=f"{column} does not take {value!r}",
            details={"column": column, "value": repr(value)},
        )
        for column, value in values.items()
        if column not in types or not _is_of(value, types[column])
    ]


def _is_of(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeError):
        return False
    return True
