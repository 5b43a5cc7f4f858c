"""A zone with one case type that uses all there is, and four people: applicant, desk officer, reviewer, outsider."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from quanyu.casework import acts
from quanyu.casework.hooks import EFFECTS, GUARDS, Moment
from quanyu.casework.models import Case
from quanyu.people.models import Organisation, User
from tests.factories import TINY, firm, person, tiny_plan

ROLES = """
- {key: clerk, label: {zh: 经办人员}, sees: [plan, cases], home: /plan/}
- {key: chief, label: {zh: 科室负责人}, sees: [plan], home: /plan/}
- {key: contact, label: {zh: 联系人}, sees: [plan], own_only: true, home: /plan/}
- {key: administrator, label: {zh: 系统管理员}, sees: [people]}
- {key: st_office, label: {zh: 科技科}, sees: [plan]}
- {key: statistics, label: {zh: 统计科}, sees: [plan]}
"""
HOOKS = """
- {key: tiny.room_left, label: {zh: 还有名额}, kind: guard}
- {key: tiny.granted, label: {zh: 记一笔}, kind: effect}
"""
REQUEST = """
key: tiny.request
label: {zh: 申请}
number: 申请〔{year}〕{n}号
start: submitted
opens: applicant
parties:
  applicant: {label: {zh: 申请单位}}
  desk: {label: {zh: 经办}, role: clerk}
  chief: {label: {zh: 负责人}, role: chief}
  helper: {label: {zh: 协办单位}}
pause: [desk]
hand_over: [chief]
form:
  - {name: amount, label: {zh: 金额}, type: decimal, required: true, minimum: 1, maximum: 500}
  - {name: kind, label: {zh: 类别}, type: choice, choices: {new: {zh: 新建}, more: {zh: 扩建}}}
  - {name: people, label: {zh: 人数}, type: integer}
states:
  submitted: {label: {zh: 待受理}, phase: review, holder: desk, within: 5, remind: 2}
  mending: {label: {zh: 待补正}, phase: draft, holder: applicant, within: 3, lapse: expire}
  helping: {label: {zh: 协办中}, phase: active, holder: helper, agreed: true, remind: 1}
  deciding: {label: {zh: 待审批}, phase: review, holder: chief, within: 10}
  granted: {label: {zh: 已批准}, phase: done}
  refused: {label: {zh: 未批准}, phase: void}
actions:
  accept: {label: {zh: 受理}, from: [submitted], to: deciding, by: [desk], note: optional, main: true}
  return: {label: {zh: 退回补正}, from: [submitted], to: mending, by: [desk], note: required}
  mend: {label: {zh: 补正}, from: [mending], to: submitted, by: [applicant], documents: required, main: true}
  expire: {label: {zh: 逾期未补正}, from: [mending], to: refused, alone: true}
  pass:
    label: {zh: 交协办}
    from: [submitted]
    to: helping
    by: [desk]
    names: [helper]
    form: [{name: until, label: {zh: 办到哪天}, type: date, required: true}]
    agrees: until
  extend:
    label: {zh: 改期}
    from: [helping]
    by: [desk]
    form: [{name: until, label: {zh: 办到哪天}, type: date, required: true}]
    agrees: until
  help: {label: {zh: 协办完}, from: [helping], to: deciding, by: [helper], note: required, documents: optional}
  grant:
    label: {zh: 批准}
    from: [deciding]
    to: granted
    by: [chief]
    guard: [tiny.room_left]
    then: [tiny.granted]
    main: true
  refuse: {label: {zh: 不批准}, from: [deciding], to: refused, by: [chief], note: required}
  withdraw: {label: {zh: 撤回}, from: [submitted, mending], to: refused, by: [applicant], note: optional}
"""
FILES = TINY | {
    "tiny/roles.yaml": ROLES,
    "tiny/hooks.yaml": HOOKS,
    "tiny/case_types/request.yaml": REQUEST,
}


def when(day: str = "2026-11-23", clock: str = "09:00") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


MONDAY = when()


@dataclass
class Desk:
    """The four people, where they sit, and what the hooks of the type saw and say."""

    applicant: User
    officer: User
    reviewer: User
    outsider: User
    ours: Organisation
    theirs: Organisation
    full: str = ""
    seen: list[Moment] | None = None

    def open(self, at: dt.datetime = MONDAY, **fields: Any) -> Case:
        asked = {"title": "申请一间实验室", "by": self.applicant, "form": {"amount": "80"}}
        parties = {"applicant": ("contact", self.ours.pk)}
        return acts.open_case("tiny.request", **(asked | {"parties": parties} | fields), at=at)


@pytest.fixture
def desk(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    tiny_plan(tmp_path / "packages", FILES, at=MONDAY)
    ours, theirs = firm(1), firm(2)
    made = Desk(
        person("contact", ours, username="applicant"),
        person("clerk", username="officer"),
        person("chief", username="reviewer"),
        person("contact", theirs, username="outsider"),
        ours,
        theirs,
        seen=[],
    )
    monkeypatch.setitem(GUARDS, "tiny.room_left", lambda case, user, on: made.full)
    monkeypatch.setitem(EFFECTS, "tiny.granted", made.seen.append)
    return made
