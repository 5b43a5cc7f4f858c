"""Relations that a filled form must keep, read from one line and decided exactly.

    rd_expense = rd_labour + rd_materials + rd_other        the parts make the whole
    staff >= rd_staff >= rd_fulltime                        comparisons may be chained
    rd_staff > 0 <=> rd_labour > 0                          both or neither (=> reads: if …, then …)

Names are field names, with one dot where another period or form is meant; numbers are plain decimals; + - * / and
brackets as usual. Nothing is rounded: values are fractions. A rule that meets an empty cell or a division by zero
decides nothing (None).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Cells = Mapping[str, Decimal | Fraction | int | None]

NAME = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?"
_TOKEN = re.compile(rf"\s*(?:({NAME})|([0-9]+(?:\.[0-9]+)?)|(<=>|=>|<=|>=|[-+*/()<>=]))")
_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_CALCULATE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip
_DEEPEST = 50  # brackets and minus signs inside one another


class Unreadable(ValueError):
    """A rule that cannot be read; the message is one Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic over names. `parts`: one name or number, or an operator with its two sides."""

    parts: str | Fraction | tuple[str, Expression, Expression]

    @property
    def names(self) -> frozenset[str]:
        if isinstance(self.parts, tuple):
            return self.parts[1].names | self.parts[2].names
        return frozenset({self.parts}) if isinstance(self.parts, str) else frozenset()

    def value(self, cells: Cells) -> Fraction | None:
        """What it comes to; None when a cell is empty or something is divided by zero."""
        if isinstance(self.parts, Fraction):
            return self.parts
        if isinstance(self.parts, str):
            cell = cells.get(self.parts)
            return None if cell is None else Fraction(cell)
        sign, left, right = self.parts[0], self.parts[1].value(cells), self.parts[2].value(cells)
        if left is None or right is None or (sign == "/" and right == 0):
            return None
        return _CALCULATE[sign](left, right)


@dataclass(frozen=True, slots=True)
class Clause:
    """A chain of comparisons `a >= b >= c`: `signs[i]` stands between `terms[i]` and `terms[i + 1]`."""

    terms: tuple[Expression, ...]
    signs: tuple[str, ...]

    def holds(self, cells: Cells) -> bool | None:
        values = [term.value(cells) for term in self.terms]
        decided = [value for value in values if value is not None]
        if len(decided) < len(values):
            return None
        return all(_COMPARE[sign](decided[i], decided[i + 1]) for i, sign in enumerate(self.signs))


@dataclass(frozen=True, slots=True)
class Rule:
    """One relation: a clause, or two joined by `=>` (if, then) or `<=>` (both or neither)."""

    text: str
    clauses: tuple[Clause, ...]
    joined: str = ""

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*(term.names for clause in self.clauses for term in clause.terms))

    def holds(self, cells: Cells) -> bool | None:
        """Whether the cells keep it; None when an empty cell or a division by zero leaves it open."""
        decided = [clause.holds(cells) for clause in self.clauses]
        if None in decided:
            return None
        if self.joined == "=>":
            return not decided[0] or decided[1]
        return decided[0] == decided[1] if self.joined else decided[0]


def parse_rule(text: str, field_names: Collection[str] | None = None) -> Rule:
    """Read a rule. With `field_names`, every name must be one of them. Raises `Unreadable`."""
    tokens = _Tokens(text, field_names)
    clauses, joined = [tokens.clause()], ""
    if tokens.next in ("=>", "<=>"):
        joined = tokens.take()
        clauses.append(tokens.clause())
    tokens.finish()
    return Rule(text, tuple(clauses), joined)


def parse_expression(text: str, field_names: Collection[str] | None = None) -> Expression:
    """Read plain arithmetic such as `rd_expenditure / rd_to_gdp`. Raises `Unreadable`."""
    tokens = _Tokens(text, field_names)
    found = tokens.sum()
    tokens.finish()
    return found


class _Tokens:
    """The words of a rule, taken from left to right."""

    def __init__(self, text: str, names: Collection[str] | None) -> None:
        self.names, self.words, self.at, self.depth = names, list[str](), 0, 0
        end = 0
        while text[end:].strip():
            match = _TOKEN.match(text, end)
            if match is None:
                raise Unreadable(f"不认识「{text[end:].strip()[0]}」")
            self.words.append(match[0].strip())
            end = match.end()

    @property
    def next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str:
        word = self.next
        self.at += 1
        return word

    def finish(self) -> None:
        if self.next:
            raise Unreadable(f"「{self.next}」多余")

    def clause(self) -> Clause:
        terms, signs = [self.sum()], []
        while self.next in _COMPARE:
            signs.append(self.take())
            terms.append(self.sum())
        if not signs:
            raise Unreadable("缺少比较（= < > <= >=）")
        return Clause(tuple(terms), tuple(signs))

    def sum(self) -> Expression:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Expression:
        return self._chain(("*", "/"), self._atom)

    def _chain(self, signs: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        found = part()
        while self.next in signs:
            sign = self.take()
            found = Expression((sign, found, part()))
        return found

    def _atom(self) -> Expression:
        word = self.take()
        if word in ("(", "-"):
            return self._inner(word)
        if word[:1].isdigit():
            return Expression(Fraction(word))
        if word[:1].isalpha():
            if self.names is not None and word not in self.names:
                raise Unreadable(f"没有「{word}」这一项")
            return Expression(word)
        raise Unreadable(f"「{word}」前后少了一项" if word else "没有写完")

    def _inner(self, opened: str) -> Expression:
        """What follows a bracket or a minus sign."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Unreadable("括号套得太深")
        found = self.sum() if opened == "(" else Expression(("-", Expression(Fraction(0)), self._atom()))
        if opened == "(" and self.take() != ")":
            raise Unreadable("少了右括号")
        self.depth -= 1
        return found
