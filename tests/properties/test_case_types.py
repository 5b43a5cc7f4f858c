"""Whatever people do with a case, in whatever order, it stays consistent: over every case type of the packages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from quanyu.casework import acts, reads
from quanyu.casework.calendar import is_announced, working_days_after
from quanyu.casework.hooks import EFFECTS, GUARDS
from quanyu.casework.models import Case
from quanyu.people.models import Event, Notice, User
from quanyu.people.reads import zone
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry as registry_in_force
from quanyu.registry.load import load
from quanyu.registry.model import CLOSED, Action, Question, Registry
from quanyu.registry.problem import Refused
from tests.casework.openers import OPENERS
from tests.factories import AT, person

PACKAGES = Path(__file__).parents[2] / "packages"
KINDS = sorted(load(PACKAGES, ["demo-zone"])[0].case_types)
START = dt.datetime(2026, 9, 1, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
STRANGER = "expert"


class Walk:
    """One case, the people around it, and the clock on the wall."""

    def __init__(self, kind: str, who: Callable[[str], User], data: st.DataObject) -> None:
        self.who, self.data, self.at = who, data, START
        self.registry: Registry = registry_in_force()
        self.kind = self.registry.case_types[kind]
        self.seat = ("st_office", zone().pk)
        self.case = OPENERS[kind](self.registry, who, self.at) if kind in OPENERS else self.open()

    def open(self) -> Case:
        later = {p for a in self.kind.actions.values() for p in a.names}
        seats = {p.key: self.seat for p in self.kind.parties.values() if not p.role and p.key not in later}
        opener = self.kind.parties[self.kind.opens] if self.kind.opens else None
        return acts.open_case(
            self.kind.key, title="随便走走", by=self.who(opener.role or "st_office") if opener else None, at=self.at,
            parties=seats, form=self.answers(self.kind.form), agreed_on=self.at.date() + dt.timedelta(days=20),
        )  # fmt: skip

    def answers(self, questions: tuple[Question, ...]) -> dict[str, str]:
        made = {"line": "一行", "text": "几句话", "date": str(self.at.date() + dt.timedelta(days=9))}
        return {
            q.name: next(iter(q.choices)) if q.choices else made.get(q.type) or str(q.minimum or 1) for q in questions
        }

    def anybody(self) -> User:
        return self.who(self.data.draw(st.sampled_from(self.roles())))

    def roles(self) -> list[str]:
        return sorted({role for role, _organisation in self.case.parties.values()} | {STRANGER})

    def step(self) -> None:
        """Something happens; who may not is refused, and what is refused leaves nothing behind."""
        before = self.rows()
        self.at += dt.timedelta(hours=1)
        try:
            with transaction.atomic():
                self.data.draw(st.sampled_from([*[self.take] * 6, self.wait, self.word, self.hand, self.hold]))()
        except Refused:
            assert self.rows() == before
        self.case = Case.objects.get(pk=self.case.pk)
        self.check()

    def rows(self) -> tuple[object, ...]:
        return *Case.objects.filter(pk=self.case.pk).values_list(), Event.objects.count(), Notice.objects.count()

    def take(self) -> None:
        action, by = self.chosen()
        reason = reads.why_not(self.case, action.key, by, self.at.date())
        files = [SimpleUploadedFile("a.txt", b"a")] if action.documents == "required" else []
        arguments = {"note": "理由", "form": self.answers(action.form), "documents": files, "seen": self.case.version}
        try:
            parties = self.kind.parties
            named = {p: (parties[p].role, zone().pk) if parties[p].role else self.seat for p in action.names}
            taken = acts.take(self.case, action.key, by=by, at=self.at, parties=named, **arguments)
        except Refused as refused:
            assert not reason or refused.sentence == reason
            raise
        assert (reason, taken.state) == ("", action.to or self.case.state)

    def chosen(self) -> tuple[Action, User | None]:
        """Mostly a step somebody may take, rather one that goes on than one that ends it; now and then anything."""
        tries = [(a, None if a.alone else self.who(r)) for a in self.kind.actions.values() for r in self.roles()]
        allowed = [t for t in tries if not reads.why_not(self.case, t[0].key, t[1], self.at.date())]
        onward = [t for t in allowed if t[0].to and self.kind.states[t[0].to].phase not in CLOSED]
        wild = self.data.draw(st.integers(0, 9)) == 9
        return self.data.draw(st.sampled_from(tries if wild or not allowed else onward * 4 + allowed))

    def wait(self) -> None:
        self.at += dt.timedelta(days=self.data.draw(st.integers(1, 12)))
        assert acts.lapse(self.at)["failed"] == 0
        assert acts.lapse(self.at) == {}

    def word(self) -> None:
        awaited = self.case.opinions.filter(answered_at=None, withdrawn_at=None).first()
        if self.data.draw(st.booleans()):
            acts.comment(self.case, "看过", by=self.anybody(), at=self.at)
        elif awaited and awaited.role:
            acts.answer(awaited, by=self.who(awaited.role), at=self.at, answer="agree")
        else:
            independent = self.data.draw(st.booleans())
            acts.ask(self.case, [self.seat], "可否？", by=self.anybody(), at=self.at, within=3, open=not independent)

    def hand(self) -> None:
        to = self.anybody() if self.data.draw(st.booleans()) else None
        acts.reassign(self.case, to, by=self.anybody(), at=self.at)

    def hold(self) -> None:
        if self.case.paused_on:
            acts.resume(self.case, by=self.anybody(), at=self.at)
        else:
            acts.pause(self.case, by=self.anybody(), at=self.at, note="等材料")

    def check(self) -> None:
        """Phase, holder, deadline and the record of events all tell the same."""
        case, state = self.case, self.kind.states[self.case.state]
        assert case.phase == state.phase
        assert (case.closed_at is not None) is (state.phase in CLOSED)
        assert (case.holder_role, case.holder_organisation_id) == (
            case.sits(state.holder) if state.holder else ("", None)
        )
        assert bool(case.holder_role) is (state.phase not in CLOSED)
        assert case.holder is None or reads.colleagues(case, self.at.date()).filter(pk=case.holder_id).exists()
        self.check_clock()
        waits = case.holder_role and list(reads.inbox(case.holder or self.who(case.holder_role), self.at.date()))
        assert not waits or case in waits
        events = list(Event.objects.filter(subject=case.tag).order_by("pk"))
        steps = [e.body for e in events if e.act == "casework.take"]
        stations = [events[0].body["state"], *(s["to"] for s in steps)]
        assert [s["from"] for s in steps] == stations[:-1]
        assert stations[-1] == case.state
        moved = [
            e for e in events if e.act in ("casework.take", "casework.pause", "casework.resume", "casework.reassign")
        ]
        assert case.version == len(moved)
        assert [e.at for e in events] == sorted(e.at for e in events)
        told = [e.body["due"] for e in events if "due" in e.body and e.act != "casework.pause"]
        assert told[-1] == (case.due_on.isoformat() if case.due_on else None)
        assert case.closed_at is None or not case.opinions.filter(answered_at=None, withdrawn_at=None).exists()

    def check_clock(self) -> None:
        case, state = self.case, self.kind.states[self.case.state]
        entered = case.entered_at.astimezone(START.tzinfo).date()
        if state.phase in CLOSED or not (state.within or state.agreed):
            assert (case.due_on, case.awaits_year, case.clock_on, case.paused_on) == (None, None, None, None)
        elif case.due_on is None and not state.agreed:
            assert not is_announced(case.awaits_year, self.registry.holidays)
        elif state.within:
            assert case.due_on == working_days_after(entered, state.within + case.stood, self.registry.holidays)
        assert case.paused_on is None or case.clock_on is None
        assert case.clock_on is None or case.clock_on <= case.due_on + dt.timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_a_random_walk_keeps_a_case_consistent(kind: str, monkeypatch: pytest.MonkeyPatch):
    """Without an opener the hooks of a type have no row of their trade to work on and keep still."""
    plan.load(PACKAGES, ["demo-zone"], by=None, at=AT)
    who = cache(lambda role: person(role, zone(), username=role))
    for role in registry_in_force().roles:
        who(role)

    for action in registry_in_force().case_types[kind].actions.values() if kind not in OPENERS else ():
        for key in action.guard:
            monkeypatch.setitem(GUARDS, key, lambda case, user, on: "")
        for key in action.then:
            monkeypatch.setitem(EFFECTS, key, lambda moment: None)

    @settings(
        phases=[Phase.explicit, Phase.generate],
        max_examples=15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def walk(data: st.DataObject) -> None:
        point = transaction.savepoint()
        try:
            walk = Walk(kind, who, data)
            walk.check()
            for _ in range(data.draw(st.integers(4, 20), label="steps")):
                walk.step()
                if walk.case.closed_at and data.draw(st.booleans()):
                    break
        finally:
            transaction.savepoint_rollback(point)

    walk()
