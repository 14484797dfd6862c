"""The `tenantry` command, also as `python -m tenantry`."""

import sys


def main() -> None:
    """Run the command line of this process, and exit with its code."""
    from tenantry.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
