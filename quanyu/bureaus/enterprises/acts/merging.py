"""Take two entries of the register for one firm, or say that they are two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.utils import timezone

from quanyu.bureaus.enterprises.models import Merging
from quanyu.bureaus.enterprises.reads import merging as reads
from quanyu.bureaus.enterprises.reads.register import KIND
from quanyu.facts import reads as facts
from quanyu.facts.acts import Grant, annul_standing, grant_many
from quanyu.facts.models import Standing
from quanyu.people.acts import events_last, in_turn, record, register_organisation
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_on
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

Titles = Mapping[str, list[int]]
"""The standings (ids) that were `annulled` and `granted` by a merging."""


def merge(
    kept: Organisation, absorbed: Organisation, because: str, *, by: User | None, at: dt.datetime
) -> Merging:  # fmt: skip
    """Two entries are one firm: `absorbed` is closed and stands under `kept`; no report filed for it is rewritten.

    So that a title counts once, what `absorbed` holds is annulled, and held by `kept` where it did not hold it.
    Refused: one of them stands under another already; somebody still acts for the one to be absorbed; no reason.
    Effects, in order: both locked; the titles; the judgement; `absorbed` closed; events.
    """
    on = timezone.localdate(at)
    with events_last():
        one, two = _locked(kept, absorbed, because)
        for entry in (one, two):
            if reads.kept_of(entry) != entry:
                raise Refused(f"“{entry}”已并入“{reads.kept_of(entry)}”。", "请对并入后的企业办理，或先撤销原合并。")
        if posts_on(on).filter(organisation=two, user__is_active=True).exists():
            raise Refused(f"“{two}”还有在任人员的账号。", "请先把账号改到保留的企业，或改为保留这一条。")
        titles = _hand_over(one, two, because, by, at)
        return _judge(one, two, True, because, two.closed_on, two.closed_on or on, by, at, titles)


def part(kept: Organisation, absorbed: Organisation, because: str, *, by: User | None, at: dt.datetime) -> Merging:
    """Two entries are two firms: a candidate is turned down, or a merging is undone and the absorbed entry opens again.

    Effects, in order: both locked; titles go back; the judgement; the absorbed entry as it was before; events.
    """
    with events_last():
        one, two = _locked(kept, absorbed, because)
        judged = reads.mergings().filter(kept__in=(one, two), absorbed__in=(one, two))
        last = next((m for m in judged if m.same), None)
        if judged and last is None:
            raise Refused(f"“{two}”与“{one}”已判定为两家企业。")
        one, two = (last.kept, last.absorbed) if last else (one, two)
        before = last.closed_before if last else two.closed_on
        _give_back(two, last.titles if last else {}, because, by, at)
        return _judge(one, two, False, because, before, before, by, at)


def _hand_over(kept: Organisation, absorbed: Organisation, because: str, by: User | None, at: dt.datetime) -> Titles:
    held, moved = list(facts.standings_of(kept)), list[Standing]()
    olds = [s for s in facts.standings_of(absorbed) if s.title in registry().titles]
    there = {s.pk for s in held}
    for old in olds:
        twin = next((s for s in held if _alike(s, old)), None)
        if twin:
            held.remove(twin)
        if twin is None or twin.decision == old.decision:  # of equal ones `grant_many` adds what is lacking
            moved.append(old)
    _annul(olds, f"并入“{kept}”：{because.strip()}", by, at)
    _grant(moved, kept, by, at)
    return {"annulled": [s.pk for s in olds], "granted": [s.pk for s in facts.standings_of(kept) if s.pk not in there]}


def _give_back(absorbed: Organisation, titles: Titles, because: str, by: User | None, at: dt.datetime) -> None:
    rows = Standing.objects.filter(pk__in=titles.get("annulled", ())).order_by("pk")
    _grant(rows, absorbed, by, at)
    _annul(facts.standings().filter(pk__in=titles.get("granted", ())), f"撤销合并：{because.strip()}", by, at)


def _annul(rows: Iterable[Standing], why: str, by: User | None, at: dt.datetime) -> None:
    for row in rows:
        annul_standing(row, registry().titles[row.title], by, at, why[:300])


def _grant(rows: Iterable[Standing], to: Organisation, by: User | None, at: dt.datetime) -> None:
    """Titles as they were, held by another."""
    known = registry().titles
    given = (Grant(known[s.title], to.pk, s.valid_from, s.valid_to, s.level, s.person, s.decision) for s in rows)
    grant_many(given, by, at)


def _alike(one: Standing, other: Standing) -> bool:
    """One title on record twice; the paper that granted it may be named on one record only."""
    same = all(getattr(one, n) == getattr(other, n) for n in ("title", "level", "person", "valid_from"))
    return same and (one.decision == other.decision or "" in (one.decision, other.decision))


def _locked(kept: Organisation, absorbed: Organisation, because: str) -> tuple[Organisation, Organisation]:
    if kept == absorbed:
        raise Refused("选的是同一条记录。", "请选两条不同的记录。")
    if not because.strip():
        raise Refused("没有写明理由。", "请写明依据，如营业执照、登记机关答复。")
    held = Organisation.objects.filter(kind=KIND).in_bulk(in_turn([kept.pk, absorbed.pk]))
    if len(held) < 2:
        raise Refused("只能合并两家企业。")
    return held[kept.pk], held[absorbed.pk]


def _judge(
    kept: Organisation, absorbed: Organisation, same: bool, because: str, before: dt.date | None,
    closed_on: dt.date | None, by: User | None, at: dt.datetime, titles: Titles | None = None,
) -> Merging:  # fmt: skip
    row = {"kept": kept, "absorbed": absorbed, "same": same, "because": because.strip()[:300], "titles": titles or {}}
    made = Merging.objects.create(**row, closed_before=before, at=at, by=by)
    register_organisation(by=by, at=at, key=absorbed.key, code=absorbed.code, closed_on=closed_on)
    body = {"kept": kept.pk, "absorbed": absorbed.pk, "because": because.strip()}
    record("enterprises.merge" if same else "enterprises.part", f"enterprises.merging:{made.pk}", by, at, body)
    return made
