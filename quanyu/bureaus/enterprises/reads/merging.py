"""Questions about entries that may be one firm: which, why, and what was decided."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from quanyu.bureaus.enterprises.models import Change, Merging
from quanyu.bureaus.enterprises.reads.register import KIND, setting
from quanyu.pagekit.format import percent
from quanyu.people.models import Organisation
from quanyu.registry.model import Registry

FORM = re.compile(r"集团|股份|有限|责任|公司|分公司|厂$|[\W_]")
"""What a name says of the form of a firm, not of which it is."""
DIGITS = re.compile(r"\d+")


def mergings() -> QuerySet[Merging]:
    """The last judgement on each two entries."""
    newer = Merging.objects.filter(kept=OuterRef("kept"), absorbed=OuterRef("absorbed"), pk__gt=OuterRef("pk"))
    return Merging.objects.filter(~Exists(newer)).select_related("kept", "absorbed", "by").order_by("-pk")


def kept_of(firm: Organisation) -> Organisation:
    """The firm an entry stands under; itself where it was not merged."""
    while row := mergings().filter(absorbed=firm, same=True).first():
        firm = row.kept
    return firm


def whole(firm: Organisation) -> list[int]:
    """The ids of a firm and of all entries that stand under it: what was filed for any of them is the firm's."""
    under = defaultdict[int, list[int]](list)
    for kept, absorbed in mergings().filter(same=True).values_list("kept", "absorbed"):
        under[kept].append(absorbed)
    found = [firm.pk]
    for pk in found:
        found += under[pk]
    return found


@dataclass(frozen=True)
class Twins:
    """Two entries that may be one firm, the older first, with what speaks for it; `weight` sorts the likeliest up."""

    first: Organisation
    second: Organisation
    why: tuple[str, ...]
    weight: Fraction


def core(name: str) -> str:
    """What is left of a name without its legal form, signs and blanks."""
    return FORM.sub("", unicodedata.normalize("NFKC", name).lower())


def _pairs(word: str) -> set[str]:
    plain = DIGITS.sub("", word)
    return {plain[i : i + 2] for i in range(len(plain) - 1)} or {plain}


def alike(one: str, other: str) -> Fraction:
    """How alike two names are: common pairs of letters (Dice), 0 where their numbers differ."""
    if DIGITS.findall(one) != DIGITS.findall(other):
        return Fraction(0)
    a, b = _pairs(one), _pairs(other)
    return Fraction(2 * len(a & b), len(a) + len(b))


def reasons(
    known: Registry, one: Organisation, other: Organisation, former: Mapping[int, set[str]]
) -> tuple[Fraction, list[str]]:
    """What speaks for two entries being one firm, and how much.

    Names are alike from the share of common letter pairs on that the packages name (`alike`).
    """
    mine, theirs = core(one.name), core(other.name)
    share, codes, said, weight = alike(mine, theirs), (one.code or "", other.code or ""), list[str](), Fraction(0)
    if mine == theirs:
        weight, said = Fraction(1), [_("名称相同（不计公司类型和标点）")]
    elif theirs in former.get(one.pk, ()) or mine in former.get(other.pk, ()):
        weight, said = Fraction(1), [_("现名是另一条的曾用名")]
    elif share >= (setting(known, "alike") or 1):
        weight, said = share, [_("名称相近（%(share)s）") % {"share": percent(share, 0)}]
    if all(codes) and codes[0][8:17] == codes[1][8:17]:
        weight, said = weight + 1, [*said, _("信用代码第 9—17 位（主体标识码）相同")]
    if not weight:
        return weight, []
    apart = sum(a != b for a, b in zip(*codes, strict=False)) if all(codes) else 0
    if 0 < apart <= 3:
        weight, said = weight + Fraction(1, 2), [*said, _("信用代码只差 %(n)s 位，可能抄错") % {"n": apart}]
    for field, words in (("opened_on", _("成立日期相同")), ("area_id", _("同在一个园区"))):
        if getattr(one, field) and getattr(one, field) == getattr(other, field):
            weight, said = weight + Fraction(1, 10), [*said, words]
    return weight, said


def former_cores() -> dict[int, set[str]]:
    """The names each firm bore before, reduced."""
    found = defaultdict[int, set[str]](set)
    for pk, name in Change.objects.filter(field="name").values_list("organisation", "before"):
        found[pk].add(core(name))
    return found


def candidates(known: Registry, pairs: int = 200) -> list[Twins]:
    """Open entries that may be one firm and were not judged yet, the likeliest first.

    Only entries are compared that share a code part, a reduced (or former) name, or one of their rarest letter pairs.
    """
    rows = {o.pk: o for o in Organisation.objects.filter(kind=KIND, closed_on=None).order_by("pk")}
    former, cores = former_cores(), {pk: core(o.name) for pk, o in rows.items()}
    common = Counter(pair for word in cores.values() for pair in _pairs(word))
    blocks = defaultdict[tuple[str, ...], list[int]](list)
    for pk, word in cores.items():
        keys = {("name", each) for each in {word, *former.get(pk, ())}}
        if code := rows[pk].code:
            keys.add(("code", code[8:17]))
        rare = sorted(_pairs(word), key=lambda pair: (common[pair], pair))[:3]
        for key in keys | {("pair", pair, *DIGITS.findall(word)) for pair in rare}:
            blocks[key].append(pk)
    judged = {frozenset(pair) for pair in Merging.objects.values_list("kept", "absorbed")}
    together = {pair for block in blocks.values() for pair in combinations(block, 2)}
    found = []
    for first, second in together:
        if frozenset((first, second)) not in judged:
            weight, why = reasons(known, rows[first], rows[second], former)
            if weight:
                found.append(Twins(rows[first], rows[second], tuple(why), weight))
    return sorted(found, key=lambda t: (-t.weight, t.first.pk, t.second.pk))[:pairs]
