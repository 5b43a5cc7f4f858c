"""`/reforms/`: numbers of policies as they might be, whom that helps and hurts, and the best use of a budget."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.policies.acts.reform import make_scenario, retire_scenario
from quanyu.bureaus.policies.models import Scenario
from quanyu.bureaus.policies.reads import reform as reads
from quanyu.bureaus.policies.reads.draft import draft
from quanyu.bureaus.policies.reads.formulas import measured
from quanyu.bureaus.policies.reads.reform import Effect, Trial
from quanyu.pagekit import format
from quanyu.pagekit.format import named, number, percent, tr
from quanyu.pagekit.tables import Column, Table, link
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Parameter, Policy, Registry, in_force
from quanyu.registry.problem import Refused

SIZES = {"large": later("大型"), "medium": later("中型"), "small": later("小型"), "micro": later("微型")}
SHORT = {
    "first_come": later("先到先得"), "rank": later("按排序"), "proportional": later("按比例打折"),
}  # fmt: skip
WAN = Decimal(10000)


def office(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for those who simulate policies for the whole zone."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not permit_of(request).everywhere("reform"):
            raise PermissionDenied(_("政策模拟只对负责全部企业的角色开放。"))
        return view(request, *args, **kwargs)

    return needs("reform")(guarded)


def wan(amount: Decimal | None) -> str:
    return number(None if amount is None else amount / WAN, 2, "undefined")


def asked_day(written: str) -> dt.date:
    try:
        return dt.date.fromisoformat(written) if written else timezone.localdate()
    except ValueError:
        raise Refused(_("“%(on)s”不是日期。") % {"on": written}, _("请写成 2024-03-31。")) from None


def targets(known: Registry) -> list[tuple[str, str]]:
    """Whom policies may be meant for."""
    return [("", _("现行条件放宽任何一项就能享受的企业")),
            *((t.key, tr(t.label)) for t in known.traits.values() if t.type == "flag")]  # fmt: skip


def budget_of(policy: Policy, on: dt.date) -> Decimal | None:
    held = in_force(policy.budget, on)
    return Decimal(held.value) if held and held.value is not None else None


# --- scenarios -------------------------------------------------------------------------------------------------------


@office
def scenarios(request: HttpRequest) -> HttpResponse:
    known = registry()
    rows = list(Scenario.objects.filter(retired_at=None).select_related("made_by"))
    table = Table([
        Column(_("方案"), lambda s: s.title, show=lambda s: format_html(
            '<input type="checkbox" name="id" value="{}" aria-label="{}：{}"> {}', s.pk, _("并排对照"), s.title,
            link(reverse("reform", args=[s.pk]), s.title))),
        Column(_("改动的政策"), lambda s: format.listed(named(known.policies, key) for key in s.changes)),
        Column(_("改动参数"), lambda s: sum(map(len, s.changes.values())), _("项"), numeric=True, minor=True),
        Column(_("按哪一天"), lambda s: s.on, minor=True),
        Column(_("建立人"), lambda s: str(s.made_by or _("系统")), minor=True),
        Column(_("建立时间"), lambda s: timezone.localdate(s.made_at), minor=True),
    ], rows, _("方案"))  # fmt: skip
    return render(request, "policies/reforms.html", {"table": table, "many": len(rows) > 1})


class Sheet:
    """The form on which a scenario is written: the policies picked, their parameters, what was typed so far."""

    def __init__(self, request: HttpRequest) -> None:
        self.known, self.asked, self.typed = registry(), request.GET, request.POST
        asked = self.asked
        first = Scenario.objects.filter(pk=asked["from"]).first() if asked.get("from", "").isdigit() else None
        self.first = first
        self.on = asked_day(asked.get("on", "") or (first.on.isoformat() if first else ""))
        self.open = reads.reformable(self.known, self.on)
        wanted = [*(first.changes if first else ()), *asked.getlist("policy")]
        self.policies = [self.open[key] for key in dict.fromkeys(wanted) if key in self.open]

    @property
    def others(self) -> list[Policy]:
        return [p for p in self.open.values() if p not in self.policies]

    @property
    def targets(self) -> list[tuple[str, str]]:
        return targets(self.known)

    def given(self, policy: str, parameter: str) -> str:
        """What stands in a box: as typed, as proposed in the address, or as the first scenario has it."""
        name = f"{policy}.{parameter}"
        kept = self.first.changes.get(policy, {}).get(parameter, "") if self.first else ""
        return self.typed.get(name, self.asked.get(name, kept))

    @property
    def changes(self) -> dict[str, dict[str, str]]:
        return {p.key: {one.key: self.given(p.key, one.key) for one in p.parameters} for p in self.policies}

    @property
    def tables(self) -> list[Table]:
        """A table for each policy: its parameters as they stand, within which bounds, and a box for the new value."""
        return [
            Table([
                Column(_("参数"), lambda one: tr(one.label)),
                Column(_("现行"), lambda one: "", numeric=True, show=lambda one: measured(
                    self.known, reads.standing_value(one, self.on), one.unit)),
                Column(_("范围"), lambda one: "", minor=True, show=self.bounds),
                Column(_("改为"), lambda one: "", show=lambda one, p=p: format_html(
                    '<input class="input" name="{0}.{1}" value="{2}" inputmode="decimal" autocomplete="off" size="10" '
                    'aria-label="{3}"> {4}', p.key, one.key, self.given(p.key, one.key), tr(one.label),
                    tr(self.known.units[one.unit].label))),
            ], p.parameters, tr(p.label))
            for p in self.policies
        ]  # fmt: skip

    def bounds(self, one: Parameter) -> str:
        if one.lowest is None and one.highest is None:
            return _("未设")
        return f"{number(one.lowest)} — {number(one.highest)}"


@office
def make(request: HttpRequest) -> HttpResponse:
    sheet, refusal = Sheet(request), None
    if request.method == "POST":
        given = request.POST
        try:
            made = make_scenario(
                given.get("title", ""), sheet.changes, sheet.on, given.get("because", ""), reader(request),
                timezone.now(), target=given.get("target", ""), judged=given.get("judged") == "1",
            )  # fmt: skip
            return redirect("reform", made.pk)
        except Refused as refused:
            refusal = refused
    context = {"sheet": sheet, "refusal": refusal, "given": request.POST}
    return render(request, "policies/reform_new.html", context, status=409 if refusal else 200)


# --- what a scenario does --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One measure of a change: before and after in words, and how it is reckoned."""

    label: str
    before: str
    after: str
    words: str


