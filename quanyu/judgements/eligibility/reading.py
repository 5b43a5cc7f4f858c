"""From the formulas of a policy to trees that both engines compute, and everything that is wrong with them.

The vocabulary is that of measures' rows, without division and without aggregates; the names are those of traits (with
`_1`, `_2` for years back), parameters and scores. Inside, everything is in the base unit of its dimension (a share is a
plain fraction) and money in whole fen, so that a formula is arithmetic on exact numbers and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlglot import exp

from quanyu.judgements.eligibility.kinds import kind_of, meet, times
from quanyu.measures.reading import AGGREGATE, Reader, near
from quanyu.registry.model import Condition, Contract, Dated, Policy, Registry, Score, ScoreItem, in_force
from quanyu.registry.problem import Place, Problem, Refused

from quanyu.judgements.eligibility.rule import (  # isort: skip
    HELD, MONEY, Band, Clause, Formula, Item, Pay, Paying, Rule, Table, base, column_type, kind_of_unit,
    score_names, trait_columns,
)  # fmt: skip
from quanyu.measures.formula import (  # isort: skip
    Arithmetic, Case, Column, Comparison, Flag, Function, InList, IsNull, Node, Null, Number, Wrong, walk,
)  # fmt: skip

BOUNDS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


class Unreadable(Refused):
    """A policy that cannot be decided by: which one, where in it, what is wrong."""


def read_policy(
    registry: Registry, policy: Policy, on: dt.date, changes: Mapping[str, Decimal] | None = None
) -> Rule:  # fmt: skip
    """A policy with the parameters in force on a day, `changes` (in a parameter's own unit) put over them."""
    unknown = sorted(set(changes or ()) - {p.key for p in policy.parameters})
    if unknown:
        raise Unreadable(
            f"政策“{policy.label.zh}”没有参数“{unknown[0]}”。", near(unknown[0], [p.key for p in policy.parameters])
        )
    reading = _Reading(registry, policy, on, changes or {})
    rule = reading.rule()
    if reading.problems:
        first = reading.problems[0]
        raise Unreadable(f"政策“{policy.label.zh}”{first.message}。", first.hint)
    return rule


def reading_problems(registry: Registry) -> list[Problem]:
    """Everything in the formulas of all policies that cannot be read: unknown names, unit slips, what is left out."""
    found = []
    for policy in registry.policies.values():
        reading = _Reading(registry, policy, policy.from_, {})
        reading.rule()
        found += reading.problems
    return found


class _Names(Reader):
    """The reader of measures with the columns of one policy, no aggregates and no division."""

    names: Mapping[str, Column]

    def _guard(self, e: exp.Expression) -> None:
        if isinstance(e, exp.Div):
            raise Wrong("M103", "政策公式里没有除法", "除数写在 per 里，或把两边都乘上它")
        if type(e) in AGGREGATE or isinstance(e, exp.Filter | exp.Round):
            raise Wrong("M103", "政策公式里没有汇总，也没有 round", "一年的合计已经是企业特征；取整写在 rounds_to")
        super()._guard(e)

    def _column(self, name: str, contract: Contract | None) -> Node:
        if name not in self.names:
            raise Wrong("M102", f"没有叫“{name}”的企业特征、参数或评分", near(name, self.names))
        return self.names[name]

    def _holds(self, e: exp.Expression, contract: Contract | None) -> Node:
        title = super()._holds(e, Contract("", self.registry.units["yuan"].label, Place("", 0), "", {}))
        return Column(HELD + title.title, "flag")  # type: ignore[union-attr]  # Reader._holds gives a Holds or raises


@dataclass
class _Reading:
    """One policy being read; what is wrong is collected, so that its author sees all of it."""

    registry: Registry
    policy: Policy
    on: dt.date
    changes: Mapping[str, Decimal]
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        p, registry = self.policy, self.registry
        values = {m.key: in_force(m.values, self.on) for m in p.parameters}
        self.parameters = values | {k: Dated(self.on, v, "试算") for k, v in self.changes.items()}
        self.traits = trait_columns(registry)
        traits = {n: Column(n, column_type(registry, t), t.unit) for n, (t, _) in self.traits.items()}
        self.given = {m.key: Column(m.key, "decimal", m.unit) for m in p.parameters}
        scores = {name: Column(name, "decimal") for name in score_names(p)}
        self.scores = frozenset(scores)
        for name in sorted(set(traits) & (set(self.given) | self.scores) | set(self.given) & self.scores):
            self.problems.append(
                self._problem("M102", p.place, f"里“{name}”同时是两样东西的名字", "参数或评分换个名字")
            )
        self.names: dict[str, Column] = traits | self.given | scores
        self.reader = _Names(registry)

    def rule(self) -> Rule:
        p = self.policy
        tables = tuple(Table(s, tuple(self._item(s, i) for i in s.items)) for s in p.scores)
        clauses = tuple(self._clause(c) for c in p.conditions)
        when = None
        if p.when:
            flags = {c.key: Column(c.key, "flag") for c in p.conditions}
            when = self._formula(p.when, "的 when ", p.place, "flag", names=flags)
        benefit = self._benefit() if p.benefit else None
        ranked = self._formula(p.ranked_by, "的 ranked_by ", p.place) if p.ranked_by else None
        return Rule(p, self.on, self.parameters, clauses, tables, when, benefit, ranked, self.registry, self.names)

    def _clause(self, c: Condition) -> Clause:
        where = f"的条件“{c.label.zh}”"
        bounds = [(op, getattr(c, name)) for name, op in BOUNDS.items() if getattr(c, name)]
        with self._told(where, c.place):
            if c.kind == "discretion" and not c.test and not c.of:
                return Clause(c)
            if bool(c.test) == bool(c.of) or (c.test and (bounds or c.per)):
                raise Wrong("M103", "要么写 test，要么写 of 加一个界限", "test 是真假，of 是数")
            if c.test:
                return Clause(c, self._formula(c.test, where, c.place, "flag"))
            if len(bounds) != 1:
                raise Wrong(
                    "M103", "要有一个界限，且只有一个", "at_least、above、at_most、below 选一个；上下限写成两个条件"
                )
            of = self._formula(c.of, where, c.place)
            per = self._formula(c.per, where, c.place) if c.per else None
            bound = self._formula(bounds[0][1], where, c.place)
            value = times(of.kind, per.kind, -1) if per else of.kind
            meet([value, bound.kind], "数值与界限")
            if c.unit:
                meet([value, kind_of_unit(self.registry, c.unit)], "数值与 unit", literal=True)
            if self.scores & of.columns and (per or self.scores & bound.columns or not _adds(of.node, self.scores)):
                raise Wrong("M103", "评分只能单独或相加后与界限比", "")
            return Clause(c, None, of, per, bounds[0][0], bound)
        return Clause(c)

    def _item(self, score: Score, i: ScoreItem) -> Item:
        where = f"的评分项“{i.label.zh}”"
        of = self._formula(i.of, where, i.place, scores=False) if i.of else None
        per = self._formula(i.per, where, i.place, scores=False) if i.per else None
        bands, factor = [], base(self.registry, i.unit)
        with self._told(where, i.place):
            if of:
                value = times(of.kind, per.kind, -1) if per else of.kind
                meet([value, kind_of_unit(self.registry, i.unit)], "数值与 unit", literal=True)
            if i.group and i.group not in {g.key for g in score.groups}:
                raise Wrong("M102", f"没有叫“{i.group}”的分组", near(i.group, [g.key for g in score.groups]))
        for b in i.bands:
            with self._told(where, b.place):
                if bool(b.when) == (b.at_least is not None) or (b.at_least is not None and not of):
                    raise Wrong("M103", "每一档要么写 when，要么写 at_least（评分项要有 of）", "")
                when = self._formula(b.when, where, b.place, "flag", scores=False) if b.when else None
                most = Fraction(b.points if b.most is None else b.most)
                at_least = None if b.at_least is None else Fraction(b.at_least) * factor
                bands.append(Band(Fraction(b.points), most, when, at_least))
        return Item(i, of, per, tuple(bands))

    def _benefit(self) -> Paying:
        b, where = self.policy.benefit, "的兑现办法"
        assert b is not None

        def formula(text: str, place: Place | None = None) -> Formula | None:
            return self._formula(text, where, place or b.place) if text else None

        of, per, floor, cap = formula(b.of), formula(b.per), formula(b.floor), formula(b.cap)
        bands = []
        for band in b.bands or ():
            pays = self._formula(band.pays, where, band.place)
            bands.append(Pay(band, formula(band.at_least, band.place), formula(band.below, band.place), pays))
        with self._told(where, b.place):
            if bool(b.pays) == bool(b.bands) or (b.bands and not b.of):
                raise Wrong("M103", "要么写 pays，要么写 of 和 bands", "")
            if b.pays:
                bands = [Pay(None, None, None, self._formula(b.pays, where, b.place))]
            for pay in bands:
                meet([times(pay.pays.kind, per.kind, -1) if per else pay.pays.kind, MONEY], "给付与钱")
                meet([of.kind if of else "any", *(f.kind for f in (pay.at_least, pay.below) if f)], "档的界限")
            meet([MONEY, *(f.kind for f in (floor, cap) if f)], "封顶、保底与钱")
            step = b.rounds_to * 100
            if step <= 0 or step % 1:
                raise Wrong("M104", "rounds_to 要是整分", "例如 0.01、1、100")
            return Paying(of, per, tuple(bands), floor, cap, int(step))
        return Paying(of, per, tuple(bands), floor, cap, 1)

    def _formula(
        self, text: str, where: str, place: Place, want: str = "number", *, scores: bool = True,
        names: Mapping[str, Column] | None = None,
    ) -> Formula:  # fmt: skip
        with self._told(where, place, text):
            self.reader.names = self.names if names is None else names
            raw = self.reader.read(text)
            used = {n.name for n in walk(raw) if isinstance(n, Column)} & self.scores
            if used and not scores:
                raise Wrong("M103", "评分项不能再用评分", "")
            if want == "flag" and used:
                _scores_compared(raw, self.scores)
            kind = kind_of(raw, self.registry)
            if (kind == "flag") != (want == "flag") or kind == "text":
                raise Wrong("M104", "这里要的是真假" if want == "flag" else "这里要的是数", "")
            return Formula(text, raw, _rebuilt(raw, self._settled), kind)
        return Formula(text, Null(), Flag(False) if want == "flag" else Null(), "any")

    def _settled(self, column: Column) -> Node:
        """A parameter as its value, a trait in base units."""
        if column.name in self.parameters and column is self.given[column.name]:
            dated = self.parameters[column.name]
            if dated is None or not isinstance(dated.value, Decimal):
                return Null()
            return Number(Fraction(dated.value) * base(self.registry, column.unit))
        if column.type == "integer" and kind_of_unit(self.registry, column.unit) == MONEY:
            return column
        factor = base(self.registry, column.unit) if column.type in ("integer", "decimal") else 1
        return column if factor == 1 else Arithmetic("*", column, Number(Fraction(factor)))

    @contextmanager
    def _told(self, where: str, place: Place, text: str = "") -> Iterator[None]:
        try:
            yield
        except Wrong as wrong:
            said = f"{where}{f'（{text}）' if text else ''}：{wrong.message}"
            self.problems.append(self._problem(wrong.code, place, said, wrong.hint))

    def _problem(self, code: str, place: Place, message: str, hint: str) -> Problem:
        return Problem(code, "wrong", place, message, hint, subject=self.policy.key)


def _rebuilt(node: Node, leaf: Callable[[Column], Node]) -> Node:
    if isinstance(node, Column):
        return leaf(node)

    def below(value: object) -> Any:
        if isinstance(value, tuple):
            return tuple(below(v) for v in value)
        return _rebuilt(value, leaf) if isinstance(value, Node) else value

    return replace(node, **{f.name: below(getattr(node, f.name)) for f in fields(node)})


def _adds(node: Node, scores: frozenset[str]) -> bool:
    """A score alone, or a sum of scores and numbers: what grows with every score in it."""
    if isinstance(node, Arithmetic):
        return node.op == "+" and _adds(node.left, scores) and _adds(node.right, scores)
    return isinstance(node, Number) or (isinstance(node, Column) and node.name in scores)


def _scores_compared(node: Node, scores: frozenset[str]) -> None:
    """Scores are ranges: one may only be held against a bound, in a comparison that has an order."""

    def named(part: Node) -> bool:
        return any(isinstance(n, Column) and n.name in scores for n in walk(part))

    for n in walk(node):
        if isinstance(n, Comparison) and (named(n.left) or named(n.right)):
            both = named(n.left) and named(n.right)
            side = n.left if named(n.left) else n.right
            if both or n.op in ("=", "<>") or not _adds(side, scores):
                raise Wrong("M103", "评分是一个区间，只能用大小与界限比", "例如 score >= 60；“不为 0”写成 > 0")
        elif isinstance(n, InList | IsNull | Function | Case) and named(n):
            raise Wrong("M103", "评分只能用大小与界限比", "例如 score >= 60")
