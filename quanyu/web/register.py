"""Organisations and what they reported: the register, one organisation, one report with its versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from quanyu.facts import reads as facts
from quanyu.facts.models import Report, Standing
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, link
from quanyu.people.models import Organisation
from quanyu.people.reads import Permit
from quanyu.registry.model import Field, Form, Registry
from quanyu.web.frame import address

RECENT = 24


def kind_name(registry: Registry, organisation: Organisation) -> str:
    known = registry.organisation_kinds.get(organisation.kind)
    return tr(known.label) if known else organisation.kind


def industry_name(registry: Registry, code: str) -> str:
    known = registry.industries.get(code)
    return f"{code} {tr(known.label)}" if known else code


def organisation_desk(params: QueryDict, registry: Registry, permit: Permit) -> Desk:
    """The register, narrowed to what this person may see."""
    rows = permit.seen_organisations("organisations").select_related("area")
    areas = [(str(a.pk), a.name) for a in Organisation.objects.filter(kind__in=_area_kinds(registry), residents__isnull=False).distinct()]
    kinds = [(k.key, tr(k.label)) for k in registry.organisation_kinds.values()]
    industries = [
        (code, industry_name(registry, code))
        for code in rows.exclude(industry="").order_by("industry").values_list("industry", flat=True).distinct()
    ]
    return Desk(
        params,
        rows,
        [
            Column(_("名称"), lambda o: o.name, show=lambda o: link(address("organisation", o.pk), o.name), order="name",
                   name="name", width=36),
            Column(_("统一社会信用代码"), lambda o: o.code, absent="", width=22),
            Column(_("类别"), lambda o: kind_name(registry, o), width=14),
            Column(_("所在园区"), lambda o: o.area.name if o.area else None, absent="", order="area__name", name="area", width=16),
            Column(_("行业"), lambda o: industry_name(registry, o.industry), order="industry", name="industry", width=26),
            Column(_("规模"), lambda o: SIZES.get(o.size, lambda: o.size)(), order="size", name="size", width=8),
            Column(_("成立日期"), lambda o: o.opened_on, absent="", order="opened_on", name="opened", width=14),
        ],
        title=_("组织"),
        filters=[
            Filter("kind", _("类别"), kinds, lambda q, v: q.filter(kind=v)),
            Filter("park", _("所在园区"), areas, lambda q, v: q.filter(area=v)),
            Filter("industry", _("行业"), industries, lambda q, v: q.filter(industry=v)),
        ],
        search=lambda q, words: q.filter(Q(name__icontains=words) | Q(code__icontains=words.upper())),
        search_label=_("名称或信用代码"),
        empty=_("还没有登记任何组织。"),
        downloads="/orgs",
    )  # fmt: skip


SIZES = {"large": lambda: _("大型"), "medium": lambda: _("中型"), "small": lambda: _("小型"), "micro": lambda: _("微型")}


def _area_kinds(registry: Registry) -> list[str]:
    return [k.key for k in registry.organisation_kinds.values() if k.area]


@dataclass(frozen=True)
class Dossier:
    """One organisation: who it is, which titles it holds, what it reported; `reports` only where the reader may see them."""

    registry: Registry
    organisation: Organisation
    permit: Permit
    on: dt.date

    @property
    def kind(self) -> str:
        return kind_name(self.registry, self.organisation)

    @property
    def industry(self) -> str:
        return industry_name(self.registry, self.organisation.industry)

    @property
    def size(self) -> str:
        return SIZES.get(self.organisation.size, lambda: self.organisation.size)()

    @property
    def roles(self) -> list[str]:
        """The hats this organisation wears in the plan in force."""
        held = [role for role, key in self.registry.plan.holders.items() if key == self.organisation.key]
        return [tr(self.registry.roles[r].label) for r in held if r in self.registry.roles]

    @cached_property
    def titles(self) -> Table:
        rows = list(facts.standings_of(self.organisation)[:400])
        return Table(
            [
                Column(_("称号或权利"), lambda s: self.title(s), width=24),
                Column(_("级别"), lambda s: s.level, width=10),
                Column(_("持有人"), lambda s: s.person, width=12),
                Column(_("起"), lambda s: s.valid_from, width=14),
                Column(_("止"), lambda s: s.valid_to, absent=_("未定"), width=14),
                Column(_("现状"), lambda s: self.state(s), width=10),
                Column(_("依据"), lambda s: s.decision, width=30),
            ],
            rows,
            _("持有的称号与权利"),
            empty=_("还没有登记称号、资质或专利。"),
        )

    def title(self, standing: Standing) -> str:
        known = self.registry.titles.get(standing.title)
        return tr(known.label) if known else standing.title

    def state(self, standing: Standing) -> str:
        if standing.valid_from > self.on:
            return _("未生效")
        return _("有效") if standing.valid_to is None or standing.valid_to > self.on else _("已到期")

    @property
    def may_read_reports(self) -> bool:
        return self.permit.may("reports", self.organisation)

    @cached_property
    def reports(self) -> Table:
        rows = list(facts.reports_of(self.organisation)[:RECENT]) if self.may_read_reports else []
        return report_table(self.registry, rows, organisation=False)


def form_name(registry: Registry, key: str) -> str:
    known = registry.forms.get(key)
    return tr(known.label) if known else key


def report_table(registry: Registry, rows: Any, *, organisation: bool = True) -> Table:
    """Reports as rows: period, version, status, who, when, from where."""
    return Table(report_columns(registry, organisation), rows, _("报表"), empty=_("还没有报送任何报表。"))


def report_columns(registry: Registry, organisation: bool = True) -> list[Column]:
    columns = [
        Column(_("报表"), lambda r: form_name(registry, r.form), width=24,
               show=lambda r: link(address("report", r.pk), form_name(registry, r.form))),
        Column(_("单位"), lambda r: r.organisation.name, order="organisation__name", name="organisation", width=34),
        Column(_("时期"), lambda r: format.period(r.period), order="period", name="period", width=14),
        Column(_("版次"), lambda r: r.version, width=6),
        Column(_("状态"), lambda r: status(r), width=10),
        Column(_("报送日期"), lambda r: r.filed_on, order="filed_on", name="filed", width=14),
        Column(_("报送人"), lambda r: filer(r), width=16),
        Column(_("来源"), lambda r: r.source, width=28),
    ]  # fmt: skip
    return columns if organisation else [c for c in columns if c.name != "organisation"]


def status(report: Report) -> str:
    words = _("已撤回") if report.status == Report.Status.WITHDRAWN else _("已报")
    if report.version > 1 and report.status == Report.Status.FILED:
        words = _("已更正")
    return f"{words} · {_('迟报')}" if report.late and report.version == 1 else words


def filer(report: Report) -> str:
    return str(report.filed_by) if report.filed_by else _("系统导入")


class ReportDesk:
    """The reports of one form for one period, how complete it is, and who is missing."""

    def __init__(self, params: QueryDict, registry: Registry, permit: Permit) -> None:
        self.registry, self.permit = registry, permit
        forms = {key: f for key, f in registry.forms.items()}
        asked = params.get("form", "")
        self.form: Form = forms.get(asked) or next((f for f in forms.values() if f.reporters), next(iter(forms.values())))
        self.periods = facts.periods_of(self.form.key)
        asked_period = params.get("period", "")
        self.period = asked_period if asked_period in self.periods else (self.periods[0] if self.periods else "")
        self.params = params

    @property
    def seen(self) -> QuerySet[Organisation]:
        return self.permit.seen_organisations("reports")

    @cached_property
    def desk(self) -> Desk:
        rows = facts.latest(self.form.key, self.period).filter(organisation__in=self.seen)
        rows = rows.select_related("organisation", "filed_by").order_by("-filed_at", "-id")
        return Desk(
            self.params,
            rows,
            report_columns(self.registry),
            title=f"{tr(self.form.label)} · {format.period(self.period)}" if self.period else tr(self.form.label),
            filters=[
                Filter("form", _("报表"), [(f.key, tr(f.label)) for f in self.registry.forms.values()], lambda q, v: q),
                Filter("period", _("时期"), [(p, format.period(p)) for p in self.periods], lambda q, v: q),
                Filter("state", _("状态"), [("late", _("迟报")), ("corrected", _("已更正")), ("withdrawn", _("已撤回"))], _by_state),
            ],
            search=lambda q, words: q.filter(organisation__name__icontains=words),
            search_label=_("单位名称"),
            empty=_("这一期还没有收到报表。"),
            downloads="/reports",
        )

    @property
    def everybody(self) -> bool:
        """The reader sees all firms, so counts over all of them are theirs to see."""
        return any("reports" in role.sees and not role.own_only for role, _own in self.permit.hats)

    @cached_property
    def returns(self) -> facts.Returns | None:
        if not (self.form.reporters and self.period and self.everybody):
            return None
        return facts.returns(self.form, self.period)

    @cached_property
    def missing(self) -> list[Organisation]:
        return list(facts.missing(self.form, self.period)[:60]) if self.returns else []


def _by_state(rows: QuerySet[Report], value: str) -> QuerySet[Report]:
    match value:
        case "late":
            return rows.filter(late=True)
        case "corrected":
            return rows.filter(version__gt=1, status=Report.Status.FILED)
        case _:
            return rows.filter(status=Report.Status.WITHDRAWN)


@dataclass(frozen=True)
class Line:
    """One cell of a report: the field, the value of this version, of the version before, and of the same period last year."""

    field: Field
    depth: int
    value: str
    before: str
    year_ago: str

    @property
    def changed(self) -> bool:
        return self.before not in ("", self.value)


@dataclass(frozen=True)
class ReportSheet:
    """One report as its form prints it, beside the version before and a year ago, with its history."""

    registry: Registry
    report: Report

    @property
    def form(self) -> Form | None:
        return self.registry.forms.get(self.report.form)

    @property
    def status(self) -> str:
        return status(self.report)

    @property
    def filer(self) -> str:
        return filer(self.report)

    @cached_property
    def history(self) -> list[Report]:
        r = self.report
        return list(facts.report_history(r.form, r.organisation, r.period, r.line))

    @property
    def before(self) -> Report | None:
        return next((r for r in reversed(self.history) if r.version < self.report.version), None)

    @cached_property
    def year_ago(self) -> Report | None:
        period = str(Period.parse(self.report.period).year_ago())
        return facts.current(self.report.form, self.report.organisation, period, self.report.line)

    @cached_property
    def lines(self) -> list[Line]:
        form = self.form
        if form is None:
            return []
        depth: dict[str, int] = {}
        made = []
        for field in form.fields:
            depth[field.name] = depth.get(field.parent, -1) + 1
            cells = (self.report, self.before, self.year_ago)
            value, before, year_ago = (self._cell(field, r.cells if r else None) for r in cells)
            made.append(Line(field, depth[field.name], value or format.MISSING, before, year_ago or format.UNDEFINED))
        return made

    def _cell(self, field: Field, cells: Mapping[str, Any] | None) -> str:
        if cells is None:
            return ""
        value = cells.get(field.name)
        if value is None:
            return format.MISSING
        return format.number(Decimal(str(value))) if field.type in ("integer", "decimal") else str(value)

    def unit(self, field: Field) -> str:
        unit = self.registry.units.get(field.unit)
        return tr(unit.label) if unit else ""

    @property
    def table(self) -> Table:
        return Table(
            [
                Column(_("代码"), lambda n: n.field.code, width=8),
                Column(_("指标"), lambda n: tr(n.field.label), width=36),
                Column(_("计量单位"), lambda n: self.unit(n.field), width=10),
                Column(_("本期"), lambda n: n.value, numeric=True, width=16),
                Column(_("更正前"), lambda n: n.before, numeric=True, width=16),
                Column(_("上年同期"), lambda n: n.year_ago, numeric=True, width=16),
            ],
            self.lines,
            f"{form_name(self.registry, self.report.form)} {self.report.organisation} {format.period(self.report.period)}",
        )
