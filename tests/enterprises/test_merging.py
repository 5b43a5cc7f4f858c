"""Entries that are one firm: found with their reasons, merged, followed, parted again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from quanyu.bureaus.enterprises.acts import merging, register
from quanyu.bureaus.enterprises.models import Merging
from quanyu.bureaus.enterprises.reads import merging as reads
from quanyu.bureaus.enterprises.reads.profile import Profile
from quanyu.facts import acts as facts
from quanyu.facts import reads as reading
from quanyu.facts.models import Report
from quanyu.people.models import Organisation
from quanyu.people.reads import permit
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.enterprises.office import NOW, ON, an_office, browser, entry
from tests.facts.desk import good

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return an_office()


def found():
    return [(t.first.name, t.second.name, t.why) for t in reads.candidates(registry())]


def report(firm, period, **cells):
    form = registry().form("qy101", period)
    return facts.file_report(form, firm, period, good(**cells), None, NOW, "").report


def test_candidates_come_with_their_reasons_and_numbers_keep_firms_apart(here):
    entry(11, "玄圃电子股份公司", area=here.east)
    entry(12, "若木新材01号有限公司")
    entry(13, "若木新材02号有限公司")
    ((one, two, why),) = found()
    assert (one, two) == ("玄圃电子有限公司", "玄圃电子股份公司")
    assert why[0] == "名称相同（不计公司类型和标点）"
    assert {"成立日期相同", "同在一个园区"} <= set(why)


def test_a_former_name_gives_it_away(here):
    give = {"on": ON, "source": "", "reason": "更名", "by": here.clerk, "at": NOW}
    register.change_firm(here.one.firm, "name", "蓬壶软件有限公司", **give)
    entry(11, "玄圃电子有限公司")
    assert [why[0] for _one, _two, why in found()] == ["现名是另一条的曾用名"]


def test_merged_reports_stay_where_they_were_filed_and_count_for_the_kept_firm(here):
    twin = entry(11, "玄圃电子股份公司")
    filed = report(twin, "2026-09", revenue=17000)
    report(here.one.firm, "2026-10", revenue=10500)
    made = merging.merge(here.one.firm, twin, "同一营业执照", by=here.clerk, at=NOW)
    assert (Organisation.objects.get(pk=twin.pk).closed_on, made.closed_before) == (ON, None)
    assert Report.objects.get(pk=filed.pk).organisation_id == twin.pk  # history is not rewritten
    assert reads.kept_of(twin) == here.one.firm
    clerk = permit(here.clerk, ON, registry().roles)
    profile = Profile(registry(), here.one.firm, clerk, ON)
    revenue = next(s for s in profile.strips if s.field.name == "revenue")
    assert (revenue.years[-1].year, revenue.years[-1].value, revenue.years[-1].have) == (2026, 27500, 2)
    assert profile.former_names == ["玄圃电子股份公司"]
    page = browser(here.clerk).get(f"/firms/{twin.pk}/")
    assert page["Location"] == f"/firms/{here.one.firm.pk}/"
    assert found() == []


def titles(firm):
    return [(s.title, s.level, str(s.valid_from), s.decision) for s in reading.standings_of(firm)]


def test_a_title_counts_once_after_merging_and_goes_back_when_undone(here):
    one, twin, known = here.one.firm, entry(11, "玄圃电子股份公司"), registry().titles
    give = {"by": here.clerk, "at": NOW}
    held = dt.date(2025, 11, 1)
    facts.grant(known["high_tech"], one, held, **give, valid_to=dt.date(2028, 11, 1), decision="GR1")
    facts.grant(known["high_tech"], twin, held, **give, valid_to=dt.date(2028, 11, 1))
    facts.grant(known["patent"], one, held, **give, level="invention", decision="ZL1")
    for number in ("ZL2", "ZL3"):  # granted on one day, and not the firm's other one
        facts.grant(known["patent"], twin, held, **give, level="invention", decision=number)
    for firm, times in ((one, 1), (twin, 2)):  # alike in everything: as many count as the fuller entry has
        facts.grant_many([facts.Grant(known["patent"], firm.pk, held, level="utility")] * times, **give)
    before = titles(one), titles(twin)
    merging.merge(one, twin, "同一营业执照", **give)
    assert list(reading.holders("high_tech", ON)) == [one] and titles(twin) == []
    patents = [("patent", "invention", "2025-11-01", f"ZL{n}") for n in (1, 2, 3)]
    assert titles(one) == [
        ("high_tech", "", "2025-11-01", "GR1"), patents[0], ("patent", "utility", "2025-11-01", ""), *patents[1:],
        ("patent", "utility", "2025-11-01", ""),
    ]  # fmt: skip
    merging.part(one, twin, "实为母子公司", by=here.chief, at=NOW)
    assert (titles(one), titles(twin)) == before


def test_undone_with_a_reason_and_not_proposed_again(here):
    twin = entry(11, "玄圃电子股份公司")
    merging.merge(here.one.firm, twin, "同一营业执照", by=here.clerk, at=NOW)
    with pytest.raises(Refused, match="没有写明理由"):
        merging.part(here.one.firm, twin, " ", by=here.chief, at=NOW)
    merging.part(twin, here.one.firm, "实为母子公司", by=here.chief, at=NOW)  # whichever is named first
    assert Organisation.objects.get(pk=twin.pk).closed_on is None
    assert reads.whole(here.one.firm) == [here.one.firm.pk]
    assert [(m.same, m.because) for m in Merging.objects.all()] == [(True, "同一营业执照"), (False, "实为母子公司")]
    assert found() == []
    with pytest.raises(Refused, match="已判定为两家"):
        merging.part(here.one.firm, twin, "再说一遍", by=here.chief, at=NOW)


def test_what_may_not_be_merged(here):
    twin, third = entry(11, "玄圃电子股份公司"), entry(12, "玄圃电子集团")
    with pytest.raises(Refused, match="还有在任人员"):
        merging.merge(twin, here.one.firm, "同一家", by=here.clerk, at=NOW)
    with pytest.raises(Refused, match="同一条记录"):
        merging.merge(twin, twin, "同一家", by=here.clerk, at=NOW)
    merging.merge(here.one.firm, twin, "同一家", by=here.clerk, at=NOW)
    with pytest.raises(Refused, match="已并入“玄圃电子有限公司”"):
        merging.merge(third, twin, "同一家", by=here.clerk, at=NOW)
    merging.merge(here.two.firm, third, "同一家", by=here.clerk, at=NOW)
    assert reads.whole(here.two.firm) == [here.two.firm.pk, third.pk]


def test_the_page_merges_and_parts(here):
    twin = entry(11, "玄圃电子股份公司")
    page, at = browser(here.clerk), f"/firms/merge/?a={here.one.firm.pk}&b={twin.pk}"
    assert "名称相同（不计公司类型和标点）" in page.get("/firms/merge/").content.decode()
    assert here.one.firm.code in page.get(at).content.decode()
    refused = page.post(at, {"verb": "merge", "keep": here.one.firm.pk, "because": ""})
    assert (refused.status_code, Merging.objects.count()) == (409, 0)
    done = page.post(at, {"verb": "merge", "keep": here.one.firm.pk, "because": "同一家"})
    assert done["Location"] == f"/firms/{here.one.firm.pk}/"
    page.post(at, {"verb": "part", "because": "看错了"})
    assert [m.same for m in Merging.objects.all()] == [True, False]
    assert browser(here.tax).get("/firms/merge/").status_code == 404
