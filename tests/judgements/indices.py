"""Small composite indices written by hand: groups of indicators over a few places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quanyu.judgements.index import Row
from quanyu.registry.model import Index, IndexGroup, Label, Varied
from quanyu.registry.problem import Place

HERE = Place("test/index.yaml", 1)


def varied(**fields: Any) -> Varied:
    given: dict[str, Any] = {
        "normalisation": ("min_max",), "weighting": ("equal", "group"), "mean": ("arithmetic", "geometric"),
        "share": Decimal("0.25"), "place": HERE, "draws": 1000, "seed": 7,
    }  # fmt: skip
    return Varied(**(given | fields))


def index(groups: dict[str, tuple[str, ...]], weights: dict[str, str] | None = None, **fields: Any) -> Index:
    """An index of these groups; `weights` of groups and of indicators, by key."""
    said = {key: Decimal(w) for key, w in (weights or {}).items()}
    made = {
        key: IndexGroup(key, Label(key), held, HERE, said.get(key), {i: said[i] for i in held if i in said})
        for key, held in groups.items()
    }
    given: dict[str, Any] = {
        "key": "it", "label": Label("指数"), "place": HERE, "compares": "years", "normalisation": "min_max",
        "weighting": "group", "within": "arithmetic", "across": "arithmetic", "missing": "leave_out", "groups": made,
        "varied": varied(),
    }  # fmt: skip
    return Index(**(given | fields))


def row(key: str, *values: str | None, lower: bool = False, target: str | None = None) -> Row:
    figures = tuple(None if v is None else Decimal(v) for v in values)
    return Row(key, figures, lower, None if target is None else Decimal(target))