class View:
    """A scenario and its effect, as pages show it; beside others, `like` the first of them and over all their policies.

    Refused when a policy it changes is no longer there or not in force on its day.
    """

    def __init__(
        self, known: Registry, scenario: Scenario, like: Scenario | None = None, over: Iterable[str] = ()
    ) -> None:  # fmt: skip
        self.known, self.scenario, self.like = known, scenario, like or scenario
        numbers = reads.typed(known, scenario.changes, self.like.on)
        changes = {key: numbers.get(key, {}) for key in dict.fromkeys((*over, *numbers))}
        self.effect: Effect = Trial(known, self.like.on, self.like.judged).effect(changes, self.like.target)

    @property
    def target(self) -> str:
        return dict(targets(self.known)).get(self.like.target, self.like.target)

    @property
    def budgets(self) -> dict[str, Decimal]:
        held = {r.policy.key: budget_of(r.policy, self.like.on) for r in self.effect.after.rules}
        return {key: value for key, value in held.items() if value is not None}

    @property
    def room(self) -> tuple[Decimal | None, Decimal | None]:
        """What the budgets leave, before and after; None where no policy has one."""
        one, two = (
            sum((b - sum(side.paid[key].values(), Decimal(0)) for key, b in self.budgets.items()), Decimal(0))
            if self.budgets else None for side in self.effect.sides
        )  # fmt: skip
        return one, two

    @property
    def lines(self) -> list[Line]:
        e, budget = self.effect, sum(self.budgets.values(), Decimal(0)) if self.budgets else None

        moves = _("增%(up)s，减%(down)s") % {"up": e.whole.winners, "down": e.whole.losers}

        def shares(pair: Iterable[Any]) -> list[str]:
            return [percent(value) for value in pair]

        return [
            Line(_("应享金额（万元）"), *map(wan, e.cost),
                 _("符合条件的企业按公式应得之和，已按叠加规则合并；减免税款不占预算，不计。")),
            Line(_("年度预算（万元）"), wan(budget), wan(budget), _("所涉政策当年预算之和。")),
            Line(_("预算余缺（万元）"), *map(wan, self.room), _("预算减应享金额，只算有预算的政策；负数为缺口。")),
            Line(_("享受企业（家）"), *map(number, e.firms), _("有资格享受所改政策的企业。")),
            Line(_("受益增加、减少的企业（家）"), format.UNDEFINED, moves, _("与现行规则相比，所得增加和减少的企业。")),
            Line(_("集中程度（基尼系数）"), *(number(g, 3, "undefined") for g in e.gini),
                 _("在得到资金的企业之间：0为人人相等，越近1越集中。")),
            Line(_("覆盖面"), *shares(e.coverage),
                 _("面向对象中得到资金的企业占比（不付钱的政策按有资格计）；面向对象：%(target)s。")
                 % {"target": self.target}),
            Line(_("目标之外的资金"), *shares(e.outside), _("给了面向对象以外企业的资金占比。")),
            Line(_("新增资金中原已享受者所得"), format.UNDEFINED, percent(e.anyway),
                 _("不改也已享受的企业所得占新增资金的比重：这部分钱换不来新的享受企业。")),
        ]  # fmt: skip

    @property
    def table(self) -> Table:
        """Every measure before and after, and how it is reckoned."""
        return Table([
            Column(_("比什么"), lambda line: line.label),
            Column(_("现行"), lambda line: line.before, numeric=True),
            Column(_("方案"), lambda line: line.after, numeric=True),
            Column(_("怎样算"), lambda line: line.words),
        ], self.lines, _("现行与方案"))  # fmt: skip

    @property
    def summary(self) -> list[Line]:
        """What is read first: cost, what the budget leaves, firms, evenness; beside each what it is today."""
        lines = self.lines
        return [
            Line(line.label, line.before, line.after, _("现行 %(before)s") % {"before": line.before})
            for line in (lines[0], lines[2], lines[3], lines[5])
        ]

    @property
    def changed(self) -> Table:
        on, rows = self.scenario.on, []
        for key, held in self.scenario.changes.items():
            parameters = {p.key: p for p in self.known.policies[key].parameters}
            rows += [(self.known.policies[key], parameters[k], Decimal(v)) for k, v in held.items()]
        return Table([
            Column(_("政策"), lambda r: tr(r[0].label)),
            Column(_("参数"), lambda r: tr(r[1].label)),
            Column(_("现行"), lambda r: measured(self.known, reads.standing_value(r[1], on), r[1].unit), numeric=True),
            Column(_("方案"), lambda r: measured(self.known, r[2], r[1].unit), numeric=True),
        ], rows, _("改动的参数"))  # fmt: skip

    @property
    def policies(self) -> Table:
        e, on = self.effect, self.scenario.on
        before, after = e.sides

        def cost(side: Any, key: str) -> str:
            return wan(sum(side.paid[key].values(), Decimal(0)))

        return Table([
            Column(_("政策"), lambda p: tr(p.label)),
            Column(_("现行享受"), lambda p: len(before.had[p.key]), _("家"), numeric=True, minor=True),
            Column(_("方案享受"), lambda p: len(after.had[p.key]), _("家"), numeric=True),
            Column(_("现行金额"), lambda p: cost(before, p.key), _("万元"), numeric=True, minor=True),
            Column(_("方案金额"), lambda p: cost(after, p.key), _("万元"), numeric=True),
            Column(_("预算"), lambda p: wan(budget_of(p, on)), _("万元"), numeric=True, minor=True),
            Column(_("不够时"), lambda p: _(SHORT[p.short]), minor=True),
        ], [r.policy for r in after.rules], _("所涉政策（含同一叠加组）"))  # fmt: skip

    @property
    def shifts(self) -> Table:
        """Winners and losers by size, industry and area; how they are grouped is said once a group."""
        kinds: list[tuple[str, Callable[[str], str]]] = [
            (_("按规模"), lambda g: _(SIZES[g]) if g in SIZES else g),
            (_("按行业"), lambda g: named(self.known.industries, g)), (_("按片区"), lambda g: g),
        ]  # fmt: skip
        rows = [
            ("" if n else title, say(s.group) or _("未登记"), s)
            for part, (title, say) in enumerate(kinds) for n, s in enumerate(self.effect.shifts(part))
        ]  # fmt: skip
        return Table([
            Column(_("分组"), lambda r: r[0], minor=True),
            Column(_("企业"), lambda r: r[1]),
            Column(_("增加"), lambda r: r[2].winners, _("家"), numeric=True),
            Column(_("多得"), lambda r: wan(r[2].gained), _("万元"), numeric=True, minor=True),
            Column(_("减少"), lambda r: r[2].losers, _("家"), numeric=True),
            Column(_("少得"), lambda r: wan(r[2].lost), _("万元"), numeric=True, minor=True),
            Column(_("净变动"), lambda r: format.change(r[2].change / WAN, 2), _("万元"), numeric=True),
            Column(_("方案金额"), lambda r: wan(r[2].after), _("万元"), numeric=True, minor=True),
        ], rows, _("谁增加、谁减少"), empty=_("没有企业得到资金。"))  # fmt: skip

    @property
    def indicators(self) -> list[tuple[str, str, str]]:
        """(indicator, its address, what becomes of it) where a formula counts the title a policy leads to."""
        return [
            (tr(i.label), reverse("indicator", args=[i.key]),
             _("“%(policy)s”可认定的企业由%(before)s家变为%(after)s家，指标最多相应变动%(change)s家。") % {
                 "policy": tr(policy.label), "before": before, "after": after,
                 "change": format.change(Decimal(after - before), 0)})
            for policy, i, before, after in self.effect.linked(self.known)
        ]  # fmt: skip

    @property
    def drafts(self) -> list[tuple[str, Policy]]:
        pairs = [(key, self.known.policies[key]) for key in self.scenario.changes]
        return [(reverse("reform_draft", args=[self.scenario.pk, key]), p) for key, p in pairs]


