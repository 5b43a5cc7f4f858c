"""Which indicators should be warned about, who answers for them, and the warnings on hand as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.casework.reads import Seat
from quanyu.casework.words import RowLine, Said
from quanyu.decisions.models import Warning
from quanyu.decisions.reads.current import Judged, assessment, assessments, current_series, figures
from quanyu.decisions.reads.forecast import forecast
from quanyu.decisions.reads.promises import holder
from quanyu.decisions.reads.supervision import seat_of
from quanyu.judgements.alerts import Finding, examine
from quanyu.judgements.figures import comparable
from quanyu.pagekit.format import named, number, tr
from quanyu.registry.model import SEVERITIES, Alert, Dated, Label, Registry, in_force

KIND = "decisions.warning"
WORDS = {
    "watch": Said("none", later("◆ 关注")),
    "warn": Said("warn", later("▲ 预警")),
    "grave": Said("late", later("■ 严重预警")),
}


def examined(registry: Registry, judged: Judged) -> dict[str, list[Finding]]:
    """All rules held against all indicators of an assessment: findings by indicator, the gravest first."""
    series, found = figures(current_series()), dict[str, list[Finding]]()
    for key in judged.verdicts.keys() & registry.indicators.keys():
        points = comparable(series, registry.indicators[key], registry.plan)
        outlook, verdict = forecast(key, judged.period), judged.verdicts[key]
        asked = (examine(a, registry, verdict, points, outlook, judged.period) for a in registry.alerts.values())
        found[key] = sorted(filter(None, asked), key=lambda f: -SEVERITIES.index(f.severity))
    return found


def newest() -> Judged:
    """The assessment that warnings look at: the latest month, even after the plan has ended."""
    return assessment(next(iter(assessments()), None))


def responsible(registry: Registry, indicator: str, finding: Finding) -> Seat:
    """The seat that a finding goes to: the indicator's owner or source, or the role its rule names."""
    who, it = registry.alerts[finding.rule].who, registry.indicators[indicator]
    return seat_of(registry, {"owner": it.owner or it.source, "source": it.source or it.owner}.get(who, who))


def warnings() -> QuerySet[Warning]:
    """Every warning there was, the newest first."""
    return Warning.objects.select_related("case__holder", "case__holder_organisation").order_by("-raised_at", "-pk")


def severity_words(severity: str) -> Said:
    """How grave, with its shape and colour."""
    return WORDS[severity]._replace(words=_(WORDS[severity].words))


def rules_in_words(registry: Registry, on: dt.date) -> list[tuple[Alert, list[tuple[Said, Dated]]]]:
    """Each rule with the limits that bind on a day, the gravest last."""
    return [
        (a, [(severity_words(s), held) for s in SEVERITIES if (held := in_force(a.limits.get(s, ()), on))])
        for a in registry.alerts.values()
    ]


class WarningLine(RowLine[Warning]):
    """A warning in words."""

    @property
    def name(self) -> str:
        return named(self.registry.indicators, self.row.indicator)

    @property
    def rank(self) -> int:
        return -list(WORDS).index(self.row.severity)

    @property
    def severity(self) -> Said:
        return severity_words(self.row.severity)

    @property
    def sentences(self) -> list[str]:
        return [tr(Label(**found["text"])) for found in self.row.findings]

    @property
    def explained(self) -> list[tuple[str, str, str, bool]]:
        """Of each finding: its rule, the sentence, what was measured beside the limit, whether that is unverified."""
        out = []
        for found, sentence in zip(self.row.findings, self.sentences, strict=True):
            rule, size, limit = self.registry.alerts.get(found["rule"]), Decimal(found["size"]), Decimal(found["limit"])
            held = [d for d in rule.limits.get(found["severity"], ()) if d.value == limit] if rule else []
            beyond = size > limit or (rule is not None and rule.what == "chance")
            words = {"size": number(size, 1), "limit": number(limit)}
            measured = _("测得 %(size)s，界限 %(limit)s") % words if beyond else ""
            out.append((tr(rule.label) if rule else "", sentence, measured, beyond and any(d.unverified for d in held)))
        return out

    @property
    def unit(self) -> str:
        """Who answers for it."""
        return holder(self.registry, self.row.case.sits("unit")[0])

    @property
    def todo(self) -> str:
        """What is still to be done today."""
        verdict = newest().verdicts.get(self.row.indicator)
        return tr(verdict.todo) if verdict else ""
