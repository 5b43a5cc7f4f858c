"""The demonstration's directives: told day by day through the acts, the same every time, once."""

from __future__ import annotations

from quanyu.decisions.models import Directive, SlipIssued
from quanyu.demo.supervision import COURSES, populate
from quanyu.plan.reads import registry
from tests.decisions.directives import supervised_zone
from tests.decisions.zone import moment


def test_matters_run_their_course_and_a_full_board_is_left_alone(db, tmp_path):
    who, said = supervised_zone(tmp_path), list[str]()
    assert populate(registry(), who, moment("2024-11-20"), said.append) == 2
    held = Directive.objects.order_by("task").values_list("task", "case__phase", "progress", "case__number")
    assert list(held) == [("firms", "done", 45, "督办〔2024〕2号"), ("fund", "done", 45, "督办〔2024〕1号")]
    assert Directive.objects.get(task="firms").case.closed_at == moment("2024-10-30")
    assert list(SlipIssued.objects.values_list("number", flat=True)) == ["督〔2024〕1号", "督〔2024〕2号"]
    assert populate(registry(), who, moment("2024-11-20"), said.append) == 2 and len(said) == 1


def test_every_lane_has_its_course():
    steps = " ".join(c.steps for c in COURSES)
    assert sum(c.times for c in COURSES) == 44
    for action in ("close", "send_back", "grant_extension", "decline", "verify"):
        assert f":{action}" in steps
