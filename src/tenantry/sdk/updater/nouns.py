"""What can be done with updaters, whatever the way to them is."""

from tenantry.sdk.access.sender import Nouns, listed, sent
from tenantry.sdk.updater.requests import UpdaterRequests


class Updaters(Nouns[UpdaterRequests]):
    """The updaters of a tenant."""

    # Signatures and documentation are those of the requests.
    status = sent(UpdaterRequests.status)
    start = sent(UpdaterRequests.start)
    stop = sent(UpdaterRequests.stop)
    config = sent(UpdaterRequests.config)
    configure = sent(UpdaterRequests.configure)
    explain = sent(UpdaterRequests.explain)
    preview = sent(UpdaterRequests.preview)
    execute = sent(UpdaterRequests.execute)
    dry_run = sent(UpdaterRequests.dry_run)
    undo = sent(UpdaterRequests.undo)
    undo_all = sent(UpdaterRequests.undo_all)
    backfill = sent(UpdaterRequests.backfill)
    backfill_progress = sent(UpdaterRequests.backfill_progress)
    logs = sent(UpdaterRequests.logs)
    metrics = sent(UpdaterRequests.metrics)
    health = sent(UpdaterRequests.health)
    runs = listed(UpdaterRequests.runs)
    run = sent(UpdaterRequests.run)
    firings = listed(UpdaterRequests.firings)
    rows = listed(UpdaterRequests.rows)
    row = sent(UpdaterRequests.row)
    edit = sent(UpdaterRequests.edit)
    check = sent(UpdaterRequests.check)
    fidelity = sent(UpdaterRequests.fidelity)
    fidelity_svg = sent(UpdaterRequests.fidelity_svg)
