"""`match`: every policy in force on a day against every firm. `lint`: what is wrong with them, shown on real firms."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any

from quanyu.cli.definitions import show
from quanyu.cli.flow import day, now, today
from quanyu.cli.talk import Talk, columns

STATES = {"yes": "符合", "no": "不符合", "unknown": "缺数据", "judgement": "需判断"}


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    match = verbs.add_parser("match", parents=[common], help="把全部有效政策与全部企业匹配一遍")
    match.add_argument("--on", type=day, metavar="日期", help="按这一天有效的政策匹配，不写则为今天")
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
    rows = [
        (key, labels[key].label.zh, *(found[s] for s in STATES), f"{Decimal(found['sum'] or 0) / 10_000:,.2f}")
        for key, found in made.counts.items()
    ]  # fmt: skip
    shown = columns(rows, ("政策", "名称", *STATES.values(), "合计（万元）"))
    talk.data({"match": made.digest, "on": made.on, "firms": made.firms, "policies": made.counts}, shown)
    talk.say(f"{made.on} 有效的 {len(rows)} 项政策与 {made.firms:,} 家企业匹配完毕，结果 {made.digest[:12]}。", "good")
    return 0


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
