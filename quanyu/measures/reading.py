"""From the text of a formula to its tree: sqlglot lexes and parses, an allow-list decides what may stay.

Whatever is not on the list (queries, tables, files, other functions, qualifiers, window functions) raises `Wrong`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast

from sqlglot import exp
from sqlglot import parse as sql_parse
from sqlglot.errors import SqlglotError

from quanyu.measures import units
from quanyu.measures.meaning import Meaning
from quanyu.measures.units import Quantity
from quanyu.registry.model import Contract, Registry

from quanyu.measures.formula import (  # isort: skip
    Aggregate, AggregateName, Arithmetic, BoolOp, Case, Column, Comparison, Flag, Function, Holds, InList, IsNull,
    Moment, MomentName, Node, Not, Null, Number, Text, Wrong, walk,
)  # fmt: skip

SHARED = ("firm", "area", "industry", "size")
MOMENTS = ("valid", "started")
LONGEST = 2000
VOCABULARY = (
    "只能用 sum count min max avg last 加 filter (where …)、+ - * /、case when、coalesce least greatest abs round、"
    "holds('头衔')、比较、and or not、in、between、is null"
)

Kinds = dict[type[exp.Expression], Any]
ARITHMETIC: Kinds = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
COMPARISON: Kinds = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
AGGREGATE: Kinds = {
    exp.Sum: "sum", exp.Count: "count", exp.Last: "last", exp.Min: "min", exp.Max: "max", exp.Avg: "avg",
}  # fmt: skip
FUNCTION: Kinds = {
    exp.Coalesce: "coalesce", exp.Least: "least", exp.Greatest: "greatest", exp.Abs: "abs", exp.Round: "round",
}  # fmt: skip
# What each accepted sqlglot node may carry; anything else on it (order, distinct, ignore nulls, …) is refused.
PARTS: dict[type[exp.Expression], set[str]] = {
    exp.Null: set(),
    exp.Star: set(),
    exp.Literal: {"this", "is_string"},
    exp.In: {"this", "expressions"},
    exp.Between: {"this", "low", "high"},
    exp.Case: {"this", "ifs", "default"},
    exp.Distinct: {"expressions"},
    exp.Anonymous: {"this", "expressions"},
    exp.Round: {"this", "decimals"},
    exp.Count: {"this", "big_int"},
    **{kind: {"this"} for kind in (exp.Paren, exp.Neg, exp.Not, exp.Abs, exp.Where, exp.Column, exp.Boolean)},
    **{kind: {"this"} for kind in (exp.Sum, exp.Last, exp.Min, exp.Max, exp.Avg)},
    **{kind: {"this", "expression", "typed", "safe"} for kind in ARITHMETIC},
    **{kind: {"this", "expression"} for kind in (*COMPARISON, exp.Filter, exp.Is, exp.And, exp.Or)},
    **{kind: {"this", "expressions", "ignore_nulls"} for kind in (exp.Coalesce, exp.Least, exp.Greatest)},
}


def near(name: str, known: Iterable[str]) -> str:
    """The known name a misspelt one was probably meant to be, as a hint."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"是不是 {close[0]}？" if close else ""


@lru_cache(maxsize=4096)
def _parsed(formula: str) -> list[exp.Expr | None]:
    """Read only: the same words are parsed once, however many formulas say them."""
    return sql_parse(formula, read="duckdb")


