"""`doctor`: every setting and where it comes from; what is unhealthy, with the command that mends it."""

from __future__ import annotations

import argparse
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quanyu.cli.talk import Talk, columns
from quanyu.registry.problem import Refused

UNHEALTHY = 1
ROOM_ON_DISK = 2 * 1024**3
"""Bytes that should be free where the data lies: a snapshot is written whole before the old one may go."""

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` is the command (or step) that makes it well; `grave` False is only a remark."""

    what: str
    well: bool
    detail: str = ""
    mend: str = ""
    grave: bool = True

    @property
    def mark(self) -> str:
        return "✓" if self.well else "✗" if self.grave else "!"


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    doctor = verbs.add_parser("doctor", parents=[common], help="列出设置与健康状况，不健康的说明怎样修复")
    doctor.set_defaults(run=run_doctor)


def run_doctor(args: argparse.Namespace, talk: Talk) -> int:
    from django.conf import settings

    described = settings.ENV.describe()
    findings = [finding for look in LOOKS for finding in _safely(look)]
    rows = [(name, value or "（空）", source, meaning) for name, value, source, meaning in described]
    checks = [(f.mark, f.what, f.detail, f"→ {f.mend}" if not f.well and f.mend else "") for f in findings]
    names = ("name", "value", "source", "meaning")
    settled = [dict(zip(names, row, strict=True)) for row in described]
    shown = f"{columns(rows, ('设置', '现值', '来源', '含义'))}\n\n{columns(checks)}"
    talk.data({"settings": settled, "findings": [asdict(f) for f in findings]}, shown)
    bad = sum(not f.well and f.grave for f in findings)
    if bad:
        talk.complain(f"有 {bad} 项需要处理。", "bad")
        return UNHEALTHY
    talk.say("一切正常。", "good")
    return 0


def _safely(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """A look that itself fails is a finding: the doctor sees every patient."""
    try:
        yield from look()
    except Refused as refusal:
        yield Finding((look.__doc__ or "").rstrip("."), False, refusal.sentence, refusal.hint)
    except Exception as fault:
        told = f"{type(fault).__name__}：{fault}"
        yield Finding((look.__doc__ or "").rstrip("."), False, told, "quanyu --debug doctor")


def look_at_settings() -> Iterator[Finding]:
    """设置"""
    from django.conf import settings

    strange = settings.ENV.unknown()
    yield Finding("设置的名字都认识", not strange, "、".join(strange), "改正或删去这些名字", grave=False)
    yield Finding("调试已关闭", not settings.DEBUG, "", "设 QUANYU_DEBUG=0", grave=False)
    key = Path(settings.QUANYU_HOME) / "secret_key"
    if key.exists():
        open_to = stat.S_IMODE(key.stat().st_mode)
        yield Finding("密钥只有本人能读", not open_to & 0o077, f"权限 {open_to:03o}", f"chmod 600 {key}")


def look_at_database() -> Iterator[Finding]:
    """数据库"""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        yield Finding("数据库可以连接", True, str(connection.settings_dict["NAME"]))
        if connection.vendor == "sqlite":
            for name, wanted in PRAGMAS.items():
                found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
                told = str(found) if found == wanted else f"{found}，应为 {wanted}"
                yield Finding(f"SQLite {name}", found == wanted, told, "恢复设置中数据库的 init_command")
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    lacks = f"缺 {len(waiting)} 步" if waiting else ""
    yield Finding("数据库结构为最新", not waiting, lacks, "quanyu database migrate")


def look_at_flow() -> Iterator[Finding]:
    """数据流程"""
    from django.conf import settings

    from quanyu.decisions import reads as decisions
    from quanyu.facts import reads as facts
    from quanyu.facts.facts import provider_problems
    from quanyu.measures.source import Source
    from quanyu.plan import reads as plan

    registry = plan.registry()
    yield Finding("已载入规划定义", True, f"{'、'.join(registry.packages)}，版本 {registry.digest[:12]}")
    odd = provider_problems(registry)
    yield Finding("每张事实表恰有一个提供者", not odd, str(odd[0]) if odd else "", "改正 packages/ 里的 facts/ 定义")
    snapshot = facts.last_snapshot()
    if snapshot is None:
        yield Finding("已封存数据快照", False, "还没有快照", "quanyu freeze")
        return
    source = Source.open(settings.QUANYU_HOME, snapshot.digest)
    lost = [file for table in source.manifest["tables"] for file in source.files(table) if not Path(file).is_file()]
    told = snapshot.digest[:12] + (f"，缺 {len(lost)} 个" if lost else "")
    yield Finding("快照文件齐全", not lost, told, "quanyu freeze --full")
    behind = decisions.stale()
    mend = " && ".join(f"quanyu {verb}" for verb in behind)
    yield Finding("指标与研判跟上了快照和定义", not behind, "" if not behind else f"还差：{'、'.join(behind)}", mend)
    if "measure" not in behind:
        run = decisions.current_series()
        decisions.figures(run)
        yield Finding("计算结果可以打开", True, f"{run.digest[:12]}，算到 {run.until}")


def look_at_machine() -> Iterator[Finding]:
    """机器"""
    from django.conf import settings

    free = shutil.disk_usage(settings.QUANYU_HOME).free
    mend = "清理数据目录所在磁盘，留出 2 GiB 以上"
    yield Finding("磁盘余量", free >= ROOM_ON_DISK, f"{free / 1024**3:.1f} GiB", mend)
    if lister := shutil.which("fc-list"):
        held = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False)  # noqa: S603 - found by which()
        well = bool(held.stdout.strip())
        yield Finding("有中文字体（截图用）", well, "", "apt-get install fonts-noto-cjk", grave=False)


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (look_at_settings, look_at_database, look_at_flow, look_at_machine)
