"""How money that does not suffice is shared: exact to the fen, the parts always add up."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def in_proportion(total: int, wants: Mapping[K, int]) -> dict[K, int]:
    """Everybody the same share of what they want, in whole fen; no more than wanted when there is enough.

    What cutting down to whole fen leaves over goes, a fen each, to the largest remainders (ties: who stands first), so
    that the parts add up to `total`.
    """
    whole = sum(wants.values())
    if whole <= total:
        return dict(wants)
    parts = {key: want * total // whole for key, want in wants.items()}
    left = total - sum(parts.values())
    for key in sorted(wants, key=lambda k: -(wants[k] * total % whole))[:left]:
        parts[key] += 1
    return parts


def in_order(total: int, wants: Mapping[K, int]) -> dict[K, int]:
    """In the order they stand in, each in full, up to the first that does not fit: nobody overtakes."""
    parts: dict[K, int] = {}
    for key, want in wants.items():
        if want > total:
            break
        parts[key], total = want, total - want
    return parts
