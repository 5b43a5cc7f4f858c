"""能享受什么: what a firm may have to the fen, what is missing, numbers tried out, and whose page it is."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.test import Client
from docx import Document

from quanyu.bureaus.policies.reads.mine import benefits_of
from quanyu.facts.models import Report
from quanyu.people.models import Event
from tests.factories import person
from tests.policies.zone import TODAY, YEAR, make_zone, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(tmp_path):
    return make_zone(tmp_path / "packages")


@pytest.fixture
def owner(firms):
    return person("firm_owner", firms[0])


def page(user, address):
    client = Client()
    client.force_login(user)
    return client.get(address)


def found(firm, user):
    held = benefits_of(firm, user, TODAY)
    return held, {e.key: e for e in held.all}


def test_amounts_are_exact_and_of_one_matter_the_better_counts(firms, owner):
    held, by = found(firms[0], owner)
    assert {k: (e.verdict.state, e.payable) for k, e in by.items()} == {
        "rd_aid": ("yes", Decimal("400000.00")),  # 10 % of 4 million
        "ht_award": ("yes", Decimal("200000.00")),
        "city_award": ("yes", Decimal("0.00")),  # 从优不重复
        "gazelle": ("unknown", None),
    }
    assert [held.sums[k] for k in ("expected", "automatic", "asked")] == ["60.00", "40.00", "20.00"]
    assert by["city_award"].reduced and not by["rd_aid"].reduced
    assert by["rd_aid"].verdict.unverified and not by["ht_award"].verdict.unverified


def test_what_is_missing_is_told_by_condition(firms, owner):
    held, by = found(firms[1], owner)
    assert [(t.mark, t.label) for t in by["ht_award"].ticks] == [("✓", "持有高新技术企业资格"), ("✕", "有效发明专利")]
    assert "差 1 件" in by["ht_award"].ticks[1].words and "申请发明专利" in by["ht_award"].ticks[1].words
    assert (by["ht_award"].group, by["rd_aid"].group) == ("near", "near")
    assert held.sums["near"] == "49.00"  # 29 of aid and 20 of award
    _held, nobody = found(firms[2], owner)
    assert (nobody["rd_aid"].group, nobody["rd_aid"].unknown) == ("open", f"{YEAR}年研发费用、{YEAR}年营业收入")


def test_what_was_paid_is_not_expected_again(firms, owner):
    pay(firms[0], "ht_award", "200000.00", TODAY - dt.timedelta(days=800))
    pay(firms[0], "rd_aid", "350000.00", dt.date(TODAY.year, 1, 5), "2")
    held, by = found(firms[0], owner)
    assert (by["ht_award"].payable, by["rd_aid"].payable) == (Decimal(0), Decimal("50000.00"))
    assert (held.sums["expected"], held.sums["received"], by["ht_award"].amount) == ("5.00", "35.00", "20.00")
    assert held.last_payment == ("研发投入后补助", dt.date(TODAY.year, 1, 5))


def test_the_page_shows_own_figures_and_changed_ones_and_writes_nothing(firms, owner):
    before = (Event.objects.count(), Report.objects.count())
    plain = page(owner, "/mine/").content.decode()
    assert "60.00" in plain and "研发费用 400 万元 × 补助比例 10%" in plain and "虚构企业1号" in plain
    tried = page(owner, "/mine/?rd_expense=500&patents=1").content.decode()
    assert "50.00" in tried and f"{YEAR}年研发费用 500万元" in tried and "没有保存" in tried
    assert "应是数字" in page(owner, "/mine/?rd_expense=many").content.decode()
    assert page(owner, "/mine/?rd_expense=500&patents=").url == "/mine/?rd_expense=500"
    assert (Event.objects.count(), Report.objects.count()) == before
    assert "60.00" in page(owner, "/mine/").content.decode()


def test_nobody_finds_another_firms_page(firms, owner):
    theirs = f"/mine/{firms[1].pk}/"
    for address in (theirs, f"{theirs}sheet.docx", f"{theirs}sheet.pdf", "/mine/999999/"):
        answer = page(owner, address)
        assert answer.status_code == 404 and "虚构企业2号" not in answer.content.decode(), address
    assert page(owner, f"/mine/{firms[0].pk}/").status_code == 200
    assert "虚构企业2号" in page(person("statistics"), f"/mine/{firms[1].pk}/").content.decode()
    assert page(person("public"), f"/mine/{firms[1].pk}/").status_code == 404
    assert page(person("finance"), "/mine/").status_code == 403
    assert Client().get("/mine/").status_code == 302


def test_the_reckoning_is_a_word_file_with_clauses_formula_and_disclaimer(firms, owner):
    answer = page(owner, "/mine/sheet.docx?rd_expense=500")
    paper = Document(io.BytesIO(answer.content))
    text = "\n".join(p.text for p in paper.paragraphs)
    cells = {c.text for t in paper.tables for row in t.rows for c in row.cells}
    assert text.count("仅供参考，以受理部门审核为准") == 2
    assert f"{YEAR}年研发费用 500万元" in text and "研发费用 500 万元 × 补助比例 10%" in text and "封顶" in text
    assert {"研发投入后补助", "50.00", "研发投入占比"} <= cells
    assert any("（云上虚构〔2021〕1号）第三条第一款" in c for c in cells)
    read = page(owner, "/mine/sheet.pdf?rd_expense=500")
    assert (read["Content-Type"], read.content[:5]) == ("application/pdf", b"%PDF-")
    assert read.content == page(owner, "/mine/sheet.pdf?rd_expense=500").content
