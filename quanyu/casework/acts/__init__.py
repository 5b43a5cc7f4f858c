"""What is done in cases: the only writer of this room. Every act is one transaction with its event."""

from quanyu.casework.acts.cases import next_number, open_case, take
from quanyu.casework.acts.clock import lapse
from quanyu.casework.acts.deadlines import pause, resume, set_deadline
from quanyu.casework.acts.documents import attach
from quanyu.casework.acts.opinions import ANSWERS, answer, ask, recall
from quanyu.casework.acts.people import comment, delegate, end_delegation, reassign

__all__ = [
    "ANSWERS", "answer", "ask", "attach", "comment", "delegate", "end_delegation", "lapse", "next_number",
    "open_case", "pause", "reassign", "recall", "resume", "set_deadline", "take",
]  # fmt: skip
