"""The committed lists: what may see every tenant's rows, and why.

Whatever is new must be entered here by whoever can say why it may; what is gone must be taken out.
"""

from collections.abc import Mapping
from typing import Final

_LOG = "the one log has one order: positions, hashes and the head are nobody's own"
_PERSON = (
    "a person has no tenant: who belongs to several is one row, found before it is known whose"
)
_TOKEN = "who shows a token does not say whose it is: that is what is looked up"
_OWN_SESSIONS = "a new password ends the sessions that its owner has in every tenant"
_UPKEEP = "what is over is forgotten in one go, whosever it was"
_MASTER = "all data keys are under the one master key"
_MOVE = "a backup and a restore are of everything"
_DERIVED = "projections and their snapshots are of every tenant at once"
_LIMITS = "the kit's counts and overrides are of nodes, and hold nothing of tenants"
_WITH_PEOPLE = "a client is written with its users, who are people and have no tenant"
_LEASES = "leases are between nodes, and hold nothing of tenants"
_NODE = "whether the database answers at all"
_BATCH = "one batch appends what several tenants have asked for, each row with its own tenant"

STATEMENTS: Final[Mapping[str, str]] = {
    "eventlog.append_events": _BATCH,
    "eventlog.appends_of_keys": _BATCH,
    "eventlog.insert_appends": _BATCH,
    "eventlog.insert_events": _BATCH,
    "eventlog.versions_of_streams": _BATCH,
    "eventlog.briefs": "root's audit is of every tenant",
    "eventlog.forget_expired_keys": _UPKEEP,
    "eventlog.hash_at": _LOG,
    "eventlog.page": _LOG,
    "eventlog.page_with_hashes": _LOG,
    "eventlog.time_at": "when a position was recorded, which is told of every position",
    "operations.api_keys_behind": _MOVE,
    "operations.appends_behind": _MOVE,
    "operations.data_keys": _MOVE,
    "operations.end_of_page": _MOVE,
    "operations.events_between": _MOVE,
    "operations.has_data_keys": _MOVE,
    "operations.insert_api_keys": _MOVE,
    "operations.insert_appends": _MOVE,
    "operations.insert_data_keys": _MOVE,
    "operations.insert_events": _MOVE,
    "operations.insert_members": _MOVE,
    "operations.insert_users": _MOVE,
    "operations.is_empty": _MOVE,
    "operations.members_behind": _MOVE,
    "operations.users_behind": _MOVE,
    "tenants.delete_other_sessions": _OWN_SESSIONS,
    "tenants.delete_sessions_of_user": _OWN_SESSIONS,
    "tenants.delete_user": _PERSON,
    "tenants.delete_users_of_nobody": _PERSON,
    "tenants.forget_sessions": _UPKEEP,
    "tenants.hash_of_key": _TOKEN,
    "tenants.insert_user": _PERSON,
    "tenants.lock_user": _PERSON,
    "tenants.session_of_id": _TOKEN,
    "tenants.tenants_of_user": _PERSON,
    "tenants.touch_key": "uses of keys are noted for all of them together, by ids that were proven",
    "tenants.update_user": _PERSON,
    "tenants.user_of_email": _PERSON,
    "tenants.user_of_id": _PERSON,
    "tenants.user_of_username": _PERSON,
    "vault.all_data_keys": _MASTER,
    "vault.any_fingerprint": _MASTER,
    "vault.counts_by_master": _MASTER,
    "vault.lock_data_keys": _MASTER,
    "vault.rewrap_data_keys": _MASTER,
}
"""Statements on a tenant's table that do not say whose rows are meant."""

