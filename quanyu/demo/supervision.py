"""Directives of the demonstration: every lane, slips of each colour, one that caught up, extensions, one sent back.

Told in the order it would have happened: the steps of all matters and the weekly visits of the clock, day by day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat

from quanyu.casework import acts as casework
from quanyu.decisions.acts import supervision as acts
from quanyu.decisions.models import Directive
from quanyu.decisions.reads import supervision as reads
from quanyu.people.models import User
from quanyu.registry.model import Registry, Task

DAY = dt.timedelta(days=1)
ISSUED = "chief:approve@-1 clerk:issue@-2 lead:sign@-3"
HALF = f"{ISSUED} lead:feedback=50@30"


@dataclass(frozen=True)
class Course:
    """How so many matters went: opened so many days ago, due in so many days, each next one `spread` days further.

    `steps`: party:action@days; negative days count from the opening, others back from today; `=` the answer asked.
    """

    times: int
    opened: int
    due: int
    steps: str = ISSUED
    spread: int = 0
    by: str = "clerk"


COURSES = (
    Course(12, 76, -14, f"{ISSUED} lead:feedback=45@60 lead:apply@24 clerk:verify@22 clerk:close@21", -1),
    Course(2, 60, -20, f"{ISSUED} lead:feedback=70@40", -6),
    Course(3, 48, -3, "lead:sign@-1 lead:feedback=30@30", -3, by="leader"),
    Course(5, 50, 2, f"{ISSUED} lead:feedback=60@30 lead:feedback=85@9", 1),
    Course(8, 34, 30, f"{ISSUED} lead:feedback=35@18", 6),
    Course(2, 30, 26, ISSUED, 5),
    Course(1, 44, -6, f"{HALF} lead:ask_extension=12@9"),
    Course(1, 60, -12, f"{HALF} lead:ask_extension=15@16 chief:grant_extension=15@14 lead:feedback=75@6"),
    Course(1, 9, 24, "chief:approve@-1 clerk:issue@-2 lead:decline@4"),
    Course(1, 46, 9, f"{HALF} lead:apply@12 clerk:send_back@9"),
    Course(1, 58, -16, f"{HALF} lead:apply@8 clerk:verify@6 clerk:close@5"),
    Course(3, 40, 4, f"{HALF} lead:apply@3", 3),
    Course(1, 40, 11, f"{HALF} lead:apply@4 clerk:verify@1"),
    Course(2, 1, 45, "", 10),
    Course(1, 1, 30, "", by="leader"),
)
ASKS = {"feedback": "progress", "ask_extension": "wanted_on", "grant_extension": "agreed_on"}
WORDS = {
    "feedback": "已与有关单位对接，正按计划推进，下一步落实剩余事项。",
    "apply": "要求的事项已办成，佐证材料备查，申请销号。",
    "ask_extension": "外部审批比预计多用了时间，请求延后。",
    "decline": "此项职责不在本单位，请重新明确牵头单位。",
    "send_back": "佐证材料不全，请补齐后再申请。",
    "grant_extension": "情况属实，同意；不再延。",
}
LEADERS = ("甲主任", "乙副主任", "丙副主任")
Deed = tuple[dt.datetime, int, Callable[[], object]]


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> int:
    """Fill an empty board; with directives there already nothing happens. Returns how many there are."""
    if not Directive.objects.exists():
        say("立项、下发和督办规划任务……")
        tasks = [t for t in sorted(registry.tasks.values(), key=lambda t: (t.cites[0].lines, t.key)) if t.lead in users]
        courses = chain.from_iterable(enumerate(repeat(c, c.times)) for c in COURSES)
        weeks = [at - DAY * 7 * n for n in range(12)]
        deeds: list[Deed] = [(week, 10_000, partial(acts.mark_directives, week)) for week in weeks]
        for n, ((again, course), task) in enumerate(zip(courses, tasks[::2] + tasks[1::2], strict=False)):
            deeds += _matter(n, course, course.spread * again, task, registry, users, at)
        for _at, _n, deed in sorted(deeds, key=lambda d: d[:2]):
            deed()
    return Directive.objects.count()


def _matter(
    n: int, course: Course, later: int, task: Task, registry: Registry, users: Mapping[str, User], at: dt.datetime
) -> Iterator[Deed]:
    opened, made = at - DAY * (course.opened + n % 4), list[Directive]()
    demo = registry.settings.get("demo")
    prefix = str(demo.get("prefix", "")) if isinstance(demo, dict) else ""

    def open_it() -> None:
        words = reads.requirement_of(registry, task)
        made.append(
            acts.set_up(
                task.label.zh, words, lead=reads.seat_of(registry, task.lead), by=users[course.by], at=opened,
                due_on=at.date() + DAY * (course.due + later), task=task.key, indicator=next(iter(task.indicators), ""),
                supports=[reads.seat_of(registry, role) for role in task.supports],
                leader_name="" if course.by == "leader" else prefix + LEADERS[n % len(LEADERS)],
            )
        )  # fmt: skip

    def take(role: str, action: str, answer: str, when: dt.datetime) -> None:
        value = answer if action == "feedback" else (at.date() + DAY * int(answer or 0)).isoformat()
        form = {ASKS[action]: value} if answer else {}
        by = users[task.lead if role == "lead" else role]
        made[0].case = casework.take(made[0].case, action, by=by, at=when, note=WORDS.get(action, ""), form=form)
        for asked in made[0].case.opinions.filter(answered_at=None, withdrawn_at=None) if action == "apply" else ():
            casework.answer(asked, by=users[asked.role], at=when, answer="done", text="配合事项已办。")

    yield opened, n, open_it
    last = opened
    for step in course.steps.split():
        what, _at, days = step.partition("@")
        (role, _, action), answer = what.partition("=")[0].partition(":"), what.partition("=")[2]
        last = max(last + dt.timedelta(hours=1), (opened if days.startswith("-") else at) - DAY * int(days))
        yield last, n, partial(take, role, action, answer, last)
