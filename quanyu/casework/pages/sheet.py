"""Everything the page of one case shows: where it stands, what this person may do, what was said and done so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quanyu.casework import reads
from quanyu.casework.acts import ANSWERS
from quanyu.casework.hooks import PANELS
from quanyu.casework.models import Case, Document, Opinion
from quanyu.casework.words import CaseLine, Said, seat
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.people.models import Organisation, Post, User
from quanyu.people.reads import posts_on
from quanyu.registry.model import Action, CaseType, Question, Registry
from quanyu.registry.problem import Refused

LOG = 100
"""How many of the last events a page shows unless all are asked for."""
GIVEN = {"agree": "done", "done": "done", "object": "late"}


@dataclass(frozen=True)
class Refusal:
    """What was refused on this page, in which form of it, and all that had been typed there: it is shown again."""

    form: str
    refused: Refused
    typed: Mapping[str, str]
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Button:
    """A step of the present state: `reason` says why it cannot be taken; `refusal` what happened when it was tried."""

    action: Action
    reason: str
    registry: Registry
    kind: CaseType
    choices: Sequence[tuple[str, str]] = ()
    refusal: Refusal | None = None

    @property
    def label(self) -> str:
        return tr(self.action.label)

    @property
    def asks(self) -> bool:
        """Does it want anything said before it is taken?"""
        a = self.action
        return bool(a.form or a.names or a.note != "none" or a.documents != "none")

    @property
    def named(self) -> list[tuple[str, str, str]]:
        """Parties whose seat this step says: (key, words, chosen)."""
        return [(p, tr(self.kind.parties[p].label), self._typed(f"seat_{p}")) for p in self.action.names]

    @property
    def note(self) -> str:
        return self._typed("note")

    @cached_property
    def wrong(self) -> str:
        """Beside which field the refusal belongs: a question's name, `note`, `documents`, or "" for the whole step."""
        if self.refusal is None:
            return ""
        said, files = self.refusal.refused.sentence, self.refusal.files
        if asked := next((q.name for q in self.action.form if f"“{q.label}”" in said), ""):
            return asked
        if self.action.note == "required" and not self.note.strip():
            return "note"
        lacking = self.action.documents == "required" and not files
        return "documents" if lacking or any(name in said for name in files) else ""

    @property
    def questions(self) -> list[tuple[Question, str, str, str]]:
        """Each question with the words of its unit, what stands in it, and the sentence against that."""
        r, said = self.registry, {self.wrong: self.error}
        return [(q, _unit(r, q), self._typed(f"q_{q.name}"), said.get(q.name, "")) for q in self.action.form]

    @property
    def error(self) -> str:
        return f"{self.refusal.refused.sentence}{self.refusal.refused.hint}" if self.refusal else ""

    def _typed(self, name: str) -> str:
        return self.refusal.typed.get(name, "") if self.refusal else ""


@dataclass(frozen=True)
class Word:
    """An opinion asked for: of whom, what came of it, whether this person may read it and must give it."""

    opinion: Opinion
    whom: str
    readable: bool
    mine: bool
    term: str

    @property
    def state(self) -> Said:
        o = self.opinion
        if o.withdrawn_at:
            return Said("none", "× " + _("已撤回"))
        if not o.answered_at:
            return Said("none", "○ " + _("待答复"))
        if not self.readable:
            return Said("none", "○ " + _("已答复，收齐后公开"))
        return Said(GIVEN.get(o.answer, "done"), f"{'■' if o.answer == 'object' else '✓'} {_(ANSWERS[o.answer])}")


