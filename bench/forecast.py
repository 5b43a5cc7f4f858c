"""Forecasts are honest and quick: rolling backtest on the demonstration zone and on public series, beside a peer.

Claim: of what came, the 80 % interval held 70 to 90 %, on the zone's indicators and on each public data set that ships
with statsmodels (co2, sunspots, nile, macrodata); 100 indicators in under 3 s; ready to work in under 2 s. The peer is
statsforecast's AutoETS where it is installed (in this Python or in the one QUANYU_PEER_PYTHON names), else the last
value kept; both forecast from the same moments, a year ahead at most. Builds its own zone, or uses QUANYU_BENCH_HOME.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

HONEST, SECONDS_BAR, READY_BAR = (0.70, 0.90), 3.0, 2.0
MONTHS = 72


def public() -> dict[str, list[tuple[int, list[float]]]]:
    """Data set → its rows with their steps a year."""
    try:
        from statsmodels.datasets import co2, macrodata, nile, sunspots
    except ImportError as missing:
        raise SystemExit(f"the public series ship with statsmodels, which is not installed ({missing})") from None
    monthly = co2.load_pandas().data["co2"].resample("ME").mean().interpolate()
    quarterly = macrodata.load_pandas().data
    return {
        "co2": [(12, monthly.tolist())],
        "sunspots": [(1, sunspots.load_pandas().data["SUNACTIVITY"].tolist())],
        "nile": [(1, nile.load_pandas().data["volume"].tolist())],
        "macrodata": [(4, quarterly[name].tolist()) for name in ("realgdp", "realinv", "cpi", "unemp")],
    }


def zone(home: Path, quick: bool) -> list:
    """The zone's indicators, each as a course, from a home that is built unless it holds one already."""
    from bench.pages import build

    build(home, 200 if quick else 2_000)
    os.environ |= {"QUANYU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "quanyu.config.settings"}
    import django

    django.setup()
    from quanyu.decisions import reads
    from quanyu.judgements.forecast import Course
    from quanyu.plan.reads import registry

    defined, figures = registry(), reads.figures(reads.current_series())
    return [Course.of(defined, i, figures, dt.date(2026, 1, 1)) for i in defined.indicators.values()]


def told(name: str, checks: list) -> bool:
    """Print how a set of past forecasts fared; whether its coverage is within the bar."""
    coverage = sum(c.hit for c in checks) / len(checks)
    error = sum(c.missed for c in checks) / (sum(c.naive for c in checks) or 1)
    squares = [c.square for c in checks if c.square is not None]
    brier = f"{statistics.mean(squares):.3f}" if squares else "-"
    fine = HONEST[0] <= coverage <= HONEST[1]
    print(f"  {name:<22}{len(checks):>8,}{coverage:>10.1%}{error:>10.2f}{brier:>8}{'' if fine else '  (!)'}")
    return fine


def compare(rows: list[tuple[int, list[float]]], origins: list[list[int]]) -> tuple[list[list[float]], float]:
    """The values foreseen a year ahead from each origin of each row, and the seconds it took: ours."""
    from quanyu.judgements.rolling import roll

    began, out = time.perf_counter(), []
    for (season, values), starts in zip(rows, origins, strict=True):
        said = roll(values, season)[0]
        out += [said[t].ahead(t, max(season, 2)) for t in starts]
    return out, time.perf_counter() - began


def peer() -> None:
    """In a process of its own, without quanyu: the same from AutoETS. Rows and origins on stdin, answers on stdout."""
    import numpy as np
    from statsforecast.models import AutoETS

    rows, origins = json.load(sys.stdin)
    AutoETS(season_length=1).forecast(np.arange(10.0) + np.sin(np.arange(10)), 2, level=[80])  # compiled code is loaded
    began, out = time.perf_counter(), []
    for (season, values), starts in zip(rows, origins, strict=True):
        for t in starts:
            known = np.asarray(values[:t], dtype=float)
            model = AutoETS(season_length=season if t > 2 * season else 1)
            out.append(model.forecast(known, max(season, 2), level=[80])["mean"].tolist())
    json.dump([out, time.perf_counter() - began], sys.stdout)


def beside(rows: list[tuple[int, list[float]]], every: int) -> None:
    """Mean absolute error over that of the last value, ours beside the peer's, and the time of both."""
    origins = [list(range(max(2 * season, 12) + 2, len(v) - max(season, 2), every)) for season, v in rows]
    mine, took = compare(rows, origins)
    python = os.environ.get("QUANYU_PEER_PYTHON", sys.executable)
    command = [python, __file__, "--peer"]
    done = subprocess.run(command, input=json.dumps([rows, origins]), capture_output=True, text=True)
    starts = [(values, t) for (_, values), at in zip(rows, origins, strict=True) for t in at]
    if done.returncode:
        print("statsforecast is not installed: beside the last value kept")
        kept = [[values[t - 1]] * len(ahead) for (values, t), ahead in zip(starts, mine, strict=True)]
        theirs, name, other = kept, "naive", 0.0
    else:
        (theirs, other), name = json.loads(done.stdout), "AutoETS"

    def error(foreseen: list[list[float]]) -> float:
        missed = naive = 0.0
        for (values, t), ahead in zip(starts, foreseen, strict=True):
            scale = statistics.mean(abs(b - a) for a, b in pairwise(values)) or 1
            missed += sum(abs(values[t + i] - v) for i, v in enumerate(ahead)) / scale
            naive += sum(abs(values[t + i] - values[t - 1]) for i in range(len(ahead))) / scale
        return missed / naive

    a, b = error(mine), error(theirs)
    print(f"a year ahead from {len(starts):,} moments: error over naive {a:.3f}, {name} {b:.3f}, ratio {a / b:.2f}")
    if other:
        print(f"time: {took:.2f} s with the whole record, {name} {other:.2f} s without, ratio {took / other:.2f}")


def ready() -> float:
    """Seconds from nothing to the first forecast, in a fresh process; the best of three."""
    code = "from quanyu.judgements.rolling import roll; import quanyu.judgements.forecast; roll([1.0, 2, 3, 4, 6], 1)"
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a zone of 200 firms; fewer moments beside the peer")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        peer()
        return 0
    sets, fine = public(), True
    from quanyu.judgements.rolling import roll

    with tempfile.TemporaryDirectory() as scratch:
        courses = [c for c in zone(Path(os.environ.get("QUANYU_BENCH_HOME") or scratch), args.quick) if c.checks]
    print(f"  {'past forecasts of':<22}{'checked':>8}{'in 80 %':>10}{'÷ naive':>10}{'Brier':>8}")
    fine &= told("the zone's indicators", [check for c in courses for check in c.checks])
    for cycle, word in ((1, "monthly"), (3, "quarterly"), (12, "yearly")):
        if checks := [check for c in courses if c.cycle == cycle for check in c.checks]:
            told(f"  of these {word}", checks)
    for name, rows in sets.items():
        fine &= told(name, [check for season, values in rows for check in roll(values, season)[1]])
    longest = [list(c.values)[-MONTHS:] for c in courses if len(c.values) >= 60]
    hundred = [longest[i % len(longest)] for i in range(100)]
    promised = [[(values[0], float("inf"))] * len(values) for values in hundred]
    taken = []
    for _ in range(3):
        began = time.process_time()  # plain Python in one thread: on an idle machine the same as time on the wall
        for values, due in zip(hundred, promised, strict=True):
            roll(values, 12, due)[0][-1].ahead(len(values), 12)
        taken.append(time.process_time() - began)
    start = ready()
    print(f"100 indicators of {len(hundred[0])} months, whole record: {min(taken):.2f} s, bar {SECONDS_BAR} s")
    print(f"from nothing to the first forecast: {start:.2f} s, bar {READY_BAR} s")
    rows = [(12 // c.cycle, list(c.values)) for c in courses if len(c.values) > 24]
    rows += [(season, values[-120:]) for found in sets.values() for season, values in found]
    beside(rows, 12 if args.quick else 3)
    return 0 if fine and min(taken) <= SECONDS_BAR and start <= READY_BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
