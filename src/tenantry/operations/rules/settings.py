"""What the settings of a process are worth."""

from functools import partial
from typing import Final

from tenantry.operations.model import Finding
from tenantry.settings import Problem

_finding: Final = partial(Finding, area="configuration")


def settings(count: int) -> Finding:
    """Say that all settings can be used."""
    return _finding(
        component="Configuration", status="pass", message=f"all {count} settings can be used"
    )


def wrong_setting(problem: Problem) -> Finding:
    """Say what is wrong with a variable, which shows nothing secret, and where to mend it."""
    is_default = problem.source == "default"
    verb = f"Set {problem.variable}" if is_default else f"Correct {problem.variable} where it is"
    where = "" if is_default else f" set ({problem.source})"
    return _finding(
        component="Configuration",
        status="fail",
        message=str(problem),
        remedy=f"{verb}{where}, and try it with `tenantry config-check`.",
    )


def master_key(source: str | None) -> Finding:
    """Judge where the master key is kept; None where there is none, as in production without it."""
    if source is None:
        return _finding(
            component="Master key",
            status="warning",
            message="NODE_ENV is production and MASTER_KEY is not set, so nothing can be a secret",
            remedy="Set MASTER_KEY on every node to what `openssl rand -base64 32` prints once.",
        )
    return _finding(component="Master key", status="pass", message=f"kept in {source}")


def temporal_without_server() -> Finding:
    """Say that syncs shall go through Temporal, and that there is none."""
    return _finding(
        component="Temporal",
        status="warning",
        message="USE_TEMPORAL_FOR_AUTH is true and TEMPORAL_ENABLED is not: syncs are direct",
        remedy="Set TEMPORAL_ENABLED to true, and TEMPORAL_ADDRESS to where its server is.",
    )


def roots(count: int) -> Finding:
    """Judge how many API keys and users are root, where a server does not take everybody for it."""
    if count:
        counted = "1 API key or user is" if count == 1 else f"{count} API keys and users are"
        return _finding(component="Root", status="pass", message=f"{counted} root")
    return _finding(
        component="Root",
        status="warning",
        message="no API key and no user is root: only who may read DATA_DIR/server.json is",
        remedy="Make a key, `tenantry keys create NAME --root`, and keep it with your secrets.",
    )


def refused_master_key(reason: str) -> Finding:
    """Say that there is a master key, and that it cannot be used."""
    return _finding(
        component="Master key",
        status="fail",
        message=reason,
        remedy="Put the right key there, for its owner alone; `tenantry keys status` reads it.",
    )
