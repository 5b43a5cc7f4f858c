"""The draft report of a round as an official paper: what is known is written, what a person must add stays 【待补】."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from django.utils.translation import gettext as _

from quanyu.decisions.pages.evaluation_index import IndexCard
from quanyu.decisions.reads.evaluation import Judgement, RoundView, TaskJudgement
from quanyu.pagekit import charts, format
from quanyu.pagekit.documents import Paper, awaited
from quanyu.pagekit.format import tr

SLOW, UNTOLD = ("late", "warn"), "none"


def report(view: RoundView, banner: str = "") -> Paper:
    """The whole report, its sections in the order the round's definition gives them."""
    known = view.registry.plan
    title = f"{tr(known.label)}{tr(view.held.label)}{_('报告')}"
    paper = Paper(title, sign=tr(known.issuer), draft=True, banner=banner)
    for key, heading in view.held.sections.items():
        paper.heading(1, tr(heading))
        SECTIONS[key](paper, view)
    paper.attachment(_("其他指标完成情况表"))
    _table(paper, view.others)
    paper.attachment(_("责任单位自评"))
    for role, opinion in view.accounts if view.open_scores else []:
        score = opinion.form.get("score") or awaited(_("得分"))
        said = f"{score}{_('分')}。{opinion.text}" if opinion.answered_at else awaited(_("自评"))
        paper.paragraph(f"{tr(role.label)}：{said}")
    if not view.open_scores:
        paper.missing(_("自评（尚未截止）"))
    return paper


def _counted(view: RoundView, found: Sequence[Judgement] | Sequence[TaskJudgement]) -> str:
    return "、".join(f"{tr(lamp.label)}{n}{_('项')}" for lamp, n in view.counts(found) if n)


def _overview(paper: Paper, view: RoundView) -> None:
    said = {"period": format.period(view.period), "n": len(view.main), "main": _counted(view, view.main),
            "m": len(view.judgements), "all": _counted(view, view.judgements), "k": len(view.tasks),
            "tasks": _counted(view, view.tasks)}  # fmt: skip
    paper.paragraph(_("截至%(period)s，规划%(n)s项主要指标中，%(main)s。") % said)
    paper.paragraph(_("全部%(m)s项量化指标中，%(all)s；%(k)s项重点任务中，%(tasks)s。") % said)
    for score in view.scores:
        value = awaited(tr(score.label))
        if score.value is not None and view.open_scores:
            value = f"{score.value}{_('分')}（{'；'.join(score.facts)}）"
        paper.paragraph(f"{tr(score.label)}：{value}。")
    paper.paragraph(_("三项评分由不同主体独立作出，分别列示，不合并计算。"))
    paper.missing(_("规划实施的主要成效和典型做法"))


def _indicators(paper: Paper, view: RoundView) -> None:
    held = [(j.promise, j.promise.verdict, j.lamp) for j in view.main]
    drawn = charts.bullets([(p.titled, p.value, v.progress, v.due, lamp) for p, v, lamp in held], _("完成率与序时"))
    paper.picture(drawn, caption=_("图1 主要指标完成情况"), alt=_("主要指标完成情况"))
    for group, rows in groupby(view.main, key=lambda j: j.promise.group):
        found = list(rows)
        paper.heading(2, group or _("其他"))
        paper.paragraph(f"{_counted(view, found)}。")
        _table(paper, found)


def _table(paper: Paper, found: Sequence[Judgement]) -> None:
    columns = [_("指标"), _("基期"), _("实际"), _("目标"), _("完成率"), _("评价")]
    rows: list[list[str | None]] = []
    for p, lamp, _why, _course in found:
        value = awaited(_("数据")) if p.verdict.value is None else p.value
        rows.append([p.titled, p.baseline, value, p.target, p.rate, f"{lamp.mark}{tr(lamp.label)}"])
    paper.table(columns, rows, widths=[56, 20, 20, 20, 20, 26], align="lccccc")


def _tasks(paper: Paper, view: RoundView) -> None:
    paper.paragraph(f"{_counted(view, view.tasks)}。")
    slow = [t for t in view.tasks if t.lamp.key in SLOW]
    rows = [[tr(t.task.label), t.lead, f"{t.lamp.mark}{tr(t.lamp.label)}", t.why] for t in slow]
    if rows:
        paper.table([_("任务"), _("牵头"), _("评价"), _("依据")], rows, widths=[56, 30, 24, 52], align="lccl")
    if any(t.lamp.key == UNTOLD for t in view.tasks):
        paper.missing(_("没有量化指标的任务的进展，按牵头单位自评填写"))


def _index(paper: Paper, view: RoundView) -> None:
    if not view.sums:
        paper.missing(_("综合指数（定义包里没有指数）"))
    for card in (IndexCard(s, view.registry) for s in view.sums):
        paper.heading(2, card.title)
        if card.sum.refused:
            paper.paragraph(f"{card.sum.refused}{awaited(card.title)}")
            continue
        table, spread = card.ranks, card.parts[1]
        paper.paragraph(f"{_('计算办法：')}{card.method}。{tr(card.sum.index.note)}")
        paper.picture(card.chart, caption=card.title, alt=card.title)
        paper.table([c.heading for c in table.columns], [[c.text(row) for c in table.columns] for row in table.rows])
        said = {
            "n": format.number(spread.draws),
            "shares": "、".join(f"{name}{share}%" for name, share in card.choices),
        }
        paper.paragraph(_("随机改换归一化、权重和合成方法计算%(n)s次，结果变动的来源：%(shares)s。") % said)


def _problems(paper: Paper, view: RoundView) -> None:
    for p, lamp, why, _course in view.judgements:
        if lamp.key in SLOW:
            paper.paragraph(f"{p.name}{tr(lamp.label)}：{p.value}{p.unit_text}，{tr(why)}。")
    if untold := [j.promise.name for j in view.judgements if j.lamp.key == UNTOLD]:
        paper.paragraph(_("以下指标无法评价：%(names)s。") % {"names": "、".join(untold)})
    paper.missing(_("未达预期指标和任务的原因分析"))


def _advice(paper: Paper, view: RoundView) -> None:
    paper.missing(_("下一步工作建议"))


SECTIONS = {"overview": _overview, "indicators": _indicators, "tasks": _tasks, "index": _index, "problems": _problems,
            "advice": _advice}  # fmt: skip
