"""Files out and back: the amount shown, paid and exported is one amount; nothing is done twice or for nobody."""

import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from quanyu.bureaus.finance.acts import claims as claim_acts
from quanyu.bureaus.finance.acts import payments as acts
from quanyu.bureaus.finance.models import Answer, Batch, Claim, Payment, Recovery
from quanyu.bureaus.finance.reads import payments as reads
from quanyu.casework.acts import take
from quanyu.casework.models import Case
from quanyu.facts.models import Report
from quanyu.facts.payments import payments as paid_facts
from quanyu.people.models import Event
from quanyu.registry.model import Layout, LayoutColumn
from quanyu.registry.problem import Place, Refused
from tests.facts.desk import moment
from tests.finance.paying import NOW, Zone, budget

pytestmark = pytest.mark.django_db
HERE = Place("tests", 1)


@pytest.fixture
def zone(tmp_path):
    return Zone(tmp_path)


def exported(batch, layout="payments_out"):
    made = reads.content(reads.layout_of(layout, "order"), reads.payments().filter(batch=batch).order_by("id"))
    return list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))


def test_shown_paid_and_exported_are_one_amount(zone, client):
    claims = zone.listed("share")
    for claim in claims:
        zone.account(claim.organisation)
        zone.step(claim, "confirm_account", zone.owner(claim.organisation))
    numbers = [c.pk for c in claims]
    for action, by, at in (("approve", zone.chief, NOW), ("announce", zone.clerk, NOW),
                           ("close_notice", zone.clerk, moment("2026-03-10")),
                           ("order", zone.finance, NOW)):  # fmt: skip
        assert claim_acts.take_all(action, numbers, by=by, at=at, policy="share") == (4, [])
    batch = acts.send(reads.layout_of("payments_out", "order"), by=zone.finance, at=NOW)
    lines = exported(batch)
    assert [row["金额（元）"] for row in lines] == ["20000.00", "20000.00", "20000.00", "40000.00"]
    assert {row["收款人账号"] for row in lines} == {"6222000011112222"}
    zone.answer(*(f"{row['支付编号']},{row['金额（元）']},成功,,2026-03-12" for row in lines))
    facts = [Report.objects.get(form="policy_payments", organisation=c.organisation).cells["amount"] for c in claims]
    assert [f"{Decimal(cell):.2f}" for cell in facts] == [row["金额（元）"] for row in lines]
    client.force_login(zone.finance)
    for claim, row in zip(Claim.objects.order_by("case"), lines, strict=True):
        page = client.get(reverse("case", args=[claim.pk])).content.decode()
        shown = f"{int(row['金额（元）'].split('.')[0]):,}.{row['金额（元）'].split('.')[1]}"
        assert shown in page and f"{claim.granted / 100:.2f}" == row["金额（元）"]
    assert (batch.total, budget("share")) == (10000000, (0, 0, 0, 10000000))
    assert sum(round(float(row["金额（元）"]) * 100) for row in lines) == batch.total


def test_the_same_answer_again_does_nothing(zone):
    payment = zone.sent(zone.listed("first")[0])
    line = f"{payment.number},12345.67,成功,,2026-03-12"
    assert zone.answer(line).total == 1234567
    events = Event.objects.count()
    assert zone.answer(line) is None  # the same file
    assert (Report.objects.filter(form="policy_payments").count(), budget("first")[3]) == (1, 1234567)
    assert Answer.objects.count() == 1 and Event.objects.count() == events


