"""Bulletins: what the figures say of a quarter in sentences, where a person must say why, and the paper that comes out.

A bulletin is Chinese whatever language its reader has chosen: it is a paper, not a page.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import override

from quanyu.casework.models import Case
from quanyu.decisions.models import Bulletin
from quanyu.decisions.reads.current import Judged, judged_as
from quanyu.decisions.reads.promises import BEHIND, STATES, Promise, promises
from quanyu.measures.periods import Period, elapsed_share
from quanyu.pagekit import charts, format
from quanyu.pagekit.documents import Numbering, Paper, awaited
from quanyu.people.models import User
from quanyu.plan.reads import registry_at
from quanyu.registry.model import CLOSED, Letterhead, Registry, Wording
from quanyu.registry.problem import Refused

KIND = "decisions.bulletin"
ABOUT = re.compile(r"⟦([^¦]*)¦([^⟧]*)⟧")
"""A figure in a stored sentence and what it is about, ⟦371家¦high_tech⟧: an indicator, `plan`, `tasks`, or `reply`."""
REPLY = "⟦¦reply⟧"


def letterhead(registry: Registry) -> Letterhead:
    """In whose name papers go out here: the first letterhead of the packages."""
    for found in registry.letterheads.values():
        return found
    raise Refused("定义包没有写明以谁的名义发文。", "请在规划包里写 letterheads.yaml。")


def wording(registry: Registry) -> Wording:
    """The standing words of bulletins."""
    if "bulletin" not in registry.wordings:
        raise Refused("定义包没有写通报的用语。", "请在 wordings.yaml 里写 bulletin。")
    return registry.wordings["bulletin"]


def paper_number(head: Letterhead, year: int) -> str:
    """发文字号 with its number left open: numbers are given by hand."""
    return f"{head.code or awaited('机关代字')}〔{year}〕　号"


def named(period: Period) -> Period:
    """An assessment looks back from a month; a bulletin speaks of the quarter that ends with it, else of 1—本月."""
    return Period.ending(period.last_month, "quarter" if period.last_month % 3 == 2 else "ytd")


def compose(registry: Registry, judged: Judged, on: dt.date) -> list[dict[str, Any]]:
    """The paragraphs of a bulletin from one assessment and the cases of a day: `[{level?, text, ask?}, …]`."""
    with override("zh-hans"):
        rows, words = promises(registry, judged, main=True), wording(registry).words
        behind = [p for p in rows if p.verdict.state in BEHIND]
        behind.sort(key=lambda p: (p.verdict.state != "late", p.verdict.ahead or 0))
        ahead = [_line(words, p) for p in rows if p.verdict.state in ("done", "ok")]
        body: list[dict[str, Any]] = [{"text": _opening(registry, judged, rows)}]
        body += [{"level": 1, "text": words["standing"]}, {"level": 2, "text": words["ahead"]}]
        body += [{"text": "；".join(ahead) + "。" if ahead else words["ahead_none"]}]
        body += [{"level": 2, "text": words["behind"]}]
        body += [{"text": _line(words, p) + "。", "ask": p.key} for p in behind] or [{"text": words["behind_none"]}]
        asked = [block for block in body if block.get("ask")]
        for block in asked[wording(registry).explained :]:
            del block["ask"]
        unjudged = [("contested", "conflict"), ("wanting", "none")]
        held = [(word, [p.name for p in rows if p.verdict.state == state]) for word, state in unjudged]
        left = [words[w].format(n=_at(len(names), "plan"), names="、".join(names)) for w, names in held if names]
        body += [{"level": 2, "text": words["open"]}] * bool(left) + [{"text": text} for text in left]
        body += [{"level": 1, "text": words["supervision"]}, {"text": _supervision(registry, on)}]
        body += [{"level": 1, "text": words["requirements"]}]
        return body + [{"text": text} for text in _requirements(words, judged, rows, behind)]


def _at(figure: object, about: str) -> str:
    return f"⟦{figure}¦{about}⟧"


def _opening(registry: Registry, judged: Judged, rows: list[Promise]) -> str:
    plan, end, words = registry.plan, judged.period.end, wording(registry).words
    gone = format.percent(elapsed_share(plan.starts_on, plan.ends_on, end), 0)
    lamps = next(iter(registry.lamps.values())).states
    counted = [(s, sum(p.verdict.state == s for p in rows)) for s in STATES]
    said = "、".join(f"{lamps[s].label.zh}{n}项" for s, n in counted if n)
    first = words["opening_over" if end >= plan.ends_on else "opening"].format(end=format.date(end), gone=gone)
    return first + words["counts"].format(n=_at(len(rows), "plan"), lamps=_at(said, "plan"))


def _line(words: Any, p: Promise) -> str:
    """Value, rate, and for what is not reached the distance from the path, what is to be done and who leads."""
    v = p.verdict
    value = format.number(v.value, p.places, v.point_state, group=False) + format.suffix(p.unit)
    said = [words["line"].format(name=p.name, value=_at(value, p.key))]
    if v.progress is not None:
        said.append(words["rate"].format(rate=_at(p.rate, p.key)))
    if v.state != "done":
        said += [_at(_close(clause), p.key) for clause in (p.ahead, p.todo) if clause]
    if v.state in BEHIND and p.indicator.owner:
        said.append(words["lead"].format(owner=p.owner_short))
    return "，".join(said)


def _supervision(registry: Registry, on: dt.date) -> str:
    """How many directives went out, whatever they were about, and how they stand on a day."""
    words, day = wording(registry).words, format.date(on)
    sent = Case.objects.filter(type="decisions.directive", phase__in=("active", "check", "done"))
    overdue = sent.filter(closed_at=None, due_on__lt=on).count()
    counts = {"n": sent.count(), "done": sent.filter(phase__in=CLOSED).count(), "overdue": overdue}
    told = words["orders" if counts["n"] else "orders_none"]
    return words["tasks"].format(n=_at(len(registry.tasks), "tasks")) + told.format(
        day=day, **{name: _at(n, "tasks") for name, n in counts.items()}
    )


def _requirements(words: Any, judged: Judged, rows: list[Promise], behind: list[Promise]) -> Iterator[str]:
    states = {p.verdict.state for p in rows}
    if behind:
        owners = "、".join(dict.fromkeys(p.owner_short for p in behind if p.indicator.owner)) or "有关单位"
        yield words["measures"].format(owners=owners, reply=REPLY)
    for word, state in (("rulings", "conflict"), ("figures", "none")):
        if state in states:
            yield words[word].format(reply=REPLY)
    filed = [v for v in judged.verdicts.values() if v.expected]
    most = max(filed, key=lambda v: (v.expected, v.value_period), default=None)  # as the cockpit counts
    if most and most.late_reports:
        n, missing = _at(most.expected, most.indicator), _at(most.late_reports, most.indicator)
        yield words["reports"].format(period=format.period(most.value_period), n=n, missing=missing, reply=REPLY)
    yield words["carry_on"]


def _close(words: str) -> str:
    """Without the spaces that stand beside figures on a page; papers have none."""
    return re.sub(r"(?<=\d) (?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) (?=\d)", "", words)


@dataclass(frozen=True)
class Block:
    """A heading (`level` > 0, with its `mark`) or a paragraph. `parts`: words, and the page that explains them.

    `ask`: the indicator whose lag a person explains here; `said`: so far; `reason`: the words before it.
    """

    parts: list[tuple[str, str]]
    level: int = 0
    mark: str = ""
    ask: str = ""
    question: str = ""
    said: str = ""
    reason: str = ""

    @property
    def text(self) -> str:
        return "".join(words for words, _home in self.parts)

    @property
    def answer(self) -> str:
        """What the paper says of the reason: the words, or that they are awaited."""
        return self.said or (awaited(self.question) if self.ask else "")


@dataclass(frozen=True)
class Written:
    """A bulletin as it reads now: its paragraphs, and the table behind it."""

    bulletin: Bulletin

    @cached_property
    def judged(self) -> Judged:
        return judged_as(self.bulletin.assessment.digest)

    @cached_property
    def registry(self) -> Registry:
        return registry_at(self.bulletin.case.revision)

    @property
    def letterhead(self) -> Letterhead:
        return letterhead(self.registry)

    @property
    def agreed_on(self) -> dt.date | None:
        """成文日期: the day of consent; none before, nor after it was sent back."""
        return self.bulletin.approved_on if self.bulletin.case.phase in ("active", "done") else None

    @property
    def draft(self) -> bool | None:
        """待核稿 until it was agreed to, then 待用印; nothing once it went out."""
        return None if self.bulletin.case.phase == "done" else self.agreed_on is None

    @property
    def number(self) -> str:
        year = (self.agreed_on or self.bulletin.case.opened_at).year
        return str(self.bulletin.case.form.get("number") or paper_number(self.letterhead, year))

    @cached_property
    def rows(self) -> list[Promise]:
        return promises(self.registry, self.judged, main=True)

    @cached_property
    def blocks(self) -> list[Block]:
        with override("zh-hans"):
            return list(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        words, names, numbers = wording(self.registry).words, {p.key: p for p in self.rows}, Numbering()
        reply = format.date(self.bulletin.reply_on) if self.bulletin.reply_on else awaited("报送期限")
        for block in self.bulletin.body:
            pieces = [*ABOUT.split(block["text"].replace(REPLY, reply)), "", ""]
            parts = [
                part for i in range(0, len(pieces), 3) for part in ((pieces[i], ""), self._home(*pieces[i + 1 : i + 3]))
            ]
            level, ask = block.get("level", 0), block.get("ask", "")
            mark, p = numbers.following(level) if level else "", names.get(ask)
            question = words["ask"].format(name=p.name, state=p.lamp.label.zh) if p else ""
            said, reason = self.bulletin.said.get(ask, ""), words["reason"] if ask else ""
            yield Block([part for part in parts if part[0]], level, mark, ask, question, said, reason)

    def _home(self, figure: str, about: str) -> tuple[str, str]:
        """A figure and the page where it is at home."""
        if about == "tasks" or not about:
            return figure, reverse("tasks") if about else ""
        page = reverse("cockpit") if about == "plan" else reverse("indicator", args=[about])
        return figure, f"{page}?period={self.judged.period}"

    @property
    def unexplained(self) -> list[Block]:
        """The places a person has not filled in: they are printed as 【待补】."""
        return [b for b in self.blocks if b.ask and not b.said]

    def picture(self) -> str:
        with override("zh-hans"):
            title = f"主要指标完成情况（{format.period(named(self.judged.period))}）"
            rows = [(p.titled, p.value, p.verdict.progress, p.verdict.due, p.lamp) for p in self.rows]
            return charts.bullets(rows, title)

    def paper(self, banner: str = "") -> Paper:
        """The Word paper; its number stays open until one was given."""
        head, words = self.letterhead, wording(self.registry).words
        with override("zh-hans"):
            paper = Paper(
                self.bulletin.case.title, head=head.head, number=self.number, to=head.to, sign=head.label.zh,
                on=self.agreed_on, copies=head.copies, draft=self.draft, banner=banner,
            )  # fmt: skip
            for block in self.blocks:
                if block.level:
                    paper.heading(block.level, block.text)
                else:
                    paper.paragraph(block.text + block.reason + block.answer)
            first = next((y for p in self.rows if (y := p.verdict.baseline_year)), "")
            last = next((y for p in self.rows if (y := p.verdict.target_year)), "")
            columns = ["指标", f"{first}年", "现值", f"{last}年目标", "完成率", "状态"]
            lines = [
                [p.titled, p.baseline, p.value, p.target, p.rate, f"{p.lamp.mark}{p.lamp.label.zh}"] for p in self.rows
            ]
            paper.attachment(words["table"])
            paper.table(columns, lines, widths=[68, 16, 16, 20, 16, 20], align="lrrrrc")
            paper.picture(self.picture(), 156, alt=words["table"])
            return paper


def bulletins(user: User, *, everywhere: bool) -> QuerySet[Bulletin]:
    """The bulletins a person may read: those who read every case all of them, others what was issued or is theirs."""
    held = Bulletin.objects.select_related("case", "assessment").order_by("-case_id")
    return held if everywhere else held.filter(Q(case__phase="done") | Q(case__opened_by=user))
