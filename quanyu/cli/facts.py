"""`load`: definitions, reports or titles come in. One verb, told apart by its first word."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quanyu.cli.flow import FACTS_WRONG, load_packages, no_such, now
from quanyu.cli.talk import Talk
from quanyu.registry.problem import Refused

USAGE = 2
MOST = 60
"""Problems shown at once; a flood of them hides the first."""


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    load = verbs.add_parser(
        "load", parents=[common], help="载入规划定义，或导入报表、资质名单",
        usage="quanyu load [定义包 …] | load facts 文件 --form 报表 | load standings 文件",
    )  # fmt: skip
    load.add_argument("what", nargs="*", metavar="定义包|facts|standings")
    load.add_argument("--form", metavar="报表", help="facts：按哪张报表读，如 qy101")
    load.add_argument("--period", default="", metavar="时期", help="facts：报告期，文件里写明的可不写")
    load.add_argument("--skip-bad", action="store_true", help="跳过有错的行，另存到旁边的文件；不写则有错就全不导入")
    load.add_argument("--reason", default="", metavar="事由", help="更正已报数据时的说明")
    load.add_argument("--dry-run", action="store_true", help="只说会怎样，不写入")
    load.set_defaults(run=run_load)


def run_load(args: argparse.Namespace, talk: Talk) -> int:
    kind, *rest = args.what or [""]
    if kind not in ("facts", "standings"):
        return load_packages(args.what, talk, dry_run=args.dry_run)
    if len(rest) != 1:
        talk.complain(f"用法：quanyu load {kind} 文件" + (" --form 报表" if kind == "facts" else ""))
        return USAGE
    args.refused = FACTS_WRONG
    path = Path(rest[0])
    if not path.is_file():
        raise Refused(f"没有“{path}”这个文件。", "请核对文件名和所在文件夹。")
    return _load_reports(path, args, talk) if kind == "facts" else _load_standings(path, args, talk)


def _load_reports(path: Path, args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.facts import acts
    from quanyu.plan import reads as plan

    registry = plan.registry()
    if args.form and args.form not in registry.forms:
        raise no_such("报表", args.form, list(registry.forms))
    form = registry.forms[args.form] if args.form else None
    with talk.step(f"导入 {path.name}"):
        outcome = acts.import_file(
            path, form, registry, args.period or None, by=None, at=now(), skip_bad=args.skip_bad,
            dry_run=args.dry_run, reason=args.reason,
        )  # fmt: skip
    return _tell(outcome, args, talk)


def _load_standings(path: Path, args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.facts import acts
    from quanyu.plan import reads as plan

    with talk.step(f"导入 {path.name}"):
        outcome = acts.import_standings(
            path, plan.registry(), by=None, at=now(), skip_bad=args.skip_bad, dry_run=args.dry_run
        )
    return _tell(outcome, args, talk)


def _tell(outcome: Any, args: argparse.Namespace, talk: Talk) -> int:
    """Problems are the answer (data); what became of the file is talk."""
    shown = [str(p) for p in outcome.problems[:MOST]]
    if more := len(outcome.problems) - len(shown):
        shown.append(f"……还有 {more:,} 处，加 --json 可列出全部。")
    talk.data(asdict(outcome) | {"ok": outcome.ok}, "\n".join(shown))
    for text in (*outcome.notes, *(str(w) for w in outcome.warnings)):
        talk.say(text, "warn")
    counts = f"共 {outcome.rows:,} 行：新增 {outcome.new:,}，更正 {outcome.corrected:,}，未变 {outcome.unchanged:,}"
    if outcome.loaded:
        skipped = f"，跳过 {outcome.refused:,} 行（见 {outcome.refused_file}）" if outcome.refused else ""
        talk.say(f"已导入“{outcome.file}”，{counts}{skipped}。下一步：quanyu freeze。", "good")
        return 0
    if outcome.ok:
        talk.say(f"“{outcome.file}”共 {outcome.rows:,} 行，没有错误；这是试算，没有写入。", "good")
        return 0
    hint = "" if args.skip_bad else "改正后再导入，或加 --skip-bad 只导入没有错的行。"
    talk.complain(f"“{outcome.file}”有 {len(outcome.problems):,} 处错误，没有写入。{hint}", "bad")
    return FACTS_WRONG
