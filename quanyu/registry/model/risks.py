"""What makes a voucher worth a closer look before it is paid, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quanyu.registry.model.basics import Cite, Dated, Label
from quanyu.registry.problem import Place

RiskKind = Literal["related", "ring", "same_invoice", "same_report", "dear", "drawn"]
"""Firm and provider are tied by a person or owner · vouchers go round in a circle of firms · an invoice used before ·
a report handed in before · a price far above the provider's peers (`limit`: modified z) · drawn by lot (`limit`: % of
all)."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One rule of the spot check. `stops`: what it hits is not paid; otherwise it asks for an inspection first."""

    key: str
    label: Label
    what: RiskKind
    place: Place
    limit: tuple[Dated, ...] = ()
    stops: bool = False
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
