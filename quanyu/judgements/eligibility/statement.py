"""One policy as one SELECT over the table of traits, on whole numbers.

Every number is a whole number with a fixed count of decimal places; quotients are compared by multiplication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from quanyu.judgements.eligibility.rule import Clause, Formula, Item, Paying, Rule, Table, base, score_names
from quanyu.judgements.eligibility.words import unit_shown
from quanyu.measures.compile import Binder, name, wide
from quanyu.measures.formula import Case, Column, Comparison, Function, Node, Null, Number, walk

PLACES = 4  # of the points of a score
DECIMALS = 6  # of a trait that is not a whole number


def select(rule: Rule, *, short: bool = False) -> tuple[str, dict[str, object]]:
    """One SELECT over `firms` and the values bound in it; `short`: only state, amount and the groups."""
    return _Select(rule).text(short=short)


@dataclass
class _Binder(Binder):
    """SQL on one firm. What is not known decides nothing, not even which branch of a `case` is taken; a score is read
    at one `end` of its range, and compared at both."""

    scores: frozenset[str] = frozenset()
    end: str = "low"
    both: bool = True  # compare at both ends; else at `end` alone

    def number(self, node: Node) -> tuple[str, int]:
        if isinstance(node, Column) and node.name in self.scores:
            return name(f"{node.name}__{self.end}"), PLACES
        if isinstance(node, Column) and node.type == "decimal":
            return f"({name(node.name)} * {10**DECIMALS})::HUGEINT", DECIMALS
        if isinstance(node, Function):
            sql, scale = super().number(node)
            open_ = [self.number(a)[0] for a in node.arguments if not isinstance(a, Number)]
            if node.name not in ("least", "greatest") or not open_:
                return sql, scale
            return f"(case when {' or '.join(f'{o} is null' for o in open_)} then null else {sql} end)", scale
        if isinstance(node, Case):
            parts = [self.number(v) for v in (*(v for _, v in node.branches), node.otherwise)]
            scale = max(s for _, s in parts)
            *values, last = [scaled(sql, scale - s) for sql, s in parts]
            whens = ""
            for (c, _), value in zip(node.branches, values, strict=True):
                test = self.condition(c)
                whens += f" when {test} is null then null when {test} then {value}"
            return f"(case{whens} else {last} end)", scale
        return super().number(node)

    def condition(self, node: Node) -> str:
        if isinstance(node, Null):
            return "null::BOOLEAN"
        if isinstance(node, Comparison) and self.both and _names(node, self.scores):
            low, high = super().condition(node), self.high(lambda: super(_Binder, self).condition(node))
            return f"(case when {low} = {high} then {low} end)"
        return super().condition(node)

    def high(self, made: Callable[[], str]) -> str:
        """SQL made at the high end of scores."""
        self.end = "high"
        sql = made()
        self.end = "low"
        return sql

    def compared(self, of: Formula, op: str, bound: Formula, per: Formula | None) -> str:
        """of ÷ per held against a bound, without dividing; not known where the divisor is not above nothing."""
        return held_to(self.number(of.node), op, self.number(bound.node), self.number(per.node) if per else None)


def held_to(of: tuple[str, int], op: str, bound: tuple[str, int], per: tuple[str, int] | None) -> str:
    (a, scale_a), (b, scale_b) = of, bound
    if per is None:
        return f"({scaled(a, scale_b - scale_a)} {op} {scaled(b, scale_a - scale_b)})"
    d, scale_d = per
    down = scale_b + scale_d - scale_a
    return f"(case when {d} > 0 then {scaled(a, down)} {op} {scaled(f'({wide(b)} * {wide(d)})', -down)} end)"


def scaled(sql: str, places: int) -> str:
    return sql if places <= 0 else f"({wide(sql)} * {10**places})"


def _names(node: Node, scores: frozenset[str]) -> bool:
    return any(isinstance(n, Column) and n.name in scores for n in walk(node))


@dataclass
class _Select:
    """The layers of one rule's SELECT: firms, bands of scores, scores, conditions, and what follows from them."""

    rule: Rule
    layers: list[str] = field(default_factory=list)
    made: dict[Formula, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sql = _Binder(scores=frozenset(score_names(self.rule.policy)))

    def text(self, *, short: bool) -> tuple[str, dict[str, object]]:
        for table in self.rule.tables:
            self._scores(table)
        self._layer([f"{sql} AS {column}" for c in self.rule.clauses for column, sql in self._parts(c)])
        tests = {c.condition.key: self._test(c) for c in self.rule.clauses}
        told = [f"{t} AS {name(f'test_{k}')}" for k, t in tests.items() if t]
        amount = self._amount(self.rule.benefit) if self.rule.benefit else "null::BIGINT"
        self._layer([*told, f"{amount} AS amount"])
        states = [f"{self._state(c)} AS {name(f'state_{c.condition.key}')}" for c in self.rule.clauses]
        shown = [] if short else [v for c in self.rule.clauses if c.of for v in self._shown(c)]
        self._layer([*states, *shown])
        names = [f"state_{c.condition.key}" for c in self.rule.clauses]
        names += [f"{w}_{c.condition.key}" for c in self.rule.clauses if c.of for w in ("value", "distance")]
        names += [f"{t.score.key}__{end}" for t in self.rule.tables for end in ("low", "high")]
        picked = ["group_size", "group_industry", "group_area"] if short else [name(n) for n in names]
        last = f"SELECT firm, {self._overall()} AS state, amount{''.join(f', {p}' for p in picked)}"
        source = "firms"
        for layer in self.layers:
            source = f"(SELECT *, {layer} FROM {source})"  # noqa: S608 - made of checked names and bound values
        return f"{last} FROM {source}", self.sql.values

    def _layer(self, columns: list[str]) -> None:
        if columns:
            self.layers.append(", ".join(columns))

    # --- scores ---

    def _scores(self, table: Table) -> None:
        """Which band each item is in (-1: not known), from that its points, then groups and the total."""
        key = table.score.key
        names = {i.item.key: f"{key}_{i.item.key}" for i in table.items}
        self._layer(
            [
                f"{self._band(i, names[i.item.key])} AS {name(names[i.item.key] + '__band')}"
                for i in table.items
                if i.bands
            ]
        )
        points = []
        for i in table.items:
            most = _points(Fraction(i.item.most))
            band, low, high, open_ = (name(f"{names[i.item.key]}__{w}") for w in ("band", "low", "high", "open"))
            if i.bands:
                lows = "".join(f" when {n} then {_points(b.points)}" for n, b in enumerate(i.bands))
                highs = "".join(f" when {n} then {_points(b.most)}" for n, b in enumerate(i.bands))
                points.append(f"(case {band}{lows} else 0 end)::BIGINT AS {low}")
                points.append(f"(case {band}{highs} when -1 then {most} else 0 end)::BIGINT AS {high}")
                points.append(f"{band} = -1 AS {open_}")
            else:
                points.append(f"0::BIGINT AS {low}, {most}::BIGINT AS {high}, false AS {open_}")
        self._layer(points)
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
                self._layer([f"{held[w]} AS {name(f'{key}_{group}__{w}')}" for w in ("low", "high", "open")])
                held = {w: name(f"{key}_{group}__{w}") for w in held}
            for w, sql in held.items():
                sums[w].append(f"({sql})")
        self._layer(
            [
                f"({' + '.join(sums['low'])})::BIGINT AS {name(f'{key}__low')}",
                f"({' + '.join(sums['high'])})::BIGINT AS {name(f'{key}__high')}",
                f"({' or '.join(sums['open'])}) AS {name(f'{key}__open')}",
            ]
        )

    def _band(self, item: Item, key: str) -> str:
        """Which band fits; the item's value is worked out once, in a layer of its own."""
        value = [f for f in (item.of, item.per) if f]
        made = [(name(f"{key}__{n}"), self.sql.number(f.node)) for n, f in enumerate(value)]
        self._layer([f"{sql} AS {column}" for column, (sql, _) in made])
        held = [(column, scale) for column, (_, scale) in made]
        whens, known = "", False
        for n, band in enumerate(item.bands):
            if band.when:
                fits = self.sql.condition(band.when.node)
            else:
                at_least = self.sql.number(Number(band.at_least or Fraction(0)))
                fits = held_to(held[0], ">=", at_least, held[1] if item.per else None)
            whens += "" if known and not band.when else f" when {fits} is null then -1"
            whens += f" when {fits} then {n}"
            known = known or not band.when  # a value that is known for one bound is known for all
        return f"(case{whens} else {len(item.bands)} end)"

    # --- conditions ---

    def _parts(self, c: Clause) -> Iterator[tuple[str, str]]:
        """The numbers of a condition that are worked out once, in a layer: value, divisor and bound without scores."""
        for word, formula in (("of", c.of), ("per", c.per), ("bound", c.bound)):
            if formula and not formula.columns & self.sql.scores and not isinstance(formula.node, Column | Number):
                sql, scale = self.sql.number(formula.node)
                self.made[formula] = (name(f"{word}__{c.condition.key}"), scale)
                yield self.made[formula][0], sql

    def _number(self, formula: Formula) -> tuple[str, int]:
        return self.made.get(formula) or self.sql.number(formula.node)

    def _held(self, c: Clause) -> str:
        assert c.of is not None and c.bound is not None
        per = self._number(c.per) if c.per else None
        return held_to(self._number(c.of), c.op, self._number(c.bound), per)

    def _test(self, c: Clause) -> str:
        """True: it holds (of a veto: it does not apply)."""
        if c.condition.kind == "discretion":
            return ""
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
        """Is it open only for want of judgement? "" where that cannot be."""
        named = c.columns & self.sql.scores
        if not named:
            return ""
        missing = " or ".join(name(f"{n}__open") for n in sorted(named))
        self.sql.both = False  # so that null means a missing number
        known = self.sql.condition(c.test.node) if c.test else self.sql.number(c.bound.node)[0] if c.bound else "null"
        self.sql.both = True
        return f"(not ({missing}) and ({known}) is not null)"

    def _state(self, c: Clause) -> str:
        if c.condition.kind == "discretion":
            return "'judgement'"
        test, judged = name(f"test_{c.condition.key}"), self._judged(c)
        open_ = f"when {judged} then 'judgement' else 'unknown'" if judged else "else 'unknown'"
        return f"(case when {test} then 'met' when not {test} then 'not_met' {open_} end)"

    def _shown(self, c: Clause) -> Iterator[str]:
        """The value, of a score the end where least is missing, and how much is missing to the bound."""
        assert c.of is not None and c.bound is not None
        of, up = c.of, (c.op in (">=", ">")) is (c.condition.kind != "veto")
        factor = float(base(self.rule.registry, unit_shown(self.rule, c.condition.unit, c.bound)))
        low, high = _double(self._number(of)), self.sql.high(lambda: _double(self._number(of)))
        value, limit = high if up else low, f"{_double(self._number(c.bound))} / {factor!r}"
        if c.per:
            per = self._number(c.per)
            value = f"(case when {per[0]} > 0 then {value} / ({_double(per)}) end)"
        value = f"{value} / {factor!r}"
        yield f"{value} AS {name(f'value_{c.condition.key}')}"
        yield f"{f'{limit} - {value}' if up else f'{value} - {limit}'} AS {name(f'distance_{c.condition.key}')}"

    def _overall(self) -> str:
        strict = {c.condition.key: name(f"test_{c.condition.key}") for c in self.rule.clauses}
        strict |= {c.condition.key: "null::BOOLEAN" for c in self.rule.clauses if c.condition.kind == "discretion"}
        judged = dict(strict)
        for c in self.rule.clauses:
            if c.condition.kind == "discretion":
                judged[c.condition.key] = "true"
            elif c.columns & self.sql.scores:
                state = name(f"state_{c.condition.key}")
                judged[c.condition.key] = (
                    f"(case when {state} = 'judgement' then true else {strict[c.condition.key]} end)"
                )
        has, might = self._has(strict), self._has(judged)
        open_ = f"when {might} then 'judgement' else 'unknown'" if judged != strict else "else 'unknown'"
        return f"(case when {has} then 'yes' when not {has} then 'no' {open_} end)"

    def _has(self, truth: Mapping[str, str]) -> str:
        if self.rule.when:
            binder = _Keys(truth=truth)
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
        """Layers: which band the value is in (-1: not known), what that pays, held between floor and cap."""
        pays = [self._down(b.pays, benefit.per, benefit.step) for b in benefit.bands]
        column = name(f"pay_{end}")
        none = ""
        if benefit.of:
            band, whens = name(f"pay_band_{end}"), ""
            for n, b in enumerate(benefit.bands):
                edges = [self.sql.compared(benefit.of, ">=", b.at_least, None)] if b.at_least else []
                edges += [self.sql.compared(benefit.of, "<", b.below, None)] if b.below else []
                fits = f"({' and '.join(['true', *edges])})"
                whens += f" when {fits} is null then -1 when {fits} then {n}"
            self._layer([f"(case{whens} else {len(pays)} end) AS {band}"])
            chosen = "".join(f" when {n} then {sql}" for n, sql in enumerate(pays))
            self._layer([f"(case {band}{chosen} end) AS {column}"])
            none = f"when {band} = {len(pays)} then 0 "
        else:
            self._layer([f"{pays[0]} AS {column}"])
        made = f"(case when {column} < 0 then 0 else {column} end)"
        for limit, op in ((benefit.floor, ">="), (benefit.cap, "<=")):
            if limit:
                stop, after = name(f"stop_{end}_{len(self.layers)}"), name(f"held_{end}_{len(self.layers)}")
                self._layer([f"{made} AS {after}", f"{self._down(limit, None, benefit.step)} AS {stop}"])
                least = f"(case when {stop} < 0 then 0 else {stop} end)"
                made = f"(case when {after} {op} {least} then {after} when not {after} {op} {least} then {least} end)"
        return f"(case {none}else {made} end)" if none else made

    def _down(self, formula: Formula, per: Formula | None, step: int) -> str:
        """Money in whole fen, cut down to a whole number of steps; below nothing it is only below nothing."""
        top, scale = self.sql.number(formula.node)
        bottom, below = self.sql.number(per.node) if per else ("1", 0)
        top, unit = scaled(top, below - scale), 10 ** max(scale - below, 0) * step
        if per:
            return f"(case when {bottom} > 0 then {wide(top)} // ({wide(bottom)} * {unit}) * {step} end)"
        return top if unit == 1 else f"({wide(top)} // {unit} * {step})"


@dataclass
class _Keys(Binder):
    """A formula over the keys of conditions, each put in as its own SQL."""

    truth: Mapping[str, str] = field(default_factory=dict)

    def condition(self, node: Node) -> str:
        return self.truth[node.name] if isinstance(node, Column) else super().condition(node)


def _points(points: Fraction) -> int:
    return int(points * 10**PLACES)


def _greatest(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"greatest({', '.join(names)})"


def _double(part: tuple[str, int]) -> str:
    return f"({part[0]})::DOUBLE / {float(10 ** part[1])!r}" if part[1] else f"({part[0]})::DOUBLE"
