"""Bulletins: composed from an assessment, explained by people, agreed to, printed; each figure keeps its way home."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override
from docx import Document

from quanyu.casework.acts import take
from quanyu.casework.models import Case
from quanyu.casework.reads import why_not
from quanyu.decisions import acts as decisions
from quanyu.decisions import reads as judged
from quanyu.decisions.acts import bulletin as acts
from quanyu.decisions.models import Bulletin
from quanyu.decisions.reads import bulletin as reads
from quanyu.decisions.reads.bulletin import Written
from quanyu.facts import acts as facts
from quanyu.measures.periods import Period
from quanyu.people.models import Event, Notice, Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.decisions.zone import RICH, file, moment, tiny_zone
from tests.factories import person, write_packages

pytestmark = pytest.mark.django_db
CORE = Path(__file__).resolve().parents[2] / "packages/core"
SEEN = "sees: [plan, indicators, tasks, assess"
TOLD = RICH | {
    "tiny/roles.yaml": f"""
- {{key: clerk, label: {{zh: 经办}}, {SEEN}, cases, order]}}
- {{key: chief, label: {{zh: 科长}}, {SEEN}, cases, order]}}
- {{key: st_office, label: {{zh: 科技科}}, {SEEN}]}}
- {{key: statistics, label: {{zh: 统计科}}, {SEEN}]}}
""",
    "tiny/hooks.yaml": (CORE / "hooks.yaml").read_text("utf-8"),
    "tiny/wordings.yaml": (CORE / "wordings.yaml").read_text("utf-8"),
    "tiny/case_types/bulletin.yaml": (CORE / "case_types/bulletin.yaml").read_text("utf-8"),
    "tiny/letterheads.yaml": "- {key: group, label: {zh: 虚构领导小组}, head: 虚构领导小组文件, to: 各成员单位}\n",
}


@pytest.fixture
def people(tmp_path) -> dict[str, User]:
    """`TOLD` in force and September 2024 judged: of two main indicators the R&D rate (1.5 → 3.5, now 3.5) has been
    reached and the firms (0 → 4, now 2) are behind."""
    tiny_zone(tmp_path / "before")
    plan.load(write_packages(tmp_path / "told", TOLD), ["tiny"], by=None, at=moment("2024-10-20"))
    judge("2024-11-21")
    return {role: person(role, username=f"{role}_1") for role in ("clerk", "chief", "st_office")}


def judge(day: str) -> None:
    facts.freeze(moment(day))
    decisions.measure(at=moment(day))
    decisions.judge(at=moment(day), on=dt.date.fromisoformat(day))


def composed(people: dict[str, User], period: str = "2024-Q3", day: str = "2024-11-22") -> Bulletin:
    return acts.compose_bulletin(period, by=people["clerk"], at=moment(day))


def agreed(people: dict[str, User]) -> Bulletin:
    made = composed(people)
    take(made.case, "submit", by=people["clerk"], at=moment("2024-11-23"))
    take(made.case, "approve", by=people["chief"], at=moment("2024-11-25"))
    return Bulletin.objects.select_related("case", "assessment").get(pk=made.pk)


def texts(made: Bulletin) -> list[str]:
    return [p.text for p in Document(io.BytesIO(Written(made).paper().bytes())).paragraphs if p.text]


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_text_says_what_the_figures_say(people):
    made = composed(people)
    blocks = Written(made).blocks
    assert made.case.title == "关于2024年三季度科技创新规划实施情况的通报" and made.period == "2024-Q3"
    assert [b.mark + b.text for b in blocks if b.level] == [
        "一、主要指标完成情况", "（一）达标和正常的指标", "（二）偏慢和滞后的指标", "二、任务督办情况",
        "三、下一步工作要求",
    ]  # fmt: skip
    assert [b.text for b in blocks if not b.level] == [
        "截至2024年9月30日，规划期已过75%。2项主要指标中，已达标1项、滞后1项。现将有关情况通报如下。",
        "研发投入占比3.50%，完成率100.0%。",
        "高新技术企业2家，完成率50.0%，低于序时25.0个百分点，再增2家可达目标，由虚构科技科牵头。",
        "规划重点任务0项。截至2024年11月22日，尚未下达督办事项。",
        "请虚构科技科于2024年12月6日前报送整改措施和完成时限。",
        "2024年9月应报报表27份，未报25份，请有关单位于2024年12月6日前补报。",
        "请各单位对照规划目标，按职责分工抓好落实。",
    ]
    assert [(b.ask, b.question) for b in blocks if b.ask] == [("high_tech", "高新技术企业滞后的原因")]


def test_every_figure_has_a_way_home(people):
    blocks = Written(composed(people)).blocks
    homes = {words: home for b in blocks for words, home in b.parts if home}
    assert homes["2家"] == homes["50.0%"] == "/indicators/high_tech/?period=2024-09"
    assert homes["3.50%"] == "/indicators/rd_rate/?period=2024-09"
    assert homes["已达标1项、滞后1项"] == "/plan/?period=2024-09" and homes["0"] == "/tasks/"


def test_the_language_of_the_reader_does_not_reach_the_paper(people):
    with override("en"):
        made = composed(people)
        assert "高新技术企业2家" in "".join(b.text for b in Written(made).blocks)
        assert texts(made)[1] == "虚构领导小组文件"


@pytest.mark.parametrize(("month", "name"), [("2024-09", "2024-Q3"), ("2024-12", "2024-Q4"), ("2024-10", "2024-YTD10")])
def test_a_bulletin_speaks_of_the_quarter_else_of_the_year_so_far(month, name):
    assert str(reads.named(Period.parse(month))) == name


def test_only_so_many_of_the_furthest_behind_are_asked_about(people, tmp_path):
    few = TOLD | {"tiny/wordings.yaml": TOLD["tiny/wordings.yaml"].replace("explained: 4", "explained: 0")}
    plan.load(write_packages(tmp_path / "few", few), ["tiny"], by=None, at=moment("2024-11-22"))
    judge("2024-11-22")
    assert [b for b in Written(composed(people)).blocks if b.ask] == []


def test_nobody_writes_the_same_bulletin_twice(people):
    made = composed(people)
    assert composed(people, "2024-09").pk == made.pk
    take(made.case, "withdraw", by=people["clerk"], at=moment("2024-11-23"), note="重写")
    assert composed(people).pk != made.pk
    assert Event.objects.filter(act="decisions.compose_bulletin").count() == 2


def test_what_is_not_explained_is_printed_as_awaited(people):
    made = composed(people)
    assert [b.ask for b in Written(made).unexplained] == ["high_tech"]
    said = texts(made)
    assert said[0] == "【待核稿】" and "【待补：机关代字】〔2024〕　号" in said and "【待补：成文日期】" in said
    assert any(t.endswith("由虚构科技科牵头。主要原因：【待补：高新技术企业滞后的原因】") for t in said)
    made = acts.write_bulletin(
        made, {"high_tech": " 两家认定未过。 ", "other": "x"}, None, by=people["clerk"], at=moment("2024-11-23")
    )
    assert made.said == {"high_tech": "两家认定未过。"} and Written(made).unexplained == []
    said = texts(made)
    assert any(t.endswith("由虚构科技科牵头。主要原因：两家认定未过。") for t in said)
    assert "请虚构科技科于【待补：报送期限】前报送整改措施和完成时限。" in said


def test_only_who_drafts_may_write_and_only_while_it_is_a_draft(people):
    made = composed(people)
    with pytest.raises(Refused, match="送审由通报经办办理"):
        acts.write_bulletin(made, {}, None, by=people["chief"], at=moment("2024-11-23"))
    take(made.case, "submit", by=people["clerk"], at=moment("2024-11-23"))
    with pytest.raises(Refused, match="现在是“待审核”"):
        acts.write_bulletin(made, {"high_tech": "改"}, None, by=people["clerk"], at=moment("2024-11-24"))
    assert Bulletin.objects.get(pk=made.pk).said == {}


def test_writing_the_same_again_leaves_no_event(people):
    made = composed(people)
    for _ in range(2):
        made = acts.write_bulletin(
            made, {"high_tech": "甲"}, made.reply_on, by=people["clerk"], at=moment("2024-11-23")
        )
    assert Event.objects.filter(act="decisions.write_bulletin").count() == 1


def test_consent_dates_the_paper_and_issuing_numbers_it_and_tells_the_units(people):
    made = agreed(people)
    assert made.approved_on == dt.date(2024, 11, 25)
    said = texts(made)
    assert said[0] == "【待用印】" and "2024年11月25日" in said
    form = {"number": "虚办〔2024〕7号", "issued_on": "2024-11-26"}
    take(made.case, "issue", by=people["clerk"], at=moment("2024-11-26"), form=form)
    made = Bulletin.objects.select_related("case", "assessment").get(pk=made.pk)
    assert (made.case.phase, Written(made).number) == ("done", "虚办〔2024〕7号")
    assert texts(made)[:2] == ["虚构领导小组文件", "虚办〔2024〕7号"]
    told = Notice.objects.get(topic="bulletin")
    assert (told.role, told.link) == ("st_office", f"/bulletins/{made.pk}/")
    assert told.line == "《关于2024年三季度科技创新规划实施情况的通报》已印发，请于12月6日前报送整改措施"


def test_a_bulletin_sent_back_is_a_draft_again(people):
    made = agreed(people)
    take(made.case, "return", by=people["chief"], at=moment("2024-11-26"), note="数字再核")
    made = Bulletin.objects.select_related("case", "assessment").get(pk=made.pk)
    assert texts(made)[0] == "【待核稿】" and why_not(made.case, "submit", people["clerk"], dt.date(2024, 11, 26)) == ""


def test_new_figures_are_taken_over_and_what_people_wrote_stays(people):
    made = composed(people)
    ground = made.assessment.digest
    acts.write_bulletin(made, {"high_tech": "甲"}, made.reply_on, by=people["clerk"], at=moment("2024-11-22"))
    file(Organisation.objects.get(name="虚构企业3号"), "2024-09", "2024-11-23", 10_000, 0)
    judge("2024-11-24")
    again = composed(people, day="2024-11-24")
    assert again.pk == made.pk and again.assessment.digest == judged.assessment("2024-09").digest != ground
    made = Bulletin.objects.get(pk=made.pk)
    assert made.said == {"high_tech": "甲"}
    assert any("研发投入占比2.80%" in b.text for b in Written(made).blocks)


def test_the_table_and_the_picture_go_along(people):
    made = composed(people)
    table = Document(io.BytesIO(Written(made).paper().bytes())).tables[0]
    assert [[c.text for c in r.cells] for r in table.rows] == [
        ["指标", "2020年", "现值", "2025年目标", "完成率", "状态"],
        ["高新技术企业（家）", "0", "2", "4", "50.0%", "■滞后"],
        ["研发投入占比（%）", "1.5", "3.50", "3.5", "100.0%", "✓已达标"],
    ]
    assert "高新技术企业（家）" in Written(made).picture()


def test_without_words_or_a_name_it_is_refused_in_a_sentence(people, tmp_path):
    for missing, sentence in (("wordings", "没有写通报的用语"), ("letterheads", "没有写明以谁的名义发文")):
        less = {name: text for name, text in TOLD.items() if missing not in name}
        plan.load(write_packages(tmp_path / missing, less), ["tiny"], by=None, at=moment("2024-11-22"))
        with pytest.raises(Refused, match=sentence):
            (reads.wording if missing == "wordings" else reads.letterhead)(registry())


def test_pages_show_edit_send_and_download(people):
    client = as_(people["clerk"])
    here = client.post("/bulletins/draft/", {"period": "2024-09"})["Location"]
    page = client.get(here).content.decode()
    assert '<a href="/indicators/high_tech/?period=2024-09">2家</a>' in page and 'name="said-high_tech"' in page
    given = {"said-high_tech": "", "reply_on": "2024-12-06", "do": "submit"}
    assert client.post(here, given)["Location"] == f"{here}?confirm=1#confirm"
    assert "照样送审" in client.get(f"{here}?confirm=1").content.decode()
    answer = client.post(here, given | {"said-high_tech": "两家<认定>未过", "reply_on": "12月"})
    assert answer.status_code == 409 and "两家&lt;认定&gt;未过" in answer.content.decode()
    assert client.post(here, given | {"said-high_tech": "两家<认定>未过"})["Location"] == here
    assert Case.objects.get().phase == "review"
    assert 'name="said-high_tech"' not in client.get(here).content.decode()
    paper = client.get(here.rstrip("/") + ".docx")
    assert "两家<认定>未过" in "".join(p.text for p in Document(io.BytesIO(paper.content)).paragraphs)
    assert "关于2024年三季度科技创新规划实施情况的通报" in client.get("/bulletins.csv").content.decode("utf-8-sig")


def test_sending_with_empty_places_needs_a_second_yes(people):
    client = as_(people["clerk"])
    here = client.post("/bulletins/draft/", {"period": "2024-09"})["Location"]
    given = {"said-high_tech": "", "reply_on": "", "do": "submit"}
    client.post(here, given)
    assert Case.objects.get().phase == "draft"
    client.post(here, given | {"confirm": "1"})
    assert Case.objects.get().phase == "review"


def test_others_read_a_bulletin_once_it_is_issued(people):
    made, other = agreed(people), as_(people["st_office"])
    assert other.get(f"/bulletins/{made.pk}/").status_code == other.get(f"/bulletins/{made.pk}.docx").status_code == 403
    assert "还没有通报" in other.get("/bulletins/").content.decode()
    assert other.post("/bulletins/draft/", {"period": "2024-09"}).status_code == 403
    form = {"number": "虚办〔2024〕7号", "issued_on": "2024-11-26"}
    take(made.case, "issue", by=people["clerk"], at=moment("2024-11-26"), form=form)
    assert other.get(f"/bulletins/{made.pk}/").status_code == 200
    assert "虚办〔2024〕7号" in other.get("/bulletins/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_a_fixed_number_of_times(people, rows, django_assert_max_num_queries):
    for period in ("2024-03", "2024-06", "2024-09")[:rows]:
        composed(people, period)
    client = as_(people["clerk"])
    client.get("/bulletins/")
    with django_assert_max_num_queries(16):
        page = client.get("/bulletins/").content.decode()
    assert page.count("下载 Word") == rows
