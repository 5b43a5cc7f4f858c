"""Questions about evaluation rounds: what is frozen when one is opened, and what it then says for good."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from quanyu.casework.models import Opinion
from quanyu.casework.reads import state_of
from quanyu.decisions.models import Directive, Evaluation, SeriesRun
from quanyu.decisions.reads.current import figures
from quanyu.decisions.reads.forecast import forecasts_of, outlooks
from quanyu.decisions.reads.promises import Promise, holder
from quanyu.judgements.figures import comparable, latest_figure
from quanyu.judgements.index import Composite, Line, Row, Spread, compose, spread
from quanyu.judgements.outcomes import NO_MEASURE, of_task, outcome
from quanyu.judgements.status import judge
from quanyu.judgements.verdict import Verdict
from quanyu.measures.periods import Period
from quanyu.pagekit import charts
from quanyu.pagekit.format import exact, tr
from quanyu.plan import reads as plan
from quanyu.registry.model import Index, Label, LampState, OutcomeKey, Registry, Role, Round, Task
from quanyu.registry.problem import Refused

KIND = "decisions.evaluation"
ORDER = ("ahead", "expected", "behind", "unlikely", "unknown")
WORST = ("unlikely", "behind", "unknown", "expected", "ahead")


class Envelope:
    """The figures of a run, judged at the end of a period by what binds on a day: all that a round will ever say."""

    def __init__(self, registry: Registry, held: Round, run: SeriesRun, period: Period, on: dt.date) -> None:
        self.registry, self.held, self.period, self.on = registry, held, period, on
        self.figures, made = figures(run), forecasts_of(run).get(str(period))
        self.outlooks = outlooks(made.digest) if made else {}
        last = period.last_month // 12 - (period.last_month % 12 < 11)
        self.years = range(registry.plan.starts_on.year - 1, last + 1)

    def body(self) -> dict[str, Any]:
        """As plain JSON."""
        verdicts = {key: self._verdict(key, self.period) for key in self.registry.indicators}
        told = {key: self._outcome(v) for key, v in verdicts.items()}
        courses = {key: [self._at(key, self._end_of(year)) for year in self.years] for key in verdicts}
        found = {
            "verdicts": {key: v.to_dict() for key, v in verdicts.items()},
            "outcomes": {key: [word, asdict(why)] for key, (word, why) in told.items()},
            "tasks": {key: self._task(task, {i: told[i][0] for i in task.indicators if i in told})
                      for key, task in self.registry.tasks.items()},
            "years": list(self.years),
            "courses": courses,
            "indices": {key: self._index(index, courses) for key, index in self.registry.indices.items()},
        }  # fmt: skip
        return dict(json.loads(json.dumps(found, default=str)))

    @staticmethod
    def _end_of(year: int) -> Period:
        return Period.of_month(year * 12 + 11)

    def _verdict(self, key: str, period: Period) -> Verdict:
        return judge(self.registry, self.registry.indicators[key], self.figures, period, self.on)

    def _outcome(self, verdict: Verdict) -> tuple[OutcomeKey, Label]:
        """Early: the target stood reached a year before its own year."""
        due = verdict.target_year or self.registry.plan.ends_on.year
        reached = self.held.closing and verdict.state == "done"
        early = reached and self._verdict(verdict.indicator, self._end_of(due - 1)).state == "done"
        seen = self.outlooks.get(verdict.indicator)
        chance = None if seen is None or seen.probability is None else Decimal(str(round(seen.probability, 4)))
        return outcome(self.held, verdict, chance, early)

    def _at(self, key: str, month: Period) -> Decimal | None:
        """The figure that closed with a month; what is older does not count here."""
        indicator = self.registry.indicators[key]
        when, point = latest_figure(comparable(self.figures, indicator, self.registry.plan), indicator, month)
        return point.value if point and when.last_month == month.last_month else None

    def _task(self, task: Task, outcomes: Mapping[str, OutcomeKey]) -> list[Any]:
        """By its indicators; where it has none, by the directive about it, if there is one."""
        if outcomes:
            return [*of_task(outcomes), None]
        given = Directive.objects.filter(task=task.key, given_on__lte=self.on, case__phase="done").last()
        if given is None:
            return ["unknown", [], asdict(NO_MEASURE)]
        return ["expected", [], {"zh": f"督办事项已销号（{given.case.number}）", "en": "its directive was closed"}]

    def _index(self, index: Index, courses: Mapping[str, Sequence[Decimal | None]]) -> dict[str, Any]:
        """An index with its uncertainty, or the sentence why there is none."""
        units = [str(y) for y in self.years]
        values = {key: tuple(courses[key]) for key in index.indicators}
        if index.compares == "parks":
            parks = {key: self._parks(key) for key in index.indicators}
            units = [area for area in self.registry.areas if any(area in held for held in parks.values())]
            values = {key: tuple(held.get(u) for u in units) for key, held in parks.items()}
        rows = []
        for key, held in values.items():
            target = self.registry.target(key, self.on)
            lower = self.registry.indicators[key].direction == "lower"
            rows.append(Row(key, held, lower, target.value if target else None))
        try:
            return {"of": asdict(compose(index, units, rows)), "spread": asdict(spread(index, units, rows))}
        except Refused as refused:
            return {"refused": refused.sentence}

    def _parks(self, key: str) -> dict[str, Decimal | None]:
        when = latest_figure(self.figures.points(key), self.registry.indicators[key], self.period)[0]
        return {group: p.value for group, p in self.figures.groups(key, "area", when).items()}


def answerable(registry: Registry) -> list[str]:
    """The roles that answer for a main indicator or lead a task, each once."""
    roles = [i.owner for i in registry.main_indicators] + [t.lead for t in registry.tasks.values()]
    return [r for r in dict.fromkeys(roles) if r in registry.plan.holders]


def parts_of(written: str) -> list[tuple[str, Decimal]]:
    """A third party's parts, a line each: `方面，得分`. Refused where a line is not that."""
    found = []
    for line in filter(None, map(str.strip, written.splitlines())):
        name, _comma, score = line.replace(",", "，").rpartition("，")
        try:
            found.append((name.strip(), Decimal(score.strip())))
        except InvalidOperation:
            raise Refused(f"分项得分“{line}”读不懂。", "每行写“方面，得分”，例：目标完成，88。") from None
    return found


