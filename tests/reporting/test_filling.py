"""The pages a firm fills on: what to file, the grid, autosave, the Excel file, the ledger; and who may see them."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from quanyu.bureaus.reporting.acts import submission as handing
from quanyu.bureaus.reporting.acts.draft import save_draft
from quanyu.bureaus.reporting.models import Draft, LedgerMapping, Submission
from quanyu.bureaus.reporting.reads.submission import confirm_path
from quanyu.facts import reads as facts
from quanyu.facts.acts import file_report
from quanyu.facts.templates_xlsx import Printed, statutory
from quanyu.plan.reads import registry
from tests.factories import person
from tests.facts.desk import good, moment
from tests.reporting.handin import AT, MONTH, a_firm, close, definitions, file, hand_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db, client):
    definitions()
    made = a_firm()
    client.force_login(made.statistician)
    return made


def at(here, name="fill", period=MONTH, key="qy101"):
    return reverse(name, args=[here.firm.pk, key, period])


def typed(base="", **cells):
    return {f"c-{n}": str(v) for n, v in good(**cells).items() if n != "rd_expense"} | {"base": str(base)}


def page(client, here, query=""):
    return client.get(at(here) + query).content.decode()


def cell(html, name):
    """The value in an input of the grid."""
    return re.search(rf'<input id="c-{name}" name="c-{name}" value="([^"]*)"', html)[1]


def box(html):
    found = html.partition('id="problems"')[2].partition("</div>")[0]
    return re.findall(r'<a href="([^"]*)">([^<]*)</a>', found)


def test_the_sheet_is_the_statutory_form(client, here):
    html = page(client, here)
    for word in (
        "指标名称",
        "计量单位",
        "1—本月",
        "上年同期",
        "甲",
        "乙",
        "丙",
        "表号：",
        here.firm.code,
        "2026年1—10月",
    ):
        assert word in html, word
    assert [m.strip() for m in re.findall(r'<label for="c-[a-z_]+">([^<]*)', html)][:2] == [
        "研究开发人员合计",
        "其中：全职人员",
    ]
    assert "1.人员人工费用" in html
    assert 'data-terms="rd_labour:1 rd_materials:1' in html
    assert 'name="c-rd_expense"' not in html, "a computed cell is not typed"
    assert len(re.findall(r'name="c-rd_labour"', html)) == 1, "one set of inputs for every size"


def test_prefilled_cells_are_shown_as_such_with_the_share(client, here):
    file_report(registry().form("qy101", "2026-09"), here.firm, "2026-09", good(), None, moment("2026-10-05"))
    html = page(client, here)
    assert (cell(html, "staff"), cell(html, "revenue")) == ("120", "")
    assert "2026年9月结转" in html
    known = int(re.search(r"25 项中 (\d+) 项不用填：2026年9月结转、自动计算", html)[1])
    assert known >= 13
    row = html.partition('id="r-rd_labour"')[2].partition("</tr>")[0]
    assert 'data-before="300"' in row and ">300<" in row


def test_what_is_typed_is_kept_wrong_or_not_and_nothing_is_handed_in(client, here):
    answer = client.post(at(here), typed(revenue="９０00", staff="许多") | {"do": "keep"}, follow=True)
    assert answer.redirect_chain == [(at(here), 302)]
    assert "已暂存" in answer.content.decode()
    html = page(client, here)
    assert (cell(html, "revenue"), cell(html, "staff")) == ("9,000", "许多")
    assert (Draft.objects.get().saved_by, Submission.objects.count()) == (here.statistician, 0)


def test_problems_stand_on_top_and_beside_the_cell_in_the_same_words_hard_and_soft_apart(client, here):
    wrong = typed(rd_outsourced=3, rd_outsourced_domestic=9, rd_labour=5000) | {"do": "submit"}
    answer = client.post(at(here), wrong, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain[0][0].endswith("?check=1#problems")
    found = box(html)
    hard = next(words for where, words in found if where == "#c-rd_outsourced")
    soft = next(words for where, words in found if "每人月" in words)
    assert hard.startswith("委托境内（15—17）不能大于委托外部研究开发费用（14）：14 行 3，15—17 行 9")
    beside = html.partition('id="m-rd_outsourced"')[2].partition("</th>")[0]
    assert hard in beside
    assert html.index("必须改正（强制性）") < html.index("需要说明（核实性）")
    assert re.findall(r'name="(n-QY101-12)"', html) == ["n-QY101-12"]
    assert html.count(soft) == 2, "once on top, once beside the cell"
    assert Submission.objects.count() == 0
    assert Draft.objects.get().cells["rd_outsourced_domestic"] == "9", "the draft stays"


def test_explained_and_sound_it_is_handed_in_and_waits_for_the_owner(client, here):
    soft = typed(rd_labour=900) | {"do": "submit"}
    assert client.post(at(here), soft).url.endswith("?check=1#problems")
    answer = client.post(at(here), soft | {"n-QY101-12": "年终绩效"})
    made = Submission.objects.get()
    assert answer.url == reverse("receipt", args=[made.number])
    assert (made.state, made.notes, made.content[""]["rd_expense"]) == ("awaiting", {"QY101-12": "年终绩效"}, 1400)
    assert facts.current("qy101", here.firm, MONTH) is None
    assert made.number in page(client, here)


def test_a_correction_wants_its_reason(client, here):
    first = file(here)
    answer = client.post(at(here), typed(revenue=12000) | {"do": "submit"})
    assert (answer.status_code, "已经报过，与这次不同" in answer.content.decode()) == (409, True)
    assert cell(answer.content.decode(), "revenue") == "12,000", "what was typed stands"
    client.post(at(here), typed(revenue=12000) | {"do": "submit", "reason": "漏计一笔"})
    second = Submission.objects.exclude(pk=first.pk).get()
    assert (second.state, second.reason) == ("awaiting", "漏计一笔")


def test_after_the_window_a_filed_report_may_still_be_corrected_but_a_new_one_not(client, here):
    close()
    html = page(client, here)
    assert "已经截止" in html and 'name="do"' not in html and "readonly" in html
    assert client.post(at(here), typed() | {"do": "keep"}).status_code == 409
    assert client.post(at(here, "fill_save"), json.dumps(typed()), "application/json").status_code == 409
    assert Draft.objects.count() == 0


def test_a_filed_report_is_corrected_after_the_window_by_a_case(client, here):
    file(here)
    close()
    client.post(at(here), typed(revenue=12000) | {"do": "submit", "reason": "漏计一笔"})
    made = Submission.objects.first()
    assert (made.state, made.reason) == ("awaiting", "漏计一笔")
    assert handing.confirm(made, here.owner, AT).state == "awaiting", "the office decides"


# --- autosave --------------------------------------------------------------------------------------------------------


def save(client, here, **given):
    answer = client.post(at(here, "fill_save"), json.dumps(given), "application/json")
    return answer.status_code, answer.json()


def test_autosave_counts_versions_and_tells_the_second_desk(client, here):
    assert save(client, here, base="0", **{"c-revenue": "１２"})[1]["version"] == 1
    assert save(client, here, base="0", **{"c-revenue": "12"})[1]["version"] == 1, "a retry is no conflict"
    save_draft(registry().form("qy101", MONTH), here.firm, MONTH, cells={"revenue": "13"}, by=here.owner, at=AT)
    status, told = save(client, here, base="1", **{"c-revenue": "14"})
    assert (status, "张虚构已在 11月05日 09:00 保存过" in told["sentence"]) == (409, True)
    assert Draft.objects.get().cells == {"revenue": "13"}


def test_without_script_a_stale_desk_keeps_its_words_and_may_insist(client, here):
    client.post(at(here), typed(base=0, revenue=1) | {"do": "keep"})
    save_draft(registry().form("qy101", MONTH), here.firm, MONTH, cells={"revenue": "13"}, by=here.owner, at=AT)
    answer = client.post(at(here), typed(base=1, revenue=2) | {"do": "keep"})
    html = answer.content.decode()
    assert (answer.status_code, cell(html, "revenue")) == (409, "2")
    base = re.search(r'name="base" value="(\d+)"', html)[1]
    client.post(at(here), typed(base=base, revenue=2) | {"do": "keep"})
    assert Draft.objects.get().cells["revenue"] == "2"


def test_after_log_out_autosave_is_sent_to_the_log_in_page_and_nonsense_is_told(client, here):
    assert client.post(at(here, "fill_save"), "[1]", "application/json").status_code == 400
    client.logout()
    answer = client.post(at(here, "fill_save"), "{}", "application/json")
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_says_what_to_file_what_waits_and_what_is_done(client, here):
    html = client.get("/report/").content.decode()
    assert "您的任职没有要填的表" not in html
    client.post(at(here), typed(staff="许多") | {"do": "keep"})
    html = client.get("/report/").content.decode()
    assert re.search(r"草稿，\d+ 处要改", html) and at(here) in html
    made = hand_in(here)
    html = client.get("/report/").content.decode()
    assert "等待确认" in html and made.number in html
    client.force_login(here.owner)
    html = client.get("/report/").content.decode()
    assert "请您确认" in html and confirm_path(made, here.owner) in html
    handing.confirm(made, here.owner, AT)
    assert made.number in client.get("/report/").content.decode()
    second = hand_in(here, at=moment("2026-11-06"), period="2026-09")
    handing.decline(second, here.owner, moment("2026-11-07"), "数字不对")
    client.force_login(here.statistician)
    html = client.get("/report/").content.decode()
    assert "负责人退回" in html and "数字不对" in html


def test_somebody_elses_form_is_no_page_at_all(client, here):
    other = a_firm(2)
    save_draft(registry().form("qy101", MONTH), other.firm, MONTH, cells={"revenue": "77771"}, by=None, at=AT)
    names = ("fill", "fill_save", "fill_template", "fill_upload", "fill_ledger")
    for who in (here.statistician, here.owner, person("clerk")):
        client.force_login(who)
        for name in names:
            for method in (client.get, client.post):
                answer = method(at(other, name))
                text = answer.content.decode()
                assert answer.status_code in (403, 404, 405), (who, name)
                assert "77771" not in text and other.firm.name not in text and other.firm.code not in text
    client.force_login(here.statistician)
    for address in (at(here, key="tj01", period="2026-Q3"), at(here, period="2026-Q3"), at(here, key="nothing"),
                    at(here, period="2099-01")):  # fmt: skip
        assert client.get(address).status_code == 404, address
    client.logout()
    assert all(client.get(at(other, n)).status_code in (302, 405) for n in names)


# --- files -----------------------------------------------------------------------------------------------------------


def upload(client, here, content, name="qy101.xlsx", to="fill_upload", **given):
    return client.post(at(here, to), typed(**given) | {"file": SimpleUploadedFile(name, content)})


def test_the_template_comes_back_as_the_same_record(client, here):
    client.post(at(here), typed(revenue=9876) | {"do": "keep"})
    before = Draft.objects.get()
    content = client.get(at(here, "fill_template")).content
    answer = upload(client, here, content, base=1, revenue=9876)
    after = Draft.objects.get()
    assert (answer.status_code, after.cells, after.version) == (302, before.cells, before.version)
    form = registry().form("qy101", MONTH)
    cells, said = before.cells | {"rd_labour": "900"}, {"rd_person_months": "年终绩效", "revenue": "没有问到"}
    lines = [Printed(f, f.label.zh, "", cells.get(f.name, ""), None, None, said.get(f.name, "")) for f in form.fields]
    content = statutory(form, MONTH, here.firm, lines)
    upload(client, here, content, base=1, revenue=9876)
    after = Draft.objects.get()
    assert (after.cells["rd_labour"], after.cells["revenue"], after.version) == ("900", "9876", 2)
    assert after.notes == {"QY101-12": "年终绩效"}, "the 说明 column answers what is asked at its line"


def test_a_file_that_is_none_is_refused_and_what_was_typed_is_kept(client, here, settings):
    for content, name, told in (
        (b"", "a.xlsx", "是空文件"), (b"PK\x03\x04junk", "a.xlsx", "内容不是 xlsx 文件"),
        (b"MZ", "a.exe", "类型不能上传"),
        ("甲,乙\n1,2\n".encode(), "a.csv", "不是“企业研发活动月报”的模板"),
    ):  # fmt: skip
        answer = upload(client, here, content, name, revenue=4321)
        html = answer.content.decode()
        assert (answer.status_code, told in html, cell(html, "revenue")) == (409, True, "4,321"), name
    settings.QUANYU_UPLOAD_MB = 1
    assert "超过 1 MB" in upload(client, here, b"x" * (1 << 20 | 1), "a.csv").content.decode()
    assert "没有选择文件" in client.post(at(here, "fill_upload"), typed()).content.decode()
    assert Draft.objects.get().cells["revenue"] == "10000"


LEDGER = "日期,费用类别,金额\n2026-10-08,人员人工费用,321000\n2026-10-09,检测,5000\n".encode()


def test_a_ledger_fills_cells_and_is_asked_about_only_once(client, here):
    asked = upload(client, here, LEDGER, "账.csv", "fill_ledger")
    assert asked.url.startswith(at(here, "fill_ledger") + "?token=")
    html = client.get(asked.url).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', html)[1].replace("&quot;", '"')
    columns = {"token": token, "unit": "yuan", "col-0": "date", "col-1": "category", "col-2": "amount"}
    assert client.post(at(here, "fill_ledger"), columns).status_code == 409, "one word is not told yet"
    done = client.post(at(here, "fill_ledger"), columns | {"cat-0": "rd_labour", "cat-1": "rd_trial"})
    assert done.url == at(here)
    draft = Draft.objects.get()
    assert (draft.cells["rd_labour"], draft.cells["rd_trial"], draft.origins["rd_trial"]) == (
        "321",
        "5",
        "ledger:账.csv",
    )
    assert "辅助账“账.csv”" in page(client, here)
    assert LedgerMapping.objects.get().categories == {"人员人工费用": "rd_labour", "检测": "rd_trial"}
    again = upload(client, here, LEDGER.replace(b"321000", b"400000"), "账2.csv", "fill_ledger")
    assert (again.url, Draft.objects.get().cells["rd_labour"]) == (at(here), "400")
    other = a_firm(2)
    client.force_login(other.statistician)
    assert client.get(at(other, "fill_ledger"), {"token": token}).status_code == 404, "a token is one person's"
