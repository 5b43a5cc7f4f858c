"""One firm on one page: its figures with their way home, titles, people; blocks without a source say so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from quanyu.bureaus.enterprises.reads.profile import Profile
from quanyu.facts import acts as facts
from quanyu.facts.acts import grant
from quanyu.people.reads import permit
from quanyu.plan.reads import registry
from tests.enterprises.office import NOW, ON, an_office, browser
from tests.facts.desk import good, project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return an_office()


def file(firm, form, period, cells, line=""):
    known = registry()
    return facts.file_report(known.form(form, period), firm, period, cells, None, NOW, "", line=line).report


def profile(here, user):
    return Profile(registry(), here.one.firm, permit(user, ON, registry().roles), ON)


def test_figures_are_added_up_by_year_and_lead_to_their_report(here):
    for month, staff in (("2025-11", 90), ("2025-12", 100), ("2026-01", 110)):
        last = file(here.one.firm, "qy101", month, good(revenue=10000, staff=staff))
    file(here.two.firm, "qy101", "2026-01", good(revenue=999_999))
    strips = {s.field.name: s for s in profile(here, here.clerk).strips}
    assert [(y.year, y.value, y.have) for y in strips["revenue"].years] == [
        (2022, None, 0), (2023, None, 0), (2024, None, 0), (2025, 20000, 2), (2026, 10000, 1),
    ]  # fmt: skip
    assert [y.value for y in strips["staff"].years[-2:]] == [100, 110]  # a stock: the last month's
    page = browser(here.one.owner).get(f"/firms/{here.one.firm.pk}/").content.decode()
    assert f'<a href="/reports/{last.pk}/">10,000</a>' in page
    assert "999,999" not in page


def test_projects_payments_titles_and_people(here):
    firm, known = here.one.firm, registry()
    file(firm, "qy107_1", "2024", project(), line="1")
    file(firm, "rd_payments", "2025", {"paid_subsidies": "12.5", "paid_items": 2})
    grant(known.titles["high_tech"], firm, dt.date(2020, 12, 1), None, NOW, dt.date(2023, 12, 1))
    grant(known.titles["high_tech"], firm, dt.date(2023, 12, 1), None, NOW, dt.date(2026, 12, 1))
    grant(known.titles["patent"], firm, dt.date(2024, 5, 6), None, NOW, level="invention")
    grant(known.titles["high_level_talent"], firm, dt.date(2024, 5, 6), None, NOW, level="D", person="张虚构")
    told = profile(here, here.clerk)
    ((_line, cells),) = told.projects[2]
    assert [text for _label, text in cells[:2]] == ["高温合金粉末制备研究", "本企业自选"]
    assert [words for _r, _form, words in told.payments] == ["研发补助拨付额 12.5万元，拨付项目数 2项"]
    ((title, held),) = told.titles
    assert (title, len(held), len(told.now(held))) == ("高新技术企业", 2, 1)
    assert told.rights == [("专利", 1, 1, dt.date(2024, 5, 6))]
    assert [(words, now) for words, now, _ever, _last in told.people] == [("高层次人才", 1)]
    page = browser(here.clerk).get(f"/firms/{firm.pk}/").content.decode()
    assert "高新技术企业：2023年12月1日—2026年12月1日" in page
    assert "高温合金粉末制备研究" in page


def test_who_reads_no_reports_sees_none_of_their_figures(here):
    file(here.one.firm, "qy101", "2026-01", good(revenue=84_736))
    page = browser(here.tax).get(f"/firms/{here.one.firm.pk}/").content.decode()
    assert "84,736" not in page
    assert "您的角色不能查看这家企业的报表" in page
    assert "登记变更" not in page  # and does not keep the file


def test_empty_blocks_say_that_no_source_is_connected(here):
    page = browser(here.clerk).get(f"/firms/{here.two.firm.pk}/").content.decode()
    assert page.count("来源未接入") == 7


def test_the_desk_writes_into_the_file(here):
    page, at = browser(here.clerk), f"/firms/{here.one.firm.pk}/do/"
    wrong = page.post(f"{at}change/", {"field": "size", "value": "巨型", "reason": "年报", "on": "2026-01-01"})
    assert wrong.status_code == 409
    assert "规模不能是“巨型”" in wrong.content.decode()
    page.post(f"{at}change/", {"field": "size", "value": "小型", "reason": "年报", "on": "2026-01-01", "source": "tax"})
    page.post(f"{at}say/", {"field": "area", "value": "西园", "source": "statistics"})
    page.post(f"{at}liaison/", {"officer": here.clerk.pk, "on": "2026-11-01"})
    shown = page.get(f"/firms/{here.one.firm.pk}/").content.decode()
    for told in ("中型 → 小型", "税务部门 · 年报", "西园", "▲ 不一致", "张虚构"):
        assert told in shown
    assert browser(here.one.owner).post(f"{at}say/", {"field": "area", "value": "西园"}).status_code == 404
