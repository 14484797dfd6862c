"""The `tenantry` command, also as `python -m tenantry`."""

import gc
import io
import sys
from typing import Final

# Of what the imports make nothing is garbage; at Python's own thresholds a sixth of a start went
# into finding that out.
_COLLECT_AFTER: Final = (20_000, 10, 10)


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    gc.set_threshold(*_COLLECT_AFTER)
    from tenantry.cli import run

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal's encoding lacks is shown escaped, as on standard error.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
