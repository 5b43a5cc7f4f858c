"""The back door: `quanyu <verb>`. See `quanyu.cli.door` for the verbs and exit codes."""

import sys


def main() -> None:
    """Entry of the console script."""
    from quanyu.cli.door import run

    sys.exit(run(sys.argv[1:]))
