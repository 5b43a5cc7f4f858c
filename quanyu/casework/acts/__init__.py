"""What is done in cases: the only writer of this room. Every act is one transaction with its event."""

from quanyu.casework.acts.cases import next_number, open_case, set_deadline, take

__all__ = ["next_number", "open_case", "set_deadline", "take"]
