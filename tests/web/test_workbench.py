"""The first page: six compositions of the same blocks, each with what its role has to do."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from quanyu.casework import acts
from quanyu.casework.models import Case
from quanyu.decisions import acts as decisions
from quanyu.facts import acts as facts
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from tests.browser.conftest import ROOT
from tests.decisions.zone import tiny_zone
from tests.factories import person, write_packages
from tests.web.conftest import NOW, ON, OPEN

INQUIRY = (ROOT / "packages/core/case_types/inquiry.yaml").read_text("utf-8")
SEEN = "plan, indicators, tasks, conflicts, organisations, reports"
FILES = OPEN | {
    "tiny/case_types/inquiry.yaml": INQUIRY,
    "tiny/roles.yaml": f"""
- {{key: clerk, label: {{zh: 经办人员}}, sees: [{SEEN}, cases], home: /tasks/, workbench: clerk}}
- {{key: chief, label: {{zh: 科室负责人}}, sees: [{SEEN}, cases], workbench: chief}}
- {{key: leader, label: {{zh: 园区领导}}, sees: [{SEEN}, cases], workbench: leader}}
- {{key: st_office, label: {{zh: 科技科}}, sees: [{SEEN}], workbench: department}}
- {{key: statistics, label: {{zh: 统计科}}, sees: [{SEEN}], workbench: department}}
- {{key: enterprise, label: {{zh: 企业统计员}}, sees: [plan, reports, file], own_only: true, workbench: firm}}
- {{key: expert, label: {{zh: 专家}}, sees: [plan], own_only: true, home: /plan/, workbench: outside}}
""",
}


@pytest.fixture
def firms(db, tmp_path) -> list[Organisation]:
    """The judged tiny zone, with a workbench for every role."""
    made = tiny_zone(tmp_path / "before")
    plan.load(write_packages(tmp_path / "packages", FILES), ["tiny"], by=None, at=NOW)
    facts.freeze(NOW)
    decisions.measure(at=NOW)
    decisions.judge(at=NOW, on=ON)
    return made


def blocks(user: User) -> dict[str, list[str]]:
    """The blocks of a person's first page: title → its rows (or its one empty line) as words."""
    client = Client()
    client.force_login(user)
    html = client.get("/").content.decode()
    found = {}
    for card in html[html.index("<main") :].split('<section class="card">')[1:]:
        title = plain(card[card.index("<h2>") : card.index("</h2>")])
        rows = re.findall(r"<li>(.*?)</li>", card, re.S) or re.findall(
            r'<a href="/indicators/[^>]*>(.*?)</a>', card, re.S
        )
        found[title] = [plain(r) for r in rows] or [plain(card[card.index("</header>") :].split("</section>")[0])]
    return found


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def inquiry(by: User, title: str, days: int = 0) -> Case:
    at = timezone.now() - dt.timedelta(days=days)
    return acts.open_case("casework.inquiry", title=title, by=by, at=at, form={"sender": "某单位", "content": "问一问"})


def test_a_clerk_sees_what_is_to_be_done_what_is_late_and_which_firms_have_not_filed(firms):
    clerk = person("clerk", username="desk")
    for n in range(9):
        inquiry(clerk, f"来件{n}", days=30 - n)
    found = blocks(clerk)
    assert len(found["今天要办 9"]) == 7
    assert re.fullmatch(r"■ 逾期 \d+ 天 来件0 来件办理 · 待分办 · \d+年\d+月\d+日到期", found["今天要办 9"][0])
    assert len(found["逾期的事项 9"]) == 6 and found["逾期的事项 9"][0].endswith("来件办理 · 待分办 · 经办人员")
    assert "应报 3 家，未报 3 家，迟报 0 家" in found["企业报表"][0]
    assert found["退回件"] == ["没有被退回的事项。"] and found["近七天已办"] == ["近七天没有办过事项。"]


