"""`/screening/`: rules about listed projects, what each does to the zone's total, and what is derived from the rest."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.reporting.acts.switch import switch_rule
from quanyu.bureaus.reporting.models import Switch
from quanyu.bureaus.reporting.reads import screening as reads
from quanyu.bureaus.reporting.reads.switches import limits_typed, standing, switchable, switches
from quanyu.facts.reads import periods_of
from quanyu.judgements.screening import Ruled, Total
from quanyu.measures.periods import day as typed_day
from quanyu.pagekit import charts, format
from quanyu.pagekit.desk import Desk, Filter, changed
from quanyu.pagekit.format import number, tr
from quanyu.pagekit.tables import Column, Table, link, respond
from quanyu.people.models import User
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Screening
from quanyu.registry.problem import Refused

VIEWS = {
    "rules": later("规则与影响"), "projects": later("项目清单"), "firms": later("企业推算"), "edits": later("核对规则"),
    "history": later("改动记录"),
}  # fmt: skip
LIMITS = {
    "letters": later("连续字母数"), "years": later("年数"), "characters": later("汉字数"), "score": later("分值"),
    "low": later("下限"), "high": later("上限"), "floor": later("另许相差"), "times": later("倍数"),
    "months": later("月数"), "alarms": later("每月误报数"), "scatter": later("离散倍数"), "least": later("最小金额"),
    "top": later("前百分之几"), "share": later("占比（%）"),
}  # fmt: skip


class Page:
    """One request's view of a year under the rules of a day, and of one rule where the address names it."""

    def __init__(self, request: HttpRequest) -> None:
        asked, self.request, self.known, self.today = request.GET, request, registry(), timezone.localdate()
        self.years = reads.years(self.known)
        self.period = asked.get("period", "") if asked.get("period") in self.years else next(iter(self.years), "")
        try:
            self.on = dt.date.fromisoformat(asked.get("on") or self.today.isoformat())
        except ValueError:
            raise Refused(_("“%(on)s”不是日期。") % {"on": asked["on"]}, _("请写成 2024-03-31。")) from None
        self.year, self.held = reads.ScreenedYear(self.known, self.period, self.on), switches(self.on)
        self.rules = switchable(self.known)
        self.rule = self.rules.get(asked.get("rule", ""))
        view = asked.get("view", "") if not self.rule else "rules" if isinstance(self.rule, Screening) else "edits"
        self.view = view if view in VIEWS else "rules"
        self.wan, self.yi = (self.known.units[unit] for unit in ("wan_yuan", "yi_yuan"))
        self.tried, self.refusal = "", None

    def money(self, amount: Decimal | int, zone: bool = False) -> Decimal:
        """An amount of the listed projects in 万元, or for the `zone` in 亿元."""
        own = next(f.unit for f in self.year.form.fields if f.name == reads.SPEND)
        return format.exact(amount * self.known.units[own].factor / (self.yi if zone else self.wan).factor, 2)

    def lamp(self, on: bool) -> str:
        return format_html(
            '<span class="st {}">{} {}</span>', *("ok", "●", _("启用")) if on else ("none", "○", _("停用"))
        )

    def named(self, rule: Any) -> str:
        flag = format_html(' <span class="flag minor">{}</span>', _("未核实")) if rule.unverified else ""
        there = changed(self.request.GET, {"rule": rule.key, "view": ""}) + "#rule"
        return format_html("{}{}", link(there, tr(rule.label)), flag)

    def standing(self, rule: Any) -> tuple[bool, dict[str, Decimal]]:
        return standing(rule, self.on, self.held)

    def told(self, total: Total) -> str:
        """What a rule takes out: amount, its share of all that was listed, firms left without a project."""
        parts = [_("%(n)s 户") % {"n": total.firms}] if total.firms else []
        if total.spend:
            share = format.percent(Decimal(total.spend) / self.year.result.whole.spend)
            parts.insert(0, f"{number(self.money(total.spend), 2)} {tr(self.wan.label)}（{share}）")
        return "，".join(parts) or format.UNDEFINED

    def table(self, rules: list[Any], title: str, more: list[Column]) -> Table:
        """Rules with their state; `more` columns say what they hit."""
        since = {key: held.from_on for key, held in self.held.items()}
        return Table([
            Column(_("规则"), lambda r: tr(r.label), show=self.named),
            Column(_("状态"), lambda r: "", show=lambda r: self.lamp(self.standing(r)[0])),
            Column(_("自何日"), lambda r: since.get(r.key, r.from_), absent=format.UNDEFINED, minor=True), *more,
        ], rules, title)  # fmt: skip

    def screenings(self) -> Table:
        result = self.year.result
        return self.table(list(self.known.screenings.values()), _("筛选规则"), [
            Column(_("处理"), lambda r: _("剔除") if r.action == "remove" else _("标记"), minor=True),
            Column(_("命中"), lambda r: len(result.hits[r.key]), _("项"), numeric=True, minor=True),
            Column(_("命中金额"), lambda r: self.told(result.hit(r.key)), minor=True),
            Column(_("单独剔除"), lambda r: self.told(result.alone(r.key)), minor=True),
            Column(_("在其余规则之后剔除"), lambda r: self.told(result.last(r.key))),
        ])  # fmt: skip

    def edits(self) -> list[Table]:
        """The plausibility edits, a table a form, with how many of the last period's reports each hits."""
        tables = []
        for form in self.known.forms.values():
            mine, periods = [e for e in self.known.edits.values() if e.form == form.key], periods_of(form.key)
            if mine and periods:
                count, found = reads.edit_hits(self.known, form, periods[0], self.on)
                tables.append(self.table(mine, f"{tr(form.label)} · {format.period(periods[0])}", [
                    Column(_("性质"), lambda e: _("强制性") if e.mood == "wrong" else _("核实性"), minor=True),
                    Column(_("命中"), lambda e, f=found: f[e.key], _("共 %(n)s 份") % {"n": count}, numeric=True),
                ]))  # fmt: skip
        return [*tables, self.table(list(self.known.plausibility.values()), _("异常审核规则"), [])]

    def chart(self) -> str:
        """The zone's total before any rule, as it is, and as it would be with each rule the other way round."""
        result, turn = self.year.result, (_("若启用：%(rule)s"), _("若停用：%(rule)s"))
        rows = [(_("筛选前"), self.money(result.whole.spend)), (_("现行规则"), self.money(result.now.spend))]
        rows += [
            (turn[r.on] % {"rule": tr(r.rule.label)}, self.money(result.total(result.on ^ {key}).spend))
            for key, r in result.rules.items() if r.rule.action == "remove" and r.rule.what != "empty"
        ]  # fmt: skip
        return charts.bars(_("项目经费合计"), rows, tr(self.wan.label), 2, width=900)

    def limits(self) -> list[tuple[str, str, str]]:
        """(name, words, value as typed or as it stands) of the limits of the rule in hand."""
        typed, held = self.request.POST, self.standing(self.rule)[1].items()
        return [(n, _(LIMITS.get(n, n)), typed.get(f"limit_{n}", number(v, group=False))) for n, v in held]

    def history(self) -> Table:
        """Every switch ever made, of the rule in hand or of all."""
        rows = Switch.objects.select_related("by").order_by("-from_on", "-id")
        rows = rows.filter(rule=self.rule.key) if self.rule else rows
        return Table([
            Column(_("自何日"), lambda s: s.from_on),
            Column(_("规则"), lambda s: format.named(self.rules, s.rule), width=30),
            Column(_("改为"), lambda s: "", show=lambda s: self.lamp(s.on)),
            Column(_("界限"), lambda s: "，".join(f"{_(LIMITS.get(n, n))} {v}" for n, v in s.limits.items())),
            Column(_("原因"), lambda s: s.reason, width=50),
            Column(_("改动人"), lambda s: str(s.by or _("系统")), minor=True),
            Column(_("改动时间"), lambda s: timezone.localdate(s.at), minor=True),
        ], list(rows), _("改动记录"), empty=_("还没有改动过。"))  # fmt: skip

    def desk(self, rows: list[Any], firm: Any, columns: list[Column], search: Any, filters: Any = ()) -> Desk:
        """The list of projects, or of firms."""
        first = Column(_("企业"), lambda r: firm(r).name, width=32, name="firm", order=lambda r: firm(r).name,
                       show=lambda r: link(reverse("organisation", args=[firm(r).pk]), firm(r).name))  # fmt: skip
        return Desk(
            self.request.GET, rows, [first, *columns], title=_(VIEWS[self.view]), search=search, filters=filters,
            search_label=_("查企业或项目"), empty=_("还没有企业报送项目。"), downloads=reverse("screening").rstrip("/"),
        )  # fmt: skip

    def projects(self) -> Desk:
        """Every project of the year with its marks; what a rule that is off would hit is said too."""
        result, wan, firms = self.year.result, tr(self.wan.label), {f.firm.pk: f.firm for f in self.year.firms}
        marks = {_("已剔除"): ("late", "■"), _("已标记"): ("warn", "▲"), _("计入"): ("ok", "●")}
        rules = [(key, tr(r.rule.label), "" if r.on else _("（未启用）")) for key, r in result.rules.items()]

        def reasons(n: int) -> list[str]:
            hit = [(key, f"{label}{off}：") for key, label, off in rules if n in result.hits[key]]
            return [words + result.hits[key][n] for key, words in hit]

        def mark(n: int) -> str:
            hit = any(n in result.hits[key] for key in result.on)
            return _("已剔除") if n in result.gone else _("已标记") if hit else _("计入")

        rows = [(p, mark(n), reasons(n), n) for n, p in enumerate(result.projects)]
        return self.desk(rows, lambda r: firms[r[0].firm], [
            Column(_("项目"), lambda r: r[0].name, width=40),
            *(Column(tr(f.label), lambda r, f=f: r[0].cells.get(f.name), absent="", shown=False)
              for f in self.year.form.fields if f.name not in (reads.NAME, reads.SPEND, reads.MONTHS)),
            Column(_("经费支出"), lambda r: self.money(r[0].spend), wan, numeric=True, places=2, name="spend",
                   order=lambda r: r[0].spend),
            Column(_("人月"), lambda r: r[0].months, numeric=True, minor=True),
            Column(_("结果"), lambda r: r[1],
                   show=lambda r: format_html('<span class="st {}">{} {}</span>', *marks[r[1]], r[1])),
            Column(_("原因"), lambda r: "；".join(r[2]), width=60,
                   show=lambda r: format_html_join("", "<div>{}</div>", zip(r[2], strict=True))),
        ], lambda found, words: [r for r in found if words in r[0].name + firms[r[0].firm].name], [
            Filter("mark", _("结果"), [(m, m) for m in marks], lambda found, v: [r for r in found if r[1] == v]),
            Filter("by", _("规则"), [r[:2] for r in rules],
                   lambda found, v: [r for r in found if r[3] in result.hits[v]]),
        ])  # fmt: skip

    def firms(self) -> Desk:
        """What is left of each firm's projects, and what follows from it."""
        wan, money = tr(self.wan.label), (lambda v: None if v is None else self.money(v))
        return self.desk(self.year.firms, lambda f: f.firm, [
            Column(_("列报项目"), lambda f: f.every.projects, _("项"), numeric=True),
            Column(_("计入项目"), lambda f: f.kept.projects, _("项"), numeric=True),
            Column(_("计入经费占比"), lambda f: format.percent(f.share), numeric=True),
            Column(_("折合全时当量"), lambda f: format.exact(f.kept.person_years, 1), _("人年"), numeric=True),
            Column(_("推算基数"), lambda f: money(f.base), wan, numeric=True, places=2),
            Column(_("推算R&D经费"), lambda f: money(f.derived), wan, numeric=True, places=2, name="derived",
                   order=lambda f: f.derived or 0),
        ], lambda found, words: [f for f in found if words in f.firm.name])  # fmt: skip

    def posted(self, by: User) -> bool:
        """Do what the form asks: try a setting out, or switch (True: done). Refusals stay on the page."""
        given, rule = self.request.POST, self.rule
        limits, on = {n: given.get(f"limit_{n}", "") for n in rule.limits} if rule else {}, given.get("on") == "1"
        try:
            if given.get("do") == "switch":
                if not (day := given.get("from_on")):
                    raise Refused(_("没有写自哪一天起。"), _("请选日期。"))
                key = rule.key if rule else ""
                since = typed_day(day, _("自哪一天起"))
                switch_rule(key, on, limits, since, given.get("reason", ""), by, timezone.now())
                return True
            if isinstance(rule, Screening):
                trial = Ruled(rule, on, limits_typed(rule, limits))
                now, then = self.year.result.now, reads.ScreenedYear(self.known, self.period, self.on, trial).result.now
                less = now - then
                words = _(
                    "试算：合计由 %(now)s 变为 %(then)s %(unit)s，项目%(projects)s项，企业%(firms)s户；尚未改动设置。"
                )
                self.tried = words % {
                    "now": number(self.money(now.spend), 2), "then": number(self.money(then.spend), 2),
                    "unit": tr(self.wan.label), "projects": number(-less.projects), "firms": number(-less.firms),
                }  # fmt: skip
        except Refused as refused:
            self.refusal = refused
        return False


