"""The register of organisations, and all that is on record about one: what it is, holds and reported."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.facts import reads as facts
from quanyu.facts.models import Standing
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import named, tr
from quanyu.pagekit.tables import Column, Table, link
from quanyu.people.models import Organisation
from quanyu.people.reads import Permit
from quanyu.registry.model import Registry
from quanyu.web.breakdown import SIZES
from quanyu.web.frame import address
from quanyu.web.reports import filing_columns

RECENT = 24
"""How many reports of one organisation its page lists."""


def industry_name(registry: Registry, code: str) -> str:
    known = registry.industries.get(code)
    return f"{code} {tr(known.label)}" if known else code


def organisation_desk(params: QueryDict, registry: Registry, permit: Permit, on: dt.date) -> Desk:
    """The register, narrowed to what this person may see; areas, which hold the others, come last."""
    kinds = registry.organisation_kinds
    areas = [k.key for k in kinds.values() if k.area]
    rows = permit.seen_organisations("organisations").select_related("area")
    rows = rows.annotate(is_area=Q(kind__in=areas)).order_by("is_area", "kind", "id")
    filters = []
    if permit.everywhere("organisations"):
        parks = Organisation.objects.filter(residents__isnull=False).distinct().order_by("id")
        industries = sorted(set(rows.order_by().exclude(industry="").values_list("industry", flat=True)))
        filters = [
            Filter("kind", _("类别"), [(k.key, tr(k.label)) for k in kinds.values()], lambda q, v: q.filter(kind=v)),
            Filter("park", _("所在园区"), [(str(a.pk), a.name) for a in parks], lambda q, v: q.filter(area=v)),
            Filter("industry", _("行业"), [(code, industry_name(registry, code)) for code in industries],
                   lambda q, v: q.filter(industry=v)),
            Filter("title", _("现持有的称号"),
                   [(t.key, tr(t.label)) for t in registry.titles.values() if t.holder == "organisation"],
                   lambda q, v: q.filter(pk__in=facts.holders(v, on).order_by().values("pk"))),
        ]  # fmt: skip
    return Desk(
        params,
        rows,
        [
            Column(_("名称"), lambda o: o.name, order="name", name="name", width=36,
                   show=lambda o: link(address("organisation", o.pk), o.name)),
            Column(_("统一社会信用代码"), lambda o: o.code, absent="", width=22),
            Column(_("类别"), lambda o: named(kinds, o.kind), width=14),
            Column(_("所在园区"), lambda o: o.area.name if o.area else None, order="area__name", name="area", absent="",
                   width=16),
            Column(_("行业"), lambda o: industry_name(registry, o.industry), order="industry", name="industry",
                   width=26),
            Column(_("规模"), size_name, order="size", name="size", width=8),
            Column(_("成立日期"), lambda o: o.opened_on, absent="", order="opened_on", name="opened", width=14),
        ],
        title=_("组织"),
        filters=filters,
        search=lambda q, words: q.filter(Q(name__icontains=words) | Q(code__icontains=words.upper())),
        search_label=_("名称或信用代码"),
        empty=_("没有向您开放的组织。"),
        downloads=address("organisations").rstrip("/"),
    )  # fmt: skip


LEVELS = {
    "national": later("国家级"), "provincial": later("省级"), "municipal": later("市级"),
    "invention": later("发明"), "utility": later("实用新型"), "design": later("外观设计"),
}  # fmt: skip


def size_name(organisation: Organisation) -> str:
    return _(SIZES[organisation.size]) if organisation.size in SIZES else organisation.size


@dataclass(frozen=True)
class Dossier:
    """One organisation: who it is, which titles it holds, and what it reported where the reader may see that."""

    registry: Registry
    organisation: Organisation
    permit: Permit
    on: dt.date
    most: int | None = RECENT  # reports listed; None: all of them

    @property
    def kind(self) -> str:
        return named(self.registry.organisation_kinds, self.organisation.kind)

    @property
    def industry(self) -> str:
        return industry_name(self.registry, self.organisation.industry)

    @property
    def size(self) -> str:
        return size_name(self.organisation)

    @property
    def roles(self) -> list[str]:
        """The hats this organisation wears in the plan in force."""
        held = [role for role, key in self.registry.plan.holders.items() if key == self.organisation.key]
        return [tr(self.registry.roles[r].label) for r in held if r in self.registry.roles]

    @cached_property
    def standings(self) -> list[Standing]:
        return list(facts.standings_of(self.organisation))

    @cached_property
    def held(self) -> list[tuple[str, int, int, dt.date | None]]:
        """Title by title: words, how many are held today, how many ever were, when the last of today's ends."""
        found: dict[str, list[Standing]] = {}
        for s in self.standings:
            found.setdefault(s.title, []).append(s)
        order = list(self.registry.titles)
        rows = []
        for title in sorted(found, key=lambda t: order.index(t) if t in order else len(order)):
            now = [s for s in found[title] if s.valid_from <= self.on and (s.valid_to is None or s.valid_to > self.on)]
            ends = [s.valid_to for s in now]
            last = max((e for e in ends if e), default=None) if ends and None not in ends else None
            rows.append((self.title(found[title][0]), len(now), len(found[title]), last))
        return rows

    @cached_property
    def titles(self) -> Table:
        return Table([
            Column(_("称号或权利"), lambda s: self.title(s), width=24),
            Column(_("级别"), lambda s: _(LEVELS[s.level]) if s.level in LEVELS else s.level, width=10),
            Column(_("持有人"), lambda s: s.person, width=12),
            Column(_("起"), lambda s: s.valid_from, width=14),
            Column(_("止"), lambda s: s.valid_to, absent=_("长期"), width=14),
            Column(_("现状"), lambda s: self.state(s), width=10),
            Column(_("依据"), lambda s: s.decision, width=30),
        ], self.standings, _("持有的称号与权利"), empty=_("还没有登记称号、资质或专利。"))  # fmt: skip

    def title(self, standing: Standing) -> str:
        return named(self.registry.titles, standing.title)

    def state(self, standing: Standing) -> str:
        if standing.valid_from > self.on:
            return _("未生效")
        return _("有效") if standing.valid_to is None or standing.valid_to > self.on else _("已到期")

    @property
    def may_read_reports(self) -> bool:
        return self.permit.may("reports", self.organisation)

    @cached_property
    def reports(self) -> Table:
        """The reports filed last."""
        rows = list(facts.reports_of(self.organisation)[: self.most]) if self.may_read_reports else []
        columns = [
            Column(_("报表"), lambda r: named(self.registry.forms, r.form), width=24,
                   show=lambda r: link(address("report", r.pk), named(self.registry.forms, r.form))),
            Column(_("时期"), lambda r: format.period(r.period), width=14),
            *filing_columns(),
        ]  # fmt: skip
        return Table(columns, rows, _("最近的报表"), empty=_("还没有报送任何报表。"))
