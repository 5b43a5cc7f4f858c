"""`match`: every policy in force on a day against every firm. `lint`: what is wrong with them, shown on real firms."""

from __future__ import annotations

import argparse
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from quanyu.cli.definitions import show
from quanyu.cli.flow import day, now, today
from quanyu.cli.talk import Talk, columns
from quanyu.measures.reading import near
from quanyu.registry.problem import Refused

if TYPE_CHECKING:
    from quanyu.bureaus.policies.models import Match

STATES = {"yes": "符合", "no": "不符合", "unknown": "缺数据", "judgement": "需判断"}


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    match = verbs.add_parser("match", parents=[common], help="把全部有效政策与全部企业匹配一遍")
    match.add_argument("--on", type=day, metavar="日期", help="按这一天有效的政策匹配，不写则为今天")
    match.add_argument("--policy", metavar="政策", help="逐家说明这一项政策：每个条件的数值、界限、差距，金额和算式")
    match.set_defaults(run=run_match)
    lint = verbs.add_parser(
        "lint", parents=[common], help="政策体检：断崖、断档、重复享受、无人可满足，尽量以真实企业为例"
    )
    lint.add_argument("--on", type=day, metavar="日期", help="按这一天有效的政策检查，不写则为今天")
    lint.set_defaults(run=run_lint)


def run_match(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.bureaus.policies.acts.match import match
    from quanyu.plan import reads as plan

    with talk.step("匹配政策"):
        made = match(args.on or today(), at=now(), by=None)
    labels = plan.registry_at(made.revision).policies
    if args.policy:
        return _explained(made, args.policy, talk)
    rows = [
        (key, labels[key].label.zh, *(found[s] for s in STATES), f"{Decimal(found['sum'] or 0) / 10_000:,.2f}")
        for key, found in made.counts.items()
    ]  # fmt: skip
    shown = columns(rows, ("政策", "名称", *STATES.values(), "合计（万元）"))
    talk.data({"match": made.digest, "on": made.on, "firms": made.firms, "policies": made.counts}, shown)
    talk.say(f"{made.on} 有效的 {len(rows)} 项政策与 {made.firms:,} 家企业匹配完毕，结果 {made.digest[:12]}。", "good")
    return 0


def _explained(made: Match, key: str, talk: Talk) -> int:
    """One policy, firm by firm, with every step."""
    from quanyu.bureaus.policies.reads.match import told
    from quanyu.people.models import Organisation

    if key not in made.counts:
        raise Refused(f"{made.on} 没有名为“{key}”的有效政策。", near(key, list(made.counts)))
    names = dict(Organisation.objects.values_list("pk", "name"))
    with talk.step("逐家说明"):
        found = told(made, key)
    plain = [
        {"firm": names.get(firm, str(firm)), "state": v.state, "amount": v.amount, "formula": v.words,
         "conditions": [
             {"key": f.condition.key, "state": f.state, "value": _written(f.value), "bound": _written(f.limit),
              "distance": _written(f.distance), "unit": f.unit, "words": f.words} for f in v.conditions
         ]}
        for firm, v in found.items()
    ]  # fmt: skip
    rows = [
        (row["firm"], STATES[row["state"]], "" if row["amount"] is None else f"{row['amount']:,.2f}",
         "；".join(f"{f.condition.label.zh}：{f.words}" for f in v.conditions))
        for row, v in zip(plain, found.values(), strict=True)
    ]  # fmt: skip
    talk.data(plain, columns(rows, ("企业", "结果", "金额（元）", "逐项")))
    return 0


def _written(value: Fraction | None) -> str | None:
    """In the condition's unit, to at most six places."""
    return None if value is None else f"{Decimal(round(value * 10**6)).scaleb(-6).normalize():f}"


def run_lint(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.facts.reads import current_source
    from quanyu.facts.traits import trait_table
    from quanyu.judgements.eligibility.fast import kept
    from quanyu.judgements.policy_lint import lint
    from quanyu.people.models import Organisation
    from quanyu.plan import reads as plan

    known, on, source = plan.registry(), args.on or today(), current_source()
    with talk.step("检查政策"):
        names = dict(Organisation.objects.values_list("pk", "name"))
        rows = kept(trait_table(known, source, on, source.home))
        found = lint(known, on, {names[row["firm"]]: row for row in rows if row["firm"] in names})
    return show([finding.problem for finding in found], talk)
