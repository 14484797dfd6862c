"""The `tenantry` command, also as `python -m tenantry`."""

import io
import sys


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    from tenantry.cli import run

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal's encoding lacks is shown escaped, as on standard error.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
