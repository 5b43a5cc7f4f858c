"""`amend`, `plan new`, `plan beside`: what was decided becomes files, and files come into force."""

import json

import pytest
from django.conf import settings

from quanyu.casework.acts import answer, take
from quanyu.cli import door
from quanyu.decisions.acts import amendment as acts
from quanyu.people.models import Organisation
from quanyu.plan import reads as plan
from tests.decisions.amended import RULED, judge, load, ruled_zone
from tests.decisions.test_amendment import FORM, TAG
from tests.decisions.zone import file, moment
from tests.factories import write_packages

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(tmp_path, monkeypatch):
    people = ruled_zone(tmp_path)
    root = tmp_path / "packages"
    root.mkdir()
    monkeypatch.setattr(settings, "PACKAGES", write_packages(root, RULED))
    return people


def run(*words):
    return door.run(words)


def test_an_adopted_amendment_is_shown_first_and_then_written(people, capsys):
    assert run("amend", "调整〔2025〕1号") == 10
    assert "没有编号为“调整〔2025〕1号”的规划调整" in capsys.readouterr().err
    case = acts.propose(TAG, FORM, by=people["clerk"], at=moment("2025-02-10"))
    case = take(case, "consult", by=people["clerk"], at=moment("2025-02-11"))
    assert run("amend", case.number) == 10
    assert "还没有审定或已经办结" in capsys.readouterr().err
    for opinion in case.opinions.all():
        answer(opinion, by=people[opinion.role], at=moment("2025-02-12"), answer="agree")
    case = take(case, "sum_up", by=people["clerk"], at=moment("2025-02-13"), note="无不同意见")
    case = take(case, "submit", by=people["chief"], at=moment("2025-02-14"))
    take(case, "adopt", by=people["management_committee"], at=moment("2025-02-20"), note="同意")
    there = settings.PACKAGES / "tiny/amendments/high_tech_20240701.yaml"
    assert run("amend", case.number) == 0
    patch = capsys.readouterr().out
    assert patch.startswith("--- /dev/null\n+++ b/tiny/amendments/high_tech_20240701.yaml")
    assert "+value: '8'" in patch and not there.exists()
    assert run("amend", case.number, "--write") == 0
    assert "case: 调整〔2025〕1号" in there.read_text("utf-8")
    assert plan.registry().target("high_tech", moment("2024-07-01").date()).value == 8
    case.refresh_from_db()
    assert (case.state, case.acted_by) == ("in_force", None)


def test_the_next_plan_is_drafted_into_a_folder_of_its_own(people, tmp_path, capsys):
    load(tmp_path, RULED)
    assert run("plan", "new", "next") == 10
    assert "没有“2025-12”的研判结果" in capsys.readouterr().err
    file(Organisation.objects.filter(kind="firm").first(), "2025-12", "2026-01-08", 10_000, 400)
    judge("2026-01-20")
    assert run("plan", "new", "next", "--years", "2026-2030", "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert "next/indicators/rd_rate.yaml" in written and "next/plans/next-plan.yaml" in written
    assert "value: '4'" in (settings.PACKAGES / "next/indicators/rd_rate.yaml").read_text("utf-8")
    assert run("plan", "new", "next") == 10
    assert "已有名为“next”的定义包" in capsys.readouterr().err
    assert run("plan", "new", "other", "--years", "往后五年") == 10
    assert "起止年“往后五年”读不懂" in capsys.readouterr().err
    assert run("plan", "beside", "nowhere") == 10
    assert plan.beside() is None
