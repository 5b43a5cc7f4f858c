"""A form of many lines on the page: kept, carried over, pasted, read from a file, checked across lines, handed in."""

import json

import pytest
from django.urls import reverse

from quanyu.bureaus.reporting.acts.submission import confirm
from quanyu.bureaus.reporting.models import Draft, Submission
from quanyu.bureaus.reporting.reads.lines import pasted, working_lines
from quanyu.facts import reads as facts
from quanyu.facts.acts import Filing, file_reports
from quanyu.plan.reads import registry
from tests.facts.desk import moment
from tests.reporting.handin import a_firm, definitions
from tests.reporting.test_screening import project

pytestmark = pytest.mark.django_db
YEAR = "2025"


@pytest.fixture
def here(db, client):
    definitions()
    made = a_firm()
    client.force_login(made.statistician)
    return made


def address(here, year=YEAR):
    return reverse("fill_lines", args=[here.firm.pk, "qy107_1", year])


def posted(*rows, do="keep", **more):
    """The page's fields for some lines, as a browser sends them."""
    cells = {f"c-{n}-{name}": value for n, row in enumerate(rows, 1) for name, value in row.items()}
    return cells | {"do": do, "base": more.pop("base", "0")} | more


def draft():
    return Draft.objects.get(form="qy107_1").lines


def form():
    return registry().form("qy107_1", YEAR)


def file_year(here, year, *rows):
    filings = [Filing(form(), here.firm.pk, year, cells, line=str(n)) for n, cells in enumerate(rows, 1)]
    file_reports(filings, None, moment(f"{int(year) + 1}-03-02"), units=registry().units)


def test_lines_are_kept_as_typed_and_empty_or_ticked_ones_go(here, client):
    one, two = project("钨粉粒度在线检测"), project("高纯氧化物提纯方法")
    given = posted(one, {"project_name": ""}, two, {"project_name": "不要了"}) | {"drop-4": "1"}
    answer = client.post(address(here), given | {"c-1-project_expense": "１，２００"}, follow=True)
    assert [line["project_name"] for line in draft()] == ["钨粉粒度在线检测", "高纯氧化物提纯方法"]
    assert draft()[0]["project_expense"] == "1200"
    assert 'value="1,200"' in answer.content.decode()
    assert "已暂存 2 行" in answer.content.decode()


def test_the_form_itself_leads_here(here, client):
    answer = client.get(reverse("fill", args=[here.firm.pk, "qy107_1", YEAR]))
    assert (answer.status_code, answer.url) == (302, address(here))
    assert client.get(reverse("fill_lines", args=[here.firm.pk, "qy101", "2025-01"])).status_code == 404


def test_last_years_unfinished_projects_are_proposed(here, client):
    goes_on = project("跨年的提纯方法研究", started="2024-03", finished="2026-06", stage="1")
    done = project("已经完成的检测研究", started="2024-02", finished="2024-12")
    open_end = project("没有终期的基础研究", started="2024-05")
    del open_end["finished"]
    file_year(here, "2024", goes_on, done, open_end)
    held = working_lines(registry(), form(), here.firm, YEAR)
    assert held.carried == 2
    assert held.rows == [
        {"project_name": "跨年的提纯方法研究", "project_source": "1", "project_mode": "10", "objective": "3",
         "started": "2024-03", "finished": "2026-06"},
        {"project_name": "没有终期的基础研究", "project_source": "1", "project_mode": "10", "objective": "3",
         "started": "2024-05"},
    ]  # fmt: skip
    assert "已带入上年未完成的项目 2 个" in client.get(address(here)).content.decode()


def test_a_block_from_excel_by_code_or_by_name():
    definitions()
    text = (
        "1\t钨粉检测\t本企业自选\t10\t发明专利\t3\t202502\t2025年11月\t\t6\t24\t1,000\t0\n"
        "提纯方法\t2\t与境内高校合作\t12\t4\t2025/3\t000000\t研究\t2\t9\t300\t100\n"
    )
    first, second = pasted(form(), text)
    assert first == {
        "project_name": "钨粉检测", "project_source": "1", "project_mode": "10", "outcome": "9", "objective": "3",
        "started": "2025-02", "finished": "2025-11", "project_staff": "6", "project_months": "24",
        "project_expense": "1000", "project_gov_funded": "0",
    }  # fmt: skip
    assert (second["project_mode"], second["outcome"], second["stage"]) == ("22", "12", "1")


def test_a_pasted_block_is_put_behind_the_lines(here, client):
    block = "甲项目名称五字\t1\t10\t9\t3\t202502\t202511\t\t6\t24\t1000\t0"
    client.post(address(here), posted(project("钨粉粒度在线检测"), paste=block))
    assert [line["project_name"] for line in draft()] == ["钨粉粒度在线检测", "甲项目名称五字"]


