"""Reports: a form's returns for a period, and one report as its form prints it, with all its versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.reads.window import due_on
from quanyu.facts import reads as facts
from quanyu.facts.models import Report
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import named, tr
from quanyu.pagekit.tables import Column, Table, link
from quanyu.people.models import Organisation
from quanyu.people.reads import Permit
from quanyu.registry.model import Field, Form, Registry, View
from quanyu.registry.views import view_lines
from quanyu.web.frame import address

MISSING = 60
"""How many firms that have not filed the page lists."""


def filing_columns() -> list[Column]:
    """What is told of any report: version, status, when, by whom, from where."""
    return [
        Column(_("版次"), lambda r: r.version, width=6),
        Column(_("状态"), status, width=12),
        Column(_("报送日期"), lambda r: r.filed_on, order="filed_on", name="filed", width=14),
        Column(_("报送人"), filer, width=16),
        Column(_("来源"), lambda r: r.source, width=28),
    ]


def status(report: Report) -> str:
    """已报, 已更正, 已撤回; a first version filed after the due day is 迟报."""
    if report.status == Report.Status.WITHDRAWN:
        return _("已撤回")
    if report.version > 1:
        return _("已更正")
    return _("迟报") if report.late else _("已报")


def filer(report: Report) -> str:
    return str(report.filed_by) if report.filed_by else _("系统导入")


class ReportDesk:
    """The reports of one form for one period, how complete it is, and who is missing."""

    def __init__(self, params: QueryDict, registry: Registry, permit: Permit) -> None:
        self.params, self.registry, self.permit = params, registry, permit

    @cached_property
    def _chosen(self) -> tuple[Form, list[str]]:
        """The form asked for; else the first that somebody must file, or the first filed where that one never was."""
        forms = self.registry.first_editions
        asked = forms.get(self.params.get("form", ""))
        awaited = [asked] if asked else sorted(forms.values(), key=lambda f: not f.reporters)
        filed = ((form, facts.periods_of(form.key)) for form in awaited)
        return next((found for found in filed if found[1]), (awaited[0], []))

    @property
    def form(self) -> Form:
        return self._chosen[0]

    @property
    def periods(self) -> list[str]:
        return self._chosen[1]

    @cached_property
    def period(self) -> str:
        """The period asked for; else the latest there are reports for; "" when there are none."""
        asked = self.params.get("period", "")
        return asked if asked in self.periods else next(iter(self.periods), "")

    @cached_property
    def desk(self) -> Desk:
        rows = facts.latest(self.form.key, self.period)
        if not self.everybody:
            rows = rows.filter(organisation__in=self.permit.seen_organisations("reports"))
        rows = rows.select_related("organisation", "filed_by").order_by("-filed_at", "-id")
        whose = Column(_("报送单位"), lambda r: r.organisation.name, order="organisation__name", name="organisation",
                       width=34, show=lambda r: link(address("report", r.pk), r.organisation.name))  # fmt: skip
        line = Column(_("事项"), lambda r: line_name(self.registry, r), width=28)
        columns = [whose, *([line] if rows.exclude(line="")[:1] else []), *filing_columns()]
        return Desk(
            self.params,
            rows,
            columns,
            title=f"{tr(self.form.label)} · {format.period(self.period)}" if self.period else tr(self.form.label),
            filters=[
                Filter("form", _("报表"), [(f.key, tr(f.label)) for f in self.registry.first_editions.values()],
                       lambda q, v: q, settled=self.form.key),
                Filter("period", _("时期"), [(p, format.period(p)) for p in self.periods], lambda q, v: q,
                       settled=self.period),
                Filter("state", _("状态"),
                       [("late", _("迟报")), ("corrected", _("已更正")), ("withdrawn", _("已撤回"))], _by_state),
            ],
            search=lambda q, words: q.filter(organisation__name__icontains=words),
            search_label=_("单位名称"),
            empty=_("这一期还没有收到报表。"),
            downloads=address("reports").rstrip("/"),
        )  # fmt: skip

    @property
    def everybody(self) -> bool:
        """The reader sees all firms, so counts over all of them are theirs to see."""
        return self.permit.everywhere("reports")

    @cached_property
    def returns(self) -> facts.Returns | None:
        if not (self.form.reporters and self.period and self.everybody):
            return None
        return facts.returns(self.form, self.period, due_on(self.form, self.period))

    @cached_property
    def missing(self) -> list[Organisation]:
        """Who has not filed, as far as the page lists them."""
        return list(facts.missing(self.form, self.period)[:MISSING]) if self.returns and self.returns.missing else []


def line_name(registry: Registry, report: Report) -> str:
    """What a row is about on a form that has many rows for one period."""
    published = registry.published.get(report.line)
    return named(registry.quantities, published.quantity, report.line) if published else report.line


def _by_state(rows: QuerySet[Report], value: str) -> QuerySet[Report]:
    match value:
        case "late":
            first = Report.objects.filter(version=1, late=True, form=OuterRef("form"), period=OuterRef("period"),
                                          organisation=OuterRef("organisation"), line=OuterRef("line"))  # fmt: skip
            return rows.filter(Exists(first))
        case "corrected":
            return rows.filter(version__gt=1, status=Report.Status.FILED)
        case _:
            return rows.filter(status=Report.Status.WITHDRAWN)


@dataclass(frozen=True)
class Line:
    """One cell of a report: its field, its value now, in the version before, and in the same period last year."""

    field: Field
    depth: int
    value: str
    before: str
    year_ago: str
    unit: str

    @property
    def changed(self) -> bool:
        return self.before not in ("", self.value)

    @property
    def indent(self) -> int:
        """How deep the page sets it in: two steps at most."""
        return min(self.depth, 2)


@dataclass(frozen=True)
class ReportSheet:
    """One report as its form prints it, beside the version before and a year ago, with its history."""

    registry: Registry
    report: Report

    @property
    def form(self) -> Form | None:
        r = self.report
        return self.registry.form(r.form, r.period) if r.form in self.registry.forms else None

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
    def late(self) -> bool:
        """The first version came after the due day; a correction does not make a report late."""
        return self.history[0].late

    @property
    def last(self) -> Report:
        return self.history[-1]

    @property
    def superseded(self) -> bool:
        return self.last.version > self.report.version

    @property
    def marks(self) -> list[tuple[str, str]]:
        """The legal marks printed at the top right: 表号, 制定机关, 批准文号, 有效期."""
        return list(self.form.legal.items()) if self.form else []

    @property
    def due_on(self) -> dt.date | None:
        return due_on(self.form, self.report.period, self.report.organisation) if self.form else None

    @property
    def changes(self) -> int:
        return sum(line.changed for line in self.lines)

    @property
    def raw(self) -> list[tuple[str, str]]:
        """The cells as stored, for a form the definitions in force no longer know."""
        return [] if self.form else [(name, str(value)) for name, value in self.report.cells.items()]

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
        withdrawn = self.report.status == Report.Status.WITHDRAWN
        depth: dict[str, int] = {}
        made = []
        for field in form.fields:
            depth[field.name] = depth.get(field.parent, -1) + 1
            cells = (self.report, self.before, self.year_ago)
            value, before, year_ago = (self._cell(field, r.cells if r else None) for r in cells)
            now = format.UNDEFINED if withdrawn else value
            unit = named(self.registry.units, field.unit, "")
            made.append(Line(field, depth[field.name], now, before, year_ago or format.UNDEFINED, unit))
        return made

    def _cell(self, field: Field, cells: Mapping[str, Any] | None) -> str:
        if cells is None:
            return ""
        value = cells.get(field.name)
        if value is None:
            return format.MISSING
        if option := next((o for o in field.options if o.code == value), None):
            return f"{option.code} {tr(option.label)}"
        return format.number(Decimal(str(value))) if field.type in ("integer", "decimal") else str(value)

    @cached_property
    def codings(self) -> list[tuple[View, list[tuple[str, str, str, str]]]]:
        """The same facts as other forms code them: (code, words, value, unit) of each line."""
        if self.report.status == Report.Status.WITHDRAWN:
            return []
        units = self.registry.units
        return [
            (view, [
                (code, tr(label), format.number(value, format.places(units[unit], value)), tr(units[unit].label))
                for code, label, value, unit in view_lines(self.registry, view, self.report.cells)
            ])
            for view in self.registry.views.values() if view.form == self.report.form and not view.fills
        ]  # fmt: skip

    def coded(self, key: str) -> Table | None:
        """One of these as a table to download; None where there is no such coding."""
        r, found = self.report, next((rows for view, rows in self.codings if view.key == key), None)
        if found is None:
            return None
        return Table([
            Column(_("代码"), lambda n: n[0], width=10), Column(_("指标"), lambda n: n[1], width=36),
            Column(_("计量单位"), lambda n: n[3], width=10), Column(_("本期"), lambda n: n[2], numeric=True, width=16),
        ], found, f"{named(self.registry.views, key)} {r.organisation} {format.period(r.period)}")  # fmt: skip

    @property
    def table(self) -> Table:
        r = self.report
        return Table([
            Column(_("代码"), lambda n: n.field.code, width=8),
            Column(_("指标"), lambda n: tr(n.field.label), width=36),
            Column(_("计量单位"), lambda n: n.unit, width=10),
            Column(_("本期"), lambda n: n.value, numeric=True, width=16),
            Column(_("更正前"), lambda n: n.before, numeric=True, width=16),
            Column(_("上年同期"), lambda n: n.year_ago, numeric=True, width=16),
        ], self.lines, f"{named(self.registry.forms, r.form)} {r.organisation} {format.period(r.period)}")  # fmt: skip
