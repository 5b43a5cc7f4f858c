"""A fictional firm's yearly profile agrees with the months it filed, and is drawn the same way twice."""

import datetime as dt

import pytest

from quanyu.demo import profiles
from quanyu.facts.acts import Filing, file_reports
from quanyu.facts.models import Report
from quanyu.people.models import Organisation
from tests.factories import AT
from tests.facts.desk import core, good, make_firms

pytestmark = pytest.mark.django_db


def test_a_profile_agrees_with_its_months_and_keeps_its_own_relations() -> None:
    registry, (firm, *_) = core(), make_firms(2)
    Organisation.objects.filter(pk=firm.pk).update(key="demo-firm-00030", opened_on=dt.date(2015, 1, 1), industry="39")
    months = [f"2025-{m:02d}" for m in range(1, 13) if m != 5]  # one month never came in
    rows = [Filing(registry.form("qy101", p), firm.pk, p, good()) for p in months]
    file_reports(rows, None, AT, units=registry.units)

    assert profiles.populate(registry, {}, AT, lambda _told: None) == 1
    cells = Report.objects.get(form="firm_year").cells
    month = good()
    assert cells["fy_revenue"] == int(month["revenue"]) * 12
    assert cells["fy_net_assets"] == cells["fy_total_assets"] - cells["fy_liabilities"]
    assert cells["fy_staff"] == int(month["staff"])
    assert cells["fy_tech_staff"] <= cells["fy_staff"]
    assert cells["fy_rd_domestic"] <= cells["fy_rd_high_tech"] <= int(month["rd_expense"]) * 12
    assert (cells["fy_tech_field"], cells["fy_accounts"]) == ("electronics", "audited_rd")
    assert profiles.populate(registry, {}, AT, lambda _told: None) == 0  # nothing new the second time
