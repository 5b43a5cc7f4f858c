"""What people are told about: topics, over which channels they travel and for whom, and when they keep silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quanyu.registry.model.basics import Label
from quanyu.registry.problem import Place

Channel = Literal["mail", "sms", "ding", "wecom", "webhook"]
"""E-mail, text message, a group's DingTalk or WeCom robot, another system. In the page itself everything is told."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """A topic travels by a channel, for those who wear one of these roles (none named: for everyone it concerns)."""

    by: Channel
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of news. `sms`: the approved text of its text message, with `{line}`, `{count}` and `{link}`.

    From `quiet_from` o'clock until `quiet_until` the channels in `quiet` wait; equal hours mean never. `direct`: the
    notice's link is itself a key, made for one person: their mail carries it as it is, and no group ever sees it.
    """

    key: str
    label: Label
    place: Place
    carried: tuple[Carriage, ...] = ()
    sms: str = "{line}，共{count}项。{link}"
    quiet: tuple[Channel, ...] = ("sms", "ding", "wecom")
    quiet_from: int = 20
    quiet_until: int = 8
    direct: bool = False
