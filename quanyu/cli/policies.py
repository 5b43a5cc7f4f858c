"""`match`: every policy in force on a day against every firm."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import Any

from quanyu.cli.flow import day, now, today
from quanyu.cli.talk import Talk, columns

STATES = {"yes": "符合", "no": "不符合", "unknown": "缺数据", "judgement": "需判断"}


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    match = verbs.add_parser("match", parents=[common], help="把全部有效政策与全部企业匹配一遍")
    match.add_argument("--on", type=day, metavar="日期", help="按这一天有效的政策匹配，不写则为今天")
    match.set_defaults(run=run_match)


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
