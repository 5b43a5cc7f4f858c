"""`quanyu <verb>`: the flow verbs at the top, everything else `<noun> <verb>`.

Exit codes: 0 fine, 1 bug, 2 usage, 10 package wrong, 11 facts wrong, 12 not permitted, 13 examples failed.
Data goes to stdout, talk to stderr. Each verb module adds its parsers with `add`; a verb is a function
`(args, talk) -> int` set as `run`, with `refused` the exit code of a refusal and `dry` where no database is needed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from quanyu.cli import audit, definitions, demonstration, doctor, facts, flow, nouns, period, planning, policies, tick
from quanyu.cli.talk import Talk
from quanyu.registry.problem import Refused

BUG, USAGE, NOT_PERMITTED, INTERRUPTED = 1, 2, 12, 130

EPILOG = """退出码：0 正常；1 程序错误；2 用法不对；10 规划定义有错；11 数据有错；12 不允许；13 算例不符。
数据写到标准输出，说明写到标准错误。"""


class Parser(argparse.ArgumentParser):
    """Argparse that explains a usage error in Chinese and exits with 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}：用法不对：{message}。加 --help 看说明。\n")


def parser() -> Parser:
    """All verbs with their options."""
    top = Parser(
        prog="quanyu", description="全域：让一份科技创新规划运转起来。", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    top.add_argument("--debug", action="store_true", help="出错时显示完整的调用栈")
    top.add_argument("--quiet", "-q", action="store_true", help="不显示进度说明")
    common = Parser(add_help=False)
    common.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--quiet", "-q", action="store_true", default=argparse.SUPPRESS, help="不显示进度说明")
    common.add_argument("--json", action="store_true", help="以 JSON 输出")
    verbs = top.add_subparsers(metavar="动作", required=True, parser_class=Parser)
    for module in (definitions, facts, flow, demonstration, tick, audit, doctor, nouns, period, planning, policies):
        module.add(verbs, common)
    return top


def run(words: Sequence[str]) -> int:
    """Do what the words say and return the exit code; nothing escapes but the answer."""
    args = parser().parse_args(words)
    talk = Talk(quiet=args.quiet, as_json=getattr(args, "json", False))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanyu.config.settings")
    try:
        if not getattr(args, "dry", False):
            import django

            django.setup()
        return int(args.run(args, talk) or 0)
    except Refused as refusal:
        talk.complain(f"{refusal.sentence}{refusal.hint or ''}", "bad")
        return int(getattr(args, "refused", NOT_PERMITTED))
    except KeyboardInterrupt:
        talk.complain("已中断，没有做完的一步不会留下痕迹。")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as bug:
        if args.debug:
            traceback.print_exc()
        else:
            kept = _write_down(bug)
            talk.complain(f"程序出错（{type(bug).__name__}），详情已写入 {kept}，请连同命令一起反馈。", "bad")
        return BUG


def _write_down(bug: Exception) -> Path:
    """Keep the traceback where the person who mends it finds it."""
    text = "".join(traceback.format_exception(bug))
    name = f"quanyu-error-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    path = Path(tempfile.gettempdir()) / name
    path.write_text(text, encoding="utf-8")
    return path
