"""`load`, `freeze`, `measure`, `judge`, `explain`: the flow from definitions to a figure with its way home."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from quanyu.cli.definitions import chosen, package_root, show
from quanyu.cli.talk import Talk, amount, columns
from quanyu.measures.examine import examine
from quanyu.registry.load import read_files
from quanyu.registry.problem import Refused

FACTS_WRONG = 11


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    freeze = verbs.add_parser("freeze", parents=[common], help="把已报的数封存成快照")
    freeze.add_argument("--full", action="store_true", help="全部重写，不沿用上一个快照")
    freeze.add_argument("--dry-run", action="store_true", help="只说有多少新数据，不封存")
    freeze.set_defaults(run=run_freeze)
    measure = verbs.add_parser("measure", parents=[common], help="按快照计算全部指标")
    measure.add_argument("--as-of", type=day, metavar="日期", help="按这一天所知的数计算（不替换现用结果）")
    measure.set_defaults(run=run_measure)
    judge = verbs.add_parser("judge", parents=[common], help="对照规划判断每个指标的进展，并预测走势")
    judge.add_argument("--on", type=day, metavar="日期", help="按这一天有效的目标和裁定判断，不写则为今天")
    judge.set_defaults(run=run_judge)
    explain = verbs.add_parser("explain", parents=[common], help="一个数从哪里来：公式、分子分母、报表、规划原文")
    explain.add_argument("indicator", metavar="指标")
    explain.add_argument("--period", metavar="时期", help="如 2024-09，不写则为最新")
    explain.add_argument("--as-of", type=day, metavar="日期", help="按这一天所知的数重新计算")
    explain.set_defaults(run=run_explain)


def day(text: str) -> dt.date:
    """A date as typed: 2024-09-30."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2024-09-30") from None


def now() -> dt.datetime:
    """This moment: the command line is a door, so it may look at the clock."""
    from django.utils import timezone

    return timezone.now()


def today() -> dt.date:
    from django.utils import timezone

    return timezone.localdate()


def load_packages(named: Sequence[str], talk: Talk, *, dry_run: bool = False) -> int:
    """Bring packages into force (those in force already when none is named); `dry_run` only tells what would change."""
    from quanyu.plan import acts, changes
    from quanyu.plan import reads as plan

    root = package_root()
    before = plan.registry() if plan.revisions().exists() else None
    packages = chosen(root, named or (before.packages if before else ()))
    with talk.step("检查规划定义"):
        registry, found = examine(read_files(root, packages))
    if any(p.blocks for p in found):
        return show(found, talk)
    news = changes.sentences(before, registry) if before else []
    same = before is not None and before.digest == registry.digest
    if not dry_run:
        with talk.step("载入规划定义"):
            acts.load(root, packages, by=None, at=now())
    talk.data({"revision": registry.digest, "packages": registry.packages, "changed": not same, "changes": news})
    if same:
        talk.say(f"已是现行版本 {registry.digest[:12]}，没有变化。")
        return 0
    verb = "将载入" if dry_run else "已载入"
    for sentence in news:
        talk.say(f"  {sentence}")
    talk.say(f"{verb}版本 {registry.digest[:12]}（{'、'.join(registry.packages)}）。", "good")
    if not dry_run:
        talk.say("下一步：quanyu freeze。")
    return 0


