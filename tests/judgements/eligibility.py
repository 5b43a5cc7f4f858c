"""A handful of traits and units to try policies on, and nothing of the real ones."""

import datetime as dt
from decimal import Decimal

from quanyu.registry.model import Label, Registry, TitleKind, Trait, Unit
from quanyu.registry.problem import Place

P, ON = Place("test.yaml", 1), dt.date(2026, 6, 1)
UNITS = {
    "yuan": ("元", "money", "1"), "wan_yuan": ("万元", "money", "10000"), "percent": ("%", "share", "0.01"),
    "pp": ("个百分点", "share", "0.01"), "person": ("人", "count:person", "1"), "piece": ("件", "count:piece", "1"),
    "point": ("分", "points", "1"),
}  # fmt: skip
TRAITS = {
    "revenue": ("销售收入", "number", "wan_yuan", 2), "rd": ("研发费用", "number", "wan_yuan", 2),
    "staff": ("职工", "number", "person", 0), "tech": ("科技人员", "number", "person", 0),
    "ip": ("专利", "number", "piece", 0), "share": ("占有率", "number", "percent", 0),
    "dishonest": ("失信", "flag", "", 0), "kind": ("类别", "choice", "", 0),
}  # fmt: skip


def registry(*policies, stackings=()):
    return Registry(
        "d", (), units={k: Unit(k, Label(zh), dim, Decimal(f), 2, P) for k, (zh, dim, f) in UNITS.items()},
        traits={k: Trait(k, Label(zh), kind, P, unit, back) for k, (zh, kind, unit, back) in TRAITS.items()},
        titles={"high_tech": TitleKind("high_tech", Label("高新技术企业"), P)},
        policies={p.key: p for p in policies}, stackings={s.key: s for s in stackings},
    )  # fmt: skip