@dataclass
class Reader:
    """Turns one sqlglot tree into our nodes."""

    registry: Registry
    homes: dict[str, list[str]] = field(default_factory=dict)  # column name → contracts that have it
    meaning: Meaning = field(init=False)

    def __post_init__(self) -> None:
        self.meaning = Meaning(self.registry)
        for contract in self.registry.contracts.values():
            for name in contract.columns:
                if name not in SHARED:
                    self.homes.setdefault(name, []).append(contract.key)

    def read(self, formula: str) -> Node:
        if len(formula) > LONGEST:
            raise Wrong("M101", f"公式长 {len(formula)} 字，最多 {LONGEST} 字", "拆成几个指标")
        try:
            found = _parsed(formula)
        except (SqlglotError, RecursionError, ValueError) as error:
            raise Wrong("M101", "看不懂这条公式", "检查括号、引号和逗号是否成对；字符串用单引号") from error
        if len(found) != 1 or found[0] is None:
            raise Wrong("M103" if len(found) > 1 else "M101", "一条公式只能是一个表达式", "不要用分号")
        return self._node(cast(exp.Expression, found[0]), None)

    def _node(self, e: exp.Expression, contract: Contract | None) -> Node:
        """One node; `contract` is the one being read when inside an aggregate, None outside."""
        self._guard(e)

        def sub(name: str) -> Node:
            return self._node(e.args[name], contract)

        def subs(name: str) -> tuple[Node, ...]:
            return tuple(self._node(x, contract) for x in e.args.get(name) or ())

        kind = type(e)
        if kind is exp.Paren:
            return sub("this")
        if kind is exp.Literal:
            return Text(e.this) if e.is_string else Number(Fraction(e.this))
        if kind is exp.Boolean:
            return Flag(bool(e.this))
        if kind is exp.Null:
            return Null()
        if kind is exp.Neg:
            inner = sub("this")
            return Number(-inner.value) if isinstance(inner, Number) else Arithmetic("-", Number(Fraction(0)), inner)
        if kind in ARITHMETIC:
            if kind is exp.Div and contract is not None:
                raise Wrong("M103", "除法不能放在汇总里面", "写成 sum(a) / sum(b)")
            return Arithmetic(ARITHMETIC[kind], sub("this"), sub("expression"))
        if kind in COMPARISON:
            return Comparison(COMPARISON[kind], sub("this"), sub("expression"))
        if kind in (exp.And, exp.Or):
            return BoolOp("and" if kind is exp.And else "or", (sub("this"), sub("expression")))
        if kind is exp.Not:
            return Not(sub("this"))
        if kind is exp.Is:
            if not isinstance(e.expression, exp.Null):
                raise Wrong("M103", "is 后面只能是 null 或 not null", VOCABULARY)
            return IsNull(sub("this"))
        if kind is exp.In:
            values = subs("expressions")
            if not values or not all(isinstance(v, Number | Text) for v in values):
                raise Wrong("M103", "in 的括号里只能列出数字或字符串", "例如 level in ('invention', 'utility')")
            return InList(sub("this"), cast(tuple[Number | Text, ...], values))
        if kind is exp.Between:
            low, high = Comparison(">=", sub("this"), sub("low")), Comparison("<=", sub("this"), sub("high"))
            return BoolOp("and", (low, high))
        if kind is exp.Case:
            if e.args.get("this") is not None:
                raise Wrong("M103", "case 后面要直接写 when 条件", "case when a > 0 then … else … end")
            branches = tuple(
                (self._node(i.this, contract), self._node(i.args["true"], contract)) for i in e.args["ifs"]
            )
            return Case(branches, sub("default") if e.args.get("default") is not None else Null())
        if kind in FUNCTION:
            return self._function(e, sub, subs, contract)
        if kind is exp.Anonymous:
            return self._holds(e, contract)
        if kind is exp.Filter or kind in AGGREGATE:
            if contract is not None:
                raise Wrong("M106", "汇总里面不能再套汇总", "")
            return self._aggregate(e)
        assert kind is exp.Column, kind
        return self._column(e.name, contract)

    def _guard(self, e: exp.Expression) -> None:
        allowed = PARTS.get(type(e))
        extra = [k for k, v in e.args.items() if v not in (None, False, []) and k not in (allowed or ())]
        if isinstance(e, exp.Column) and (extra or e.this.args.get("quoted")):
            raise Wrong("M103", f"列名只写名字本身，不能写“{e.sql('duckdb')}”", "不带表名、不加引号")
        if allowed is None or extra:
            raise Wrong("M103", f"公式里不能用“{e.sql('duckdb')[:60]}”", VOCABULARY)

    def _function(self, e: exp.Expression, sub, subs, contract: Contract | None) -> Node:  # type: ignore[no-untyped-def]  # two closures of _node
        name = FUNCTION[type(e)]
        if name == "round":
            if contract is not None:
                raise Wrong("M103", "round 不能放在汇总里面", "先汇总，再 round(…, 位数)")
            places = self._node(e.args["decimals"], None) if e.args.get("decimals") is not None else Number(Fraction(0))
            if not isinstance(places, Number) or places.value not in range(13):
                raise Wrong("M103", "round 的位数只能是 0 到 12 的整数", "")
            return Function("round", (sub("this"), places))
        return Function(name, (sub("this"), *subs("expressions")))

    def _holds(self, e: exp.Expression, contract: Contract | None) -> Node:
        arguments = [x for x in e.expressions if isinstance(x, exp.Literal) and x.is_string]
        if str(e.this).lower() != "holds" or len(e.expressions) != 1 or len(arguments) != 1:
            raise Wrong("M103", f"没有函数“{e.this}”", VOCABULARY)
        if contract is None:
            raise Wrong("M106", "holds(…) 只能写在汇总的 filter (where …) 里", "")
        self._known_title(arguments[0].this)
        return Holds(arguments[0].this)

    def _aggregate(self, e: exp.Expression) -> Node:
        where = e.expression.this if isinstance(e, exp.Filter) else None
        call = e.this if isinstance(e, exp.Filter) else e
        if isinstance(e, exp.Filter):
            self._guard(e.expression)
        if type(call) not in AGGREGATE:
            raise Wrong("M103", f"filter 前面只能是汇总，不能是“{call.sql('duckdb')[:60]}”", VOCABULARY)
        self._guard(call)
        name, argument, distinct = AGGREGATE[type(call)], call.this, isinstance(call.this, exp.Distinct)
        if distinct:
            self._guard(argument)
            if name != "count" or len(argument.expressions) != 1 or not isinstance(argument.expressions[0], exp.Column):
                raise Wrong("M103", "distinct 只能写成 count(distinct 列名)", "")
            argument = argument.expressions[0]
        if argument is None or (isinstance(argument, exp.Star) and name != "count"):
            raise Wrong("M103", f"{name} 的括号里要写一个列", "只有 count 可以写 count(*)")
        star = isinstance(argument, exp.Star)
        self._guard(argument)
        contract = self._home([*([] if star else [argument]), *([where] if where is not None else [])])
        operand = None if star else self._node(argument, contract)
        condition = self._node(where, contract) if where is not None else None
        function: AggregateName = "sum" if name == "avg" else name
        text = re.sub(
            r"'[^']*'|[A-Z]+", lambda found: found[0] if found[0][0] == "'" else found[0].lower(), e.sql("duckdb")
        )
        made = Aggregate(function, contract.key, operand, distinct, condition, text)
        self._check_aggregate(made, name, contract)
        if name == "avg":
            return Arithmetic("/", made, Aggregate("count", contract.key, operand, False, condition, made.text))
        return made

    def _home(self, parts: list[exp.Expression]) -> Contract:
        """The one contract whose rows an aggregate reads: found by the columns it names."""
        columns = [c for part in parts for c in part.find_all(exp.Column)]
        for column in columns:
            self._guard(column)
        names = {c.name for c in columns}
        contracts = self.registry.contracts
        standing = [k for k, c in contracts.items() if c.provider == "standing"]
        candidates: set[str] | None = None
        for name in sorted(names - set(SHARED)):
            homes = standing if name in MOMENTS else self.homes.get(name)
            if not homes:
                raise Wrong("M102", f"没有叫“{name}”的列", near(name, [*self.homes, *SHARED, *MOMENTS]))
            held = "、".join(sorted(candidates or ()))
            if candidates is not None and not candidates & set(homes):
                told = f"一个汇总只能读一张事实表，“{name}”在 {homes[0]}，其余在 {held}"
                raise Wrong("M105", told, "拆成两个汇总再相加减；要限定企业的头衔用 holds('…')")
            candidates = set(homes) if candidates is None else candidates & set(homes)
        if candidates is None:
            candidates = {k for k, c in contracts.items() if c.provider == "organisation"}
        if len(candidates) != 1:
            which = "、".join(sorted(candidates)) or "没有"
            raise Wrong("M105", f"分不清读哪张事实表：{which}", "加一个只属于该表的列")
        return contracts[candidates.pop()]

    def _column(self, name: str, contract: Contract | None) -> Node:
        if contract is None:
            if name not in self.homes and name not in (*SHARED, *MOMENTS):
                raise Wrong("M102", f"没有叫“{name}”的列", near(name, self.homes))
            raise Wrong("M106", f"“{name}”是一列，要放进汇总里", f"例如 sum({name}) 或 last({name})")
        if name in MOMENTS:
            if contract.provider != "standing":
                raise Wrong("M108", f"只有头衔一类的事实有 {name}", "")
            return Moment(cast(MomentName, name))
        if name in SHARED:
            return Column(name, "integer" if name == "firm" else "text")
        column = contract.columns[name]
        return Column(name, column.type, column.unit)

    def _check_aggregate(self, made: Aggregate, name: str, contract: Contract) -> None:
        if name == "last" and not contract.provider.startswith("report:"):
            raise Wrong("M108", "last() 只能用在按期报送的报表上", "头衔用 count(*) filter (where … and valid)")
        if made.operand is not None:
            what = self.meaning.kind(made.operand)
            if made.distinct or name == "count":
                if any(isinstance(n, Moment | Holds) for n in walk(made.operand)):
                    raise Wrong("M104", f"{name} 数的是列，不是条件", "条件写在 filter (where …) 里")
            elif not isinstance(what, Quantity) or made.operand == Column("firm", "integer"):
                raise Wrong("M104", f"{name}() 要的是数，这里是“{units.in_words(self.registry.units, what)}”", "")
        if made.where is not None:
            self.meaning.condition(made.where)
        self._check_values(made, contract)

    def _check_values(self, made: Aggregate, contract: Contract) -> None:
        if contract.provider != "standing":
            return
        for node in walk(made):
            if isinstance(node, Comparison) and isinstance(node.left, Column) and isinstance(node.right, Text):
                self._known_value(node.left.name, node.right.value)
            elif isinstance(node, InList) and isinstance(node.operand, Column):
                for v in node.values:
                    self._known_value(node.operand.name, str(v.value))

    def _known_value(self, column: str, value: str) -> None:
        if column == "title":
            self._known_title(value)
        elif column == "level":
            levels = {level for t in self.registry.titles.values() for level in t.levels}
            if levels and value not in levels:
                raise Wrong("M107", f"没有叫“{value}”的级别", near(value, levels))

    def _known_title(self, value: str) -> None:
        if value not in self.registry.titles:
            raise Wrong("M107", f"没有叫“{value}”的头衔", near(value, self.registry.titles))
