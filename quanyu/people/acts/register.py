"""Who is here: organisations entered or brought up to date, accounts opened, posts given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from quanyu.people.acts.events import BATCH, counted, record, record_many, subject_of
from quanyu.people.models import Organisation, Post, User
from quanyu.people.reads import checked_code
from quanyu.registry.model import OrganisationKind, Role
from quanyu.registry.problem import Refused

Row = Mapping[str, Any]
FIELDS = frozenset(field.name for field in Organisation._meta.concrete_fields) - {"id"}
PLACES = ("parent", "area")


def register_organisation(
    *, by: User | None, at: dt.datetime, kinds: Mapping[str, OrganisationKind] | None = None, **fields: Any
) -> Organisation:
    """Register one organisation, or bring it up to date: `register_organisations` with one row."""
    return register_organisations([fields], by=by, at=at, kinds=kinds)[0]


def register_organisations(
    rows: Sequence[Row], *, by: User | None, at: dt.datetime, kinds: Mapping[str, OrganisationKind] | None = None
) -> list[Organisation]:
    """Register organisations, or bring them up to date, and return them in the order of the rows.

    A row is a mapping of `Organisation` fields. Who it is: its `key`, else its `code`. A known one keeps every field
    the row is silent on; a row that changes nothing leaves no trace, so running twice is running once. `parent` and
    `area` are organisations or keys, also of another row of the same list. With `kinds` given, the kind must be a
    defined one and carry a code where it needs one.

    Effects, in order: rows added; rows changed; one event each (the fields written, or old and new value).
    """
    waiting = dict(enumerate(_tidy(row, number, kinds) for number, row in enumerate(rows, start=1)))
    result: dict[int, Organisation] = {}
    added: list[tuple[Organisation, Row]] = []
    changed: list[tuple[Organisation, Row]] = []
    with _one_desk_at_a_time(), transaction.atomic():
        by_key, by_code = _known(waiting.values())
        while waiting:  # areas before those that sit in them
            rooted = {number: row for number, row in waiting.items() if not _unrooted(row, by_key)}
            if not rooted:
                row = next(iter(waiting.values()))
                lost = _unrooted(row, by_key)
                raise Refused(f"“{row.get('name', '')}”的上级或所在区域“{lost}”没有登记。", "请先登记它，或改正代号。")
            fresh = []
            for number, row in rooted.items():
                fields = row | {name: by_key[row[name]] for name in PLACES if isinstance(row.get(name), str)}
                named, coded = by_key.get(row.get("key") or ""), by_code.get(row.get("code") or "")
                if named and coded and named is not coded:
                    told = f"代号“{row['key']}”是{named}，信用代码 {row['code']} 却是{coded}，是两个单位。"
                    raise Refused(told, "请改正其中一项。")
                known = named or coded
                if known is None:
                    known = Organisation(**fields)
                    fresh.append(known)
                    added.append((known, row))
                elif difference := _difference(known, fields):
                    for name in difference:
                        setattr(known, name, fields[name])
                    changed.append((known, difference))
                by_key |= {known.key: known} if known.key else {}
                by_code |= {known.code: known} if known.code else {}
                result[number] = known
                del waiting[number]
            Organisation.objects.bulk_create(fresh, batch_size=BATCH)
            counted(Organisation, len(fresh))
        Organisation.objects.bulk_update([o for o, _row in changed], sorted(FIELDS), batch_size=200)
        events = [("people.register_organisation", subject_of(o), _plain(row)) for o, row in added]
        events += [("people.change_organisation", subject_of(o), difference) for o, difference in changed]
        record_many(events, by, at)
    return [result[number] for number in range(len(rows))]


def in_turn(organisations: Iterable[int]) -> set[int]:
    """Whoever acts for the same organisations waits here for the other; in the order of their numbers, so that nobody
    waits in a circle. Returns those that there are."""
    rows = Organisation.objects.select_for_update(no_key=True).filter(pk__in=set(organisations)).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@contextmanager
def _one_desk_at_a_time() -> Iterator[None]:
    """Two desks that register the same organisation at the same moment: the later one is told to look again."""
    try:
        yield
    except IntegrityError:
        raise Refused("其中有单位刚刚在别处登记过。", "请重试一次，系统会并入已登记的单位。") from None


def _tidy(row: Row, number: int, kinds: Mapping[str, OrganisationKind] | None) -> dict[str, Any]:
    if strange := sorted(set(row) - FIELDS):
        raise TypeError(f"not a field of Organisation: {', '.join(strange)}")
    tidy = {name: value or None if name in {"key", "code"} else value for name, value in row.items()}
    if not (tidy.get("key") or tidy.get("code")):
        told = f"第 {number} 个单位“{tidy.get('name', '')}”既无统一社会信用代码又无代号，无法判断是否已登记。"
        raise Refused(told, "请补上其中一项。")
    if tidy.get("code"):
        tidy["code"] = checked_code(tidy["code"])
    if kinds is not None and "kind" in tidy:
        kind = kinds.get(tidy["kind"])
        if kind is None:
            told = f"“{tidy.get('name', '')}”的单位类型“{tidy['kind']}”没有定义。"
            raise Refused(told, f"可用的有：{'、'.join(kinds)}。")
        if kind.needs_code and not tidy.get("code"):
            raise Refused(f"“{tidy.get('name', '')}”属于{kind.label}，须有统一社会信用代码。")
    return tidy


def _known(rows: Collection[Row]) -> tuple[dict[str, Organisation], dict[str, Organisation]]:
    """The registered organisations these rows may mean, by key and by code; one row of the register is one object."""
    keys = {row["key"] for row in rows if row.get("key")}
    keys |= {row[name] for row in rows for name in PLACES if isinstance(row.get(name), str)}
    codes = {row["code"] for row in rows if row.get("code")}
    found = Organisation.objects.in_bulk(keys, field_name="key") if keys else {}
    one = {o.pk: o for o in found.values()}
    one |= {o.pk: o for o in Organisation.objects.in_bulk(codes, field_name="code").values() if o.pk not in one}
    return {o.key: o for o in one.values() if o.key}, {o.code: o for o in one.values() if o.code}


def _unrooted(row: Row, by_key: Mapping[str, Organisation]) -> str:
    """The first area or parent this row names that is not yet a row of the register; "" when all are."""
    named = [row[name] for name in PLACES if isinstance(row.get(name), str)]
    return next((key for key in named if key not in by_key or not by_key[key].pk), "")


def _difference(known: Organisation, fields: Row) -> dict[str, list[Any]]:
    """Field → [old, new], as plain values, for what the row says differently; asks the database nothing."""
    held = {name: _plain_value(getattr(known, f"{name}_id" if name in PLACES else name)) for name in fields}
    said = {name: _plain_value(value) for name, value in fields.items()}
    return {name: [held[name], said[name]] for name in fields if held[name] != said[name]}


def _plain(row: Row) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in row.items() if value not in (None, "")}


def _plain_value(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, dt.date) else value


def appoint(
    user: User, organisation: Organisation, role: str, from_on: dt.date, *, by: User | None, at: dt.datetime,
    to_on: dt.date | None = None, roles: Mapping[str, Role] | None = None,
) -> Post:  # fmt: skip
    """Give a person a role at an organisation from a day on, until (not on) `to_on`; the same appointment twice is one.

    Refused: an undefined role (when `roles` is given), an end not after the beginning, overlap with a post they hold.
    """
    if roles is not None and role not in roles:
        raise Refused(f"角色“{role}”没有定义。", f"可用的有：{'、'.join(roles)}。")
    if to_on is not None and to_on <= from_on:
        raise Refused(f"任职止日 {to_on} 须晚于起日 {from_on}。")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two desks appointing the same person take turns
        held = [
            p
            for p in Post.objects.filter(user=user, organisation=organisation, role=role)
            if (p.to_on is None or p.to_on > from_on) and (to_on is None or p.from_on < to_on)
        ]
        for post in held:
            if (post.from_on, post.to_on) == (from_on, to_on):
                return post
            told = f"{user} 自 {post.from_on} 起已在{organisation}担任“{role}”，任期重叠。"
            raise Refused(told, "请先结束原任职，或改任职起日。")
        post = Post.objects.create(user=user, organisation=organisation, role=role, from_on=from_on, to_on=to_on)
        body = {"user": user.pk, "organisation": organisation.pk, "role": role}
        record("people.appoint", subject_of(post), by, at, body)
    return post


def end_post(post: Post, on: dt.date, *, by: User | None, at: dt.datetime) -> Post:
    """A person leaves a post: from `on` they no longer hold it."""
    if on <= post.from_on:
        raise Refused(f"任职止日 {on} 须晚于起日 {post.from_on}。")
    with transaction.atomic():
        post.to_on = on
        post.save(update_fields=["to_on"])
        record("people.end_post", subject_of(post), by, at, {"to_on": on.isoformat()})
    return post


def create_user(
    username: str, password: str, *, by: User | None, at: dt.datetime, display_name: str = "", phone: str = "",
    email: str = "",
) -> User:  # fmt: skip
    """Open an account. Refused: a name already taken, a password the rules of the settings find weak."""
    if User.objects.filter(username=username).exists():
        raise Refused(f"登录名“{username}”已有人使用。", "请换一个登录名。")
    user = User(username=username, display_name=display_name, phone=phone, email=email)
    with transaction.atomic():
        _give_password(user, password)
        user.save()
        record("people.create_user", subject_of(user), by, at, {"username": username, "display_name": display_name})
    return user


def set_password(user: User, password: str, *, by: User | None, at: dt.datetime) -> None:
    """Give a person a new password (the desk that keeps accounts does this when one is lost)."""
    with transaction.atomic():
        _give_password(user, password)
        user.save(update_fields=["password"])
        record("people.set_password", subject_of(user), by, at)


def disable_user(user: User, *, by: User | None, at: dt.datetime, because: str = "") -> None:
    """Close an account: no further log-in, open sessions end with their next request. What was done stays on record."""
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        record("people.disable_user", subject_of(user), by, at, {"because": because})


def _give_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Refused("密码不合要求：" + "".join(weak.messages), "请换一个更长、更难猜的密码。") from None
    user.set_password(password)
