"""The files of firms: changes and former names, sources that disagree, liaison officers, the register page."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from quanyu.bureaus.enterprises.acts import register
from quanyu.bureaus.enterprises.models import Change, Liaison, Saying
from quanyu.bureaus.enterprises.reads import register as reads
from quanyu.people.models import Event, Organisation
from quanyu.registry.problem import Refused
from tests.enterprises.office import NOW, ON, an_office, browser, entry
from tests.facts.desk import moment

pytestmark = pytest.mark.django_db
YEAR_AGO = dt.date(2025, 11, 3)


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return an_office()


def rename(here, name="蓬壶电子有限公司", **more):
    given = {"on": YEAR_AGO, "source": "market_regulation", "reason": "变更通知书", "by": here.clerk, "at": NOW}
    return register.change_firm(here.one.firm, "name", name, **(given | more))


def again(firm) -> Organisation:
    return Organisation.objects.get(pk=firm.pk)


def test_a_renamed_firm_is_found_by_the_name_it_bore(here):
    made = rename(here)
    assert (made.before, made.after, made.on) == ("玄圃电子有限公司", "蓬壶电子有限公司", YEAR_AGO)
    assert again(here.one.firm).name == "蓬壶电子有限公司"
    acts = list(Event.objects.order_by("-number").values_list("act", flat=True)[:2])
    assert acts == ["enterprises.change_firm", "people.change_organisation"]
    page = browser(here.clerk).get("/firms/?q=玄圃").content.decode()
    assert "蓬壶电子有限公司" in page
    assert "若木新材有限公司" not in page
    with pytest.raises(Refused, match="没有变化"):
        rename(here)
    with pytest.raises(Refused, match="还没有到"):
        rename(here, "松烟有限公司", on=ON + dt.timedelta(days=1))
    with pytest.raises(Refused, match="没有写明理由"):
        rename(here, "松烟有限公司", reason=" ")


@pytest.mark.parametrize(
    ("field", "text", "kept"),
    [("industry", "C39", "39"), ("industry", "39 电子", "39"), ("size", "小型企业", "small"), ("size", "大", "large"),
     ("area", "西园", "西园"), ("opened_on", "2019-02-16", "2019-02-16"), ("closed_on", "", "")],
)  # fmt: skip
def test_what_a_source_writes_is_read_as_the_register_keeps_it(here, field, text, kept):
    from quanyu.plan.reads import registry

    assert reads.as_text(reads.meant(registry(), field, text)) == kept


@pytest.mark.parametrize(("field", "text"), [("industry", "ZZ"), ("size", "巨型"), ("area", "北园"), ("name", "甲")])
def test_what_cannot_be_read_is_refused_with_a_sentence(here, field, text):
    with pytest.raises(Refused, match=text):
        register.say([(here.one.firm, field, text)], "tax", ON, by=here.clerk, at=NOW)
    assert Saying.objects.count() == 0


def test_sources_that_disagree_stand_side_by_side_until_somebody_rules(here):
    firm = here.one.firm
    register.say([(firm, "area", "西园"), (firm, "size", "中型")], "tax", YEAR_AGO, by=here.clerk, at=NOW)
    assert register.say([(firm, "area", "东园")], "statistics", ON, by=here.clerk, at=NOW) == 1
    assert register.say([(firm, "area", "东园")], "statistics", ON, by=here.clerk, at=NOW) == 0  # said before
    size, area = reads.disagreements([firm.pk])[firm.pk]
    assert (size.field, size.differs, area.field, area.held, area.open) == ("size", False, "area", "东园", True)
    assert [(s.source, s.value) for s in area.sayings] == [("tax", "西园"), ("statistics", "东园")]
    assert reads.disputed() == {firm.pk}
    # the register is right: the value stays, the reason is kept, the dispute is over
    kept = register.settle(firm, "area", None, reason="实地核实", by=here.chief, at=moment("2026-11-24 11:00"))
    assert (kept.before, kept.after, reads.disputed()) == ("东园", "东园", set())
    # the tax office says so again, later: open again, and this time it is right
    register.say([(firm, "area", "东园")], "tax", ON, by=here.clerk, at=moment("2026-11-24 12:00"))
    register.say([(firm, "area", "西园")], "tax", ON, by=here.clerk, at=moment("2026-11-24 13:00"))
    assert reads.disputed() == {firm.pk}
    said = Saying.objects.filter(source="tax", field="area").latest("pk")
    register.settle(firm, "area", said, reason="已搬迁", by=here.chief, at=moment("2026-11-24 14:00"))
    assert again(firm).area == here.west
    assert reads.disputed() == set()  # what the statistics office said was known when it was decided
    assert Change.objects.filter(field="area").count() == 2


def test_a_departments_file_becomes_sayings_and_tells_what_it_left_out(here):
    rows = [
        "统一社会信用代码,纳税人名称,规模,成立日期",
        f"{here.one.firm.code},玄圃电子科技有限公司,小型,2021-01-01",
        f"{here.two.firm.code},若木新材有限公司,巨型,2021-01-01",
        "91360700MA0000000X,无此企业,小型,2021-01-01",
    ]
    file = SimpleUploadedFile("登记.csv", "\r\n".join(rows).encode("utf-8-sig"))
    new, problems = register.take_in(file, "tax", ON, by=here.clerk, at=NOW)
    assert (new, len(problems)) == (3, 2)
    assert problems[0].startswith("第 3 行：规模不能是“巨型”")
    told = {s.field: s.value for s in Saying.objects.filter(organisation=here.one.firm)}
    assert told == {"name": "玄圃电子科技有限公司", "size": "small", "opened_on": "2021-01-01"}
    with pytest.raises(Refused, match="没有找到“统一社会信用代码”一列"):
        register.take_in(SimpleUploadedFile("x.csv", b"a,b\r\n1,2"), "tax", ON, by=here.clerk, at=NOW)


def test_firms_are_given_into_somebodys_care_in_bulk(here):
    both = [here.one.firm, here.two.firm]
    assert register.assign_liaison(both, here.clerk, YEAR_AGO, by=here.chief, at=NOW) == 2
    assert register.assign_liaison(both[:1], here.st_office, ON, by=here.chief, at=NOW) == 1
    assert register.assign_liaison(both[:1], here.st_office, ON, by=here.chief, at=NOW) == 0  # theirs already
    now = {row.organisation.name: row.officer for row in reads.liaisons(ON)}
    assert now == {"玄圃电子有限公司": here.st_office, "若木新材有限公司": here.clerk}
    assert [r.officer for r in reads.liaisons(ON - dt.timedelta(days=1))] == [here.clerk, here.clerk]
    with pytest.raises(Refused, match="不能改派"):
        register.assign_liaison(both, here.chief, YEAR_AGO, by=here.chief, at=NOW)
    assert register.assign_liaison(both[1:], None, ON, by=here.chief, at=NOW) == 1
    assert Liaison.objects.filter(to_on=None).count() == 1


def test_the_page_assigns_what_its_conditions_leave_and_never_everything(here):
    entry(9, "松烟软件有限公司", area=here.west)
    page, asked = browser(here.chief), {"officer": here.clerk.pk, "on": "2026-11-24"}
    refused = page.post("/firms/do/liaison/", asked)
    assert (refused.status_code, Liaison.objects.count()) == (409, 0)
    done = page.post(f"/firms/do/liaison/?area={here.west.pk}", asked)
    assert done["Location"] == f"/firms/?area={here.west.pk}"
    assert [r.organisation.name for r in Liaison.objects.all()] == ["松烟软件有限公司"]
    mine = browser(here.clerk).get("/firms/?liaison=mine").content.decode()
    assert "松烟软件有限公司" in mine
    assert "玄圃电子" not in mine
    assert browser(here.tax).post(f"/firms/do/liaison/?area={here.west.pk}", asked).status_code == 404


def test_the_register_comes_as_excel_with_codes(here):
    rename(here)
    sheet = openpyxl.load_workbook(io.BytesIO(browser(here.clerk).get("/firms.xlsx?q=玄圃").content)).active
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    at = next(n for n, row in enumerate(rows) if row[0] == "企业")
    name, code, industry, size, area = rows[at + 1][:5]
    assert (name, code, industry[:2], size, area) == ("蓬壶电子有限公司", here.one.firm.code, "39", "中型", "东园")
    assert len(rows) == at + 2


def test_a_list_costs_the_same_however_long(here, django_assert_max_num_queries):
    page = browser(here.clerk)
    page.get("/firms/")
    with django_assert_max_num_queries(32):
        page.get("/firms/")
    for n in range(20, 40):
        register.assign_liaison([entry(n, f"扶摇{n}号", area=here.east)], here.clerk, YEAR_AGO, by=here.chief, at=NOW)
    with django_assert_max_num_queries(32):
        page.get("/firms/")