class Judgement(NamedTuple):
    """One indicator in a round: its outcome as a lamp with the round's word, why, and its course by years."""

    promise: Promise
    lamp: LampState
    why: Label
    course: tuple[Decimal | None, ...]


class TaskJudgement(NamedTuple):
    task: Task
    lead: str
    lamp: LampState
    why: str


class Score(NamedTuple):
    """One of the three scores: `value` of 100 (None: not given), and what it rests on."""

    key: str
    label: Label
    value: Decimal | None
    facts: tuple[str, ...] = ()

    @property
    def bar(self) -> str:
        return charts.bar(self.value, Decimal(100), tr(self.label))


class Sum(NamedTuple):
    """An index of a round: what is compared, by name; the result and its uncertainty, or why there is none."""

    index: Index
    names: tuple[str, ...] = ()
    of: Composite | None = None
    spread: Spread | None = None
    refused: str = ""


@dataclass(frozen=True)
class RoundView:
    """A round as it was frozen, in the reader's language; only its scores and its state still grow."""

    row: Evaluation

    @cached_property
    def registry(self) -> Registry:
        return plan.registry_at(self.row.revision)

    @property
    def held(self) -> Round:
        return self.registry.evaluations[self.row.kind]

    @property
    def period(self) -> Period:
        return Period.parse(self.row.period)

    @property
    def state(self) -> Label:
        """Where the round's case stands."""
        return state_of(self.row.case).label

    def lamp(self, key: str) -> LampState:
        """An outcome with its own word and mark, in a lamp's colours."""
        said, colours = self.held.outcomes[key], next(iter(self.registry.lamps.values())).states
        return replace(colours[said.lamp], label=said.label, mark=said.mark)

    @cached_property
    def judgements(self) -> list[Judgement]:
        """All indicators, the plan's own table first."""
        found = []
        for i in sorted(self.registry.indicators.values(), key=lambda i: (not i.main, i.order, i.key)):
            verdict, (word, why) = self.row.body["verdicts"][i.key], self.row.body["outcomes"][i.key]
            course = tuple(map(_decimal, self.row.body["courses"][i.key]))
            promise = Promise(self.registry, i, Verdict.from_dict(verdict))
            found.append(Judgement(promise, self.lamp(word), Label(**why), course))
        return found

    @property
    def main(self) -> list[Judgement]:
        return [j for j in self.judgements if j.promise.indicator.main]

    @property
    def others(self) -> list[Judgement]:
        return [j for j in self.judgements if not j.promise.indicator.main]

    @cached_property
    def tasks(self) -> list[TaskJudgement]:
        """All tasks, those that stand worst first."""
        known, body, found = self.registry, self.row.body["tasks"], []
        for key in sorted(body, key=lambda key: (WORST.index(body[key][0]), key)):
            word, whose, why = body[key]
            reason = "、".join(tr(known.indicators[i].label) for i in whose) or tr(Label(**why))
            found.append(TaskJudgement(known.tasks[key], holder(known, known.tasks[key].lead), self.lamp(word), reason))
        return found

    def counts(self, found: Sequence[Judgement] | Sequence[TaskJudgement]) -> list[tuple[LampState, int]]:
        """How many there are of each outcome, in the round's order."""
        tally = Counter(j.lamp.label for j in found)
        return [(self.lamp(k), tally[self.held.outcomes[k].label]) for k in ORDER if k in self.held.outcomes]

    @property
    def main_counts(self) -> list[tuple[LampState, int]]:
        return self.counts(self.main)

    @cached_property
    def sums(self) -> list[Sum]:
        areas, found = self.registry.areas, []
        for key, index in self.registry.indices.items():
            body = self.row.body["indices"][key]
            if "refused" in body:
                found.append(Sum(index, refused=body["refused"]))
                continue
            names = tuple(tr(areas[u].label) if u in areas else u for u in body["of"]["units"])
            found.append(Sum(index, names, _composite(body["of"]), Spread(**body["spread"])))
        return found

    @cached_property
    def accounts(self) -> list[tuple[Role, Opinion]]:
        """Each responsible unit's own account, by its role."""
        return [(self.registry.roles[o.role], o) for o in self.row.case.opinions.order_by("id")]

    @property
    def answered(self) -> int:
        return sum(o.answered_at is not None for _role, o in self.accounts)

    @property
    def open_scores(self) -> bool:
        """The scores may be read: nobody who gives one can still see another's before giving it."""
        return self.row.case.phase not in ("active", "void")

    @property
    def third_parts(self) -> list[tuple[str, Decimal]]:
        return parts_of(self.row.case.form.get("third_parts", ""))

    @property
    def scores(self) -> list[Score]:
        """Self-assessment, third party, public: beside each other, never added up."""
        form, words = self.row.case.form, self.held.scores
        own = [Decimal(o.form["score"]) for _role, o in self.accounts if o.answered_at and o.form.get("score")]
        third = (form["third_by"], form["third_source"]) if "third_by" in form else ()
        public: tuple[str, ...] = ()
        if "public_n" in form:
            said = {"n": form["public_n"], "margin": form["public_margin"]}
            public = (_("有效问卷 %(n)s 份，±%(margin)s 分") % said, form["public_source"])
        asked = _("已自评 %(n)s/%(m)s") % {"n": len(own), "m": len(self.accounts)}
        return [
            Score("self", words["self"], exact(sum(own, Decimal(0)) / len(own), 1) if own else None, (asked,)),
            Score("third", words["third"], _decimal(form.get("third_score")), third),
            Score("public", words["public"], _decimal(form.get("public_score")), public),
        ]


def _decimal(written: str | None) -> Decimal | None:
    return Decimal(written) if written else None


def _composite(plain: Mapping[str, Any]) -> Composite:
    """An index as it was written into the body."""

    def figures(values: Sequence[str | None]) -> tuple[Decimal | None, ...]:
        return tuple(map(_decimal, values))

    lines, groups = (
        tuple(Line(r["key"], Decimal(r["weight"]), figures(r["scores"]), figures(r["raw"]), r["carried"]) for r in rows)
        for rows in (plain["lines"], plain["groups"])
    )
    return Composite(plain["units"], lines, groups, figures(plain["totals"]), plain["ranks"])


def rounds() -> QuerySet[Evaluation]:
    """All rounds that were not withdrawn, the latest period first."""
    return Evaluation.objects.select_related("case").exclude(case__phase="void")
