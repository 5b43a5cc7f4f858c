"""`period open|remind|close|lock|reopen|status`: collecting a form's period from the command line."""

from __future__ import annotations

import argparse
from typing import Any

from quanyu.cli.flow import no_such, now
from quanyu.cli.talk import Talk
from quanyu.measures.periods import day

VERBS = {
    "open": "开期：开始收一期报表", "remind": "催报：向未报的企业各发一条通知", "close": "截止：延期的企业才能补报",
    "lock": "锁定：数据为最终数", "reopen": "重开：说明原因后再收", "status": "这一期报到什么程度，还有谁没报",
}  # fmt: skip


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    period = verbs.add_parser("period", help="报表期别").add_subparsers(metavar="动作", required=True)
    for verb, meaning in VERBS.items():
        parser = period.add_parser(verb, parents=[common], help=meaning)
        parser.add_argument("form", metavar="报表", help="如 qy101")
        parser.add_argument("period", metavar="时期", help="如 2024-09")
        if verb in ("open", "reopen"):
            parser.add_argument("--until", metavar="日期", help="截止日，如 2024-10-20；不写则按报表的规定")
        if verb == "reopen":
            parser.add_argument("--reason", metavar="原因", required=True)
        if verb == "remind":
            parser.add_argument("--again", action="store_true", help="今天已经催过也再催一次")
        parser.set_defaults(run=run_period, verb=verb, until="", reason="", again=False)


def run_period(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.bureaus.reporting.acts.window import do
    from quanyu.bureaus.reporting.reads import window as reads
    from quanyu.facts.acts.reports import clean_period
    from quanyu.plan.reads import registry

    known = registry()
    if args.form not in known.forms:
        raise no_such("报表", args.form, list(known.forms))
    period = clean_period(known.forms[args.form], args.period)
    form = known.form(args.form, period)
    if args.verb != "status":
        until = day(args.until, "截止日") if args.until else None
        said = do(args.verb, form, period, by=None, at=now(), reason=args.reason, again=args.again, until=until)
        talk.say(said, "good")
    row, squares = reads.window(form.key, period), reads.waffle(form, period)
    names = [square.firm.name for square in squares if square.open]
    due, state = row.due_on if row else reads.due_on(form, period), row.get_state_display() if row else "未开期"
    told = {"form": form.key, "period": period, "state": state, "due_on": due}
    talk.data({**told, "expected": len(squares), "missing": names}, "\n".join(names) if args.verb == "status" else "")
    counts = f"应报 {len(squares)} 家，已报 {len(squares) - len(names)} 家，未报 {len(names)} 家"
    talk.say(f"{form.label} {period}：{state}，{due or '没有规定'}截止；{counts}。")
    return 0
