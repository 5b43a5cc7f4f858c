"""`amend`, `plan new`, `plan beside`: an adopted change becomes a definition; one plan leads to the next."""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quanyu.cli.definitions import PACKAGE_WRONG, package_root, show
from quanyu.cli.flow import now
from quanyu.cli.talk import Talk
from quanyu.measures.examine import examine
from quanyu.registry.load import read_files
from quanyu.registry.problem import Refused


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    amend = verbs.add_parser("amend", parents=[common], help="把审定的规划调整写成定义（默认只打印补丁）")
    amend.add_argument("number", metavar="编号", help="调整事项的编号，如 调整〔2026〕1号")
    amend.add_argument("--package", metavar="定义包", help="写进哪个包，不写则写进规划所在的包")
    amend.add_argument("--write", action="store_true", help="写入文件、载入，并办结该事项")
    amend.set_defaults(run=run_amend, refused=PACKAGE_WRONG)
    plan = verbs.add_parser("plan", help="规划").add_subparsers(metavar="动作", required=True)
    new = plan.add_parser("new", parents=[common], help="从现行规划起草下一个规划的定义包")
    new.add_argument("key", metavar="新包名", help="如 zone-15-5")
    new.add_argument("--from", dest="source", metavar="版本", help="取自哪一版定义（编号的前几位），不写则为现行版本")
    new.add_argument("--years", metavar="起止年", default="", help="如 2026-2030；不写则接续现行规划，年数相同")
    new.set_defaults(run=run_new, refused=PACKAGE_WRONG)
    beside = plan.add_parser("beside", parents=[common], help="载入另一个规划，与现行规划对照着看")
    beside.add_argument("package", metavar="定义包")
    beside.set_defaults(run=run_beside, refused=PACKAGE_WRONG)


def run_amend(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.decisions.acts import amendment as acts
    from quanyu.decisions.reads import amendment as reads
    from quanyu.plan import acts as plan
    from quanyu.plan import reads as in_force

    case = reads.cases().filter(number=args.number).first()
    if case is None:
        raise Refused(f"没有编号为“{args.number}”的规划调整。", "编号见“规划调整”页。")
    if case.phase != "active":
        raise Refused(f"“{case.number}”还没有审定或已经办结，不能写入。", "审定通过后再写。")
    root, registry = package_root(), in_force.registry()
    path, text = reads.written(case, args.package or Path(registry.plan.place.file).parts[0])
    files = read_files(root, in_force.revision().packages)
    _found, problems = examine({**files, path: text})
    if any(p.blocks for p in problems):
        return show([p for p in problems if p.blocks], talk)
    talk.data({"path": path, "text": text}, _patch(path, files.get(path, ""), text).rstrip())
    if not args.write:
        talk.say("以上是补丁，尚未写入；加 --write 写入、载入并办结。")
        return 0
    _write(root, {path: text})
    with talk.step("载入规划定义"):
        plan.load(root, in_force.revision().packages, by=None, at=now())
    acts.enact(case, at=now())
    talk.say(f"已写入 {path} 并载入，{case.number} 已生效。下一步：quanyu measure。", "good")
    return 0


def run_new(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.decisions import reads as decisions
    from quanyu.plan import reads as plan
    from quanyu.plan.drafting import skeleton, years_after

    root = package_root()
    if (root / args.key).exists():
        raise Refused(f"已有名为“{args.key}”的定义包。", "请换一个名字；已有的不会改写。")
    registry = plan.registry_at(plan.digest_of(args.source)) if args.source else plan.registry()
    judged = decisions.closing_assessment()
    first, last = _years(args.years) if args.years else years_after(registry.plan)
    files = skeleton(registry, judged.verdicts, args.key, first, last)
    _write(root, files)
    talk.data(sorted(files), "\n".join(sorted(files)))
    open_ = sum("基期待定" in text for text in files.values())
    talk.say(f"已起草 {len(files)} 个文件，基期取自 {judged.period}；{open_} 个指标基期待定，目标全部待定。", "good")
    talk.say(f"下一步：补充目标后 quanyu check {args.key}；对照着看：quanyu plan beside {args.key}。")
    return 0


def run_beside(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.plan import acts

    revision = acts.load(package_root(), [args.package], by=None, at=now(), beside=True)
    talk.data({"revision": revision.digest, "packages": revision.packages})
    talk.say(f"已载入 {args.package}（{revision.digest[:12]}），可在“多规划对照”页查看；现行规划不变。", "good")
    return 0


def _years(written: str) -> tuple[dt.date, dt.date]:
    try:
        first, last = (int(year) for year in written.split("-"))
    except ValueError:
        raise Refused(f"起止年“{written}”读不懂。", "请写成 2026-2030。") from None
    return dt.date(first, 1, 1), dt.date(last, 12, 31)


def _patch(path: str, before: str, after: str) -> str:
    old = f"a/{path}" if before else "/dev/null"
    return "".join(
        difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), old, f"b/{path}")
    )


def _write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
