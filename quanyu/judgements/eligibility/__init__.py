"""Who may have what: a policy and a firm's traits go in, a verdict with every step comes out."""

from quanyu.judgements.eligibility.reading import Unreadable, read_policy, reading_problems
from quanyu.judgements.eligibility.reference import Found, Overall, Range, State, Traits, Value, Verdict, decide, rank
from quanyu.judgements.eligibility.rule import Rule
from quanyu.judgements.eligibility.stacking import combine

__all__ = [
    "Found", "Overall", "Range", "Rule", "State", "Traits", "Unreadable", "Value", "Verdict", "combine", "decide",
    "rank", "read_policy", "reading_problems",
]  # fmt: skip
