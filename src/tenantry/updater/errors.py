"""What can be wrong with an updater's request."""

from tenantry.base.errors import Conflict, Denied, NotFound, Unavailable, Unprocessable


class NotASandbox(Denied):
    """The tenant is none that demo data may be written into."""

    default_code = "not_a_sandbox"


class NoSuchUpdater(NotFound):
    """No updater has this name."""

    default_code = "no_such_updater"


class NoSuchRun(NotFound):
    """The tenant has no such run."""

    default_code = "no_such_run"


class SeedFixed(Conflict):
    """The tenant's world has begun with another seed, and goes on with that one."""

    default_code = "seed_fixed"


class StalePlan(Conflict):
    """The world has moved on since the dry run: its rows are not what would come now."""

    default_code = "stale_plan"


class ConfigBroken(Conflict):
    """The stored configuration is none by now: an updater of it is not registered any more."""

    default_code = "updater_config_broken"


class IntentMismatch(Conflict):
    """A schedule does not do what its intent says, and nobody has acknowledged that."""

    default_code = "intent_mismatch"


class UpdaterFailed(Unprocessable):
    """A run has failed, and nothing of it was written."""

    default_code = "updater_failed"


class BudgetSpent(Conflict):
    """The run would have more rows than the tenant has left for the day."""

    default_code = "row_budget"


class AlreadyRunning(Conflict):
    """The updaters of the tenant are running already."""

    default_code = "already_running"


class NotRunning(Conflict):
    """The updaters of the tenant are not running."""

    default_code = "not_running"


class AlreadyUndone(Conflict):
    """The run has been undone already."""

    default_code = "already_undone"


class HistoryExists(Conflict):
    """The tenant has a history already, so none can be made before it."""

    default_code = "history_exists"


class TooManyExecutions(Unavailable):
    """As many executions of the tenant are under way or wait as are allowed at once."""

    default_code = "too_many_executions"


class NoSuchTable(NotFound):
    """There is no table of this name."""

    default_code = "no_such_table"


class NoSuchRow(NotFound):
    """The table has no such row of the tenant."""

    default_code = "no_such_row"
