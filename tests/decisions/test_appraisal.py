"""The year's result of each unit: computed from the same assessment, open to objection, frozen once adopted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from quanyu.casework.acts import take
from quanyu.casework.reads import why_not
from quanyu.decisions.acts import appraisal as acts
from quanyu.decisions.reads import appraisal as reads
from quanyu.people.models import Notice
from quanyu.registry.problem import Refused
from tests.decisions.amended import ruled_zone
from tests.decisions.zone import moment

pytestmark = pytest.mark.django_db
DAY = moment("2025-02-10")


@pytest.fixture
def people(tmp_path):
    return ruled_zone(tmp_path)


@pytest.fixture
def made(people):
    return acts.appraise("year_end", 2024, by=people["clerk"], at=DAY)


def test_points_come_from_the_assessment_that_closes_the_year(made):
    sheet = reads.unit(made, "st_office")
    lines = {t.indicator.key: t.line for t in sheet.lines if t.indicator}
    # 60 points over two indicators. Firms: half of the promise, four fifths due: 30 × 0.625, and 3 taken (30 × 0.1).
    assert (lines["high_tech"].base, lines["high_tech"].points) == (Decimal(30), Decimal("15.75"))
    # The R&D rate has reached 3.5 of 3.5 already: full points, and 20 points beyond the path earn 2.
    assert lines["rd_rate"].points == Decimal(32)
    assert (sheet.earned, sheet.possible) == ("47.75", "60")
    assert sheet.total == "79.58"
    assert sheet.grade.key == "fair"
    assert reads.unit(made, "statistics").total is None


def test_a_unit_objects_and_what_was_decided_is_on_its_sheet(people, made):
    with pytest.raises(Refused, match="现在不在异议期"):
        acts.object_to(made, "st_office", {}, by=people["st_office"], at=DAY)
    take(made.case, "announce", by=people["clerk"], at=DAY)
    made.case.refresh_from_db()
    assert set(Notice.objects.filter(topic="appraisal").values_list("role", flat=True)) == {"st_office", "statistics"}
    form = {"reason": "有一家已获认定", "wanted": "补计"}
    objection = acts.object_to(made, "st_office", form, by=people["st_office"], at=DAY)
    assert why_not(made.case, "close_objections", people["clerk"], DAY.date()) == "还有 1 件异议没有办结。"
    objection = take(objection, "report", by=people["clerk"], at=DAY, note="属实")
    objection = take(objection, "uphold", by=people["chief"], at=DAY, note="成立")
    made = acts.adjust(made, "st_office", Decimal("1.5"), "认定文件已到", objection, by=people["clerk"], at=DAY)
    sheet = reads.unit(made, "st_office")
    assert (sheet.earned, sheet.total, sheet.grade.key) == ("49.25", "82.08", "good")
    assert str(sheet.lines[-1].line.told) == f"认定文件已到（{objection.number}）"
    made = acts.veto(made, "st_office", "false_figures", "虚构通报3号", by=people["clerk"], at=DAY)
    assert reads.unit(made, "st_office").grade.key == "poor"


def test_an_adopted_result_is_frozen(people, made):
    take(made.case, "announce", by=people["clerk"], at=DAY)
    take(made.case, "close_objections", by=people["clerk"], at=DAY, note="没有异议")
    take(made.case, "adopt", by=people["management_committee"], at=DAY, note="审定")
    made.refresh_from_db()
    assert made.frozen_at == DAY
    with pytest.raises(Refused, match="已于 2025-02-10 审定，不能再改"):
        acts.recompute(made, by=people["clerk"], at=DAY)


def test_one_appraisal_a_year_and_only_of_a_year_that_was_judged(people, made):
    with pytest.raises(Refused, match="2024年的考核已经建立"):
        acts.appraise("year_end", 2024, by=people["clerk"], at=DAY)
    with pytest.raises(Refused, match="没有"):
        acts.appraise("year_end", 2026, by=people["clerk"], at=DAY)


def test_pages_explain_each_point(people, made):
    client = Client()
    client.force_login(people["st_office"])
    page = client.get(f"/appraisals/{made.pk}/").content.decode()
    assert "15.75" in page and "完成率 50%" in page and 'href="/indicators/high_tech/?period=2024-12"' in page
    assert "登记否决项" not in page
    assert client.post(f"/appraisals/{made.pk}/veto/", {"role": "st_office"}).status_code == 403
    assert client.get("/appraisals/").status_code == 200
    assert "79.58" in client.get(f"/appraisals/{made.pk}.csv").content.decode()
