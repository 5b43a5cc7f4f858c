"""How the command line speaks: data to stdout, talk to stderr, a line for whatever takes longer than a second."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

PATIENCE = 1.0
"""Seconds of silence before a step says what it is doing."""

_COLOURS = {"bad": "31", "good": "32", "warn": "33", "dim": "2"}


class Talk:
    """The two voices of one run. `quiet` drops talk that is no complaint; `as_json` is for machines."""

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self.colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str, tone: str = "") -> None:
        """News for the person watching."""
        if not self.quiet:
            self.complain(text, tone)

    def complain(self, text: str, tone: str = "") -> None:
        """What must be read even when `--quiet` is asked for."""
        code = _COLOURS.get(tone) if self.colour else None
        print(f"\033[{code}m{text}\033[0m" if code else text, file=sys.stderr, flush=True)

    def data(self, plain: Any, text: str = "") -> None:
        """The answer: `plain` as JSON when asked for, else `text`."""
        if self.as_json:
            print(json.dumps(plain, ensure_ascii=False, indent=1, default=str))
        elif text:
            print(text)

    def table(self, rows: Sequence[Sequence[object]], heads: Sequence[str], shown: Sequence[str]) -> None:
        """Rows as the answer: under `heads` as JSON, under the words `shown` as text."""
        self.data([dict(zip(heads, row, strict=True)) for row in rows], columns(rows, shown))

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Announce `what` once it has taken a second, and its seconds when it is done."""
        begun, announced = time.monotonic(), threading.Event()

        def announce() -> None:
            announced.set()
            self.say(f"正在{what}……", "dim")

        timer = threading.Timer(PATIENCE, announce)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        if announced.is_set():
            self.say(f"{what}完成，用时 {time.monotonic() - begun:.1f} 秒", "dim")


def amount(value: Decimal, decimals: int) -> str:
    """A number for reading: thousands apart, halves rounded up, no more places than it has."""
    places = min(decimals, max(0, -int(value.as_tuple().exponent)))
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def columns(rows: Sequence[Sequence[object]], heads: Sequence[str] = ()) -> str:
    """Rows as aligned text; a Chinese character counts two places. Numbers lean right."""
    table = [[str(cell) for cell in row] for row in ([heads] if heads else []) + list(rows)]
    if not table:
        return ""
    widths = [max(_width(row[i]) for row in table) for i in range(len(table[0]))]
    right = [bool(rows) and all(_numeric(row[i]) for row in rows) for i in range(len(table[0]))]
    return "\n".join(
        "  ".join(_pad(cell, width, lean) for cell, width, lean in zip(row, widths, right, strict=True)).rstrip()
        for row in table
    )


def _numeric(cell: object) -> bool:
    text = str(cell).replace(",", "").rstrip("%")
    return text in {"—", "…", ""} or text.lstrip("+-").replace(".", "", 1).isdigit()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, right: bool) -> str:
    fill = " " * (width - _width(text))
    return fill + text if right else text + fill