USES: Final[Mapping[str, str]] = {
    "clients.service.ledger:ClientLedger._rebuilt": _WITH_PEOPLE,
    "clients.service.ledger:ClientLedger.write": _WITH_PEOPLE,
    "db.guarded:GuardedDatabase.probe": _NODE,
    "db.postgres.driver:PostgresDatabase.administer": _MOVE,
    "db.postgres.driver:PostgresDatabase.append": _BATCH,
    "db.postgres.driver:PostgresDatabase.ping": _NODE,
    "db.postgres.session:begin": "migrations run as the owner of the schema",
    "db.sqlite.driver:SqliteDatabase.administer": _MOVE,
    "db.sqlite.driver:SqliteDatabase.append": _BATCH,
    "db.sqlite.driver:SqliteDatabase.ping": _NODE,
    "eventlog.log:EventLog.forget_expired_keys": _UPKEEP,
    "eventlog.log:EventLog.head": _LOG,
    "eventlog.log:EventLog.position_at": _LOG,
    "eventlog.log:EventLog.read": _LOG,
    "eventlog.log:EventLog.read_briefs": "root's audit is of every tenant; another names its own",
    "eventlog.log:EventLog.read_window": "a tenant's settings and the layer beneath, in one order",
    "eventlog.log:EventLog.touch": _NODE,
    "eventlog.snapshot:Snapshots._read_chunks": _DERIVED,
    "eventlog.snapshot:Snapshots.forget": _DERIVED,
    "eventlog.snapshot:Snapshots.load": _DERIVED,
    "eventlog.snapshot:Snapshots.save": _DERIVED,
    "eventlog.stored:StoredProjectionRunner.advance": _DERIVED,
    "eventlog.stored:StoredProjectionRunner.position": _DERIVED,
    "eventlog.verify:_check_head": _LOG,
    "eventlog.verify:verify": _LOG,
    "operations.service.allowance:DatabaseAllowance.lease": _LIMITS,
    "operations.service.allowance:DatabaseAllowance.sweep": _LIMITS,
    "operations.service.backup:Backup._appends": _MOVE,
    "operations.service.backup:Backup._events": _MOVE,
    "operations.service.backup:begin_backup": _MOVE,
    "operations.service.breakers:BreakerControl.follow": _LIMITS,
    "operations.service.breakers:BreakerControl.order": _LIMITS,
    "operations.service.database:read_head": _LOG,
    "operations.service.drill:Drill._read": _NODE,
    "operations.service.drill:Drill.read": _NODE,
    "operations.service.restore:_prepare": _MOVE,
    "scheduling.lease:Leases.end": _LEASES,
    "scheduling.lease:Leases.extend": _LEASES,
    "scheduling.lease:Leases.take": _LEASES,
    "tenants.service.access:Access._read": _TOKEN,
    "tenants.service.declared:DeclaredUsers.known": _PERSON,
    "tenants.service.ledger:AccessLedger.write_once": _PERSON,
    "tenants.service.logins:Logins._person_of": _PERSON,
    "tenants.service.logins:Logins._session_of": _TOKEN,
    "tenants.service.logins:Logins.login": _PERSON,
    "tenants.service.logins:Logins.who": _PERSON,
    "tenants.worker:AccessWorker._note_uses": _UPKEEP,
    "tenants.worker:AccessWorker._round": _UPKEEP,
    "vault.vault:Vault._create": _MASTER,
    "vault.vault:Vault.adopt": _MASTER,
    "vault.vault:Vault.key_counts": _MASTER,
    "vault.vault:Vault.rewrap": _MASTER,
}
"""Functions that run a unit in the scope of the system."""

SHARED_TABLES: Final[Mapping[str, str]] = {
    "allowances": _LIMITS,
    "breaker_overrides": _LIMITS,
    "checkpoints": _DERIVED,
    "leases": _LEASES,
    "log_head": _LOG,
    "schema_migrations": "it says which migrations were applied",
    "snapshot_chunks": _DERIVED,
    "snapshots": _DERIVED,
    "users": _PERSON,
}
"""Tables whose rows are no tenant's."""

SHARED_GRANTS: Final[Mapping[tuple[str, str], str]] = {
    ("log_head", "SELECT"): "whoever appends continues the chain",
    ("log_head", "UPDATE"): "whoever appends continues the chain",
}
"""What a tenant's unit may do with a whole one of these."""