def test_an_empty_desk_says_what_comes_next(firms):
    said = blocks(person("clerk", username="desk"))["今天要办"][0]
    assert re.fullmatch(r"没有等您办理的事项 下一项：\d+年\d+月12日研发月报截止。", said)
    assert blocks(person("expert"))["分给我的件"] == ["暂无任务 有新任务会发通知，也会列在这里。"]


def test_a_chief_sees_what_awaits_consent_apart_from_the_rest(firms):
    clerk, chief = person("clerk", username="desk"), person("chief")
    case = inquiry(clerk, "请定夺")
    acts.take(case, "assign", by=clerk, at=timezone.now(), parties={"unit": ("chief", None)})
    acts.ask(inquiry(clerk, "请看看"), [chief], "行吗？", by=clerk, at=timezone.now())
    found = blocks(chief)
    assert found["待我审"] == ["没有待您审定的事项，送审的会列在这里。"]
    assert [row.split()[-1] for row in found["其他待办 2"]] and {"请定夺", "请看看"} == {
        word for row in found["其他待办 2"] for word in row.split() if word in ("请定夺", "请看看")
    }


def test_a_leader_sees_the_lamps_and_what_has_to_be_moved(firms):
    inquiry(person("clerk", username="desk"), "拖了很久", days=40)
    found = blocks(person("leader"))
    assert found["2 项主要指标"] == ["■ 滞后 高新技术企业 50.0%", "✓ 已达标 研发投入占比 100.0%"]
    assert found["需协调 2"][0].split()[4:5] == ["拖了很久"]
    assert found["需协调 2"][1].startswith("■ 滞后 高新技术企业 虚构科技科")
    assert [row for title, rows in found.items() if title.startswith("本季变化") for row in rows] == [
        "✓ 已达标 研发投入占比 上季 ○ 无数据"
    ]
    assert found["今天要办"] == ["没有等您办理的事项 有新的会列在这里，也会发通知。"]


def test_old_figures_are_said_to_be_old(firms):
    client = Client()
    client.force_login(person("leader"))
    assert "数据截至 2024年9月，已超过 62 天没有新数据。" in client.get("/").content.decode()


def test_a_firm_sees_the_forms_it_must_file(firms):
    rows = blocks(person("enterprise", firms[0]))["要报的表 1"]
    assert len(rows) == 1 and "研发月报" in rows[0] and rows[0].endswith("日前报")


def test_a_department_sees_the_figures_it_owes(firms):
    found = blocks(person("st_office"))
    assert found["要我供的数 1"][0].startswith("○ 无数据 科学素质")
    assert found["差异待核"] == ["没有待核的差异。"]
    assert blocks(person("statistics"))["要我供的数"] == ["要您供的数都已到 共 2 项指标由您的部门供数。"]


def test_a_block_that_cannot_be_made_says_why_and_the_others_stand(db, tmp_path):
    plan.load(write_packages(tmp_path / "packages", FILES), ["tiny"], by=None, at=NOW)
    found = blocks(person("st_office"))
    assert found["今天要办"] == ["没有等您办理的事项 有新的会列在这里，也会发通知。"]
    assert any("还没有计算过指标" in rows[0] for rows in found.values())


@pytest.mark.parametrize(
    ("role", "most"),
    [("clerk", 21), ("chief", 23), ("leader", 25), ("st_office", 16), ("enterprise", 19), ("expert", 15)],
)
def test_its_questions_do_not_grow(firms, role, most):
    clerk, user = (
        person("clerk", username="desk"),
        person(role, firms[0] if role == "enterprise" else None, username="me"),
    )
    client = Client()
    client.force_login(user)

    def asked() -> int:
        client.get("/")
        with CaptureQueriesContext(connection) as made:
            assert client.get("/").status_code == 200
        return len(made)

    inquiry(clerk, "一件", days=30)
    one = asked()
    for n in range(3):
        inquiry(clerk, f"又一件{n}", days=30)
    assert (asked(), one) == (most, most)
