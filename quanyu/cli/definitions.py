"""`check`, `diff`, `test`: verbs about what packages say. None needs a database for packages on disk."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone

from quanyu.cli.talk import Talk
from quanyu.judgements.policy_lint import lint
from quanyu.measures.examine import examine
from quanyu.registry.load import load, read_files
from quanyu.registry.model import Registry
from quanyu.registry.problem import Problem, Refused

PACKAGE_WRONG, EXAMPLES_FAILED = 10, 13
MANY = 20
"""More problems than this are also counted by code."""
HEAD = "package.yaml"


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    check = verbs.add_parser("check", parents=[common], help="检查规划定义，列出全部问题")
    check.add_argument("packages", nargs="*", metavar="定义包", help="不写则检查写有规划的那个包")
    check.set_defaults(run=run_check, dry=True, refused=PACKAGE_WRONG)
    diff = verbs.add_parser("diff", parents=[common], help="两个版本的规划定义有何不同")
    diff.add_argument("old", metavar="旧", help="版本号的前几位，或定义包的文件夹")
    diff.add_argument("new", metavar="新", help="同上")
    diff.set_defaults(run=run_diff, dry=True, refused=PACKAGE_WRONG)
    test = verbs.add_parser("test", parents=[common], help="用两个计算引擎核对定义包里的算例")
    test.add_argument("packages", nargs="*", metavar="定义包", help="不写则核对写有规划的那个包")
    test.set_defaults(run=run_test, refused=PACKAGE_WRONG)


def package_root() -> Path:
    """The folder that holds the packages, by the settings."""
    from django.conf import settings

    return Path(settings.PACKAGES)


def chosen(root: Path, named: Sequence[str]) -> list[str]:
    """The packages somebody means: those named, else the one package that holds a plan of its own."""
    if named:
        return [Path(name).name if (root / Path(name).name).is_dir() else name for name in named]
    plans = sorted(p.parent.name for p in root.glob(f"*/{HEAD}") if any(p.parent.glob("plans/*.yaml")))
    if len(plans) == 1:
        return plans
    if not plans:
        raise Refused(f"{root} 里没有写有规划的定义包。", "请用 QUANYU_PACKAGES 指定定义包所在目录。")
    raise Refused(f"有不止一份规划：{'、'.join(plans)}。", "请写明要用哪一个定义包。")


def show(problems: Sequence[Problem], talk: Talk) -> int:
    """Print problems (data), a summary (talk), and return the exit code."""
    wrong = sum(p.blocks for p in problems)
    settled = sum(p.ruling is not None for p in problems)
    open_ = len(problems) - wrong - settled
    lines = [f"{p}{f'［已裁定：{p.ruling}］' if p.ruling else ''}" for p in problems]
    talk.data([asdict(p) for p in problems], "\n".join(lines))
    if len(problems) > MANY:
        counted = sorted(Counter(p.code for p in problems).items())
        talk.say("按代码：" + "、".join(f"{code} {n} 处" for code, n in counted))
    if wrong:
        talk.complain(f"有 {wrong} 处错误须改正；另有 {open_} 处待核，{settled} 处已裁定。", "bad")
        return PACKAGE_WRONG
    talk.say(f"没有错误；{open_} 处待核，{settled} 处已裁定。", "good")
    return 0


def run_check(args: argparse.Namespace, talk: Talk) -> int:
    root = package_root()
    with talk.step("检查规划定义"):
        registry, found = examine(read_files(root, chosen(root, args.packages)))
    if registry.policies and not any(p.blocks for p in found):
        with talk.step("逐项政策找反例"):
            found = sorted([*found, *(f.problem for f in lint(registry, timezone.localdate()))], key=lambda p: p.place)
    return show(found, talk)


def run_diff(args: argparse.Namespace, talk: Talk) -> int:
    """Compare two package folders, or two stored revisions, or one of each."""
    from quanyu.plan.changes import sentences

    lines = sentences(_registry(args.old), _registry(args.new))
    talk.data(lines, "\n".join(lines))
    if not lines:
        talk.say("两个版本没有不同。")
    return 0


def _registry(name: str) -> Registry:
    folder = Path(name)
    if (folder / HEAD).is_file():
        registry, problems = load(folder.resolve().parent, [folder.resolve().name])
        if wrong := [p for p in problems if p.blocks]:
            told = f"“{name}”里有 {len(wrong)} 处错误，无法比较。"
            raise Refused(told, f"第一处：{wrong[0]}。请先运行 quanyu check。")
        return registry
    import django

    django.setup()
    from quanyu.plan import reads as plan

    return plan.registry_at(plan.digest_of(name))


def run_test(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.cli.examples import run_example
    from quanyu.cli.policy_examples import run_policy_example

    root = package_root()
    names = chosen(root, args.packages)
    registry, unread = load(root, names)
    if any(p.blocks for p in unread):
        return show(unread, talk)
    packages = dict.fromkeys(path.split("/", 1)[0] for path in read_files(root, names))
    examples = [path for name in packages for path in sorted((root / name / "examples").glob("*.yaml"))]
    results = []
    for path in examples:
        with talk.step(f"核对算例 {path.stem}"):
            results += run_example(path, path.relative_to(root).as_posix(), registry)
    policies = [path for name in packages for path in sorted((root / name / "examples" / "policies").glob("*.yaml"))]
    with talk.step("核对政策算例"):
        for path in policies:
            results += run_policy_example(path, path.relative_to(root).as_posix(), registry)
    failed = [r for r in results if not r.agrees]
    talk.data([asdict(r) | {"agrees": r.agrees} for r in results], "\n".join(str(r) for r in failed))
    if failed:
        talk.complain(f"{len(results)} 个算例值中有 {len(failed)} 个不符。", "bad")
        return EXAMPLES_FAILED
    talk.say(f"{len(examples) + len(policies)} 个算例、{len(results)} 个值，两个引擎全部相符。", "good")
    return 0
