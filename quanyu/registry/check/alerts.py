"""What keeps a rule of early warning or a lever from working (codes P320–P323)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from quanyu.registry.check.rule import rule
from quanyu.registry.model import SEVERITIES, Alert, Registry
from quanyu.registry.problem import Problem
from quanyu.registry.reading import did_you_mean

PARTIES = ("owner", "source")


@rule("P320", "wrong", "预警规则没有可用的界限值")
def limits(registry: Registry) -> Iterator[Problem]:
    for alert in registry.alerts.values():
        if fault := _faulty(alert):
            yield Problem("P320", "wrong", alert.place, f"预警规则「{alert.label}」{fault}", subject=alert.key)


def _faulty(alert: Alert) -> str:
    days = {s: [d.since for d in held] for s, held in alert.limits.items()}
    if not days or not all(days.values()):
        return "没有写界限值"
    if any(len(set(d)) < len(d) for d in days.values()):
        return "同一天起有两个界限值"
    values = [d.value for held in alert.limits.values() for d in held]
    if not all(isinstance(v, Decimal) and v >= 0 for v in values):
        return "的界限值不是零或正数"
    latest = [max(alert.limits[s], key=lambda d: d.since).value for s in SEVERITIES if s in alert.limits]
    worse = [(a, b) for a, b in pairwise(latest) if isinstance(a, Decimal) and isinstance(b, Decimal)]
    if any(b >= a if alert.what == "chance" else b <= a for a, b in worse):
        return "越重的级别界限反而越松"
    return "" if alert.within >= 1 else "的办理期限至少一个工作日"


@rule("P321", "wrong", "预警由谁处置写得不对：只能是 owner、source 或一个角色")
def responsible(registry: Registry) -> Iterator[Problem]:
    known = [*PARTIES, *registry.roles]
    for alert in registry.alerts.values():
        if alert.who not in known:
            told = f"预警规则「{alert.label}」的 who 不能是「{alert.who}」"
            yield Problem("P321", "wrong", alert.place, told, did_you_mean(alert.who, known), alert.key)


@rule("P322", "wrong", "抓手的一项条件要且只要一个界限：at_least 或 below；ahead 不能是负数")
def bounds(registry: Registry) -> Iterator[Problem]:
    for lever in registry.levers.values():
        for test in lever.tests:
            if (test.at_least is None) is (test.below is None) or test.ahead < 0:
                told = f"抓手「{lever.label}」的条件「{test.label}」界限写得不对"
                yield Problem("P322", "wrong", test.place, told, "at_least 和 below 只写一个", lever.key)


@rule("P323", "wrong", "抓手没有条件也没有写等什么数据，或差的项数多于条件数")
def levers_whole(registry: Registry) -> Iterator[Problem]:
    for lever in registry.levers.values():
        if bool(lever.tests) is (lever.awaits is not None):
            told = f"抓手「{lever.label}」" + ("既有条件又在等数据" if lever.tests else "没有条件，也没有写等什么数据")
            yield Problem("P323", "wrong", lever.place, told, "among、needs 与 awaits 二者取一", lever.key)
        elif not 0 <= lever.short <= len(lever.needs):
            told = f"抓手「{lever.label}」差 {lever.short} 项，而 needs 只有 {len(lever.needs)} 项"
            yield Problem("P323", "wrong", lever.place, told, "改 short", lever.key)
