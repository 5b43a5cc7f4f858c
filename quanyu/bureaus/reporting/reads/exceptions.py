"""The exception queue: what sticks out in a period's reports, in words, and what the office has not yet decided.

A period is read in a constant number of queries, however many firms it has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.reporting.models import Submission, Verdict
from quanyu.bureaus.reporting.reads.checks import edits, judged
from quanyu.bureaus.reporting.reads.context import contexts
from quanyu.bureaus.reporting.reads.switches import standing, switches
from quanyu.casework.words import Said
from quanyu.facts import reads as facts
from quanyu.facts.cells import check_rows
from quanyu.facts.models import Report
from quanyu.judgements.plausibility import LOOKS, Odd, Seen
from quanyu.measures.periods import Period, between, month_start
from quanyu.pagekit import format
from quanyu.people.models import Organisation
from quanyu.registry.model import SEVERITIES, Field, Form, Oddity, Registry

YEAR = 12
LAMPS = (Said("none", later("◆ 请看")), Said("warn", later("▲ 存疑")), Said("late", later("■ 严重")))
SENTENCES = {
    "peers": later("%(name)s是%(value)s，各企业居中的是%(usual)s"),
    "own": later("%(name)s是%(value)s，按本企业近 12 个月和上年同期应在%(usual)s左右"),
    "swing": later("%(name)s由上期%(usual)s变为%(value)s"),
    "stopped": later("%(name)s是%(value)s，此前 12 个月平均%(usual)s"),
    "ceased": later("今年以来没有%(name)s，去年全年%(usual)s"),
    "newcomer": later("新近列入%(title)s，今年以来没有%(name)s"),
}
Past = Mapping[int, Mapping[str, Sequence[float | None]]]
"""Amounts as last filed: organisation id → field → period after period."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: the sentence, what was measured beside its limit, what the firm said of it (`said`).

    `grade`: its place among the severities; `weight`: how many times the limit; `fell`: proposed for follow-up.
    """

    rule: str
    text: str
    grade: int
    weight: float = 1.0
    measured: str = ""
    unverified: bool = False
    said: str = ""
    fell: bool = False

    @property
    def lamp(self) -> Said:
        return LAMPS[self.grade]._replace(words=_(LAMPS[self.grade].words))


@dataclass(frozen=True)
class Doubtful:
    """A filed report with what was found, the gravest first; the submission it came by, if any."""

    report: Report
    submission: Submission | None
    found: Sequence[Finding]

    @property
    def suggested(self) -> str:
        """What could be written to the firm on giving it back."""
        asked = "；".join(f.text for f in self.found if not f.said) or "；".join(f.text for f in self.found)
        return _("请核实：%(asked)s。请更正，或写明原因后重报。") % {"asked": asked[:250]}


@dataclass(frozen=True)
class Month:
    """One form for one period, as the office looks through it on a day."""

    registry: Registry
    form: Form
    period: Period
    on: dt.date

    @cached_property
    def reports(self) -> list[Report]:
        """What is filed and counts."""
        rows = facts.filed(self.form.key, self.period).filter(line="").select_related("organisation__area")
        return list(rows.order_by("organisation_id"))

    @cached_property
    def verdicts(self) -> Mapping[int, Verdict]:
        """The last verdict on each organisation's report, of whatever version."""
        rows = Verdict.objects.filter(form=self.form.key, period=str(self.period)).order_by("id")
        return {v.organisation_id: v for v in rows}

    def passed(self, report: Report) -> bool:
        last = self.verdicts.get(report.organisation_id)
        return last is not None and last.passed and last.version == report.version

    @cached_property
    def queue(self) -> list[Doubtful]:
        """Reports with findings that are not yet passed, the worst first."""
        rows = [d for d in self.found if d.found and not self.passed(d.report)]
        return sorted(rows, key=lambda d: (-d.found[0].grade, -sum(f.weight for f in d.found), d.report.pk))

    @property
    def clean(self) -> list[Report]:
        """Reports without findings that are not yet passed."""
        return [d.report for d in self.found if not d.found and not self.passed(d.report)]

    @cached_property
    def found(self) -> list[Doubtful]:
        """Every report with all its findings, passed or not."""
        handed = Submission.objects.filter(form=self.form.key, period=str(self.period), state=Submission.State.FILED)
        submissions = {s.organisation_id: s for s in handed.defer("content", "origins").order_by("id")}
        made: Mapping[int, list[Finding]] = {r.organisation_id: [] for r in self.reports}
        for firm, finding in (*self._odd(), *self._hits({o: s.notes for o, s in submissions.items()})):
            made[firm].append(finding)
        return [
            Doubtful(r, submissions.get(r.organisation_id),
                     sorted(made[r.organisation_id], key=lambda f: (-f.grade, -f.weight))) for r in self.reports
        ]  # fmt: skip

    def _hits(self, notes: Mapping[int, Mapping[str, str]]) -> Iterable[tuple[int, Finding]]:
        """Rules of the form: what firms had to explain, and what nobody asked because the report came in a file."""
        asked = {r.organisation_id: r.cells for r in self.reports if notes.get(r.organisation_id, True)}
        in_force = edits(self.registry, self.form, self.on)
        around = contexts(self.registry, self.form, asked, str(self.period)) if asked else {}
        checked = check_rows(self.form, list(asked.values()), self.registry.units)
        for n, (firm, cells) in enumerate(asked.items()):
            said = dict(notes.get(firm, {}))
            hits = [c for c in checked.complaints.get(n, ()) if c.code]
            for c in (*hits, *judged(self.registry, self.form, in_force, [cells], around[firm])):
                why = said.pop(c.code, "")
                yield firm, Finding(c.code, c.message, 0 if why else 1, said=why)
            for code, why in said.items():  # no finding any more: limits or earlier reports have changed since
                yield firm, Finding(code, format.named(self.registry.edits, code), 0, 0.5, said=why)

    def _odd(self) -> Iterable[tuple[int, Finding]]:
        """Outliers, by every rule that is on."""
        rules, held = oddities(self.registry, self.form), switches(self.on)
        firms, past = [r.organisation_id for r in self.reports], history(self.form, self.period, rules)
        span, here = before(self.form, self.period), self.period.year()
        years = [[n for n, p in enumerate(span) if year.contains(p)] for year in (here, here.previous())]
        last = [n for n, p in enumerate(span) if p.first_month >= self.period.first_month - YEAR]
        none = dict.fromkeys((f.name for f in self.form.fields), [None] * len(span))
        for rule in rules:
            on, limits = standing(rule, self.on, held)
            if not on:
                continue
            rows = [past.get(firm, none)[rule.field] for firm in firms]
            sums = [[sum(row[n] or 0 for n in year) for row in rows] for year in years]
            cells = [r.cells for r in self.reports]
            now, per = ([None if (v := c.get(n)) is None else float(v) for c in cells] for n in (rule.field, rule.per))
            seen = Seen(now, [[row[n] for n in last] for row in rows], *sums, per if rule.per else None)
            if rule.what == "newcomer":
                new = self._newcomers(rule.title, int(limits["months"]))
                odd = {i: o for i, o in LOOKS["ceased"](seen, least=0).items() if firms[i] in new}
            else:
                more = {"method": rule.method} if rule.what == "peers" else {}
                odd = LOOKS[rule.what](seen, **{name: float(value) for name, value in limits.items()}, **more)
            yield from ((firms[i], self._finding(rule, o)) for i, o in odd.items())

    def _newcomers(self, title: str, months: int) -> set[int]:
        """Who holds a title at the period's end and never held it before these last months."""
        since, end = month_start(self.period.last_month - months + 1), self.period.end
        rows = facts.standings().filter(title=title, valid_from__lt=since).values_list("organisation_id", flat=True)
        return set(facts.holders(title, end).values_list("pk", flat=True)) - set(rows)

    def _finding(self, rule: Oddity, odd: Odd) -> Finding:
        scored, measured = rule.what in ("peers", "own", "swing"), ""
        if odd.limit:
            what = _("降到原来的（%）") if not scored else "Z" if rule.method == "mean" else _("修正 Z")
            words = {"what": what, "score": f"{abs(odd.score):.1f}", "limit": f"{odd.limit:.1f}"}
            measured = _("%(what)s %(score)s，界限 %(limit)s") % words
        fields = {f.name: f for f in self.form.fields}
        name = "÷".join(format.tr(fields[n].label) for n in (rule.field, rule.per) if n)
        top, per = (self.registry.units[fields[n].unit] if n else None for n in (rule.field, rule.per))

        def said(value: float) -> str:
            """An amount with its unit; an intensity as a percentage, or in both units."""
            if not (top and per):
                return format.quantity(Decimal(value), top)
            if top.dimension == per.dimension:
                return format.percent(Decimal(value) * top.factor / per.factor, 2)
            return f"{format.number(Decimal(value), 1)}{format.tr(top.label)}/{format.tr(per.label)}"

        words = {"name": name, "value": said(odd.value), "usual": said(odd.usual),
                 "title": format.named(self.registry.titles, rule.title)}  # fmt: skip
        return Finding(
            rule.key, _(SENTENCES[rule.what]) % words, SEVERITIES.index(rule.severity),
            abs(odd.score) / odd.limit if scored else 1.0, measured, rule.unverified,
            fell=rule.follow and (not scored or odd.score < 0),
        )  # fmt: skip


