"""Migrations: numbered SQL files per dialect, forward only, checksummed, each in a transaction."""

import hashlib
from importlib.resources import files

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import Conflict
from tenantry.db.database import Database, Dialect, Transaction
from tenantry.db.statements import load_statements


class Migration(msgspec.Struct, frozen=True):
    """One file: `0001_event_log.sql` is number 1, named `event_log`."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, so that a file changed after it ran is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


class MigrationStatus(msgspec.Struct, frozen=True):
    """Where a database stands: the numbers applied and those still to come."""

    applied: tuple[int, ...]
    pending: tuple[int, ...]

    @property
    def is_current(self) -> bool:
        """Whether nothing is pending."""
        return not self.pending


async def migration_status(database: Database) -> MigrationStatus:
    """Say which migrations are applied and pending, changing nothing.

    Raises `Conflict` where the schema is newer than this program or an applied file was changed.
    """
    return await database.administer(_status)


async def migrate(database: Database, *, clock: Clock) -> MigrationStatus:
    """Apply what is pending; nodes that start together take turns and the first does the work.

    Raises `Conflict` as `migration_status` does. Returns the status before it began.
    """
    before = await database.administer(_ensure_table_and_status)

    for number in before.pending:
        await database.administer(_apply, number, clock.now_us())

    return before


def _ensure_table_and_status(tx: Transaction) -> MigrationStatus:
    load_statements(__package__, tx.dialect).create_migrations_table(tx.connection)
    return _status(tx)


def _apply(tx: Transaction, number: int, now_us: int) -> None:
    # Another node may have applied it between our look and our turn.
    if number not in _status(tx).pending:
        return

    migration = next(m for m in _migrations(tx.dialect) if m.number == number)
    tx.connection.execute(migration.sql)
    load_statements(__package__, tx.dialect).record_migration(
        tx.connection,
        number=migration.number,
        name=migration.name,
        checksum=migration.checksum,
        applied_at=now_us,
    )


def _status(tx: Transaction) -> MigrationStatus:
    statements = load_statements(__package__, tx.dialect)
    known = {migration.number: migration for migration in _migrations(tx.dialect)}
    if not statements.has_migrations_table(tx.connection):
        return MigrationStatus(applied=(), pending=tuple(known))

    applied = dict(statements.applied_migrations(tx.connection))
    _refuse_newer(applied, known)
    _refuse_changed(applied, known)
    return MigrationStatus(
        applied=tuple(sorted(applied)),
        pending=tuple(number for number in known if number not in applied),
    )


def _refuse_newer(applied: dict[int, str], known: dict[int, Migration]) -> None:
    newer = sorted(set(applied) - set(known))
    if newer:
        raise Conflict(
            f"the schema is at migration {newer[-1]}, this program knows up to {max(known)}: "
            "start a newer program, or restore a backup",
            code="schema_newer",
        )


def _refuse_changed(applied: dict[int, str], known: dict[int, Migration]) -> None:
    changed = [number for number in applied if applied[number] != known[number].checksum]
    if changed:
        raise Conflict(
            f"migration {changed[0]} was changed after it was applied to this database",
            code="migration_changed",
        )


def _migrations(dialect: Dialect) -> list[Migration]:
    folder = files(__package__) / "migrations" / dialect
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".sql"):
            number, name = file.name.removesuffix(".sql").split("_", 1)
            found.append(Migration(number=int(number), name=name, sql=file.read_text("utf-8")))
    return sorted(found, key=lambda migration: migration.number)
