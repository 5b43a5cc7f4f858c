"""Fills an empty home: with the fictional zone, or with published figures alone. Never both, never beside real data.

Writes only through the acts of the rooms below, in the order a real zone would: definitions, organisations, people,
titles, reports as they were filed. Everything happens in one transaction, so an interrupted build leaves nothing.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.bureaus.policies.acts.match import match
from quanyu.bureaus.policies.reads.library import for_firms
from quanyu.decisions import acts as decisions
from quanyu.demo import crosscheck, profiles, projects
from quanyu.demo.shape import Filing, Firm, Shape
from quanyu.demo.titles import Held
from quanyu.facts import acts as facts
from quanyu.facts import reads as facts_reads
from quanyu.facts.models import Report, Standing
from quanyu.measures.periods import Period
from quanyu.people import acts as people
from quanyu.people import reads as who
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry as in_force
from quanyu.registry.load import digest, load_files, read_files
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused

ZONE = "demo.zone"
FICTIONAL, PUBLISHED = "demo-zone", "ganzhou-edz"
"""The package each kind of home is built from; what it requires is loaded with it."""
MONTHLY = "qy101"
SMALLEST = 60
"""Fewer firms than this cannot show every flaw."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LogIn:
    """An account that a build opened; `password` in clear, to be printed once."""

    username: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build did. `fresh` is False when the same was there already; a fictional zone still tells its log-ins."""

    fictional: bool
    fresh: bool
    shape: str
    firms: int = 0
    standings: int = 0
    reports: int = 0
    corrections: int = 0
    log_ins: Sequence[LogIn] = field(default_factory=tuple)


def build(
    *,
    root: Path,
    by: User | None,
    at: dt.datetime,
    say: Say,
    scale: int | None = None,
    published_only: bool = False,
) -> Summary:
    """Build the fictional zone, or load only what was published, from the packages in `root`.

    The same call twice changes nothing. Refused when the home holds anything else, or for a zone too small to draw.
    Effects, in order: the packages come into force; organisations, people and their posts; titles; reports; one event.
    """
    if scale is not None and scale < SMALLEST:
        raise Refused(f"演示园区至少要有 {SMALLEST} 家企业，现在要的是 {scale} 家。", "请用更大的 --scale，或不写。")
    package = PUBLISHED if published_only else FICTIONAL
    files = read_files(root, [package])
    before = _before(package)
    wanted = {"package": package, "scale": scale, "definitions": digest(files)}
    if before and wanted.items() <= before.items():
        return _summary(before, load_files(files)[0] if not published_only else None)
    with transaction.atomic():
        say("载入规划定义……")
        plan.load(root, [package], by=by, at=at)
        registry = in_force()
        shape = None if published_only else _shape(registry, scale)
        if before and shape and shape.digest != before["shape"]:
            raise Refused(
                "这里已有一个演示园区，与这次要的不同；演示数据不能改建。",
                "请换一个空的 QUANYU_HOME，或先清空现在这个。",
            )
        if before and shape:
            made = before
        else:
            made = _fictional(registry, shape, by, at, say) if shape else _published(registry, by, at, say)
        done = {**made, **wanted}
        log_ins = done.pop("log_ins", ())
        people.record("demo.build", ZONE, by, at, done)
    return _summary(done, registry, fresh=not before, log_ins=log_ins)


def run_flow(at: dt.datetime, say: Say, by: User | None = None) -> None:
    """From facts to verdicts: freeze, measure, judge, forecast, match; each does nothing when nothing changed."""
    say("封存数据快照……")
    facts.freeze(at, by)
    say("计算指标……")
    decisions.measure(at=at, by=by)
    say("对照规划判断进度……")
    decisions.judge(at=at, on=timezone.localdate(at), by=by)
    say("预测走势……")
    decisions.forecast(at=at, on=timezone.localdate(at), by=by)
    decisions.find_levers(at=at, by=by)
    if for_firms(in_force(), timezone.localdate(at)):
        say("把政策与企业匹配一遍……")
        match(timezone.localdate(at), at=at, by=by)


def _before(package: str) -> dict[str, object] | None:
    """What an earlier build says it did here; refused when the home holds other facts, or the other kind of build."""
    last = who.history(ZONE).last()
    if last is None:
        if Report.objects.exists() or Standing.objects.exists():
            raise Refused("这里已有正式数据，演示数据不能与之混在一起。", "请为演示另设一个 QUANYU_HOME。")
        return None
    if last.body["package"] != package:
        has, asked = ("演示园区", "公开数据") if last.body["package"] == FICTIONAL else ("公开数据", "演示园区")
        raise Refused(f"这里已有{has}，{asked}不能与之混在一起。", f"请为{asked}另设一个 QUANYU_HOME。")
    return dict(last.body)


def _summary(
    done: dict[str, object], registry: Registry | None, fresh: bool = False, log_ins: Sequence[LogIn] = ()
) -> Summary:
    fictional = done["package"] == FICTIONAL
    if fictional and registry and not log_ins:
        log_ins = _log_ins(registry)
    counts = {name: int(str(done.get(name, 0))) for name in ("firms", "standings", "reports", "corrections")}
    return Summary(fictional, fresh, str(done.get("shape", "")), log_ins=tuple(log_ins), **counts)


def _shape(registry: Registry, scale: int | None) -> Shape:
    due = {key: form.due_days for key, form in registry.forms.items() if form.due_days is not None}
    terms = {key: title.years for key, title in registry.titles.items() if title.years}
    return Shape(_settings(registry), due, terms, scale)


def _settings(registry: Registry) -> dict[str, Any]:
    settings = registry.settings["demo"]
    assert isinstance(settings, dict)
    return settings


# --- the fictional zone ----------------------------------------------------------------------------------------------


def _fictional(registry: Registry, shape: Shape, by: User | None, at: dt.datetime, say: Say) -> dict[str, object]:
    say(f"登记 {len(shape.firms):,} 家虚构企业……")
    people.register_organisation(by=by, at=at, key=who.zone().key, name=who.zone().name, fictional=True)
    rows = [_row(firm) for firm in shape.firms]
    firms = people.register_organisations(rows, by=by, at=at, kinds=registry.organisation_kinds)
    ids = {firm.index: made.pk for firm, made in zip(shape.firms, firms, strict=True)}
    say("开设演示账号……")
    log_ins = _log_ins(registry)
    users = [people.create_user(each.username, each.password, by=by, at=at, display_name=each.name) for each in log_ins]
    say("登记资质、专利、人才和平台……")
    standings = _grant(registry, shape, ids, by, at)
    tally = _file(registry, shape, ids, by, at, say)
    reporter = _owing(registry) or firms[0]
    for user, role in zip(users, registry.roles, strict=True):
        seat = _seat(registry, role, reporter)
        people.appoint(user, seat, role, registry.plan.starts_on, by=by, at=at, roles=registry.roles)
    for topic in (projects, profiles, crosscheck):
        topic.populate(registry, dict(zip(registry.roles, users, strict=True)), at, say)
    reports = Report.objects.filter(status=Report.Status.FILED).count() - tally.corrected
    return {
        "shape": shape.digest, "firms": len(firms), "standings": standings, "reports": reports,
        "corrections": tally.corrected, "log_ins": log_ins,
    }  # fmt: skip


def _owing(registry: Registry) -> Organisation | None:
    """The firm that the demonstration's accounts sit in: it has done R&D and still owes the last month's report."""
    last = facts_reads.periods_of(MONTHLY)[0]
    owing = facts_reads.missing(registry.form(MONTHLY, last), last)
    known = facts_reads.current_cells(MONTHLY, Period.parse(last).previous(), owing.values_list("pk", flat=True))
    able = [firm for firm in owing if int(known.get(firm.pk, {}).get("rd_expense", 0)) > 500]
    return next(iter(able or owing), None)


def _row(firm: Firm) -> dict[str, object]:
    return {
        "key": firm.key, "name": firm.name, "code": firm.code, "kind": "firm", "area": firm.area, "size": firm.size,
        "industry": firm.industry, "fictional": True, "opened_on": firm.opened_on, "closed_on": firm.closed_on,
    }  # fmt: skip


def _log_ins(registry: Registry) -> list[LogIn]:
    """One account a role, the same every time: only ever for a fictional zone on this machine."""
    s = _settings(registry)
    return [LogIn(key, f"{s['prefix']}{role.label}", str(s["password"])) for key, role in registry.roles.items()]


def _open_account(
    registry: Registry, log_in: LogIn, role: str, seat: Organisation, by: User | None, at: dt.datetime
) -> User:
    user = people.create_user(log_in.username, log_in.password, by=by, at=at, display_name=log_in.name)
    people.appoint(user, seat, role, registry.plan.starts_on, by=by, at=at, roles=registry.roles)
    return user


def _seat(registry: Registry, role: str, firm: Organisation | None = None) -> Organisation:
    """Where a role sits: in `firm` if it sees only its own, else the department the plan names, else the zone."""
    if firm and registry.roles[role].own_only:
        return firm
    key = registry.plan.holders.get(role, "")
    return Organisation.objects.filter(key=key).first() or who.zone()


def _grant(registry: Registry, shape: Shape, ids: dict[int, int], by: User | None, at: dt.datetime) -> int:
    """Batches end where a firm ends, so that equal grants (two patents of one day) are told in one batch."""
    batch, count = [], 0
    rows = sorted(shape.standings(), key=lambda h: h.firm)
    for _firm, group in groupby(rows, key=lambda h: h.firm):
        batch += [_as_grant(registry, h, ids[h.firm]) for h in group]
        if len(batch) > 20_000:
            count += facts.grant_many(batch, by, at)
            batch = []
    return count + facts.grant_many(batch, by, at)


def _as_grant(registry: Registry, held: Held, organisation: int) -> facts.Grant:
    known = timezone.make_aware(dt.datetime.combine(held.valid_from, dt.time(10)))
    return facts.Grant(
        registry.titles[held.title], organisation, held.valid_from, held.valid_to, held.level, held.person,
        decision="虚构认定文件", at=known,
    )  # fmt: skip


def _file(
    registry: Registry, shape: Shape, ids: dict[int, int], by: User | None, at: dt.datetime, say: Say
) -> facts.Tally:
    """All reports, a year at a time, each at its own moment; withdrawals one by one, as at a desk."""
    seats = {key: _seat(registry, form.filled_by).pk for key, form in registry.forms.items()}
    hands = _hands(registry, shape, by, at)
    total = facts.Tally()
    for year, batches in groupby(filter(None, shape.filings()), key=lambda batch: batch[0].period[:4]):
        say(f"报送 {year} 年各期报表……")
        back: list[Filing] = []
        tally = facts.file_reports(_kept(registry, batches, ids, seats, hands, back), by, at, units=registry.units)
        total.new, total.corrected = total.new + tally.new, total.corrected + tally.corrected
        firms = Organisation.objects.in_bulk([ids[f.firm] for f in back if f.firm])
        for f in back:
            moment, firm = timezone.make_aware(f.filed_at), firms[ids[f.firm or 0]]
            facts.withdraw_report(registry.form(f.form, f.period), firm, f.period, hands[f.firm or 0], moment, f.reason)
    return total


def _hands(registry: Registry, shape: Shape, by: User | None, at: dt.datetime) -> dict[int | str, User]:
    """Who files: one reporter a park for its firms (by firm), the role's account for a department's form (by form)."""
    prefix = str(_settings(registry)["prefix"])
    hands: dict[int | str, User] = {}
    for area in sorted({firm.area for firm in shape.firms}):
        name = str(registry.areas[area].label).removeprefix(prefix)
        words = {"by": by, "at": at, "display_name": f"{prefix}{name}填报专员"}
        hands[area] = people.create_user(f"reporter_{area}", secrets.token_urlsafe(16), **words)
    hands |= {firm.index: hands[firm.area] for firm in shape.firms}
    filers = {key: form.filled_by for key, form in registry.forms.items()}
    return hands | {key: User.objects.get(username=role) for key, role in filers.items() if role in registry.roles}


def _kept(
    registry: Registry,
    batches: Iterable[list[Filing]],
    ids: dict[int, int],
    seats: dict[str, int],
    hands: dict[int | str, User],
    back: list[Filing],
) -> Iterator[facts.Filing]:
    """The reports to be filed; those to be taken back go to `back`."""
    for filing in chain.from_iterable(batches):
        if filing.withdraw:
            back.append(filing)
        else:
            organisation = ids[filing.firm] if filing.firm else seats[filing.form]
            yield facts.Filing(
                registry.form(filing.form, filing.period), organisation, filing.period, filing.cells, filing.reason,
                at=timezone.make_aware(filing.filed_at), by=hands[filing.firm or filing.form],
            )  # fmt: skip


# --- nothing but what was published ----------------------------------------------------------------------------------


def _published(registry: Registry, by: User | None, at: dt.datetime, say: Say) -> dict[str, object]:
    say(f"载入 {len(registry.published)} 个公开发布的数字……")
    tally = facts.file_published(registry, _seat(registry, registry.forms["published"].filled_by), by, at)
    return {"reports": tally.new, "corrections": tally.corrected, "log_ins": list(_keeper(registry, by, at))}


def _keeper(registry: Registry, by: User | None, at: dt.datetime) -> Iterator[LogIn]:
    """The account of whoever keeps this installation and reads it all; its password is drawn once, at first."""
    keeps = next((key for key, role in registry.roles.items() if "admin" in role.sees), next(iter(registry.roles)))
    reads = max(registry.roles.values(), key=lambda role: (not role.own_only, len(role.sees))).key
    if not User.objects.filter(username=keeps).exists():
        log_in = LogIn(keeps, str(registry.roles[keeps].label), secrets.token_urlsafe(12))
        user = _open_account(registry, log_in, reads, _seat(registry, reads), by, at)
        since = registry.plan.starts_on
        people.appoint(user, _seat(registry, keeps), keeps, since, by=by, at=at, roles=registry.roles)
        yield log_in
