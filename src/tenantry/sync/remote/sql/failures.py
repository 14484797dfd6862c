"""What went wrong with a database, by type; nothing it says itself is told: it quotes rows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from tenantry.sync.errors import (
    AuthError,
    DatabaseError,
    NetworkError,
    SyncError,
    ValidationError,
)

_STATE: Final = re.compile(r"[0-9A-Z]{5}", re.ASCII)
# Error numbers of MySQL: access denied, to all of it or to one database.
_MYSQL_DENIED: Final = frozenset({1044, 1045, 1698})
_CANCELLED: Final = "57014"
_WRONG_STATES: Final = ("22", "2F", "42", "3D", "3F")
_REFUSED_STATES: Final = ("28",)
_UNREACHED_STATES: Final = ("08", "57P", "53")
# What SQLite says of everything that is wrong with a statement.
_SQLITE_ERROR: Final = 1


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise a `SyncError` in the place of whatever SQLAlchemy and the driver raise."""
    try:
        yield
    except DBAPIError as error:
        raise _error_of(error, where) from None
    except SQLAlchemyError as error:
        raise DatabaseError(f"{where}: {type(error).__name__}") from None


def _error_of(error: DBAPIError, where: str) -> SyncError:
    state = _state_of(error.orig)
    name = type(error.orig).__name__
    shown = f"{name}, SQLSTATE {state}" if state else name
    if state == _CANCELLED:
        return NetworkError(f"{where}: a statement took longer than timeout_seconds")
    if state.startswith(_REFUSED_STATES) or _number_of(error.orig) in _MYSQL_DENIED:
        return AuthError(f"{where}: the database refuses the login ({shown})")
    if state.startswith(_WRONG_STATES) or isinstance(error, ProgrammingError) or _is_wrong(error):
        wants = "a table or query, columns and values as they are there"
        return ValidationError(
            f"{where}: the database refuses the statement ({shown}), wants {wants}"
        )
    if state.startswith(_UNREACHED_STATES) or _was_not_reached(error, state):
        return NetworkError(f"{where}: the database was not reached, or broke off ({shown})")
    return DatabaseError(f"{where}: the database could not answer ({shown})")


def _was_not_reached(error: DBAPIError, state: str) -> bool:
    """Whether there is no connection: the driver then says no more than that it does not work."""
    is_unknown = not state and isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or (is_unknown and "sqlite3" not in _module(error))


def _is_wrong(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", None) == _SQLITE_ERROR


def _module(error: DBAPIError) -> str:
    return type(error.orig).__module__


def _state_of(error: BaseException | None) -> str:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    return state if isinstance(state, str) and _STATE.fullmatch(state) else ""


def _number_of(error: BaseException | None) -> object:
    return error.args[0] if error is not None and error.args else None
