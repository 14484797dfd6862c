"""The slot of an updater: one run that is due, at the time it is due."""

import msgspec


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an updater; instants are µs since 1970, whole seconds.

    `key` names the run among those of its updater, and so does `run_id` among all. What happens in
    the run happens behind `after`, the slot before, and not behind `at`.
    """

    updater: str
    at: int
    after: int
    key: str
    run_id: str
