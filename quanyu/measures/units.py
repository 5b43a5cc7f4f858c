"""The algebra of units: what a formula's result measures, and the exact factor that brings it to the indicator's unit.

A dimension is a set of atoms with exponents (`money`, `count:firm`, …); share is the empty one. `count:*` is a count of
whatever the indicator counts: it takes the name it needs. A plain number takes the unit of what it meets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from quanyu.registry.model import Unit

ANY_COUNT = "count:*"
Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What an expression measures. `dimension` None: a plain number. `unit`: the key where one unit says it all."""

    dimension: Dimension | None
    factor: Fraction = Fraction(1)
    unit: str = ""


PLAIN = Quantity(None)
Type = Quantity | Literal["text", "flag", "date", "null"]


def dimension(text: str) -> Dimension:
    """Read a unit's dimension: `money`, `share`, `count:piece/count:person`."""
    top, *bottom = text.split("/")
    atoms: dict[str, int] = {}
    for sign, part in ((1, top), *((-1, b) for b in bottom)):
        for atom in part.split("*"):
            if atom.strip() not in ("share", "1", ""):
                atoms[atom.strip()] = atoms.get(atom.strip(), 0) + sign
    return _tidy(atoms)


def quantity(units: Mapping[str, Unit], key: str) -> Quantity:
    """The quantity a unit key stands for; a plain number for ""."""
    if not key:
        return PLAIN
    unit = units[key]
    return Quantity(dimension(unit.dimension), Fraction(unit.factor), key)


def _tidy(atoms: Mapping[str, int]) -> Dimension:
    return tuple(sorted((a, n) for a, n in atoms.items() if n))


def combine(left: Quantity, right: Quantity, sign: int) -> Quantity:
    """The product (sign 1) or quotient (sign -1) of two quantities."""
    if right.dimension is None:
        return left
    if left.dimension is None and sign == 1:
        return right
    atoms = dict(left.dimension or ())
    for atom, n in right.dimension:
        atoms[atom] = atoms.get(atom, 0) + sign * n
    return Quantity(_tidy(atoms), left.factor * right.factor if sign == 1 else left.factor / right.factor)


def agree(left: Dimension, right: Dimension) -> Dimension | None:
    """The dimension both are, letting `count:*` take the name the other needs; None when they differ."""
    if left == right:
        return left
    names = {a for a, _ in (*left, *right) if a.startswith("count:") and a != ANY_COUNT}
    for name in sorted(names):
        if _named(left, name) == _named(right, name):
            return _named(left, name)
    return None


def _named(dim: Dimension, name: str) -> Dimension:
    atoms: dict[str, int] = {}
    for atom, n in dim:
        atom = name if atom == ANY_COUNT else atom
        atoms[atom] = atoms.get(atom, 0) + n
    return _tidy(atoms)


def meet(types: Iterable[Quantity]) -> tuple[Quantity, list[Fraction]] | None:
    """One quantity for things that are added or compared, and what each must be multiplied by; None when they differ.

    The first that has a unit sets it; a plain number beside a share that was computed (not a column in per cent) is a
    pure ratio, beside anything else it is in that unit.
    """
    kinds = list(types)
    held = [k for k in kinds if k.dimension is not None]
    if not held:
        return PLAIN, [Fraction(1)] * len(kinds)
    whole = held[0]
    for other in held[1:]:
        assert whole.dimension is not None and other.dimension is not None
        both = agree(whole.dimension, other.dimension)
        if both is None:
            return None
        whole = Quantity(both, whole.factor, whole.unit if both == whole.dimension else other.unit)
    plain = whole.factor if whole.dimension == () and not whole.unit else Fraction(1)
    return whole, [1 / plain if k.dimension is None else k.factor / whole.factor for k in kinds]


def in_words(units: Mapping[str, Unit], what: Type) -> str:
    """A quantity for a message: the unit's name where there is one, else its dimension."""
    if isinstance(what, str):
        return {"text": "文字", "flag": "是否", "date": "日期", "null": "空"}[what]
    if what.unit:
        return units[what.unit].label.zh
    if what.dimension is None:
        return "纯数"
    names = [
        next((u.label.zh for u in units.values() if dimension(u.dimension) == ((atom, 1),) and u.factor == 1), atom)
        for atom, _ in what.dimension
    ]
    top = "·".join(n for n, (a, e) in zip(names, what.dimension, strict=True) if e > 0)
    bottom = "·".join(n for n, (a, e) in zip(names, what.dimension, strict=True) if e < 0)
    return (top or ("1" if bottom else "比率")) + (f"/{bottom}" if bottom else "")


def named_unit(units: Mapping[str, Unit], what: Quantity) -> str:
    """The key of a unit that says exactly this quantity, "" where none does."""
    if what.unit or what.dimension is None:
        return what.unit
    fits = (k for k, u in units.items() if dimension(u.dimension) == what.dimension and u.factor == what.factor)
    return next(fits, "")