@needs("collect")
def screening(request: HttpRequest, suffix: str = "") -> HttpResponse:
    held = permit_of(request)
    if not (held.everywhere("collect") and held.everywhere("reports")):
        raise PermissionDenied(_("项目筛选只对能查看全部企业报表的角色开放。"))
    page = Page(request)
    if suffix:
        desk = page.firms() if page.view == "firms" else page.projects()
        return respond(desk.table(), f"{desk.title} {page.period}", suffix, banner())
    if request.method == "POST" and page.posted(reader(request)):
        return redirect(f"{request.get_full_path()}#rule")
    result = page.year.result if page.period else None
    zone = {"kept": page.money(result.now.spend, True), "whole": page.money(result.whole.spend, True),
            "derived": page.money(page.year.derived, True)} if result else {}  # fmt: skip
    rule, derived, typed = page.rule, page.known.views.get(reads.DERIVED), request.POST.get("on")
    on = bool(rule) and page.standing(rule)[0]
    context = {
        "page": page, "r": result, "zone": zone, "views": [(n, _(words), n == page.view) for n, words in VIEWS.items()],
        "rule": rule, "lamp": page.lamp(on), "proposed": typed == "1" if typed else not on, "given": request.POST,
        "cites": [tr(page.known.documents[c.document]) for c in rule.cites] if rule else [],
        "formula": derived.notes if derived else (),
    }  # fmt: skip
    return render(request, "reporting/screening.html", context, status=409 if page.refusal else 200)


urls = [
    path("screening/", screening, name="screening"),
    path("screening.<sheet:suffix>", screening, name="screening_file"),
]