def test_the_same_result_in_another_file_changes_nothing(zone):
    payment = zone.sent(zone.listed("first")[0])
    zone.answer(f"{payment.number},12345.67,成功,,2026-03-12")
    again = zone.answer(f"{payment.number},12345.67,已支付,重发,2026-03-13")
    assert (again.paid, again.total, budget("first")[3]) == (0, 0, 1234567)
    with pytest.raises(Refused, match="已登记为另一种结果"):
        zone.answer(f"{payment.number},12345.67,退票,账户已销,2026-03-14")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{n},12345.68,成功,,2026-03-12", r"12,345\.68 元与支付单的 12,345\.67 元不同"),
        ("9999000001,12345.67,成功,,2026-03-12", "没有支付编号 9999000001"),
        ("{n},12345.67,处理中,,2026-03-12", "结果“处理中”读不懂"),
        ("{n},12345.67,失败,,2026-03-12", "没有写原因"),
        ("{n},12345.675,成功,,2026-03-12", "不是精确到分的数"),
        ("{n},12345.67,成功,,2026-03-12\n{n},12345.67,失败,重复,2026-03-12", "出现了不止一次"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_as_a_whole(zone, line, told):
    payment = zone.sent(zone.listed("first")[0])
    with pytest.raises(Refused, match=told):
        zone.answer(line.format(n=payment.number))
    assert (Payment.objects.get().state, Answer.objects.count()) == ("sent", 0)


def test_only_the_finance_office_sends_and_takes_in(zone):
    zone.step(zone.payable(zone.listed("first")[0]), "order", zone.finance)
    with pytest.raises(Refused, match="由财政部门办理"):
        acts.send(reads.layout_of("payments_out", "order"), by=zone.clerk, at=NOW)
    assert not Batch.objects.exists()


def test_layouts_are_data_and_formulas_are_disarmed(zone):
    payment = zone.sent(zone.listed("first")[0])
    type(payment.organisation).objects.filter(pk=payment.organisation_id).update(name="=虚构+1")
    columns = [
        LayoutColumn(heading, HERE, holds) for heading, holds in (("单位", "firm"), ("分", "fen"), ("账号", "account"))
    ]
    plain = {"direction": "order", "columns": (*columns, LayoutColumn("币种", HERE, text="CNY")), "place": HERE}
    made = Layout("x", None, **plain, encoding="gb18030", delimiter="|", heading=False)
    rows = list(reads.payments())
    assert reads.content(made, rows).decode("gb18030") == "'=虚构+1|1234567|6222000011112222|CNY\r\n"
    book = openpyxl.load_workbook(io.BytesIO(reads.content(Layout("x", None, **plain, format="xlsx"), rows)))
    assert [[cell.value for cell in row] for row in book.active] == [
        ["单位", "分", "账号", "币种"], ["'=虚构+1", "1234567", "6222000011112222", "CNY"],
    ]  # fmt: skip
    back = Layout(
        "y", None, "result", tuple(LayoutColumn(holds, HERE, holds) for holds in ("fen", "number", "result")),
        HERE, heading=False, paid=("0",), failed=("1",),
    )  # fmt: skip
    assert reads.answers(back, "r.csv", f"1234567,{payment.number},0\n".encode()) == [
        reads.Line(payment.number, True, 1234567, "", None)
    ]


def test_what_was_wrong_comes_back_as_a_fact_below_zero(zone):
    claim = zone.listed("first")[0]
    payment = zone.sent(claim)
    zone.answer(f"{payment.number},12345.67,成功,,2026-03-12")
    payment.refresh_from_db()
    with pytest.raises(Refused, match=r"最多还能追回 12,345\.67 元"):
        acts.demand_back(payment, 1234568, "重复享受", moment("2026-04-01").date(), by=zone.finance, at=NOW)
    case = acts.demand_back(payment, 1000000, "重复享受", moment("2026-04-01").date(), by=zone.finance, at=NOW)
    for amount, day in (("4000.50", "2026-03-20"), ("5999.50", "2026-04-01")):
        take(Case.objects.get(pk=case.pk), "note_return", by=zone.finance, at=moment(day),
             form={"amount": amount, "returned_on": day})  # fmt: skip
    assert (Case.objects.get(pk=case.pk).phase, Recovery.objects.get().returned) == ("done", 1000000)
    assert budget("first") == (5000000 - 234567, 0, 0, 234567)
    rows = [(r.period, r.cells["amount"]) for r in Report.objects.filter(form="policy_payments").order_by("id")]
    assert rows == [("2026-03", "12345.67"), ("2026-03", "-4000.5"), ("2026-04", "-5999.5")]
    assert sum(p.amount for p in paid_facts([claim.organisation_id], 2026)) == Decimal("2345.67")


def test_pages_mask_the_account_and_keep_outsiders_out(zone, client):
    claim = zone.listed("first")[0]
    payment = zone.sent(claim)
    owner, outsider, full = zone.owner(claim.organisation), zone.owner(zone.outsider), "6222000011112222"
    client.force_login(owner)
    assert full in client.get("/account/").content.decode()
    case = f"/cases/{claim.pk}/"
    assert "尾号 2222" in client.get(case).content.decode() and full not in client.get(case).content.decode()
    client.force_login(outsider)
    assert full not in client.get("/account/").content.decode()
    closed = ("/entitle/", "/entitle/first/", "/entitle.csv", "/budgets/", "/payments/", "/payments.csv", case,
              f"/payments/batches/{payment.batch_id}/")  # fmt: skip
    assert [client.get(url).status_code for url in closed] == [403] * len(closed)
    assert client.post(f"/claims/{claim.pk}/confirm/").status_code == 404
    assert client.post("/claims/999999/confirm/").status_code == 404
    assert client.post(f"/account/?claim={claim.pk}", {
        "holder": zone.outsider.name, "bank": "虚构银行", "number": "6222999988887777",
    })["Location"] == "/account/"  # fmt: skip
    for who in (zone.clerk, zone.chief):
        client.force_login(who)
        for url in ("/entitle/first/", "/payments/", "/payments.csv", "/entitle/first.csv", case):
            assert full not in client.get(url).content.decode("utf-8", "ignore")
        assert client.get(f"/payments/batches/{payment.batch_id}/").status_code == 403
    client.force_login(zone.finance)
    assert full in client.get(f"/payments/batches/{payment.batch_id}/").content.decode("utf-8-sig")


def test_the_desk_takes_a_policy_from_list_to_payment_by_pages(zone, client):
    client.force_login(zone.clerk)
    assert "共 4 家" in client.post("/entitle/first/list/", follow=True).content.decode()
    page = client.get("/entitle/first/claim/").content.decode()
    ticked = [part.split('"')[0] for part in page.split('name="n" value="')[1:]]
    assert len(ticked) == 4 and "共 4 家 61,728.35 元" in page
    assert "已办理 3 家" in client.post("/entitle/first/claim/", {"n": ticked[:3]}, follow=True).content.decode()
    assert client.post("/entitle/first/approve/", {"n": ticked}).status_code == 409  # not the clerk's to approve
    client.force_login(zone.chief)
    numbers = list(Claim.objects.values_list("pk", flat=True))
    assert "已办理 3 家" in client.post("/entitle/first/approve/", {"n": numbers}, follow=True).content.decode()
    client.force_login(zone.clerk)
    client.post("/entitle/first/announce/", {"n": numbers})
    made = Claim.objects.first().publicity
    client.logout()
    notice = client.get(f"/publicity/{made.pk}/")
    names = sorted(f.name for f in zone.firms[:3])
    assert [name for name in names if name in notice.content.decode()] == names
    assert (
        "3 家，共 37,037.01 元" in notice.content.decode() and made.number in client.get("/publicity/").content.decode()
    )
    said = {"claim": numbers[0], "reason": "已迁出", "wanted": "核实", "name": "李虚构", "contact": "13800000000"}
    assert "异议已受理" in client.post(f"/publicity/{made.pk}/", said, follow=True).content.decode()
    assert client.post(f"/publicity/{made.pk}/", {**said, "contact": ""}).status_code == 409
    client.force_login(zone.finance)
    bad = SimpleUploadedFile("结果.csv", "支付编号,金额（元）\n".encode())
    assert "没有找到" in client.post("/payments/answer/", {"layout": "payments_back", "file": bad}).content.decode()


def test_a_firm_without_an_account_confirms_with_the_form_it_is_led_to(zone, client):
    claim = zone.listed("first")[0]
    client.force_login(zone.owner(claim.organisation))
    confirm = reverse("claim_confirm", args=[claim.pk])
    assert client.post(confirm)["Location"] == f"/account/?claim={claim.pk}"
    given = {"holder": claim.organisation.name, "bank": "虚构银行", "number": "6222999988887777"}
    assert client.post(f"/account/?claim={claim.pk}", given)["Location"] == f"/cases/{claim.pk}/"
    claim.refresh_from_db()
    assert (claim.account.number, claim.confirmed_at is not None) == ("6222999988887777", True)
    other = zone.listed("share")[0]
    assert client.post(reverse("claim_confirm", args=[other.pk]))["Location"] == f"/cases/{other.pk}/"  # one click now
    assert Claim.objects.get(pk=other.pk).account == claim.account
