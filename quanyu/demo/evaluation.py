"""Two finished rounds for the fictional zone: the mid-term one of 2023 and the final one of the ended plan."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from quanyu.casework import acts as casework
from quanyu.decisions.acts import evaluation as acts
from quanyu.decisions.models import Evaluation
from quanyu.people.models import User
from quanyu.registry.model import Registry

Form = Mapping[str, str]
DAY = dt.timedelta(days=1)
MID_TERM, FINAL = dt.date(2024, 2, 20), dt.date(2026, 3, 10)
THIRD = "目标完成，{}\n任务推进，{}\n资金使用，{}\n社会效益，{}"
ACCOUNT = "（演示）本单位负责的指标和任务按年度计划推进；主要问题是{}；下一步{}。"
WORDS = (("企业研发投入两极分化", "逐户辅导研发费用归集"), ("高层次人才存量不足", "与院所共建流动岗位"),
         ("平台数量增加、能级不高", "集中支持省级以上平台"), ("数据报送不够及时", "按月核对并通报到报率"))  # fmt: skip


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """Open and complete both rounds, the figures as they are known now; nothing happens a second time."""
    if Evaluation.objects.exists():
        return
    say("补办中期评估、总结评估……")
    _round("mid_term", "2023-12", MID_TERM, users, 81.5, 78.4)
    _round("final", "2025-12", FINAL, users, 86.2, 82.7)


def _round(kind: str, period: str, day: dt.date, users: Mapping[str, User], third: float, public: float) -> None:
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(9)))
    draw = random.Random(f"{kind}{period}")  # noqa: S311 - invented scores, not a secret
    row = acts.open_round(kind, period, by=users["clerk"], at=at)
    for n, opinion in enumerate(row.case.opinions.order_by("id")):
        words = ACCOUNT.format(*WORDS[n % len(WORDS)])
        score = f"{draw.uniform(78, 95):.1f}"
        acts.assess_self(opinion, score, words, by=users[opinion.role], at=at + (2 + n % 5) * DAY)

    def take(action: str, after: int, who: str = "clerk", form: Form | None = None, paper: str = "") -> None:
        files = [SimpleUploadedFile(paper, "演示用的虚构材料。".encode(), "text/plain")] if paper else []
        casework.take(row.case, action, by=users[who], at=at + after * DAY, form=form or {}, documents=files)

    take("close_self", 9)
    parts = THIRD.format(*(round(third + d, 1) for d in (3, 1, -2, -2)))
    take("enter_third", 20, paper="第三方评估报告.txt", form={
        "third_by": "演示·第三方评估机构（虚构）", "third_score": f"{third}", "third_parts": parts,
        "third_source": f"《规划实施第三方评估报告》{(day + 18 * DAY):%Y-%m-%d}（虚构）",
    })  # fmt: skip
    take("enter_public", 22, form={
        "public_n": "1206", "public_score": f"{public}", "public_margin": "1.9",
        "public_source": "线上问卷，园区企业与居民（虚构）",
    })  # fmt: skip
    take("finish_scores", 23)
    take("submit", 30)
    take("approve", 33, "chief")
    take("publish", 34)