def run_freeze(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.facts import acts
    from quanyu.facts import reads as facts

    before = facts.last_snapshot()
    if args.dry_run:
        return _tell_fresh(before, talk)
    with talk.step("封存数据快照"):
        sealed = acts.freeze(now(), full=args.full)
    fresh = before is None or before.pk != sealed.pk
    talk.data({"snapshot": sealed.digest, "rows": sealed.rows, "fresh": fresh})
    talk.say(f"{'快照' if fresh else '没有新数据，沿用快照'} {sealed.digest[:12]}，{sealed.rows:,} 行。", "good")
    return 0


def _tell_fresh(before: Any, talk: Talk) -> int:
    """How much has come in since a snapshot."""
    from django.conf import settings

    from quanyu.facts import snapshot
    from quanyu.facts.models import Report, Standing

    held = (snapshot.read_manifest(settings.QUANYU_HOME, before.digest) if before else None) or {}
    reports = Report.objects.filter(id__gt=held.get("last_report", 0)).count()
    standings = Standing.objects.filter(id__gt=held.get("last_standing", 0)).count()
    talk.data({"reports": reports, "standings": standings})
    talk.say(f"上次封存之后新增报表 {reports:,} 份、资质 {standings:,} 条；这是试算，没有封存。")
    return 0


def run_measure(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.decisions import acts

    with talk.step("计算指标"):
        run = acts.measure(at=now(), as_of=args.as_of)
    talk.data({"series": run.digest, "snapshot": run.snapshot, "revision": run.revision, "until": run.until})
    talk.say(f"指标已算到 {run.until}，结果 {run.digest[:12]}。", "good")
    return 0


def run_judge(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.decisions import acts, reads
    from quanyu.pagekit import format
    from quanyu.plan import reads as plan

    with talk.step("判断指标进展"):
        acts.judge(at=now(), on=args.on or today())
    with talk.step("预测走势"):
        acts.forecast(at=now(), on=args.on or today())
    with talk.step("清点抓手"):
        acts.find_levers(at=now())
    judged, registry = reads.assessment(), plan.registry()
    rows = []
    for indicator in registry.indicators.values():
        verdict = judged.verdicts[indicator.key]
        word = registry.lamps[indicator.lamps].states[verdict.state].label.zh
        unit = registry.units[indicator.unit]
        shown = _figure(verdict, unit.decimals)
        rows.append((indicator.key, indicator.label.zh, shown, unit.label.zh, format.percent(verdict.progress), word))
    verdicts = {k: v.to_dict() for k, v in judged.verdicts.items()}
    shown = columns(rows, ("指标", "名称", "现值", "单位", "完成率", "状态"))
    talk.data({"assessment": judged.digest, "period": judged.period, "verdicts": verdicts}, shown)
    talk.say(f"{judged.period.label('zh')}：{judged.contested} 个指标口径待核。", "good")
    return 0


def run_explain(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.decisions import reads

    with talk.step("追溯来源"):
        home = reads.explain(args.indicator, args.period, as_of=args.as_of)
    plain = {"asked": str(home.asked), "period": str(home.period), "verdict": home.verdict.to_dict()}
    talk.data(asdict(home) | plain, "\n".join(_told(home)))
    return 0


def _told(home: Any) -> list[str]:
    """The way home, from the figure down to people and up to the plan's text."""
    from django.utils import timezone

    unit = home.unit
    shown = _figure(home.verdict, unit.decimals + 2) + (f" {unit.label.zh}" if home.value is not None else "")
    lines = [
        f"{home.label.zh}（{home.indicator}）",
        f"  {home.period_label.zh}：{shown}" + (f"（按 {home.as_of} 所知）" if home.as_of else ""),
        f"  状态：{home.state_label.zh}" + "".join(f"；{r.text.zh}" for r in home.reasons),
        f"  基期：{_promised(home.baseline)}；目标：{_promised(home.target)}",
    ]
    if home.formula:
        lines += [f"  公式：{home.formula}", f"  即：{home.words}（{home.window.zh}）"]
    for name, side in (("分子" if home.denominator else "计算", home.numerator), ("分母", home.denominator)):
        if side is not None:
            value = "—" if side.value is None else f"{side.value:,f} {side.unit.zh}".rstrip()
            lines.append(f"  {name}：{side.text.zh} = {value}，取自{'、'.join(c.zh for c in side.contracts)}")
    if home.expected:
        lines.append(f"  应报 {home.expected} 份，已报 {home.reports} 份")
    if home.contributions:
        lines.append(f"  来源共 {home.total:,} 条，列出 {len(home.contributions)} 条：")
        heads = ("单位", "内容", "时期", "数值", "报送时间", "报送人", "版本", "来源")
        rows = [
            (
                c.organisation, c.what.zh, c.period, c.value,
                f"{timezone.localtime(c.at):%Y-%m-%d %H:%M}" if c.at else "", c.by, c.version, c.source,
            )
            for c in home.contributions
        ]  # fmt: skip
        lines += ["    " + line for line in columns(rows, heads).splitlines()]
    for quotation in home.quotations:
        where = "、".join(f"第 {n} 行" for n in quotation.lines)
        lines.append(f"  依据：{quotation.document.zh}{where}" + (f"“{quotation.quote}”" if quotation.quote else ""))
    lines.append("  封存链：" + " → ".join(f"{word} {digest[:12]}" for word, digest in home.chain if digest))
    return lines


def _figure(verdict: Any, decimals: int) -> str:
    """A verdict's value; `…` when there is none, `—` when it is undefined."""
    from quanyu.pagekit.format import absent

    return absent(verdict.point_state) if verdict.value is None else amount(verdict.value, decimals)


def _promised(value: Any) -> str:
    """A baseline or target with its year and why it counts."""
    if value is None or value.value is None:
        return "规划未给出"
    return f"{value.value:f}（{value.year} 年，{value.because}）"


def no_such(what: str, key: str, known: Sequence[str]) -> Refused:
    """Nothing goes by this name; the nearest names are offered."""
    import difflib

    near = difflib.get_close_matches(key, known, 3, 0.5)
    return Refused(f"没有名为“{key}”的{what}。", f"是否想要：{'、'.join(near)}？" if near else "")
