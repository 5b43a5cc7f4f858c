"""How one event is sealed over the one before it; the same words whatever database keeps them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any, Protocol

GENESIS = "0" * 64
_WRITE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Link(Protocol):
    """What is sealed of an event."""

    number: int
    at: dt.datetime
    by_id: int | None
    act: str
    subject: str
    body: Any


def seal(before: str, link: Link) -> str:
    """The digest (SHA-256, hexadecimal) of an event given the digest of the one before it, `GENESIS` for the first.

    Sealed is the JSON list [before, number, moment in UTC, person's id, act, subject, body], keys in order, no spaces.
    """
    moment = link.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    words = [before, link.number, moment, link.by_id, link.act, link.subject, _plain(link.body)]
    return hashlib.sha256(_WRITE(words).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A JSON value as every database gives it back: names are text, lists are lists, 1.0 is 1, 1e3 is 1000."""
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, float):
        exact = Decimal(repr(value))
        return int(exact) if exact == exact.to_integral_value() else f"{exact.normalize():f}"
    return [_plain(held) for held in value]
