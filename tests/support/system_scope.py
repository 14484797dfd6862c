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
_LEASES = "a lease that is of no tenant is between nodes"
_NAMED = "a lease is known by its name, which has the tenant in it where it is of one"
_SWEPT = "whatever was left lying is looked for in one go, and each tenant's is taken up as its own"
_ALL_SYNCS = "root's figures are of every tenant; another names its own"
_NODE = "whether the database answers at all"
_NAMED_ROWS = "what it stores is of the one tenant that it is called with"
_BATCH = "one batch appends what several tenants have asked for, each row with its own tenant"

STATEMENTS: Final[Mapping[str, str]] = {
    "collector.add_author_hours": _NAMED_ROWS,
    "collector.add_engagement": _NAMED_ROWS,
    "collector.add_figures": _NAMED_ROWS,
    "collector.add_followed": _NAMED_ROWS,
    "collector.add_hours": _NAMED_ROWS,
    "collector.add_users": _NAMED_ROWS,
    "collector.due_strategy_runs": _SWEPT,
    "collector.insert_dead_letters": _NAMED_ROWS,
    "collector.insert_hashtags": _NAMED_ROWS,
    "collector.insert_links": _NAMED_ROWS,
    "collector.insert_media": _NAMED_ROWS,
    "collector.insert_mentions": _NAMED_ROWS,
    "collector.keep_found": _NAMED_ROWS,
    "collector.keep_tasks": _NAMED_ROWS,
    "collector.old_strategy_runs": _UPKEEP,
    "collector.write_follows": _NAMED_ROWS,
    "collector.write_likes": _NAMED_ROWS,
    "collector.write_paces": _NAMED_ROWS,
    "collector.write_posts": _NAMED_ROWS,
    "collector.write_records": _NAMED_ROWS,
    "collector.write_reposts": _NAMED_ROWS,
    "collector.write_users": _NAMED_ROWS,
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
    "scheduling.claim_firings": "what it claims is of the one tenant that it is called with",
    "scheduling.end_lease": _NAMED,
    "scheduling.extend_lease": _NAMED,
    "scheduling.forget_firings": _UPKEEP,
    "scheduling.lapse_leases": "a process that starts alone holds nothing yet",
    "scheduling.lapse_lease": _NAMED,
    "scheduling.lease_of_name": _NAMED,
    "scheduling.locked_token": _NAMED,
    "scheduling.revoke_lease": _NAMED,
    "scheduling.take_lease_from": _NAMED,
    "sync.deserted_runs": _SWEPT,
    "sync.due_collections": _SWEPT,
    "sync.forget_runs": _UPKEEP,
    "sync.forget_timeline": _UPKEEP,
    "sync.run_counts": _ALL_SYNCS,
    "sync.runs_of_all": _ALL_SYNCS,
    "sync.store_rows": _NAMED_ROWS,
    "sync.tenants_behind": _ALL_SYNCS,
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
    "updater.forget_logs": _UPKEEP,
    "updater.insert_activities": _NAMED_ROWS,
    "updater.insert_changes": _NAMED_ROWS,
    "updater.insert_customers": _NAMED_ROWS,
    "updater.insert_equipment": _NAMED_ROWS,
    "updater.insert_logs": _NAMED_ROWS,
    "updater.insert_records": _NAMED_ROWS,
    "updater.insert_runs": _NAMED_ROWS,
    "updater.insert_technicians": _NAMED_ROWS,
    "updater.insert_ticket_updates": _NAMED_ROWS,
    "updater.insert_tickets": _NAMED_ROWS,
    "updater.note_removed": _NAMED_ROWS,
    "updater.worlds_under_way": _SWEPT,
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
    "collector.service.strategy_running:StrategyRunner.due": _SWEPT,
    "collector.service.strategy_running:StrategyRunner.forget_old": _UPKEEP,
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
    "scheduling.lease:Leases.end_those_of_the_dead": _LEASES,
    "scheduling.lease:_scope": _LEASES,
    "scheduling.record:Record.forget": _UPKEEP,
    "sync.service.figures:SyncFigures._facts": _ALL_SYNCS,
    "sync.service.health:SyncCheck.__call__": _ALL_SYNCS,
    "sync.service.upkeep:SyncUpkeep.forget_old": _UPKEEP,
    "sync.service.upkeep:SyncUpkeep.sweep": _SWEPT,
    "sync.service.views:SyncViews.all": _ALL_SYNCS,
    "sync.service.views:SyncViews.runs": _ALL_SYNCS,
    "tenants.service.access:Access._read": _TOKEN,
    "tenants.service.declared:DeclaredUsers.known": _PERSON,
    "tenants.service.ledger:AccessLedger.write_once": _PERSON,
    "tenants.service.logins:Logins._person_of": _PERSON,
    "tenants.service.logins:Logins._session_of": _TOKEN,
    "tenants.service.logins:Logins.login": _PERSON,
    "tenants.service.logins:Logins.who": _PERSON,
    "tenants.worker:AccessWorker._note_uses": _UPKEEP,
    "tenants.worker:AccessWorker._round": _UPKEEP,
    "updater.service.upkeep:UpdaterUpkeep.forget_old": _UPKEEP,
    "updater.service.upkeep:UpdaterUpkeep.under_way": _SWEPT,
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