@dataclass(frozen=True)
class CaseSheet:
    request: HttpRequest
    case: Case
    user: User
    on: dt.date
    registry: Registry
    refusal: Refusal | None = None
    whole_log: bool = False

    answers = ANSWERS

    @cached_property
    def kind(self) -> CaseType:
        return reads.type_of(self.case)

    @cached_property
    def line(self) -> CaseLine:
        return CaseLine(self.case, self.registry, self.on)

    @property
    def closed(self) -> bool:
        return reads.closed(self.case)

    @property
    def deadline(self) -> Said:
        """■ 11月18日（周三，已逾期 4 个工作日）"""
        left, words = self.line.left, reads.deadline(self.case, self.on, self.registry.holidays)
        return Said(left.lamp, f"{left.words[:1]} {words}") if words else Said("", "")

    @cached_property
    def posts(self) -> list[Post]:
        return reads.seats_of(self.user, self.on)

    @cached_property
    def mine(self) -> bool:
        return reads.holds(self.case, self.user, self.on, self.posts)

    @cached_property
    def buttons(self) -> list[Button]:
        if self.closed:
            return []
        r = self.refusal
        return [
            Button(a, reason, self.registry, self.kind, self.seats if a.names and not reason else (),
                   r if r and r.form == a.key else None)
            for a, reason in reads.actions(self.case, self.user, self.on, self.posts)
        ]  # fmt: skip

    @cached_property
    def main(self) -> Button | None:
        """The step to take when all is well."""
        return next((b for b in self.buttons if b.action.main and not b.reason), None)

    @property
    def others(self) -> list[Button]:
        return [b for b in self.buttons if not b.reason and b is not self.main]

    @property
    def barred(self) -> list[Button]:
        return [b for b in self.buttons if b.reason]

    @property
    def astray(self) -> Refusal | None:
        """A refusal that no form of the page shows: its step is gone, so what was typed stands beside the sentence."""
        shown = {b.action.key for b in self.buttons if not b.reason}
        return None if self.refusal is None or self.refusal.form in shown else self.refusal

    @cached_property
    def seats(self) -> list[tuple[str, str]]:
        """The seats of the offices that work here, to be named or asked, as `role:organisation` and in words."""
        offices = [key for key, role in self.registry.roles.items() if role.workbench and not role.own_only]
        held = posts_on(self.on).filter(role__in=offices).order_by("organisation", "role")
        rows = held.values_list("role", "organisation", "organisation__name").distinct()
        return [(f"{role}:{pk}", seat(self.registry, role, name)) for role, pk, name in rows]

    @cached_property
    def parties(self) -> list[tuple[str, str, bool]]:
        """Each side: what it is called, who sits there, whether it is their turn."""
        held = {k: self.case.sits(k) for k in self.kind.parties}
        names = dict(Organisation.objects.filter(pk__in={o for _r, o in held.values() if o}).values_list("pk", "name"))
        now = "" if self.closed else reads.state_of(self.case).holder
        return [
            (tr(party.label), seat(self.registry, held[k][0], names.get(held[k][1] or 0, "")), k == now)
            for k, party in self.kind.parties.items()
        ]

    @cached_property
    def told(self) -> list[tuple[str, str]]:
        """What was answered to the questions of the type and of its steps so far: words, answer."""
        asked = {q.name: q for a in self.kind.actions.values() for q in a.form} | {q.name: q for q in self.kind.form}
        return [(tr(q.label), self._answer(q, str(self.case.form[n]))) for n, q in asked.items() if n in self.case.form]

    def _answer(self, question: Question, value: str) -> str:
        match question.type:
            case "choice":
                return tr(question.choices[value]) if value in question.choices else value
            case "date":
                return format.date(dt.date.fromisoformat(value))
        unit = _unit(self.registry, question)
        return f"{value} {unit}".strip()

    @cached_property
    def documents(self) -> list[Document]:
        return list(self.case.documents.select_related("by"))

    @cached_property
    def words(self) -> list[Word]:
        people, posts = reads.stands_in_for(self.user, self.on), self.posts
        found = []
        for o, readable in reads.opinions(self.case, self.user, self.on):
            whom = str(o.person or seat(self.registry, o.role, str(o.organisation or "")))
            asked = o.person_id in people if o.person_id else reads.fits((o.role, o.organisation_id), posts)
            awaited = not (o.answered_at or o.withdrawn_at or self.closed)
            term = reads.deadline(o, self.on, self.registry.holidays) if awaited else ""
            found.append(Word(o, whom, readable, asked and awaited, term))
        return found

    @property
    def my_words(self) -> list[Word]:
        return [w for w in self.words if w.mine]

    @cached_property
    def _history(self) -> list[reads.Step]:
        return reads.history(self.case)

    @property
    def earlier(self) -> int:
        """How many events the page leaves out."""
        return 0 if self.whole_log else max(0, len(self._history) - LOG)

    @property
    def log(self) -> list[tuple[reads.Step, str, list[str]]]:
        """The last thing done first: the step, what was said with it, the names of what was enclosed."""
        return [
            (s, " ".join(filter(None, (s.body.get("name", ""), s.note or str(s.body.get("question", ""))))),
             [d["name"] for d in s.body.get("documents", ())])
            for s in reversed(self._history[self.earlier :])
        ]  # fmt: skip

    @cached_property
    def panel(self) -> SafeString:
        """What the trade itself shows of this case."""
        provided = PANELS.get(self.case.type)
        if provided is None:
            return SafeString("")
        template, context = provided(self.request, self.case)
        return render_to_string(template, context, self.request)

    @cached_property
    def may_hand_over(self) -> bool:
        return not self.closed and reads.may_hand_over(self.case, self.user, self.on, self.posts)

    @property
    def colleagues(self) -> list[User]:
        return list(reads.colleagues(self.case, self.on))

    @cached_property
    def may_pause(self) -> bool:
        return not self.closed and reads.may_pause(self.case, self.user, self.on, self.posts)


def _unit(registry: Registry, question: Question) -> str:
    return tr(registry.units[question.unit].label) if question.unit in registry.units else ""
