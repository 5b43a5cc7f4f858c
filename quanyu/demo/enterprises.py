"""Files of firms of the demonstration: names that changed, departments that disagree, an entry twice, liaison officers,
and requests in every phase."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from stdnum.cn import uscc

from quanyu.bureaus.enterprises.acts import merging, register, requests
from quanyu.bureaus.enterprises.models import Request
from quanyu.bureaus.enterprises.reads.register import KIND
from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.people.acts import register_organisation
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Registry

DAY = dt.timedelta(days=1)
PREFIX = "（演示）"
ASKED = (
    ("policy", "研发补助什么时候拨付", "去年的研发补助还没有到账，资金周转紧张，希望明确拨付时间。", 40, "rated", 5),
    ("finance", "流动资金贷款到期续贷", "科贷通贷款下月到期，资金周转困难，希望协调银行续贷。", 34, "rated", 4),
    ("staff", "招不到数控技工", "新产线缺数控技工十余人，希望组织技工招聘专场。", 30, "rated", 3),
    ("land", "扩产需要标准厂房", "现有厂房不够，希望在园区内租标准厂房约三千平方米。", 26, "again", 0),
    ("titles", "高企重新认定材料辅导", "证书明年到期，研发费用归集材料不会准备，希望辅导。", 22, "answered", 0),
    ("staff", "新产线技工培训", "数控技工流失，希望联系职业院校定向培训。", 15, "assigned", 0),
    ("policy", "加计扣除与月报口径不一致", "研发费用归集口径不清楚，加计扣除申报数与月报对不上。", 9, "accepted", 0),
    ("finance", "知识产权质押融资", "想用专利质押融资，缓解资金周转困难。", 5, "submitted", 0),
    ("utilities", "夜间停电影响试验", "近期夜间停电两次，影响中试线试验。", 12, "declined", 0),
)  # fmt: skip
"""Kind, title, text, how many days ago, how far it came, stars."""


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> int:
    """Once only; returns how many requests there are."""
    if not Request.objects.exists():
        say("建企业档案、收企业诉求……")
        mine = users["firm_owner"].posts.get().organisation
        firms = list(Organisation.objects.filter(kind=KIND, closed_on=None).exclude(pk=mine.pk).order_by("pk"))
        _files(users, [mine, *firms], at)
        _twins(users["clerk"], firms, at)
        for kind, title, text, ago, state, stars in ASKED:
            form = {"kind": kind, "content": text, "contact": f"{PREFIX}张先生 0000-0000000"}
            made = requests.ask(mine, title, form, by=users["firm_owner"], at=at - ago * DAY)
            _course(made.case, users, at - ago * DAY, state, stars)
    return Request.objects.count()


def _files(users: Mapping[str, User], firms: list[Organisation], at: dt.datetime) -> None:
    clerk, on = users["clerk"], at.date()
    for n, firm in enumerate(firms[:4]):
        new, told = firm.name.replace("公司", "科技公司"), f"{PREFIX}变更登记通知书"
        day = on - (200 + 90 * n) * DAY
        register.change_firm(firm, "name", new, on=day, source="market_regulation", reason=told, by=clerk, at=at)
    areas = list(Organisation.objects.filter(residents__in=firms).distinct().order_by("pk")[:2])
    for n, firm in enumerate(firms[:6]):
        other = next(a for a in areas if a.pk != firm.area_id)
        register.say([(firm, "area", other.name)], "tax", on - 30 * DAY, by=clerk, at=at)
        register.say([(firm, "area", firm.area.name), (firm, "size", "小型")], "statistics", on, by=clerk, at=at)
        if n == 1:
            because = f"{PREFIX}实地核实，生产地在名录所记园区"
            register.settle(firm, "area", None, reason=because, by=users["chief"], at=at + DAY / 24)
    for n, name in enumerate(("clerk", "chief", "st_office")):
        register.assign_liaison(firms[n:60:4], users[name], on - 300 * DAY, by=users["chief"], at=at)


def _twins(clerk: User, firms: list[Organisation], at: dt.datetime) -> None:
    """Two entries with a slip in the code; one such pair was merged already."""
    for n, firm in enumerate(firms[4:6]):
        head = f"{firm.code[:14]}{(int(firm.code[14]) + 5) % 10}{firm.code[15:17]}"
        row = {"name": firm.name.replace("公司", "有限公司"), "kind": KIND, "area": firm.area, "size": firm.size,
               "industry": firm.industry, "opened_on": firm.opened_on, "fictional": True}  # fmt: skip
        twin = register_organisation(by=clerk, at=at, code=head + uscc.calc_check_digit(head), **row)
        if n:
            because = f"{PREFIX}同一营业执照，信用代码抄错一位"
            merging.merge(firm, twin, because, by=clerk, at=at)


def _course(case: Case, users: Mapping[str, User], begun: dt.datetime, state: str, stars: int) -> None:
    """A request as far as it came, each step a working day or more after the last."""
    post, slow = users["st_office"].posts.get(), 2 * (5 - stars)
    closed = {"solved": "yes" if stars > 3 else "partly", "stars": str(stars)}
    steps = [
        ("accept", "clerk", 1, {}), ("assign", "clerk", 2, {"parties": {"unit": (post.role, post.organisation_id)}}),
        ("answer", "st_office", 6 + slow, {"note": f"{PREFIX}已与有关单位商定。"}),
        ("rate", "firm_owner", 7 + slow, {"form": closed}),
    ]  # fmt: skip
    ways = {"submitted": steps[:0], "accepted": steps[:1], "assigned": steps[:2], "answered": steps[:3], "rated": steps}
    ways["declined"] = [("decline", "clerk", 2, {"note": f"{PREFIX}请拨供电服务热线报修"})]
    ways["again"] = [*steps[:3], ("reopen", "firm_owner", 17, {"note": f"{PREFIX}厂房面积还没有落实"})]
    for action, who, days, given in ways[state]:
        case = casework.take(case, action, by=users[who], at=begun + days * DAY, **given)
