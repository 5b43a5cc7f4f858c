"""Questions about the files of firms: who may keep them, what a field means, where sources disagree."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.enterprises.models import Change, Liaison, Saying
from quanyu.facts.sheets import FIRM, aliases
from quanyu.measures.periods import day
from quanyu.pagekit import format
from quanyu.people.models import Organisation, User
from quanyu.people.reads import Permit, posts_on
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused

KIND = "firm"
"""The kind of organisation whose files these are."""
FIELDS = {
    "name": later("名称"), "industry": later("行业"), "size": later("规模"), "area": later("所在园区"),
    "opened_on": later("成立日期"), "closed_on": later("注销日期"),
}  # fmt: skip
"""What of a firm may change and what sources may speak of; its 统一社会信用代码 says who it is."""
SIZES = {"large": later("大型"), "medium": later("中型"), "small": later("小型"), "micro": later("微型")}
COLUMNS = aliases(FIRM) | aliases({
    "firm_name": ("名称", "纳税人名称"), "firm_code": ("纳税人识别号",), "industry": ("行业", "行业代码", "所属行业"),
    "size": ("规模", "企业规模", "单位规模"), "area": ("园区", "所在园区", "所属园区"),
    "opened_on": ("成立日期", "开业日期", "登记日期"), "closed_on": ("注销日期",),
})  # fmt: skip
"""Titles of columns in a department's file → field, or the firm's code or name."""


def setting(registry: Registry, name: str) -> Any:
    """What the packages say of the files of firms; "" where they are silent."""
    held = registry.settings.get("enterprises")
    return held.get(name, "") if isinstance(held, Mapping) else ""


def firms(permit: Permit) -> QuerySet[Organisation]:
    """The firms whose files this person may read."""
    return permit.seen_organisations("firms").filter(kind=KIND)


def may_keep(permit: Permit) -> bool:
    """May this person write into the files: does one of their offices both read all files and answer all firms?"""
    return permit.everywhere("firms") and permit.everywhere("requests")


def found(rows: QuerySet[Organisation], words: str) -> QuerySet[Organisation]:
    """Firms by name, former name or 信用代码."""
    renamed = Change.objects.filter(field="name", before__icontains=words).values("organisation")
    return rows.filter(Q(name__icontains=words) | Q(code__icontains=words.upper()) | Q(pk__in=renamed))


def sources(registry: Registry) -> list[tuple[str, str]]:
    """Who may be quoted: the departments, by role."""
    roles = registry.roles.values()
    return [(r.key, format.tr(r.label)) for r in roles if r.workbench == "department" and not r.own_only]


def held(firm: Organisation, field: str) -> str:
    """What the register holds, as text."""
    value = getattr(firm, field)
    return value.isoformat() if isinstance(value, dt.date) else str(value or "")


def meant(registry: Registry, field: str, text: str) -> Any:
    """What a text means for a field of the register, as the register keeps it; Refused says what would be right."""
    text = text.strip()
    match field:
        case "name" if 2 <= len(text) <= 200:
            return text
        case "industry":
            code = next((c for c in (text, text[:2], text[1:3]) if c in registry.industries), "")
            named = [c for c, known in registry.industries.items() if known.label.zh == text]
            if code or named:
                return code or named[0]
        case "size":
            found = next((key for key, words in SIZES.items() if text in (key, words, words[0], f"{words}企业")), "")
            if found:
                return found
        case "area":
            kinds = [key for key, kind in registry.organisation_kinds.items() if kind.area]
            if area := Organisation.objects.filter(kind__in=kinds, name=text).first():
                return area
        case "closed_on" if not text:
            return None
        case "opened_on" | "closed_on":
            return day(text, FIELDS[field])
    hints = {"industry": "请填国民经济行业代码，如 39。", "size": f"可填：{'、'.join(SIZES.values())}。",
             "area": "请填名录里的园区全称。"}  # fmt: skip
    raise Refused(f"{FIELDS[field]}不能是“{text}”。", hints.get(field, "请核对后再填。"))


def as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value or "")


def words(registry: Registry, field: str, text: str) -> str:
    """A value of a field for people."""
    if not text:
        return format.UNDEFINED
    match field:
        case "industry":
            return f"{text} {format.named(registry.industries, text, '')}".strip()
        case "size":
            return _(SIZES[text]) if text in SIZES else text
        case "opened_on" | "closed_on":
            return format.date(dt.date.fromisoformat(text))
    return text


@dataclass(frozen=True)
class Disagreement:
    """A field of a firm that sources speak of: what the register holds, each source's last word, the last decision."""

    field: str
    held: str
    sayings: Sequence[Saying]
    decided: Change | None

    @property
    def differs(self) -> bool:
        return any(s.value != self.held for s in self.sayings)

    @property
    def open(self) -> bool:
        """Does somebody say otherwise, and was nothing decided since?"""
        return self.differs and (self.decided is None or self.decided.at < max(s.at for s in self.sayings))


def disagreements(firms: Collection[int] | None = None) -> dict[int, list[Disagreement]]:
    """Firm id → what sources say of it field by field, where anybody says anything; of all firms, or of these."""
    these = {} if firms is None else {"organisation__in": firms}
    last: dict[tuple[int, str], dict[str, Saying]] = defaultdict(dict)
    for saying in Saying.objects.filter(**these).select_related("by").order_by("on", "pk"):
        last[saying.organisation_id, saying.field][saying.source] = saying
    decided = {(c.organisation_id, c.field): c for c in Change.objects.filter(**these).order_by("pk")}
    rows = Organisation.objects.select_related("area").in_bulk({pk for pk, _field in last})
    told = defaultdict[int, list[Disagreement]](list)
    for pk, field in sorted(last, key=lambda key: (key[0], list(FIELDS).index(key[1]))):
        said = list(last[pk, field].values())
        told[pk].append(Disagreement(field, held(rows[pk], field), said, decided.get((pk, field))))
    return told


def disputed() -> set[int]:
    """The firms with a disagreement that nobody settled."""
    return {pk for pk, found in disagreements().items() if any(d.open for d in found)}


def liaisons(on: dt.date) -> QuerySet[Liaison]:
    """Who looks after which firm on a day."""
    rows = Liaison.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), from_on__lte=on)
    return rows.select_related("officer")


def officers(registry: Registry, on: dt.date) -> QuerySet[User]:
    """Who may look after firms: people of the offices whose role sees the files of all firms."""
    roles = [key for key, role in registry.roles.items() if "firms" in role.sees and not role.own_only]
    return User.objects.filter(posts__in=posts_on(on).filter(role__in=roles), is_active=True).distinct().order_by("id")
