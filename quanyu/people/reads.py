"""Questions about people and organisations, and the one place where permission is decided."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from quanyu.people.chain import GENESIS, seal
from quanyu.people.models import ChainHead, Event, Notice, Organisation, Post, User
from quanyu.registry.model import Role
from quanyu.registry.problem import Refused


def checked_code(written: str) -> str:
    """A 统一社会信用代码 (GB 32100) as the register keeps it: 18 half-width capitals and digits, check digit verified.

    Full-width characters, spaces, hyphens and small letters are mended; anything else is refused.
    """
    code = uscc.compact(unicodedata.normalize("NFKC", written)).upper()
    try:
        uscc.validate(code)
    except InvalidLength:
        raise Refused(f"统一社会信用代码“{written}”有 {len(code)} 位，应为 18 位。", "请对照营业执照补全。") from None
    except InvalidChecksum:
        told = f"统一社会信用代码“{written}”的校验位不对，可能有一位抄错。"
        raise Refused(told, "请对照营业执照逐位核对。") from None
    except ValidationError:
        hint = "代码只用数字和大写字母，不用 I、O、S、V、Z；请对照营业执照核对。"
        raise Refused(f"统一社会信用代码“{written}”含有不该出现的字符。", hint) from None
    return code


def posts_on(on: dt.date) -> QuerySet[Post]:
    """The posts held on a day: begun by then and not yet ended."""
    return Post.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), from_on__lte=on)


def posts_of(user: User, on: dt.date) -> QuerySet[Post]:
    return posts_on(on).filter(user=user).select_related("organisation")


def roles_of(user: User, on: dt.date) -> frozenset[str]:
    """The role keys a person wears on a day, over all their posts."""
    return frozenset(posts_of(user, on).values_list("role", flat=True))


@dataclass(frozen=True)
class Permit:
    """What one person may see on a day. Nothing is open that no role opens; an undefined role opens nothing.

    `hats`: (role, organisation id) of each post held that day, in the order they were given.
    """

    hats: tuple[tuple[Role, int], ...]

    @cached_property
    def sees(self) -> frozenset[str]:
        """The page areas open to this person, if only for their own organisation: for menus."""
        return frozenset(what for role, _organisation in self.hats for what in role.sees)

    def may(self, what: str, organisation: Organisation | None = None) -> bool:
        """May this person see page area `what`, of that organisation? Without one: may they enter at all?

        Entering does not open the rows: a list is narrowed with `seen_organisations`.
        """
        return any(
            what in role.sees and (organisation is None or not role.own_only or organisation.pk == own)
            for role, own in self.hats
        )

    def everywhere(self, what: str) -> bool:
        """May this person see page area `what` of every organisation, not only of their own?"""
        return any(what in role.sees and not role.own_only for role, _own in self.hats)

    def seen_organisations(self, what: str) -> QuerySet[Organisation]:
        """The organisations whose rows of `what` this person may read: all, their own, or none."""
        if self.everywhere(what):
            return Organisation.objects.all()
        return Organisation.objects.filter(pk__in={own for role, own in self.hats if what in role.sees})

    @property
    def home(self) -> str:
        """The address this person starts at: that of their first post's role; "" where the role names none."""
        return next((role.home for role, _own in self.hats if role.home), "")


def permit(user: User | AnonymousUser, on: dt.date, roles: Mapping[str, Role]) -> Permit:
    """The permit of a person on a day under given role definitions; an anonymous or disabled user gets an empty one."""
    if not isinstance(user, User) or not user.is_active:
        return Permit(())
    return Permit(tuple((roles[p.role], p.organisation_id) for p in posts_of(user, on) if p.role in roles))


def may(
    user: User | AnonymousUser, what: str, on: dt.date, *, roles: Mapping[str, Role],
    organisation: Organisation | None = None,
) -> bool:  # fmt: skip
    """May this person see `what` (of an organisation) on a day? No, unless a post's role says so."""
    return permit(user, on, roles).may(what, organisation)


def zone() -> Organisation:
    """The zone this installation is for: the one organisation of kind `area_zone`."""
    try:
        return Organisation.objects.get(kind="area_zone")
    except Organisation.DoesNotExist:
        raise Refused("还没有登记园区，因为尚未载入规划定义。", "请运行 quanyu load。") from None
    except Organisation.MultipleObjectsReturned:
        hint = "请检查各包的 areas.yaml 中 kind: area_zone 的条目。"
        raise Refused("登记了不止一个园区，一套系统只管一个。", hint) from None


