"""The feedback sheet: own course, place among others, distance to policies."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from quanyu.bureaus.reporting.reads.feedback import feedback
from quanyu.facts.acts import file_report
from quanyu.plan.reads import registry
from tests.facts.desk import good, moment
from tests.reporting.handin import MONTH, a_firm, definitions

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 23)
LITTLE = {"rd_labour": 200, "rd_materials": 0, "rd_design": 0, "rd_trial": 0, "rd_expense": 300}


@pytest.fixture(autouse=True)
def _plan(db):
    definitions()


def filed(firm, period=MONTH, **cells):
    form = registry().form("qy101", period)
    file_report(form, firm, period, good(**cells), None, moment("2026-11-05"))


def sheet(firm):
    return {h.benchmark.key: h for h in feedback(registry(), registry().form("qy101", MONTH), firm, MONTH, ON).held}


def test_the_distance_to_a_policy_is_told_in_the_fields_unit():
    here = a_firm()
    filed(here.firm)  # 800 of 10,000 千元: small, so 5 %
    held = sheet(here.firm)
    intensity, staff, revenue = held["high_tech_intensity"], held["high_tech_staff"], held["high_tech_revenue"]
    assert (intensity.share, intensity.threshold.least, intensity.short, intensity.over) == (8, 5, 0, 3)
    assert (staff.share, staff.short) == (Decimal("12.5"), 0)
    assert (revenue.share, revenue.short, revenue.months) == (60, 0, 1)
    filed(here.firm, "2026-09", staff=200, revenue=95000, hightech_revenue=6000)
    held = sheet(here.firm)
    assert (held["high_tech_intensity"].threshold.least, held["high_tech_intensity"].short) == (4, 2600)
    assert held["high_tech_revenue"].short == Decimal(105000) * 60 / 100 - 12000


def test_a_place_is_a_quarter_among_others_of_the_trade_and_hidden_below_five():
    here = a_firm(1, industry="39", size="M")
    filed(here.firm)
    for n in range(2, 6):
        filed(a_firm(n, industry="39", size="S").firm, **LITTLE)
    assert sheet(here.firm)["high_tech_intensity"].place is None
    filed(a_firm(6, industry="39", size="S").firm)
    place = sheet(here.firm)["high_tech_intensity"].place
    assert (place.group, place.others, place.words) == ("同行业", 5, "前四分之一")


def test_where_the_trade_is_small_firms_of_the_size_stand_in():
    here = a_firm(1, industry="26", size="M")
    filed(here.firm, **LITTLE)
    for n in range(2, 8):
        filed(a_firm(n, industry="39", size="M").firm)
    place = sheet(here.firm)["high_tech_intensity"].place
    assert (place.group, place.others, place.words) == ("同规模", 6, "后四分之一")


def test_the_page_names_nobody_and_says_when_it_hides_the_place():
    here = a_firm()
    others = [a_firm(n).firm for n in range(2, 8)]
    for firm in (here.firm, *others):
        filed(firm)
    client = Client()
    client.force_login(here.statistician)
    address = reverse("feedback", args=[here.firm.pk, "qy101", MONTH])
    text = client.get(address).content.decode()
    assert not any(firm.name in text for firm in others)
    assert ("6 家其他企业" in text, "国科发火〔2016〕32号" in text, "<svg" in text) == (True, True, True)
    lone = a_firm(9, industry="13", size="L")
    filed(lone.firm)
    client.force_login(lone.owner)
    text = client.get(reverse("feedback", args=[lone.firm.pk, "qy101", MONTH])).content.decode()
    assert "不足 5 家，不显示位次" in text
    assert client.get(address).status_code == 404


def test_nothing_filed_is_no_error():
    here = a_firm()
    assert [(h.share, h.short, h.place) for h in sheet(here.firm).values()] == [(None, 0, None)] * 3
    client = Client()
    client.force_login(here.statistician)
    assert client.get(reverse("feedback", args=[here.firm.pk, "qy101", MONTH])).status_code == 200
    assert client.get(reverse("feedback", args=[here.firm.pk, "qy101", "2026-13"])).status_code == 404
    assert client.get(reverse("feedback", args=[here.firm.pk, "nonsense", MONTH])).status_code == 404
