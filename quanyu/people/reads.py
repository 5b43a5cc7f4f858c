"""Questions about people and organisations, and the one place where permission is decided."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from quanyu.people.models import Event, Organisation, Post, User
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
        raise Refused(
            f"统一社会信用代码“{written}”的校验位不对，可能有一位抄错。", "请对照营业执照逐位核对。"
        ) from None
    except ValidationError:
        raise Refused(
            f"统一社会信用代码“{written}”含有不该出现的字符。",
            "代码只用数字和大写字母，不用 I、O、S、V、Z；请对照营业执照核对。",
        ) from None
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
    user: User | AnonymousUser,
    what: str,
    on: dt.date,
    *,
    roles: Mapping[str, Role],
    organisation: Organisation | None = None,
) -> bool:
    """May this person see `what` (of an organisation) on a day? No, unless a post's role says so."""
    return permit(user, on, roles).may(what, organisation)


def zone() -> Organisation:
    """The zone this installation is for: the one organisation of kind `area_zone`."""
    try:
        return Organisation.objects.get(kind="area_zone")
    except Organisation.DoesNotExist:
        raise Refused("还没有登记园区，因为尚未载入规划定义。", "请运行 quanyu load。") from None
    except Organisation.MultipleObjectsReturned:
        raise Refused(
            "登记了不止一个园区，一套系统只管一个。", "请检查各包的 areas.yaml 中 kind: area_zone 的条目。"
        ) from None


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
