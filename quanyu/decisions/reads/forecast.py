"""Where an indicator is heading, as it was foreseen from any judged period."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from quanyu.decisions.models import Forecast, SeriesRun
from quanyu.decisions.reads.current import asked_period, assessments_of, current_series, opening_period
from quanyu.judgements.forecast import Outlook
from quanyu.measures.periods import Period


def forecasts_of(run: SeriesRun) -> dict[str, Forecast]:
    """The forecast in force for each period of a run, without their bodies."""
    return {f.period: f for f in Forecast.objects.filter(run=run).defer("body").order_by("id")}


def forecast(indicator: str, period: Period | str | None = None) -> Outlook | None:
    """The outlook for an indicator from a judged period (the one pages open on when none is named); None if there is
    none: nothing was forecast yet, or not from there."""
    run = current_series()
    asked = asked_period(period) if period else opening_period([Period.parse(p) for p in assessments_of(run)])
    made = Forecast.objects.filter(run=run, period=str(asked)).defer("body").last()
    return outlooks(made.digest).get(indicator) if made else None


@lru_cache(maxsize=64)
def outlooks(digest: str) -> Mapping[str, Outlook]:
    """All outlooks of one forecast, read once per process: what a digest names never changes."""
    body: Mapping[str, Any] = Forecast.objects.filter(digest=digest).latest("id").body
    return {key: Outlook.from_dict(plain) for key, plain in body.items()}