def oddities(registry: Registry, form: Form) -> list[Oddity]:
    return [o for o in registry.plausibility.values() if o.form == form.key]


def before(form: Form, period: Period) -> tuple[Period, ...]:
    """The periods of last year and of this one before `period`; one more, a year before the December before January."""
    return between(period.year().first_month - YEAR - 1, period.first_month - 1, form.period)


def history(form: Form, period: Period, rules: Iterable[Oddity], organisation: Organisation | None = None) -> Past:
    """The amounts that rules look at, over the periods `before` one; one query."""
    places = {str(p): n for n, p in enumerate(before(form, period))}
    names = sorted({name for rule in rules for name in (rule.field, rule.per) if name})
    rows = Report.objects.filter(form=form.key, period__in=places, line="")
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    found: dict[int, dict[str, list[float | None]]] = {}
    columns = ("organisation_id", "period", "status", *(f"cells__{name}" for name in names))
    for firm, at, status, *values in rows.order_by("version").values_list(*columns):
        if firm not in found:
            found[firm] = {name: [None] * len(places) for name in names}
        for name, value in zip(names, values, strict=True):
            known = value is not None and status == Report.Status.FILED
            found[firm][name][places[at]] = float(value) if known else None
    return found


@dataclass(frozen=True)
class Course:
    """One main figure of a report with the thirteen months that end with it; `compared`: now, the period before, a
    year ago, growth on that."""

    field: Field
    unit: str
    values: Sequence[Decimal | None]

    @property
    def compared(self) -> list[str]:
        now, before, then = self.values[-1], self.values[-2], self.values[0]
        grown = (now - then) / then * 100 if now is not None and then else None
        return [*(format.number(v) for v in (now, before, then)), format.growth(grown)]


def courses(registry: Registry, form_key: str, period: str, organisation: Organisation) -> list[Course]:
    """The figures that rules of plausibility look at, of one organisation; one query."""
    form, here = registry.form(form_key, period), Period.parse(period)
    rules, months = oddities(registry, form), before(form, here.following())
    held = history(form, here.following(), rules, organisation).get(organisation.pk, {})
    first = next(n for n, p in enumerate(months) if p.first_month >= here.first_month - YEAR)
    values = {name: [None if v is None else Decimal(v) for v in row[first:]] for name, row in held.items()}
    return [Course(f, format.named(registry.units, f.unit), values[f.name]) for f in form.fields if f.name in values]
