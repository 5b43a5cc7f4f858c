"""`audit`: walk the chain of events; print its head, to be noted where this machine cannot reach."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict
from typing import Any

from quanyu.cli.flow import FACTS_WRONG, now
from quanyu.cli.talk import Talk


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    audit = verbs.add_parser("audit", help="操作留痕：核验、链首").add_subparsers(metavar="动作", required=True)
    verify = audit.add_parser("verify", parents=[common], help="逐条核验操作留痕有没有被改动、删除或调换")
    verify.add_argument("--head", type=head, metavar="编号:封印", help="以前记下的链首，证明此后没有改写")
    verify.set_defaults(run=run_verify)
    show = audit.add_parser("head", parents=[common], help="印出链首（编号:封印），请抄存在别处")
    show.set_defaults(run=run_head)


def head(text: str) -> tuple[int, str]:
    """A head as `audit head` prints it."""
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError("链首应写成 编号:64 位封印，照 quanyu audit head 印出的抄")
    return int(found[1]), found[2]


def run_verify(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.people import acts, reads

    def step(done: int, of: int) -> None:
        if done % 100_000 == 0:
            talk.say(f"已核验 {done:,} / {of:,} 条……", "dim")

    with talk.step("核验操作留痕"):
        walk = reads.walk_chain(args.head, step)
        acts.note_verification(walk, at=now())
    found = {"events": walk.number, "digest": walk.digest, "breaks": [asdict(b) for b in walk.breaks]}
    talk.data(found, "\n".join(map(str, walk.breaks)))
    if walk.breaks:
        talk.complain(f"操作留痕有问题：{walk.breaks[0]}。请保留现场，对照备份查明。", "bad")
        return FACTS_WRONG
    noted = f"，且自第 {args.head[0]} 号记下之后没有改写" if args.head else ""
    talk.say(f"{walk.number:,} 条操作留痕前后相扣，没有改动、缺失或调换{noted}。", "good")
    return 0


def run_head(args: argparse.Namespace, talk: Talk) -> int:
    from quanyu.people import reads

    last = reads.chain_head()
    talk.data({"number": last.number, "digest": last.digest}, str(last))
    talk.say("请把这一行抄存在本机之外；日后用 quanyu audit verify --head 核对。")
    return 0
