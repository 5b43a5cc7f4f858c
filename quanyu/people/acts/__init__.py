"""What is done to people and organisations: the only writer of this room. An act is one transaction with its events."""

from quanyu.people.acts.delivery import deliver
from quanyu.people.acts.events import BATCH, counted, events_last, note_verification, record, record_many
from quanyu.people.acts.notices import notify, open_all, open_notice
from quanyu.people.acts.register import (
    appoint,
    create_user,
    disable_user,
    end_post,
    in_turn,
    register_organisation,
    register_organisations,
    set_password,
)  # fmt: skip

__all__ = [
    "BATCH", "appoint", "counted", "create_user", "deliver", "disable_user", "end_post", "events_last", "in_turn",
    "note_verification", "notify", "open_all", "open_notice", "record", "record_many", "register_organisation",
    "register_organisations", "set_password",
]  # fmt: skip
