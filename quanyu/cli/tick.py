"""`tick`: all recurring work in one verb, for cron, a timer or `serve`.

The steps go in order, each in transactions of its own; one that fails does not hold up the others.
"""

from __future__ import annotations

import argparse
import datetime as dt
import fcntl
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from quanyu.cli.flow import now
from quanyu.cli.talk import Talk, columns
from quanyu.registry.problem import Refused

FAILED = 1
Step = Callable[[dt.datetime], str]


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    tick = verbs.add_parser("tick", parents=[common], help="做一遍定时工作：到期、重算、预警、督办、发通知")
    tick.add_argument("--at", type=moment, metavar="时刻", help="当作这一时刻来做，如 2026-11-23T09:00，不写则为现在")
    tick.set_defaults(run=run_tick)


def moment(text: str) -> dt.datetime:
    """A moment as typed: 2026-11-23 or 2026-11-23T09:00, by the clock here unless it names a zone."""
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是时刻，请写成 2026-11-23T09:00") from None


def run_tick(args: argparse.Namespace, talk: Talk) -> int:
    from django.utils import timezone

    from quanyu.plan import reads as plan

    at = args.at or now()
    at = timezone.make_aware(at) if timezone.is_naive(at) else at
    with alone() as first:
        if not first:
            talk.data({"at": at, "steps": []})
            talk.say("另一次定时工作还没有做完，这次不做。")
            return 0
        plan.registry()  # nothing loaded: one sentence for all steps
        done = [_one(key, what, step, at, talk) for key, what, step in STEPS]
    shown = [("✓" if d["well"] else "✗", d["what"], d["told"]) for d in done]
    talk.data({"at": at, "steps": done}, "" if talk.quiet else columns(shown))
    return 0 if all(d["well"] for d in done) else FAILED


def _one(key: str, what: str, step: Step, at: dt.datetime, talk: Talk) -> dict[str, Any]:
    """One step and how it went."""
    try:
        with talk.step(what):
            return {"step": key, "what": what, "well": True, "told": step(at)}
    except Refused as refusal:
        told = f"{refusal.sentence}{refusal.hint or ''}"
    except Exception as bug:
        traceback.print_exc()
        told = f"程序出错（{type(bug).__name__}）"
    talk.complain(f"{what}没有做成：{told}", "bad")
    return {"step": key, "what": what, "well": False, "told": told}


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nobody else is at it in this data folder; the lock goes with the process, however it ends."""
    from django.conf import settings

    with (settings.QUANYU_HOME / "tick.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            first = True
        except BlockingIOError:
            first = False
        yield first


def lapse(at: dt.datetime) -> str:
    from quanyu.casework import acts

    done = acts.lapse(at)
    if done["failed"]:
        raise Refused(f"有 {done['failed']} 件没有办成。", "原因见日志。")
    return f"到期办理 {done['lapsed']} 件，提醒 {done['reminded']} 件，逾期 {done['overdue']} 件"


def refresh(at: dt.datetime) -> str:
    """Freeze, measure, judge and forecast again where facts or definitions changed."""
    from django.utils import timezone

    from quanyu.decisions import acts, reads
    from quanyu.facts import acts as facts

    on = timezone.localdate(at)
    facts.freeze(at)
    stale = reads.stale()
    if "measure" in stale:
        acts.measure(at=at)
    if stale:
        acts.judge(at=at, on=on)
    if stale or not reads.forecasts_of(reads.current_series()):
        acts.forecast(at=at, on=on)
    return "已重新计算和判断" if stale else "没有新数据"


def match(at: dt.datetime) -> str:
    """Hold every policy against every firm as of today; what was held before is not done again."""
    from django.utils import timezone

    from quanyu.bureaus.policies.acts.match import match
    from quanyu.bureaus.policies.reads.library import for_firms
    from quanyu.plan import reads as plan

    on = timezone.localdate(at)
    if not for_firms(plan.registry(), on):
        return "没有面向企业的政策"
    made = match(on, at=at, by=None)
    return f"{len(made.counts)} 项政策，{made.firms:,} 家企业"


def warn(at: dt.datetime) -> str:
    from quanyu.decisions import acts

    return f"新预警 {len(acts.raise_warnings(at=at))} 条"


def mark(at: dt.datetime) -> str:
    from quanyu.decisions import acts

    return f"开出督办单 {len(acts.mark_directives(at=at))} 份"


def deliver(at: dt.datetime) -> str:
    from quanyu.people import acts
    from quanyu.plan import reads as plan

    went = acts.deliver(plan.registry().topics, at=at)
    return f"发出 {went.sent} 条，未成 {went.failed} 条，推后 {went.postponed} 条"


STEPS: tuple[tuple[str, str, Step], ...] = (
    ("lapse", "到期事项", lapse),
    ("refresh", "数据更新", refresh),
    ("match", "政策匹配", match),
    ("warn", "预警", warn),
    ("mark", "督办", mark),
    ("deliver", "发通知", deliver),
)


@contextmanager
def ticking(minutes: float) -> Iterator[None]:
    """While the pages are served: a tick of its own process every so many minutes; it ends with the server."""
    stop, running = threading.Event(), list[subprocess.Popen[bytes]]()

    def every() -> None:
        while not stop.wait(minutes * 60):
            running[:] = [subprocess.Popen([sys.executable, "-m", "quanyu.cli", "tick", "--quiet"])]
            running[0].wait()

    clock = threading.Thread(target=every, daemon=True)
    if minutes:
        clock.start()
    try:
        yield
    finally:
        stop.set()
        for tick in running:
            tick.terminate()
