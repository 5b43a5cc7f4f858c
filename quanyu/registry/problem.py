"""What is wrong, where, and what would be right: the one shape of every complaint.

`Problem` speaks to the author of a package (all are shown at once, never only the first);
`Refused` speaks to the person at a desk: one sentence, what cannot be done, why, what would allow it.
Anything else that is raised is a bug.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mood = Literal["wrong", "unwise"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a thing is written: a file inside `packages/` (posix path, e.g. `core/units.yaml`) and a line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about a package. `wrong` blocks loading, `unwise` warns.

    `subject` is the key of the object complained of, `statements` the keys of the plan's statements that clash,
    `contests` names which of an indicator's values the clash leaves open,
    `ruling` the ruling that settles it (None while open).
    """

    code: str
    mood: Mood
    place: Place
    message: str
    hint: str = ""
    subject: str = ""
    statements: tuple[str, ...] = ()
    contests: tuple[Literal["baseline", "target"], ...] = ()
    ruling: str | None = None

    @property
    def blocks(self) -> bool:
        """Does this keep a package from loading? What a ruling has settled does not."""
        return self.mood == "wrong" and self.ruling is None

    def __str__(self) -> str:
        tail = f"（{self.hint}）" if self.hint else ""
        return f"{self.place}: {self.code}: {self.message}{tail}"


class Refused(Exception):
    """An act that cannot be done: one clear Chinese sentence for the person at the desk."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