def within(area: Organisation) -> set[int]:
    """The ids of an area and of every area below it in the tree."""
    found, level = {area.pk}, {area.pk}
    while level:
        level = set(Organisation.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


def residents(area: Organisation) -> QuerySet[Organisation]:
    """The organisations that sit in an area or anywhere below it."""
    return Organisation.objects.filter(area__in=within(area))


def has_fictional() -> bool:
    return Organisation.objects.filter(fictional=True).exists()


def banner() -> str:
    """The line every page, print and export carries while fictional organisations are registered; "" when none are."""
    return _("演示数据：企业、人员与数字均为虚构，不代表任何真实单位。") if has_fictional() else ""


def history(subject: str) -> QuerySet[Event]:
    """What was done to one thing (`facts.report:123`), oldest first."""
    return Event.objects.filter(subject=subject).select_related("by")


def chain_head() -> ChainHead:
    """The last event's number and digest: what is noted down elsewhere to prove later that nothing was rewritten."""
    return ChainHead.objects.filter(pk=1).first() or ChainHead(digest=GENESIS)


@dataclass(frozen=True)
class Break:
    """One place where the chain does not hold: from which event's number to which, and what is wrong there."""

    number: int
    what: str
    until: int = 0
    event: str = ""

    def __str__(self) -> str:
        where = f"{self.number}—{self.until}" if self.until > self.number else str(self.number)
        return f"第 {where} 号{f'（{self.event}）' if self.event else ''}：{self.what}"


@dataclass
class Walk:
    """A walk along the chain: how many events there are, the last one's digest, and the first breaks found."""

    number: int = 0
    digest: str = GENESIS
    breaks: list[Break] = field(default_factory=list)


MOST_BREAKS = 20
"""More breaks than this say nothing new."""


def walk_chain(noted: tuple[int, str] | None = None, step: Callable[[int, int], None] | None = None) -> Walk:
    """Seal every event again, oldest first, and tell where the chain is altered, missing, reordered or cut off.

    `noted`: a head (number, digest) written down earlier, which must still be on the way. `step` hears (done, of).
    """
    last = Event.objects.aggregate(last=Max("number"))["last"] or 0
    head = chain_head()  # read after the last event: whoever writes meanwhile moves it on first
    found = Walk()
    rows = Event.objects.filter(number__lte=max(last, head.number)).order_by("number")
    names = ("id", "number", "digest", "at", "by_id", "act", "subject", "body")
    newest = 0
    for event in rows.values_list(*names, named=True).iterator(chunk_size=2000):
        if event.number != found.number + 1:
            found.breaks.append(Break(found.number + 1, "事件缺失", event.number - 1))
        elif seal(found.digest, event) != event.digest:
            what = "次序被调换" if event.id < newest else "内容与封印不符，被改动、调换或插入"
            found.breaks.append(_break(event, what))
        if event.number > head.number:
            found.breaks.append(_break(event, "在链首之后，不是系统写入的"))
        if noted and event.number == noted[0] and event.digest != noted[1]:
            found.breaks.append(_break(event, "与当时记下的封印不同，此前的事件被改写过"))
        found.number, found.digest, newest = event.number, event.digest, max(newest, event.id)
        if step and event.number % 2000 == 0:
            step(event.number, head.number)
        if len(found.breaks) >= MOST_BREAKS:
            return found
    if found.number < head.number:
        found.breaks.append(Break(found.number + 1, "末尾的事件缺失", head.number))
    elif found.number == head.number and found.digest != head.digest:
        found.breaks.append(Break(found.number, "末一事件与链首记录不符"))
    if noted and noted[0] > max(found.number, 0):
        found.breaks.append(Break(noted[0], "当时记下的事件已不在"))
    return found


def _break(event: Any, what: str) -> Break:
    who = User.objects.filter(pk=event.by_id).first() or "系统"
    moment = timezone.localtime(event.at)
    return Break(event.number, what, event=f"{moment:%Y-%m-%d %H:%M}，{who}，{event.act}，{event.subject}")


def notices_for(user: User, on: dt.date) -> QuerySet[Notice]:
    """What a person was told, themselves or through the posts they hold that day; newest first."""
    mine = Q(user=user)
    for role, organisation in posts_of(user, on).values_list("role", "organisation"):
        mine |= Q(role=role) & (Q(organisation=organisation) | Q(organisation__isnull=True))
    return Notice.objects.filter(mine)


def unread(user: User, on: dt.date) -> int:
    """How many notices wait to be opened: for the badge on every page."""
    return notices_for(user, on).filter(opened_at__isnull=True).count()
