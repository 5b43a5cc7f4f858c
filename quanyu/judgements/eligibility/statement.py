"""Policies as SELECTs over the table of traits, on whole numbers; what several of them work out is worked out once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from quanyu.judgements.eligibility.binding import PLACES, Bounds, Keys, OneFirm
from quanyu.judgements.eligibility.rule import Clause, Formula, Item, Paying, Rule, Table, score_names
from quanyu.measures.compile import name, wide
from quanyu.measures.formula import Number

QUOTED = re.compile(r'"([a-z][a-z0-9_]*)"')
BOUND = re.compile(r"\$(p\d+)")
Told = Literal["groups", "states", "scores"]
"""The groups of the firm; how each condition stands; that and the scores."""
Bound = tuple[str, dict[str, object]]
"""SQL, and the values bound in it."""


def selects(rules: Sequence[Rule], bounds: Bounds, told: Told = "states") -> tuple[Bound, list[Bound]]:
    """A SELECT over `firms` of what several rules need, and for each rule one over that as `shared`.

    `told`: beside state and amount.
    """
    values: dict[str, object] = {}
    names: dict[str, str] = {}  # SQL → the column it is held in, whatever rule first made it
    made: list[tuple[dict[str, str], str]] = []
    for rule in rules:
        one = _Select(rule, bounds, values)
        last, own, called = one.text(told), dict[str, str](), dict[str, str]()
        for column, sql in one.layers.items():
            sql = _renamed(sql, called)
            called[column] = names.setdefault(sql, f"made__{len(names)}")
            own[called[column]] = sql
        made.append((own, _renamed(last, called)))
    often = {c for sql, c in names.items() if sum(c in own for own, _ in made) > 1}
    common = {c: sql for sql, c in names.items() if c in often}
    texts = [
        f"SELECT {last} FROM {_layered({c: sql for c, sql in own.items() if c not in often}, 'shared')}"  # noqa: S608 - made of checked names and bound values
        for own, last in made
    ]
    read = {c for text in texts for c in QUOTED.findall(text)} - (set(names.values()) - often)
    groups = ["group_size", "group_industry", "group_area"] if told == "groups" else []
    kept = [f"SELECT {', '.join(['firm', *groups, *map(name, sorted(read))])} FROM {_layered(common, 'firms')}", *texts]  # noqa: S608 - made of checked names and bound values
    bound = [(text, {key: values[key] for key in BOUND.findall(text)}) for text in kept]
    return bound[0], bound[1:]


def _renamed(sql: str, called: Mapping[str, str]) -> str:
    return QUOTED.sub(lambda m: name(called.get(m[1], m[1])), sql)


def _layered(made: Mapping[str, str], source: str) -> str:
    """A relation with columns made of one another, in as few layers as that takes."""
    depth: dict[str, int] = {}
    for column, sql in made.items():
        depth[column] = 1 + max((depth.get(n, 0) for n in QUOTED.findall(sql)), default=0)
    for level in range(1, max(depth.values(), default=0) + 1):
        columns = ", ".join(f"{made[c]} AS {name(c)}" for c, d in depth.items() if d == level)
        source = f"(SELECT *, {columns} FROM {source})"  # noqa: S608 - made of checked names and bound values
    return source


@dataclass
class _Select:
    """The layers of one rule's SELECT: firms, bands of scores, scores, conditions, and what follows from them."""

    rule: Rule
    bounds: Bounds
    values: dict[str, object]
    layers: dict[str, str] = field(default_factory=dict)  # column → its SQL, made of firms and of columns before it
    made: dict[tuple[str, Formula], tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scores = frozenset(score_names(self.rule.policy))
        self.sql = OneFirm(scores=scores, bounds=self.bounds, values=self.values)

    def text(self, told: Told) -> str:
        """What is selected, of columns laid before. True, false and not known; `judged`: known but for judgement."""
        for table in self.rule.tables:
            self._scores(table)
        tests, judged = {}, {}
        for c in self.rule.clauses:
            key = c.condition.key
            for word, formula in (("of", c.of), ("per", c.per), ("bound", c.bound)):
                self._part(word, key, formula)
            tests[key] = self._lay(f"test_{key}", self._test(c))
            if c.condition.kind == "discretion":
                judged[key] = "true"
            elif c.columns & self.sql.scores:
                judged[key] = self._lay(f"judged_{key}", f"({tests[key]} is null and {self._judged(c)})")
        amount = self._amount(self.rule.benefit) if self.rule.benefit else "null::BIGINT"
        has = self._has(tests)
        might = self._has({k: f"({judged[k]} or {t})" if k in judged else t for k, t in tests.items()})
        open_ = f"({has} is null and {might})" if judged else "false"
        last = f"firm, {has} AS state, {open_} AS judged, {amount} AS amount"
        if told == "groups":
            return last + ", group_size, group_industry, group_area"
        last += "".join(f", {sql} AS state_{key}" for key, sql in tests.items())
        last += "".join(f", {sql} AS judged_{key}" for key, sql in judged.items())
        ends = [f"{t.score.key}__{end}" for t in self.rule.tables for end in ("low", "high")]
        return last + "".join(f", {name(end)} AS {end}" for end in ends if told == "scores")

    def _lay(self, column: str, sql: str) -> str:
        """SQL as a column of its own, that is worked out once; the column."""
        if QUOTED.fullmatch(sql) or (sql in self.sql.ranges and not QUOTED.search(sql)):
            return sql
        self.layers[column] = sql
        if sql in self.sql.ranges:
            self.sql.within(name(column), *self.sql.ranges[sql])
        return name(column)

    # --- scores ---

    def _scores(self, table: Table) -> None:
        """Which band each item is in (-1: not known), from that its points, then groups and the total."""
        key = table.score.key
        names = {i.item.key: f"{key}_{i.item.key}" for i in table.items}
        for i in table.items:
            most = _points(Fraction(i.item.most))
            low, high, open_ = (f"{names[i.item.key]}__{w}" for w in ("low", "high", "open"))
            if i.bands:
                band = self._lay(f"{names[i.item.key]}__band", self._band(i, names[i.item.key]))
                lows = "".join(f" when {n} then {_points(b.points)}" for n, b in enumerate(i.bands))
                highs = "".join(f" when {n} then {_points(b.most)}" for n, b in enumerate(i.bands))
                self._lay(low, f"(case {band}{lows} else 0 end)::BIGINT")
                self._lay(high, f"(case {band}{highs} when -1 then {most} else 0 end)::BIGINT")
                self._lay(open_, f"({band} = -1)")
            else:
                self.layers |= {low: "0::BIGINT", high: f"{most}::BIGINT", open_: "false"}
        sums: dict[str, list[str]] = {"low": [], "high": [], "open": ["false"]}
        for group, cap in [("", None), *((g.key, Fraction(g.most)) for g in table.score.groups)]:
            items = [i.item for i in table.items if i.item.group == group]
            words = dict.fromkeys(i.one_of or i.key for i in items)
            best = [[names[i.key] for i in items if (i.one_of or i.key) == word] for word in words]
            held = {"open": " or ".join(["false", *(name(f"{names[i.key]}__open") for i in items)])}
            for end in ("low", "high"):
                added = " + ".join(["0", *(_greatest([name(f"{n}__{end}") for n in b]) for b in best)])
                held[end] = f"({added})" if cap is None else f"least({added}, {_points(cap)})"
            if group:
                held = {w: self._lay(f"{key}_{group}__{w}", f"({sql})") for w, sql in held.items()}
            for w, sql in held.items():
                sums[w].append(f"({sql})")
        self.layers |= {f"{key}__{end}": f"({' + '.join(sums[end])})::BIGINT" for end in ("low", "high")}
        self.layers[f"{key}__open"] = f"({' or '.join(sums['open'])})"

    def _band(self, item: Item, key: str) -> str:
        """Which band fits; the item's value is worked out once."""
        of = self._part("of", key, item.of)
        per = self._part("per", key, item.per)
        whens, known = "", False
        for n, band in enumerate(item.bands):
            if band.when:
                fits = self.sql.condition(band.when.node)
            else:
                assert of is not None
                fits = self.sql.held(of, ">=", self.sql.number(Number(band.at_least or Fraction(0))), per)
            whens += "" if known and not band.when else f" when {fits} is null then -1"
            whens += f" when {fits} then {n}"
            known = known or not band.when  # a value that is known for one bound is known for all
        return f"(case{whens} else {len(item.bands)} end)"

    # --- conditions ---

    def _part(self, word: str, key: str, formula: Formula | None) -> tuple[str, int] | None:
        """A value, divisor or bound, worked out once where no score is in it; a divisor is positive or not known."""
        if formula is None:
            return None
        if (word, formula) not in self.made:
            sql, scale = self.sql.number(formula.node)
            if word == "per":
                sql = self.sql.positive(sql)
            if formula.columns & self.sql.scores:
                return sql, scale
            self.made[word, formula] = self._lay(f"{word}__{key}", sql), scale
        return self.made[word, formula]

    def _held(self, c: Clause) -> str:
        of, per, bound = (
            self._part(w, c.condition.key, f) for w, f in (("of", c.of), ("per", c.per), ("bound", c.bound))
        )
        assert of is not None and bound is not None
        return self.sql.held(of, c.op, bound, per)

    def _test(self, c: Clause) -> str:
        """True: it holds (of a veto: it does not apply)."""
        if c.condition.kind == "discretion":
            return "null::BOOLEAN"
        if c.test:
            sql = self.sql.condition(c.test.node)
        elif c.of is None or c.bound is None:
            return "null::BOOLEAN"
        else:
            sql = self._held(c)
            if c.columns & self.sql.scores:
                high = self.sql.high(lambda: self._held(c))
                sql = f"(case when {sql} = {high} then {sql} end)"
        return f"(not {sql})" if c.condition.kind == "veto" else sql

    def _judged(self, c: Clause) -> str:
        """Is it open only for want of judgement?"""
        missing = " or ".join(name(f"{n}__open") for n in sorted(c.columns & self.sql.scores))
        self.sql.both = False  # so that null means a missing number
        known = self.sql.condition(c.test.node) if c.test else self.sql.number(c.bound.node)[0] if c.bound else "null"
        self.sql.both = True
        return f"(not ({missing}) and ({known}) is not null)"

    def _has(self, truth: Mapping[str, str]) -> str:
        if self.rule.when:
            binder = Keys(truth=truth)
            return binder.condition(self.rule.when.node)
        held = [c.condition for c in self.rule.clauses if c.condition.kind != "bonus"]
        words: dict[str, list[str]] = {}
        for c in held:
            words.setdefault(c.one_of or c.key, []).append(truth[c.key])
        return "(" + " and ".join(["true", *(f"({' or '.join(w)})" for w in words.values())]) + ")"

    # --- money ---

    def _amount(self, benefit: Paying) -> str:
        """What is paid in fen; where the ends of a score make two amounts of it, none is known."""
        low = self._paid(benefit, "low")
        if not benefit.columns & self.sql.scores:
            return f"{low}::BIGINT"
        high = self.sql.high(lambda: self._paid(benefit, "high"))
        return f"(case when {low} = {high} then {low} end)::BIGINT"

    def _paid(self, benefit: Paying, end: str) -> str:
        """Which band the value is in (-1: not known), what that pays, held between floor and cap."""
        pays = [self._down(b.pays, benefit.per, benefit.step) for b in benefit.bands]
        none, made = "", pays[0]
        if benefit.of:
            of, whens = self.sql.number(benefit.of.node), ""
            for n, b in enumerate(benefit.bands):
                edges = [self.sql.held(of, ">=", self.sql.number(b.at_least.node))] if b.at_least else []
                edges += [self.sql.held(of, "<", self.sql.number(b.below.node))] if b.below else []
                fits = f"({' and '.join(['true', *edges])})"
                whens += f" when {fits} is null then -1 when {fits} then {n}"
            band = self._lay(f"pay_band_{end}", f"(case{whens} else {len(pays)} end)")
            chosen = "".join(f" when {n} then {sql}" for n, sql in enumerate(pays))
            made = self.sql.among(f"(case {band}{chosen} end)", pays)
            none = f"when {band} = {len(pays)} then 0 "
        made = self._from_zero(self._lay(f"pay_{end}", made))
        for limit, op in ((benefit.floor, ">="), (benefit.cap, "<=")):
            if limit:
                after = self._lay(f"held_{end}_{op == '<='}".lower(), made)
                stop = self._lay(f"stop_{end}_{op == '<='}".lower(), self._down(limit, None, benefit.step))
                least = self._from_zero(stop)
                held = f"{after} {op} {least}"
                made = f"(case when {held} then {after} when not {held} then {least} end)"
                if isinstance(limit.node, Number):  # a limit that is known
                    made = f"(case when not {held} then {least} else {after} end)"
                made = self.sql.among(made, [after, least])
        return f"(case {none}else {made} end)" if none else made

    def _from_zero(self, sql: str) -> str:
        if self.sql.ranges.get(sql, (-1, 0))[0] >= 0:
            return sql
        made, known = f"(case when {sql} < 0 then 0 else {sql} end)", self.sql.ranges.get(sql)
        return self.sql.within(made, 0, max(known[1], 0)) if known else made

    def _down(self, formula: Formula, per: Formula | None, step: int) -> str:
        """Money in whole fen, cut down to a whole number of steps; below nothing it is only below nothing."""
        if per is None and isinstance(formula.node, Number):
            return self.sql.number(Number(Fraction(formula.node.value // step * step)))[0]
        top, scale = self.sql.number(formula.node)
        bottom, below = self.sql.number(per.node) if per else ("", 0)
        top, unit = self.sql.scaled(top, below - scale), 10 ** max(scale - below, 0) * step
        if per is None and unit == 1:
            return top
        by = self.sql.number(Number(Fraction(unit)))[0]
        divisor = self.sql.joined(self.sql.positive(bottom), "*", by) if per else by
        if top in self.sql.ranges and divisor in self.sql.ranges:
            return self.sql.among(f"({top} // {divisor} * {step})", [top])
        return f"({wide(top)} // {wide(divisor)} * {step})"


def _points(points: Fraction) -> int:
    return int(points * 10**PLACES)


def _greatest(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"greatest({', '.join(names)})"
