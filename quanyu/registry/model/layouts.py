"""Files that carry payments to the bank or the treasury and the answer back: which columns, in which order, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place

Holds = Literal[
    "", "line", "number", "holder", "account", "bank", "amount", "fen", "code", "firm", "policy", "ordered_on",
    "result", "reason", "paid_on",
]  # fmt: skip
"""Nothing of ours (`text` stands there) · position · payment number · payee · account number · bank · yuan with two
places · whole fen · credit code · firm · policy · day ordered · what became of it · why not · day paid."""


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """One column: its heading and what it holds."""

    heading: str
    place: Place
    holds: Holds = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One file: `order` goes out, `result` comes back. `paid`, `failed`: the words a bank answers with.

    A file without `heading` is read by position. `example`: nobody's own layout, and why it stands here.
    """

    key: str
    label: Label
    direction: Literal["order", "result"]
    columns: tuple[LayoutColumn, ...]
    place: Place
    format: Literal["csv", "xlsx"] = "csv"
    encoding: Literal["utf-8-sig", "utf-8", "gb18030"] = "utf-8-sig"
    delimiter: str = ","
    heading: bool = True
    paid: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    default: bool = False
    example: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
