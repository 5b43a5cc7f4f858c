"""Vouchers of the fictional zone at every stage, with a relation and invoices used twice for the spot check."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from quanyu.bureaus.finance.acts import vouchers as acts
from quanyu.bureaus.finance.acts.accounts import enter_account
from quanyu.bureaus.finance.models import Voucher
from quanyu.bureaus.finance.reads import vouchers as reads
from quanyu.casework.acts import take
from quanyu.demo.shape import fictional_code
from quanyu.facts import reads as facts
from quanyu.facts.acts import Grant, grant_many
from quanyu.people import acts as people
from quanyu.people import reads as who
from quanyu.people.models import Organisation, User
from quanyu.plan.reads import registry as in_force
from quanyu.registry.model import Registry

STEPS = ("choose", "accept", "confirm", "deliver", "rate", "redeem", "release")
COURSES = ((7, "testing"), (7, "design"), (6, "testing"), (6, "ip"), (6, "testing"), (4, "instruments"), (3, "testing"),
           (2, "design"), (1, "transfer"), (0, "testing"), (0, "ip"), (7, "testing"))  # fmt: skip
"""How many steps each voucher has taken, and for what."""
SERVICES = {
    "testing": "材料成分与可靠性检测", "design": "样机结构设计", "ip": "专利导航分析", "instruments": "电镜机时",
    "transfer": "中试工艺对接",
}  # fmt: skip


PROVIDERS = ("演示·琼台材料检测中心", "演示·沧浪工业设计院", "演示·北辰知识产权服务中心", "演示·天河共享实验室")


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> int:
    """Register the providers, give vouchers and take them through their steps; once only. Returns how many there are.

    The demonstration's own firm and provider take part, so that those who log in find something; what others do is done
    by accounts that nobody can log in to.
    """
    scheme = next(iter(reads.schemes(registry, at.date())), None)
    if scheme is None or Voucher.objects.exists():
        return Voucher.objects.count()
    say("发放创新券……")
    servants = [_servant(registry, users, n, name, at) for n, name in enumerate(PROVIDERS)]
    title, since = registry.titles[reads.PROVIDER], registry.plan.starts_on
    paper = "（演示）服务机构名册"
    grant_many([Grant(title, org.pk, since, decision=paper) for org, _u in servants], users["clerk"], at)
    firms = _firms(users, since, at)
    for n, (steps, category) in enumerate(COURSES):
        _course(n, steps, category, firms[n % len(firms)], servants[n % len(servants)], scheme.key, users["clerk"], at)
    tied = [f"{firms[-1][0].code},演示人·甲,股东", f"{servants[-1][0].code},演示人·甲,法定代表人"]
    acts.note_ties(tied, "（演示）登记信息", by=users["clerk"], at=at)
    return Voucher.objects.count()


def _servant(
    registry: Registry, users: Mapping[str, User], n: int, name: str, at: dt.datetime
) -> tuple[Organisation, User]:
    """A fictional provider with its account; the first one is where the demonstration's service institution sits."""
    settings = registry.settings["demo"]
    assert isinstance(settings, dict)
    code = fictional_code(str(settings["code_area"]), 900_001 + n)
    row = {"name": name, "kind": "service", "code": code, "fictional": True}
    made = people.register_organisation(by=users["clerk"], at=at, area=who.zone().key, **row)
    user = users[reads.SERVANT] if n == 0 else _silent(f"provider_{n}", at)
    for post in user.posts.filter(to_on=None):
        people.end_post(post, at.date(), by=None, at=at)
    people.appoint(user, made, reads.SERVANT, registry.plan.starts_on, by=None, at=at)
    enter_account(made, made.name, "演示银行虚构支行", f"62220000{made.pk:08d}", by=user, at=at)
    return made, user


def _firms(users: Mapping[str, User], since: dt.date, at: dt.datetime) -> list[tuple[Organisation, User]]:
    """The demonstration's own firm and five more that hold a title of innovation, with somebody at each."""
    own = users[reads.FIRM].posts.filter(to_on=None).get().organisation
    found = [(own, users[reads.FIRM])]
    for n, firm in enumerate(facts.holders("high_tech", at.date()).exclude(pk=own.pk).order_by("pk")[:5]):
        user = _silent(f"statistician_{n + 1}", at)
        people.appoint(user, firm, reads.FIRM, since, by=None, at=at)
        found.append((firm, user))
    return found


def _silent(name: str, at: dt.datetime) -> User:
    """An account of the story, with a password that nobody knows."""
    return people.create_user(name, secrets.token_urlsafe(24), by=None, at=at, display_name=f"演示·{name}")


def _course(
    n: int, steps: int, category: str, firm: tuple[Organisation, User], servant: tuple[Organisation, User], scheme: str,
    clerk: User, at: dt.datetime,
) -> Voucher:  # fmt: skip
    start = at - dt.timedelta(days=70 - 5 * n)
    face = Decimal(6000 + 500 * (n % 5))
    form = {"category": category, "face": str(face), "service": f"（演示）{SERVICES[category]}"}
    voucher = acts.apply(scheme, firm[0], form, by=firm[1], at=start)
    for step, action in enumerate(STEPS[:steps]):
        moment = start + dt.timedelta(days=4 * (step + 1))
        if action == "choose":
            acts.choose(voucher, servant[0].pk, by=firm[1], at=moment)
            continue
        voucher = Voucher.objects.select_related("case").get(pk=voucher.pk)
        if action == "release" and reads.standing_against(in_force(), voucher):
            take(voucher.case, "inspect", by=clerk, at=moment, note="（演示）已电话回访，服务属实。")
            voucher.refresh_from_db()
            if reads.standing_against(in_force(), voucher):
                break
        who = {"confirm": firm[1], "rate": firm[1], "release": clerk}.get(action, servant[1])
        asked: dict[str, dict[str, str]] = {
            "accept": {"price": str(face * 2 + n * 10)}, "deliver": {"invoice": f"YS{2026000 + n // 2 * 2}"},
            "rate": {"rating": "543"[n % 3]},
        }  # fmt: skip
        paper = SimpleUploadedFile("（演示）服务报告.txt", f"演示服务报告{n}".encode())
        papers = [paper] if action == "deliver" else []
        take(voucher.case, action, by=who, at=min(moment, at), form=asked.get(action, {}), documents=papers)
    return voucher
