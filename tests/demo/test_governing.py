"""The fictional zone is governed: every mechanism has left its trace, once, in one unbroken chain."""

from __future__ import annotations

from collections import Counter

import pytest

from quanyu.casework.models import Case
from quanyu.decisions.models import Appraisal, Bulletin, Directive, Evaluation, Warning
from quanyu.demo.build import build, run_flow
from quanyu.demo.governing import govern
from quanyu.people.models import Event
from quanyu.people.reads import walk_chain
from quanyu.plan import reads as plan
from tests.demo.test_build import PACKAGES
from tests.demo.test_flow import AT

pytestmark = pytest.mark.django_db


def test_every_mechanism_has_been_used_once():
    build(root=PACKAGES, by=None, at=AT, say=str, scale=60)
    run_flow(AT, str)
    govern(AT, str)
    cases = Case.objects.count()
    govern(AT, str)
    assert Case.objects.count() == cases
    assert Directive.objects.count() == 44
    assert Warning.objects.exists()
    assert sorted(Evaluation.objects.values_list("kind", "period")) == [("final", "2025-12"), ("mid_term", "2023-12")]
    assert Bulletin.objects.count() == 2
    kinds = Counter(Case.objects.values_list("type", "state"))
    assert kinds["plan.adjustment", "in_force"] == kinds["plan.adjustment", "rejected"] == 1
    assert (Appraisal.objects.get().year, Appraisal.objects.get().frozen_at is not None) == (2025, True)
    assert kinds["casework.objection", "dismissed"] == 1
    amended = plan.registry().amendments["gazelles_20240401"]
    assert Case.objects.get(number=amended.case).phase == "done"
    assert plan.beside().plan.starts_on.year == 2026
    walk = walk_chain()
    assert walk.breaks == [] and walk.number == Event.objects.count()
