"""The library of policies: which there are, and what one says, piece by piece. Nothing here is about any firm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.policies.reads.formulas import Spoken, measured, wan
from quanyu.casework.words import Said
from quanyu.pagekit import format
from quanyu.pagekit.format import named, tr
from quanyu.registry.model import Cite, Condition, Policy, Registry, ScoreItem, Stacking, in_force

MODES = {"automatic": later("免申即享"), "quick": later("快申快享"), "review": later("评审")}
LEVELS = {"national": later("国家"), "provincial": later("省级"), "municipal": later("市级"), "zone": later("园区")}
KINDS = {"title": later("资格认定"), "grant": later("资金支持"), "tax": later("税收优惠"), "voucher": later("创新券")}
WORDS = MODES | LEVELS | KINDS | {
    "firm": later("企业"), "person": later("个人"), "platform": later("平台载体"), "threshold": later("必备"),
    "veto": later("一票否决"), "bonus": later("加分"), "discretion": later("由人评判"),
    "first_come": later("额度用完为止，先到先得"), "rank": later("额度不足时按排序"),
    "proportional": later("额度不足时按比例"), "highest": later("从优不重复：只享受最高的一项"),
    "difference": later("补差：更高的一项补足差额"), "sum": later("可以叠加，合计有上限"),
}  # fmt: skip
STANDINGS = {
    "now": ("ok", "●", later("有效")), "future": ("none", "○", later("未施行")), "over": ("none", "×", later("已失效")),
    "example": ("none", "○", later("外地样例")),
}  # fmt: skip


def in_force_on(policy: Policy, on: dt.date) -> bool:
    """Is a policy in force on a day? Its last day is the one before `to`."""
    return policy.from_ <= on and (policy.to is None or on < policy.to)


def for_firms(registry: Registry, on: dt.date) -> list[Policy]:
    """The policies for firms that are in force on a day, as written; examples from elsewhere are not."""
    policies = registry.policies.values()
    return [p for p in policies if p.subject == "firm" and in_force_on(p, on) and not p.example_of]


def _worded(name: str) -> property:
    """What a policy's choice (its mode, level, kind, subject) is called."""
    return property(lambda self: _(WORDS[getattr(self.policy, name)]))


