"""Departments' files and the cross-check in a browser: strange titles told once, a file checked and loaded; what no
rule explains sent to the firm, answered and settled."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.browser.conftest import DESK, PHONE, ROOT, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser
YEAR = 2023  # a year before the files of the demonstration

FILED = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "quanyu.config.settings"
import django; django.setup()
from quanyu.bureaus.reporting.reads import crosscheck as reads
from quanyu.people.models import User
from quanyu.plan.reads import registry
firm = User.objects.get(username="firm_statistician").posts.get().organisation
rows = [r for r in reads.crosscheck(registry(), 2023) if r.reckoned[0].figure and r.organisation != firm][:3]
(mine,) = reads.crosscheck(registry(), 2023, [firm.pk])
print(json.dumps([[r.organisation.pk, r.organisation.name, r.organisation.code, str(round(r.reckoned[0].figure))]
                  for r in (mine, *rows)]))
"""


@pytest.fixture(scope="module")
def firms(site):
    """The firm that has an account, then three others: id, name, code, its R&D by the books in yuan."""
    environment = os.environ | {"QUANYU_HOME": str(site.home), "PYTHONPATH": str(ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    asked = [sys.executable, "-c", FILED]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def table(firms, share, *, thousand: bool = False, name: str = "税务导出.csv"):
    """A file as the tax office exports it: its own titles; the first firm claims but `share` per cent of its books."""
    lines = ["识别号,纳税人,本年加计扣除额"]
    for n, (_pk, title, code, books) in enumerate(firms):
        claimed = int(books) * (share if n == 0 else 90) // 100
        lines.append(f"{code},{title},{claimed // 1000 if thousand else claimed}")
    return {"name": name, "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode("utf-8-sig")}


def hand_in(page, file, period=str(YEAR)):
    form = page.locator("form.supply", has_text="研发费用加计扣除申报情况")
    form.locator("[name=period]").fill(period)
    form.locator("[name=file]").set_input_files(file)
    form.locator("button").click()


def checked(page):
    assert_fits(page)
    assert_accessible(page)


def test_from_a_strange_file_to_a_letter_answered_and_settled(page_as, firms):
    tax = page_as("tax")
    tax.goto("/supply/")
    checked(tax)
    hand_in(tax, table(firms, 60, thousand=True))
    assert "每一列是什么" in tax.locator("h1").inner_text()
    checked(tax)
    for column, meaning in (("识别号", "firm_code"), ("纳税人", "firm_name"), ("本年加计扣除额", "deduction_claimed")):
        tax.get_by_label(column, exact=True).select_option(meaning)
    tax.get_by_role("button", name="记住并检查").click()
    told = tax.locator(".errbox").inner_text()
    assert "疑似把千元当元" in told  # told by the firms' own monthly reports: there is no year before
    checked(tax)
    tax.get_by_role("button", name="放弃这份文件").click()
    hand_in(tax, table(firms, 60))  # the titles are known now: straight to the check
    assert tax.locator(".qsum .v").all_inner_texts() == ["4行", "4行", "0行"]
    checked(tax)
    tax.get_by_role("button", name="载入").click()
    assert "新报 4 行" in tax.locator(".message").first.inner_text()
    assert tax.locator("td", has_text="税务导出.csv").count() == 2

    clerk = page_as("clerk")
    clerk.goto(f"/crosscheck/?year={YEAR}&state=asks")
    checked(clerk)
    clerk.get_by_role("link", name=firms[0][1]).click()
    assert clerk.locator("svg.chart").count() == 1
    assert clerk.locator("tr.changed td.num").inner_text().startswith("−")
    checked(clerk)
    clerk.get_by_role("button", name="发核实函").click()
    assert "核实函已发给企业" in clerk.locator(".message").first.inner_text()
    case = clerk.url

    firm = page_as("firm_statistician", PHONE)
    firm.goto(case)
    assert firm.locator("h2", has_text=f"{YEAR}年各口径的差额").is_visible()
    checked(firm)
    firm.locator("[name=q_answer]").select_option("explained")
    firm.locator("[name=note]").first.fill("部分项目没有申报")
    firm.get_by_role("button", name="说明", exact=True).click()
    assert "已办理" in firm.locator(".message").first.inner_text()
    assert firm.goto(f"/crosscheck/{firms[0][0]}/").status == 404

    clerk.goto(case)
    clerk.locator("[name=q_outcome]").select_option("accepted")
    clerk.get_by_role("button", name="核定办结").click()
    assert "已核定" in clerk.locator(".qsum").first.inner_text()
    clerk.goto(f"/crosscheck/?year={YEAR}&state=told")
    assert clerk.locator("tbody tr").count() == 1


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_fit_on_a_desk_and_a_phone(page_as, firms, size):
    page = page_as("clerk", size)
    for path in ("/crosscheck/", f"/crosscheck/{firms[1][0]}/", "/supply/"):
        page.goto(path)
        checked(page)


def test_large_type_and_english(page_as, firms):
    page = page_as("clerk")
    page.goto("/crosscheck/")
    for language, large in (("zh-hans", True), ("en", False)):
        prefer(page, language=language, large=large)
        for path in ("/crosscheck/", f"/crosscheck/{firms[1][0]}/", "/supply/"):
            page.goto(path)
            checked(page)


def test_without_script_a_file_is_handed_in_and_dropped(page_as, firms):
    page = page_as("tax", PHONE, script=False)
    page.goto("/supply/")
    hand_in(page, table(firms, 90, name="无脚本.csv"), "2024")
    page.get_by_role("button", name="放弃这份文件").click()
    assert "已放弃“无脚本.csv”，内容已清除。" in page.locator(".message").first.inner_text()
