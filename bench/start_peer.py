"""One start of the peer, in a process of its own: `python -m bench.start_peer URL`.

It reads its whole log into a dict, decoded as ours is: it has snapshots of single aggregates, none
of a log. It prints as `bench.start_ours` does, and imports what a program needs, no more.
"""

import os
import sys

import msgspec

from bench import eventsourced
from bench.workload import ValueSet


def main() -> None:
    """Start, and say so."""
    (url,) = sys.argv[1:]
    decoder = msgspec.json.Decoder(ValueSet)
    state: dict[object, ValueSet] = {}
    count = 0

    with eventsourced.running_application(url) as application:
        for page in eventsourced.pages(application.recorder):
            for notification in page:
                state[notification.originator_id] = decoder.decode(notification.state)
            count += len(page)

    print(f"ready {count} {len(state)}", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
