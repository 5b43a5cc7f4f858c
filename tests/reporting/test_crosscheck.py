"""Figures of departments beside those of firms: what is compared, who sees it, the letter and its answer."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanyu.bureaus.reporting.acts import crosscheck as acts
from quanyu.bureaus.reporting.models import Verification
from quanyu.bureaus.reporting.reads import crosscheck as reads
from quanyu.casework import acts as casework
from quanyu.casework.reads import inbox
from quanyu.facts.acts import file_report
from quanyu.people.models import Event, Notice, Organisation
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.casework.openers import OPENERS
from tests.factories import firm, person
from tests.facts.desk import good, moment
from tests.reporting.handin import a_firm, definitions

pytestmark = pytest.mark.django_db
AT = moment("2026-11-20 10:00")
YEAR = 2025


@pytest.fixture
def here(db):
    definitions()
    return a_firm()


def books(organisation, months=range(1, 13), **cells):
    """Monthly reports: 1,000 千元 of R&D a month, 100 of it other expense, 50 entrusted at home."""
    spent = {"rd_expense": 1000, "rd_labour": 850, "rd_materials": 0, "rd_depreciation": 0, "rd_design": 0,
             "rd_trial": 0, "rd_other": 100, "rd_outsourced": 50, "rd_outsourced_domestic": 50, "rd_fixed_assets": 20,
             "rd_person_months": 17, "rd_staff": 20, "rd_fulltime": 12}  # fmt: skip
    for month in months:
        filed(organisation, "qy101", f"{YEAR}-{month:02}", good(**spent | cells))


def filed(organisation, form, period, cells, reason=""):
    known = registry()
    file_report(known.forms[form], organisation, period, cells, None, AT, reason=reason, units=known.units)


def claim(organisation, yuan):
    filed(organisation, "tax_claims", str(YEAR), {"deduction_claimed": yuan})


def row(organisation):
    (found,) = reads.crosscheck(registry(), YEAR, [organisation.pk])
    return found


def by_caliber(organisation):
    return {r.caliber.key: r for r in row(organisation).reckoned}


def page(user, path, **data):
    client = Client()
    client.force_login(user)
    return client.post(path, data) if data else client.get(path)


# Of 12,000,000 yuan: 10,200,000 direct, 1,200,000 other, 600,000 entrusted at home.
# Other at most 10,200,000 ÷ 9 = 1,133,333.33…; entrusted 480,000.
LAWFUL = Decimal("11813333.33")


def test_months_are_added_up_units_converted_and_the_way_reckoned(here):
    books(here.firm)
    claim(here.firm, "11813333.33")
    filed(here.firm, "accepted_rd", str(YEAR), {"accepted_expense": 12000, "accepted_assets": 240})
    held = by_caliber(here.firm)
    assert held["accounting"].figure == 12_000_000
    assert round(held["super_deduction"].lawful, 2) == LAWFUL
    assert abs(held["super_deduction"].rest) < 1
    assert (held["statistics"].figure, held["statistics"].rest) == (12_240_000, 0)
    assert held["high_tech"].figure is None
    assert row(here.firm).state == "lacks"


def test_a_year_with_a_month_lacking_is_not_compared(here):
    books(here.firm, months=range(1, 12))
    claim(here.firm, 5)
    held = by_caliber(here.firm)
    assert (held["accounting"].figure, held["super_deduction"].rest) == (None, None)
    assert row(here.firm).have["qy101"] == 11
    text = page(person("clerk"), f"/crosscheck/{here.firm.pk}/?year={YEAR}").content.decode()
    assert "只有 11/12 期，不作比较" in text
    assert "未供数" in text


def test_the_list_begins_with_the_largest_rest_and_asks_the_same_few_questions_of_many(here):
    clerk, firms = person("clerk"), [here.firm]

    def asked() -> int:
        client = Client()
        client.force_login(clerk)
        client.get("/crosscheck/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/crosscheck/").status_code == 200
        return len(seen)

    books(here.firm)
    claim(here.firm, 9_000_000)
    once = asked()
    for n, yuan in ((2, 3_000_000), (3, 11_800_000)):
        firms.append(firm(n))
        books(firms[-1])
        claim(firms[-1], yuan)
    assert asked() == once
    found = reads.crosscheck(registry(), YEAR)
    assert [r.organisation for r in found] == [firms[1], firms[0], firms[2]]
    assert [r.state for r in found] == ["asks", "asks", "lacks"]
    text = page(clerk, "/crosscheck/?state=asks").content.decode()
    assert firms[1].name in text
    assert firms[2].name not in text
    sheet = page(clerk, f"/crosscheck.csv?year={YEAR}").content.decode("utf-8-sig")
    assert f"{firms[1].name},12000,未供数,3000,未供数,-8813,加计扣除,■ 需核实" in sheet


def test_a_firm_finds_no_comparison_not_even_its_own(here):
    other = a_firm(2)
    books(here.firm)
    claim(here.firm, 7_654_321)
    for user in (here.statistician, here.owner, other.statistician):
        for path in (f"/crosscheck/{here.firm.pk}/", f"/crosscheck/{here.firm.pk}/?year={YEAR}"):
            answer = page(user, path)
            assert answer.status_code == 404
            assert here.firm.name not in answer.content.decode()
        assert page(user, f"/crosscheck/{here.firm.pk}/?year={YEAR}", question="x").status_code == 404
        assert page(user, "/crosscheck/").status_code == 403
        assert page(user, "/crosscheck.csv").status_code == 403
    assert page(person("clerk"), "/crosscheck/999999/").status_code == 404
    assert not Verification.objects.exists()


def test_the_tax_office_sees_the_comparison_without_links_to_reports(here):
    books(here.firm)
    claim(here.firm, 9_000_000)
    text = page(person("tax"), f"/crosscheck/{here.firm.pk}/").content.decode()
    assert "11,813" in text
    assert "/reports/" not in text.partition("来源报表")[2]
    assert "发核实函" not in text
    assert (
        "/reports/" in page(person("clerk"), f"/crosscheck/{here.firm.pk}/").content.decode().partition("来源报表")[2]
    )


# --- the letter


def test_a_letter_goes_to_the_firms_seat_is_answered_and_settled(here):
    clerk, other = person("clerk"), a_firm(2)
    books(here.firm)
    claim(here.firm, 9_000_000)
    answer = page(clerk, f"/crosscheck/{here.firm.pk}/?year={YEAR}", question="请说明少报的原因")
    sent = Verification.objects.get()
    assert answer.url == f"/cases/{sent.pk}/"
    assert (sent.organisation, sent.year, sent.case.number) == (here.firm, YEAR, "核实〔2026〕1号")
    assert list(inbox(here.statistician, AT.date())) == [sent.case]
    assert list(inbox(other.statistician, AT.date())) == []
    told = {f["label"]: (f["figure"], f["lawful"], f["rest"], f["asks"]) for f in sent.figures}
    assert told == {
        "会计": ("12,000", None, None, False), "高企": (None, "11,880", None, False),
        "加计扣除": ("9,000", "11,813", "−2,813", True), "统计": (None, "12,240", None, False),
    }  # fmt: skip
    assert Notice.objects.filter(topic="case_arrived", role="firm_statistician", organisation=here.firm).count() == 1
    mine = page(here.statistician, f"/cases/{sent.pk}/").content.decode()
    assert "−2,813" in mine
    assert "/crosscheck/" not in mine
    assert page(other.statistician, f"/cases/{sent.pk}/").status_code in (403, 404)
    assert row(here.firm).state == "open"
    casework.take(sent.case, "answer", by=here.statistician, at=AT, note="没有全部申报", form={"answer": "explained"})
    with pytest.raises(Refused):
        casework.take(sent.case, "settle", by=here.statistician, at=AT, form={"outcome": "accepted"})
    casework.take(sent.case, "ask_again", by=clerk, at=AT, note="请附项目清单")
    casework.take(sent.case, "answer", by=here.statistician, at=AT, note="清单见附件", form={"answer": "explained"})
    done = casework.take(sent.case, "settle", by=clerk, at=AT, form={"outcome": "accepted"})
    assert (done.phase, row(here.firm).state) == ("done", "told")
    assert [e.act for e in Event.objects.filter(subject=f"reporting.verification:{sent.pk}")] == ["reporting.ask_firm"]


def test_figures_that_changed_since_the_answer_are_asked_about_anew(here):
    clerk = person("clerk")
    books(here.firm)
    claim(here.firm, 9_000_000)
    sent = acts.ask_firm(here.firm, YEAR, "请说明", by=clerk, at=AT)
    casework.take(sent.case, "answer", by=here.statistician, at=AT, note="如实", form={"answer": "explained"})
    casework.take(sent.case, "settle", by=clerk, at=AT, form={"outcome": "accepted"})
    filed(here.firm, "tax_claims", str(YEAR), {"deduction_claimed": 8_000_000}, "税务更正")
    assert row(here.firm).state == "asks"
    assert sent.figures[2]["figure"] == "9,000"  # the letter keeps what it said
    filed(here.firm, "tax_claims", str(YEAR), {"deduction_claimed": 11_813_333}, "税务更正")
    assert row(here.firm).state == "lacks"


@pytest.mark.parametrize("case", ["nothing", "twice", "tax", "empty"])
def test_letters_that_are_not_sent(here, case):
    clerk = person("clerk")
    books(here.firm)
    claim(here.firm, 11_800_000 if case == "nothing" else 9_000_000)
    by, question, said = clerk, "请说明", {
        "nothing": f"{here.firm}{YEAR}年各口径的差额都在规则可解释的范围内。", "twice": f"{YEAR}年的差异已在核实：",
        "tax": "核实函由经办人员或科室负责人发出。", "empty": "“请企业核实什么”没有填。",
    }[case]  # fmt: skip
    if case == "twice":
        acts.ask_firm(here.firm, YEAR, question, by=clerk, at=AT)
    before = Verification.objects.count()
    with pytest.raises(Refused) as refused:
        acts.ask_firm(
            here.firm, YEAR, "  " if case == "empty" else question, by=person("tax") if case == "tax" else by, at=AT
        )
    assert refused.value.sentence.startswith(said)
    assert Verification.objects.count() == before


def test_the_opener_of_the_random_walks_sends_a_real_letter(here):
    people = {"clerk": person("clerk"), "firm_statistician": here.statistician}
    case = OPENERS[reads.KIND](registry(), people.__getitem__, AT)
    assert Verification.objects.get(case=case).figures[0]["label"] == "会计"
    assert Organisation.objects.filter(pk=Verification.objects.get(case=case).organisation_id).exists()
