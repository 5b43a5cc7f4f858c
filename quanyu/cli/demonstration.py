"""`demo` and `serve`: a zone to look at, and the pages to look at it with."""

from __future__ import annotations

import argparse
import errno
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quanyu.cli.definitions import package_root
from quanyu.cli.flow import now
from quanyu.cli.talk import Talk, columns
from quanyu.cli.tick import ticking
from quanyu.registry.problem import Refused

THREADS = 4
"""Requests one worker process handles at once: more only wait for the same database and the same processor."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
APPLICATION = "quanyu.config.wsgi:application"


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    demo = verbs.add_parser("demo", parents=[common], help="建一个虚构园区（或只用公开数据）并走完全流程")
    demo.add_argument("--scale", type=int, metavar="家数", help="企业家数，不写则按定义包")
    demo.add_argument("--published-only", action="store_true", help="只用公开发布的数，不用虚构数据")
    demo.add_argument("--keep", action="store_true", help="已有数据就保持不动")
    demo.set_defaults(run=run_demo)
    serve = verbs.add_parser("serve", parents=[common], help="启动网页服务")
    serve.add_argument("--host", default="127.0.0.1", metavar="地址")
    serve.add_argument("--port", type=int, default=8000, metavar="端口")
    serve.add_argument("--workers", type=int, default=2, metavar="进程数")
    serve.add_argument("--tick", type=float, default=5, metavar="分钟", help="每隔几分钟做一遍定时工作（quanyu tick）")
    serve.add_argument("--no-tick", dest="tick", action="store_const", const=0, help="不做，另由 cron 或定时器来做")
    serve.set_defaults(run=run_serve)


def migrate(talk: Talk) -> int:
    """Bring the database's structure up to date; returns how many steps that took."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        with talk.step("升级数据库结构"):
            call_command("migrate", verbosity=0, interactive=False)
    return len(waiting)


def run_demo(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.demo.build import build, run_flow
    from quanyu.demo.governing import govern
    from quanyu.facts.models import Report, Standing

    migrate(talk)
    if args.keep and (Report.objects.exists() or Standing.objects.exists()):
        talk.say("这里已有数据，保持不动。")
        return 0
    at = now()
    with talk.step("建立演示园区"):
        summary = build(
            root=package_root(), by=None, at=at, say=talk.say, scale=args.scale, published_only=args.published_only
        )
    with talk.step("走完全流程"):
        run_flow(at, talk.say)
    if summary.fictional:
        with talk.step("让演示园区运转起来"):
            govern(at, talk.say)
    talk.data(
        asdict(summary),
        columns([(a.username, a.password, a.name) for a in summary.log_ins], ("登录名", "密码", "身份")),
    )
    kind = f"虚构企业 {summary.firms:,} 家、" if summary.fictional else "公开数据园区："
    talk.say(f"{kind}报表 {summary.reports:,} 份。下一步：quanyu serve。", "good")
    return 0


def run_serve(args: argparse.Namespace, talk: Talk) -> int:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _demand_free(args.host, args.port)
    migrate(talk)
    _collect(talk)
    shown = f"[{args.host}]" if ":" in args.host else args.host
    talk.complain(f"全域已启动：http://{shown}:{args.port}/ ，按 Ctrl+C 停止。", "good")
    if log_ins := _known_log_ins():
        talk.complain(columns(log_ins, ("演示账号", "密码", "身份")))
        if args.host not in LOOPBACK:
            talk.complain("演示账号的密码是公开的，请不要让外人访问这个地址。", "warn")
    sys.stderr.flush()
    with ticking(args.tick):
        Granian(
            APPLICATION, address=args.host, port=args.port, interface=Interfaces.WSGI, workers=args.workers,
            blocking_threads=THREADS, websockets=False, log_level=LogLevels.warning, log_enabled=not talk.quiet,
        ).serve()  # fmt: skip
    return 0


def _known_log_ins() -> list[tuple[str, str, str]]:
    """The accounts of a fictional zone, whose one password is written in its package; none of any other zone."""
    from quanyu.people import reads as people
    from quanyu.people.models import User
    from quanyu.plan import reads as plan

    if not people.has_fictional():
        return []
    registry = plan.registry()
    demo = registry.settings.get("demo")
    password = str(demo.get("password", "")) if isinstance(demo, dict) else ""
    users = User.objects.filter(is_active=True, username__in=registry.roles).order_by("id") if password else []
    return [(user.username, password, str(user)) for user in users]


def _demand_free(host: str, port: int) -> None:
    """A taken port is told in one sentence, before the server starts its workers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            why = "端口已被占用" if fault.errno == errno.EADDRINUSE else fault.strerror
            raise Refused(f"不能在 {host}:{port} 启动：{why}。", "请用 --port 换一个端口。") from None


def _collect(talk: Talk) -> None:
    """Gather style sheets and scripts under names that carry their digest, when any changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    newest = 0.0
    for finder in get_finders():
        for path, storage in finder.list([]):
            newest = max(newest, Path(storage.path(path)).stat().st_mtime)
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        with talk.step("整理页面样式"):
            call_command("collectstatic", verbosity=0, interactive=False)