def test_problems_are_listed_line_by_line_with_links_and_nothing_is_handed_in(here, client):
    bad = project("短名", started="2024-05", project_staff="1", project_months="20")
    answer = client.post(address(here), posted(project("钨粉粒度在线检测"), bad, do="submit"), follow=True)
    page = answer.content.decode()
    assert "有 2 处必须改正（强制性），1 类问题需要说明（核实性）" in page
    assert '<a href="#c-2-stage">第 2 行：项目在报告年之前开始' in page
    assert '<a href="#c-2-project_staff">第 2 行：项目人员实际工作时间（9）不能大于' in page
    assert 'name="n-qy107_1.name"' in page
    assert not Submission.objects.exists()


def test_time_worked_over_all_lines_is_held_against_the_staff(here, client):
    sheet = {f.name: 0 for f in registry().forms["qy107_2"].fields if f.required and not f.formula} | {
        "y_staff": 3, "y_labour": 100, "y_funds_own": 100,
    }  # fmt: skip
    file_reports([Filing(registry().forms["qy107_2"], here.firm.pk, YEAR, sheet)], None, moment("2026-03-01"))
    two = [project("钨粉粒度在线检测", months=24), project("高纯氧化物提纯方法", months=13)]
    page = client.post(address(here), posted(*two, do="submit"), follow=True).content.decode()
    assert "各项目人员实际工作时间（9）之和不能大于107-2表研究开发人员合计（1）乘以12个月" in page
    two[1]["project_months"] = 12  # 36 = 3 × 12
    answer = client.post(address(here), posted(*two, do="submit", base="1", **{"n-qy107_1.year_only": "确为12人月"}))
    assert answer.url == reverse("receipt", args=[Submission.objects.get().number])


def test_handed_in_and_confirmed_every_line_is_a_report(here, client):
    rows = [project("钨粉粒度在线检测", 900), project("高纯氧化物提纯方法", 700)]
    client.post(address(here), posted(*rows, do="submit"))
    confirm(Submission.objects.get(), here.owner, moment("2026-11-23"))
    filed = facts.filed("qy107_1", YEAR).values_list("line", "cells__project_expense", "cells__started")
    assert sorted(filed) == [("1", 900, "2025-02"), ("2", 700, "2025-02")]
    page = client.get(address(here)).content.decode()
    assert "钨粉粒度在线检测" in page
    assert 'name="reason"' in page  # from now on it is a correction


def test_explanations_are_kept_and_count_for_every_line(here, client):
    rows = [project("短名甲"), project("短名乙")]
    client.post(address(here), posted(*rows, do="submit"))
    client.post(address(here), posted(*rows, do="submit", base="1", **{"n-qy107_1.name": "批准书上即此名"}))
    assert Submission.objects.get().notes["qy107_1.name"] == "批准书上即此名"


def test_autosave_and_somebody_else_at_the_same_sheet(here, client):
    body = {"base": "0", "c-1-project_name": "钨粉粒度在线检测"}
    answer = client.post(f"{address(here)}save/", json.dumps(body), content_type="application/json")
    assert answer.json()["version"] == 1
    assert draft() == [{"project_name": "钨粉粒度在线检测"}]
    late = client.post(
        f"{address(here)}save/", json.dumps(body | {"c-1-project_name": "改名"}), content_type="application/json"
    )
    assert late.status_code == 409
    assert "保存过这张表" in late.json()["sentence"]
    page = client.post(address(here), posted({"project_name": "改名"})).content.decode()
    assert 'value="改名"' in page  # refused on the page, and what was typed is still there


def test_three_hundred_lines_are_one_page(here, client):
    rows = [project(f"钨粉粒度在线检测之{n}") for n in range(300)]
    assert client.post(address(here), posted(*rows)).status_code == 302
    assert len(draft()) == 300
    answer = client.post(address(here), posted(paste="\n".join(f"甲乙丙丁戊{n}\t1" for n in range(501)), base="1"))
    assert "一张表最多 500 行，现在有 501 行" in answer.content.decode()


def test_a_sheet_without_a_line_is_not_handed_in(here, client):
    answer = client.post(address(here), posted(do="submit"))
    assert answer.status_code == 409
    assert "一个项目也没有填" in answer.content.decode()


def test_for_everybody_else_there_is_no_such_page(here, client):
    other = a_firm(2)
    client.post(address(here), posted(project("钨粉粒度在线检测")))
    for user in (other.statistician, here.owner):
        client.force_login(user)
        assert client.get(address(here)).status_code in (403, 404)
        assert client.post(address(here), posted(project("偷改"))).status_code in (403, 404)
    assert draft()[0]["project_name"] == "钨粉粒度在线检测"