@office
def scenario(request: HttpRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(Scenario, pk=pk)
    if request.method == "POST":
        retire_scenario(held, reader(request), timezone.now())
        messages.success(request, _("方案“%(title)s”已停用。") % {"title": held.title})
        return redirect("reforms")
    since = dt.date(timezone.localdate().year + 1, 1, 1)
    return render(request, "policies/reform.html", {"s": held, "view": View(registry(), held), "since": since})


@office
def compare(request: HttpRequest) -> HttpResponse:
    known, ids = registry(), [int(pk) for pk in request.GET.getlist("id")[:6] if pk.isdigit()]
    found = Scenario.objects.in_bulk(ids)
    chosen = [found[pk] for pk in dict.fromkeys(ids) if pk in found]
    views = [View(known, s, chosen[0], [key for one in chosen for key in one.changes]) for s in chosen]
    if not views:
        raise Refused(_("还没有选方案。"), _("请在方案列表里勾选两个以上，再点“并排对照”。"))
    lines = [v.lines for v in views]
    table = Table([
        Column(_("比什么"), lambda n: lines[0][n].label),
        Column(_("现行"), lambda n: lines[0][n].before, numeric=True),
        *(Column(v.scenario.title, lambda n, i=i: lines[i][n].after, numeric=True) for i, v in enumerate(views)),
    ], list(range(len(lines[0]))), _("并排对照"))  # fmt: skip
    return render(request, "policies/reform_compare.html", {"views": views, "table": table})


@office
def draft_file(request: HttpRequest, pk: int, policy: str) -> HttpResponse:
    held, known = get_object_or_404(Scenario, pk=pk), registry()
    if policy not in held.changes or policy not in known.policies:
        raise Refused(_("这个方案没有改动“%(policy)s”。") % {"policy": policy})
    since = asked_day(request.GET.get("since", ""))
    where, text = draft(known.policies[policy], held.changes[policy], since, f"{held.title}：{held.because}")
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{where.rpartition("/")[2]}"'
    return response


urls = [
    path("reforms/", scenarios, name="reforms"),
    path("reforms/new/", make, name="reform_new"),
    path("reforms/compare/", compare, name="reform_compare"),
    path("reforms/<int:pk>/", scenario, name="reform"),
    path("reforms/<int:pk>/<str:policy>.yaml", draft_file, name="reform_draft"),
]
