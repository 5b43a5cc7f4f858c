"""The yearly questionnaire about a policy, as data."""

from __future__ import annotations

from dataclasses import dataclass

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.model.casework import Question
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Survey:
    """A short questionnaire that firms answer about each policy they had to do with, once a year.

    Choices with whole numbers as values are rated, others counted; free words are shown without a name. Answers are
    shown from `fewest` firms on.
    """

    key: str
    label: Label
    questions: tuple[Question, ...]
    place: Place
    fewest: int = 5
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