@dataclass(frozen=True)
class PolicyLine:
    """A policy as lists speak of it, on a day."""

    registry: Registry
    policy: Policy
    on: dt.date

    label = property(lambda self: tr(self.policy.label))
    mode, level, kind, subject = (_worded(name) for name in ("mode", "level", "kind", "subject"))

    @property
    def lead(self) -> str:
        return named(self.registry.roles, self.policy.lead)

    @property
    def standing(self) -> str:
        """A key of `STANDINGS`."""
        if self.policy.from_ > self.on:
            return "future"
        if self.policy.example_of:
            return "example"
        return "now" if in_force_on(self.policy, self.on) else "over"

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands in the library: what is in force first, and what the zone itself gives."""
        return list(STANDINGS).index(self.standing), -list(LEVELS).index(self.policy.level)

    @property
    def state(self) -> Said:
        if self.standing == "now" and self.policy.awaits:
            return Said("conflict", "◇ " + _("待裁定"))
        lamp, mark, words = STANDINGS[self.standing]
        return Said(lamp, f"{mark} {_(words)}")


class ParameterLine(NamedTuple):
    """One value a parameter had or has: since when, why, where that is written."""

    label: str
    shown: str
    since: dt.date | None
    because: str
    cites: str
    now: bool
    unverified: bool


@dataclass(frozen=True)
class PolicySheet(PolicyLine):
    """All that a policy's page says of it."""

    @cached_property
    def spoken(self) -> Spoken:
        return Spoken(self.registry, self.policy, self.on)

    @property
    def term(self) -> str:
        end = self.policy.to - dt.timedelta(days=1) if self.policy.to else None
        return f"{format.date(self.policy.from_)} — {format.date(end) if end else _('长期')}"

    def cited(self, cites: Iterable[Cite]) -> str:
        """《办法》（文号）第三条；…"""
        held = []
        for cite in cites:
            document = self.registry.documents.get(cite.document)
            number = f"（{document.number}）" if document and document.number else ""
            held.append(f"《{tr(document) if document else cite.document}》{number}{cite.clause}")
        return format.clauses(dict.fromkeys(held))

    @property
    def basis(self) -> str:
        return self.cited(self.policy.cites)

    @property
    def conditions(self) -> list[tuple[Condition, str, str, str]]:
        """Each condition with its kind, what it asks for and where that is written."""
        return [(c, _(WORDS[c.kind]), self.spoken.requirement(c), self.cited(c.cites)) for c in self.policy.conditions]

    @property
    def scores(self) -> list[tuple[str, list[tuple[ScoreItem, str, str, str]]]]:
        """Each scoring table: its name, and item by item the section, its bands in words and where that is written."""
        found = []
        for score in self.policy.scores:
            groups = {g.key: f"{tr(g.label)}（{format.number(g.most)}）" for g in score.groups}
            rows = [(i, groups.get(i.group, ""), self._bands(i), self.cited(i.cites)) for i in score.items]
            found.append((tr(score.label), rows))
        return found

    def _bands(self, item: ScoreItem) -> str:
        if not item.bands:
            return _("专家评分 0—%(n)s") % {"n": format.number(item.most)}
        side = self.spoken.formula(item.of) + (f" ÷ {self.spoken.formula(item.per)}" if item.per else "")
        said, colon = list[str](), format.sign("：")
        for band in item.bands:
            points = format.number(band.points) + (f"—{format.number(band.most)}" if band.most is not None else "")
            where = self.spoken.formula(band.when) if band.when else ""
            if band.at_least is not None:
                where = f"≥ {measured(self.registry, band.at_least, item.unit)}"
            said.append(where + colon + _("%(n)s 分") % {"n": points} + ("＊" if band.unverified else ""))
        return (side + colon if item.of else "") + format.clauses(said)

    @property
    def whole(self) -> str:
        """How the conditions go together, where they do not simply all have to hold."""
        return self.spoken.formula(self.policy.when)

    @property
    def parameters(self) -> list[ParameterLine]:
        """What its parameters were and are, the latest value of each first."""
        rows = []
        for p in self.policy.parameters:
            now = in_force(p.values, self.on)
            for v in sorted(p.values, key=lambda v: v.since, reverse=True):
                shown, cites = measured(self.registry, v.value, p.unit), self.cited(v.cites or p.cites)
                rows.append(ParameterLine(tr(p.label), shown, v.since, v.because, cites, v is now, v.unverified))
            if not p.values:
                open_ = _("没有查到依据，待主管部门确定。")
                rows.append(ParameterLine(tr(p.label), _("未定"), None, open_, self.cited(p.cites), True, False))
        return rows

    @property
    def stacking(self) -> tuple[Stacking, str, Sequence[Policy]] | None:
        """Its stacking rule, in words, and the policies it is shared with."""
        found = self.registry.stackings.get(self.policy.stacking)
        if found is None:
            return None
        cap, said = in_force(found.cap, self.on), _(WORDS[found.rule])
        if cap:
            said += f"（{_('每年')} {measured(self.registry, cap.value, 'yuan')}）"
        return found, said, self._others(lambda p: p.stacking == self.policy.stacking)

    @property
    def same_matter(self) -> Sequence[Policy]:
        """Other policies that pay for the same matter."""
        return self._others(lambda p: bool(p.matter) and p.matter == self.policy.matter)

    def _others(self, alike: Callable[[Policy], bool]) -> list[Policy]:
        return [p for p in self.registry.policies.values() if alike(p) and p.key != self.policy.key]

    @property
    def budget(self) -> str:
        found = in_force(self.policy.budget, self.on)
        if found is None:
            return ""
        shown = wan(Decimal(found.value)) if found.value is not None else "…"
        return f"{_('每年')} {shown} {_('万元')}；{_(WORDS[self.policy.short])}" + (
            _("（未核实）") if found.unverified else ""
        )

    @property
    def versions(self) -> list[PolicyLine]:
        """The policies that came before and after it, oldest first."""
        policies = self.registry.policies
        chain, first = [], self.policy
        while first.replaces in policies:
            first = policies[first.replaces]
        following: Policy | None = first
        while following:
            chain.append(following)
            key = following.key
            following = next((p for p in policies.values() if p.replaces == key and p not in chain), None)
        return [PolicyLine(self.registry, p, self.on) for p in chain] if len(chain) > 1 else []
