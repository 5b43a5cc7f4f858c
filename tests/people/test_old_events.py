"""Events from before the chain become part of it, in the order they were written."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from quanyu.people import acts, reads
from tests.factories import AT

BEFORE, AFTER = [("people", "0001_initial")], [("people", "0002_chain_old_events")]


@pytest.mark.django_db(transaction=True)
def test_old_events_are_chained():
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    old = executor.loader.project_state(BEFORE).apps
    user = old.get_model("people", "User").objects.create(username="liu", password="x")
    body = {"share": 1 / 3, "whole": 2.0, "names": ["甲", "乙"]}
    old.get_model("people", "Event").objects.bulk_create(
        old.get_model("people", "Event")(at=AT, by=user, act="old.act", subject=f"old:{n}", body=body | {"n": n})
        for n in range(2500)
    )
    executor = MigrationExecutor(connection)
    executor.migrate(AFTER)
    executor = MigrationExecutor(connection)
    executor.migrate(latest)
    walk = reads.walk_chain()
    assert (walk.number, walk.breaks) == (2500, [])
    acts.record("new.act", "new:1", None, AT)
    walk = reads.walk_chain((2500, walk.digest))
    assert (walk.number, walk.breaks) == (2501, [])
