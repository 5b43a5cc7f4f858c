"""Everything that is not a step of the flow: `quanyu <noun> <verb>`."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from quanyu.cli.flow import no_such, now, today
from quanyu.cli.talk import Talk
from quanyu.measures.periods import BadPeriod, Period
from quanyu.registry.problem import Refused


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    report = _noun(verbs, "report", "报表：模板、报送情况")
    template = report.add_parser("template", parents=[common], help="按报表定义生成 Excel 模板")
    template.add_argument("form", metavar="报表")
    template.add_argument("--period", required=True, metavar="时期", help="报告期，如 2024-09")
    template.add_argument("-o", "--output", required=True, type=Path, metavar="文件", help="写到哪里，如 qy101.xlsx")
    template.set_defaults(run=run_template)
    status = report.add_parser("status", parents=[common], help="某一时期各报表应报、已报、迟报多少")
    status.add_argument("period", metavar="时期", help="如 2024-09")
    status.set_defaults(run=run_status)

    indicator = _noun(verbs, "indicator", "指标：清单、现值")
    listing = indicator.add_parser("list", parents=[common], help="全部指标及其单位、目标")
    listing.set_defaults(run=run_indicators)
    get = indicator.add_parser("get", parents=[common], help="一个指标逐期的数")
    get.add_argument("indicator", metavar="指标")
    get.set_defaults(run=run_indicator)

    user = _noun(verbs, "user", "账号")
    new = user.add_parser("add", parents=[common], help="新建账号，可同时任职")
    new.add_argument("username", metavar="登录名")
    new.add_argument("--name", default="", metavar="姓名")
    new.add_argument("--role", metavar="角色")
    new.add_argument("--at", metavar="单位", help="单位代号或统一社会信用代码")
    new.set_defaults(run=run_user)

    snapshot = _noun(verbs, "snapshot", "数据快照")
    snapshots = snapshot.add_parser("list", parents=[common], help="历次快照")
    snapshots.set_defaults(run=run_snapshots)

    database = _noun(verbs, "database", "数据库")
    migrate = database.add_parser("migrate", parents=[common], help="把数据库结构升到最新")
    migrate.set_defaults(run=run_migrate)


def _noun(verbs: Any, name: str, meaning: str) -> Any:
    return verbs.add_parser(name, help=meaning).add_subparsers(metavar="动作", required=True)


def run_template(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.facts import reads as facts
    from quanyu.facts.templates_xlsx import template
    from quanyu.plan import reads as plan

    registry = plan.registry()
    if args.form not in registry.forms:
        raise no_such("报表", args.form, list(registry.forms))
    with talk.step("生成模板"):
        period = _period(args.period)
        form = registry.form(args.form, str(period))
        firms = list(facts.expected(form, period).order_by("name")) or None
        args.output.write_bytes(template(form, period, firms, units=registry.units))
    talk.data({"form": args.form, "file": str(args.output)}, str(args.output))
    talk.say(f"已写出“{form.label}”的模板，填好后运行：quanyu load facts {args.output} --form {args.form}")
    return 0


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except BadPeriod as bad:
        raise Refused(f"{bad}。") from None


def run_status(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.facts import reads as facts
    from quanyu.measures.periods import KINDS
    from quanyu.plan import reads as plan

    period = _period(args.period)
    length = period.last_month - period.first_month + 1
    rows = []
    for form in plan.registry().first_editions.values():
        if KINDS.get(length) == form.period:
            r = facts.returns(form, period)
            rows.append((form.key, form.label.zh, r.expected, r.filed, r.late, r.missing, r.due_on or ""))
    heads = ("form", "label", "expected", "filed", "late", "missing", "due_on")
    zh = ("报表", "名称", "应报", "已报", "迟报", "未报", "截止")
    talk.table(rows, heads, zh)
    if not rows:
        talk.say(f"没有按 {period.label('zh')} 这种时期报送的报表。")
    return 0


def run_indicators(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.plan import reads as plan

    registry, on = plan.registry(), today()
    rows = []
    for i in registry.indicators.values():
        target = registry.target(i.key, on)
        shown = "—" if target is None or target.value is None else f"{target.value:f}"
        rows.append((i.key, i.label.zh, registry.units[i.unit].label.zh, i.direction, shown, i.formula))
    heads = ("key", "label", "unit", "direction", "target", "formula")
    talk.table(rows, heads, ("指标", "名称", "单位", "方向", "目标", "公式"))
    return 0


def run_indicator(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.decisions import reads as decisions
    from quanyu.plan import reads as plan

    registry = plan.registry()
    if args.indicator not in registry.indicators:
        raise no_such("指标", args.indicator, list(registry.indicators))
    points = decisions.figures(decisions.current_series()).points(args.indicator)
    rows = [(period, "—" if p.value is None else f"{p.value:f}", p.state, p.origin) for period, p in points.items()]
    heads = ("period", "value", "state", "origin")
    talk.table(rows, heads, ("时期", "数值", "状态", "出处"))
    return 0


def run_user(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.people import acts
    from quanyu.people import reads as people
    from quanyu.people.models import Organisation
    from quanyu.plan import reads as plan

    registry, at = plan.registry(), now()
    if args.role and args.role not in registry.roles:
        raise no_such("角色", args.role, list(registry.roles))
    seat = people.zone()
    if args.at:
        seat = Organisation.objects.filter(key=args.at).first() or Organisation.objects.filter(code=args.at).first()
        if seat is None:
            known = Organisation.objects.exclude(key=None).values_list("key", flat=True)
            raise no_such("单位", args.at, list(known[:5000]))
    password = getpass.getpass("密码：") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    user = acts.create_user(args.username, password, by=None, at=at, display_name=args.name)
    if args.role:
        acts.appoint(user, seat, args.role, today(), by=None, at=at, roles=registry.roles)
    talk.data({"username": user.username, "role": args.role, "organisation": seat.name if args.role else None})
    post = f"，在{seat}任{registry.roles[args.role].label}" if args.role else ""
    talk.say(f"已建账号 {user.username}{post}。", "good")
    return 0


def run_snapshots(args: argparse.Namespace, talk: Talk) -> int:
    from django.utils import timezone

    from quanyu.facts.models import Snapshot

    rows = [
        (s.digest[:12], f"{timezone.localtime(s.frozen_at):%Y-%m-%d %H:%M}", f"{s.rows:,}", s.revision[:12])
        for s in Snapshot.objects.all()
    ]
    talk.table(rows, ("digest", "frozen_at", "rows", "revision"), ("快照", "封存时间", "行数", "定义版本"))
    return 0


def run_migrate(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.cli.demonstration import migrate

    steps = migrate(talk)
    talk.data({"steps": steps})
    talk.say(f"数据库结构已升级 {steps} 步。" if steps else "数据库结构已是最新。", "good")
    return 0
